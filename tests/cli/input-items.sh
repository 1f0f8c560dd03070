#!/bin/sh
# shellcheck disable=SC2086
# Which files the commands that read items take: lists, globs, depth; shards of
# ae-encode, ae-score and ae-denoise on arrays, which one after another are what
# one run makes.
set -eu
. "$AE_ROOT/tests/cli/expect"
d=$AE_ROOT/samples/digits
m='-q -m digits-ae'
is() { [ "$2" = "$1" ] || { echo "'$2', not '$1'"; exit 1; }; }
mkdir -p in/a/b
cp "$d"/?-0.png in
cp "$d/0-1.png" in/a/one.png
cp "$d/0-2.png" in/a/b/two.png
cat "$d/0-3.png" "$d/0-4.png" > in/a/both.png
cp "$d/0-5.png" last.png
echo no > in/a/no.txt

# names OPTION... - the names of what is encoded, of the folder unless one of
# them is a list.
names() { ae-encode $m --format tsv "$@" | cut -f 1 | tr '\n' ' '; }
is 'in/a/b/two.png in/a/both.png in/a/both.png#1 in/a/one.png ' \
    "$(names in/a)"
is 'in/a/both.png in/a/both.png#1 in/a/one.png ' "$(names in/a --depth 1)"
is 'in/a/b/two.png in/a/one.png ' "$(names in/a --exclude 'both*')"
is 'in/a/b/two.png in/a/one.png ' \
    "$(names in --include 'a/*.png' --include 'a/b/*' --exclude both.png)"
is 'in/0-0.png last.png ' "$(names in last.png --exclude a --exclude '[1-9]*')"
printf 'in/a/one.png\nlast.png\n' > list
is 'in/1-0.png in/a/one.png last.png ' "$(names in/1-0.png --files-from list)"
is '' "$(names --files-from /dev/null < last.png)"
printf 'in/a\0last.png' | names --files-from - -0 --depth 1 > out
is 'in/a/both.png in/a/both.png#1 in/a/one.png last.png ' "$(cat out)"
status 1 ae-score -m digits-ae last.png none.png --include 'n*'
says 'none.png: No such file'

# score and train see the same
is 'name in/a/b/two.png in/a/one.png ' \
    "$(ae-score $m in/a --exclude 'both*' | cut -f 1 | tr '\n' ' ')"
train() { ae-train -q -m dense:z=2 --steps 3 --batch 4 "$@"; }
train in -o globs.st --exclude both.png --depth 2 --include '*.png' \
    --exclude two.png
mkdir bare
cp -R in/?-0.png bare
mkdir bare/a
cp in/a/one.png bare/a
train bare -o bare.st
cmp globs.st bare.st
find bare -name '?-0.png' -print0 | sort -z |
    train -o found.st --files-from - -0
train bare/?-0.png -o named.st
cmp found.st named.st
fails 2 'both input and output' train in -o in/0-0.png

# ------------------------------------------------------------------ shards
# whole, and in parts by which each file is read once
# parts N COMMAND... - what the shards print, one after another.
parts() {
    of=$1
    shift
    i=0
    while [ $((i += 1)) -le "$of" ]; do "$@" --shard $i/"$of" || exit; done
}
{
    for format in tsv csv jsonl f32; do
        ae-encode $m --format $format in last.png in/a > whole
        for n in 1 2 3 5 20; do
            parts $n ae-encode $m --format $format in last.png in/a |
                cmp - whole
        done
    done
    ae-encode $m --format csv in > whole
    [ "$(head -n 1 whole | cut -d , -f 1,2)" = name,z0 ]
    ae-score $m in last.png > whole
    parts 4 ae-score $m in last.png | cmp - whole
    ae-score $m --json in > whole
    parts 3 ae-score $m --json in | cmp - whole
    ae-score $m in --shard 1/4 > first
    is "$(sed -n '2,5p' whole | wc -l)" "$(sed 1d first | wc -l)"
    # with globs, of what they leave
    ae-encode $m in --exclude 'both*' --depth 2 > whole
    parts 3 ae-encode $m in --exclude 'both*' --depth 2 | cmp - whole
    # a file that can't be read fails in its shard alone
    rc=0
    (parts 2 ae-encode $m in/0-0.png none.png) > out 2> err || rc=$?
    is 1 $rc
    says 'none.png: No such file'
    is 1 "$(wc -l < out)"
    ae-sample -m digits -n 5 --latents --format csv > whole
    parts 3 ae-sample -m digits -n 5 --latents --format csv | cmp - whole
}
# no items are codes and scores, too: what others would follow
mkdir none
for format in csv npy jsonl; do
    status 0 ae-encode $m --format $format -o none.$format none
    ae-encode $m --format $format -o one.$format in/0-0.png
done
for format in npy jsonl; do
    cat none.$format one.$format > both.$format
    status 0 ae-decode $m -d both-$format both.$format
    is 1 "$(find both-$format -type f | wc -l)"
done
[ "$(head -n 1 one.csv)" = "$(cat none.csv)" ]
[ "$(ae-score $m none)" = "$(printf 'name\tscore')" ]
fails 1 'No such file' ae-encode $m -o failed.csv none.png
[ ! -e failed.csv ] && [ ! -s out ]
fails 1 'No such file' ae-score $m none.png
[ ! -s out ]
fails 2 'exclude each other' ae-encode -m digits --draw --shard 1/2 in
fails 2 '--shard divides files' ae-encode -m digits-ae --rows 1:2 --shard 1/2 in
fails 2 'are of all' ae-score -m digits-ae --summary --shard 1/2 in
fails 2 'are of all' ae-score -m digits-ae --contamination 0.1 --shard 1/2 in

# arrays
ae-sample -q -m digits -n 4 -T npy -o x.npy
mkdir npy
for i in 1 2 3; do cp x.npy npy/$i.npy; done
ae-train -q -m dense:z=2 --steps 2 --batch 4 x.npy -o arrays.st
ae-denoise -q -m arrays.st npy -o all.npy
for i in 1 2; do ae-denoise -q -m arrays.st npy -o $i.npy --shard $i/2; done
tail -c +129 all.npy > all.f32
for i in 1 2; do tail -c +129 $i.npy; done | cmp - all.f32

# ae-info and ae-decode read lists, too
printf 'in/0-0.png\nin/1-0.png\n' > two
ae-info --files-from two > out
ae-info in/0-0.png in/1-0.png | cmp - out
{
    ae-encode $m in/0-0.png > a.jsonl
    ae-encode $m in/1-0.png > b.jsonl
    printf 'b.jsonl\0' | ae-decode $m a.jsonl --files-from - -0 > out
    cat a.jsonl b.jsonl | ae-decode $m | cmp - out
    ae-decode $m --files-from /dev/null < a.jsonl > out
    [ ! -s out ]
}
