#!/bin/sh
# kill -9 at random instants of a training, which is resumed until it is
# complete: the same model, byte for byte, and the same rows as of a run that
# was never disturbed; nothing behind the last checkpoint is done again, and
# nothing is left.  AE_KILLS says how many kills (4); 100 take two minutes.
set -eu
awk 'BEGIN { print "time,x,y"
             for (i = 0; i < 60; i++) print i "," sin(i) "," cos(i) }' > t.csv
mkdir w
kills=${AE_KILLS:-4}

# train NAME [OPTION...]; in a job of its own it is the process to be killed
job=
train() {
    name=$1
    shift
    $job ae-train -m vae:z=2,h=4 --loss l2 --steps 400 --batch 4 \
        --checkpoint-every 10 --metrics "w/$name.csv" \
        --report "w/$name.html" -o "w/$name.st" "$@" t.csv
}
train whole 2> log
cut -d, -f1-4 w/whole.csv > whole
# how long that takes, in thousandths of a second
begin=$(date +%s%N)
train timed 2> log
length=$((($(date +%s%N) - begin) / 1000000))

# the n-th instant, spread over the run; the same ones each time
instant() {
    awk -v n="$1" -v ms="$length" 'BEGIN {
        srand(n); rand(); printf "%.3f", rand() * ms / 1000 }'
}

# the step of a checkpoint, 0 without one
step_of() {
    if [ -e "$1" ]; then
        ae-info "$1" | sed -n "s/.*checkpoint of a run, step \([0-9]*\) .*/\1/p"
    else
        echo 0
    fi
}

n=0
while [ "$n" -lt "$kills" ]; do
    rm -f w/killed.* w/.killed.*
    begun=
    complete=
    while [ -z "$complete" ]; do
        before=$(step_of w/killed.st.ckpt)
        n=$((n + 1))
        job="exec"
        train killed --resume 2> log &
        pid=$!
        job=
        sleep "$(instant $n)"
        kill -9 $pid 2> /dev/null || :
        rc=0
        wait $pid 2> /dev/null || rc=$?
        [ $rc -eq 0 ] || [ $rc -eq 137 ] || { cat log; exit 1; }
        # what a checkpoint or the complete model holds is never done again
        if [ -n "$begun" ] && grep -q 'starting anew' log; then cat log; exit 1; fi
        if [ -e w/killed.st.ckpt ]; then
            begun=1
            [ "$(step_of w/killed.st.ckpt)" -ge "$before" ]
        fi
        [ $rc -ne 0 ] && [ "$n" -lt "$kills" ] || complete=1
    done
    train killed --resume 2> log
    if [ -n "$begun" ] && grep -q 'starting anew' log; then cat log; exit 1; fi
    cmp w/whole.st w/killed.st
    cut -d, -f1-4 w/killed.csv | cmp - whole
    left=$(find w -name '.*' -type f -o -name '*.ckpt')
    [ -z "$left" ] || { echo "left: $left"; exit 1; }
done
