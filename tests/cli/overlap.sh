#!/bin/sh
# Files at once: the bytes, the messages, their order, the log and the counts
# of one after another, for any -j; with faults, notes, pages, metadata behind
# the picture and pictures that only just fit the memory among them.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
s=$AE_ROOT/samples
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
d() { ae-denoise -m net.safetensors "$@"; }

mkdir -p in/sub
for i in 1 2 3; do
    picture $((300 + i)) 280 P6 > in/a$i.ppm
done
picture 290 270 P5 > in/b1.pgm
d -q -s 0 -T jpg -o in/b2.jpg in/a1.ppm
d -q -s 0 -T png -o in/b3.png in/a2.ppm
for i in 1 2 3; do
    cp "$s/digits/$i-1.png" in/sub/$i.png
done
cp in/b3.png in/sub/z.png
head -c 9000 in/b3.png > in/c1.png                    # bad
head -c 30000 in/a1.ppm > in/c2.ppm
cat in/a1.ppm in/b3.png > in/d1.ppm                   # two pictures
cat in/b3.png "$s/house.png" > in/d2.png
{ cat in/b3.png; echo words; } > in/e1.png            # notes
head -c 20 in/b3.png > in/e2.png
echo words > in/readme.txt
gzip -c in/a3.ppm > in/f.ppm.gz

# 0 is 3; a second build, for sanitizers, sees one after another and at once
jobs='1 0 2 5'
[ -z "${AE_SANITIZER:-}" ] || jobs='1 5'
# same NAME OPTION... - as the outputs, messages and log of -j 1
same() {
    name=$1
    shift
    for j in $jobs; do
        rm -rf out log said
        rc=0
        "$@" -j "$j" -v -r in -d out --log-json log 2> said || rc=$?
        sed -i 's/[0-9.]* ms$/ms/' said
        sed -i 's/"ms":[0-9.]*/"ms":0/' log
        if [ "$j" = 1 ]; then
            rm -rf one
            mkdir one
            mv out log said one
            first=$rc
            [ "$(grep -c '"failed"' one/log)" -gt 0 ]
            continue
        fi
        [ $rc -eq "$first" ]
        if ! diff -r out one/out || ! cmp log one/log || ! cmp said one/said
        then
            echo "$name: -j $j"
            exit 1
        fi
    done
}
same net d
same copy d -s 0
same noise ae-noise -n gauss:sigma=9 --seed 3
same tiff d -s 0 -T tiff --strip
same salvage d --salvage -s 0.5
same narrow d --memory 24M

rm -rf out
# the least memory of one picture is enough for many
picture 4000 40 P6 > wide.ppm
need=$(d -o /dev/null --memory 1M wide.ppm 2>&1 |
    sed -n 's/.* needs \([0-9]*M\) of --memory at least$/\1/p')
for i in 1 2 3 4; do cp wide.ppm wide$i.ppm; done
status 0 d --memory "$need" -d wide-out wide1.ppm wide2.ppm wide3.ppm wide4.ppm
status 0 d --memory "$need" -j 1 -d wide-one wide1.ppm wide2.ppm wide3.ppm \
    wide4.ppm
diff -r wide-out wide-one

# what stands is left, what fails first ends it
status 1 d -j 4 --fail-fast -d fast in/c1.png in/a1.ppm in/a2.ppm
[ ! -e fast/a1.ppm ]
status 0 d -j 4 --existing=skip -d wide-out wide1.ppm wide2.ppm wide3.ppm
says '^0 done, 3 skipped'
fails 2 'outside' d -j 33 -d no wide1.ppm
fails 2 'outside' d -j -1 -d no wide1.ppm
