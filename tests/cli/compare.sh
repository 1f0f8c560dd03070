#!/bin/sh
# ae-compare: known values, pairs of streams, thresholds, and each refusal.
set -eu
s=$AE_ROOT/samples

# a difference of 16 of 255 everywhere: mse 256, psnr 10 log10(255^2 / 256)
printf 'P5 16 16 255\n' > a.pgm
cp a.pgm b.pgm
head -c 256 /dev/zero | tr '\0' '\200' >> a.pgm
head -c 256 /dev/zero | tr '\0' '\220' >> b.pgm
ae-compare --tsv a.pgm b.pgm > out
printf 'name\tpsnr\tssim\tms-ssim\tmse\tmae\tmax\n' > header
head -n 1 out | cmp - header
test "$(tail -n 1 out | cut -f 1,2,5-)" = "$(printf 'b.pgm\t24.0484\t256\t16\t16')"

# equal images
test "$(ae-compare --json --metric psnr,ssim a.pgm a.pgm)" = \
    '{"name":"a.pgm","psnr":"inf","ssim":1}'

# streams, pair by pair; the mean closes what is printed for eyes
cat a.pgm b.pgm > two.pgm
# both only read
# shellcheck disable=SC2094
ae-compare two.pgm - < two.pgm > out
test "$(wc -l < out)" -eq 4
grep -q ' stdin#2$' out; grep -q ' mean$' out
rc=0; ae-compare two.pgm a.pgm > out 2> err || rc=$?
test $rc -eq 1; grep -q 'more images' err
rc=0; ae-compare a.pgm two.pgm > out 2> err || rc=$?
test $rc -eq 1; grep -q 'more images than the reference' err

# thresholds
ae-compare --threshold 'psnr > 24, max<=16' a.pgm b.pgm > out
rc=0; ae-compare --threshold 'psnr>=24.1' a.pgm b.pgm > out 2> err || rc=$?
test $rc -eq 1; grep -q 'b.pgm: psnr is 24.0484, not >=24.1' err
# a long list is read to its end
commas=$(printf '%0600d' 0 | tr 0 ,)
rc=0
ae-compare --threshold "max<=16${commas}psnr>=24.1" a.pgm b.pgm > out 2> err ||
    rc=$?
test $rc -eq 1; grep -q 'psnr is 24.0484, not >=24.1' err
ae-compare --metric "mae${commas}psnr" a.pgm b.pgm > out
head -n 1 out | grep -q 'mae *psnr$'
# a test of nothing isn't passed
mkdir none
rc=0; ae-compare --threshold 'psnr>1' none none > out 2> err || rc=$?
test $rc -eq 1; grep -q 'nothing was compared' err
ae-compare none none > out
# one that is not printed is computed all the same
rc=0; ae-compare --metric psnr --threshold 'mae<1' a.pgm b.pgm > out || rc=$?
test $rc -eq 1
if grep -q mae out; then exit 1; fi
for wrong in psnr '>3' 'psnr>' 'psnr>x' 'foo>3' ',' 'psnr=3'; do
    rc=0; ae-compare --threshold "$wrong" a.pgm b.pgm > out 2> err || rc=$?
    test $rc -eq 2; test -s err; test ! -s out
done
rc=0; ae-compare --metric foo a.pgm b.pgm 2> err || rc=$?
test $rc -eq 2; grep -q foo err

# what can't be compared is named, the others are done
printf 'P5 8 8 255\n' > small.pgm
head -c 64 /dev/zero >> small.pgm
rc=0; ae-compare --tsv a.pgm small.pgm "$s/tree.png" missing b.pgm > out 2> err || rc=$?
test $rc -eq 1
test "$(wc -l < out)" -eq 2
grep -q 'small.pgm: size is 8x8, but that of the reference 16x16' err
grep -q '^ae-compare: missing: ' err
printf 'P6 16 16 255\n' > rgb.ppm
head -c 768 /dev/zero >> rgb.ppm
rc=0; ae-compare a.pgm rgb.ppm > out 2> err || rc=$?
test $rc -eq 1; grep -q '3 colour channels' err

# usage
rc=0; ae-compare a.pgm 2> err || rc=$?
test $rc -eq 2
rc=0; ae-compare - - < a.pgm 2> err || rc=$?
test $rc -eq 2; grep -q 'once' err
rc=0; ae-compare --tsv --json a.pgm b.pgm 2> err || rc=$?
test $rc -eq 2
