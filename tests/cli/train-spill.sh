#!/bin/sh
# Pictures that take more than --memory lie in a nameless file, and the model is
# the same to the byte; what isn't pictures is refused as ever.
set -eu
. "$AE_ROOT/tests/cli/expect"

# 77 pictures, 20 MB once decoded
mkdir many
for i in 0 1 2 3 4 5 6 7 8 9 10; do
    for name in elephants forest house palace statue tree tulips; do
        cp "$AE_ROOT/samples/$name.png" "many/$name-$i.png"
    done
done
train() {
    ae-train -v -m unet:c=4,b=1 -n gauss:sigma=25 --patch 16 --batch 4 \
        --steps 20 -t 2 "$@" many
}
train -o whole.st 2> log
! grep -q 'temporary file' log || exit 1
bytes=$(sed -n 's/.* held out, \([0-9.]*\) MB$/\1/p' log)
train --memory 16M -o small.st 2> log
grep -q 'lie in a temporary file' log || { cat log; exit 1; }
awk -v mb="$bytes" 'BEGIN { exit !(mb > 16.8) }' # 16 MiB
cmp whole.st small.st

# gone on with
train --steps 40 --checkpoint-every 20 -o forty.st 2> log
train --steps 40 --checkpoint-every 20 --memory 16M --until 20 \
    -o on.st 2> log
train --steps 40 --checkpoint-every 20 --memory 17M --resume \
    -o on.st 2> log
cmp forty.st on.st

# fitted to one size, in floats, which take more
dense() {
    ae-train -v -m dense:z=2,h=4 --loss l2 --fit resize --size 64x48 --steps 5 \
        --batch 2 -o "$@" many 2> log
}
dense d1.st
dense d2.st --memory 5M
grep -q 'lie in a temporary file' log || { cat log; exit 1; }
cmp d1.st d2.st
[ "$(find "$TMPDIR" -maxdepth 1 -type f -name '*tmp*' | wc -l)" -eq 0 ]

# what is scaled lies in memory
awk 'BEGIN { for (i = 0; i < 200000; i++) print i % 17 "," i % 5 }' > t.csv
fails 2 'the data take more than 1 MB once decoded' \
    ae-train -m dense:z=1 --loss l2 --steps 1 --memory 1M -o t.st t.csv
