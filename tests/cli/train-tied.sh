#!/bin/sh
# Tied weights: a decoder that uses its encoder's, turned.  They are saved
# once, and trained to the same bytes for any threads and after being killed.
set -eu

# in the background, `exec` makes the job itself the process to be killed
job=
train() {
    $job ae-train -q -m dense:tied=1,h=40,z=8 --loss bce --batch 32 \
        --steps 400 --checkpoint-every 20 "$@" \
        "$AE_ROOT/samples/digits-idx3-ubyte.gz"
}

train -t 1 -o a.st
# 784 x 40, 40 x 40, 40 x 8 and the biases of six layers
all=$((784 * 40 + 40 * 40 + 40 * 8 + 40 + 40 + 8 + 40 + 40 + 784))
ae-info --json a.st | grep -q "\"weights\":$all,"
[ "$(ae-info --json a.st | grep -o '"[a-z.0-9]*weight"' | tr '\n' ' ')" = \
    '"e.1.weight" "e.2.weight" "c.weight" ' ]
train -t 3 -o b.st
cmp a.st b.st
job="exec"
train -t 2 -o c.st &
job=
i=0
while [ ! -e c.st.ckpt ] && [ $i -lt 200 ]; do
    sleep 0.05
    i=$((i + 1))
done
kill -9 $! 2> /dev/null || true
wait $! 2> /dev/null || true
train -t 2 -o c.st --resume
cmp a.st c.st
# it learns: the mean digit's error is 0.067
ae-score -m a.st --summary "$AE_ROOT/samples/digits-idx3-ubyte.gz" |
    awk 'NR == 2 && $2 > 0.06 { print; exit 1 }'
