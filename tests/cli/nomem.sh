#!/bin/sh
# Memory that runs out at the n-th request, once or from there on, and the n-th
# call for files that fails with EIO: a message and status 1 or 2, or the very
# output of an undisturbed run; never a signal, never half an output.
# AE_EVERY=1 tries every n instead of some.  (build/tests/fail/fail tries every n
# on the library, and counts what is given back.)
# the subshells keep the preloaded library to the commands
# shellcheck disable=SC2030,SC2031
set -eu
[ -z "${AE_SANITIZER:-}" ] || { echo "the sanitizers bring their own malloc"; exit 77; }
${CC:-cc} -shared -fPIC -O1 -o nomem.so "$AE_ROOT/tests/cli/nomem.c" 2> log ||
    { echo "no preloaded library can be built here"; exit 77; }
so=$PWD/nomem.so
export AE_SANDBOX=no # the library writes a file
s=$AE_ROOT/samples

"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
ae-noise -n gauss:sigma=20 "$s/digits/3-1.png" > in.png
ae-denoise -m net.safetensors -T jpeg in.png > in.jpg
ae-denoise -m net.safetensors -T pam in.png > in.pam
ae-encode -m digits-ae in.png > in.codes

# run: the command of the case, writing out
run() {
    case $1 in
    png) ae-denoise -t 1 -m net.safetensors in.png -o out ;;
    jpeg) ae-denoise -t 1 -m net.safetensors in.jpg -o out ;;
    folder) ae-denoise -t 1 -m net.safetensors -d dir in.pam && LD_PRELOAD="" cp dir/in.pam out ;;
    photo) ae-denoise -t 1 in.png -o out ;;
    noise) ae-noise -t 1 -n correlated in.pam -o out ;;
    compare) ae-compare -t 1 in.png in.jpg > out ;;
    info) ae-info -t 1 --json net.safetensors in.jpg > out ;;
    encode) ae-encode -t 1 -m digits-ae in.png -o out ;;
    decode) ae-decode -t 1 -m digits-ae in.codes -o out ;;
    score) ae-score -t 1 -m digits-ae in.png > out ;;
    train) ae-train -t 1 --fail-fast -m conv:h=16 --steps 2 --batch 2 --val 0.5 -o out "$s"/digits/1-*.png ;;
    esac
}

broken=0
bad() {
    echo "$1, request $2 ($variable): $3"
    broken=$((broken + 1))
}

# try CASE n VARIABLE
try() {
    rm -rf out out.ckpt dir
    variable=$3
    rc=0
    (
        export "$3=$2" LD_PRELOAD="$so"
        run "$1"
    ) > said 2>&1 || rc=$?
    if [ $rc -eq 0 ]; then
        cmp -s out "$1.right" || bad "$1" "$2" "status 0, another output"
    elif [ $rc -gt 2 ]; then
        bad "$1" "$2" "status $rc"
    elif [ ! -s said ]; then
        bad "$1" "$2" "status $rc, no message"
    elif [ "$1" = train ] && [ -e out ]; then
        # what was learned is kept when what comes after it fails
        ae-info out > /dev/null || bad "$1" "$2" "status $rc, half a model"
    elif [ -e out ] && [ "$1" != compare ] && [ "$1" != info ] &&
        [ "$1" != score ] && ! cmp -s out "$1.right"; then
        bad "$1" "$2" "status $rc, part of an output"
    fi
    [ -z "$(find . -name '.*.tmp*')" ] || bad "$1" "$2" "a temporary file stays"
}

for case in png jpeg folder photo noise compare info encode decode score train; do
    rm -rf out out.ckpt dir
    ( export AE_COUNT="$PWD/number" LD_PRELOAD="$so"; run $case ) 2> said
    mv out $case.right
    read -r count calls < number
    [ "$count" -gt 20 ]
    n=1
    while [ $n -le "$count" ]; do
        try $case $n AE_FAIL_AT
        try $case $n AE_FAIL_FROM
        [ -n "${AE_EVERY:-}" ] || n=$((n + n / 3))
        n=$((n + 1))
    done
    n=0
    while [ $n -lt "$calls" ]; do
        n=$((n + 1))
        try $case $n AE_FAIL_IO
    done
done
[ $broken -eq 0 ]
