#!/bin/sh
# Every preset builds, saves and loads at the sizes of small pictures, series
# and photographs; models that hold for any size run on a picture.  Models and
# aliases are found by name.
set -eu
. "$AE_ROOT/tests/cli/expect"

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

# By name: where it leads, and all there are, each once, the first found.
fails 1 'other: there is no such model.*compiled in' ae-info other
export AE_MODEL_PATH=nowhere:shelf XDG_DATA_HOME="$PWD/data"
status 0 ae-info mine
grep -q '^mine: model, shelf/mine.safetensors$' out
status 0 ae-info --json mine
grep -q '^{"name":"mine","place":"shelf/mine.safetensors","type":"model",' out
mkdir -p data/ae/models
cp shelf/mine.safetensors data/ae/models/mine.safetensors
cp shelf/mine.safetensors data/ae/models/second.safetensors
cp shelf/mine.safetensors data/ae/models/digits.safetensors
: > data/ae/models/notes.txt
status 0 ae-info --list
cp out list
tab=$(printf '\t')
[ "$(grep -c "^mine$tab" list)" = 1 ]
grep -qx "mine${tab}shelf/mine.safetensors" list
grep -qx "second$tab$PWD/data/ae/models/second.safetensors" list
grep -qx "digits$tab$PWD/data/ae/models/digits.safetensors" list
grep -qx "photo$tab.*" list
if grep -q notes list; then exit 1; fi
status 0 ae-info --list --json
[ "$(wc -l < out)" -eq "$(wc -l < list)" ]
grep -qx '{"type":"model","name":"mine","place":"shelf/mine.safetensors"}' out
grep -q '"name":"photo-best",.*,"alias":"photo ensemble=8"}$' out
fails 2 'list' ae-info --list mine

# How a model was trained, and where a run that was stopped stands: for eyes.
status 0 ae-info digits-ae
grep -q '^  train   step [0-9]* of [0-9]*; 58845 examples, 1155 held out; l2 0\.00' out
grep -q '^  with    input=auto .*' out
awk 'length > 79 { print; exit 1 }' out
if grep -q '[{}]' out; then cat out; exit 1; fi
ae-train -q -m dense:h=4 --loss l2 --steps 1000000 --time-limit 0.3s -o run.st \
    "$AE_ROOT/samples/digits"
status 0 ae-info run.st.ckpt
grep -q '^  state   checkpoint of a run, step [0-9]* of 1000000$' out
grep -q ' loss=l2 ' out
status 0 ae-info --json run.st.ckpt
grep -q '"type":"checkpoint"' out

# An alias is its model, used as it says unless the user says otherwise.
picture=$AE_ROOT/samples/gray-tree.png
ae-denoise -m mine --sigma 5 --ensemble=2 "$picture" > two.png
ae-denoise -m mine --sigma 5 "$picture" > one.png
if cmp -s one.png two.png; then exit 1; fi
printf '# what it is for\n\n  mine ensemble=2 \r\n' > shelf/pair.alias
ae-denoise -m pair --sigma 5 "$picture" | cmp - two.png
ae-denoise -m ./shelf/pair.alias --sigma 5 "$picture" | cmp - two.png
ae-denoise -m pair --ensemble=1 --sigma 5 "$picture" | cmp - one.png
echo 'mine' > shelf/plain.alias
ae-denoise -m plain --sigma 5 "$picture" | cmp - one.png
# A model goes before an alias, which may have the name of one further on.
cp shelf/pair.alias shelf/mine.alias
ae-denoise -m mine --sigma 5 "$picture" | cmp - one.png
echo 'second ensemble=2' > shelf/second.alias
ae-denoise -m second --sigma 5 "$picture" | cmp - two.png
status 0 ae-info --list
grep -qx "second${tab}shelf/second.alias${tab}second ensemble=2" out
status 0 ae-info second
grep -q '^second: model, shelf/second.alias, alias of second ensemble=2$' out

# Those that are none.
bad() {
    printf '%b' "$1" > shelf/bad.alias
    fails 2 "shelf/bad.alias: .*$2" ae-denoise -m bad --sigma 5 "$picture"
    [ ! -s out ]
}
bad '' 'empty'
bad '# only words\n' 'empty'
bad 'mine\nmine\n' 'second line'
bad 'mine strength=1\n' "unknown key 'strength'"
bad 'mine ensemble=3\n' 'ensemble'
bad 'mine ensemble=2 ensemble=2\n' 'ensemble'
bad 'ensemble=2\n' "not a model's name"
bad './one.safetensors\n' "not a model's name"
bad 'pair\n' 'pair: there is no such model'
bad 'bad\n' 'bad: there is no such model'
bad 'mi\0ne\n' 'zero byte'
{ echo mine; head -c 5000 /dev/zero | tr '\0' '#'; } > shelf/bad.alias
fails 2 'shelf/bad.alias: ' ae-denoise -m bad --sigma 5 "$picture"
# ... which don't hide the others.
fails 1 'shelf/bad.alias: ' ae-info --list
grep -q "^photo$tab" out
rm shelf/bad.alias
unset AE_MODEL_PATH

# Each file of models/ is compiled in, and told of.
for file in "$AE_ROOT"/models/*.safetensors "$AE_ROOT"/models/*.alias; do
    name=${file##*/}
    name=${name%.*}
    XDG_DATA_HOME=/nowhere ae-info --list | grep -q "^$name$tab" ||
        { echo "$name isn't found"; exit 1; }
    grep -q "^| $name |" "$AE_ROOT/models/README.md" ||
        { echo "models/README.md doesn't tell of $name"; exit 1; }
done
sh "$AE_ROOT/lib/model/embed.sh" "$AE_ROOT/models/unet.ae" \
    shelf/mine.safetensors shelf/pair.alias > tables.c
awk '/ae_embedded_[a-z]*\[\]/ { table = $4 } /^    .".*,$/ { print table, $1 }' \
    tables.c > rows
cmp - rows <<'END'
ae_embedded_specs[] {"unet",
ae_embedded_models[] {"mine",
ae_embedded_aliases[] {"pair",
END
ae-denoise -m photo-best --sigma 25 "$picture" > best.png
ae-denoise -m photo --ensemble=8 --sigma 25 "$picture" | cmp - best.png
