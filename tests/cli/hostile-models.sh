#!/bin/sh
# Every hostile model file of the corpus is refused with a reason, and ae-denoise
# leaves no output behind.  On a pipe, where no name says what it should be,
# ae-info may find something else in it: a byte 9 is a line of text.
set -eu

if [ ! -f "${AE_SHARED:-}/corpus/manifest.tsv" ]; then
    echo "AE_SHARED holds no corpus"
    exit 77
fi
corpus=$AE_SHARED/corpus
count=0

# Status 1 or 2, and a word.
refused() {
    [ "$1" = 1 ] || [ "$1" = 2 ] || { echo "$file: status $1"; exit 1; }
    [ -s err ] || { echo "$file: no message"; exit 1; }
    [ ! -s out ] || { echo "$file: an output"; exit 1; }
}

# The same, or a line that names another kind.
nameless() {
    if grep ': text, \|: latents, fvecs, ' out; then
        : > out
        [ "$1" != 0 ] || return 0
    fi
    refused "$1"
}

awk -F '\t' '$1 ~ /[.]safetensors$/ { print $1 }' "$corpus/manifest.tsv" \
    > files
while read -r file; do
    status=0
    timeout 20 ae-info "$corpus/$file" > out 2> err || status=$?
    refused "$status"
    status=0
    dd if="$corpus/$file" 2> dd.err | timeout 20 ae-info > out 2> err || status=$?
    nameless "$status"
    status=0
    timeout 20 ae-denoise -m "$corpus/$file" -o out.png \
        "$AE_ROOT/samples/gray-tree.png" > out 2> err || status=$?
    refused "$status"
    [ ! -e out.png ] || { echo "$file: ae-denoise left a file"; exit 1; }
    count=$((count + 1))
done < files
[ "$count" -gt 50 ]
echo "$count hostile models refused"
