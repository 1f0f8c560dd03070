#!/bin/sh
# Pictures of 8 bits can be scaled, too: a model that takes each with mean 0
# and deviation 1 gives a fainter copy the same score; one that takes them as
# they are doesn't.
set -eu
s=$AE_ROOT/samples/digits-idx3-ubyte.gz

ae-train -q -m dense:z=4,h=32 --loss l2 --scale window --steps 60 -o even "$s"
ae-train -q -m dense:z=4,h=32 --loss l2 --steps 60 -o plain "$s"
gzip -dc "$s" | tail -c +17 | head -c 784 | od -An -v -tu1 > grays
for maxval in 255 510; do
    { echo "P2 28 28 $maxval"; cat grays; } > $maxval.pgm
done

# ratio MODEL - of the scores of the faint and the bright copy
ratio() {
    ae-score -m "$1" 255.pgm 510.pgm |
        awk -F '\t' 'NR > 1 { v[NR] = $2 } END { print v[3] / v[2] }'
}
awk -v r="$(ratio even)" 'BEGIN { print r; exit !(r > 0.999 && r < 1.001) }'
awk -v r="$(ratio plain)" 'BEGIN { print r; exit !(r < 0.9 || r > 1.1) }'

# one scale for all: statistics are those of the data, which lie in 0..1
ae-train -q -m dense:z=4,h=32 --loss l2 --scale global --steps 5 -o all "$s"
ae-info --json all > info
grep -q '"scale":"global"' info
