#!/bin/sh
# ae-denoise: what of the noise goes by brightness, colour and a mask; the
# window of --crop is that of the whole result, of --preview before | after;
# the same bytes for any piece size, memory bound and number of threads.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
newmodel=$BUILD/tests/tools/newmodel
"$newmodel" unet:c=4,b=1 net.safetensors
d() { ae-denoise -m net.safetensors "$@"; }

# even $1 $2 BYTE: a gray picture of one value
even() {
    printf 'P5\n%s %s\n255\n' "$1" "$2"
    head -c $(($1 * $2)) /dev/zero | tr '\0' "$3"
}

picture 61 47 P6 > in.ppm
picture 61 47 P5 > in.pgm
d --sigma 25 in.ppm > whole.ppm
d --sigma 25 in.pgm > whole.pgm

# --------------------------------------------------- brightness and colour
d --sigma 25 --luma 1 --chroma 1 in.ppm | cmp - whole.ppm
d --sigma 25 --luma 0 --chroma 0 in.ppm | cmp - in.ppm
d --sigma 25 --luma 0.5 --chroma 0.5 in.ppm > halves.ppm
d --sigma 25 -s 0.5 in.ppm | cmp - halves.ppm
d --sigma 25 --luma 0 in.ppm > chroma.ppm
d --sigma 25 --chroma 0 in.ppm > luma.ppm
for f in in whole luma; do
    ! cmp -s chroma.ppm $f.ppm || { echo "chroma is $f"; exit 1; }
done
# gray has brightness alone
d --sigma 25 --chroma 0 in.pgm | cmp - whole.pgm
d --sigma 25 --luma 0 in.pgm | cmp - in.pgm
# the luma of JPEG stays, but for roundings to whole samples, and clipping
lumas() {
    "$BUILD/tests/tools/pixels" -x "$1" | od -An -v -tu1 -w8 |
        awk '{ print 0.299 * $1 + 0.587 * $3 + 0.114 * $5 }'
}
# (a little of it, so that nothing is clipped)
far() {                          # of how many pixels in 100 the luma moved
    d --sigma 25 -s 0.2 "$@" in.ppm > few.ppm
    lumas few.ppm > b
    paste a b | awk '{ d = $1 - $2; if (d > 0.51 || d < -0.51) n++ }
        END { print int(100 * n / NR) }'
}
lumas in.ppm > a
[ "$(far --luma 0)" -eq 0 ]
[ "$(far --chroma 0)" -gt 50 ]

# -------------------------------------------------------------------- mask
even 61 47 '\377' > white.pgm
even 61 47 '\0' > black.pgm
even 61 47 '\200' > gray.pgm
d --sigma 25 --mask white.pgm in.ppm | cmp - whole.ppm
d --sigma 25 --mask black.pgm in.ppm | cmp - in.ppm
d --sigma 25 --mask gray.pgm in.ppm > half.ppm
d --sigma 25 -s 0.50196078 in.ppm | cmp - half.ppm
# its luma, of any format, packed too
d -s 0 -T png black.pgm > black.png
gzip -c white.pgm > white.pgm.gz
d --sigma 25 --mask black.png in.ppm | cmp - in.ppm
d --sigma 25 --mask white.pgm.gz in.ppm | cmp - whole.ppm
# white at the left, black at the right of column 20
{ printf 'P5\n61 47\n255\n'
  awk 'BEGIN { for (i = 0; i < 61 * 47; i++)
      printf "%s", i % 61 < 20 ? "w" : "." }' | tr 'w.' '\377\0'; } > mask.pgm
d --sigma 25 --mask mask.pgm in.ppm > masked.ppm
part() { d -s 0 --crop "$1" "$2"; }
part 20x47+0+0 masked.ppm > a
part 20x47+0+0 whole.ppm | cmp - a
part 41x47+20+0 masked.ppm > a
part 41x47+20+0 in.ppm | cmp - a
# for each of several, whose sizes must be its own
cat in.ppm in.ppm | d --sigma 25 --mask mask.pgm > two
cat masked.ppm masked.ppm | cmp - two
picture 60 47 P6 > other.ppm
fails 1 'other.ppm: mask mask.pgm: 61 x 47 pixels, not .* 60 x 47' \
    d --mask mask.pgm -d masked other.ppm in.ppm
[ -e masked/in.ppm ] && [ ! -e masked/other.ppm ]
fails 2 'mask nowhere: ' d --mask nowhere in.ppm
d -s 0 -T png in.pgm | head -c 1500 > cut.png
fails 1 'in.ppm: mask cut.png: ' d --mask cut.png -o out.ppm in.ppm
[ ! -e out.ppm ]
fails 2 'one file' d --mask mask.pgm -o mask.pgm in.ppm
fails 2 'one file' d --mask mask.pgm -d . --existing overwrite -T pgm in.ppm \
    mask.pgm
d --mask in.ppm --sigma 25 in.ppm | cmp - in.ppm && exit 1

