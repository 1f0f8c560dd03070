#!/bin/sh
# Thresholds mark about the share that their quantile says, of items that they
# weren't taken from, and of rows as of windows; training says which share, and
# a note tells where many are marked.
set -eu
. "$AE_ROOT/tests/cli/expect"

# share MAX COMMAND... - of what it prints at most so much is marked.
share() {
    most=$1
    shift
    "$@" > out
    awk -F '\t' -v most="$most" 'NR > 1 { n++; k += $3 }
        END { print k / n; exit !(n > 0 && k / n <= most) }' out
}
train() { ae-train --progress never --loss l2 "$@"; }

series() {
    awk -v seed="$1" 'BEGIN { srand(seed); print "time,a,b"
        for (i = 0; i < 3000; i++) {
            n = rand() + rand() + rand() - 1.5
            printf "%d,%.3f,%.3f\n", i, sin(i * .2618) + .4 * n,
                cos(i * .2618) + .4 * (rand() - .5) } }'
}
series 2 > s.csv
series 3 > next.csv
# rows whose windows are all held out are too few here: learned ones serve
train -m dense:z=4 --steps 400 --window 24 --stride 4 -o few.st s.csv 2> err
says 'reconstruction: thresholds from .* learned scores mark of held-out ones:'
says 'reconstruction of points: thresholds from'
# and here not
train -m dense:z=4 --steps 400 --window 24 --stride 4 --val 0.3 -o w.st \
    s.csv 2> err
says 'reconstruction: thresholds from .* held-out scores mark of other held-out'
says 'of points: thresholds from .* held-out scores.*q99 [0-9.]* %'
for m in few w; do
    for how in least mean; do
        share 0.03 ae-score -q -m $m.st --points=$how --threshold q99 s.csv
        share 0.06 ae-score -q -m $m.st --points=$how --threshold q99 next.csv
    done
    share 0.04 ae-score -q -m $m.st --threshold q99 next.csv
done
# the threshold of rows isn't that of windows
ae-score -v -m w.st --threshold q99 s.csv 2>&1 > out | grep 'threshold' > a
ae-score -v -m w.st --points --threshold q99 s.csv 2>&1 > out |
    grep 'threshold' > b
if cmp -s a b; then exit 1; fi
fails 2 'no quantiles of knn scores of rows: give a score, or --contamination' \
    ae-score -m w.st --method knn --reference s.csv --points --threshold q99 \
    s.csv

# learned by heart: half of the new rows are marked, which both commands say
rows() {
    awk -v seed="$1" -v n="$2" 'BEGIN { srand(seed); print "a,b,c,d,e,f,g,h"
        for (i = 0; i < n; i++) for (k = 0; k < 8; k++)
            printf "%.4f%s", rand() + rand() + rand(), k < 7 ? "," : "\n" }'
}
rows 1 60 > rows.csv
rows 2 500 > new.csv
train -m dense:z=6,h=64 --steps 1500 --lr 0.003 -o heart.st rows.csv 2> err
says 'learned scores mark of held-out ones: q90 [0-9.]* %'
status 0 ae-score -m heart.st --threshold q99 new.csv
says '[0-9]* % of 500 scores are above --threshold q99'
status 0 ae-score -m heart.st --threshold q30 new.csv
[ ! -s err ] || ! grep -q 'scores are above' err
# of enough held-out rows the threshold holds
rows 3 2000 > many.csv
train -m dense:z=6,h=64 --steps 600 --val 0.2 -o many.st many.csv 2> err
says 'from [34][0-9]* held-out scores'
says 'q99 [0-9.]* %; a finer one is a guess'
share 0.035 ae-score -m many.st --threshold q99 new.csv
