#!/bin/sh
# Batches: mirrored folders, what exists, failures, what is passed over, names
# of any bytes, leftovers of killed runs; and stdout that is full or closed.
set -eu
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
s=$AE_ROOT/samples
d="ae-denoise -m net.safetensors"

run() {                          # run STATUS SUMMARY ARG...
    want=$1 line=$2
    shift 2
    rc=0
    $d "$@" > out 2> err || rc=$?
    if [ $rc -ne "$want" ] || [ "$(tail -n 1 err)" != "$line" ]; then
        echo "$*: status $rc"
        cat err
        exit 1
    fi
}

printf 'P5 2 2 255 abcd' > small.pgm
mkdir -p in/a/b
cp small.pgm in/a/b/x.pgm
cp small.pgm in/y.pgm
echo words > in/readme.txt
mkfifo in/pipe
ln -s . in/loop
ln -s nowhere in/dangling
run 0 '2 done, 0 skipped, 4 passed over, 0 failed' -r in -d made/out
test -f made/out/a/b/x.pgm
test -f made/out/y.pgm
[ "$(find made -type f | wc -l)" -eq 2 ]
run 1 '0 done, 0 skipped, 4 passed over, 2 failed' -r in -d made/out
grep -q 'made/out/y.pgm: exists' err
run 0 '0 done, 2 skipped, 4 passed over, 0 failed' -r in -d made/out \
    --existing=skip
run 0 '2 done, 0 skipped, 4 passed over, 0 failed' -r in -d made/out \
    --existing=overwrite
run 0 '2 done, 0 skipped, 4 passed over, 0 failed' -r in -d flat --flat -T png
test -f flat/x.png
test -f flat/y.png

# a bad file is named, the rest is done; named operands don't pass over
head -c 300 "$s/tree.png" > in/cut.png
run 1 '2 done, 0 skipped, 4 passed over, 1 failed' -r in -d o2
grep -q '^ae-denoise: in/cut.png: ' err
test ! -e o2/cut.png
run 1 '1 done, 0 skipped, 0 passed over, 2 failed' -d o3 in/readme.txt \
    none.pgm small.pgm
rc=0; $d --fail-fast -d o4 in/readme.txt small.pgm 2> err || rc=$?
[ $rc -eq 1 ] && [ ! -e o4/small.pgm ]

# small images are done many at once: the bytes of one by one, with others of
# all sizes, kinds and faults between them, each told of in its place
noisy() {                        # noisy TYPE WIDTH HEIGHT SEED, TYPE P2 or P3
    awk -v type="$1" -v w="$2" -v h="$3" -v seed="$4" 'BEGIN {
        srand(seed)
        print type, w, h, 255
        n = w * h * (type == "P3" ? 3 : 1)
        for (i = 0; i < n; i++)
            print int(i * 200 / n + 50 * rand())
    }'
}
mkdir many alone
for i in 1 2 3 4 5 6 7 8 9; do
    noisy P3 50 34 $i > many/b$i.ppm
    noisy P3 50 34 1$i | ae-denoise -q -s 0 -T png > many/a$i.png
    noisy P2 24 24 $i | ae-denoise -q -s 0 -T png > many/c$i.png
done
cat many/b1.ppm many/a2.png > many/a5x
cp "$s/tree.png" many/b5large.png
head -c 1500 many/a3.png > many/a3cut.png
head -c 9 many/a3.png > many/b3head.png
run 1 '29 done, 0 skipped, 0 passed over, 2 failed' -d together many/*
grep -v ' done, ' err > told
for f in many/*; do
    $d -q -d alone "$f" 2>> told.alone || :
done
cmp told told.alone
diff -r together alone

# two inputs with one name: an error before any work
rc=0; $d -d o5 in/y.pgm made/out/y.pgm 2> err || rc=$?
[ $rc -eq 2 ] && [ ! -e o5 ]

# inputs are never overwritten, nothing lands outside -d
. "$AE_ROOT/tests/cli/expect"
for how in error skip overwrite; do
    fails 2 'both input and output' ae-denoise -m net.safetensors -r in -d in --existing=$how
done
cmp in/y.pgm small.pgm
mkdir o6 outside
ln -s ../outside o6/a
fails 1 'its folder is a link' ae-denoise -m net.safetensors -r in -d o6
[ -z "$(ls outside)" ]

# names are bytes; messages escape what steers a terminal
mkdir odd
for name in '-dash' 'two words' "$(printf 'new\nline')" \
    "$(printf 'bad\377byte')" "$(printf 'esc\033[31m')" '%s%n'; do
    cp small.pgm "./odd/$name"
done
run 0 '6 done, 0 skipped, 0 passed over, 0 failed' -r odd -d odd-out
[ "$(find odd-out -type f | wc -c)" -gt 0 ]
rc=0; $d "$(printf 'no\033[31m')" > out 2> err || rc=$?
[ $rc -eq 1 ] && grep -q 'no.x1b' err

# what a killed run left goes with the next run on that output
: > made/out/.y.pgm.ae-0.tmp
run 1 '0 done, 1 skipped, 0 passed over, 1 failed' -d made/out \
    --existing=skip in/y.pgm none.pgm
test ! -e made/out/.y.pgm.ae-0.tmp

# lost output is never status 0
rc=0; $d small.pgm small.pgm > /dev/full 2> err || rc=$?
[ $rc -eq 1 ]
[ "$(cat err)" = "ae-denoise: stdout: can't be written: No space left on device" ]
rc=0; $d < small.pgm >&- 2> err || rc=$?
[ $rc -eq 1 ]
rc=0; $d <&- > out 2> err || rc=$?
[ $rc -eq 1 ]
# wrong combinations
for bad in '-r in' '--flat' '-d o7' '-d o7 -' '-d o7 -o x small.pgm'; do
    rc=0
    # shellcheck disable=SC2086
    $d $bad > out 2> err < small.pgm || rc=$?
    [ $rc -eq 2 ] || { echo "$bad: $rc"; exit 1; }
done
