#!/bin/sh
# self.sh DATA [STEPS [FOLDER]] - what a net learns from noisy photographs alone
# (ae-train --self): those of DATA/train/CID22 with white noise of 25, in 8 bits,
# and the mean PSNR on DATA/test/CBSD68 with noise of the same level, which isn't
# told.  STEPS is 8,000, a quarter of an hour of two cores at 440 GFLOP/s.  What
# is there in FOLDER stays.  Environment: BUILD.
set -eu

# shellcheck source=tests/bench/begin
. "$(dirname "$0")/begin"
data=$(cd "$1" && pwd)
work_in "${3:-}"

ae-noise -q -n gauss:sigma=25 --seed 1 --existing=skip -r -d learned \
    "$data/train/CID22"
ae-noise -q -n gauss:sigma=25 --seed 2 --existing=skip -r -d noisy \
    "$data/test/CBSD68"
row 'as it was taken' "$data/test/CBSD68" noisy
[ -e net.st ] || ae-train -m unet:c=32 --self=neighbours --loss l1 --optim muon \
    --lr 2e-3 --batch 8 --patch 64 --val 0.03 --seed 1 \
    --steps "${2:-8000}" -o net.st learned
ae-denoise -q --existing=overwrite -m net.st -r -d cleaned noisy
row 'ae-train --self' "$data/test/CBSD68" cleaned
