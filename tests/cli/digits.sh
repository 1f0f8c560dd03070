#!/bin/sh
# The shipped models of digits, by name alone: a code keeps what a digit looks
# like, noise goes, drawn digits are of the right size and few are alike.
set -eu
s=$AE_ROOT/samples/digits
unset AE_MODEL_PATH
# psnr A B
psnr() { ae-compare --tsv --metric psnr "$1" "$2" | tail -n 1 | cut -f 2; }

for i in 0 1 2 3 4 5 6 7 8 9; do
    [ "$(ae-encode -m digits "$s/$i-1.png" --format f32 | wc -c)" -eq 128 ]
    for model in digits digits-ae; do
        ae-encode -m $model "$s/$i-1.png" | ae-decode -m $model -o $i.png
        psnr "$s/$i-1.png" $i.png
    done > found
    ae-noise -n gauss:sigma=127.5 --seed $i "$s/$i-1.png" > noisy.png
    ae-denoise -q -m digits-dae < noisy.png > clean.png
    psnr "$s/$i-1.png" clean.png >> found
    psnr "$s/$i-1.png" noisy.png >> found
    paste -s found
done > table
# means over the ten, in dB
awk '{ for (i = 1; i <= 4; i++) sum[i] += $i / 10 } END {
    print sum[1], sum[2], sum[3], sum[4]
    exit !(NR == 10 && sum[1] > 17 && sum[2] > 21 && sum[3] > 18.5 &&
           sum[4] < 11) }' table

ae-sample -m digits -n 20 -d drawn
[ "$(find drawn -name '*.png' | wc -l)" -eq 20 ]
[ "$(sha256sum drawn/*.png | cut -d ' ' -f 1 | sort -u | wc -l)" -eq 20 ]
pixels drawn/000000.png | grep -q '^28 28 1 0 255'
