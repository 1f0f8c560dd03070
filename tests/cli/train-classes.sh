#!/bin/sh
# Classes: a conditional model is told them, keeps their names, and encodes
# and decodes by them; data are selected by class and by rows; labels that
# don't fit the data are refused.
set -eu
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz
labels=$AE_ROOT/samples/digits-idx1-ubyte.gz

cvae() {
    ae-train -q -m cvae:h=24,z=2 --loss bernoulli --batch 32 "$@" "$digits"
}

cvae --labels "$labels" --steps 60 -o a.st
ae-info --json a.st | grep -q '"labels":\["0","1","2",.*"9"\]'
ae-info a.st | grep -q 'input   label, 1 x 1 x 10'
# the same, whatever the file is called and holds them as
ae-train -q -m a.st --labels "$labels" --loss bernoulli --steps 2 -o on.st "$digits"
gzip -dc "$labels" | tail -c 2000 | od -An -v -t u1 -w1 | tr -d ' ' > labels.txt
cvae --labels labels.txt --steps 60 -t 1 -o b.st
cmp a.st b.st
# a class says what a code becomes, and what an item's code is
png=$AE_ROOT/samples/digits/3-0.png
ae-encode -m a.st --label 3 "$png" > three
ae-encode -m a.st --label 8 "$png" > eight
if cmp -s three eight; then exit 1; fi
ae-decode -m a.st --label 3 -T npy -o 3.npy three
ae-decode -m a.st --label 4 -T npy -o 4.npy three
if cmp -s 3.npy 4.npy; then exit 1; fi

# selections: fewer examples, and what they leave in the model
# has N - c.st was learned from and scored on N items.
has() {
    n=$(ae-info --json c.st |
        sed 's/.*"items":\([0-9]*\),"held_out":\([0-9]*\).*/\1 \2/' |
        awk '{ print $1 + $2 }')
    [ "$n" -eq "$1" ]
}
plain() {
    ae-train -q -m dense:h=4,z=2 --loss l2 --steps 2 --val 0.1 "$@" "$digits"
}
ones=$(grep -c '^1$' labels.txt)
plain --labels labels.txt --only 1 -o c.st
has "$ones"
plain --rows 11:60 -o c.st
has 50
plain --rows 1901: --labels labels.txt --only 1 -o c.st
has "$(tail -n 100 labels.txt | grep -c '^1$')"
# of a folder of pictures, and of a table by time steps
ae-train -q -m dense:h=4,z=2 --loss l2 --steps 2 --val 0.2 --rows :30 -o c.st \
    "$AE_ROOT/samples/digits"
has 30
ae-train -q -m conv1d:h=4,z=2 --loss l2 --steps 2 --rows 101:400 --window 24 \
    --stride 12 --columns rides -o c.st "$AE_ROOT/samples/taxi.csv.gz"
# of 24 windows two share rows with those held out, and are on neither side
has 22

. "$AE_ROOT/tests/cli/expect"

# refuses STATUS TEXT OPTION... - cvae ends so and says so.
refuses() {
    want=$1
    text=$2
    shift 2
    fails "$want" "$text" cvae --steps 2 -o no.st "$@"
}
refuses 2 'has no class: --labels FILE'
head -n 1500 labels.txt > short
refuses 2 '1500 of them, and more' --labels short
{ cat labels.txt; echo 1; } > long
refuses 2 '2001 of them, 2000 items' --labels long
gzip -dc "$labels" | head -c 1000 > cut.idx
refuses 1 'the file ends after 992' --labels cut.idx
printf '\n' > empty
refuses 1 'line 1 is not a label' --labels empty
refuses 2 'rows 5: should be A:B' --labels labels.txt --rows 5
refuses 2 'rows 9:5: should be A:B' --labels labels.txt --rows 9:5
refuses 2 'rows 0:5: should be A:B' --labels labels.txt --rows 0:5
refuses 2 'only needs' --only 3
sed 's/^3$/three/' labels.txt > words
refuses 2 "'three', which is not one of" -m a.st --labels words
