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

# --estimate: within a tenth of what was added, at four levels
for sigma in 5 15 25 50; do
    ae-noise -n gauss:sigma=$sigma "$s/house.png" | ae-noise --estimate |
        awk -v s=$sigma 'NR == 1 && $1 != "name" { exit 1 }
            NR == 2 { bad = $2 < 0.9 * s || $2 > 1.1 * s; print s, $2 }
            END { exit NR != 2 || bad }'
done
# a clean photo has next to none, also as JPEG, and texture isn't taken for it
for photo in elephants forest gray-tree house palace statue tree tulips; do
    ae-noise --estimate "$s/$photo.png" > clean
    ae-noise -n jpeg:q=85 "$s/$photo.png" | ae-noise --estimate > coded
    awk 'FNR == 2 { print; bad += $2 > 2.8; n++ } END { exit n != 2 || bad }' \
        clean coded
done

# noise whose neighbours agree: the level within a third, and not white
for sigma in 4 8 16; do
    photo=$s/house.png
    [ $sigma -lt 10 ] || photo=$s/palace.png
    ae-noise -n "correlated:sigma=$sigma,scale=1,tail=2,chroma=0.4,blotch=2" \
        "$photo" | ae-noise --estimate |
        awk -v s=$sigma 'NR == 2 { print; bad = $2 < 0.67 * s ||
                $2 > 1.33 * s || $3 > 0.2 }
            END { exit NR != 2 || bad }'
done
ae-noise --estimate --json "$s/house.png" |
    grep -q '^{"name":".*house.png","sigma":[0-9.]*,"white":[0-9.]*}$'

# --psd: 32 bins; white noise of sigma 30 in gray is flat at 900
printf 'P5 256 256 255\n' > flat.pgm
head -c 65536 /dev/zero | tr '\0' '\200' >> flat.pgm
ae-noise -n gauss:sigma=30 flat.pgm | ae-noise --psd |
    awk 'NR > 1 { n++; if (NR > 4 && ($3 < 600 || $3 > 1200)) bad = 1; sum += $3 }
         END { exit n != 32 || bad || sum / n < 850 || sum / n > 950 }'

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
# a bad input is status 1, named; the rest is done
echo no picture > bad.png
rc=0; ae-noise --estimate bad.png flat.pgm > out 2> err || rc=$?
test $rc -eq 1; grep -q '^ae-noise: bad.png: ' err; grep -q '^flat.pgm' out
rc=0; ae-noise -n gauss -d made bad.png flat.pgm 2> err || rc=$?
test $rc -eq 1; test -f made/flat.pgm; test ! -e made/bad.png
