#!/bin/sh
# One model, byte for byte, by one process and by 1 to 4 ranks of mpirun on this
# machine: patches, a variational net, a batch norm; stopped, killed and gone on
# with another number of ranks; and what is refused, by name.
set -eu
. "$AE_ROOT/tests/cli/expect"
# the launcher is that of the library's MPI
mpi=openmpi options="--oversubscribe --allow-run-as-root"
! ldd "$BUILD/lib/libae.so" | grep -q libmpich || mpi=mpich options=
mpirun=$(command -v mpirun.$mpi || command -v mpirun) || {
    echo "no mpirun"
    exit 77
}
# as a container lets them: no reading of each other's memory
export OMPI_MCA_btl_vader_single_copy_mechanism=none
# between mpirun's own signal and SIGKILL, which a job that failed waits for
export OMPI_MCA_odls_base_sigkill_timeout=1

# ranks N COMMAND... - in place of this shell, or with an end to their waiting
ranks() {
    n=$1 rc=0
    shift
    # shellcheck disable=SC2086
    ${job:-timeout 300} "$mpirun" $options -bind-to none -n "$n" "$@" || rc=$?
    [ $rc -ne 124 ] || echo "$n ranks wait for ever" >&2
    return $rc
}
job=
patches="-m unet:c=4,b=1 -n gauss:sigma=25 --patch 16 --batch 8 --steps 60
    --checkpoint-every 20 --val $AE_ROOT/samples/tree.png -t 1"
data="$AE_ROOT/samples/house.png $AE_ROOT/samples/forest.png"
train() { # RANKS OPTION...
    n=$1
    shift
    # shellcheck disable=SC2086
    ranks "$n" ae-train $patches "$@" $data
}

# any number of ranks, also when it doesn't divide the shards
# shellcheck disable=SC2086
ae-train $patches --accumulate 8 --metrics one.csv -o one.st $data 2> /dev/null
for n in 1 2 3 4; do
    train $n --metrics "$n.csv" -o "$n.st" 2> log || { cat log; exit 1; }
    cmp one.st "$n.st"
    test ! -e "$n.st.ckpt"
    cut -d, -f1-4 one.csv > a
    cut -d, -f1-4 "$n.csv" | cmp - a
done
ae-info one.st | grep -q accumulate=8
# gradients of two bytes
# shellcheck disable=SC2086
ae-train $patches --accumulate 8 --wire bf16 -o wire.st $data 2> /dev/null
! cmp -s one.st wire.st || exit 1
for n in 1 2 3 4; do
    train $n --wire bf16 -o "wire$n.st" 2> log || { cat log; exit 1; }
    cmp wire.st "wire$n.st"
done
# what is said is said once
[ "$(grep -c 'examples to learn from' log)" -eq 1 ]
fails 2 '9 ranks, but --batch 8 is in 8 shards' train 9 -o x.st
fails 2 '2 ranks, but --batch 8 is in 1 shard' train 2 --accumulate 1 -o x.st

# other nets: means of codes, several samples, norms, a time for the length
awk 'BEGIN { for (i = 0; i < 60; i++) print sin(i) "," cos(i) "," i % 7 }' > t.csv
cat > norm.ae <<'SPEC'
ae 1
x input h=1 w=3 c=1
a dense c=4 act=tanh
n bnorm
d dropout p=0.2
b dense c=3
y reshape h=1 w=3
output y
SPEC
same() { # NAME ACCUMULATE OPTION...
    name=$1 shards=$2
    shift 2
    ae-train -q --batch 48 --steps 30 --accumulate "$shards" -t 1 \
        "$@" -o "$name.st" t.csv
    for n in 2 3; do
        ranks $n ae-train -q --batch 48 --steps 30 -t 1 "$@" -o "$name$n.st" t.csv
        cmp "$name.st" "$name$n.st"
    done
}
same vae 16 -m vae:z=2,h=4 --loss gauss:sigma=1
same iw 16 -m vae:z=2,h=4 --loss gauss:sigma=1 --iw 3
same norm 6 -m norm.ae --loss l2
same contractive 16 -m dense:z=2,h=16 --loss l2 --contractive 0.1 --clip 0.01
same muon 16 -m dense:z=2,h=16 --loss l2 --optim muon
ranks 2 ae-train -q -m dense:z=2,h=4 --loss l2 --time-limit 1 -t 1 -o timed.st t.csv
test ! -e timed.st.ckpt

