#!/bin/sh
# ae-tune: the best of its trials, with the line that trains it once more; the
# same trials after kill -9 and with two processes; objectives; trials that fail;
# a page.
set -eu

. "$AE_ROOT/tests/cli/expect"

awk 'BEGIN { srand(3); for (i = 0; i < 300; i++) { x = rand(); y = rand()
    printf "%.4f,%.4f,%.4f,%.4f\n", x, y, x * y, x - y } }' > rows.csv

tune() {
    $job ae-tune -q -t 1 -m dense:z=2,h=8,depth=1 --mixture 0 --batch 8 \
        --steps 180 --min-steps 20 --trials 7 "$@" rows.csv
}
job=
space='lr=log:1e-4..1e-1 h=4|8|16 depth=1..2 act=relu|tanh'

# the table, the best, its line
tune --space "$space" -o a.st > a.tsv
[ "$(wc -l < a.tsv)" -eq 8 ]
[ "$(head -n 1 a.tsv | tr '\t' ' ')" = "trial state step value lr h depth act" ]
[ "$(awk -F '\t' 'NR == 2 { print $2, $3, $5, $6, $7, $8 }' a.tsv)" = \
    "done 180 0.001 8 1 relu" ]
awk -F '\t' 'NR > 2 { n += $2 == "pruned" } END { exit n < 2 }' a.tsv
best=$(tail -n +2 a.tsv | sort -t "$(printf '\t')" -gk 4,4 | head -n 1 | cut -f 1)
cmp a.st "a.st.trials/$best/model.safetensors"
ae-tune -t 1 -m dense:z=2,h=8,depth=1 --mixture 0 --batch 8 --steps 180 \
    --min-steps 20 --trials 7 --space "$space" -o a.st rows.csv 2> said > b.tsv
cmp a.tsv b.tsv
grep -q "^trial $best is the best: " said
tail -n 1 said | sed 's/-o a.st/-o again.st -t 1/' > line
grep -q '^ae-train ' line
sh line 2> err
cmp a.st again.st

# the same once more, killed again and again; trainers end with it
job="exec"
for pause in 0.4 0.7 1.1; do
    tune --space "$space" -o killed.st > /dev/null 2> err &
    pid=$!
    sleep $pause
    kill -9 $pid 2> /dev/null || true
    wait $pid 2> /dev/null || true
done
job=
printf '{"event":"rep' >> killed.st.study
tune --space "$space" -o killed.st > killed.tsv
cmp a.tsv killed.tsv
cmp a.st killed.st
[ ! -e killed.st.study.lock ]

# a signal: all is saved, the status is its own
job="exec"
tune --space "$space" -o ended.st > ended.tsv 2> err &
pid=$!
i=0
until grep -q '"trial":2' ended.st.study 2> /dev/null || [ $i -gt 400 ]; do
    sleep 0.05
    i=$((i + 1))
done
kill -TERM $pid 2> /dev/null || true
rc=0
wait $pid || rc=$?
job=
[ $rc -eq 143 ] || [ $rc -eq 0 ]
[ -s ended.st ]
tune --space "$space" -o ended.st > ended.tsv
cmp a.tsv ended.tsv

# two processes on one study: each trial once, both write the best
tune --space "$space" --search sobol -o two.st > one.tsv &
pid=$!
tune --space "$space" --search sobol -o two.st > two.tsv
wait $pid
cmp one.tsv two.tsv
[ "$(cut -f 1 two.tsv | sort -u | wc -l)" -eq 8 ]
grep -c '"settings":{' two.st.study | grep -qx 7
tune --space "$space" -o jobs.st -j 2 > jobs.tsv
[ "$(wc -l < jobs.tsv)" -eq 8 ]

# a trainer that is killed is taken up again
job="exec"
tune --space "$space" -o shot.st > shot.tsv 2> err &
pid=$!
job=
i=0
until child=$(ps -o pid= --ppid $pid) && [ -n "$child" ] || [ $i -gt 400 ]; do
    sleep 0.02
    i=$((i + 1))
done
# shellcheck disable=SC2086
kill -9 $child 2> /dev/null || true
wait $pid
cmp a.tsv shot.tsv

# an objective: what it says counts, low or high; the model's path is $MODEL
# shellcheck disable=SC2016
tune --space 'h=4|8|16' --prune none --trials 4 --maximise \
    --objective 'wc -c < "$MODEL"' -o big.st > big.tsv
awk -F '\t' 'NR > 1 && $4 > most { most = $4; h = $5 } END { exit h != 16 }' big.tsv
[ "$(wc -c < big.st)" -eq "$(tail -n +2 big.tsv | cut -f 4 | sort -g | tail -n 1)" ]

# that of the page: the area under the ROC curve of outliers
awk 'BEGIN { srand(5); print "a,b,c,y" > "t.csv"; print "a,b,c"
    for (i = 0; i < 100; i++) { x = rand(); y = rand(); z = i % 9 == 0
        print x "," y "," x * y
        print x "," y "," (z ? 2 + x : x * y) "," z > "t.csv" } }' > normal.csv
