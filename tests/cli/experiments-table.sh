#!/bin/sh
# The table of tests/bench/experiments.sh has a line for each knob, and what it
# turns there changes the weights that two steps make.
set -eu

# the bytes of a model behind its header, where the settings are written
weights() {
    tail -c +$((9 + $(od -An -tu8 -N8 "$1"))) "$1"
}

mkdir models
STEPS=2 KEEP=$PWD/models sh "$AE_ROOT/tests/bench/experiments.sh" > table
for model in models/*.safetensors; do
    weights "$model" > "$model.weights"
done
middle=models/middle--.safetensors.weights
# what changes the settings alone leaves the weights as they are
ae-train -q -m dense:depth=2,h=64,z=16 --loss l2 --batch 32 --lr 0.001 \
    --val 0.2 --mixture 0 --steps 2 --early-stop 99 -o same.safetensors \
    "$AE_ROOT/samples/digits-idx3-ubyte.gz"
weights same.safetensors | cmp - $middle

knobs=0
for model in models/*.weights; do
    [ "$model" = $middle ] && continue
    knobs=$((knobs + 1))
    if cmp -s "$model" $middle; then
        echo "$model changes nothing"
        exit 1
    fi
done
test "$knobs" -eq $(($(wc -l < table) - 2))
for thing in depth width activation code dropout l1-code weight-decay rate \
    batch epochs; do
    grep -Eq "^$thing +[^ ]+ +0\.[0-9]+ " table
done