# -------------------------------------------------------------------- crop
for kind in P5 P6; do
    picture 97 83 $kind > a.pnm
    d --sigma 25 a.pnm > b.pnm
    for at in 1x1+0+0 97x83+0+0 1x83+96+0 97x1+0+82 30x20+33+41 13x17+84+66; do
        part $at b.pnm > want
        for more in '' '--tile 16' '--tile 40x8 -t 3' '--memory 17M'; do
            # shellcheck disable=SC2086
            d --sigma 25 --crop $at $more a.pnm | cmp - want
        done
    done
done
# levels by blocks of the whole picture, alpha, strength, mask; no net
picture 40 900 P6 > tall.ppm
picture 40 900 P5 > tall.pgm
t() { d --luma 0.4 --mask tall.pgm "$@"; }
t tall.ppm > a.ppm
part 21x333+11+431 a.ppm > want
bound=$(least t --crop 21x333+11+431 tall.ppm)
for more in '' '--tile 24' '--tile 40x100' "--memory $bound" '-t 1'; do
    # shellcheck disable=SC2086
    t --crop 21x333+11+431 $more tall.ppm | cmp - want
done
{ printf 'P7\nWIDTH 60\nHEIGHT 40\nDEPTH 4\nMAXVAL 255\n'
  printf 'TUPLTYPE RGB_ALPHA\nENDHDR\n'
  tail -c +13 tall.ppm | head -c 9600 | tr 'A-P' '\0'; } > a.pam
d --sigma 25 a.pam > b.pam
part 31x21+20+10 b.pam > want
d --sigma 25 --crop 31x21+20+10 a.pam | cmp - want
# turns and mirrors at once
d --sigma 25 --ensemble 8 in.ppm > b.ppm
part 20x19+30+21 b.ppm > want
d --sigma 25 --ensemble 8 --crop 20x19+30+21 in.ppm | cmp - want
# a stream goes on behind a window; -d too
cat in.ppm tall.ppm in.ppm | d --sigma 25 --crop 9x8+3+2 > three
part 9x8+3+2 whole.ppm > one
head -c "$(wc -c < one)" three | cmp - one
tail -c "$(wc -c < one)" three | cmp - one
d --sigma 25 --crop 9x8+3+2 -d cropped in.ppm
cmp cropped/in.ppm one
fails 1 'in.ppm: the window 9x8+53+2 .* 61 x 47' d --crop 9x8+53+2 in.ppm
[ ! -s out ]
fails 1 'isn.t within' d -s 0 --crop 9x2147483647+3+2147483647 in.ppm
for bad in 9x8 9x8+3 9x8+3+ 0x8+1+1 9x8-1+1 9x8+1+1x 99999999999x8+1+1 ''; do
    fails 2 "option '--crop'" d --crop "$bad" in.ppm
done
# what follows the window is read: a picture cut short is still an error
head -c 8000 in.ppm > short.ppm
fails 1 'short.ppm: ' d --crop 9x8+3+2 -o out.ppm short.ppm
[ ! -e out.ppm ]

# ----------------------------------------------------------------- preview
sides() {                        # PREVIEW W H BEFORE AFTER
    part "$2x$3+0+0" "$1" | cmp - "$4"
    part "$2x$3+$(($2 + 4))+0" "$1" | cmp - "$5"
}
part 30x20+17+11 in.ppm > before
part 30x20+17+11 whole.ppm > after
for more in '' '--tile 16' '--memory 17M -t 1'; do
    rm -f show.ppm
    # shellcheck disable=SC2086
    d --sigma 25 --crop 30x20+17+11 $more --preview show.ppm in.ppm |
        cmp - after
    sides show.ppm 30 20 before after
done
"$BUILD/tests/tools/pixels" show.ppm | grep -q '^64 20 3 '
d --sigma 25 --preview show.ppm in.ppm > out
sides show.ppm 61 47 in.ppm whole.ppm
d -s 0 --preview show.ppm in.ppm > out
sides show.ppm 61 47 in.ppm in.ppm
# the middle of a large one; the ending's format; gray stays; the first of a
# stream
picture 700 500 P5 > large.pgm
cat large.pgm in.ppm | d --sigma 25 --preview show.png > two
"$BUILD/tests/tools/pixels" show.png | grep -q '^1028 384 1 0 255 png'
d --sigma 25 large.pgm > a
part 512x384+94+58 a > after
part 512x384+94+58 large.pgm > before
d -s 0 -T pgm show.png > show.pgm
sides show.pgm 512 384 before after
# of several inputs the first; small ones go on together
mkdir many
for i in 1 2 3; do cp in.ppm many/$i.ppm; done
d --sigma 25 -r many -d made --preview show.ppm 2> err
sides show.ppm 61 47 in.ppm whole.ppm
for i in 1 2 3; do cmp made/$i.ppm whole.ppm; done
# what stands is no input and no other output; a failure leaves none
for at in in.ppm ./in.ppm many/../in.ppm; do
    fails 2 'input and output' d --preview $at -o out.ppm in.ppm
