#!/bin/sh
# Scores: what wasn't learned is odder than what was; distances of codes are
# what they should be; the same for any number of threads and from a pipe;
# thresholds; bad inputs.
set -eu
s=$AE_ROOT/samples

ae-train -q -m dense:z=8 --loss l2 --batch 64 --steps 300 -o m.st \
    "$s/digits-idx3-ubyte.gz"
# noise is no digit
mkdir odd
for i in 1 2 3 4; do
    ae-noise -q -n gauss:sigma=80 --seed $i -o "odd/$i.png" \
        "$s/digits/$i-0.png"
done

# the lowest score of the odd ones is above the median of the digits
ae-score -m m.st "$s/digits" > known.tsv
ae-score -m m.st odd > odd.tsv
[ "$(wc -l < known.tsv)" -eq 101 ] && [ "$(wc -l < odd.tsv)" -eq 5 ]
median=$(tail -n +2 known.tsv | cut -f 2 | sort -g | sed -n 50p)
least=$(tail -n +2 odd.tsv | cut -f 2 | sort -g | head -n 1)
awk -v a="$least" -v b="$median" 'BEGIN { print a, b; exit !(a > b) }'

# squared distances from the codes' own Gaussian are 8 in the mean, as many
# as a code has numbers
ae-score -m m.st --method mahalanobis "$s/digits-idx3-ubyte.gz" |
    awk -F '\t' 'NR > 1 { n++; sum += $2 * $2 } END { print sum / n
        exit !(sum > 7.8 * n && sum < 8.2 * n) }'

# items of the reference are at distance 0 from it
ae-score -m m.st --method knn --reference "$s/digits" "$s/digits" |
    awk -F '\t' 'NR > 1 && $2 != 0 { bad = 1 } END { exit bad || NR != 101 }'
ae-score -m m.st --method knn --neighbours 3 --reference "$s/digits" odd |
    awk -F '\t' 'NR > 1 && $2 <= 0 { bad = 1 } END { exit bad || NR != 5 }'

# thresholds by the reference's own distances, each item left out of it: with
# two neighbours it is itself one, and the other is at twice the mean
ae-score -v -m m.st --method knn --threshold q80 --reference "$s/digits" odd \
    > knn.tsv 2> err
ae-score -m m.st --method knn --neighbours 2 --reference "$s/digits" \
    "$s/digits" | tail -n +2 |
    awk -F '\t' -v t="$(sed -n 's/.*threshold //p' err)" '
        2 * $2 > t { k++ } END { print k; exit !(k >= 18 && k <= 20) }'

# of the items themselves: the model's code has no part in it; the distance of
# two items is as their 784 pixels have it
ae-train -q -m dense:z=2,h=8 --loss l2 --batch 64 --steps 5 -o other.st \
    "$s/digits-idx3-ubyte.gz"
ae-score -m m.st --method knn-input --neighbours 2 --reference "$s/digits" \
    "$s/digits" > a
ae-score -t 1 -m other.st --method knn-input --neighbours 2 \
    --reference "$s/digits" "$s/digits" | cmp a -
ae-score -m m.st --method knn-input --reference "$s/digits/3-1.png" \
    "$s/digits/8-1.png" "$s/digits/3-1.png" | cut -f 2 > b
ae-compare --tsv --metric mse "$s/digits/3-1.png" "$s/digits/8-1.png" |
    sed -n 2p | cut -f 2 > squares
awk -v got="$(sed -n 2p b)" '{ want = sqrt(784 * $1) / 255; d = got - want
    print got, want
    exit !(want > 0 && d < 0.001 * want && -d < 0.001 * want) }' squares
[ "$(sed -n 3p b)" = 0 ]
# half of the reference is nearer to the rest of it than its own median
ae-score -m m.st --method knn-input --threshold q50 --reference "$s/digits" \
    "$s/digits" | awk -F '\t' 'NR > 1 && $3 != 0 { bad = 1 } END { exit bad }'

