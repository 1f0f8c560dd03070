#!/bin/sh
# ae-denoise keeps what files carry: EXIF, XMP, IPTC, profiles and texts, from
# JPEG and PNG into both; thumbnails go; pictures are turned upright.  Where
# exiftool and ImageMagick are installed they agree before and after.
set -eu
. "$AE_ROOT/tests/cli/expect"
d() { ae-denoise -s 0 "$@"; }
left_out() { echo "left out: $1 is not installed"; }

# jpeg ORIENTATION: with EXIF of that alone, a comment and a foreign segment
jpeg() {
    head -c 2 plain.jpg
    printf '\377\341\0\042Exif\0\0MM\0*\0\0\0\010\0\001\001\022\0\003\0\0\0\001'
    printf '\0%b\0\0\0\0\0\0\377\376\0\010a note' "\\0$(printf %o "$1")"
    printf '\377\354\0\010PRIVAT'
    tail -c +3 plain.jpg
}
d -T jpeg "$AE_ROOT/samples/tree.png" > plain.jpg
jpeg 6 > six.jpg
d six.jpg > kept.jpg
for word in Exif 'a note' PRIVAT; do
    [ "$(grep -ac "$word" kept.jpg)" -ge 1 ] || { echo "lost: $word"; exit 1; }
done

# upright: twice a quarter turned is a half turned, whatever the memory
size() { head -c 15 "$1" | sed -n 2p; }
d -T ppm plain.jpg > straight.ppm
d -T ppm --auto-orient six.jpg > turned.ppm
# shellcheck disable=SC2046
set -- $(size straight.ppm)
[ "$(size turned.ppm)" = "$2 $1" ]
d --auto-orient -T png six.jpg > a.png
d --auto-orient -T png --memory 15M -t 3 six.jpg | cmp - a.png
d --auto-orient -T ppm a.png | cmp - turned.ppm     # and not again
d --auto-orient -T ppm plain.jpg | cmp - straight.ppm
status 0 d --auto-orient -v -T ppm -o /dev/null six.jpg
says "can't hold these, which are left out: EXIF"

# sampling as asked, of what was not
d --subsampling 420 plain.jpg > s420.jpg
d --subsampling 444 s420.jpg > s444.jpg
sof() { od -An -v -tx1 "$1" | tr -d ' \n' | sed -n \
    's/.*ffc00011.\{12\}01\(..\).*/\1/p'; }
[ "$(sof s420.jpg) $(sof s444.jpg)" = '22 11' ]
fails 2 subsampling ae-denoise --subsampling 421 plain.jpg

# metadata that lie cost themselves alone
printf '\377\341\377\377Exif\0\0II*\0\377\377\377\177' > lie
{ head -c 2 plain.jpg; cat lie; head -c 65515 /dev/zero; tail -c +3 plain.jpg
} > lies.jpg
status 0 d -o out.jpg lies.jpg
{ head -c 2 plain.jpg; cat lie; } > cut.jpg
fails 1 'cut.jpg.*ends too early' ae-denoise -o never.jpg cut.jpg
[ ! -e never.jpg ]

# colours under alpha 0 come back, and change nothing else
hidden() {
    printf 'P7\nWIDTH 96\nHEIGHT 80\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\n'
    printf 'ENDHDR\n'
    awk -v r="$1" 'BEGIN { x = 7; for (i = 0; i < 7680; i++) {
        x = (x * 1103 + 12345) % 65536; a = i % 96 - 40; b = int(i / 96) - 40
        v = 33 + x % 60
        if (a * a + b * b > 900) printf "%c%c%c\n", r, 65, r
        else printf "%c%c%c%c", v, v + 7, v, 99 } }' | tr '\n' '\000'
}
hidden 90 > bright.pam
hidden 36 > dark.pam
for f in bright dark; do
    ae-denoise --sigma 20 $f.pam > $f.out
    for how in '--tile 16' '--tile 40x8' '-t 3' '--crop 50x40+20+16'; do
        # shellcheck disable=SC2086
        ae-denoise --sigma 20 $how $f.pam > part
        case $how in
        *crop*) cp part $f.crop ;;
        *) cmp part $f.out ;;
        esac
    done
done
bytes() { od -An -v -tu1 -w4 -j 67 "$1"; }
bytes bright.pam > in
bytes bright.out > out
awk '{ getline b < "out" } $4 == 0 && $0 != b { bad = 1 } END { exit bad }' in
cmp -s in out && { echo 'nothing done'; exit 1; }
bytes dark.out | awk '$4 > 0' > a
awk '$4 > 0' out > b
cmp a b
bytes dark.crop | awk '$4 > 0' > a
bytes bright.crop | awk '$4 > 0' > b
cmp a b

if installed exiftool; then
    # every tag that the tools know, and a thumbnail
    jpeg 6 > full.jpg
    exiftool -q -overwrite_original -Make=Ae -Artist='A. E.' \
        -DateTimeOriginal='2024:01:02 03:04:05' -GPSLatitude=48.1 \
        -GPSLatitudeRef=N -UserComment=words -IPTC:City=Paris \
        -IPTC:Keywords=one -IPTC:Keywords=two -XMP:Rating=4 \
        -XMP:Subject=night -XMP-dc:Title='Gr\xc3\xbc\xc3\x9fe' \
        -XMP-tiff:Orientation#=6 full.jpg
    head -c 9000 plain.jpg > thumb.jpg
    cp full.jpg thumbed.jpg
    exiftool -q -overwrite_original '-ThumbnailImage<=thumb.jpg' thumbed.jpg
    tags() {
        exiftool -a -G1 -s -n -EXIF:all -XMP:all -IPTC:all -Comment \
            --IFD1:all --XMP:XMPToolkit "$1" |
            grep -v -e 'IFD1\]' -e PhotoshopThumb -e '\[PNG\]' \
                -e '\[File\]' -e 'Exif.*Offset'
    }
    tags full.jpg > want
    for from in jpeg png; do
        d -q -T $from thumbed.jpg > "in.$from"
        for to in jpeg png; do
            status 0 d -T $to -o "out.$to" "in.$from"
            tags "out.$to" > got
            diff want got || { echo "$from to $to"; exit 1; }
            exiftool -warning -error "out.$to" > faults
            [ ! -s faults ] || { cat faults; exit 1; }
            [ -z "$(exiftool -b -ThumbnailImage "out.$to")" ]
        done
    done
    status 0 d -v -o out.jpg thumbed.jpg
    says 'thumbnail'
    d --auto-orient thumbed.jpg > up.jpg
    [ "$(exiftool -n -s3 -a -Orientation up.jpg | tr '\n' ' ')" = '1 1 ' ]
else
    left_out exiftool
fi

if installed convert && installed compare &&
    convert -version | grep -q ImageMagick; then
    for o in 1 2 3 4 5 6 7 8; do
        jpeg $o > o.jpg
        convert o.jpg -auto-orient -strip im.ppm
        d --auto-orient -T ppm o.jpg | cmp - im.ppm
    done
    # its PNG has EXIF behind the picture, and once more as text
    convert six.jpg im.png
    for to in jpeg png; do
        d -q -T $to im.png > back
        [ "$(grep -ac 'Exif\|eXIf' back)" -ge 1 ]
        [ $to = png ] || [ "$(identify -format '%[EXIF:Orientation]' back)" \
            = 6 ] || { echo 'no orientation'; exit 1; }
    done
else
    left_out ImageMagick
fi
