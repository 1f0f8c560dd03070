#!/bin/sh
# kill -9 before each call that changes a file: of an output there is the old
# file or the new one, never part of one; the next run cleans up what is left
# and gives what an undisturbed one does, a training from its checkpoint on.
# AE_EVERY=1 takes every call instead of some.
# the subshells keep the preloaded library to the commands
# shellcheck disable=SC2030,SC2031
set -eu
[ -z "${AE_SANITIZER:-}" ] || { echo "sanitizers come first"; exit 77; }
${CC:-cc} -shared -fPIC -O1 -o files.so "$AE_ROOT/tests/cli/files.c" 2> log ||
    { echo "no preloaded library can be built here"; exit 77; }
so=$PWD/files.so
s=$AE_ROOT/samples
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.st
mkdir in tmp
export TMPDIR="$PWD/tmp"
cp "$s"/digits/3-[1-3].png in
awk 'BEGIN { print "time,x,y"
             for (i = 0; i < 60; i++) print i "," sin(i) "," cos(i) }' > t.csv
(cd in && ae-encode -m digits-ae ./*.png) > z.jsonl

# run CASE: the command of the case, which writes into w
run() {
    case $1 in
    one) ae-denoise -q -m net.st -o w/x.png in/3-1.png ;;
    stream) ae-noise -q -n gauss -o w/x.ppm in/3-1.png in/3-2.png ;;
    fresh) ae-denoise -q -m net.st -r in -d w --existing skip ;;
    folder) ae-denoise -q -m net.st -r in -d w --existing overwrite ;;
    array) ae-encode -m digits-ae -o w/z.npy --names w/z.names in ;;
    items) ae-decode -m digits-ae -d w --existing overwrite z.jsonl ;;
    map) ae-score -m digits-ae --map w --existing overwrite in > /dev/null ;;
    plot) ae-latent plot -o w/plot.png z.jsonl ;;
    train) ae-train -q -m vae:z=2,h=4 --loss l2 --steps 6 --batch 4 \
        --checkpoint-every 2 --metrics w/m.csv --report w/m.html --resume \
        -o w/m.st t.csv ;;
    esac
}

# files of w that are complete under their names, without seconds of a run
list() {
    (cd "$1" && find . -type f ! -name '.*.ae-*' | sort | while read -r f; do
        case $f in
        ./m.csv) cut -d, -f1-4 m.csv | md5sum | sed 's/-/m.csv/' ;;
        ./m.html) ;;
        *) md5sum "$f" ;;
        esac
    done)
}

broken=0
bad() {
    echo "$1, call $2: $3"
    broken=$((broken + 1))
}

# What is there after a kill was there before or is new, and nothing else.
check_parts() {
    list w > parts
    case $1 in
    train) grep -v -e m.csv -e m.st -e ckpt parts > odd || : ;;
    *) grep -v -x -F -f old -f new parts > odd || : ;;
    esac
    [ ! -s odd ] || bad "$1" "$2" "part of a file: $(cat odd)"
    for f in w/m.st w/m.st.ckpt; do
        [ ! -e $f ] || ae-info $f > /dev/null || bad "$1" "$2" "half a $f"
    done
}

for case in one stream fresh folder array items map plot train; do
    # what stands there before; nothing where nothing is replaced
    rm -rf w before
    mkdir w before
    if [ "$case" != fresh ] && [ "$case" != train ]; then
        run "$case"
        rm -r before
        cp -R w before
        find before -type f | while read -r f; do echo old > "$f"; done
    fi
    list before > old
    rm -rf w
    cp -R before w
    (export AE_CALLS=1 LD_PRELOAD="$so"; run "$case") 2> said
    list w > new
    count=$(sed -n 's/^calls: //p' said)
    [ "$count" -gt 2 ]
    n=1
    while [ $n -le "$count" ]; do
        rm -rf w
        cp -R before w
        rc=0
        (export AE_KILL_AT=$n LD_PRELOAD="$so"; run "$case") > said 2>&1 || rc=$?
        [ $rc -eq 137 ] || bad "$case" "$n" "status $rc: $(cat said)"
        check_parts "$case" "$n"
        run "$case" || bad "$case" "$n" "the next run: status $?"
        list w > now
        cmp -s now new || bad "$case" "$n" "the next run: $(diff now new)"
        [ -z "$(find w tmp -name '.*.ae-*' -o -name 'ae-*')" ] ||
            bad "$case" "$n" "left: $(find w tmp -name '*ae-*')"
        [ -n "${AE_EVERY:-}" ] || n=$((n + n / 2))
        n=$((n + 1))
    done
done
[ $broken -eq 0 ]