done
ln in.ppm link.ppm
fails 2 'input and output' d --preview link.ppm -o out.ppm in.ppm
fails 2 'input and output' d --preview many/2.ppm -r many -d no
fails 2 'two outputs' d --preview ./new.ppm -o new.ppm in.ppm
fails 2 'two outputs' d --preview made/2.ppm -r many -d made \
    --existing overwrite
fails 2 'input and output' d --mask mask.pgm --preview mask.pgm in.ppm
rc=0
# shellcheck disable=SC2094
d --preview in.ppm < in.ppm > out 2> err || rc=$?
[ $rc -eq 2 ] && says 'input and output'
fails 2 'ending of no format' d --preview show in.ppm
fails 2 'stdout' d --preview - in.ppm
fails 2 'preview: no/where.ppm: its folder' d --preview no/where.ppm -o out.ppm in.ppm
[ ! -e out.ppm ]
rm show.ppm
fails 1 'short.ppm: ' d --preview show.ppm -o out.ppm short.ppm
[ ! -e out.ppm ] && [ ! -e show.ppm ]
[ -z "$(find . -name '.*ae-*')" ]
picture 61 47 P6 | cmp - in.ppm

# ------------------------------------------------------------ linear light
# 16 bit, dark: what the mask keeps comes back to the bit through the curve
{ printf 'P6\n61 47\n65535\n'; picture 61 94 P6 | tail -c +13 |
    awk '{ print }' | head -c $((61 * 47 * 6)); } > deep.ppm
d --linear --sigma 25 --mask black.pgm deep.ppm | cmp - deep.ppm
d --linear -s 0 deep.ppm | cmp - deep.ppm
d --linear --sigma 25 deep.ppm > a.ppm
d --sigma 25 deep.ppm > b.ppm
! cmp -s a.ppm b.ppm || exit 1
d --linear=0 --sigma 25 deep.ppm | cmp - b.ppm
for more in '--tile 16' '--memory 17M -t 3' '--crop 61x47+0+0'; do
    # shellcheck disable=SC2086
    d --linear --sigma 25 $more deep.ppm | cmp - a.ppm
done
# a preview shows it as eyes would see it: brighter, on sRGB's curve
d --linear --sigma 25 --preview show.ppm deep.ppm > out
part 61x47+0+0 show.ppm > bright.ppm
ae-compare deep.ppm bright.ppm --threshold 'psnr<20' > log

# 16 bit, so dark that the net sees it brighter: known from all rows, which
# wait in memory, or in a file; a level that is told is of the file as it is
dark() {                         # W H
    printf 'P6\n%s %s\n65535\n' "$1" "$2"
    awk -v n="$(($1 * $2 * 3))" 'BEGIN { x = 7; for (i = 0; i < n; i++) {
        x = (x * 1103 + 12345) % 65536
        printf "%c%c", 1 + x % 3, 33 + x % 90 } }'
}
dark 61 47 > dark.ppm
d -v dark.ppm > a.ppm 2> err
says 'dark: the net sees it [34][0-9]\.[0-9] times'
bound=$(least d -t 3 dark.ppm)
for more in '--tile 16' "--memory $bound -t 3" '--crop 61x47+0+0'; do
    # shellcheck disable=SC2086
    d $more dark.ppm | cmp - a.ppm
done
part 9x9+50+38 a.ppm > want
d --crop 9x9+50+38 dark.ppm | cmp - want
d --mask black.pgm dark.ppm | cmp - dark.ppm
d -v --sigma 1 dark.ppm 2> err > out
! grep -q 'dark:' err || exit 1
cat dark.ppm in.ppm dark.ppm | d > three
cat a.ppm > want
d in.ppm >> want
cat a.ppm >> want
cmp three want
dark 600 440 > dark.ppm
d dark.ppm > a.ppm
bound=$(least d dark.ppm)
d --memory "$bound" dark.ppm | cmp - a.ppm
d --memory "$bound" --crop 300x200+90+90 dark.ppm > b.ppm
part 300x200+90+90 a.ppm | cmp - b.ppm

# a PFM keeps its scale
{ printf 'Pf\n2 1\n-2.5\n'; printf '\0\0\0\077\0\0\0\100'; } > a.pfm
for more in '-s 0' '' '--linear'; do
    # shellcheck disable=SC2086
    d $more a.pfm > b.pfm
    [ "$(sed -n 3p b.pfm | tr -d '\0')" = -2.5 ]
done
d -s 0 --linear a.pfm | cmp - a.pfm

# a model of tables has none of this
awk 'BEGIN { print "a,b"; for (i = 0; i < 40; i++) print i % 7 "," i % 5 }' \
    > t.csv
ae-train -q --steps 2 --batch 4 --mixture 0 -m dense:z=1,h=4 -o t.st t.csv
for o in '--luma 0.5' '--chroma 0' '--mask black.pgm' '--crop 1x1+0+0' \
    '--preview x.png' --linear; do
    # shellcheck disable=SC2086
    fails 2 'is for images' ae-denoise -m t.st $o t.csv
done
