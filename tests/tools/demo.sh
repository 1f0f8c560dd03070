#!/bin/sh
# demo.sh - `make demo`: sets up, builds, adds noise to a photograph, cleans
# it, and says by how much, with a picture of both.
set -eu
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
MAKE=${MAKE:-make}
photo=${PHOTO:-samples/house.png}
noise=gauss:sigma=25
jobs=$(getconf _NPROCESSORS_ONLN)
case $BUILD in
/*) demo=$BUILD/demo ;;
*) demo=$PWD/$BUILD/demo ;;
esac

missing=$(sh tests/tools/deps.sh --missing build)
if [ -n "$missing" ]; then
    echo "This installs $missing (some 300 MB on disk; two minutes or so,"
    echo "as the network allows), builds ae (about a minute) and cleans one"
    echo "noisy photograph (a second)."
    sh tests/tools/deps.sh build
else
    echo "Nothing needs to be installed. This builds ae (about a minute) and"
    echo "cleans one noisy photograph (a second)."
fi

# A make of its own: packages that have just come are seen.
unset MAKEFLAGS MFLAGS MAKELEVEL
"$MAKE" -s -j"$jobs" BUILD="$BUILD" all "$BUILD/tests/tools/montage" \
    "$BUILD/tests/tools/show"

mkdir -p "$demo"
psnr() {
    "$BUILD/bin/ae-compare" --metric psnr --tsv "$photo" "$1" |
        awk 'NR == 2 { printf "%.2f", $2 }'
}
echo "ae-noise -n $noise --seed 1 < $photo > noisy.png"
"$BUILD/bin/ae-noise" -n $noise --seed 1 < "$photo" > "$demo/noisy.png"
echo "ae-denoise < noisy.png > clean.png"
"$BUILD/bin/ae-denoise" < "$demo/noisy.png" > "$demo/clean.png"
"$BUILD/tests/tools/montage" "$demo/noisy.png" "$demo/clean.png" \
    > "$demo/before-after.png"

noisy=$(psnr "$demo/noisy.png")
cleaned=$(psnr "$demo/clean.png")
# in the terminal, where that can draw
"$BUILD/tests/tools/show" "$demo/before-after.png" || true
echo "before | after: $demo/before-after.png"
echo "noisy $noisy dB, cleaned $cleaned dB"
