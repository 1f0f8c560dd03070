#!/bin/sh
# Training says what it learns from, and ends with a line of what came of it:
# the held-out score beside what is to be had without a net, the best step, the
# time.  A note each where PCA does better, where the code is as wide as an
# item, where the output is the same for all, where the data look unscaled.
# Nothing of it under -q, and nothing in the model.
set -eu

. "$AE_ROOT/tests/cli/expect"

digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

train() { status 0 ae-train --loss l2 --progress never "$@"; }
# line LINE - a line of stderr is this, as a regular expression.
line() {
    grep -Eq "^ae-train: $1\$" err || { echo "no line: $1"; cat err; exit 1; }
}
none() {
    if grep -Eq "$1" err; then echo "shouldn't say: $1"; cat err; exit 1; fi
}
time='([0-9.]+ s|[0-9]+:[0-9]+)'
wide='the code is as wide as an item'
constant='the output is nearly the same'
worse='this is worse than PCA'
unscaled='the data look unscaled'

train -m dense:z=4,h=64 --rows :300 --steps 300 -o a.st "$digits"
line '[0-9]+ examples to learn from, [0-9]+ held out, [0-9.]+ MB'
line "300 steps in $time, best at step 300; held out: l2 0\.[0-9]{5}, mean squared error 0\.[0-9]{5}; PCA of 4 numbers: 0\.[0-9]{5}"
none "$wide|$constant|$unscaled"
train -v -m dense:z=4,h=64 --rows :300 --steps 300 -o b.st "$digits"
line "300 steps in .*; PCA of 4 numbers: .*"
train -q -m dense:z=4,h=64 --rows :300 --steps 300 -o c.st "$digits"
[ ! -s err ]
cmp a.st b.st
cmp a.st c.st

# A denoiser of whole items, of patches; a variational net; PCA itself.
train -m dense:z=4,h=64 -n gauss:sigma=60 --rows :300 --steps 20 \
    -o n.st "$digits"
line "20 steps in $time, .*, mean squared error [0-9.]+; the noisy input: [0-9.]+; PCA of 4 numbers: [0-9.]+"
status 0 ae-train -m unet:c=4,b=1 -n gauss:sigma=25 --steps 3 --batch 1 \
    --patch 16 --progress never -o p.st "$AE_ROOT/samples/gray-tree.png" \
    "$AE_ROOT/samples/tree.png"
line "3 steps in $time, best at step 3; held out: psnr [0-9.]+, the noisy input 2[01]\.[0-9]{2}"
none PCA
status 0 ae-train -m vae:z=2,h=16 --rows :300 --steps 5 -o v.st "$digits"
line "5 steps in $time, best at step 5; held out: nats [0-9.]+, mean squared error .*; PCA of 2 numbers: .*"
train -m pca:z=3 --rows :300 -o q.st "$digits"
line "fitted in $time; held out: l2 .*; PCA of 3 numbers: .*"
none "$worse"

# The best step isn't the last one, also after a resume, whose time is its own.
set -- -m dense:z=2,h=8 --lr 0.1 --schedule const --ema 0 --rows :100 \
    --checkpoint-every 40 --steps 200
train "$@" --metrics m.csv -o w.st "$digits"
best=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "l2") c = i; next }
    $c != "" && (b == "" || $c < b) { b = $c; s = $1 } END { print s }' m.csv)
[ "$best" -lt 200 ]
line "200 steps in $time, best at step $best; .*"
train "$@" --time-limit 0.05s -o x.st "$digits"
if grep -q 'time is up' err; then
    line "[0-9]+ steps? in .*; held out: l2 [0-9.]+"
    train "$@" --resume -o x.st "$digits"
    line "steps [0-9]+ to 200 in $time, best at step $best; .*"
fi
cmp w.st x.st

# Items of more values than PCA's covariance has room for: two directions and
# the rounding, which two numbers hold and a net of one step doesn't.
mkdir big
awk 'BEGIN {
    for (i = 0; i < 40; i++) {
        f = sprintf("big/%02d.pgm", i)
        printf "P2 80 60 255\n" > f
        for (y = 0; y < 60; y++)
            for (x = 0; x < 80; x++)
                printf "%d ", 128 + 60 * sin(7 * i) * sin(x / 9) + \
                    50 * cos(3 * i) * cos(y / 7) > f
        close(f)
    }
}'
train -m dense:z=2,h=4 --steps 1 -o g.st big
line '1 step in .*, best at step 1; .*; PCA of 2 numbers: 0\.0000[01]'
grep -q "$worse: train longer" err
none 'pca:z='

awk 'BEGIN { for (i = 0; i < 100; i++) print sin(i) "," cos(2 * i) }' > two.csv
train -m dense:z=2,h=4 --steps 5 -o t.st two.csv
grep -q "$wide, 2 numbers for 2: .*--noise" err
none 'PCA'
train -m dense:z=1,h=4 --steps 1 -o t.st two.csv
none "$wide"
grep -q "$worse.* --model pca:z=1" err
train -m dense:z=4,h=8,l1=0.1 --steps 5 -o t.st two.csv
none "$wide"
train -m dense:z=4,h=8 -n gauss:sigma=20 --steps 5 -o t.st two.csv
none "$wide"

train -m dense:z=4,h=64 --lr 10 --rows :300 --steps 30 -o c.st "$digits"
grep -q "$constant for all held-out items: .* %" err

# Columns of 1 and 10,000 that nothing scales; those of a table are scaled.
awk 'BEGIN { for (i = 0; i < 100; i++)
    print sin(i) "," 1e4 * cos(2 * i) "," sin(i) * cos(2 * i) }' > apart.csv
train -m dense:z=1,h=4 --steps 5 -o s.st apart.csv
none "$unscaled"
train -m dense:z=1,h=4 --steps 5 --scale none -o s.st apart.csv
grep -q "$unscaled: columns deviate by 0.* to 7.*; try --scale global" err
sed 's/,.*//' apart.csv | awk '{ print 1000 * $1 "," 2000 * $1 }' > loud.csv
train -m dense:z=1,h=4 --steps 5 --scale none -o s.st loud.csv
grep -q "$unscaled: values deviate by" err

fails 2 'it goes without --keep-newest' \
    ae-train -m dense --steps 4 --keep-newest --early-stop 1 -o k.st two.csv
