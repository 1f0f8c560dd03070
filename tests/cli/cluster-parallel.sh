#!/bin/sh
# shellcheck disable=SC2086
# Batches by GNU parallel, xargs -P and mpirun on one machine: what they make is
# what one run makes, and what was broken off is taken up again.
set -eu
. "$AE_ROOT/tests/cli/expect"
newmodel unet:c=4,b=1 net.safetensors
mkdir photos
for k in 1 2 3 4 5 6 7 8; do cp "$AE_ROOT/samples/digits/$k-1.png" photos; done
clean="ae-denoise -q -m net.safetensors"
$clean -r photos -d whole
skipped=

# again - leaves no trace of a run, which should have left none but its files.
again() {
    [ -z "$(find . -name '*.tmp')" ]
    rm -r clean
}

find photos -name '*.png' -print0 |
    xargs -0 -n 3 -P 2 $clean --existing=skip -d clean
diff -r whole clean
rm clean/5-1.png
touch -d 2020-01-01 clean/*
find photos -name '*.png' -print0 |
    xargs -0 -n 3 -P 2 $clean --existing=skip -d clean
diff -r whole clean
[ "$(find clean -type f -newermt 2020-01-02)" = clean/5-1.png ]
again

if installed parallel; then
    # the third of four parts fails at first
    mv photos/5-1.png 5-1.png && echo cut > photos/5-1.png
    shards="parallel -j 2 --joblog log --resume-failed
        $clean -r photos -d clean --existing=skip --shard {}/4 ::: 1 2 3 4"
    rc=0
    $shards 2> /dev/null || rc=$?
    [ $rc -eq 1 ]
    [ "$(awk '$7' log | wc -l)" -eq 2 ] # and the log's header
    mv 5-1.png photos
    touch -d 2020-01-01 clean/*
    $shards
    diff -r whole clean
    [ "$(find clean -type f -newermt 2020-01-02)" = clean/5-1.png ]
    again
    # lists of files; those that the log has aren't even begun again
    list="parallel -X -j 2 --joblog files --resume $clean -d clean --"
    find photos -name '*.png' | sort | $list
    diff -r whole clean
    again
    find photos -name '*.png' | sort | $list
    [ ! -e clean ]
else
    skipped="$skipped parallel"
fi

if installed mpirun; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    mpirun --oversubscribe -np 3 $clean -r photos -d clean --shard auto
    diff -r whole clean
    again
else
    skipped="$skipped mpirun"
fi
[ -z "$skipped" ] || { echo "not installed:$skipped"; exit 77; }
