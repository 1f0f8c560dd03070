#!/bin/sh
# shellcheck disable=SC2086
# What a model can't take is refused by every command, with the remedy: values
# outside 0..1 where the loss wants them within, another number of channels,
# other lengths and sizes.
set -eu

# fails TEXT COMMAND... - fails and says so.
fails() {
    text=$1
    shift
    status=0
    "$@" > out 2> log || status=$?
    if [ $status -ne 1 ] && [ $status -ne 2 ] || ! grep -q -e "$text" log; then
        echo "status $status, or no '$text': $*"
        cat log
        exit 1
    fi
}
# array SHAPE < VALUES - a NumPy array of float32; VALUES as %b has them.
array() {
    printf '\223NUMPY\001\000\166\000%-117s\n' \
        "{'descr': '<f4', 'fortran_order': False, 'shape': $1, }"
    while read -r n bytes; do
        for _ in $(seq "$n"); do printf '%b' "$bytes"; done
    done
}
half='\0\0\0\077'
two='\0\0\0\100'
train="ae-train -q --steps 2 --batch 4 --mixture 0 --val 0.25"

# rows of numbers
printf '%s\n' "60 $half" | array '(10, 6)' > in.npy
printf '%s\n' "30 $half" "1 $two" "29 $half" | array '(10, 6)' > beyond.npy
printf '%s\n' "70 $half" | array '(10, 7)' > long.npy
fails "needs data within 0..1; use l2, or --scale unit" \
    $train -m dense:z=2 --loss bce -o no.st beyond.npy
$train -m dense:z=2 --loss bce -o bce.st in.npy
for c in ae-encode ae-score ae-denoise; do
    fails "'bce' on data within 0..1.*--loss l2 or --scale unit" \
        $c -m bce.st beyond.npy
    fails '7 values, the model takes 6: choose as many' $c -m bce.st long.npy
done
fails 'the net takes items of 1x6' $train -m bce.st --loss bce -o no.st \
    long.npy
# a scale brings them there, and what lies beyond it is odd, not wrong
$train -m dense:z=2 --loss bce --scale unit -o unit.st in.npy
ae-score -m unit.st beyond.npy > out
[ "$(wc -l < out)" -eq 11 ]

# series: channels and lengths
awk 'BEGIN { print "a,b,c"; for (i = 0; i < 60; i++)
    print i % 7 "," i % 5 "," i % 3 }' > t.csv
$train -m conv1d:h=4,z=2 --window 12 --columns a,b --loss l2 -o t.st t.csv
for c in ae-encode ae-score ae-denoise; do
    fails 'the model takes.* 2: choose as many with --columns' \
        $c -m t.st --columns a,b,c t.csv
    head -n 9 t.csv > short.csv
    fails '8 row(s), a window takes 12' $c -m t.st short.csv
done
fails 'has its own --input, --window' \
    $train -m t.st --columns a --loss l2 -o no.st t.csv

# pictures: sizes, channels, range
digits=$AE_ROOT/samples/digits
for c in ae-encode ae-score; do
    fails 'the model takes 28x28: --fit crop' \
        $c -m digits-ae "$AE_ROOT/samples/tree.png"
done
fails 'only pictures of 28 x 28: resize' \
    ae-denoise -m digits-dae "$AE_ROOT/samples/tree.png"
fails "'bce'\|'bernoulli'\|within 0..1" \
    $train -m dense:z=2 --loss bce --scale global -o no.st "$digits"
$train -m dense:z=2 --loss bce -o picture.st "$digits"
printf '%s\n' "784 $two" | array '(28, 28)' > bright.npy
for c in ae-encode ae-score ae-denoise; do
    fails 'a value of 2; .*within 0..1' $c -m picture.st bright.npy
done
printf '%s\n' "1568 $half" | array '(28, 28, 2)' > channels.npy
for c in ae-encode ae-score; do
    fails '2 channel(s), the model takes 1' $c -m digits-ae channels.npy
done
$train -m dense:z=2 --loss l2 --scale window -o own.st "$digits"
fails 'train with --scale none' ae-denoise -m own.st "$digits/0-0.png"
