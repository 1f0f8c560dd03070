#!/bin/sh
# Real pairs: what a net learned of noisy pictures and their clean ones is
# nearer to the truth; pairs that don't fit are told by name.
set -eu
d=$AE_ROOT/samples/digits
. "$AE_ROOT/tests/cli/expect"
refuses() {
    text=$1
    shift
    fails 2 "$text" ae-train -m dense:z=4 --loss bce --steps 1 -o no.st "$@"
    [ ! -e no.st ]
}
# nearer SHARE REF A B - A's error is below that share of B's.
nearer() {
    ae-compare --tsv --metric mse "$2" "$3" "$4" | awk -v s="$1" \
        'NR == 2 { a = $2 } NR == 3 { b = $2 } END { exit !(a < s * b) }' ||
        { echo "$*"; ae-compare --metric mse "$2" "$3" "$4"; exit 1; }
}

ae-noise -q -n gauss:sigma=60 --seed 1 -d noisy "$d"/*.png
ae-train -q -m dense:z=16 --loss bce --lr 0.003 --ema 0.99 --steps 400 -o pairs.st --noisy noisy \
    --clean "$d" --report page.html
ae-train -q -m dense:z=16 --loss bce --lr 0.003 --ema 0.99 --steps 400 -o same.st --noisy noisy "$d"
cmp pairs.st same.st
grep -q 'without noise' page.html

# fixed noise is learned with its picture: cleaned, it is nearly the clean one
ae-denoise -q -m pairs.st -d cleaned noisy/*.png
nearer 0.5 "$d/3-1.png" cleaned/3-1.png noisy/3-1.png

# patches of photographs, told the level
mkdir photos worse
cp "$AE_ROOT/samples/tree.png" "$AE_ROOT/samples/house.png" photos
ae-noise -q -n gauss:sigma=25 --seed 2 -d worse photos/*.png
ae-train -q -m unet:c=4 --patch 32 --batch 4 --steps 150 --lr 3e-3 --ema 0.98 -o unet.st \
    --noisy worse --clean photos
ae-denoise -q -m unet.st --sigma 25 -o clean.png worse/house.png
nearer 0.9 photos/house.png clean.png worse/house.png

# what doesn't fit
refuses 'exclude' -n gauss --noisy noisy "$d"
refuses 'a share' --noisy noisy --val "$d" "$d"
refuses 'learn from what' --noisy noisy
rm noisy/3-1.png
refuses '99 items, the clean ones are 100' --noisy noisy "$d"
cp "$d/3-2.png" noisy/3-11.png
refuses '3-11.png has the place of' --noisy noisy "$d"
rm noisy/3-11.png
cp "$AE_ROOT/samples/house.png" noisy/3-1.png
refuses "the clean $d/3-1.png 28x28" --noisy noisy "$d"
head -c 100 "$d/3-1.png" > noisy/3-1.png
refuses 'left out' --noisy noisy "$d"
