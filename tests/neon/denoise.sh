#!/bin/sh
# ae-denoise of another machine, run by AE_RUNNER, gives the picture that this
# machine's (AE_NATIVE, a folder) gives, within one of 255 levels: sums may
# round another way, nothing else may differ.
set -eu
tree=$AE_ROOT/samples/gray-tree.png
"$AE_NATIVE/ae-noise" -n gauss:sigma=25 --seed 1 < "$tree" > noisy.png
cp "$tree" clean.png
for name in clean noisy; do
    "$AE_NATIVE/ae-denoise" --precision f32 < $name.png > here.png
    # shellcheck disable=SC2086
    $AE_RUNNER "$BUILD/bin/ae-denoise" --precision f32 < $name.png \
        > there.png
    ! cmp -s $name.png there.png || exit 1
    "$AE_NATIVE/ae-compare" --metric max --threshold 'max<=1.01' here.png \
        there.png
done
