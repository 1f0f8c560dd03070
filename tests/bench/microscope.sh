#!/bin/sh
# microscope.sh [STEPS [FOLDER]] - a net that has only seen noisy pictures
# (ae-train --self) beside OpenCV's non-local means at its best strength, on
# what microscope.py draws: 24 pictures of 16 bits to learn from, none of them
# clean, and 6 others on which the PSNR is measured.  The strength of non-local
# means is the best of a row on the 6 themselves.  STEPS is 1,200, some minutes of
# one core.  What is there in FOLDER stays.
# Environment: BUILD; PYTHON, an interpreter with OpenCV and NumPy.
set -eu

# shellcheck source=tests/bench/begin
. "$(dirname "$0")/begin"
for python in ${PYTHON:-python3 /usr/bin/python3}; do
    "$python" -c 'import cv2, numpy' 2> /dev/null && break
done
work_in "${2:-}"
microscope() { "$python" "$root/tests/bench/microscope.py" "$@"; }

[ -d noisy ] || {
    microscope make never learned 24 1
    microscope make clean noisy 6 2
}
row 'as it was taken' clean noisy
for how in nlm nlm8; do
    for h in 1500 2000 2500 3000 3500 4000 5000; do
        [ -d $how.$h ] || microscope $how noisy $how.$h $h
        row "$how, strength $h" clean $how.$h
    done
done
[ -e net.st ] || ae-train -t 1 -m unet:c=16,ch=1,b=1 --self --patch 64 \
    --batch 8 --optim muon --lr 2e-3 --ema 0.99 --steps "${1:-1200}" \
    -o net.st learned
ae-denoise -q --existing=overwrite -m net.st -d cleaned noisy/*.png
row 'ae-train --self' clean cleaned
