#!/bin/sh
# Four hosts, which are network namespaces with addresses of their own, train
# the model of one process, byte for byte, over TCP; so they do after one of the
# ranks was killed half-way, and with three of them.  AE_HOST_STEPS says how
# long the training is (300 steps).
set -eu
mpirun=$(command -v mpirun.openmpi || command -v mpirun) || {
    echo "no mpirun"
    exit 77
}
[ "$(id -u)" -eq 0 ] || {
    echo "needs root, for network namespaces"
    exit 77
}
# shellcheck source=tests/mpi/net
. "$AE_ROOT/tests/mpi/net"
trap net_down EXIT
if ! net_up 2> up; then
    echo "no network namespaces: $(tail -n 1 up)"
    exit 77
fi
net_files
# hosts that are one machine: who waits for a message lets the others run
export OMPI_MCA_mpi_yield_when_idle=1
job=
train="ae-train -m unet:c=4,b=1 -n gauss:sigma=25 --patch 16 --batch 8 -t 1
    --steps ${AE_HOST_STEPS:-300} --checkpoint-every 20 --val $AE_ROOT/samples/tree.png"
data="$AE_ROOT/samples/house.png $AE_ROOT/samples/forest.png"

# shellcheck disable=SC2086
$train -q --accumulate 8 -o one.st $data
# shellcheck disable=SC2086
net_run 4 $train -o four.st $data 2> log || { cat log; exit 1; }
cmp one.st four.st

# one of four is killed half-way
job="exec"
# shellcheck disable=SC2086
net_run 4 $train -o killed.st $data 2> log &
pid=$!
job=
i=0
while [ ! -e killed.st.ckpt ] && [ $i -lt 600 ]; do
    sleep 0.1
    i=$((i + 1))
done
for p in $(ip netns pids "$net_name.3"); do
    if [ "$(cat "/proc/$p/comm")" = ae-train ]; then kill -9 "$p"; fi
done
rc=0
wait $pid || rc=$?
[ $rc -ne 0 ]
grep -q 'signal 9' log || { cat log; exit 1; }
# its ranks are gone, on all hosts
for i in 1 2 3 4; do
    for p in $(ip netns pids "$net_name.$i"); do
        [ "$(cat "/proc/$p/comm")" != ae-train ] || { echo "left: $p"; exit 1; }
    done
done

# three go on
# shellcheck disable=SC2086
net_run 3 $train --resume -o killed.st $data 2> log || { cat log; exit 1; }
cmp one.st killed.st

# a host that isn't there is named, before anything is begun
if command -v ssh > /dev/null; then
    echo '10.99.0.9 slots=1' >> hosts
    rc=0
    # shellcheck disable=SC2086
    net_run 5 $train -o far.st $data 2> log || rc=$?
    [ $rc -ne 0 ]
    grep -q '10\.99\.0\.9' log || { cat log; exit 1; }
    [ ! -e far.st ]
else
    echo "left out: ssh is not installed"
fi
