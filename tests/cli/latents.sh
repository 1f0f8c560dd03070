#!/bin/sh
# Items to latents and back, by pipe, file and folder; what is wrong is named
# and the rest done.
# $m and the like are options and their values
# shellcheck disable=SC2086
set -eu
d=$AE_ROOT/samples/digits
pixels="$BUILD/tests/tools/pixels"
"$BUILD/tests/tools/newmodel" conv:z=5,h=4 m.safetensors
m="-m m.safetensors"
. "$AE_ROOT/tests/cli/expect"

# the same codes in every format, for any number of threads, files or a folder
ae-encode $m "$d"/*.png > z.jsonl
[ "$(wc -l < z.jsonl)" -eq 100 ]
ae-encode $m -t 1 "$d" | cmp - z.jsonl
for f in npy tsv csv f32 fvecs; do
    ae-encode $m "$d" -o z.$f --names names
    [ "$(wc -l < names)" -eq 100 ]
    ae-decode $m z.$f > $f.png
    [ "$("$pixels" $f.png | wc -l)" -eq 100 ]
    cmp $f.png npy.png
done
[ "$(head -n 1 z.csv)" = "name,z0,z1,z2,z3,z4" ]
[ "$(wc -c < z.f32)" -eq 2000 ]
for f in tsv csv; do
    ae-latent add z.$f z.$f | ae-latent sub - z.jsonl | cmp - z.jsonl
done
[ "$(ae-latent mean --dim 5 z.f32 | cut -c 17-)" = \
  "$(ae-latent mean z.jsonl | cut -c 17-)" ]

# a decoded picture is the whole net's
ae-encode $m "$d/3-1.png" | ae-decode $m > a.png
ae-denoise $m < "$d/3-1.png" > b.png
ae-compare a.png b.png --threshold 'max<0.001' > /dev/null

# arithmetic, walks, figures
head -n 3 z.jsonl > three
[ "$(ae-latent lerp -n 4 three | wc -l)" -eq 7 ]
[ "$(ae-latent lerp -n 2 three | sed 's/.*"z"/z/')" = \
  "$(sed 's/.*"z"/z/' three)" ]
[ "$(ae-latent traverse 1:-2:2:5 three --format tsv | cut -f 3 | sort -u |
    wc -l)" -eq 5 ]
[ "$(ae-latent stats z.npy | wc -l)" -eq 6 ]
printf 'a,1,5\nb,3,5\n' | ae-latent stats > table
grep -qx "z0	2	1	1	3" table && grep -qx "z1	5	0	5	5" table
[ "$(printf 'a,1,-5\nb,3,5\n' | ae-latent mean)" = \
    '{"name":"mean","z":[2,0]}' ]

# partners keep their places where one is faulty, and none is left over
printf 'a,1,1\nb,nan,2\nc,3,3\n' > hole
printf 'a,1,1\nb,2,2\nc,3,3\n' > whole
printf '{"name":"a","z":[0,0]}\n{"name":"c","z":[0,0]}\n' > zeros
status 1 ae-latent sub hole whole
cmp out zeros
says 'hole: csv line 2'
status 1 ae-latent sub whole hole
cmp out zeros
says 'hole: csv line 2'
status 1 ae-latent sub hole hole
cmp out zeros
head -n 1 whole > first
status 1 ae-latent add first whole
says 'the first input ends after 1 '
[ "$(cat out)" = '{"name":"a","z":[2,2]}' ]
status 1 ae-latent add three first
says 'latents of 2 numbers in the second'
[ "$(grep -c '' err)" -eq 1 ]
head -n 2 three > two
status 1 ae-latent add three two
says 'the second input ends after 2 '
[ "$(ae-latent sub three three | grep -c '\[0,0,0,0,0\]')" -eq 3 ]

# a map; a picture's size; as many labels as latents, bad ones counted
seq 1 100 > labels
ae-latent plot z.npy --labels labels -o map.png
[ "$("$pixels" map.png | cut -d ' ' -f 1,2)" = "800 640" ]
ae-latent plot --size 400x320 < z.jsonl > map.out
[ "$("$pixels" map.out | cut -d " " -f 1,2)" = "400 320" ]
printf 'a,1,2\nb,nan,2\nc,3,4\n' > bad.csv
printf 'x\ny\nx\n' > three.labels
status 1 ae-latent plot bad.csv --labels three.labels -o map2.png
says "bad.csv: csv line 2"
[ "$("$pixels" map2.png | cut -d ' ' -f 1,2)" = "800 640" ]
head -n 2 three.labels > two.labels
status 1 ae-latent plot bad.csv --labels two.labels -o map3.png
says "one each is needed" && [ ! -e map3.png ]
status 1 ae-latent plot --dim 1 z.f32 -o map3.png
says "2 to"
status 2 ae-latent mean --labels labels three
status 2 ae-latent mean -T svg three

# the same map as SVG: a disc for each latent and each class, both named; what
# is markup in a name is none there
ae-latent plot bad.csv --labels three.labels -o map.svg 2> err || true
[ "$(grep -c '<circle.*<title>' map.svg)" -eq 2 ]
grep -q '<title>a (x)</title></circle>' map.svg
grep -q '<text [^>]*>y</text>' map.svg || grep -q '>x</text>' map.svg
printf '<b>&,1,2\nc,3,4\n' | ae-latent plot -T svg > odd.svg
grep -q '<title>&lt;b>&amp;</title>' odd.svg
head -c 300 odd.svg | grep -q '^<svg xmlns="http://www.w3.org/2000/svg" width="800" height="640"'
if grep -q 'class=' odd.svg; then exit 1; fi

# one array, one picture, a folder whose names stay in it
ae-decode $m -T npy -o y.npy z.npy
[ "$(wc -c < y.npy)" -eq $((128 + 100 * 784 * 4)) ]
ae-decode $m --grid 10x10 z.npy > grid.png
[ "$("$pixels" grid.png | cut -d ' ' -f 1,2)" = "280 280" ]
printf '../x/y.png\t1\t2\t3\t4\t5\n.h\t1\t2\t3\t4\t5\n\t1\t2\t3\t4\t5\n' |
    ae-decode $m -T pgm -d names.d
[ "$(find names.d | LC_ALL=C sort | tr '\n' ' ')" = \
    "names.d names.d/000002.pgm names.d/_.h.pgm names.d/y.pgm " ]
status 1 ae-decode $m z.npy -d names.d -T pgm
says "names.d/000002.pgm: exists"
status 0 ae-decode $m z.npy -d names.d -T pgm --existing=skip

# a line comes out as soon as its item is complete
mkfifo in
ae-encode $m < in > live &
exec 3> in
cat "$d/0-0.png" >&3
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -s live ] && break
    sleep 0.5
done
[ "$(wc -l < live)" -eq 1 ]
exec 3>&-
wait

# what is wrong is named, and the rest done
echo text > bad.png
status 1 ae-encode $m bad.png "$d/0-0.png"
[ "$(wc -l < out)" -eq 1 ] && says bad.png
(head -n 1 z.jsonl && echo '{"z":[1,2]}' && sed -n 2p z.jsonl) > mixed
status 1 ae-decode $m mixed
[ "$("$pixels" out | wc -l)" -eq 2 ] && says "mixed: jsonl line 2: 2 numbers"
status 1 ae-decode $m /dev/null
says "is empty" && [ ! -s out ]
status 1 ae-decode $m "$d/0-0.png" three
status 2 ae-decode -m photo three
says "no code"
rc=0
ae-encode $m --format npy "$d/0-0.png" 2> err | cat > out || rc=$?
[ ! -s out ] && says "-o FILE"
status 2 ae-encode $m --stats "$d/0-0.png"
says "variance"
status 2 ae-encode "$d/0-0.png"
status 2 ae-latent twist three
status 1 ae-latent lerp --format tsv "$d/0-0.png"
