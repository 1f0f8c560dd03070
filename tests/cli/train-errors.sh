#!/bin/sh
# shellcheck disable=SC2086
# What training can't use is said with its reason and a remedy, with the right
# status, and good work stays.
set -eu
s=$AE_ROOT/samples

. "$AE_ROOT/tests/cli/expect"

# refuses STATUS TEXT ARGUMENT... - ae-train ends so and says so.
refuses() {
    want=$1
    text=$2
    shift 2
    fails "$want" "$text" ae-train "$@"
}
short="--steps 2 --batch 2 --patch 16"
mkdir empty
refuses 2 'nothing to use: there is no file' -m unet:c=4 -o m $short empty
refuses 1 'nowhere' -m unet:c=4 -o m $short nowhere
refuses 2 'presets are' -m nosuch -o m $short "$s/tree.png"
refuses 2 'wanted by --rows' -m dense -o m --steps 2 --rows 9000: \
    "$s/digits-idx3-ubyte.gz"
refuses 2 'which model' -o m "$s/tree.png"
refuses 2 'where to' -m unet "$s/tree.png"
refuses 2 'learn from what' -m unet -o m --steps 2
refuses 2 'how long' -m unet -o m "$s/tree.png"
refuses 2 'exclude' -m unet -o m --steps 2 --epochs 2 "$s/tree.png"
refuses 2 '--freeze: the net has no node' -m unet:c=4 -o m $short \
    --freeze nowhere "$s/tree.png" "$s/house.png"
refuses 2 '--val FILE' -m unet:c=4 -o m $short "$s/tree.png"
refuses 2 'held out' -m unet:c=4 -o m $short --val 0 "$s/tree.png" "$s/house.png"
refuses 2 'a multiple of' -m unet:c=4 -o m --steps 2 --patch 18 "$s"/*.png
refuses 2 'unknown' -m unet:c=4 -o m $short -n fog "$s"/*.png
refuses 2 'dropout' -m unet:c=4 -o m $short --dropout 0.5 "$s"/*.png
refuses 2 'fixed size' -m dense -o m --steps 2 "$s/tree.png" "$s/house.png" "$s/digits"
refuses 2 '--memory' -m unet:c=4 -o m $short --memory 1M "$s"/*.png
test ! -e m
test ! -e m.ckpt

# files that can't be used are named and counted, the rest is learned from
mkdir mixed
cp "$s/tree.png" "$s/house.png" mixed
head -c 3000 "$s/house.png" > mixed/cut.png
printf 'P5 3 3 255\n123456789' > mixed/tiny.pgm
echo words > mixed/notes.txt
# with status 1 where they are more than a tenth
refuses 1 '1 of 3 items were left out' -m unet:c=4 -o m.safetensors $short mixed
cp err log
grep -q 'cut.png: left out' log
grep -q 'tiny.pgm: left out: 3x3' log
rm mixed/tree.png mixed/house.png
refuses 2 'cut.png: left out' -q -m unet:c=4 -o n $short mixed
refuses 2 '1 file(s) unreadable, 1 image(s) too small, 1 file(s) of no known' \
    -m unet:c=4 -o n $short mixed
# of many operands, and of many small pictures, one line each
for i in 1 2 3 4 5 6 7 8 9; do
    cp mixed/cut.png "mixed/cut$i.png"
    cp mixed/tiny.pgm "mixed/tiny$i.pgm"
done
refuses 1 '10 of 12 items were left out' -m unet:c=4 -o n $short --progress never \
    "$s/house.png" "$s/tree.png" mixed/*.png mixed/*.pgm
[ "$(grep -c 'left out' err)" -eq 3 ]
grep -q '^ae-train: 10 files left out (--verbose lists them), the first is' err
grep -q '^ae-train: 10 files left out (--verbose lists them), .*3x3 pixels' err
fails 1 '10 of 12' ae-train -v -m unet:c=4 -o n $short "$s/house.png" \
    "$s/tree.png" mixed/*.png mixed/*.pgm
[ "$(grep -c '^ae-train: mixed/.*: left out' err)" -eq 20 ]
# of no known format
printf 'a\0b\n' > unknown
refuses 2 '--input' -m dense -o m --steps 2 unknown
printf 'Pf\n1 1\n-1.0\n\000\000\300\177' > nan.pfm
refuses 2 'is not a finite' -m unet:c=4 -o n $short nan.pfm

# a loss that isn't a number stops the run; the model before that stays
cp m.safetensors kept.safetensors
refuses 1 'at step' -m unet:c=4 -o m.safetensors --optim sgd --clip 0 --lr 1e12 \
    --steps 50 --batch 2 --patch 16 -n gauss "$s"/*.png
cmp m.safetensors kept.safetensors

# a disk that is full: a message, no half-written file, the old one whole
if [ -c /dev/full ]; then
    refuses 1 '/dev/full' -m unet:c=4 -o x $short --metrics /dev/full "$s"/*.png
fi
refuses 2 'no/such/folder/m' -m unet:c=4 -o no/such/folder/m $short "$s"/*.png
cp m.safetensors old.safetensors
status=0
(ulimit -f 8; ae-train -m unet:c=4 -o m.safetensors $short "$s"/*.png 2> log) ||
    status=$?
test $status -eq 1
grep -q 'm.safetensors: .*File too large' log
cmp m.safetensors old.safetensors
test -z "$(find . -name '.*.tmp')"
