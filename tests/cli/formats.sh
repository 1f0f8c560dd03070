#!/bin/sh
# Formats as a user meets them: those that this build has, those it lacks and
# those it never reads or writes are told apart by name; the smallest and
# oddest pictures come through ae-denoise whole in every one of them.
set -eu
. "$AE_ROOT/tests/cli/expect"
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
s=$AE_ROOT/samples
see() { "$BUILD/tests/tools/pixels" "$@"; }
has() { ae-info --kinds | grep -q "^  $1 *read write"; }
usable() { installed "$1" || { skipped="$skipped $1"; false; }; }
skipped=

# ------------------------------------------------------------ what is known
status 0 ae-info --kinds
[ "$(head -n 1 out)" = formats ]
grep -q '^  png *read write by libpng *png$' out
grep -q '^  jpeg *read write by libjpeg *jpg, jpeg, jpe$' out
status 0 ae-info --kinds --json
grep -q '^{"type":"format","name":"pam","read":true,"write":true,"library":"","endings":\["pam"\]}$' out
fails 2 'takes no files' ae-info --kinds "$s/tree.png"
for name in tiff webp; do
    ae-info --kinds | grep -Eq "^  $name *(read write|left out: built without lib$name$)"
done

# -------------------------------------------------- what is refused, by name
refused() {                      # refused NAME COMMAND BYTES
    # shellcheck disable=SC2059
    printf "$3" > bytes
    fails 1 "bytes: $1" ae-denoise -m net.safetensors -o x.png bytes
    says "\`$2"
    [ ! -e x.png ]
}
refused 'Canon raw (CR2)' dcraw 'II*\0\020\0\0\0CR\2\0'
refused 'Canon raw (CR3)' darktable-cli '\0\0\0\030ftypcrx \0\0\0\1'
refused 'Fujifilm raw (RAF)' dcraw 'FUJIFILMCCD-RAW 0201'
refused HEIC heif-convert '\0\0\0\030ftypheic\0\0\0\0'
refused AVIF avifdec '\0\0\0\034ftypavif\0\0\0\0'
refused 'JPEG XL' djxl '\377\012\372\037'
refused 'JPEG 2000' convert '\377O\377Q\0/'
refused 'Photoshop (PSD)' convert '8BPS\0\1'
refused OpenEXR convert 'v/1\1\2\0\0\0'
refused BMP convert 'BM\066\0\0\0\0\0\0\0'
refused GIF convert 'GIF89a'

# ... and on the way out, before any work
for name in x.jxl x.HEIC x.avif x.cr2 x.nef x.psd x.bmp x.gif; do
    fails 2 "$name: .* isn't written here" ae-denoise -m net.safetensors \
        -o "$name" "$s/tree.png"
    [ ! -e "$name" ] && [ ! -s out ]
done
fails 2 "JPEG XL isn't written here" ae-noise -n gauss -T jxl "$s/tree.png"
cp "$s/digits/3-0.png" misnamed.heic
fails 1 'misnamed.heic: HEIC .* -T or another ending' ae-denoise \
    -m net.safetensors -d made misnamed.heic
status 0 ae-denoise -m net.safetensors -T png -d made misnamed.heic
[ "$(see made/misnamed.heic.png | cut -d ' ' -f 6)" = png ]
status 0 ae-denoise -m net.safetensors -o x.data misnamed.heic
[ "$(see x.data | cut -d ' ' -f 6)" = png ]

for name in tiff webp; do        # what this build lacks
    has $name && continue
    fails 2 "isn't written by this build, .* without lib$name" \
        ae-denoise -m net.safetensors -o x.$name "$s/tree.png"
    fails 2 "without lib$name" ae-denoise -m net.safetensors -T $name \
        "$s/tree.png"
done
has tiff || refused "TIFF isn't read by this build, .* without libtiff" \
    convert 'II*\0\010\0\0\0\0\0'
has webp || refused "WebP isn't read by this build, .* without libwebp" \
    dwebp 'RIFF\044\0\0\0WEBPVP8 '

# ------------------------------------------------- odd pictures, each format
mkdir -p odd
# One pixel, a column, a row, all black, alpha with junk under it; as PAM.
pam() {                          # pam NAME W H DEPTH TYPE : samples on stdin
    printf 'P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n' \
        "$2" "$3" "$4" "$5" > "odd/$1"
    head -c $(($2 * $3 * $4)) >> "odd/$1"
}
junk() { awk 'BEGIN { for (i = 1; i < 4000; i++) printf "%c", 33 + i * i * 7 % 90 }'; }
junk | pam pixel 1 1 3 RGB
junk | pam gray 1 1 1 GRAYSCALE
junk | pam column 1 37 3 RGB
junk | pam row 37 1 1 GRAYSCALE
pam black 20 9 3 RGB < /dev/zero
pam blackgray 9 20 1 GRAYSCALE < /dev/zero
# alpha 0 (NUL), then 255, by turns: the colour under it is junk
awk 'BEGIN { for (i = 0; i < 400; i++) printf "%c%c%c%s", 33 + i % 90,
    33 + i * 7 % 90, 33 + i * i % 90, i % 2 ? "~" : "@" }' |
    tr '~@' '\377\000' | pam alpha 20 20 4 RGB_ALPHA
# ... and only opaque in its middle
junk | tr '\041-\100' '\000' | pam hidden 12 12 4 RGB_ALPHA

alpha_of() { see -x "$1" | od -An -v -tu2 --endian=big -w8 | awk '{ print $4 }'; }

