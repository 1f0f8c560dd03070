#!/bin/sh
# tune.sh [STEPS [SEEDS]] - how many training steps ae-tune takes until it finds
# settings as good as the best of 24 random trials that all go to their end, on
# the sample digits; it has half of their steps.  Prints a row a seed, with what
# the defaults alone reach, and the median.  SEEDS ("1 2 3 4 5") can be divided
# among several runs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
PATH=${BUILD:-$root/build}/bin:$PATH
steps=${1:-400}
seeds=${2:-1 2 3 4 5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# search SEED OUTPUT OPTION...
search() {
    seed=$1
    output=$2
    shift 2
    ae-tune -q -t 1 --mixture 0 -m dense:z=16 --steps "$steps" --seed "$seed" \
        --min-steps $((steps / 9)) --space 'lr=log:1e-5..1e-1 h=32|64|128|256
        depth=1..3 act=relu|tanh|sigmoid drop=0..0.5' -o "$output" "$@" \
        "$root/samples/digits-idx3-ubyte.gz" > "$output.tsv"
}

# first_reach STUDY VALUE FIRST - the steps of all trials when one from that
# number on first had the value.
first_reach() {
    awk -v aim="$2" -v first="$3" '
        function number(key,    text) {
            if (!match($0, "\"" key "\":[-+.e0-9]*"))
                return -1
            text = substr($0, RSTART, RLENGTH)
            sub(/.*:/, "", text)
            return text + 0
        }
        /"value":/ {
            trial = number("trial")
            sum += number("step") - step[trial]
            step[trial] = number("step")
            if (trial >= first && number("value") <= aim + 0) {
                print sum
                found = 1
                exit
            }
        }
        END { if (!found) print "over" }' "$1"
}

# The defaults, which ae-tune tries first, may be good by chance: what the others
# take, and the defaults' steps with them, is what counts.
printf 'seed\tdefaults\trandom\tsteps\tae-tune\tfirst reached\tby a search\tshare\n'
whole=$((24 * steps))
for seed in $seeds; do
    # the first trial has the defaults, and isn't one of the 24
    search "$seed" "random.$seed" --search random --prune none --trials 25
    search "$seed" "tuned.$seed" --steps-total $((whole / 2))
    defaults=$(sed -n 2p "random.$seed.tsv" | cut -f 4)
    best=$(tail -n +3 "random.$seed.tsv" | cut -f 4 | sort -g | head -n 1)
    found=$(tail -n +2 "tuned.$seed.tsv" | cut -f 4 | sort -g | head -n 1)
    any=$(first_reach "tuned.$seed.study" "$best" 1)
    at=$(first_reach "tuned.$seed.study" "$best" 2)
    share=$(awk -v a="$at" -v b=$whole \
        'BEGIN { print a == "over" ? a : sprintf("%.2f", a / b) }')
    printf '%s\t%.6f\t%.6f\t%d\t%.6f\t%s\t%s\t%s\n' "$seed" "$defaults" "$best" $whole \
        "$found" "$any" "$at" "$share"
done | tee rows
cut -f 8 rows | sed 's/over/1/' | sort -g |
    awk '{ v[NR] = $1 } END { print "median\t" v[int((NR + 1) / 2)] }'
