#!/bin/sh
# The tools that judge codes and samples: nearest neighbours' votes, distances
# and the Frechet distance as worked out by hand; a classifier learns which of
# two shapes a picture shows, and ae-encode gives its features.
set -eu

# two clusters; the third point of t is nearer to the second
printf '0,0\n1,0\n0,1\n5,5\n6,5\n5,6\n' > ref.csv
printf '0\n0\n0\n1\n1\n1\n' > ref.labels
printf '0.2,0.3\n5.2,5.1\n4,4\n' > t.csv
printf '0\n1\n0\n' > t.labels
[ "$(points knn 3 ref.csv ref.labels t.csv t.labels)" = 0.6667 ]
# a tie of all six goes to the lower class; so two of three are right
[ "$(points knn 6 ref.csv ref.labels t.csv t.labels)" = 0.6667 ]
# distances 0.3606, 0.2236 and 1.4142
[ "$(points nearest ref.csv t.csv)" = 0.3606 ]
[ "$(points nearest ref.csv ref.csv)" = 0.0000 ]

# means 2.5 apart; deviations by axis sqrt(4/3), sqrt(16/3) and sqrt(1/3),
# sqrt(4/3): 2.5^2 + 1/3 + 4/3
printf '0,0\n2,0\n0,4\n2,4\n' > a.csv
printf '3,1\n4,1\n3,3\n4,3\n' > b.csv
[ "$(points frechet a.csv b.csv)" = 7.9167 ]
[ "$(points frechet b.csv a.csv)" = 7.9167 ]
# the same after a turn by an angle of tangent 3/4, where axes are mixed
turn() { awk -F , '{ print 0.8 * $1 - 0.6 * $2 "," 0.6 * $1 + 0.8 * $2 }' "$1"; }
turn a.csv > at.csv
turn b.csv > bt.csv
[ "$(points frechet at.csv bt.csv)" = 7.9167 ]
[ "$(points frechet a.csv bt.csv)" != 7.9167 ]

status=0
printf '1,2,3\n4,5,6\n' > wide.csv
points nearest a.csv wide.csv 2> said || status=$?
[ $status = 1 ] && grep -q 'points of 2 and of 3' said

# a hundred digits are learned by heart in as many steps; the features before
# the last layer come out as the model's code
for i in 0 1 2 3 4 5 6 7 8 9; do
    for k in 0 1 2 3 4 5 6 7 8 9; do
        [ ! -f "$AE_ROOT/samples/digits/$i-$k.png" ] || echo $i
    done
done > labels
d=$AE_ROOT/samples/digits
right=$(classifier "$AE_ROOT/tests/bench/lenet.ae" 100 "$d" labels "$d" labels \
    lenet.safetensors)
awk -v r="$right" 'BEGIN { print r; exit !(r >= 0.95 && r <= 1) }'
ae-encode -q -m lenet.safetensors -o z.npy "$d"
same=$(points knn 5 z.npy labels z.npy labels)
awk -v r="$same" 'BEGIN { print r; exit !(r >= 0.9) }'

# labels that are too few are refused
status=0
head -n 99 labels > few
classifier "$AE_ROOT/tests/bench/lenet.ae" 1 "$d" few "$d" labels x 2> said ||
    status=$?
[ $status = 1 ] && grep -q 'few:100' said
[ ! -e x ]
