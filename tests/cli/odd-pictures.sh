#!/bin/sh
# Pictures that others read, too: headers with CR LF, a PNG with a bad CRC in
# what isn't its samples, more than 65,536 columns or rows, JPEGs without an end
# marker; and what --salvage makes of those that are cut short.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
newmodel unet:c=4,b=1 net.safetensors
denoise() { ae-denoise -q -m net.safetensors "$@"; }

# line ends of a header: CR LF, CR, and CR before a sample of 10
raster() { printf '\12\15\12abcdefghijklmno'; }    # 2 x 3 pixels
{ printf 'P6\n2 3\n255\n'; raster; } > lf.ppm
{ printf 'P6\r\n2 3\r\n255\r\n'; raster; } > crlf.ppm
{ printf 'P6\r2 3\r255\r'; raster; } > cr.ppm
{ printf 'P6\r\n# from afar\r\n2\r\n3 255\r\n'; raster; } > comment.ppm
{ printf 'P7\r\nWIDTH 2\r\nHEIGHT 3\r\nDEPTH 3\r\nMAXVAL 255\r\nENDHDR\r\n'
  raster; } > crlf.pam
printf 'P1\r\n2 2\r\n0 1\r\n1 0\r\n' > crlf.pbm
pixels -x lf.ppm > want
for f in crlf.ppm cr.ppm comment.ppm crlf.pam; do
    pixels -x $f > got
    cmp got want
    # shellcheck disable=SC2002 # a pipe it shall be
    cat $f | pixels -x - > got 2> err || pixels -x $f > got
    sh -c "cat $f $f | ae-info" > list
    [ "$(wc -l < list)" = 2 ]
done
status 0 ae-info crlf.pbm
cat crlf.ppm crlf.ppm | denoise -s 0 > got
cat lf.ppm lf.ppm | cmp - got
# a file all of whose line ends were changed is refused
sed 's/$/\r/' lf.ppm > all.ppm
fails 1 'lines end by CR LF' ae-info all.ppm
fails 1 'lines end by CR LF' sh -c 'cat all.ppm | ae-denoise'
[ ! -s out ]
{ printf 'Pf\r\n2 2\r\n-1\r\n'; printf '\0\0\200\76\12\0\200\76\0\0\0\76\0\0\0\77'; } > crlf.pfm
tr -d '\r' < crlf.pfm > lf.pfm
pixels -f lf.pfm > want
pixels -f crlf.pfm | cmp - want

# cut short: refused, and salvaged
picture 90 70 P6 > a.ppm
for f in png jpeg pam npy; do
    denoise -s 0 -T $f a.ppm > a.$f
    head -c $(($(wc -c < a.$f) * 6 / 10)) a.$f > cut.$f
    status 1 ae-denoise cut.$f
    [ ! -s out ]
    for from in cut.$f "- < cut.$f" "- < a.ppm"; do
        sh -c "ae-denoise -s 0 --salvage -T ppm $from" > out.ppm 2> err
        [ "$(wc -c < out.ppm)" = "$(wc -c < a.ppm)" ]
        case $from in
        *a.ppm) [ ! -s err ] ;;
        *) says ' [1-6][0-9] of 70 rows are whole, ' ;;
        esac
    done
    denoise -s 0 --salvage -T ppm cut.$f | head -c 3000 > part
    [ $f = jpeg ] || head -c 3000 a.ppm | cmp - part
    [ $f = jpeg ] || [ "$(denoise -s 0 --salvage -T ppm cut.$f | tail -c 999 |
        tr -d '\0' | wc -c)" = 0 ]
done
cat cut.jpeg a.jpeg > two
status 0 ae-denoise --salvage -T ppm two
[ "$(ae-info out | wc -l)" = 2 ]

# an end marker that isn't there
head -c $(($(wc -c < a.jpeg) - 2)) a.jpeg > no-end.jpg
status 0 ae-denoise -s 0 -o got.ppm no-end.jpg
says 'no-end.jpg: jpeg: its end marker is missing'
denoise -s 0 -T ppm a.jpeg | cmp - got.ppm
cat no-end.jpg a.jpeg | denoise -s 0 -T ppm > got
cat got.ppm got.ppm | cmp - got

# more columns or rows than a node of the net takes
for size in '65537 2' '3 65600'; do
    # shellcheck disable=SC2086 # two words
    picture $size P5 > long.pgm
    denoise long.pgm > long.out.pgm
    [ "$(wc -c < long.out.pgm)" = "$(wc -c < long.pgm)" ]
    ! cmp -s long.pgm long.out.pgm || exit 1
    fails 1 'not [0-9]* x [0-9]*: write png' denoise -T jpeg long.pgm
done
