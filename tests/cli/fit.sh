#!/bin/sh
# A net fitted to one noisy picture cleans it, without a model: in colour, gray,
# 16 bits and with alpha, through any pipe; the same bytes for any number of
# threads, memory and piece; what can't go together is refused.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
# nearer SHARE REF A B - A's error is below that share of B's.
nearer() {
    ae-compare --tsv --metric mse "$2" "$3" "$4" | awk -v s="$1" \
        'NR == 2 { a = $2 } NR == 3 { b = $2 } END { exit !(a < s * b) }' ||
        { echo "$*"; ae-compare --metric mse "$2" "$3" "$4"; exit 1; }
}
noisy() { ae-noise -q -n gauss:sigma=30 --seed 1 "$@"; }

ae-denoise -q -s 0 --crop 96x80+160+200 "$AE_ROOT/samples/house.png" > clean.png
noisy clean.png > noisy.png
ae-denoise -q --fit=2s -o a.png noisy.png
nearer 0.3 clean.png a.png noisy.png

# longer is better; another seed is another net
ae-denoise -q --fit=1s -o short.png noisy.png
nearer 1 clean.png a.png short.png
ae-denoise -q --fit=1s --seed 1 -o seed.png noisy.png
if cmp -s seed.png short.png; then exit 1; fi

# the same bytes; settings by twos, since each run takes a second
for how in '-t 3 --tile 32x32' '--memory 160M --progress=always'; do
    # shellcheck disable=SC2086 # words
    ae-denoise --fit=1s $how -o same.png noisy.png 2> err
    cmp short.png same.png
done
grep -q '^0/1 +' err
ae-denoise -q --fit=1s -t 1 < noisy.png | cmp - short.png
ae-denoise -q --fit=1s --crop 40x30+20+10 noisy.png > crop.png
ae-denoise -q -s 0 --crop 40x30+20+10 short.png | cmp - crop.png
ae-denoise -q --fit=1s -s 0 noisy.png | cmp - noisy.png

# three on one pipe: colour, gray, 16 bits with alpha
{
    printf 'P5\n64 96\n255\n'
    awk 'BEGIN { for (y = 0; y < 96; y++) for (x = 0; x < 64; x++)
        printf "%c", (x - 30) ^ 2 + (y - 50) ^ 2 < 400 ? 190 : 60 + x / 2 }'
} > gray.pgm
ae-denoise -q -s 0 -T png gray.pgm > gray.png
noisy gray.png > gray-noisy.png
{
    printf 'P7\nWIDTH 64\nHEIGHT 96\nDEPTH 4\nMAXVAL 65535\n'
    printf 'TUPLTYPE RGB_ALPHA\nENDHDR\n'
    pixels -x gray.png
} > deep.pam
noisy deep.pam > deep-noisy.pam
ae-denoise -q --fit=1s -o gray-short.png gray-noisy.png
nearer 0.4 gray.png gray-short.png gray-noisy.png
ae-denoise -q --fit=1s -o deep-short.pam deep-noisy.pam
nearer 0.4 deep.pam deep-short.pam deep-noisy.pam
pixels deep-short.pam | grep -q '^64 96 4 1 65535 pam$'
cat noisy.png gray-noisy.png deep-noisy.pam | ae-denoise -q --fit=1s > three
cat short.png gray-short.png deep-short.pam | cmp - three

# drawn pictures stay; a bad one costs itself alone
{ printf 'P5\n64 64\n255\n'; head -c 4096 /dev/zero; } > drawn.pgm
ae-denoise -q --fit=1s drawn.pgm | cmp - drawn.pgm
head -c 5000 noisy.png > cut.png
fails 1 'cut.png' ae-denoise --fit=1s -d cleaned cut.png gray-noisy.png
cmp cleaned/gray-noisy.png gray-short.png
[ ! -e cleaned/cut.png ]
printf 'P5\n8 40\n255\n%320s' '' > small.pgm
sed -i '$s/ /abcdefgh/g' small.pgm
head -c 333 small.pgm > few.pgm
fails 1 '8 x 40 pixels are too few to fit a net to' ae-denoise --fit=1s few.pgm

# more than a megapixel: fitted to windows of it, in bounded memory
{
    printf 'P5\n1300 800\n255\n'
    awk 'BEGIN { for (y = 0; y < 800; y++) for (x = 0; x < 1300; x++)
        printf "%c", (x % 300 - 150) ^ 2 + (y % 200 - 90) ^ 2 < 4000 ? 190 : 60 + x / 20 }'
} > large-clean.pgm
noisy large-clean.pgm > large.pgm
ae-denoise -q --fit=1s -t 1 -o large-out.pgm large.pgm
ae-denoise -q --fit=1s -t 3 --tile 700x400 large.pgm | cmp - large-out.pgm
nearer 0.2 large-clean.pgm large-out.pgm large.pgm
bound=$(least ae-denoise --fit=1s large.pgm)
took used ae-denoise -q --fit=1s --memory "$bound" -o bounded.pgm large.pgm
cmp bounded.pgm large-out.pgm
[ -n "${AE_SANITIZER:-}" ] ||
    awk -v most="${bound%M}" '$3 > most * 1.048576 { exit 1 }' used

# what doesn't go together
fails 2 'leave -m out' ae-denoise --fit -m photo noisy.png
fails 2 'leave --sigma out' ae-denoise --fit --sigma 25 noisy.png
fails 2 "option '--fit'" ae-denoise --fit=0 noisy.png
fails 2 "option '--fit'" ae-denoise --fit=soon noisy.png
fails 2 'needs [0-9]*M of --memory at least' ae-denoise --fit=1s --memory 20M noisy.png
