#!/bin/sh
# Every preset builds, saves and loads at the sizes of small pictures, series
# and photographs; models that hold for any size run on a picture.
set -eu

saves() {
    newmodel "$1" one.safetensors
    ae-info --json one.safetensors > whole.json 2> err
    [ ! -s err ] || { cat err; exit 1; }
    ae-info --json < one.safetensors |
        sed 's/"name":"stdin"/"name":"one.safetensors"/' > pipe.json
    cmp whole.json pipe.json
    grep -q '"macs_per_pixel":[1-9]' whole.json
    ae-info --layers one.safetensors | grep -q '^  layer '
    # A byte in the middle and one missing are noticed.
    size=$(($(wc -c < one.safetensors)))
    head -c $((size - 1)) one.safetensors > cut.safetensors
    if ae-info cut.safetensors > out 2> err; then exit 1; fi
    grep -q 'cut.safetensors: .*ends after' err && [ ! -s out ]
    {
        head -c $((size - 3)) one.safetensors
        tail -c 3 one.safetensors | tr '\000-\377' '\001-\377\000'
    } > flipped.safetensors
    if ae-info flipped.safetensors > out 2> err; then exit 1; fi
    grep -q 'flipped.safetensors: ' err && [ ! -s out ]
}

for spec in "$AE_ROOT"/models/*.ae; do
    name=${spec##*/}
    name=${name%.ae}
    for vars in '' rows=1,cols=140 rows=7,cols=5 rows=1,cols=1; do
        case $name$vars in
        unet?*) continue ;;
        esac
        saves "$name${vars:+:$vars}"
    done
    saves "$spec"
done

saves unet:c=4,b=1
ae-denoise -m one.safetensors --sigma 5 < "$AE_ROOT/samples/gray-tree.png" |
    ae-info --json > out
grep -q '"type":"image"' out

# The lookup of names, and a miss that lists the places.
mkdir shelf
mv one.safetensors shelf/mine.safetensors
AE_MODEL_PATH=nowhere:shelf ae-denoise -m mine --sigma 5 \
    < "$AE_ROOT/samples/gray-tree.png" > out.png
status=0
AE_MODEL_PATH=nowhere:shelf ae-denoise -m other --sigma 5 \
    < "$AE_ROOT/samples/gray-tree.png" > out.png 2> err || status=$?
[ "$status" = 2 ] && [ ! -s out.png ]
grep -q 'other: there is no such model.* nowhere, shelf, .*compiled in' err
