#!/bin/sh
# ae-denoise says when a picture came out as it went in: a note for one, a
# count for several, and by file with -v, with the level of noise that was
# found.  Small pictures are done together, and told of alike.
set -eu
. "$AE_ROOT/tests/cli/expect"
newmodel unet:c=4,b=1 net.safetensors 1 optional
s=$AE_ROOT/samples
mkdir in
# three small ones, one large one
for i in 1 2 3; do
    ae-noise -q -n gauss:sigma=9 -o "in/$i-1.png" "$s/digits/$i-1.png"
done
cp "$s/house.png" in
plainly() { ae-denoise -m net.safetensors "$@"; }
hardly() { plainly -s 0.0001 "$@"; }

status 0 hardly -o a.png in/1-1.png
says '^ae-denoise: in/1-1.png: left as it was: noise of [0-9.]*$'
status 0 hardly -q -o a.png in/1-1.png
[ ! -s err ]
status 0 plainly -o a.png in/1-1.png
[ ! -s err ]
# who asks for nothing is told nothing
status 0 plainly -s 0 -o a.png in/1-1.png
[ ! -s err ]

# a stream
cat in/*.png > three
hardly -T ppm < three > out 2> err
says '^ae-denoise: 4 of 4 images left as they were$'
plainly -T ppm < three > out 2> err
[ ! -s err ]

# a folder
status 0 hardly -d out1 in/*.png
says '^4 done, 4 left as they were, 0 skipped, 0 passed over, 0 failed$'
status 0 plainly -d out2 in/*.png
says '^4 done, 0 skipped, 0 passed over, 0 failed$'
status 0 hardly -v -d out3 in/*.png
[ "$(grep -c '^ae-denoise: in/.*png: noise of [0-9.]*, left as it was$' err)" -eq 4 ]
status 0 plainly -v -d out4 in/*.png
[ "$(grep -c '^ae-denoise: in/.*png: noise of [0-9.]*$' err)" -eq 4 ]

# alone or together, the level is the same
for f in in/*.png; do
    plainly -v -o /dev/null "$f" 2>&1 | grep 'noise of'
done > alone
grep 'noise of' err | cmp - alone

# A drawn picture is left unless the level is given, alone, in a stream, in a
# folder, in pieces; and it says why.
awk 'BEGIN { printf "P5\n28 28\n255\n"; for (i = 0; i < 784; i++)
    printf "%c", i * i * i % 11 < 5 ? 66 : 33 }' > two.pgm
status 0 plainly two.pgm
cmp out two.pgm
says '^ae-denoise: two.pgm: left as it was: only two colours; give --sigma'
status 0 plainly -v two.pgm
says '^ae-denoise: two.pgm: only two colours, left as it was$'
status 0 plainly --sigma 20 two.pgm
! cmp -s out two.pgm || exit 1
[ ! -s err ]
plainly in/1-1.png -T pgm > one.pgm
cat two.pgm one.pgm two.pgm > three
plainly < three > out 2> err
says '^ae-denoise: 2 of 3 images left as they were$'
plainly one.pgm > mid
cat two.pgm mid two.pgm | cmp - out
mkdir some
cp two.pgm some
cp one.pgm some/one.pgm
cp two.pgm some/three.pgm
status 0 plainly -d out6 some/*
says '^3 done, 2 left as they were, 0 skipped'
cmp out6/two.pgm two.pgm
cmp out6/three.pgm two.pgm
cmp out6/one.pgm mid

# larger than a batch's pictures, in pieces, cut, shown
awk 'BEGIN { printf "P6\n300 280\n255\n"; for (y = 0; y < 280; y++)
    for (x = 0; x < 300; x++) { v = 33 + 90 * ((x * x + y * y * y) % 7 < 3)
        printf "%c%c%c", v, v, 33 } }' > large.ppm
for more in '' '--tile 64' '-t 3' '--mask large.ppm'; do
    # shellcheck disable=SC2086
    plainly $more large.ppm > out 2> err
    cmp out large.ppm
done
plainly --crop 100x90+20+30 --preview show.ppm large.ppm > cut.ppm 2> err
ae-denoise -s 0 --crop 100x90+20+30 large.ppm | cmp - cut.ppm
[ -s show.ppm ]

# other commands don't speak of it
status 0 ae-noise -n gauss:sigma=0 -d out5 in/*.png
says '^4 done, 0 skipped'
