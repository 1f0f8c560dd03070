#!/bin/sh
# The page of a run: well-formed, sufficient to itself, without figures that
# are none; it asks to be read again while training runs and no more when it
# ended, says why it ended, and keeps its curves when a run goes on.  Where
# Chromium is installed, what it draws is looked at.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/markup"
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

# sound PAGE - every tag closed, nothing fetched, every figure a number
sound() {
    markup "$1"
    head -n 1 "$1" | grep -q '^<!DOCTYPE html>'
    tail -n 1 "$1" | grep -q '</body></html>$'
    sed 's/base64,[^"]*//' "$1" > plain
    if grep -nE 'https?:|src="[^d]|href|url\(|@import' plain; then exit 1; fi
    if grep -niwE -- '-?(nan|inf|infinity)' plain; then exit 1; fi
}

# has PAGE WORD... - and each of them once at least
has() {
    page=$1
    shift
    for word in "$@"; do
        grep -q -e "$word" "$page" || { echo "no '$word' in $page"; exit 1; }
    done
}

# points PAGE - the steps and scores that its curves show
points() {
    sed -n '/id="points"/,/<\/script>/p' "$1" | tr -d '[]' |
        awk -F, '/^[0-9]/ { print $1, $4 }'
}

# a name that is markup; bars, samples, both curves
cp "$digits" '<i>&"x.gz'
vae() {
    ae-train -q -m vae:h=24,z=6 --loss bernoulli --batch 8 --steps 240 \
        --checkpoint-every 40 --kl-warmup linear "$@"
}
vae -o v.st --report v.html '<i>&"x.gz'
sound v.html
has v.html 'complete' '&lt;i>&amp;&quot;x.gz' 'held out' 'number 6:' \
    'of 6 active' 'Samples' '<b>bernoulli</b>' 'reconstruction' 'data:image/png'
if grep -q 'http-equiv="refresh' v.html; then exit 1; fi
test "$(grep -c '<path class="stroke t[01]" d="M' v.html)" -eq 8 # with legends
# input, reconstruction, error, walk, samples
test "$(grep -c '<img' v.html)" -eq 5

# the code's map with classes, which points have; a walk; what repeats the run
vae -o k.st --report k.html --labels "$AE_ROOT/samples/digits-idx1-ubyte.gz" \
    "$digits"
has k.html 'of the variance' '<h2>The code of' 'A walk through the code' \
    'class="fill t9"' '>9</text>'
sed -n '/^<pre>/s/<[^>]*>//gp' v.html |
    sed 's/&lt;/</g; s/&quot;/"/g; s/&amp;/\&/g' > again.sh
grep -q "^ae-train -m vae:h=24,z=6 -o v.st --batch=8 --steps=240 " again.sh
cp v.st first.st
sh again.sh
cmp first.st v.st

# the page is no part of the model; curves go on where a run does
vae -o w.st '<i>&"x.gz'
cmp v.st w.st
vae -o x.st --report x.html --time-limit 0.2s '<i>&"x.gz'
sound x.html
has x.html 'time is up\|complete'
vae -o x.st --report x.html --resume '<i>&"x.gz'
cmp v.st x.st
points v.html > a
points x.html | awk 'NR == FNR { seen[$1]; next } $1 in seen' a - > b
test "$(wc -l < a)" -eq 7
cmp a b

# a denoiser of pictures, a table's windows, a log: three strips, drawings,
# a sentence; a collapse is noted
ae-train -q -m unet:c=4,b=1 -n gauss:sigma=25 --val "$AE_ROOT/samples/tree.png" \
    --patch 16 --batch 2 --steps 4 --report u.html -o u.st \
    "$AE_ROOT/samples/house.png"
sound u.html
has u.html 'without noise' 'PSNR of held-out' 'noisy input' 'stroke-dasharray' \
    '>dB</text>' 'error, [0-9]* times'
awk 'BEGIN { print "a,b"; for (i = 0; i < 200; i++)
    print sin(i / 3) "," 7 * cos(i / 5) }' > t.csv
ae-train -q -m dense:z=2 --window 20 --loss l2 --steps 4 --report t.html \
    -o t.st t.csv
sound t.html
# six windows and six steps of a walk between two of them
test "$(grep -c 'viewBox="0 0 280 90"' t.html)" -eq 12
awk 'BEGIN { for (i = 0; i < 300; i++) print "disk " i " ready" }' > l.log
ae-train -q -m dense:z=2 --loss l2 --steps 4 --report l.html -o l.st l.log
sound l.html
has l.html 'hashed' '<h2>The code of'
if grep -q 'A walk' l.html; then exit 1; fi
ae-train -q -m vae:h=16,z=4 --loss bernoulli --beta 1000 --lr 0.01 --steps 60 \
    --checkpoint-every 20 --report c.html -o c.st "$digits"
has c.html 'class="note">the posterior has collapsed' ' 0 of 4 active'

# while it runs, and when it was ended
ae-train -q -m vae:h=24,z=6 --loss bernoulli --steps 1000000 \
    --checkpoint-every 20 --report r.html -o r.st "$digits" 2> log &
pid=$!
i=0
until grep -q 'training &#183; step' r.html 2> /dev/null || [ $i -gt 200 ]; do
    sleep 0.05
    i=$((i + 1))
done
cp r.html during.html
kill -INT $pid
wait $pid || true
sound during.html
has during.html 'http-equiv="refresh"' 'training &#183; step'
sound r.html
has r.html 'stopped at step'
if grep -q 'http-equiv="refresh' r.html; then exit 1; fi

# a page that can't be written ends the run
status=0
vae -o y.st --report no/such/y.html "$digits" 2> log || status=$?
test $status -eq 2
grep -q 'no/such/y.html' log
test -z "$(find . -name '.*.tmp')"

installed chromium || exit 0
# drawn: the blue and orange of curves, of which a run that has just begun
# has little, and the grays of digits
for page in during v; do
    timeout 60 chromium --headless --no-sandbox --disable-gpu \
        --disable-dev-shm-usage --user-data-dir="$PWD/profile" \
        --window-size=600,1500 --screenshot="$PWD/$page.png" \
        "file://$PWD/$page.html" > chromium.log 2>&1 ||
        { cat chromium.log; exit 1; }
    pixels -w ppm $page.png | tail -n +4 | od -An -v -tx1 -w3 | sort |
        uniq -c | awk -v least="$([ $page = v ] && echo 200 || echo 20)" '
        { many[$2 $3 $4] = $1 }
        END { print many["1f64be"], many["f0780a"], NR
              exit !(many["1f64be"] > least && many["f0780a"] > least &&
                     NR > 150) }' ||
        { echo "$page.html isn't drawn as it should be"; exit 1; }
done
