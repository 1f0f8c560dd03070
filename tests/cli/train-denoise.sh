#!/bin/sh
# The thin line through the whole: a small net is trained on a few photos, and
# what it cleans is nearer to the truth than what it got; from a trained model
# one can go on.
set -eu
s=$AE_ROOT/samples

ae-train -q -m unet:c=8 -n gauss:sigma=25 --patch 48 --batch 8 --steps 150 \
    --lr 3e-3 -o m.safetensors "$s"/*.png
ae-noise -n gauss:sigma=25 --seed 1 -o noisy.png "$s/house.png"
ae-denoise -m m.safetensors --sigma 25 < noisy.png > clean.png
noisy=$(ae-compare --tsv --metric psnr "$s/house.png" noisy.png | tail -n 1 | cut -f 2)
ae-compare --threshold "psnr>$noisy" "$s/house.png" clean.png
ae-compare --tsv --metric psnr "$s/house.png" clean.png |
    awk -v n="$noisy" 'NR == 2 { print n, $2; bad = $2 < n + 1 }
        END { exit NR != 2 || bad }'

# going on keeps what was learned: not worse than before after a gentle step
ae-train -q -m m.safetensors -n gauss:sigma=25 --patch 48 --batch 8 --steps 20 \
    --lr 1e-5 -o n.safetensors "$s"/*.png
ae-denoise -m n.safetensors --sigma 25 < noisy.png > again.png
ae-compare --tsv --metric psnr "$s/house.png" again.png |
    awk -v n="$noisy" 'NR == 2 { bad = $2 < n + 1 }
        END { exit NR != 2 || bad }'

# half precision is about half the size, and denoises as well
ae-train -q -m m.safetensors -n gauss:sigma=25 --patch 48 --steps 1 --lr 1e-9 \
    --save-precision f16 -o h.safetensors "$s"/*.png
test "$(wc -c < h.safetensors)" -lt "$(($(wc -c < m.safetensors) * 3 / 4))"
ae-denoise -m h.safetensors --sigma 25 < noisy.png > half.png
ae-compare --threshold 'psnr>45' clean.png half.png

# of clean pictures a net that changes nothing has no error but the floor
held_out() {
    rm -f i.csv
    ae-train -q -m unet:c=4 -n gauss:sigma=0 --patch 16 --batch 1 --steps 1 \
        --lr 1e-9 --loss "$1" --metrics i.csv -o i.safetensors "$s"/*.png
    sed -n '$p' i.csv | cut -d , -f 4
}
held_out l1 | awk '{ bad = $1 != 100 } END { exit bad || NR != 1 }'
held_out psnr:floor=8 | awk '{ bad = $1 < 30.06 || $1 > 30.08 }
    END { exit bad || NR != 1 }'
