#!/bin/sh
# n pages in are n pages out: in one TIFF, or a picture each on stdout, or a
# file each with -d; -o of a format of single pictures is refused.
set -eu
. "$AE_ROOT/tests/cli/expect"
tiffs make p.tif pages=3 tags=1 2> err || { cat err; exit 77; }
tiffs make one.tif
tiffs sum p.tif > p.sum

# through files and pipes, the last of which can't be sought
status 0 ae-denoise -s 0 -o out.tif p.tif
tiffs sum out.tif | cmp p.sum -
# shellcheck disable=SC2002
cat p.tif | ae-denoise -s 0 | cat > out.tif
tiffs sum out.tif | cmp p.sum -
ae-denoise -s 0 < p.tif > out.tif
tiffs sum out.tif | cmp p.sum -
gzip -c p.tif > p.tif.gz
status 0 ae-denoise -s 0 -o out.tif p.tif.gz
tiffs sum out.tif | cmp p.sum -
[ "$(ae-info p.tif | grep -c tiff)" -eq 3 ]
ae-info p.tif | grep -q 'p.tif#3: tiff image, 69 x 49'
ae-noise -n gauss:sigma=9 p.tif | ae-compare --tsv p.tif - > scores
[ "$(grep -c '^stdin' scores)" -eq 3 ]

# past its share of memory a pipe goes to a file without a name
tiffs make big.tif w=900 h=700 bits=16 compression=8 strip=20
mkdir tmp
# shellcheck disable=SC2002
cat big.tif | TMPDIR=$PWD/tmp ae-denoise -s 0 --memory 8M | cat > out.tif
tiffs sum big.tif > big.sum
tiffs sum out.tif | cmp big.sum -
[ -z "$(ls tmp)" ]
# shellcheck disable=SC2002
cat big.tif | TMPDIR=$PWD/none ae-denoise -s 0 --memory 8M > none 2> err &&
    exit 1
says 'no temporary file can be made in .*none'
# without it the share is enough
# shellcheck disable=SC2002
cat big.tif | TMPDIR=$PWD/none ae-denoise -s 0 > out.tif
tiffs sum out.tif | cmp big.sum -

# other inputs follow as pages, where what is written can be taken back
status 0 ae-denoise -s 0 -o out.tif p.tif one.tif
[ "$(ae-info out.tif | grep -c tiff)" -eq 4 ]
ae-denoise -s 0 p.tif one.tif > out.tif
[ "$(ae-info out.tif | grep -c tiff)" -eq 4 ]
tiffs sum out.tif > out.sum
ae-denoise -s 0 p.tif one.tif 2> err | cat > out.tif
says 'one.tif: tiff: the file is complete, and a pipe'
tiffs sum out.tif | cmp p.sum -
status 0 ae-denoise -s 0 -T png -o one.png one.tif
cat one.png one.png p.tif | ae-denoise -s 0 -T tiff -o out.tif
[ "$(ae-info out.tif | grep -c tiff)" -eq 5 ]
# nothing else follows
fails 1 "one.png: png can't follow tiff" ae-denoise -s 0 p.tif one.png

# a picture each
[ "$(ae-denoise -s 0 -T ppm < p.tif | ae-info | grep -c ppm)" -eq 3 ]
status 0 ae-denoise -s 0 -d dir -T png p.tif one.tif
[ "$(ls dir)" = "one.png
p-1.png
p-2.png
p-3.png" ]
ae-info dir/p-3.png | grep -q '69 x 49'
fails 1 'dir/p-1.png: exists' ae-denoise -s 0 -d dir -T png p.tif
status 0 ae-denoise -s 0 -d dir -T png --existing=skip p.tif
says '0 done, 1 skipped'
rm dir/p-2.png
status 0 ae-denoise -s 0 -d dir -T png --existing=skip p.tif
says '1 done, 0 skipped'
ae-info dir/p-2.png | grep -q '68 x 47'
cp one.png p-2.png
fails 1 'p-2.png would become it, too' ae-denoise -s 0 -d two -T png p.tif \
    p-2.png
[ "$(ls two)" = "p-1.png
p-2.png" ]
status 0 ae-denoise -s 0 -d one p.tif one.tif
tiffs sum one/p.tif | cmp p.sum -
status 0 ae-denoise -s 0 -d rows -T png --rows 2:2 p.tif
[ "$(ls rows)" = p-2.png ]

# one file of single pictures
fails 1 'p.tif: has 3 pages, and a file of png holds one picture: -d' \
    ae-denoise -s 0 -o no.png p.tif
[ ! -e no.png ]
status 0 ae-denoise -s 0 -o second.png --rows 2:2 p.tif
ae-info second.png | grep -q '68 x 47'
fails 1 'npy: an array' ae-denoise -s 0 -o no.npy p.tif
[ ! -e no.npy ]

# all pages count
fails 1 'its pages have more than 9000 pixels together' \
    ae-denoise -s 0 --max-pixels 9000 -o no.tif p.tif

# reduced copies, masks and SubIFDs would show the picture as it was
tiffs make r.tif pages=2 reduced=1
status 0 ae-denoise -s 0 -o out.tif r.tif
says 'r.tif: tiff: left out: 1 reduced picture'
[ "$(ae-info out.tif 2> err | grep -c tiff)" -eq 2 ]
[ ! -s err ]
tiffs make r.tif subs=2
status 0 ae-denoise -s 0 -o out.tif r.tif
says 'r.tif: tiff: left out: .*2 SubIFDs'
status 0 ae-info out.tif
[ ! -s err ]
