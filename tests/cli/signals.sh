#!/bin/sh
# shellcheck disable=SC2086,SC3045
# A signal ends a command with its own status and leaves no temporary file;
# SIGPIPE does so quietly; what is ignored stays so.  Training saves first.
set -eu
. "$AE_ROOT/tests/cli/expect"
ulimit -c 0 # SIGQUIT would leave an image of the memory
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
d="ae-denoise -m net.safetensors"

# until CONDITION... : waits for it, ten seconds at most
await() {
    i=0
    until "$@" || [ $i -gt 200 ]; do
        sleep 0.05
        i=$((i + 1))
    done
    "$@"
}
is_begun() { [ -n "$(ls -A out)" ]; }

# the input stops in the middle: the output is being written aside
mkfifo pipe
mkdir out
# ended SIGNAL STATUS [SIGNAL THAT IS IGNORED]
ended() {
    # a shell's background job ignores some, but not from env's default
    env --default-signal=INT,QUIT ${3:+--ignore-signal=$3} \
        $d -o out/x.ppm pipe 2> err &
    pid=$!
    exec 3> pipe
    printf 'P6 64 4000 255\n' >&3
    await is_begun
    [ -z "${3:-}" ] || kill -$3 $pid
    kill -$1 $pid
    rc=0
    wait $pid || rc=$?
    exec 3>&-
    [ $rc -eq $2 ] || { echo "$1: status $rc"; exit 1; }
    [ -z "$(ls -A out)" ] || { echo "$1 leaves $(ls -A out)"; exit 1; }
}
ended INT 130
ended TERM 143
ended HUP 129
ended QUIT 131
ended XCPU 152
ended TERM 143 HUP

# the reader of a pipe goes away
head -c 3000000 /dev/zero | tr '\0' a > body
{ printf 'P6 1000 1000 255\n'; cat body; } > big.ppm
{ rc=0; $d -s 0 < big.ppm 2> err || rc=$?; echo $rc > rc; } | head -c 10 \
    > start
[ "$(cat rc)" -eq 141 ]
[ ! -s err ]
# while a file is being written, too
{
    rc=0
    ae-encode -m digits-ae --names out/names \
        "$AE_ROOT/samples/digits-idx3-ubyte.gz" 2> err || rc=$?
    echo $rc > rc
} | head -c 10 > start
[ "$(cat rc)" -eq 141 ]
[ ! -s err ]
[ -z "$(ls -A out)" ]

# a training saves and stops; a second signal doesn't wait for that
awk 'BEGIN { print "time,x,y"
             for (i = 0; i < 60; i++) print i "," sin(i) "," cos(i) }' > t.csv
train="ae-train -q -m dense:z=1 --loss l2 -o m.st"
for signal in INT:130 TERM:143 HUP:129; do
    $train --steps 1000000000 t.csv 2> err &
    pid=$!
    await test -s .m.st.ae-run
    kill -${signal%:*} $pid
    rc=0
    wait $pid || rc=$?
    [ $rc -eq ${signal#*:} ] || { echo "$signal: status $rc"; exit 1; }
    says 'stopped at step'
    [ -s m.st.ckpt ]
    rm m.st.ckpt
done
$train --steps 1000000000 --checkpoint-every 1 t.csv 2> err &
pid=$!
await test -s m.st.ckpt
kill -TERM $pid
kill -TERM $pid 2> log || :
rc=0
wait $pid || rc=$?
[ $rc -eq 143 ]
[ -z "$(find . -name '.*.tmp')" ]
