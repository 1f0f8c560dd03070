#!/bin/sh
# photos.sh DATA [N [PAIRS [VAL]]] - one table: every shipped photo model and
# the denoisers that are installed on the same noisy pictures: PSNR, SSIM, and
# megapixels a second from file to file.
#
#   DATA/test/CBSD68        the first N (68) of these, white noise of 15, 25, 50
#   DATA/realnoise/noisy, clean   the first PAIRS (51) of these, as PNG
#   DATA/val/CID22          192 x 192 pixels of the first VAL (6): the strength
#                           of each other denoiser is chosen on these, by PSNR:
#                           for real pairs on a camera's noise behind JPEG, as
#                           ae-noise makes it
#
# Strengths are what each calls them.  What isn't installed is named and left
# out.  Some minutes for `photos.sh DATA 1 1 1`, hours for all.  Environment:
# BUILD; PYTHON, an interpreter with OpenCV; METHODS, in place of all.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$root/build}" && pwd)
export BUILD="$build" PATH="$build/bin:$build/tests/tools:$PATH" LC_ALL=C
camera='camera:iso=3200..25600+jpeg:q=90..98'
self=$root/tests/bench/photos.sh

# ----------------------------------------------------------------- methods

# The strengths that are tried on noise of a level (real pairs: about 5).
grid() {
    case $1 in
    bm3d) factors="5 8 12 18" ;;
    nlm) factors="0.5 0.7 1 1.4" ;;
    gmic) factors="0.4 0.6 0.9 1.3" ;;
    magick) factors="0.15 0.3 0.6 0.9" ;;
    rawtherapee) factors="0.8 1.3 2 2.8" ;;
    esac
    for factor in $factors; do
        echo "$2 $factor" | awk '{ v = $1 * $2
            printf "%.3g ", (v < 100 || $2 > 4) ? v : 100 }'
    done
}

# What a method is called with, for the table.
title() {
    case $1 in
    told-*) echo "${1#told-}, told the level" ;;
    blind-*) echo "${1#blind-}, not told" ;;
    bm3d) echo "BM3D (ffmpeg)" ;;
    nlm) echo "OpenCV non-local means" ;;
    gmic) echo "gmic -denoise" ;;
    magick) echo "ImageMagick -wavelet-denoise" ;;
    rawtherapee) echo "RawTherapee" ;;
    *) echo "$1" ;;
    esac
}

python() {
    for name in ${PYTHON:-python3 /usr/bin/python3}; do
        "$name" -c 'import cv2' 2> /dev/null && echo "$name" && return
    done
    return 1
}

present() {
    case $1 in
    bm3d) command -v ffmpeg > /dev/null &&
        ffmpeg -v quiet -h filter=bm3d | grep -q sigma ;;
    nlm) python > /dev/null ;;
    gmic) command -v gmic > /dev/null ;;
    magick) command -v convert > /dev/null ;;
    rawtherapee) command -v rawtherapee-cli > /dev/null ;;
    esac
}

one() {                          # METHOD STRENGTH IN OUT
    case $1 in
    bm3d)
        # The bound of what matches, which it hardly finds by itself, grows
        # with the level; its second step made pictures worse.
        match=$(echo "$2" | awk '{ printf "%d", 2.5 * $1 * $1 }')
        ffmpeg -v error -y -i "$3" -vf "format=gbrp,bm3d=sigma=$2:block=4:\
bstep=4:group=16:range=9:thmse=$match" -pix_fmt rgb24 "$4" < /dev/null ;;
    gmic) gmic -v - "$3" -denoise "$2,$2,5,6" -c 0,255 -round -o "$4" ;;
    magick) convert "$3" -wavelet-denoise "$2%" "PNG24:$4" ;;
    rawtherapee) rawtherapee-cli -q -a -n -b8 -Y -p strength.pp3 -o "$4" \
        -c "$3" > log 2>&1 || { tail -n 3 log >&2; return 1; } ;;
    esac
}

# run METHOD STRENGTH OUT FILE... - OUT/name.png of each; STRENGTH of ours is
# the level or auto.
run() {
    method=$1 strength=$2 out=$3
    shift 3
    case $method in
    told-* | blind-*)
        ae-denoise -q -m "${method#*-}" --sigma "$strength" -d "$out" \
            --existing=overwrite "$@"
        return ;;
    nlm)
        "$(python)" -c '
import cv2, os, sys
h, out = float(sys.argv[1]), sys.argv[2]
for path in sys.argv[3:]:
    done = cv2.fastNlMeansDenoisingColored(cv2.imread(path), None, h, h, 7, 21)
    cv2.imwrite(os.path.join(out, os.path.basename(path)), done)' \
            "$strength" "$out" "$@"
        return ;;
    rawtherapee)
        whole=${strength%.*}
        printf '%s\n' '[Version]' AppVersion=5.8 \
            '[Directional Pyramid Denoising]' Enabled=true Method=Lab \
            LMethod=SLI CMethod=MAN SMethod=shal Luma="$whole" Ldetail=50 \
            Chroma="$whole" > strength.pp3 ;;
    esac
    for file in "$@"; do
        one "$method" "$strength" "$file" "$out/$(basename "$file")"
    done
}

