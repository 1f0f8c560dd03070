#!/bin/sh
# A run that is killed, stopped or spread over threads makes the same model,
# byte for byte, as one that was never disturbed; metrics have each row once.
set -eu

steps=240
[ -z "${AE_SANITIZER:-}" ] || steps=120 # which are slower as well
# in the background, `exec` makes the job itself the process to be killed
job=
train() {
    $job ae-train -m unet:c=4,b=1 -n gauss:sigma=25 --val "$AE_ROOT/samples/tree.png" \
        --patch 16 --batch 4 --steps $steps --checkpoint-every 20 "$@" \
        "$AE_ROOT/samples/house.png" "$AE_ROOT/samples/forest.png"
}

train -t 1 -o whole.safetensors --metrics whole.csv
test ! -e whole.safetensors.ckpt
train -t 2 -o two.safetensors
cmp whole.safetensors two.safetensors
train -t 3 -o three.safetensors
cmp whole.safetensors three.safetensors

# waits for a file, ten seconds at most
await() {
    i=0
    while [ ! -e "$1" ] && [ $i -lt 200 ]; do
        sleep 0.05
        i=$((i + 1))
    done
}

# kill -9 as soon as the n-th checkpoint or so is there, again and again
job="exec"
for pause in 0.15 0.05 0.3; do
    train -t 2 -o killed.safetensors --metrics killed.csv --resume 2> log &
    pid=$!
    await killed.safetensors.ckpt
    sleep $pause
    kill -9 $pid 2> /dev/null || true
    wait $pid 2> /dev/null || true
done
job=
train -t 1 -o killed.safetensors --metrics killed.csv --resume
cmp whole.safetensors killed.safetensors
test ! -e killed.safetensors.ckpt
cut -d, -f1-4 whole.csv > a
cut -d, -f1-4 killed.csv > b
diff a b
test "$(find . -name '*.tmp*' -o -name '.*.safetensors*' | wc -l)" -eq 0

# --until halts between two checkpoints and at one, by the schedule of the whole
train -t 1 -o half.safetensors --until 33
test -e half.safetensors.ckpt
train -t 1 -o half.safetensors --metrics half.csv --resume --until 100
test "$(tail -n 1 half.csv | cut -d, -f1)" -eq 100
train -t 1 -o half.safetensors --resume
cmp whole.safetensors half.safetensors

# SIGTERM: a checkpoint, status 143, and on
job="exec"
train -t 1 -o ended.safetensors 2> log &
pid=$!
job=
await ended.safetensors.ckpt
status=0
kill -TERM $pid 2> /dev/null || true
wait $pid || status=$?
if [ $status -ne 0 ]; then
    test $status -eq 143
    grep -q 'stopped at step' log
    test -e ended.safetensors.ckpt
fi
train -t 2 -o ended.safetensors --resume
cmp whole.safetensors ended.safetensors

# what a checkpoint doesn't fit is refused, by name
train -o other.safetensors --time-limit 0.05s
test -e other.safetensors.ckpt
status=0
train -o other.safetensors --resume --lr 0.5 2> log || status=$?
test $status -eq 2
grep -q -- '--lr is 0.5 now' log
status=0
train -o other.safetensors --resume "$AE_ROOT/samples/tulips.png" 2> log ||
    status=$?
test $status -eq 2
grep -q 'the data are not those' log
train -o other.safetensors --resume
cmp whole.safetensors other.safetensors

# the bound on the gradient's norm acts
train -t 1 --steps 20 -o bound.safetensors --clip 0.5 2> log
train -t 1 --steps 20 -o free.safetensors --clip 0 2> log
if cmp -s bound.safetensors free.safetensors; then exit 1; fi

# in bfloat16, by plain C where the CPU has none: other bits, of any number of
# threads; a run keeps its precision
export AE_CPU=avx512bf16
half() {
    $job ae-train -m unet:c=32,b=1 -n gauss:sigma=25 --val "$AE_ROOT/samples/tree.png" \
        --patch 16 --batch 3 --steps 4 --checkpoint-every 2 "$@" \
        "$AE_ROOT/samples/house.png"
}
half --precision bf16 -t 1 -o h1.safetensors 2> log || {
    grep -q 'no products in bfloat16' log
    export AE_CPU=c
    half --precision bf16 -t 1 -o h1.safetensors
}
half --precision bf16 -t 2 -o h2.safetensors
cmp h1.safetensors h2.safetensors
half --precision f32 -o f1.safetensors
! cmp -s h1.safetensors f1.safetensors || exit 1
job="exec"
half --precision bf16 --steps 100000 -o h3.safetensors 2> log &
pid=$!
job=
await h3.safetensors.ckpt
kill -TERM $pid
wait $pid 2> /dev/null || true
! half --steps 100000 -o h3.safetensors --resume 2> log || exit 1
grep -q -e '--precision is f32 now and was bf16' log