for format in $(ae-info --kinds | awk '/ read write / { print $1 }'); do
    for p in odd/*; do
        name=${p#odd/}
        see -w "$format" "$p" > "$name.$format" 2> note || {
            # a bitmap of grays, a graymap of colours
            case $format in pbm | pgm) continue ;; esac
            cat note
            exit 1
        }
        see "$name.$format" > was
        status 0 ae-denoise -m net.safetensors -o "done" -T "$format" \
            "$name.$format"
        see "done" > is
        cmp was is || { echo "$format of $name changed"; exit 1; }
        if [ "$(cut -d ' ' -f 4 was)" = 1 ]; then
            alpha_of "$name.$format" > was
            alpha_of "done" > is
            cmp was is || { echo "alpha of $name.$format changed"; exit 1; }
        fi
        # strength 0 is the identity where nothing is lost
        [ "$format" != jpeg ] || continue
        status 0 ae-denoise -m net.safetensors -s 0 -o "done" -T "$format" \
            "$name.$format"
        see -x "$name.$format" > was
        see -x "done" > is
        cmp was is || { echo "$name.$format came back other"; exit 1; }
    done
done
rm -f "done"
for name in pixel black alpha; do    # the shipped model, too
    see -w png odd/$name > $name.png
    status 0 ae-denoise -o x.png $name.png
    [ ! -s err ] || grep -q 'left as' err
    [ "$(see x.png)" = "$(see $name.png)" ]
    alpha_of x.png > is
    alpha_of $name.png | cmp - is
    rm x.png
done

# --------------------------------------------------------------------- WebP
if has webp; then
    status 0 ae-denoise -m net.safetensors -s 0 -o a.webp "$s/tree.png"
    see -x a.webp > a
    see -x "$s/tree.png" | cmp - a
    [ "$(see -w webp "$s/tree.png" | cmp - a.webp && echo same)" = same ]
    # several on a pipe, among others
    cat a.webp "$s/tree.png" a.webp "$s/house.png" > many
    ae-denoise -m net.safetensors -s 0 < many > out
    see out | cut -d ' ' -f 6 | tr '\n' ' ' | grep -qx 'webp png webp png '
    ae-denoise -m net.safetensors -s 0 -T webp < many > out
    [ "$(see out | cut -d ' ' -f 6 | uniq -c | tr -s ' ')" = ' 4 webp' ]
    # cut short, on a pipe or not
    head -c 2000 a.webp > cut.webp
    fails 1 'cut.webp: .*cut short' ae-denoise -m net.safetensors -o x.webp \
        cut.webp
    rc=0
    # shellcheck disable=SC2002
    cat cut.webp | ae-denoise -m net.safetensors > out 2> err || rc=$?
    [ $rc -eq 1 ] && [ ! -s out ] && says 'ends'
    [ ! -e x.webp ]
    # bounds: before any work, and no output
    { printf 'P5 16384 1 255\n'; head -c 16384 /dev/zero; } > wide.pgm
    fails 1 'at most 16383' ae-denoise -m net.safetensors -o x.webp wide.pgm
    fails 1 'bound on memory' ae-denoise -m net.safetensors --memory 2M \
        -o x.webp "$s/tree.png"
    fails 1 'limit' ae-denoise -m net.safetensors --max-pixels 65535 \
        -o x.webp a.webp
    [ ! -e x.webp ]
    # quality: lossy, and 90 from a lossy source
    status 0 ae-noise -n gauss:sigma=5 --quality 40 -o q40.webp "$s/tree.png"
    status 0 ae-noise -n gauss:sigma=5 -o q90.webp q40.webp
    [ "$(wc -c < q40.webp)" -lt "$(wc -c < q90.webp)" ]
    [ "$(wc -c < q90.webp)" -lt "$(($(wc -c < a.webp) / 2))" ]
    if usable webpinfo; then
        webpinfo q40.webp | grep -q 'Format: Lossy'
        webpinfo -quiet a.webp > log && [ ! -s log ]
    fi
    if usable gif2webp && usable convert; then
        convert -size 8x8 xc:red xc:blue anim.gif
        gif2webp -quiet anim.gif -o anim.webp
        fails 1 'animated' ae-denoise -m net.safetensors -o x.png anim.webp
    fi
    if usable exiftool && usable convert; then
        convert "$s/tree.png" -quality 80 tags.jpg
        exiftool -q -overwrite_original -Artist=me -Orientation#=6 \
            -XMP:Title=night -XMP:Rating=4 tags.jpg
        status 0 ae-denoise -m net.safetensors -o tags.webp tags.jpg
        status 0 ae-denoise -m net.safetensors -o tags.png tags.webp
        for f in tags.webp tags.png; do
            exiftool -s3 -Artist -Orientation# -XMP:Title -XMP:Rating $f > tags
            printf 'me\n6\nnight\n4\n' | cmp - tags
        done
        [ "$(exiftool -s3 -ImageSize tags.webp)" = 256x256 ]
    fi
fi

# --------------------------------------------------------------- CMYK JPEG
if usable convert; then
    convert "$s/tree.png" -colorspace CMYK -quality 95 inks.jpg
    status 0 ae-denoise -m net.safetensors -s 0 -o rgb.jpg inks.jpg
    says 'CMYK has no profile'
    [ "$(see rgb.jpg)" = '256 256 3 0 255 jpeg' ]
    convert inks.jpg -colorspace sRGB rgb.png
    ae-compare rgb.png rgb.jpg --threshold 'psnr>35' > log || { cat log; exit 1; }
fi

[ -z "$skipped" ] || echo "left out, since not installed:$skipped"
