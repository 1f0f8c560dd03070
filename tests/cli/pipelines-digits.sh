#!/bin/sh
# What users write around codes: pipelines with other tools, each skipped where
# its tool isn't installed, by a model of a few seconds under the name digits.
set -eu
. "$AE_ROOT/tests/cli/expect"
size() { "$BUILD/tests/tools/pixels" "$1" | cut -d ' ' -f 1,2; }
pictures() { "$BUILD/tests/tools/pixels" "$1" | wc -l; }
skipped=
mkdir models
ae-train "$AE_ROOT/samples/digits-idx3-ubyte.gz" -m vae:z=4,h=64 \
    --loss bernoulli --steps 60 -o models/digits.safetensors -q
export AE_MODEL_PATH="$PWD/models"
cp "$AE_ROOT"/samples/digits/*.png .
cp 3-1.png a.png && cp 7-1.png b.png

# the contract's
if installed jq; then
    ae-encode -m digits ./*.png --format jsonl | jq -c 'select(.z[0]>0)' |
        ae-decode -m digits -d out
    n=$(ae-encode -m digits ./*.png --format csv | awk -F , \
        'NR > 1 && $2 > 0 { n++ } END { print n }')
    [ "$n" -gt 0 ] && [ "$(find out -name '*.png' | wc -l)" -eq "$n" ]
else skipped="$skipped jq"; fi
ae-encode -m digits ./*.png -o z.npy
[ "$(ae-encode -m digits ./*.png --format tsv | sort -k2,2g | head -1 |
    wc -w)" -eq 5 ]
ae-encode -m digits a.png b.png | ae-latent slerp -n 30 | ae-decode -m digits \
    > walk
[ "$(pictures walk)" -eq 30 ] && [ "$(size walk | sort -u)" = "28 28" ]
if installed ffmpeg; then
    ffmpeg -v error -f png_pipe -i walk walk.mp4 && test -s walk.mp4
else skipped="$skipped ffmpeg"; fi
ae-sample -m digits -n 64 --seed 7 --grid 8x8 > page
[ "$(size page)" = "224 224" ]
ae-sample -m digits -n 1000000 --shard 3/16 --latents --format f32 > z.f32
[ "$(wc -c < z.f32)" -eq $((62500 * 4 * 4)) ]

# NumPy and pandas: arrays and tables, and back
py=
for p in python3 /usr/bin/python3; do
    if $p -c 'import numpy' 2> /dev/null; then py=$p && break; fi
done
ae-encode -m digits ./*.png -o z.csv
if [ "$py" ]; then
    [ "$($py -c 'import numpy as np; print(np.load("z.npy").shape)')" = \
        "(102, 4)" ]
    $py -c 'import numpy as np
np.save("mean.npy", np.load("z.npy").mean(0, keepdims=True))'
    ae-decode -m digits mean.npy > mean.pic
    ae-latent mean z.npy | ae-decode -m digits > same.pic
    ae-compare mean.pic same.pic --threshold 'max<2' > /dev/null
    ae-sample -m digits -n 10 -T npy -o x.npy
    ae-decode -m digits -T npy -o y.npy z.npy
    [ "$($py -c 'import numpy as np
print(np.load("x.npy").shape, np.load("y.npy").shape)')" = \
        "(10, 28, 28) (102, 28, 28)" ]
else skipped="$skipped numpy"; fi
if [ "$py" ] && $py -c 'import pandas' 2> /dev/null; then
    $py -c 'import pandas as pd
z = pd.read_csv("z.csv", index_col="name")
z.nlargest(5, "z0").to_csv("top.csv")
assert len(z.corr()) == 4'
    ae-decode -m digits -d top top.csv
    [ "$(find top -name '*.png' | wc -l)" -eq 5 ]
else skipped="$skipped pandas"; fi

# jq and sqlite
if installed jq; then
    ae-encode -m digits ./*.png | jq -r '[.name, .z[0]] | @tsv' |
        sort -k2,2g | tail -n 5 | cut -f 1 > names
    [ "$(wc -l < names)" -eq 5 ]
fi
if installed sqlite3; then
    sqlite3 z.db '.import --csv z.csv codes' \
        'select name from codes order by z0 + 0 desc limit 5' > best
    [ "$(sort -t , -k 2,2gr z.csv | head -n 5 | cut -d , -f 1)" = \
        "$(cat best)" ]
    sqlite3 -csv -header z.db 'select * from codes where z0 + 0 > 0' |
        ae-decode -m digits -d kept
    [ "$(find kept -name '*.png' | wc -l)" -gt 0 ]
else skipped="$skipped sqlite3"; fi
[ -z "$skipped" ] || { echo "not installed:$skipped"; exit 77; }
