#!/bin/sh
# shellcheck disable=SC2086
# What surrounds a command decides nothing: the same bytes come out in locales
# with a decimal comma or with a dotless i, in another time zone, without HOME or
# with an empty one, and where TMPDIR isn't there; numbers have a point, as they
# are typed and as they are printed.
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors

# all DIR: one output of each kind
all() {
    mkdir "$1"
    cd "$1"
    ae-noise -n gauss:sigma=12.5 --seed 3 -o noisy.png "$s/digits/3-1.png"
    ae-denoise -q -s 0.75 -m ../net.safetensors --luma 0.5 -o clean.png noisy.png
    ae-compare --tsv noisy.png clean.png > compare
    ae-encode -m digits-ae "$s"/digits/1-*.png > codes.jsonl
    ae-encode -m digits-ae --format csv "$s"/digits/1-*.png > codes.csv
    ae-latent stats codes.csv > code.stats
    ae-decode -m digits-ae -T npy codes.jsonl > items.npy
    ae-score -m digits-ae --threshold 0.5 "$s"/digits/1-*.png > scores
    ae-info digits > info
    printf 'time,I\n1,0.5\n2,1.25\n3,0.75\n4,1.5\n' > table.csv
    ae-train -q -m dense:z=1 --loss l2 --lr 0.01 --val 0.3 --steps 5 \
        -o model table.csv
    ae-score -m model table.csv > rows
    if grep -E '[0-9],[0-9]' scores rows; then exit 1; fi
    cd ..
}
# same NAME SETTING...: all of it under these settings
same() {
    name=$1
    shift
    (
        for setting in "$@"; do
            case $setting in
            -*) unset "${setting#-}" ;;
            *) export "${setting?}" ;;
            esac
        done
        all "$name"
    )
    diff -r plain "$name"
    rm -r "$name"
}
all plain
same zone TZ=Pacific/Kiritimati
same nowhere HOME= TMPDIR="$PWD/none"
same homeless -HOME -TMPDIR HOME=/none
left=0
for locale in de_DE tr_TR; do
    mkdir -p locales
    if localedef -i $locale -f UTF-8 "locales/$locale.UTF-8" > log 2>&1; then
        same $locale LOCPATH="$PWD/locales" LC_ALL=$locale.UTF-8
    else
        left=$((left + 1))
    fi
done
[ $left -eq 0 ] || echo "left out: $left locales, which localedef can't make"
