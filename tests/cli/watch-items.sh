#!/bin/sh
# --watch of commands that read items: what is there first, then what arrives,
# also below, each file once and at once; never hidden files; faults are named
# and the end by a signal has their status.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/background"
[ -e /proc/sys/fs/inotify ] || { echo "needs inotify"; exit 77; }
d=$AE_ROOT/samples/digits

mkdir -p in/sub
cp "$d/1-1.png" in
cp "$d/1-2.png" in/.being-written.png
cp "$d/2-1.png" in/sub
echo words > in/notes.txt
: > out
ae-score -m digits-ae --watch --exclude '*-9.*' --log-json log in > out 2> err &
run=$!
lines out 3
cp "$d/3-1.png" "$d/3-9.png" in
lines out 4
head -c 60 "$d/4-1.png" > in/cut.png
cp "$d/4-1.png" in/sub/.part
mv in/sub/.part in/sub/4-1.png
lines out 5
: >> in/1-1.png                                  # closed as it was
mkdir in/new
cp "$d/5-1.png" in/new
lines out 6
ends 1
ae-score -q -m digits-ae in/1-1.png in/sub/2-1.png in/3-1.png in/sub/4-1.png \
    in/new/5-1.png | cmp - out
grep -q '^ae-score: in/cut.png: ' err
[ "$(grep -c '"status":"ok"' log)" -eq 5 ]
grep -q '"in/notes.txt".*"status":"skipped"' log
grep -q '"in/cut.png".*"status":"failed"' log
[ "$(wc -l < log)" -eq 7 ]

# codes, into a file that is there at the end
rm -r in/cut.png in/sub in/new in/notes.txt
: > out
ae-encode -m digits-ae --watch --names out -o codes.jsonl in 2> err &
run=$!
while ! grep -q 3-9 .out.ae-*.tmp 2> /dev/null; do kill -0 $run; sleep 0.05; done
[ ! -e codes.jsonl ]
ends 0
ae-encode -m digits-ae in | cmp - codes.jsonl

fails 2 "isn't a folder" ae-encode -m digits-ae --watch -o x in/1-1.png
[ -z "$(find . -name '*.tmp')" ]
fails 2 "isn't a folder" ae-score -m digits-ae --watch
fails 2 'excludes --files-from' ae-score -m digits-ae --watch --shard 1/2 in
fails 2 'excludes --files-from' ae-score -m digits-ae --watch --rows :3 in
fails 2 '--map and --watch' ae-score -m digits-ae --watch --map map in
