#!/bin/sh
# ae-compare --image: what each picture is made of, to the pixel; where it
# goes; folders against folders, whose pictures are pairs by their names.
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples

# gray NAME W H VALUE - a picture of one gray
gray() {
    printf 'P5 %d %d 255\n' "$2" "$3" > "$1"
    head -c $(($2 * $3)) /dev/zero | tr '\0' "\\$(printf %o "$4")" >> "$1"
}

# row FILE N - the samples of its first row, N of them
row() {
    pixels -w pgm "$1" | tail -c +$(($(pixels -w pgm "$1" | head -n 3 | wc -c) + 1)) |
        head -c "$2" | od -An -v -tu1 | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

gray a.pgm 16 3 128
gray b.pgm 16 3 144
ae-compare --image side -o side.pgm a.pgm b.pgm > figures 2> err
grep -q ' b.pgm$' figures
test ! -s err
[ "$(row side.pgm 36)" = "$(
    printf '128 %.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
    printf '255 255 0 0'
    printf ' 144%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)" ]
ae-compare --image split -o split.pgm a.pgm b.pgm > /dev/null
[ "$(row split.pgm 16)" = \
    "128 128 128 128 128 128 128 255 0 144 144 144 144 144 144 144" ]

# a picture too small for a line keeps all its pixels
gray c.pgm 4 1 10
gray d.pgm 4 1 20
ae-compare --image split -o small.pgm c.pgm d.pgm > /dev/null
[ "$(row small.pgm 4)" = "10 10 20 20" ]

# 16 of 255: four times that is the most below a half, eight times is above
ae-compare --image diff -o diff.pgm a.pgm b.pgm > /dev/null 2> err
says 'b.pgm: gain 4: white is an error of 63.75 of 255'
[ "$(row diff.pgm 2)" = "64 64" ]
ae-compare -q --image diff --gain 3 -o diff.pgm b.pgm a.pgm > /dev/null 2> err
test ! -s err
[ "$(row diff.pgm 2)" = "48 48" ]
ae-compare -q --image diff --gain 20 -o diff.pgm a.pgm b.pgm > /dev/null
[ "$(row diff.pgm 2)" = "255 255" ]
ae-compare --image diff -o diff.pgm a.pgm a.pgm > /dev/null 2> err
says 'gain 1:'

# colour, alpha and depth: three channels of 8 bits
ae-compare --image side -o side.png "$s/tree.png" "$s/tree.png" > /dev/null
pixels -w ppm side.png | head -n 3 | tail -n 2 > size
printf '516 256\n255\n' | cmp - size

# on stdout the picture alone, and several one after the other
ae-compare --image side -T pgm -o - a.pgm b.pgm | cmp - side.pgm
ae-compare -q --image diff --gain 3 -T pgm -o - a.pgm b.pgm b.pgm > two.pgm
[ "$(wc -c < two.pgm)" -eq $((2 * $(wc -c < diff.pgm))) ]

# as every output: not by halves, not over an input, by --existing
fails 1 'size is' ae-compare --image side -o none.pgm a.pgm c.pgm
[ ! -e none.pgm ]
cp a.pgm kept.pgm
fails 2 'kept.pgm' ae-compare --image side -o kept.pgm kept.pgm b.pgm
cmp a.pgm kept.pgm
fails 1 'side.pgm: exists' \
    ae-compare --image side --existing=error -o side.pgm a.pgm b.pgm
fails 2 'needs -o FILE or -d DIR' ae-compare --image side a.pgm b.pgm
fails 2 'are for --image' ae-compare -o x.pgm a.pgm b.pgm
fails 2 'exclude' ae-compare --image side -o x.pgm -d x a.pgm b.pgm
fails 2 "gain" ae-compare --image diff --gain 300 -o x.pgm a.pgm b.pgm

# folders: by path, or by path without the ending; what has no partner is
# named, what is no picture is not
mkdir -p ref/in img/in
gray ref/x.pgm 16 3 1
gray ref/in/y.pgm 16 3 2
gray ref/two.pgm 16 3 3
gray ref/lone.pgm 16 3 4
gray img/two.pgm 16 3 5
gray img/extra.pgm 16 3 6
gray x.pgm 16 3 9
ae-denoise -s 0 -q -o img/x.png x.pgm
ae-denoise -s 0 -q -o img/two.png x.pgm
gray img/in/y.pgm 16 3 7
echo notes > img/README
echo notes > ref/notes.txt
fails 1 '^ae-compare: ref/lone.pgm: has no image in the other folder' \
    ae-compare --tsv --metric max --image side -d made ref img
says 'img/extra.pgm: has no reference'
says 'img/two.png: has no reference'
[ "$(wc -l < err)" -eq 3 ]
printf 'name\tmax\nimg/in/y.pgm\t5\nimg/two.pgm\t2\nimg/x.png\t8\n' | cmp - out
(cd made && find . -type f | sort) > list
printf './in/y.png\n./two.png\n./x.png\n' | cmp - list
fails 1 'made/x.png: exists' ae-compare --image side -d made ref img
status 1 ae-compare --image side --existing=skip -d made ref img
[ "$(wc -l < err)" -eq 3 ]
# pictures that would replace what is compared
cp img/two.png two.png
fails 2 'img/two.png' ae-compare --image side --existing=overwrite -d img ref img
cmp img/two.png two.png
fails 2 'a folder of references goes with' ae-compare ref img/x.png
fails 2 'a folder of references goes with' ae-compare ref img img
