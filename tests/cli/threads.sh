#!/bin/sh
# shellcheck disable=SC2086
# The bytes that come out don't depend on the number of threads, nor on the run:
# 1, 2, 3, 4, 7, 16 and 64 threads, each command three times with as many.
set -eu
s=$AE_ROOT/samples
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
ae-noise -n gauss:sigma=20 -o in.png "$s/tree.png"

# all T DIR
all() {
    mkdir "$2"
    ae-noise -t "$1" -n correlated:sigma=9 --seed 2 -o "$2/noisy.png" in.png
    ae-denoise -q -t "$1" -m net.safetensors -o "$2/clean.png" in.png
    ae-denoise -q -t "$1" -m net.safetensors --tile 48 -o "$2/tiled.png" in.png
    ae-encode -t "$1" -m digits-ae "$s"/digits/1-*.png > "$2/codes"
    ae-score -t "$1" -m digits-ae "$s"/digits/1-*.png > "$2/scores"
    ae-sample -t "$1" -m digits -n 4 --seed 5 -T npy -o "$2/samples"
    ae-train -q -t "$1" -m conv:h=8 --steps 4 --batch 3 --val 0.3 \
        -o "$2/model" "$s"/digits/2-*.png
    ae-train -q -t "$1" -m unet:c=4 -n gauss:sigma=25 --patch 16 --batch 3 \
        --steps 3 --val "$s/tree.png" -o "$2/denoiser" "$s/house.png"
}
all 1 right
for t in 2 3 4 7 16 64 1 1; do
    all $t got
    diff -r right got
    rm -r got
done
cmp right/clean.png right/tiled.png
