#!/bin/sh
# ae-info says what a file is that any command reads: latents of each format,
# tables, text, idx, arrays, specs, aliases, models, what is gzipped, from files
# and from pipes; damage is named after what could be read.
set -eu
. "$AE_ROOT/tests/cli/expect"

# info LINE FILE - what is said of it; a pipe gives the same where the name
# shows nothing.
info() {
    status 0 ae-info "$2"
    [ "$(cat out)" = "$2: $1" ] || { cat out; echo "not: $1"; exit 1; }
}
piped() {
    info "$1" "$2"
    ae-info < "$2" > out
    [ "$(cat out)" = "stdin: $1" ] || { cat out; echo "piped, not: $1"; exit 1; }
}
digits=$AE_ROOT/samples/digits

for format in jsonl tsv csv fvecs f32 npy; do
    ae-encode -q -m digits-ae --format $format -o z.$format "$digits"
done
piped 'latents, jsonl, 100 of 32 numbers' z.jsonl
piped 'latents, tsv, 100 of 32 numbers' z.tsv
piped 'latents, csv, 100 of 32 numbers' z.csv
piped 'latents, fvecs, 100 of 32 numbers' z.fvecs
info 'floats without a header, 3200; latents, if a model says of how many numbers each' z.f32
piped 'npy image, 32 x 100, 1 channel, 32 bit float; or items or latents, 100 of 32 numbers' z.npy

# A pipe with a name is read only once, too.
{
    printf '\223NUMPY\001\000v\000%-117s\n' \
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2000, 500), }"
    head -c 4000000 /dev/zero
} > array.npy
mkfifo pipe.npy
cat array.npy > pipe.npy &
info 'npy image, 500 x 2000, 1 channel, 32 bit float; or items or latents, 2000 of 500 numbers' pipe.npy
wait

# An array of one axis holds no picture.
{
    printf '\223NUMPY\001\000v\000%-117s\n' \
        "{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }"
    head -c 28 /dev/zero
} > one.npy
piped 'array, 7 items of 1 x 1 x 1' one.npy

printf 'time,temp,state\n1,2.5,ok\n2,,on\n3,4,"a,b"\n' > t.csv
piped 'table, 3 rows of 3 columns: time, temp, state' t.csv
printf '1;2\n3;4\n' > plain
piped 'table, 2 rows of 2 columns' plain
# as ae-train tells them: rows of words are lines of text
printf 'a,b\n1,2' > unended
piped 'table, 1 row of 2 columns: a, b' unended
printf 'user,what\njob 7,start\njob 8,stop\n' > words
piped 'text, 3 lines' words
printf 'a\n1\n2\n' > one.CSV
info 'table, 2 rows of 1 column: a' one.CSV
cp one.CSV one.tab
info 'table, 2 rows of 1 column: a' one.tab
printf 'Jan 1 sshd: one\nJan 1 cron: two\n' > app.log
piped 'text, 2 lines' app.log
cp "$AE_ROOT/samples/digits-idx3-ubyte.gz" d.gz
cp "$AE_ROOT/samples/digits-idx1-ubyte.gz" l.gz
piped 'idx, 2000 items of 28 x 28 x 1' d.gz
piped 'idx labels, 2000' l.gz
gunzip -c d.gz > d
piped 'idx, 2000 items of 28 x 28 x 1' d
gzip -c "$digits/0-0.png" > p.gz
piped 'png image, 28 x 28, 1 channel, 8 bit' p.gz
gzip -c t.csv > t.csv.gz
piped 'table, 3 rows of 3 columns: time, temp, state' t.csv.gz

printf '# a comment\nae 1\nvar c=3 k=5\nx input c=3\nrepeat n=2\ny conv c=3\nend\noutput y\n' > n.ae
piped 'spec of a network, 2 nodes: c=3 k=5' n.ae
# a preset by its name, as its file
status 0 ae-info dense "$AE_ROOT/models/dense.ae"
[ "$(sed 's/^[^ ]* //' out | sort -u | wc -l)" -eq 1 ]
status 0 ae-info --layers dense
tail -n +2 out | cmp - "$AE_ROOT/models/dense.ae"
cp "$AE_ROOT/models/photo-best.alias" .
info 'alias of a model: photo ensemble=8' photo-best.alias
gzip -c "$AE_ROOT/models/digits-ae.safetensors" > m.gz
status 0 ae-info m.gz
grep -q '^m.gz: model$' out

status 0 ae-info --json z.jsonl t.csv
grep -qx '{"name":"z.jsonl","type":"latents","format":"jsonl","count":100,"shape":\[1,32,1\],"columns":""}' out
grep -qx '{"name":"t.csv","type":"table","format":"","count":3,"shape":\[1,3,1\],"columns":"time, temp, state"}' out
status 0 ae-info --json z.npy
grep -q '"type":"image",.*"axes":\[100,32\]}$' out

# Damage: what could be read, then the fault, the name once.
faulty() {
    status 1 ae-info "$3"
    grep -q "^$3: $1" out || { cat out err; exit 1; }
    says "^ae-info: $3: $2"
    if grep -q "$3: $3" err; then cat err; exit 1; fi
}
printf 'a\n\0\nb\n' > nul.log
faulty 'text, 2 lines' 'line 2 holds a NUL' nul.log
printf 'a,b\n1,2\n3\n4,5\n' > ragged.csv
faulty 'table, 2 rows' 'line 3' ragged.csv
head -n 5 z.jsonl > cut.jsonl
head -n 6 z.jsonl | tail -n 1 | head -c 30 >> cut.jsonl
faulty 'latents, jsonl, 5' 'jsonl line 6' cut.jsonl
head -c 1000 d > cut.idx
status 1 ae-info cut.idx
says '^ae-info: cut.idx: '
: > empty
fails 1 'empty: is empty' ae-info empty
# bytes without a control character aren't yet text; those of Latin-1 may be
head -c 500 d | tr '\000-\176' '\201-\377' > high
fails 1 'high: begins as no format that is known' ae-info high
[ "$(printf 'caf\351 au lait\n' | ae-info)" = 'stdin: text, 1 line' ]
# a name can say that it should be a model, never that a picture is one
printf 9 > cut.safetensors
fails 1 'cut.safetensors: has 1 bytes' ae-info cut.safetensors
[ "$(ae-info < cut.safetensors)" = 'stdin: text, 1 line' ]
cp "$AE_ROOT/samples/house.png" picture.safetensors
status 0 ae-info picture.safetensors
grep -q '^picture.safetensors: png image' out
printf '\001\002\003\004\005\006\007\377\000' > junk
fails 1 'junk: begins as no format that is known' ae-info junk