# several searches on one study, whose trials are by themselves
ranks 2 ae-tune -q -t 1 -m dense:z=2,h=4 --steps 20 --trials 3 \
    --space 'h=4|8|16' -o tuned.st t.csv > tables 2> log
[ "$(sort tables | uniq -c | awk '$1 == 2' | wc -l)" -eq 4 ]

# halted, and gone on with by another number of ranks, and by one process
train 2 --until 30 -o on.st 2> log
test -e on.st.ckpt
train 3 --resume --until 50 -o on.st 2> log
# shellcheck disable=SC2086
ae-train $patches --accumulate 8 --resume -o on.st $data 2> log
cmp one.st on.st
train 2 --resume -o on.st 2> log
grep -q 'is complete: nothing to do' log

# the poorest kernels serve all, and a run goes on with them
# shellcheck disable=SC2086
AE_CPU=c ae-train $patches --accumulate 8 -o c.st $data 2> log
# shellcheck disable=SC2086
ranks 1 ae-train $patches -o mixed.st --until 20 $data : \
    -n 1 env AE_CPU=c ae-train $patches -o mixed.st --until 20 $data 2> log
grep -q 'the c kernels of rank 1 serve all ranks' log || test "$(uname -m)" != x86_64
train 2 --resume -o mixed.st 2> log
cmp c.st mixed.st

# other data, another model, other options: said before the first step
odd() { # what the second of two ranks gets
    # shellcheck disable=SC2086
    ranks 1 ae-train $patches -o odd.st $data : -n 1 ae-train "$@"
}
# shellcheck disable=SC2086
fails 2 "rank 1 .*: example .*tulips.png isn't what rank 0 has in its place" \
    odd $patches -o odd.st "$AE_ROOT/samples/house.png" "$AE_ROOT/samples/tulips.png"
# shellcheck disable=SC2086
fails 2 'rank 1 .*the options are other ones' odd $patches --lr 0.5 -o odd.st $data
# shellcheck disable=SC2086
fails 1 "rank 1 .*nowhere.png" odd $patches -o odd.st nowhere.png
cat > two.ae <<'SPEC'
ae 1
x input c=3
y conv c=3 k=3
output y
SPEC
# shellcheck disable=SC2086
fails 2 'rank 1 .*--model is another one' odd $patches -m two.ae -o odd.st $data
test ! -e odd.st

# a signal to any rank, or to mpirun, saves a checkpoint and stops all
await() {
    i=0
    while [ ! -e "$1" ] && [ $i -lt 600 ]; do
        sleep 0.1
        i=$((i + 1))
    done
}
rank_of() { # PID RANK: that rank's process, the launcher's child or grandchild
    # shellcheck disable=SC2046
    for p in $(ps -o pid= --ppid $(echo "$1" $(ps -o pid= --ppid "$1") | tr ' ' ,)); do
        if tr '\0' '\n' < "/proc/$p/environ" |
            grep -Eqx "(OMPI_COMM_WORLD|PMI)_RANK=$2"
        then echo "$p"; fi
    done
}
stopped() { # SIGNAL RANK|mpirun
    rm -f sig.st*
    job="exec"
    train 2 --steps 100000 -o sig.st > log 2>&1 &
    pid=$!
    job=
    await sig.st.ckpt
    if [ "$2" = mpirun ]; then kill "-$1" $pid; else kill "-$1" "$(rank_of $pid "$2")"; fi
    rc=0
    wait $pid || rc=$?
    # after a signal MPICH's launcher ends with 0
    [ $rc -ne 0 ] || [ "$mpi $2" = "mpich mpirun" ]
}
stopped TERM 1
grep -q 'stopped at step' log || { cat log; exit 1; }
test -e sig.st.ckpt
# shellcheck disable=SC2086
steps=$(ae-info sig.st.ckpt | sed -n 's/.*checkpoint of a run, step \([0-9]*\).*/\1/p')
train 3 --steps 100000 --resume --until $((steps + 1)) -o sig.st 2> log
stopped INT 0
grep -q 'stopped at step' log
OMPI_MCA_odls_base_sigkill_timeout=60
stopped TERM mpirun
OMPI_MCA_odls_base_sigkill_timeout=1
grep -q 'stopped at step' log

# one that is killed ends the job, with its name; the last checkpoint resumes
stopped KILL 1
grep -q 'signal 9' log
train 1 --steps 100000 --resume --until 41 -o sig.st 2> log
