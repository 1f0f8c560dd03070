#!/bin/sh
# stdin, stdout and stderr that are closed, in every combination: no file lands
# on their descriptors, so that a message or a picture never gets into another;
# what would have been read or written there fails.
set -eu
d=$AE_ROOT/samples/digits
mkdir w
(cd "$d" && ae-encode -m digits-ae 3-1.png 3-2.png) > z.jsonl
awk 'BEGIN { print "time,x,y"
             for (i = 0; i < 60; i++) print i "," sin(i) "," cos(i) }' > t.csv

# closing SET COMMAND... : SET names descriptors, "02"
closing() (
    case $1 in *0*) exec <&- ;; esac
    case $1 in *1*) exec >&- ;; esac
    case $1 in *2*) exec 2>&- ;; esac
    shift
    exec "$@"
)

broken=0
while read -r run; do
    rm -rf w
    mkdir w
    # shellcheck disable=SC2086
    $run > log 2>&1
    rm -rf right
    cp -R w right
    for set in 0 1 2 01 02 12 012; do
        rm -rf w
        mkdir w
        rc=0
        # shellcheck disable=SC2086
        closing $set $run > log 2> err || rc=$?
        if [ $rc -ne 0 ] || ! diff -r w right; then
            echo "$run, without $set: status $rc: $(cat err)"
            broken=$((broken + 1))
        fi
    done
done << END
ae-denoise -o w/x.png $d/3-1.png
ae-denoise --preview w/p.png -d w/d $d/3-1.png $d/3-2.png
ae-noise -v -n gauss -o w/x.jpg $d/3-1.png
ae-encode -m digits-ae -o w/z.npy --names w/names $d/3-1.png
ae-decode -m digits-ae -d w z.jsonl
ae-sample -m digits -n 2 --latents -o w/z.csv
ae-latent plot -o w/m.png z.jsonl
ae-train -v -m dense:z=1 --loss l2 --steps 4 --checkpoint-every 2 -o w/m.st t.csv
END

# What is to come from a closed stdin, or go to a closed stdout.
while read -r run; do
    for set in 0 1 01 012; do
        rc=0
        # shellcheck disable=SC2086
        closing $set $run > log 2> err || rc=$?
        if [ $rc -lt 1 ] || [ $rc -gt 2 ]; then
            echo "$run, without $set: status $rc"
            broken=$((broken + 1))
        fi
    done
done << END
ae-denoise
ae-noise -n gauss
ae-noise --estimate
ae-encode -m digits-ae
ae-decode -m digits-ae
ae-latent mean
ae-score -m digits-ae
ae-info -
END
[ $broken -eq 0 ]
