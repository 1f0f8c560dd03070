#!/bin/sh
# tour.sh - `make tour`: trains the four autoencoders on the sample digits, a
# command each, uses each for what it is known for, and leaves one labelled
# picture.
set -eu
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
MAKE=${MAKE:-make}
sh tests/tools/deps.sh build
unset MAKEFLAGS MFLAGS MAKELEVEL
"$MAKE" -s -j"$(getconf _NPROCESSORS_ONLN)" BUILD="$BUILD" all \
    "$BUILD/tests/tools/poster"
BUILD=$(cd "$BUILD" && pwd)
PATH=$BUILD/bin:$BUILD/tests/tools:$PATH
tour=$BUILD/tour
rm -rf "$tour"
mkdir -p "$tour"
ln -s "$PWD/samples" "$tour/samples"
cd "$tour"

# say WHAT COMMAND - tells what for, shows the command, runs it
say() {
    printf '\n# %s\n$ %s\n' "$1" "$2"
    sh -c "$2"
}
digits=samples/digits-idx3-ubyte.gz
ten='samples/digits/[0-9]-1.png'
train="ae-train -q --loss bce --batch 32"

say "vanilla: 784 pixels through 32 numbers and back" \
    "$train -m dense:z=32 --epochs 30 -o vanilla.st $digits"
say "convolutional: the same, but it knows that neighbours belong together" \
    "$train -m conv:z=32 --lr 0.003 --epochs 8 -o convolutional.st $digits"
say "denoising: learns to give back what noise was added to" \
    "$train -m dense:z=32 -n gauss:sigma=100 --epochs 60 -o denoising.st $digits"
say "variational: its code is a cloud around 0, so that any point is a digit" \
    "$train -m vae:z=10 --kl-warmup linear --epochs 40 -o variational.st $digits"

for model in vanilla convolutional; do
    say "ten digits that it has never seen, through the $model one" \
        "ae-encode -m $model.st $ten | ae-decode -m $model.st -d $model"
done
say "noise is added, ..." "ae-noise -n gauss:sigma=100 --seed 1 -d noisy $ten"
say "... and removed" "ae-denoise -q -m denoising.st -d cleaned noisy/*.png"
say "where the vanilla one fails, which is where a digit is odd" \
    "ae-score -q -m vanilla.st --map maps $ten | sort -k2,2gr"
say "a map of 100 digits: the two directions in which their codes differ most" \
    "ls samples/digits | cut -c1 > labels.txt
  ae-encode -m variational.st samples/digits |
      ae-latent plot --labels labels.txt --size 616x440 -o map.png"
say "digits that nobody wrote" \
    "ae-sample -m variational.st -n 40 --seed 1 --grid 10x4 -o samples.png"
say "from a 3 to an 8" \
    "ae-encode -m variational.st samples/digits/3-1.png samples/digits/8-1.png |
      ae-latent slerp -n 10 | ae-decode -m variational.st --grid 10x1 -o walk.png"

# shellcheck disable=SC2086
poster "input" $ten / "vanilla" vanilla/*.png \
    / "convolutional" convolutional/*.png \
    / "noisy" noisy/*.png / "cleaned" cleaned/*.png \
    / "odd where bright" maps/*.png / "from 3 to 8" walk.png \
    / "samples" samples.png / "latent map" map.png > tour.png
printf '\nThe tour in one picture: %s\n' "$tour/tour.png"
