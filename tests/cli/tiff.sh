#!/bin/sh
# A TIFF comes back as it was laid out, each sample and tag of it, for every
# kind that is read; files by libtiff alone (tests/tools/tiffs.c).
set -eu
# A leak of 553 bytes, every frame of it in libtiff 4.5.0, is not looked for
# here; overruns and undefined behaviour are.
if [ -n "$AE_SANITIZER" ]; then
    export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
fi
. "$AE_ROOT/tests/cli/expect"
tiffs make in.tif 2> err || { cat err; exit 77; }

# same KEY=VALUE... : made so, it comes back the same.
same() {
    tiffs make in.tif "$@"
    status 0 ae-denoise -s 0 -o out.tif in.tif
    if [ -s err ]; then
        echo "$* says:"
        cat err
        exit 1
    fi
    tiffs sum in.tif > in.sum
    tiffs sum out.tif > out.sum
    cmp -s in.sum out.sum || { echo "$*:"; diff in.sum out.sum; exit 1; }
}

for layout in "strip=7" "tile=32" "planar=2 strip=45" "planar=2 tile=16"; do
    for kind in "samples=1 photometric=1" "samples=1 photometric=0" \
        "samples=3" "samples=4 extra=2" "samples=4 extra=1" \
        "samples=4 extra=0" "samples=2 photometric=1 extra=1"; do
        # shellcheck disable=SC2086
        same $layout $kind compression=5 predictor=2
        # shellcheck disable=SC2086
        same $layout $kind compression=8 bits=16 mode=wb
        [ "$kind" = "samples=1 photometric=0" ] && continue
        # shellcheck disable=SC2086
        same $layout $kind compression=1 bits=32 float=1 mode=wb8
        # shellcheck disable=SC2086
        same $layout $kind compression=8 predictor=3 bits=16 float=1
    done
done
for compression in 1 5 8 32773 32946; do
    same compression=$compression strip=11
    same compression=$compression mode=w8
done
if tiffs make in.tif compression=50000 2> /dev/null; then
    same compression=50000 bits=16 predictor=2
fi
# other depths, from the highest bit of a byte down
for bits in 1 2 4 10 12 14; do
    same bits=$bits samples=1 photometric=0 compression=8
    same bits=$bits samples=3 tile=16 mode=wb
    same bits=$bits samples=3 planar=2 strip=3
done
# faxes
for compression in 2 3 4; do
    same bits=1 samples=1 photometric=0 compression=$compression
    same bits=1 samples=1 photometric=1 compression=$compression fill=2 \
        strip=8
done
same bits=1 samples=1 photometric=0 compression=3 t4=1
# one pixel, all black
same w=1 h=1
same w=1 h=1 bits=1 samples=1 photometric=0 compression=4
same w=1 h=1 bits=16 tile=16
same black=1
same black=1 bits=32 float=1 samples=1 photometric=1

# what is said beside: text, resolution, XMP, IPTC, EXIF's directory
same tags=2 bits=16 compression=5
same tags=2 mode=wb8 orientation=6
same tags=1 orientation=3 pages=3
if installed exiftool; then
    tiffs make in.tif tags=2 orientation=8 mode=wb
    status 0 ae-denoise -s 0 -o out.tif in.tif
    for f in in out; do
        exiftool -a -G1 -s "$f.tif" | grep -v -e '^.System' \
            -e StripOffsets -e StripByteCounts -e ExifTool -e RowsPerStrip |
            sed 's/IFD0\]  /IFD0]/' > "$f.tags"
    done
    cmp in.tags out.tags
    grep -q ExposureTime out.tags
    # across formats, and back
    for to in jpeg png; do
        status 0 ae-denoise -s 0 -T $to -o mid in.tif
        status 0 ae-denoise -s 0 -T tiff -o back.tif mid
        for f in in back; do
            exiftool -s -Make -ImageDescription -ExposureTime -Orientation \
                -DateTimeOriginal "$f.tif" > "$f.tags"
        done
        cmp in.tags back.tags
        [ "$(wc -l < back.tags)" -eq 5 ]
    done
fi

# JPEG within: a second pass asks for the same quality, whatever is lost
for kind in "photometric=6" "photometric=2" "photometric=1 samples=1" \
    "photometric=6 tile=32"; do
    # shellcheck disable=SC2086
    tiffs make in.tif compression=7 quality=80 strip=16 $kind
    status 0 ae-denoise -s 0 -o out.tif in.tif
    tiffs sum in.tif | sed -n 's/strip.*//; 1,2p' > in.sum
    tiffs sum out.tif | sed -n 's/strip.*//; 1,2p' > out.sum
    cmp in.sum out.sum
    ae-compare --threshold 'psnr>30' in.tif out.tif > /dev/null
    for f in in out; do
        od -An -v -tx1 "$f.tif" | tr -d ' \n' | grep -o 'ffdb.\{134\}' |
            head -n 1 > $f.table
    done
    cmp in.table out.table
done

status 0 ae-denoise -s 0 -o out.tif in.tif --subsampling 444 --quality 90
status 0 ae-denoise -s 0 -o small.tif in.tif --subsampling 420 --quality 20
[ "$(wc -c < small.tif)" -lt "$(wc -c < out.tif)" ]

# turned upright: sides, densities and tiles
tiffs make in.tif orientation=6 tags=2 tile=16
status 0 ae-denoise -s 0 --auto-orient -o out.tif in.tif
tiffs sum out.tif | grep -q '^45 x 67, 3 x 8 bits, .*tile 16'
if installed tiffinfo; then
    tiffinfo out.tif > info
    grep -q 'Resolution: 72.25, 300.5 pixels/inch' info
    grep -q 'Orientation: row 0 top, col 0 lhs' info
fi

# a palette becomes RGB, of 8 bits where its entries are
tiffs make in.tif photometric=3 samples=1
status 0 ae-denoise -s 0 -o out.tif in.tif
tiffs sum out.tif | grep -q '67 x 45, 3 x 8 bits, format 1, photometric 2'
tiffs make in.tif photometric=3 samples=1 bits=4 beyond=1
status 0 ae-denoise -s 0 -o out.tif in.tif
tiffs sum out.tif | grep -q '67 x 45, 3 x 16 bits, format 1, photometric 2'

# colours beyond an alpha that is said to be in them already
tiffs make in.tif samples=4 extra=1 beyond=1
status 0 ae-denoise -s 0 -o out.tif in.tif
says "can't have been multiplied"
tiffs sum in.tif > in.sum
tiffs sum out.tif | cmp in.sum -

# no TIFF before: Deflate with a predictor, and 16 bits stay
status 0 ae-denoise -s 0 -T tiff -o out.tif "$AE_ROOT/samples/tree.png"
tiffs sum out.tif | grep -q 'photometric 2, planar 1, compression 8,'
ae-compare --threshold 'mse<1e-9' "$AE_ROOT/samples/tree.png" out.tif

# refused by name and reason
tiffs make in.tif bits=32 float=1 nan=1
fails 1 'in.tif: row 3: sample 15 is not a finite number' \
    ae-denoise -s 0 -o no.tif in.tif
for bad in "bits=16 float=2:signed samples" "bits=32:samples of 32 bits" \
    "samples=5 extra=1:5 samples a pixel" "photometric=32803 samples=1:raw" \
    "photometric=5 samples=4:CMYK" "photometric=8:photometric"; do
    # shellcheck disable=SC2086
    tiffs make in.tif ${bad%:*} 2> /dev/null
    fails 1 "${bad#*:}" ae-denoise -s 0 -o no.tif in.tif
done
[ ! -e no.tif ]
