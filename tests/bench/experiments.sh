#!/bin/sh
# experiments.sh - what each knob does: trains one autoencoder of the sample
# digits again and again, one thing varied at a time by an option, and prints
# a table of the error on held-out digits and the time.
#
#   sh tests/bench/experiments.sh [DATA]        two minutes or so
#
# Environment: BUILD, the build folder (build); EPOCHS, those of the middle
# run (20); KEEP, a folder for the models; STEPS, instead of EPOCHS, for a
# test: steps of the middle run.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$(cd "${BUILD:-$root/build}" && pwd)/bin:$PATH
data=${1:-$root/samples/digits-idx3-ubyte.gz}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
models=${KEEP:-$scratch}

# The middle run, which all others differ from in one thing.
net="depth=2 h=64 act=relu drop=0 z=16"
settings="--loss l2 --batch 32 --lr 0.001 --val 0.2 --mixture 0"

# length TIMES - so many times as long as the middle run
length() {
    if [ -n "${STEPS:-}" ]; then
        awk -v n="$STEPS" -v by="$1" \
            'BEGIN { print "--steps", int(n * by + 0.5) }'
    else
        awk -v n="${EPOCHS:-20}" -v by="$1" \
            'BEGIN { print "--epochs", n * by }'
    fi
}

# The least error and the seconds of a run, from its metrics.
sum_up() {
    awk -F, '$4 + 0 > 0 && (!best || $4 + 0 < best) { best = $4 + 0 }
        END { printf "%9.5f %9.1f\n", best, $5 }' "$scratch/m.csv"
}

# run THING VALUE NET TIMES OPTION... - one line of the table
run() {
    thing=$1 value=$2 model=dense:$(echo "$3" | tr ' ' ,)
    # shellcheck disable=SC2046
    set -- $(length "$4") $(shift 4 && echo "$@")
    # shellcheck disable=SC2086
    ae-train -q -m "$model" $settings --checkpoint-every 250 "$@" \
        --metrics "$scratch/m.csv" -o "$models/$thing-$value.safetensors" \
        "$data"
    printf '%-13s %-8s %s\n' "$thing" "$value" "$(sum_up)"
}

# of_net THING VARIABLE VALUE... - the net's variable
of_net() {
    thing=$1 variable=$2
    shift 2
    for value; do
        run "$thing" "$value" \
            "$(echo "$net" | sed "s/\<$variable=[^ ]*/$variable=$value/")" 1
    done
}

# of_training THING OPTION VALUE... - an option; a later one overrides
of_training() {
    thing=$1 option=$2
    shift 2
    for value; do
        run "$thing" "$value" "$net" 1 "$option" "$value"
    done
}

printf '%-13s %-8s %9s %9s\n' varied to error seconds
run middle - "$net" 1
of_net depth depth 1 3 4
of_net width h 16 32 128 256
of_net activation act lrelu tanh sigmoid none
of_net code z 2 4 8 32 64
of_training dropout --dropout 0.1 0.3 0.5
of_training l1-code --l1-code 0.0001 0.001 0.01
of_training weight-decay --weight-decay 0.0001 0.001 0.01
of_training rate --lr 0.0001 0.0003 0.003 0.01
of_training batch --batch 8 16 64 128
for times in 0.25 0.5 2 4; do
    run epochs "x$times" "$net" $times
done
