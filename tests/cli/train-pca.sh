#!/bin/sh
# The preset pca is fitted without steps, to the same bytes for any threads;
# its error is that which is printed beside every autoencoder's, falls with
# the size of the code and vanishes where the code holds all there is.
set -eu
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

pca() {
    ae-train -m pca:z="$1" --loss l2 --val 0.1 --mixture 0 -o "$2" \
        --rows :500 "$digits" 2> log
    sed -n 's/.*error \([0-9.]*\); PCA of .*: \([0-9.]*\)/\1 \2/p' log
}
pca 4 a.st > four
pca 16 b.st > sixteen
awk '$1 != $2 || $1 <= 0 { exit 1 }' four
awk '{ e = $1; getline < "four"; exit !(e > 0 && e < 0.8 * $1) }' sixteen
pca 16 c.st > again
cmp b.st c.st
# a code is that of the model: zero in the mean of what was learned from
ae-encode -m b.st --format tsv "$digits" > z.tsv
awk '{ s += $2; q += $2 * $2 } END { exit !(s * s / NR < 0.05 * q) }' z.tsv
# a table whose rows lie on a plane, and a net for comparison
awk 'BEGIN { print "a,b,c"; for (i = 0; i < 200; i++)
    print sin(i) "," cos(2 * i) "," sin(i) + 2 * cos(2 * i) }' > plane.csv
ae-train -m pca:z=2 --loss l2 -o p.st plane.csv 2> log
grep -q 'mean squared error 0.00000; PCA of 2 numbers: 0.00000' log
ae-train -m dense:z=2,h=8 --loss l2 --steps 20 -o d.st plane.csv 2> log
grep -q 'PCA of 2 numbers: 0.00000' log
ae-score -m p.st plane.csv | awk 'NR > 1 && $2 > 1e-9 { exit 1 }'

status=0
ae-train -q -m dense --loss l2 -o no.st plane.csv 2> log || status=$?
[ $status -eq 2 ]
grep -q 'how long' log
status=0
sed 's/dense   c=.z/& act=relu/' "$AE_ROOT/models/pca.ae" > bent.ae
ae-train -q -m bent.ae --loss l2 -o no.st "$digits" 2> log || status=$?
[ $status -eq 2 ]
grep -q 'without activation' log

# beside a log, whose lines are vectors of 2048 numbers
ae-train -m dense:z=4,h=16 --loss l2 --steps 40 --val 0.1 -o log.st \
    "$AE_ROOT/samples/service.log" 2> log
grep -q 'held out: .*; PCA of 4 numbers: 0.00[0-9]*' log
