#!/bin/sh
# --accumulate: one shard is the run as it always was; several make the same
# model for any number of threads and after a stop, near that of one, in less
# memory; what can't be cut is refused by name.
set -eu
. "$AE_ROOT/tests/cli/expect"

train() {
    ae-train -q -m unet:c=4,b=1 -n gauss:sigma=25 --patch 16 --batch 8 --seed 3 \
        --val "$AE_ROOT/samples/tree.png" --checkpoint-every 20 "$@" \
        "$AE_ROOT/samples/house.png" "$AE_ROOT/samples/forest.png"
}

# one shard, said or not
train --steps 40 -o plain.st
train --steps 40 --accumulate 1 -o one.st
train --steps 40 --accumulate auto -o auto.st
cmp plain.st one.st
cmp plain.st auto.st
! ae-info plain.st | grep accumulate || exit 1

# four: said in the model, any threads, stopped and gone on
train --steps 40 --accumulate 4 -t 1 -o four.st
train --steps 40 --accumulate 4 -t 2 -o two.st
cmp four.st two.st
ae-info four.st | grep -q accumulate=4
! cmp -s plain.st four.st || exit 1
train --steps 40 --accumulate 4 --time-limit 0.05 -o on.st
test -e on.st.ckpt
fails 2 '--accumulate is 1 now and was 4' train --steps 40 --resume -o on.st
fails 2 '--accumulate is 2 now and was 4' \
    train --steps 40 --resume --accumulate 2 -o on.st
train --steps 40 --accumulate 4 --resume -o on.st
cmp four.st on.st

# but for rounding it is the run of one shard
for n in 1 2 4 8; do
    train --steps 2 --accumulate $n --ema 0 -o "n$n.st"
    ae-info --json "n$n.st" |
        sed -n 's/.*"value":\([0-9.]*\).*/\1/p' > "n$n"
    [ -s "n$n" ]
    awk 'NR == FNR { a = $1; next }
         { exit !($1 > a - 1e-3 && $1 < a + 1e-3) }' n1 "n$n"
done

# gradients rounded to bfloat16: said in the model, any threads, stopped and
# gone on, near that of single precision
train --steps 40 --accumulate 4 --wire bf16 -t 1 -o wire.st
train --steps 40 --accumulate 4 --wire bf16 -t 2 -o wire2.st
cmp wire.st wire2.st
ae-info wire.st | grep -q wire=bf16
! ae-info four.st | grep wire || exit 1
train --steps 40 --accumulate 4 --wire f32 -o single.st
cmp four.st single.st
train --steps 40 --accumulate 4 --wire bf16 --until 20 -o on16.st
fails 2 '--wire is f32 now and was bf16' \
    train --steps 40 --accumulate 4 --resume -o on16.st
train --steps 40 --accumulate 4 --wire bf16 --resume -o on16.st
cmp wire.st on16.st
for name in four wire; do
    ae-info --json $name.st | sed -n 's/.*"value":\([0-9.]*\).*/\1/p' > $name
done
! cmp -s four wire || exit 1
awk 'NR == FNR { a = $1; next }
     { exit !($1 > a - 0.1 && $1 < a + 0.1) }' four wire
fails 2 'this one has 1 shard (--accumulate)' \
    train --steps 1 --wire bf16 -o x.st

# batches that it doesn't divide
fails 2 "--accumulate 3 doesn't cut --batch 8 into equal shards; 2 does" \
    train --steps 1 --accumulate 3 -o x.st
fails 2 '--accumulate (N or auto): 0 is outside' \
    train --steps 1 --accumulate 0 -o x.st
fails 2 "--accumulate 16 doesn't cut --batch 8 into equal shards; 8 does" \
    train --steps 1 --accumulate 16 -o x.st
fails 2 '--accumulate (N or auto)' train --steps 1 --accumulate many -o x.st

# nets and objectives that can't be cut
awk 'BEGIN { for (i = 0; i < 60; i++) print sin(i) "," cos(i) "," i % 7 }' > t.csv
table() { ae-train -q --loss l2 --steps 9 --batch 16 "$@" t.csv; }
cat > norm.ae <<'SPEC'
ae 1
x input h=1 w=3 c=1
a dense c=4
n bnorm
b dense c=3
y reshape h=1 w=3
output y
SPEC
fails 2 "leaves 4 items to a batch norm's statistics, which need 8" \
    table -m norm.ae --accumulate 4 -o x.st
table -m norm.ae --accumulate 2 -o norm.st
fails 2 '--wire bf16 is too coarse for the running statistics of a batch norm' \
    table -m norm.ae --accumulate 2 --wire bf16 -o x.st
fails 2 '--free-bits bounds means over the whole batch' \
    table -m vae:z=2,h=4 --free-bits 0.1 --accumulate 2 -o x.st
table -m vae:z=2,h=4 --free-bits 0.1 -o free.st
cat > sparse.ae <<'SPEC'
ae 1
x input h=1 w=3 c=1
a dense c=4 act=sigmoid
k code kl=0.1
b dense c=3
y reshape h=1 w=3
output y
SPEC
fails 2 "the code's kl= is of means over the whole batch" \
    table -m sparse.ae --accumulate 2 -o x.st
test ! -e x.st

# less memory
small() {
    ae-train -q -m unet:c=16,b=1 --patch 128 --batch 16 --steps 1 --memory 60M \
        --val "$AE_ROOT/samples/tree.png" "$@" "$AE_ROOT/samples/house.png"
}
fails 2 'cut it by --accumulate' small -o x.st
small --accumulate 16 -o small.st
