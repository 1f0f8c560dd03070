#!/bin/sh
# pictures.sh - `make pictures`: makes the photograph that README.md begins
# with anew, by the photo model of this tree: before and after at 1:1, the
# noise being that of a camera at a high sensitivity.
set -eu
cd "$(dirname "$0")/../.."

BUILD=$(cd "${BUILD:-build}" && pwd)
PATH=$BUILD/bin:$PATH
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

ae-noise -q -n camera:iso=12800 --seed 3 -o "$scratch/noisy.png" \
    samples/house.png
ae-denoise -q -m photo --crop 404x300+22+42 --preview "$scratch/both.png" \
    -o "$scratch/clean.png" "$scratch/noisy.png"
ae-denoise -q -s 0 --quality 92 -o man/pictures/photo.jpg "$scratch/both.png"
ls -l man/pictures/photo.jpg