# threads, a pipe, single files: the same scores
ae-score -t 1 -m m.st "$s/digits" > a
ae-score -t 3 -m m.st "$s/digits" > b
cmp a b
cat "$s"/digits/*.png | ae-score -m m.st | cut -f 2 > c
cut -f 2 a > d
cmp c d

# as much of the training data is above a quantile as it says
ae-score -m m.st --threshold q90 "$s/digits-idx3-ubyte.gz" |
    awk -F '\t' 'NR > 1 { n++; k += $3 } END { print k, n
        exit !(k > 0.08 * n && k < 0.12 * n) }'
ae-score -m m.st --threshold 0 "$s/digits" |
    awk -F '\t' 'NR > 1 && $3 != 1 { bad = 1 } END { exit bad }'

# one line of two figures; objects
ae-score -m m.st --summary "$s/digits" > sum
[ "$(wc -l < sum)" -eq 2 ] && [ "$(sed -n 2p sum | cut -f 1)" -eq 100 ]
ae-score -m m.st --json "$s/digits/0-0.png" > o.json
grep -q '^{"name":"[^"]*/digits/0-0.png","score":[0-9.e-]*}$' o.json

# bounds in nats: never the evidence above the weighted one, of the same
# draws for every item, and the more draws the higher
ae-train -q -m vae:z=8,h=64 --loss bernoulli --binarise draw --batch 64 \
    --steps 200 -o v.st "$s/digits-idx3-ubyte.gz"
ae-score -m v.st --method elbo:20 "$s/digits" > elbo
ae-score -m v.st --method iw:20 "$s/digits" > iw
ae-score -t 3 -m v.st --method iw:20 "$s/digits" | cmp iw -
ae-score -m v.st --method iw:20 --seed 1 "$s/digits" > seed
if cmp -s iw seed; then exit 1; fi
paste elbo iw | awk -F '\t' 'NR > 1 && !($2 >= $4) { bad = 1 }
    END { exit bad || NR != 101 }'
for k in 1 20 400; do
    ae-score -m v.st --method iw:$k --summary "$s/digits" | sed -n 2p
done | cut -f 2 | sort -gc
[ "$(ae-score -m v.st --method iw:20 --summary "$s/digits" | sed -n 1p |
    cut -f 2)" = iw:20 ]
ae-score -m v.st --method elbo --threshold q90 "$s/digits-idx3-ubyte.gz" |
    awk -F '\t' 'NR > 1 { n++; k += $3 } END { print k, n
        exit !(k > 0.08 * n && k < 0.12 * n) }'

# an item that can't be used is named, the others are done
rc=0
ae-score -m m.st "$s/digits/0-0.png" "$s/tree.png" "$s/digits/0-1.png" \
    > out 2> err || rc=$?
[ $rc -eq 1 ] && [ "$(wc -l < out)" -eq 3 ]
grep -q "tree.png" err && grep -q "28x28" err

# wrong usage: status 2 and nothing done
usage() {
    rc=0
    ae-score "$@" > out 2> err || rc=$?
    [ $rc -eq 2 ] && [ ! -s out ]
}
usage -m m.st --method knn "$s/digits"
grep -q "needs --reference" err
usage -m m.st --method knn-input "$s/digits"
grep -q "needs --reference" err
usage -m m.st --threshold q101 "$s/digits"
usage -m m.st --threshold many "$s/digits"
usage -m v.st --method iw --threshold q9 "$s/digits"
grep -q "no quantiles of iw scores" err
usage -m m.st --points "$s/digits"
usage -m m.st --method iw "$s/digits"
grep -q "no Gaussian" err
usage -m m.st --method elbo:0 "$s/digits"
usage -m m.st --method knn:3 "$s/digits"
ae-train -q -m unet:c=4 --patch 16 --batch 4 --steps 2 -o u.st \
    "$s/tree.png" "$s/house.png"
usage -m u.st "$s/digits"
grep -q "no code" err
