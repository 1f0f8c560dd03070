#!/bin/sh
# shellcheck disable=SC2086
# A signal ends a command and leaves no temporary file; SIGPIPE does so
# quietly.
set -eu
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
d="ae-denoise -m net.safetensors"

# the input stops in the middle: the output is being written aside
mkfifo pipe
mkdir out
for signal in INT TERM; do
    # a shell's background job ignores SIGINT, but not from env's default
    env --default-signal=INT $d -o out/x.ppm pipe 2> err &
    pid=$!
    exec 3> pipe
    printf 'P6 64 4000 255\n' >&3
    i=0
    while [ -z "$(ls -A out)" ] && [ $i -lt 200 ]; do
        sleep 0.05
        i=$((i + 1))
    done
    [ -n "$(ls -A out)" ]
    kill -$signal $pid
    rc=0
    wait $pid || rc=$?
    exec 3>&-
    [ $rc -gt 128 ]
    [ -z "$(ls -A out)" ]
done

# the reader of a pipe goes away
head -c 3000000 /dev/zero | tr '\0' a > body
{ printf 'P6 1000 1000 255\n'; cat body; } > big.ppm
{ rc=0; $d -s 0 < big.ppm 2> err || rc=$?; echo $rc > rc; } | head -c 10 \
    > start
[ "$(cat rc)" -gt 128 ]
[ ! -s err ]
