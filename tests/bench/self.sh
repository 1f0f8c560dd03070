#!/bin/sh
# self.sh DATA [STEPS [FOLDER]] - what a net learns from noisy photographs alone
# (ae-train --self): those of DATA/train/CID22 with white noise of 25, in 8 bits,
# and the mean PSNR on DATA/test/CBSD68 with noise of the same level, which isn't
# told.  STEPS is 8,000, a quarter of an hour of two cores at 440 GFLOP/s.  What
# is there in FOLDER stays.  Environment: BUILD.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$(cd "${BUILD:-$root/build}" && pwd)/bin:$PATH
data=$(cd "$1" && pwd)
if [ -n "${3:-}" ]; then
    work=$3
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi
cd "$work"
# row NAME FOLDER - its mean PSNR.
row() {
    ae-compare -q --tsv --metric psnr "$data/test/CBSD68" "$2" |
        awk -v name="$1" 'NR > 1 { sum += $2 }
            END { printf "%-28s %6.2f dB\n", name, sum / (NR - 1) }'
}

ae-noise -q -n gauss:sigma=25 --seed 1 --existing=skip -r -d learned \
    "$data/train/CID22"
ae-noise -q -n gauss:sigma=25 --seed 2 --existing=skip -r -d noisy \
    "$data/test/CBSD68"
row 'as it was taken' noisy
[ -e net.st ] || ae-train -m unet:c=32 --self=neighbours --loss l1 --optim muon \
    --lr 2e-3 --batch 8 --patch 64 --val 0.03 --seed 1 \
    --steps "${2:-8000}" -o net.st learned
ae-denoise -q --existing=overwrite -m net.st -r -d cleaned noisy
row "ae-train --self" cleaned