if [ "${1:-}" = --run ]; then    # to be timed as a command
    shift
    run "$@"
    exit 0
fi

# ------------------------------------------------------------------- data

data=$(cd "$1" && pwd)
count=${2:-68} pairs=${3:-51} val=${4:-6}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# first N FOLDER - its first pictures, in order of their names.
first() { find "$2" -type f | sort | head -n "$1"; }

# plain OUT FILE... - as PNG of 8 bits.
plain() {
    out=$1
    shift
    mkdir -p "$out"
    for file in "$@"; do
        name=$(basename "$file")
        ae-noise -q -n gauss:sigma=0 -o "$out/${name%.*}.png" "$file"
    done
}

# shellcheck disable=SC2046
{
    plain clean $(first "$count" "$data/test/CBSD68")
    plain real-clean $(first "$pairs" "$data/realnoise/clean")
    plain real $(first "$pairs" "$data/realnoise/noisy")
}
mkdir val
for file in $(first "$val" "$data/val/CID22"); do
    mosaic 192x192 png "$file" > "val/$(basename "$file")"
done
for level in 15 25 50; do
    ae-noise -q -n gauss:sigma=$level --seed 1 -d $level clean/*.png
    ae-noise -q -n gauss:sigma=$level --seed 2 -d val-$level val/*.png
done
ae-noise -q -n "$camera" --seed 2 -d val-real val/*.png

# score CLEAN FOLDER - means of PSNR and SSIM.
score() {
    for file in "$1"/*.png; do
        ae-compare -q --tsv --metric psnr,ssim "$file" \
            "$2/$(basename "$file")" | tail -n 1
    done | awk '{ p += $(NF - 1); s += $NF }
        END { printf "%.2f %.4f\n", p / NR, s / NR }'
}

megapixels() {
    for file in "$1"/*.png; do
        pixels "$file"
    done | awk '{ n += $1 * $2 } END { print n / 1e6 }'
}

# best METHOD SET - the strength with the highest PSNR on val.
best() {
    level=$2
    [ "$2" != real ] || level=5
    for strength in $(grid "$1" "$level"); do
        rm -rf tried
        mkdir tried
        run "$1" "$strength" tried "val-$2"/*.png
        echo "$(score val tried) $strength"
    done | sort -g | tail -n 1 | cut -d' ' -f3
}

# ------------------------------------------------------------------ table

cell() { printf ' %s |' "$*"; }

row() {
    printf '|'
    cell "$(title "$1")"
    used='' cells=''
    for set in 15 25 50 real; do
        reference=clean
        [ $set != real ] || reference=real-clean
        case $1 in
        noisy) cells="$cells $(score $reference $set) |"; continue ;;
        told-*) strength=$set ;;
        blind-*) strength=auto ;;
        *) strength=$(best "$1" $set) ;;
        esac
        if [ "$1 $set" = "told-${1#told-} real" ]; then
            cells="$cells |"
            continue
        fi
        rm -rf out
        mkdir out
        took seconds sh "$self" --run "$1" "$strength" out $set/*.png
        cells="$cells $(score $reference out) |"
        [ $set != 25 ] || speed=$(awk -v mp="$(megapixels $set)" \
            '{ printf "%.2f", mp / $1 }' seconds)
        used="$used $strength"
    done
    case $1 in
    noisy) used=- speed=- ;;
    told-* | blind-*) used=- ;;
    esac
    cell "${used# }"
    cell "$speed"
    echo "$cells"
}

models=$(ae-info --list | awk '$1 ~ /^photo/ { print $1 }' | sort -u)
methods=${METHODS:-noisy $(for model in $models; do
    echo "told-$model blind-$model"
done) bm3d nlm gmic magick rawtherapee}
echo "$count of CBSD68 and $pairs real pairs; strengths chosen on $val of" \
    "val/CID22; MP/s at sigma 25, from file to file."
echo
echo '| | strengths | MP/s | 15: PSNR, SSIM | 25 | 50 | real |'
echo '|---|---|---|---|---|---|---|'
for method in $methods; do
    case $method in
    noisy | told-* | blind-*) row "$method" ;;
    *)
        if present "$method"; then
            row "$method"
        else
            missing="${missing:-}, $(title "$method")"
        fi ;;
    esac
done
command -v darktable-cli > /dev/null ||
    missing="${missing:-}, darktable-cli"
[ -z "${missing:-}" ] || printf '\nNot installed: %s.\n' "${missing#, }"
