#!/bin/sh
# ae-compare --runs: the best of each run, from any of the files that ae-train
# writes; a page with what differs and the curves over one another; files of no
# run.
set -eu
. "$AE_ROOT/tests/cli/expect"
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

run() {
    name=$1
    shift
    ae-train -q -m vae:h=16,z=4 --loss bernoulli --batch 8 --steps 120 \
        --checkpoint-every 40 -o "$name.st" --rows 1:400 "$@" "$digits" 2> log
}
run a --metrics a.csv --report a.html
run b --metrics b.jsonl --report b.html --lr 0.01

# the three files of one run agree; what is printed is in the table of metrics
ae-compare --runs --tsv a.csv b.jsonl a.html b.html > rows
cut -f 2-5 rows | sed -n 2p > a
cut -f 2-5 rows | sed -n 4p | cmp - a
cut -f 2-5 rows | sed -n 3p > b
cut -f 2-5 rows | sed -n 5p | cmp - b
if cmp -s a b; then exit 1; fi
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "nats") at = i; next }
    $at != "" && (best == "" || $at < best) { best = $at; step = $1 }
    END { printf "%.6g\t%d\t120\n", best, step }' a.csv > want
cut -f 1-3 a | cmp - want
ae-compare --runs --json a.csv | grep -q '"steps":120'

# of psnr the highest is best
printf 'step,loss,lr,psnr,seconds\n10,1,1,,1\n20,1,1,31.5,2\n30,1,1,30,3\n' \
    > p.csv
ae-compare --runs --tsv p.csv | grep -q '^p.csv	31.5	20	30	1	3$'

# the page: a chart a column with a line a run, and what differs: the rate
ae-compare --runs --html page.html a.csv a.html b.html '<i>.csv' > out \
    2> err && exit 1
says '<i>.csv'
cp a.csv '<i>.csv'
ae-compare --runs --html page.html '<i>.csv' a.html b.html > out
grep -q '&lt;i>.csv' page.html
grep -q '<h2>nats</h2>' page.html
grep -q '<h2>divergence</h2>' page.html
sed -n '/<h2>nats/,/<\/section>/p' page.html > chart
[ "$(grep -c '<path class="stroke t[012]" d="M[0-9.]* [0-9.]*L[0-9. ]*L[0-9. ]*"><title>' chart)" -eq 3 ]
sed -n '/Settings that differ/,/<\/section>/p' page.html > differ
grep -q '<th>lr</th></tr>' differ
grep -q '<td>0.01</td></tr>' differ
[ "$(grep -c '<th>' differ)" -eq 1 ]
if sed 's/base64,[^"]*//' page.html | grep -nE 'https?://|src=|@import'; then
    exit 1
fi

# no runs: named, and the others are compared; wrong usage
echo 'a,b' > none.csv
echo '{"step":' > cut.jsonl
echo '<p>' > other.html
: > empty
for f in none.csv cut.jsonl other.html empty absent; do
    status 1 ae-compare --runs --tsv "$f" p.csv
    says "^ae-compare: $f: "
    grep -q '^p.csv' out
done
status 1 ae-compare --runs --html none.html none.csv
[ ! -e none.html ]
status 2 ae-compare --runs
fails 2 'belong to it' ae-compare --runs --metric psnr p.csv
fails 2 'p.csv' ae-compare --runs --html p.csv p.csv

installed chromium || exit 0
# drawn: the tones of the three runs
timeout 60 chromium --headless --no-sandbox --disable-gpu \
    --disable-dev-shm-usage --user-data-dir="$PWD/profile" \
    --window-size=1000,1400 --screenshot="$PWD/page.png" \
    "file://$PWD/page.html" > chromium.log 2>&1 || { cat chromium.log; exit 1; }
pixels -w ppm page.png | tail -n +4 | od -An -v -tx1 -w3 | tr -d ' ' | sort |
    uniq -c | awk '{ many[$2] = $1 }
        END { exit !(many["1f64be"] > 50 && many["f0780a"] > 50 &&
                     many["289632"] > 50) }' ||
    { echo "page.html isn't drawn as it should be"; exit 1; }
