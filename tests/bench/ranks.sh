#!/bin/sh
# ranks.sh - what shards and ranks cost: milliseconds a step of 16 patches of
# 128 pixels, medians of turns (ROUNDS, 5) of some STEPS (40).
#
# here: on this machine one shard, 16 shards, and 2 ranks of 1 thread beside 1
# rank of 2 threads.  net, as root: RANKS (2; a core each, 4 at most) on network
# namespaces, at rates that tc sets, with gradients of four bytes and of two
# (bf16); what the exchange takes at a rate is the difference to none.  Both
# without an argument.
#
#     make MPI=1 BUILD=build/mpi && BUILD=build/mpi sh tests/bench/ranks.sh
set -eu
AE_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$(cd "${BUILD:-$AE_ROOT/build/mpi}" && pwd)/bin:$PATH
mpirun=$(command -v mpirun.openmpi || command -v mpirun)
# shellcheck source=tests/mpi/net
. "$AE_ROOT/tests/mpi/net"
export OMPI_MCA_btl_vader_single_copy_mechanism=none
rounds=${ROUNDS:-5} steps=${STEPS:-40}
job=
scratch=$(mktemp -d)
trap 'net_down; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
cd "$scratch"

train() {
    echo ae-train -m unet:c=32 -n gauss:sigma=25 --patch 128 --batch 16 \
        --steps "$steps" --val "$AE_ROOT/samples/tree.png" -o out.st "$@" \
        "$AE_ROOT/samples/house.png" "$AE_ROOT/samples/forest.png"
}
alone() {
    "$mpirun" --oversubscribe --allow-run-as-root --bind-to none "$@"
}
# ms NAME COMMAND... - adds what a step took to that list
ms() {
    list=$1
    shift
    "$@" 2> log || { cat log; exit 1; }
    sed -n 's/.*: \([0-9]*\) steps in \([0-9.]*\) s.*/\1 \2/p' log |
        awk '{ print 1000 * $2 / $1 }' >> "$list"
}
median() {
    sort -g "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# rows LIST...
rows() {
    for list in "$@"; do
        printf '%-12s %7.1f ms a step\n' "$list" "$(median "$list")"
    done
}

# shellcheck disable=SC2046
here() {
    ms 1.shard $(train -t 2 --accumulate 1)
    ms 16.shards $(train -t 2 --accumulate 16)
    ms 1x2 alone -n 1 $(train -t 2 --accumulate 16)
    ms 2x1 alone -n 2 $(train -t 1 --accumulate 16)
}

# shellcheck disable=SC2046
net() {
    for rate in none 10gbit 1gbit; do
        net_rate $rate
        ms $rate net_run "${RANKS:-2}" $(train -t 1)
        ms $rate.bf16 net_run "${RANKS:-2}" $(train -t 1 --wire bf16)
    done
}

# turns PART LIST...
turns() {
    turn=0
    while [ $turn -lt "$rounds" ]; do
        $1
        turn=$((turn + 1))
    done
    shift
    rows "$@"
}

if [ "${1:-here}" = here ]; then turns here 1.shard 16.shards 1x2 2x1; fi
if [ "${1:-net}" = net ] && [ "$(id -u)" -eq 0 ]; then
    net_up
    net_files
    turns net none none.bf16 10gbit 10gbit.bf16 1gbit 1gbit.bf16
fi
