#!/bin/sh
# --watch: what is there first, then what is written, moved in, or lies in a
# folder that arrives; never hidden files, its own outputs or a file twice; the
# end by a signal, with the summary and a status by what failed.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/background"
[ -e /proc/sys/fs/inotify ] || { echo "needs inotify"; exit 77; }
s=$AE_ROOT/samples
newmodel unet:c=4,b=1 net.safetensors

# start OPTION... - watches the folder in, into the folder in/out.
start() {
    ae-denoise -m net.safetensors -v --watch --log-json log -d in/out "$@" \
        2> err &
    run=$!
}

# comes FILE - waits until it is there; never longer than it runs.
comes() {
    while [ ! -e "$1" ]; do
        kill -0 $run 2> /dev/null || { echo "$1 never came"; cat err; exit 1; }
        sleep 0.05
    done
}

# summed WANT SUMMARY - ends by a signal, with these words as its last line.
summed() {
    ends "$1"
    tail -n 1 err | grep -q "^$2$" || { cat err; exit 1; }
}

mkdir -p in/sub
cp "$s/digits/1-1.png" in/first.png
cp "$s/digits/1-1.png" in/.being-written.png
cp "$s/digits/1-1.png" in/sub/below.png
: > log
start -r in
comes in/out/first.png
comes in/out/sub/below.png
cp "$s/digits/2-1.png" in/written.png
comes in/out/written.png
cp "$s/digits/2-2.png" in/.part.png              # hidden, then moved
mv in/.part.png in/moved.png
comes in/out/moved.png
mkdir aside
cp "$s/digits/3-1.png" aside/x.png
mv aside in/arrived                              # a folder of them
comes in/out/arrived/x.png
cp "$s/digits/3-2.png" in/arrived/later.png
comes in/out/arrived/later.png
mv in/arrived gone                               # and away: nobody's business
cp "$s/digits/3-3.png" gone/unseen.png
mkdir in/new
cp "$s/digits/4-1.png" in/new/deep.png
comes in/out/new/deep.png
: >> in/first.png                                # closed as it was
head -c 60 "$s/tree.png" > in/broken.png
lines log 8
cp "$s/digits/5-1.png" in/last.png
comes in/out/last.png
lines log 9
summed 1 '8 done.*, 0 skipped, 0 passed over, 1 failed'
[ "$(wc -l < log)" -eq 9 ]
[ "$(find in/out -type f | wc -l)" -eq 8 ]
[ ! -e in/out/out ]
grep -q '^ae-denoise: in/broken.png: ' err
[ -z "$(find . -name '*.tmp')" ]

# not below without -r; again under its name; nothing failed
rm -rf in/out in/broken.png
: > log
start --existing=overwrite in
comes in/out/last.png
cp "$s/digits/6-1.png" in/sub/unseen.png
cp "$s/digits/7-1.png" in/first.png
while cmp -s in/out/first.png made 2> /dev/null || [ ! -e in/out/first.png ] ||
    [ "$(grep -c in/first.png log)" -lt 2 ]; do
    kill -0 $run || exit 1
    sleep 0.05
done
summed 0 '5 done.*, 0 skipped, 0 passed over, 0 failed'
[ ! -e in/out/sub ]
ae-denoise -q -m net.safetensors -o made.png in/first.png
cmp made.png in/out/first.png

# what went away is forgotten: a file that comes back is done again, and
# another may have its output
rm -rf in/out
: > log
start --existing=overwrite -T pgm -r in
comes in/out/last.pgm
lines log 7
mv in/first.png first.png
mv in/sub apart
cp "$s/digits/9-1.png" in/after.png
lines log 8
mv first.png in
mv apart in/sub
lines log 11
[ "$(grep -c in/first.png log)" -eq 2 ]
[ "$(grep -c in/sub/below.png log)" -eq 2 ]
rm in/after.png
ae-noise -q -n gauss -o in/after.pgm "$s/digits/9-2.png"
lines log 12
rm in/after.pgm in/sub/*
cp "$s/digits/9-3.png" in/end.png
lines log 13
summed 0 '13 done.*, 0 skipped, 0 passed over, 0 failed'
rm in/end.png

# More events than the system keeps, while nobody reads them: hidden files,
# and behind them one whose own events are lost.
most=$(cat /proc/sys/fs/inotify/max_queued_events)
if [ "$most" -le 100000 ]; then
    rm -rf in/out
    : > log
    start in
    comes in/out/last.png
    lines log 4
    kill -STOP $run
    awk -v n="$most" 'BEGIN {
        while (++i <= n) {
            file = "in/.event" i % 2
            printf "" > file
            close(file)
        }
    }'
    cp "$s/digits/8-1.png" in/lost.png
    kill -CONT $run
    comes in/out/lost.png
    lines log 5
    summed 0 '5 done.*, 0 skipped, 0 passed over, 0 failed'
    [ "$(wc -l < log)" -eq 5 ]
    grep -q 'more arrived than could be counted: all is listed again' err
    rm in/lost.png in/.event?
else
    echo "left out: $most events"
fi

# two inputs with one output
rm -rf in/out
: > log
start -T pgm in
comes in/out/last.pgm
ae-denoise -q -s 0 -o in/last.ppm in/last.png
lines log 5
summed 1 '4 done.*, 0 skipped, 0 passed over, 1 failed'
grep -q '^ae-denoise: in/last.ppm: in/last.png would become in/out/last.pgm' err

# wrong combinations
fails 2 'needs -d' ae-denoise --watch -o x.png in
fails 2 "isn't a folder" ae-denoise --watch -d o2 in/first.png
fails 2 'would arrive' ae-denoise --watch -d in in
fails 2 'neither' ae-denoise --watch -d o2 --shard 1/2 in
