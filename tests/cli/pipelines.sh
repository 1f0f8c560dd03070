#!/bin/sh
# shellcheck disable=SC2086,SC2094
# The pipelines that users write, with other tools where they are installed.
set -eu
. "$AE_ROOT/tests/cli/expect"
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
mkdir models && cp net.safetensors models/photo.safetensors
# a small model in place of the photo model: these test plumbing, not quality
export AE_MODEL_PATH="$PWD/models"
s=$AE_ROOT/samples
clean="ae-denoise -m photo"
size() { "$BUILD/tests/tools/pixels" "$1" | cut -d ' ' -f 1,2; }
skipped=

ae-noise -n gauss:sigma=25 --seed 1 -T jpg < "$s/tulips.png" > noisy.jpg
$clean < noisy.jpg > clean.jpg
[ "$(size clean.jpg)" = "$(size noisy.jpg)" ]

if installed djpeg && installed cjpeg; then
    djpeg noisy.jpg | $clean | cjpeg -quality 92 > out.jpg
    [ "$(size out.jpg)" = "$(size noisy.jpg)" ]
else skipped="$skipped djpeg"; fi
if installed convert && installed cwebp; then
    convert noisy.jpg in.tif
    convert in.tif png:- | $clean -s 0.6 | cwebp -quiet -o out.webp -- -
    test -s out.webp
else skipped="$skipped convert cwebp"; fi
if installed ffmpeg; then
    ffmpeg -v error -f lavfi -i testsrc=size=64x48:rate=5:duration=1 clip.mp4
    ffmpeg -v error -i clip.mp4 -f image2pipe -c:v png - | $clean > frames
    [ "$("$BUILD/tests/tools/pixels" frames | wc -l)" -eq 5 ]
    ffmpeg -v error -f png_pipe -i frames out.mkv
    test -s out.mkv
else skipped="$skipped ffmpeg"; fi
for name in a b c; do
    printf 'P6 3 2 255 aaabbbcccdddeeefff' > $name.ppm
done
cat a.ppm b.ppm c.ppm | $clean > all.ppm
[ "$("$BUILD/tests/tools/pixels" all.ppm | wc -l)" -eq 3 ]
if installed pamsplit; then
    cat a.ppm b.ppm c.ppm | $clean | pamsplit - out%d.ppm 2> /dev/null
    test -s out2.ppm
else skipped="$skipped pamsplit"; fi

mkdir in && cp "$s/tree.png" in/one.png && cp "$s/house.png" in/two.png
find in -iname '*.png' -print0 | xargs -0 -n 200 -P 2 $clean -d out 2> err
[ "$(find out -name '*.png' | wc -l)" -eq 2 ]
if installed parallel; then
    cp noisy.jpg in/x.jpg && cp noisy.jpg in/y.jpg
    (cd in && printf '%s\n' *.jpg |
        parallel -X -j 2 --joblog log --resume $clean -q -d ../par -- \
            2> /dev/null)
    [ "$(find par -name '*.jpg' | wc -l)" -eq 2 ]
else skipped="$skipped parallel"; fi

# the second run finds all done but what was lost
find in -name '*.png' -print0 |
    $clean -q --files-from - -0 -d list -j 4 --existing=skip
[ "$(find list -name '*.png' | sort)" = "list/in/one.png
list/in/two.png" ]
cmp list/in/one.png out/one.png
rm list/in/two.png && touch -d 2020-01-01 list/in/one.png
find in -name '*.png' -print0 |
    $clean -q --files-from - -0 -d list -j 4 --existing=skip
cmp list/in/two.png out/two.png
[ "$(find list -type f -newermt 2020-01-02)" = list/in/two.png ]

if installed jq; then
    head -c 300 in/one.png > in/cut.png
    echo words > in/notes.txt
    $clean -q -r in -d logged --log-json - 2> said |
        jq -r 'select(.status=="failed").input' > failed
    [ "$(cat failed)" = in/cut.png ]
    rm in/cut.png in/notes.txt
else skipped="$skipped jq"; fi

# strength 0 shows that the noise comes through as it was added
ae-noise -n gauss:sigma=25 --seed 1 < "$s/tulips.png" | $clean -s 0 |
    ae-compare "$s/tulips.png" - --threshold 'psnr>19'
rc=0
ae-noise -n gauss:sigma=25 --seed 1 < "$s/tulips.png" | $clean -s 0 |
    ae-compare "$s/tulips.png" - --threshold 'psnr>28' > /dev/null 2>&1 ||
    rc=$?
[ $rc -eq 1 ]

mkdir photos && cp "$s/tree.png" "$s/house.png" "$s/forest.png" \
    "$s/palace.png" "$s/statue.png" "$s/elephants.png" photos
ae-train photos -m unet:c=4,b=1 -n gauss:sigma=5..50 -o m.safetensors \
    --steps 8 --batch 2 --patch 32 -q &&
    ae-denoise -m m.safetensors < "$s/tree.png" > y.png
[ "$(size y.png)" = "$(size "$s/tree.png")" ]
[ -z "$skipped" ] || { echo "not installed:$skipped"; exit 77; }