objective=$(sed -n "/^ *'ae-score/,/'$/p" "$AE_ROOT/man/ae-tune.1" |
    sed "s/\\\\e$/\\\\/; s/'//g")
[ -n "$objective" ]
ae-tune -q -t 1 -m dense --space 'z=2|3' --steps 100 --trials 1 --maximise \
    --objective "$objective" -o roc.st normal.csv > roc.tsv
[ "$(awk 'NR == 2 { print $2, $4 }' roc.tsv)" = 'done 1' ]

# the number of a process that has a median rule, a file of the space, a page
printf 'lr=log:1e-4..1e-1 # the rate\nh=4|8\n' > space
tune --space space --prune median --report page.html -o m.st > m.tsv
. "$AE_ROOT/tests/cli/markup"
markup page.html
grep -q 'How much each setting matters' page.html
grep -q 'epsilon squared' page.html

# what can't be varied any further is the end, and said
ae-tune -t 1 -m dense:z=2,h=8,depth=1 --mixture 0 --batch 8 --steps 20 \
    --trials 20 --space 'h=4|8 act=relu|tanh' -o few.st rows.csv > few.tsv 2> said
[ "$(tail -n +2 few.tsv | cut -f 5,6 | sort -u | wc -l)" -eq 4 ]
[ "$(wc -l < few.tsv)" -eq 5 ]
grep -q 'all combinations of the settings were tried' said
! grep -q combinations err || exit 1

# faults, each by name; usage is wrong before anything is written
wrong() {
    says=$1
    shift
    status 2 tune -o x.st "$@"
    grep -q -e "$says" err || { cat err; exit 1; }
    [ ! -e x.st.study ]
}
wrong "speed is neither an option of ae-train nor a variable" --space 'speed=1|2'
wrong "lr: the range 1..0.1 is empty" --space 'lr=1..0.1'
wrong "lr: '0.1' leaves nothing to choose" --space lr=0.1
wrong "lr: 0 is outside" --space 'lr=0..1'
wrong "act=sin" --space 'act=relu|sin'
wrong "loss changes what the score" --space 'loss=l1|l2'
wrong "beta changes what the score" --space 'beta=0.1..1.0'
wrong "noise changes what the score" --space 'noise=gauss|impulse'
wrong "self changes what the score" --space 'self=none|blind'
wrong "steps is the same in all trials" --space 'steps=1|2'
wrong "nowhere: " --space nowhere
wrong "minimise or --maximise" --space 'h=4|8' --objective true
status 2 ae-tune -q -m dense -o x.st --space 'h=4|8' rows.csv
grep -q 'steps N' err

# nothing that is there and is no model is replaced, nor one file by another
cp rows.csv own.csv
mkdir folder
cp rows.csv folder
echo precious > notes
kept() {
    says=$1
    shift
    status 2 ae-tune -q -m dense:z=2,h=8 --steps 9 --trials 1 --space 'h=4|8' "$@"
    grep -q -e "$says" err || { cat err; exit 1; }
}
kept 'own.csv is one file, both input and output (--output)' -o own.csv own.csv
kept 'own.csv is one file, .* (--study)' -o x.st --study own.csv own.csv
kept 'own.csv is one file, .* (--report)' -o x.st --report own.csv own.csv
kept 'x.st.study is one file, two outputs' -o x.st --report x.st.study rows.csv
kept 'both input and output' -o folder/rows.csv --input csv folder
kept "notes: isn't a model, so it isn't replaced" -o notes rows.csv
cmp own.csv rows.csv
cmp folder/rows.csv rows.csv
[ "$(cat notes)" = precious ]

status 2 tune --space 'h=4|16' -o a.st
grep -q "a.st.study: .*space.* when the study began" err
printf '{"ae_tune":2,"version":"9.0"}\n' > new.st.study
status 2 tune --space "$space" -o new.st
grep -q "new.st.study: was written by a newer version (9.0, format 2)" err
echo precious > other.st.study
status 2 tune --space "$space" -o other.st
grep -q "other.st.study: is no study" err
[ "$(cat other.st.study)" = precious ]

# trial 1 fails: the search ends, and goes on when that is mended
status 2 tune --space 'h=4|8' --minimise --objective 'echo many' -o f.st
grep -q "trial 1: the objective printed no number, but 'many'" err
status 2 tune --space 'h=4|8' --minimise --objective 'echo oh >&2; false' -o g.st
grep -q "trial 1: the objective ended with status 1: oh" err
status 2 ae-tune -q -m dense --space 'h=4|8' --steps 9 -o h.st nothing.csv
grep -q "trial 1: ae-train ended with status .*nothing.csv" err
cp rows.csv nothing.csv
status 0 ae-tune -q -m dense --space 'h=4|8' --steps 9 --trials 2 -o h.st nothing.csv

# one that fails, or has too little memory, is named, and the others are done
status 1 tune --space 'h=4|100000' --memory 16M --search sobol --prune none \
    --trials 4 -o n.st
grep -q "trial .: ae-train ended with status " err
grep -q '"event":"fail"' n.st.study
[ -s n.st ] && grep -q failed out && [ "$(grep -c "done" out)" -ge 2 ]
