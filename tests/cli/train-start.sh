#!/bin/sh
# A run that is told little begins well: an output that ends in a sigmoid
# starts at the mean of the data, so that a squared error on dark pictures
# can't drive it to black; --loss auto suits the net.
set -eu
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

# black scores 0.116, evenly gray pictures 0.095
ae-train -q -m conv:h=8,z=8 --loss l2 --steps 120 --checkpoint-every 60 \
    --mixture 0 --metrics m.csv -o conv.st "$digits"
awk -F, 'NR > 1 && $4 != "" { last = $4 }
    END { print last; exit !(last > 0 && last < 0.085) }' m.csv

# is MODEL LOSS - what a model says that it was made with
is() {
    ae-info --json "$1" | grep -q "\"loss\": *\"$2\"" || {
        echo "$1 is not made with $2"
        exit 1
    }
}
one() {
    ae-train -q --steps 1 --mixture 0 "$@"
}
one -m dense -o dense.st "$digits"
is dense.st l2
one -m vae -o vae.st "$digits"
is vae.st bernoulli
one -m vae:lv=1 -o lv.st "$digits"
is lv.st gauss
one -m unet:c=8,b=1 -n gauss -o unet.st "$AE_ROOT/samples/tree.png" \
    "$AE_ROOT/samples/house.png"
is unet.st l1
one -m vae --loss laplace:b=0.2 -o laplace.st "$digits"
one -m laplace.st -o more.st "$digits"
is more.st laplace:b=0.2
one -m more.st --loss auto -o again.st "$digits"
is again.st laplace:b=0.2

# data without bounds have a noise that only their owner knows
if one -m vae --window 24 --columns rides -o taxi.st \
    "$AE_ROOT/samples/taxi.csv.gz" 2> err; then
    exit 1
fi
grep -q 'what is the noise of data outside 0..1' err
one -m vae:lv=1 --window 24 --columns rides -o taxi.st \
    "$AE_ROOT/samples/taxi.csv.gz"
is taxi.st gauss
if one -m dense --loss nonsense -o x.st "$digits" 2> err; then
    exit 1
fi
grep -q nonsense err

# A shipped model's name begins from that model, as its file does; a folder of
# that name is none.
mkdir digits-ae
one -m digits-ae -o by-name.st "$digits"
one -m "$AE_ROOT/models/digits-ae.safetensors" -o by-file.st "$digits"
cmp by-name.st by-file.st
if one -m digitz -o x.st "$digits" 2> err; then exit 1; fi
grep -q '^ae-train: digitz: .*presets are .*dense.*; models are .*digits-ae' err
if one -m dense --resume=nothere.ckpt -o x.st "$digits" 2> err; then exit 1; fi
grep -q "^ae-train: nothere.ckpt: can't be opened: No such file" err
