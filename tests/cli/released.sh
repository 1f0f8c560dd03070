#!/bin/sh
# Models of released versions load for ever and do what they did, to the bit in
# plain C, as does the photo model of today.  That of version 0.1, whose net must
# be given the level of noise, finds it by the compiled-in net.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
old=$AE_ROOT/tests/data/photo-0.1.safetensors
s=$AE_ROOT/samples

sum() { cksum | cut -d ' ' -f 1; }

# does FILE SUM TOLD [BLIND]: sums of the file, and of what it makes of a
# picture, told the level of noise and not
does() {
    file=$1
    shift
    made="$(sum < "$file") $(AE_CPU=c ae-denoise -q --precision f32 -m "$file" \
        --sigma 20 small.ppm | sum)"
    [ $# -lt 3 ] || made="$made $(AE_CPU=c ae-denoise -q --precision f32 \
        -m "$file" small.ppm | sum)"
    [ "$made" = "$*" ] || { echo "${file##*/}: $made, and was: $*"; exit 1; }
}
picture 40 24 P6 > small.ppm
does "$old" 917386024 3478854075
does "$AE_ROOT/tests/data/photo-fast-0.2.safetensors" 2188633255 4131625135 \
    2386901163
# a new photo model changes this line
does "$AE_ROOT/models/photo.safetensors" 2557393351 2001589721 \
    3957075386
ae-info "$old" | grep -q 'sigma, any x 1'

# told: as good as version 0.1 itself: 28.36
ae-noise -n gauss:sigma=25 --seed 1 -o noisy.png "$s/house.png"
ae-denoise -m "$old" --sigma 25 --precision f32 noisy.png -o told.png
ae-compare "$s/house.png" told.png --threshold 'psnr>28.3' > log

# untold: a level is found, in the order of what was added
for sigma in 12 25 50; do
    ae-noise -n gauss:sigma=$sigma --seed 1 -o noisy.png "$s/house.png"
    ae-denoise -v -m "$old" noisy.png -o untold.png 2> log
    sed -n 's/.*noise of //p' log | awk -v s=$sigma '{ n++; print
        bad = $1 < 0.5 * s || $1 > 2 * s } END { exit bad || n != 1 }'
    noisy=$(ae-compare --tsv --metric psnr "$s/house.png" noisy.png |
        awk 'NR == 2 { print $2 + 2 }')
    ae-compare "$s/house.png" untold.png --threshold "psnr>$noisy" > log
done

# it can't find a level itself
fails 2 'must be given the level' ae-noise --estimate -m "$old" noisy.png
test ! -s out
