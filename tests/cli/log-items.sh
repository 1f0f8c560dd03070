#!/bin/sh
# --log-json of commands that read items or pairs: a line a file when what came
# of it is out, each file's own fault with it, whatever the batches are; lists
# of images to compare.
set -eu
. "$AE_ROOT/tests/cli/expect"
d=$AE_ROOT/samples/digits

# lines FILE - input, output, width, status, error of each line.
lines() {
    sed 's/^{"event":"file","input":"\([^"]*\)","output":"*\([^",]*\)"*,"width":\([^,]*\),.*"status":"\([a-z]*\)","error":\(.*\)}$/\1 \2 \3 \4 \5/' "$1"
}

mkdir in in/sub
for k in 1 2 3; do cp "$d/$k-1.png" in; done
cp "$d/4-1.png" in/sub
head -c 50 in/1-1.png > in/0.png
cat "$d/5-1.png" "$d/6-1.png" > in/5.png        # two pictures in a file
echo words > in/notes.txt
cat > want << 'END'
in/0.png null null failed "row 0: ends at offset 50, 146 bytes early"
in/1-1.png z.jsonl 28 ok null
in/2-1.png z.jsonl 28 ok null
in/3-1.png z.jsonl 28 ok null
in/5.png z.jsonl 28 ok null
in/notes.txt null null skipped null
in/sub/4-1.png z.jsonl 28 ok null
none null null failed "can't be examined: No such file or directory"
in/1-1.png z.jsonl 28 ok null
END
status 1 ae-encode -m digits-ae in none in/1-1.png -o z.jsonl --log-json -
lines out | diff want -
[ "$(wc -l < z.jsonl)" -eq 7 ]
status 1 ae-score -m digits-ae in none in/1-1.png --log-json log
sed 's/z.jsonl/null/' want > want.score
lines log | diff want.score -
[ "$(ae-score -m digits-ae --log-json log < in/1-1.png | wc -l)" -eq 2 ]
[ "$(lines log)" = '- null 28 ok null' ]
status 0 ae-score -m digits-ae --shard 2/3 in/1-1.png in/2-1.png in/3-1.png \
    --log-json log
[ "$(lines log)" = 'in/2-1.png null 28 ok null' ]

# An item that fails behind a batch, of files that were read long before: one of
# a class that the model doesn't know.
s=$AE_ROOT/samples
ae-train -q -m cvae:h=8,z=2 --loss bernoulli --steps 2 --batch 8 \
    --labels "$s/digits-idx1-ubyte.gz" -o c.st "$s/digits-idx3-ubyte.gz"
printf '%s\n' 1 2 none 3 > labels
files="in/1-1.png in/2-1.png in/3-1.png in/sub/4-1.png"
for command in "ae-encode -o c.jsonl" ae-score; do
    # shellcheck disable=SC2086
    status 1 $command -q -m c.st --labels labels --log-json log $files
    [ "$(lines log | cut -d ' ' -f 1,4)" = "in/1-1.png ok
in/2-1.png ok
in/3-1.png failed
in/sub/4-1.png ok" ]
    grep -q '3-1.*"error":"[^"]*none' log
done

# tables and arrays
awk 'BEGIN { while (i++ < 40) print i % 5 "," i % 7 }' > t.csv
ae-train -q -m dense:h=4,z=1 --steps 2 --batch 4 --input csv -o t.st t.csv
echo x,y >> t.csv
status 1 ae-denoise -q -m t.st t.csv -o t.out --log-json log
lines log | grep -q '^t.csv null null failed "'
fails 2 "'--watch' is for images" ae-denoise -q -m t.st --watch t.csv -o x

# pairs
status 1 ae-compare in in/sub --metric psnr --log-json log
lines log | grep -q '^in/sub/4-1.png null null failed "has no reference'
cp -r in other
echo other/1-1.png > list
status 0 ae-compare in/1-1.png in/1-1.png --files-from list --metric psnr \
    --tsv --log-json log
[ "$(lines log)" = "in/1-1.png null 28 ok null
other/1-1.png null 28 ok null" ]
[ "$(tail -n 1 out)" = "other/1-1.png	inf" ]
find in -name '?-1.png' -print0 | ae-compare in/2-1.png --files-from - -0 \
    --metric psnr --threshold 'psnr>20' --log-json log > out 2> err && exit 1
[ "$(lines log | grep -c failed)" -eq 3 ]
grep -q 'in/3-1.png".*"error":"psnr is [0-9.]*, not >20"' log
status 0 ae-compare in/1-1.png --files-from /dev/null --tsv
[ "$(wc -l < out)" -eq 1 ]
status 0 ae-compare in/1-1.png other/1-1.png --image diff -d pictures \
    --log-json log
[ "$(lines log)" = "other/1-1.png pictures/other/1-1.png 28 ok null" ]
[ -s pictures/other/1-1.png ]

# stdout that isn't free, options that have no meaning
fails 2 'stdout has the results' ae-encode -m digits-ae in --log-json -
fails 2 'stdout has the results' ae-score -m digits-ae in --log-json -
fails 2 'stdout has the results' ae-compare in in --log-json -
fails 2 'compares no images' ae-compare --runs log --log-json x
fails 2 'a reference and an image' ae-compare in/1-1.png
[ ! -e x ]
