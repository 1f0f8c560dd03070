#!/bin/sh
# Limits of the system: with little address space (ulimit -v) each command ends
# in time, with the output it always has, or with a message; with fewer threads
# than asked for (ulimit -u, ulimit -v), or one CPU (taskset), the work is done.
# Nothing but linear algebra waits for the room that OpenBLAS takes.
# each sh on Linux has ulimit -v
# shellcheck disable=SC3045
set -eu
. "$AE_ROOT/tests/cli/expect"
[ -z "${AE_SANITIZER:-}" ] || { echo "the sanitizers take address space of their own"; exit 77; }
(ulimit -v 1000000) 2> /dev/null || { echo "ulimit -v isn't to be had here"; exit 77; }
s=$AE_ROOT/samples
digits=$s/digits-idx3-ubyte.gz
broken=0

bad() {
    echo "$*"
    broken=$((broken + 1))
}

# limited KB COMMAND... : its status, which is 137 for one that had to be killed
limited() {
    kb=$1
    shift
    rc=0
    (
        ulimit -v "$kb"
        exec timeout -s KILL 60 "$@"
    ) > out 2> said < /dev/null || rc=$?
}

ae-noise -n gauss:sigma=20 "$s/digits/3-1.png" > in.png
ae-encode -m digits-ae --rows 1:20 "$digits" > codes
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors

# every KB COMMAND... : with so much it works
every() {
    enough=$1
    shift
    rm -f model model.ckpt
    "$@" > right
    for kb in 20000 30000 40000 60000 100000 150000 200000 300000 "$enough"; do
        rm -f model model.ckpt
        limited "$kb" "$@"
        case $rc in
        0) cmp -s out right || bad "$kb $*: status 0, another output" ;;
        # the dynamic loader says so with 127
        1 | 2 | 127) [ -s said ] || bad "$kb $*: status $rc, no message" ;;
        *) bad "$kb $*: status $rc" ;;
        esac
    done
    [ "$rc" -eq 0 ] || bad "$enough $*: status $rc: $(cat said)"
}
every 200000 ae-denoise in.png
every 250000 ae-denoise -m net.safetensors in.png
every 100000 ae-noise -n gauss in.png
every 200000 ae-noise --estimate in.png
every 100000 ae-compare in.png in.png
every 100000 ae-info digits
every 150000 ae-encode -m digits-ae --rows 1:20 "$digits"
every 150000 ae-decode -m digits-ae -T npy codes
every 150000 ae-sample -m digits -n 2
every 150000 ae-score -m digits-ae --rows 1:20 "$digits"
every 100000 ae-latent stats codes
every 150000 ae-train -q -m conv:h=16 --patch 8 --steps 2 --batch 2 -o model "$digits"
# those with linear algebra
every 500000 ae-train -q -m dense:z=2 --steps 2 -o model "$digits"
every 500000 ae-train -q -m pca:z=2 -o model "$digits"
every 500000 ae-latent plot codes
every 500000 ae-score -m digits-ae --method knn --reference "$digits" --rows 1:20 "$digits"
every 500000 ae-score -t 16 -m digits-ae --method knn --reference "$digits" --rows 1:20 "$digits"

# A run that fits its codes at its end says at its start what that lacks.
rm -f model
limited 100000 ae-train -q -m dense:z=2 --steps 100000 -o model "$digits"
if [ $rc -ne 1 ] || [ -e model ] || ! grep -q 'ulimit -v' said; then
    bad "ae-train: status $rc: $(cat said)"
fi

# Threads that there are do the work of all.
ae-noise -t 1 -n gauss in.png > right
limited 60000 ae-noise -t 64 -n gauss in.png
if [ $rc -ne 0 ] || ! cmp -s out right ||
    ! grep -q ' of 64 threads could be started' said; then
    bad "ae-noise -t 64: status $rc: $(cat said)"
fi
if [ "$(id -u)" -eq 0 ] && installed setpriv && installed prlimit; then
    for n in 1 2 5; do
        rc=0
        timeout -s KILL 60 prlimit --nproc="$n" setpriv --reuid=64217 \
            --regid=64217 --clear-groups ae-noise -t 16 -n gauss \
            < in.png > out 2> said || rc=$?
        if [ $rc -ne 0 ] || ! cmp -s out right; then
            bad "ulimit -u $n: status $rc: $(cat said)"
        fi
        grep -q "^ae-noise: $n of 16 threads could" said ||
            bad "ulimit -u $n: $(cat said)"
    done
else
    echo "left out: ulimit -u needs root, setpriv and prlimit"
fi

# The affinity mask decides how many threads there are without -t.
if installed taskset && [ -d /proc/self/task ]; then
    cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
    mkfifo feed
    taskset -c "$cpu" ae-noise -n gauss - < feed > out &
    exec 3> feed
    cat in.png >&3
    n=0
    while [ ! -s out ] && [ $n -lt 100 ]; do
        sleep 0.1
        n=$((n + 1))
    done
    threads=$(find /proc/$!/task -mindepth 1 -maxdepth 1 | wc -l)
    exec 3>&-
    wait $!
    [ "$threads" -eq 1 ] || bad "one CPU: $threads threads"
else
    echo "left out: taskset is not installed"
fi
[ $broken -eq 0 ]
