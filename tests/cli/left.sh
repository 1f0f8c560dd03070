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
    cp "$s/digits/$i-1.png" in
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

# other commands don't speak of it
status 0 ae-noise -n gauss:sigma=0 -d out5 in/*.png
says '^4 done, 0 skipped'
