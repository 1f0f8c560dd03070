#!/bin/sh
# ae-noise adds what it was told to, the same at every run and for any number
# of threads, to every image of a stream; --estimate finds it again.
set -eu
s=$AE_ROOT/samples

# the noise asked for is there: sigma 25 on a picture that hardly clips
ae-noise -n gauss:sigma=25 --seed 1 < "$s/house.png" > a.png
ae-compare --tsv --metric mse --threshold 'mse>400,mse<640' "$s/house.png" a.png

# determinism: threads; and what must change it: the seed
ae-noise -n gauss:sigma=25 --seed 1 -t 1 -o b.png "$s/house.png"
cmp a.png b.png
ae-noise -n gauss:sigma=25 --seed 2 -o c.png "$s/house.png"
if cmp -s a.png c.png; then exit 1; fi

# a stream: N in, N out, in order, each with noise of its own; formats change
cat "$s/house.png" "$s/house.png" "$s/tree.png" |
    ae-noise -n gauss:sigma=5 -T ppm > stream.ppm
cat "$s/house.png" "$s/house.png" "$s/tree.png" |
    ae-compare --tsv --metric psnr --threshold 'psnr>33.5,psnr<35.5' - stream.ppm > t
test "$(wc -l < t)" -eq 4
test "$(sed -n 2p t | cut -f 2)" != "$(sed -n 3p t | cut -f 2)"

# sigma 0 is the identity, and a jpeg chain is worse at lower quality
# shellcheck disable=SC2094
ae-noise -n gauss:sigma=0 < "$s/tree.png" | ae-compare "$s/tree.png" - --threshold 'psnr>1000'
ae-noise -n jpeg:q=90 -o j90.png "$s/tree.png"
ae-noise -n jpeg:q=30 -o j30.png "$s/tree.png"
p90=$(ae-compare --tsv --metric psnr "$s/tree.png" j90.png | tail -n 1 | cut -f 2)
ae-compare --threshold "psnr<$p90" "$s/tree.png" j30.png

# --estimate: in the order of what was added, and more where more was; bounds
# are wide, since the net that it asks is trained anew now and then
for sigma in 0 12 25 50; do
    ae-noise -n gauss:sigma=$sigma "$s/house.png"
done | ae-noise --estimate > levels
awk 'NR == 1 { if ($0 != "name\tsigma\twhite") exit 1; next }
    { want = NR == 3 ? 12 : NR == 4 ? 25 : 50
      if (NR > 2 && ($2 < want / 1.25 || $2 > 1.25 * want || $3 < 0.7 || $3 > 1))
          exit 1
      if ($2 <= last && NR > 2 || $2 > 10 && NR == 2) exit 1
      last = $2 }
    END { if (NR != 5) exit 1 }' levels
sed -n '3s/#[0-9]*//p' levels | grep -q '^stdin'
# the same for any threads; noise whose neighbours agree is less white
ae-noise -n gauss:sigma=20 "$s/palace.png" > white.png
ae-noise -n correlated:sigma=20,scale=1 "$s/palace.png" > coarse.png
ae-noise --estimate -t 1 white.png coarse.png > levels
ae-noise --estimate -t 3 --memory 170M white.png coarse.png | cmp - levels
awk 'NR == 2 { white = $3 } NR == 3 { exit !($3 < white - 0.2) }' levels
ae-noise --estimate --json "$s/house.png" |
    grep -q '^{"name":".*house.png","sigma":[0-9.]*,"white":[0-9.]*}$'

# --psd: 32 bins; white noise of sigma 30 in gray is flat at 900
printf 'P5 256 256 255\n' > flat.pgm
head -c 65536 /dev/zero | tr '\0' '\200' >> flat.pgm
ae-noise -n gauss:sigma=30 flat.pgm | ae-noise --psd |
    awk 'NR > 1 { n++; if (NR > 4 && ($3 < 600 || $3 > 1200)) bad = 1; sum += $3 }
         END { exit n != 32 || bad || sum / n < 850 || sum / n > 950 }'

# of the difference to a clean picture, and of what a net removes: white noise
# of sigma 20 on a photograph, whose own spectrum falls by orders of magnitude
ae-noise -n gauss:sigma=20 --seed 4 < "$s/house.png" > grainy.png
flat() {
    awk -v sigma="$1" -v off="$2" 'NR > 1 { n++; if (n > 8) { k++; sum += $3 } }
        END { ratio = sum / k / (sigma * sigma / 3)
              exit !(n == 32 && ratio > 1 - off && ratio < 1 + off) }'
}
ae-noise --psd --clean "$s/house.png" --plot d.svg grainy.png | flat 20 0.15
ae-noise --psd -m photo --plot r.png grainy.png | flat 20 0.4
if ae-noise --psd grainy.png | flat 20 0.15; then exit 1; fi
grep -q 'white, sigma 1[01]' d.svg
grep -q 'stroke-dasharray' d.svg
grep -q 'frequency, cycles a pixel' d.svg
test "$(pixels r.png | cut -d ' ' -f 1,2)" = "800 560"
rc=0; ae-noise --psd --clean "$s/house.png" --plot e.svg flat.pgm > out 2> err || rc=$?
test $rc -eq 1; grep -q 'but --clean is' err; test ! -e e.svg

# gray stays gray, 16 bit stays 16 bit, alpha is not touched
test "$(ae-noise -n gauss:sigma=20 flat.pgm | head -c 2)" = P5
printf 'P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcdefgh' > alpha.pam
ae-noise -n gauss:sigma=50 alpha.pam | tail -c 8 > out
test "$(cut -c 4,8 out)" = dh

# wrong usage is status 2, and says what
rc=0; ae-noise < flat.pgm 2> err || rc=$?
test $rc -eq 2; grep -q -e '-n CHAIN' err
rc=0; ae-noise -n gaus:sigma=5 < flat.pgm 2> err || rc=$?
test $rc -eq 2; grep -q "noise 'gaus' is unknown" err
rc=0; ae-noise --estimate -n gauss flat.pgm 2> err || rc=$?
test $rc -eq 2
for wrong in '-n gauss -m photo' '-n gauss --plot x.svg' '--estimate --clean x' \
    '--psd -m photo --clean flat.pgm' '--psd --plot flat.pgm'; do
    rc=0
    # shellcheck disable=SC2086
    ae-noise $wrong flat.pgm 2> err || rc=$?
    test $rc -eq 2
done
rc=0; ae-noise --estimate -m no-such flat.pgm > out 2> err || rc=$?
test $rc -eq 2; test ! -s out; grep -q no-such err
# a bad input is status 1, named; the rest is done
echo no picture > bad.png
rc=0; ae-noise --estimate bad.png flat.pgm > out 2> err || rc=$?
test $rc -eq 1; grep -q '^ae-noise: bad.png: ' err; grep -q '^flat.pgm' out
rc=0; ae-noise -n gauss -d made bad.png flat.pgm 2> err || rc=$?
test $rc -eq 1; test -f made/flat.pgm; test ! -e made/bad.png

# amplitudes are of 0..1: floats of another range are told of
{ printf 'Pf\n2 1\n-1\n'; printf '\0\0\200\100\0\0\200\277'; } > four.pfm
ae-noise -n gauss:sigma=25 four.pfm 2> log > noisy.pfm
grep -q '^ae-noise: four.pfm: floats of -1 to 4; a noise of 255 is 1' log
ae-noise -q -n gauss:sigma=25 four.pfm 2> log > noisy.pfm
[ ! -s log ]
