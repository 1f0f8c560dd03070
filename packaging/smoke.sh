#!/bin/sh
# smoke.sh FOLDER [SAMPLES] - whether the commands in FOLDER work: a picture is
# made noisy and clean again, digits are encoded, decoded and drawn as a map.
# What the pictures come from: SAMPLES, those of the sources by default.
set -eu

bin=$(cd "$1" && pwd)
samples=$(cd "${2:-$(dirname "$0")/../samples}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$bin/ae" | grep -q '^  denoise '
"$bin/ae" --version
"$bin/ae-noise" -n gauss:sigma=25 --seed 1 "$samples/gray-tree.png" -o noisy.png
"$bin/ae" denoise < noisy.png > clean.png
"$bin/ae-compare" "$samples/gray-tree.png" clean.png --threshold 'psnr>23'
"$bin/ae-encode" -m digits "$samples/digits/3-1.png" |
    "$bin/ae-decode" -m digits -o three.png
"$bin/ae-encode" -m digits "$samples/digits" |
    "$bin/ae-latent" plot -o map.png # by OpenBLAS
"$bin/ae-info" clean.png three.png map.png
echo "smoke: $bin works"
