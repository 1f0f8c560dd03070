#!/bin/sh
# What ae-train may write: never its data, nor what is no model; one run at a
# time; and what --resume does with a run that is complete or was killed.
set -eu
. "$AE_ROOT/tests/cli/expect"
awk 'BEGIN { print "time,x,y"
             for (i = 0; i < 60; i++) print i "," sin(i) "," cos(i) }' > t.csv
cp t.csv val.csv
seq 60 > labels
mkdir pics tables
cp "$AE_ROOT"/samples/digits/0-*.png pics
cp t.csv tables/a.csv
cp t.csv tables/b.csv
echo important > notes
train() { ae-train -q -m dense:z=1 --loss l2 --steps 5 "$@"; }
train -o m.st t.csv
mkdir kept
cp -R t.csv val.csv labels pics tables notes m.st kept

while read -r line; do
    # shellcheck disable=SC2086
    fails 2 'both input and output' ae-train -q --loss l2 --steps 5 $line
    for f in t.csv val.csv labels pics tables notes m.st; do
        diff -r $f kept/$f || { echo "$line: $f was written"; exit 1; }
    done
done << END
-m dense:z=1 -o t.csv t.csv
-m dense:z=1 -o ./t.csv t.csv
-m dense:z=1 -o x.st --metrics t.csv t.csv
-m dense:z=1 -o x.st --metrics t.csv --resume t.csv
-m dense:z=1 -o x.st --report t.csv t.csv
-m dense:z=1 -o val.csv --val val.csv t.csv
-m dense:z=1 -o x.st --metrics val.csv --val val.csv t.csv
-m dense:z=1 -o labels --labels labels t.csv
-m dense:z=1 -o x.st --report labels --labels labels t.csv
-m m.st -o m.st t.csv
-m m.st -o x.st --metrics m.st t.csv
-m dense:z=1 -o x.st --metrics pics/0-1.png pics
-m dense:z=1 -o pics/0-1.png pics
-m dense:z=1 -o x.st --input csv --metrics tables/b.csv tables
-m dense:z=1 -o x.st --noisy pics --report pics/0-0.png pics
-m dense:z=1 -o x.st --clean pics --report pics/0-0.png
END
while read -r line; do
    # shellcheck disable=SC2086
    fails 2 'two outputs' train $line t.csv
done << END
-o x.st --metrics x.st
-o x.st --report x.st
-o x.st --metrics x.st.ckpt
-o x.st --metrics x.html --report ./x.html
END
fails 2 'both input and output' ae-train --dump-data pics/0-1.png pics
fails 2 'both input and output' ae-train --dump-data pics/0-1.png:1M pics
cmp pics/0-1.png kept/pics/0-1.png
for where in '-o no/x' '-o x.st --metrics no/x' '-o x.st --report no/x'; do
    # shellcheck disable=SC2086
    fails 2 "no/x: its folder isn't there" train $where t.csv
done
[ ! -e x.st ]

# only a model or an empty file is replaced, by content
fails 2 "notes: isn't a model" train -o notes t.csv
cp notes x.st.ckpt
fails 2 "x.st.ckpt: isn't a model" train -o x.st t.csv
cmp notes kept/notes
cmp x.st.ckpt notes
rm x.st.ckpt
: > x.st
train -o x.st t.csv
cmp x.st m.st
train -o x.st --seed 1 t.csv
cmp -s x.st m.st && exit 1

# what a run writes into its folder of data isn't data
for again in 1 2; do
    train -o pics/m.st --metrics pics/m.csv --report pics/m.html pics
    [ $again ]
done
rm pics/m.st pics/m.csv pics/m.html

# a complete run is left alone
train -o done.st --metrics done.csv t.csv
cp done.st was.st
cp done.csv was.csv
ae-train -m dense:z=1 --loss l2 --steps 5 -o done.st --metrics done.csv \
    --resume t.csv 2> err
says 'done.st is complete: nothing to do'
ae-train -m dense:z=1 --loss l2 --steps 9 -o done.st --metrics done.csv \
    --resume t.csv 2> err
says 'complete with 5 steps; --model done.st goes on'
cmp done.st was.st
cmp done.csv was.csv
fails 2 'done.st: --lr is 0.5 now' train --lr 0.5 -o done.st --resume t.csv
fails 2 'done.st: the data are not those' train -o done.st --resume val.csv \
    t.csv
cmp done.st was.st
train -o new.st --resume t.csv
cmp new.st was.st

# a second run into one output waits for nobody
ae-train -q -m dense:z=1 --loss l2 --steps 1000000000 -o long.st t.csv &
pid=$!
i=0
while [ ! -e .long.st.ae-run ] && [ $i -lt 200 ]; do
    sleep 0.05
    i=$((i + 1))
done
fails 2 'long.st: another run is writing it' train -o long.st t.csv
fails 2 'long.st: another run is writing it' train -o ./long.st --resume t.csv
# a killed run's lock ends with it; its model isn't a complete one
i=0
while [ ! -e long.st ] && [ $i -lt 200 ]; do
    sleep 0.05
    i=$((i + 1))
done
kill -9 $pid
wait $pid 2> /dev/null || :
rm -f long.st.ckpt
: > .long.st.ckpt.ae-0.tmp
ae-train -m dense:z=1 --loss l2 --steps 5 -o long.st --resume t.csv 2> err
says 'starting anew'
cmp long.st m.st
# neither its lock stays, nor a checkpoint that it was writing
[ -z "$(find . -name '.?*')" ]
