#!/bin/sh
# Scores of a conditional model: it is told each item's class, or one for all,
# by every method; items of classes it doesn't know are named, the others are
# done; what it isn't told is said.
set -eu
s=$AE_ROOT/samples
digits=$s/digits-idx3-ubyte.gz
labels=$s/digits-idx1-ubyte.gz

ae-train -q -m cvae:h=48,z=4 --loss bernoulli --batch 32 --steps 600 \
    --labels "$labels" -o m.st "$digits"
gzip -dc "$labels" | tail -c 2000 | od -An -v -t u1 -w1 | tr -d ' ' > right
awk '{ print ($1 + 1) % 10 }' right > wrong

# the right classes are likelier than others; idx or text is one
for method in reconstruction elbo:4 iw:4; do
    for file in right wrong; do
        ae-score -m m.st --method $method --labels $file --summary "$digits" \
            > $file.sum
    done
    paste right.sum wrong.sum | awk -v m=$method 'NR == 2 { print m, $2, $4
        exit !(m == "reconstruction" ? $2 < 0.97 * $4 : $2 > $4 + 2) }'
done
ae-score -m m.st --method iw:4 --labels right "$digits" > text
ae-score -t 1 -m m.st --method iw:4 --labels "$labels" "$digits" | cmp text -
ae-score -m m.st --method elbo --threshold q90 --labels right "$digits" |
    awk -F '\t' 'NR > 1 { n++; k += $3 } END { print k, n
        exit !(k > 0.08 * n && k < 0.12 * n) }'

# one class for all
seq 1 2000 | sed 's/.*/3/' > threes
for method in reconstruction elbo iw mahalanobis; do
    ae-score -m m.st --method $method --labels threes "$digits" > a
    ae-score -m m.st --method $method --label 3 "$digits" | cmp a -
    ae-score -m m.st --method $method --labels right "$digits" > b
    if cmp -s a b; then echo "$method isn't told"; exit 1; fi
done
# codes: the reference is told its own classes, and is at distance 0 of itself
ae-score -m m.st --method knn --reference "$digits" \
    --reference-labels "$labels" --labels right --rows :200 "$digits" |
    awk -F '\t' 'NR > 1 && $2 != 0 { bad = 1 } END { exit bad || NR != 201 }'

# which of them tells outliers is for --normal to say, or --label
ae-score -m m.st --labels right --normal 1 --summary "$digits" > sum
head -n 1 sum | grep -q auroc
ae-score -m m.st --label 1 --labels right --normal 1 --summary "$digits" |
    awk 'NR == 2 { print $3; exit !($3 > 0.8) }'

# a class that isn't known: named, and the others as they are
sed '2s/.*/ten/;4s/.*/11/' right > odd
rc=0
ae-score -m m.st --method elbo --labels odd "$digits" > out 2> err || rc=$?
[ $rc -eq 1 ] && [ "$(grep -c "is not one of" err)" -eq 2 ]
grep -q "'ten' is not one of the model's 10 classes" err
ae-score -m m.st --method elbo --labels right "$digits" | sed '3d;5d' |
    cmp out -
# a table's classes are in a column
awk 'BEGIN { print "a,b,kind"; for (i = 0; i < 300; i++)
    print sin(i) ",", cos(i) "," (i % 3 ? "up" : "down") }' > t.csv
ae-train -q -m cvae:h=8,z=1 --loss gauss:sigma=0.3 --label-column kind --steps 60 \
    -o t.st t.csv
sed '7s/up/left/' t.csv > left.csv
rc=0
ae-score -m t.st --label-column kind left.csv > out 2> err || rc=$?
[ $rc -eq 1 ] && grep -q "'left' is not one" err
ae-score -m t.st --label-column kind t.csv | sed 7d | cmp out -
ae-score -m t.st --method knn --reference t.csv --label-column kind t.csv |
    awk -F '\t' 'NR > 1 && $2 != 0 { exit 1 }'

# usage TEXT OPTION... - status 2, nothing done, and said so.
usage() {
    text=$1
    shift
    rc=0
    ae-score "$@" > out 2> err || rc=$?
    if [ $rc -ne 2 ] || [ -s out ] || ! grep -q -e "$text" err; then
        echo "status $rc, or no '$text': $*"
        cat err
        exit 1
    fi
}
ask='asks for each item.s class'
usage "$ask: --label, --labels or --label-column" -m m.st "$digits"
usage "'ten' is not one of" -m m.st --label ten "$digits"
usage "$ask: --reference-labels" -m m.st --method knn --reference "$digits" \
    --labels right "$digits"
head -n 1500 right > few
usage '1500 of them' -m m.st --method knn --reference "$digits" \
    --reference-labels few --labels right "$digits"
usage 'is for --reference and' -m m.st --label 1 --method knn \
    --reference "$digits" --reference-labels right "$digits"
usage 'asks for no class' -m digits-ae --label 1 "$digits"
