#!/bin/sh
# ranks.sh - what shards and ranks cost: milliseconds a step of 16 patches of
# 128 pixels, medians of turns (ROUNDS, 5) of some STEPS (40).
#
# On this machine: one shard, 16 shards, and 2 ranks of 1 thread beside 1 rank
# of 2 threads.  As root also 4 ranks on network namespaces, at rates that tc
# sets; what the exchange takes is the difference to no rate.
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

i=0
# shellcheck disable=SC2046
while [ $i -lt "$rounds" ]; do
    ms 1.shard $(train -t 2 --accumulate 1)
    ms 16.shards $(train -t 2 --accumulate 16)
    ms 1x2 alone -n 1 $(train -t 2 --accumulate 16)
    ms 2x1 alone -n 2 $(train -t 1 --accumulate 16)
    i=$((i + 1))
done
for list in 1.shard 16.shards 1x2 2x1; do
    printf '%-10s %7.1f ms a step\n' $list "$(median $list)"
done
[ "$(id -u)" -eq 0 ] || exit 0
net_up
net_files
# shellcheck disable=SC2046
for rate in none 10gbit 1gbit; do
    [ $rate = none ] || net_rate $rate
    ms $rate net_run 4 $(train -t 1)
    printf '%-10s %7.1f ms a step, 4 ranks\n' $rate "$(median $rate)"
done
