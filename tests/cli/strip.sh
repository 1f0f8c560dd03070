#!/bin/sh
# --strip leaves out all metadata, or those of the kinds that are named, in
# every format that holds them; the orientation stays, or the picture is turned;
# the samples are the same.
set -eu
. "$AE_ROOT/tests/cli/expect"
needs exiftool
tags() { exiftool -q -q -s3 "$@"; }

# A picture with all kinds: EXIF with a place and an orientation, XMP, a
# profile, IPTC, comments.
profile=$(find /usr/share/color -iname '*rgb*.ic[cm]' 2> /dev/null | head -n 1)
ae-denoise -q -s 0 -T jpg -o a.jpg "$AE_ROOT/samples/house.png"
exiftool -q -q -overwrite_original -n -Orientation=6 -Make=Maker \
    -GPSLatitude=48 -GPSLatitudeRef=N -XMP-dc:Title=Titled \
    -IPTC:Keywords=Word -Comment=Said a.jpg
[ -z "$profile" ] ||
    exiftool -q -q -overwrite_original "-icc_profile<=$profile" a.jpg
djpeg=$(command -v djpeg || :)
for format in png tif webp; do
    ae-denoise -q -s 0 -T $format -o a.$format a.jpg
done
exiftool -q -q -overwrite_original -PNG:Author=Writer a.png

# has FILE TAG..., lacks FILE TAG... - whether it has a value
has() {
    file=$1
    shift
    for tag; do
        [ -n "$(tags "-$tag" "$file")" ] || { echo "$file: no $tag"; exit 1; }
    done
}
lacks() {
    file=$1
    shift
    for tag; do
        [ -z "$(tags "-$tag" "$file")" ] ||
            { echo "$file: $tag: $(tags "-$tag" "$file")"; exit 1; }
    done
}

for format in jpg png tif webp; do
    f=s-a.$format
    has a.$format EXIF:Make XMP:Title
    [ -z "$profile" ] || has a.$format ICC_Profile:ProfileVersion
    status 0 ae-denoise -q -s 0 --strip -o $f a.$format
    lacks $f EXIF:Make GPS:all XMP:all IPTC:all ICC_Profile:all Comment \
        PNG:Author
    [ "$(tags -n -EXIF:Orientation $f)" = 6 ]
    # the samples and the size
    case $format in
    png | tif) ae-compare --threshold 'max<=0' a.$format $f > /dev/null ;;
    *) ae-denoise -q -s 0 -o kept.$format a.$format
        ae-compare --threshold 'max<=0' kept.$format $f > /dev/null ;;
    esac
    # kind by kind
    status 0 ae-denoise -q -s 0 --strip=exif -o $f a.$format
    lacks $f EXIF:Make GPS:all
    has $f XMP:Title
    [ "$(tags -n -EXIF:Orientation $f)" = 6 ]
    status 0 ae-denoise -q -s 0 --strip=xmp,icc -o $f a.$format
    lacks $f XMP:Title ICC_Profile:all
    has $f EXIF:Make
    status 0 ae-denoise -q -s 0 --strip=text -o $f a.$format
    lacks $f Comment IPTC:all PNG:Author
    has $f EXIF:Make XMP:Title
    # upright: nothing is left to be turned
    status 0 ae-denoise -q -s 0 --strip --auto-orient -o $f a.$format
    lacks $f EXIF:Orientation EXIF:Make XMP:all
    [ "$(tags -ImageWidth $f)" = "$(tags -ImageHeight a.$format)" ]
done
[ -z "$djpeg" ] || { djpeg a.jpg > a.ppm && djpeg s-a.jpg > /dev/null; }

# metadata behind a PNG's picture
exiftool -q -q -overwrite_original -PNG:Comment=Late -api PNGEarlyXMP=0 a.png
status 0 ae-denoise -q -s 0 --strip -o late.png a.png
lacks late.png PNG:Comment PNG:Author EXIF:Make XMP:all
status 0 ae-denoise -q -s 0 --strip -o late.jpg a.png
lacks late.jpg Comment EXIF:Make XMP:all
[ "$(tags -n -EXIF:Orientation late.jpg)" = 6 ]

# to a folder, with others beside; and the preview
mkdir many
for i in 1 2 3 4; do cp a.png many/$i.png; done
status 0 ae-denoise -q -s 0 --strip -j 4 -r many -d stripped
for i in 1 2 3 4; do cmp stripped/$i.png "s-same.png" 2> /dev/null ||
    cp stripped/$i.png s-same.png; done
lacks stripped/4.png EXIF:Make XMP:all
status 0 ae-denoise -q -s 0.5 --sigma 5 --strip --crop 16x16+0+0 \
    --preview look.png -o crop.png a.png
lacks look.png EXIF:Make XMP:all PNG:Author

fails 2 "'gps' is not one of exif, xmp, icc, text" \
    ae-denoise --strip=xmp,gps -o b.png a.png
[ ! -e b.png ]
