#!/bin/sh
# --log-json: one object a line and a line a file; its keys and states; names
# that are no UTF-8; the pipeline that selects what failed; a log that is lost
# isn't status 0.
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
d() { ae-denoise -m net.safetensors "$@"; }
have_jq=$(command -v jq || :)

# selected FILE STATUS - the inputs of the lines of that status
selected() {
    if [ -n "$have_jq" ]; then
        jq -r "select(.status==\"$2\").input" "$1"
    else
        sed -n 's/.*"input":"\([^"]*\)".*"status":"'"$2"'".*/\1/p' "$1"
    fi
}

mkdir -p photos/sub
cp "$s/tree.png" photos/tree.png
cp "$s/digits/3-1.png" photos/sub/three.png
awk 'BEGIN { print "P1 64 64"; for (i = 0; i < 4096; i++) print int(i / 8) % 2 }' > photos/drawn.pbm
head -c 300 "$s/tree.png" > photos/cut.png
echo words > photos/readme.txt
mkfifo photos/pipe

# the pipeline of those who look in the morning
rc=0
d -q -r photos -d clean --log-json - > log 2> err || rc=$?
[ $rc -eq 1 ]
[ "$(selected log failed)" = photos/cut.png ]
[ "$(wc -l < log)" -eq 6 ]
[ "$(selected log ok)" = "photos/sub/three.png
photos/tree.png" ]
[ "$(selected log unchanged)" = photos/drawn.pbm ]
[ "$(selected log skipped | sort)" = "photos/pipe
photos/readme.txt" ]
line='^{"event":"file","input":"photos/tree.png","output":"clean/tree.png",'
line=$line'"width":[0-9]*,"height":[0-9]*,"ms":[0-9.]*,"status":"ok",'
grep -q "$line"'"error":null}$' log
grep -q '"input":"photos/cut.png","output":null,.*"error":"[^"]' log
grep -q '"input":"photos/readme.txt","output":null,"width":null,' log
[ -z "$have_jq" ] || [ "$(jq -s 'map(keys | length) | unique | .[]' log)" = 8 ]

# the same into a file, which is begun anew; outputs that exist
echo old > log2
status 1 d -q -r photos -d clean --existing=skip --log-json log2
[ "$(selected log2 skipped | wc -l)" -eq 5 ]
grep -q '"input":"photos/tree.png","output":"clean/tree.png",.*"skipped"' log2
[ "$(wc -l < log2)" -eq 6 ]

# strength 0 is what was asked for, which the summary need not say
status 1 d -s 0 -r photos -d same --log-json log5
[ "$(selected log5 unchanged | wc -l)" -eq 3 ]
[ -z "$(selected log5 ok)" ]
says '^3 done, 0 skipped, 2 passed over, 1 failed$'
status 0 d -s 0 -o same.png photos/tree.png --log-json log6
[ "$(selected log6 unchanged)" = photos/tree.png ]
[ ! -s err ]

# bytes that are no UTF-8, and characters that JSON escapes
mkdir odd
cp "$s/digits/3-1.png" "odd/$(printf 'a\377\303\251"\nb').png"
status 0 ae-noise -n gauss -r odd -d odd3 --log-json log3
grep -q "$(printf '"input":"odd/a\357\277\275\303\251\\\\"\\\\nb.png"')" log3
grep -q '"input_hex":"6f64642f61ffc3a9220a622e706e67"' log3
grep -q '"output_hex":"6f6464332f61ffc3a9220a622e706e67"' log3
[ "$(wc -l < log3)" -eq 1 ]

# one output for all of them
status 1 d -o all.png photos/tree.png photos/cut.png --log-json -
[ "$(wc -l < out)" -eq 2 ]
grep -q '"input":"photos/tree.png","output":"all.png",.*"status":"ok"' out
grep -q '"input":"photos/cut.png","output":null,.*"status":"failed"' out
d --log-json log4 < photos/tree.png > out
grep -q '"input":"-","output":null,"width":[1-9].*"status":"ok"' log4

# a line that no longer fits leaves no part of itself
mkdir tiny
for i in 1 2 3 4 5 6 7 8 9; do
    printf 'P5 2 2 255\nabcd' > tiny/$i.pgm
done
if installed prlimit; then
    fails 1 'log-json: log7: can.t be written: File too large' prlimit \
        --fsize=420 ae-noise -q -n gauss -r tiny -d tiny2 --log-json log7
    [ "$(selected log7 ok)" = "tiny/1.pgm
tiny/2.pgm
tiny/3.pgm" ]
    [ "$(tail -c 2 log7)" = '}' ]
fi

# where stdout carries data; where it can't be written; an input's name
fails 2 "stdout has the results" d --log-json - photos/tree.png
fails 2 "stdout has the results" d -o - --log-json - photos/tree.png
fails 2 "can.t be written" d -d clean5 --log-json none/log photos/tree.png
[ ! -e clean5 ]
fails 2 'both' d -d clean6 --log-json photos/tree.png photos/tree.png
cmp photos/tree.png "$s/tree.png"
if [ -e /dev/full ]; then
    fails 1 'log-json: /dev/full: can.t be written: No space' \
        d -d clean7 --log-json /dev/full photos/tree.png
    [ -s clean7/tree.png ]
fi
