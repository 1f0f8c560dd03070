#!/bin/sh
# shellcheck disable=SC2059,SC2086
# Items as usual files have them: logs and tables of any name, numbers in .txt,
# turned photographs, codes that have no names.
set -eu
. "$AE_ROOT/tests/cli/expect"

short="-q -m dense:z=2,h=4 --loss l2 --steps 2 --mixture 0"
items() { ae-info --json "$1" | jq '.train.data | .items + .held_out'; }

# text and tables are recognised by what they look like, with a word
awk 'BEGIN { for (i = 0; i < 40; i++)
    print "job " i % 3 ", of disk " i % 4 ": done" }' > syslog
gzip -c syslog > app.log.2.gz
awk 'BEGIN { print "a;b"; for (i = 0; i < 40; i++) print i % 7 ";" i % 5 }' \
    > data.dat
cp data.dat BASE.CSV
cp data.dat some.tab
for file in syslog app.log.2.gz data.dat; do
    status 0 ae-train ${short#-q } -o m.st $file
    says "$file: read as .*--input"
    [ "$(items m.st)" -eq 40 ]
done
for file in BASE.CSV some.tab; do
    status 0 ae-train $short -o m.st $file
    [ "$(items m.st)" -eq 40 ]
done
# words in a file of numbers, and a picture among logs
awk 'BEGIN { for (i = 0; i < 40; i++) print i / 7, i % 5 }' > numbers.txt
fails 0 'numbers.txt: .*--input csv' ae-train ${short#-q } -o m.st numbers.txt
mkdir logs
cp syslog "$AE_ROOT/samples/tree.png" logs
status 0 ae-train $short --input text -o m.st logs
[ "$(items m.st)" -eq 40 ]

# a photograph is an item as it is seen
jpeg() {
    head -c 2 up.jpg
    printf '\377\341\0\042Exif\0\0MM\0*\0\0\0\010\0\001\001\022\0\003\0\0\0\001'
    printf "\\0\\$1\\0\\0\\0\\0\\0\\0"
    tail -c +3 up.jpg
}
ae-denoise -q -s 0 -T jpeg "$AE_ROOT/samples/digits/3-0.png" > up.jpg
for turn in 1 2 3 4 5 6 7 10; do # octal
    jpeg $turn > turned.jpg
    ae-denoise -q -s 0 --auto-orient -T png turned.jpg > upright.png
    ae-encode -q -m digits-ae turned.jpg upright.png | jq -c .z > codes
    [ "$(uniq codes | wc -l)" -eq 1 ] || { echo "turn $turn"; exit 1; }
done
[ "$(ae-encode -q -m digits-ae up.jpg | jq -c .z)" != "$(head -n 1 codes)" ]

# pictures of mixed sizes, and what was done to them done again
mkdir mixed
. "$AE_ROOT/tests/cli/pictures"
i=0
for size in 40x30 30x40 50x28 28x33 64x64; do
    i=$((i + 1))
    picture ${size%x*} ${size#*x} P6 > mixed/$i.ppm
done
fails 2 '--fit crop' ae-train $short -o no.st mixed
for fit in crop pad resize; do
    status 0 ae-train $short --fit $fit -o $fit.st mixed
    [ "$(ae-score -q -m $fit.st mixed | wc -l)" -eq 6 ]
done
ae-info crop.st | grep -q '28'
ae-info pad.st | grep -q '64'
status 0 ae-train $short --fit resize --size 20x16 -o sized.st mixed
[ "$(ae-encode -q -m sized.st mixed | wc -l)" -eq 5 ]
status 0 ae-train $short --fit resize --size 20x16 --resume -o sized.st mixed
fails 2 '--size needs --fit' ae-train $short --size 20x16 -o no.st mixed
# one that is too small costs itself
fails 1 '28x33 is too small to crop' ae-train $short --fit crop --size 30x28 \
    -o some.st mixed

# more columns and rows than 65,535
awk 'BEGIN { for (i = 0; i < 4; i++) { for (j = 0; j < 70000; j++)
    printf "%s%.6f", j ? "," : "", (i * j) % 7 / 7; print "" } }' > wide.csv
ae-train -q -m dense:z=1,h=2,depth=1 --loss l2 --steps 1 --mixture 0 -o wide.st \
    wide.csv
[ "$(ae-score -q -m wide.st wide.csv | wc -l)" -eq 5 ]

# codes without names: a header that is all numbers of a code, or none
want=$(printf 'z0\t0.2\nz1\t2.1\nz2\t5')
for codes in 'z0,z1,z2\n0.1,0.2,3\n0.3,4,7\n' '0.1,0.2,3\n0.3,4,7\n' \
    '1e-1\t0.2\t3\n3e-1\t4\t7\n' '[0.1,0.2,3]\n[0.3,4,7]\n' \
    'name,z0,z1,z2\n8.5,0.1,0.2,3\n9.5,0.3,4,7\n' \
    '8\t0.1\t0.2\t3\n9\t0.3\t4\t7\n'; do
    printf "$codes" | ae-latent stats | tail -n +2 | cut -f 1,2 > means
    [ "$(cat means)" = "$want" ] || { echo "$codes"; cat means; exit 1; }
done
printf '[1,2]\n[1,2\n[3,4]\n' > cut.jsonl
fails 1 'line 2' ae-latent mean cut.jsonl
grep -q '\[2,3\]' out
