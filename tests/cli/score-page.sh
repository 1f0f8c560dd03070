#!/bin/sh
# ae-score --html and --sheet: the page is one file that asks nothing of others;
# its items are the oddest ones in order, with their scores; odd stretches are
# those that the scores have; what has no score is named; a name is text.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/markup"
s=$AE_ROOT/samples

# sound PAGE - begins and ends as it should, every tag closed, nothing fetched,
# scripts left out
sound() {
    head -n 1 "$1" | grep -q '^<!DOCTYPE html>'
    tail -n 1 "$1" | grep -q '</body></html>$'
    grep -q "content=\"default-src 'none'" "$1"
    if sed 's/base64,[A-Za-z0-9+/=]*//g' "$1" | grep -v "^const SVG = " |
        grep -nE 'https?:|//[a-z]+\.|src="[^d]|url\(|@import'; then exit 1; fi
    awk '/<script/ { hidden = 1 } !hidden; /<\/script>/ { hidden = 0 }' "$1" \
        > unscripted
    markup unscripted
}

# oddest TSV N - rank, score and name, as the page has them
oddest() {
    tail -n +2 "$1" | sort -t "$(printf '\t')" -s -k 2,2gr | head -n "$2" |
        awk -F '\t' '{ printf "%d. <b>%.4g</b> %s\n", NR, $2, $1 }'
}

# pictures: the oddest, each three times; the bars have all
ae-score -m digits-ae --html page.html --sheet sheet.png --threshold q90 \
    "$s/digits" > tsv
sound page.html
sed -n 's/^<\/div>\([0-9]*\. <b>.*\)<\/li>$/\1/p' page.html > shown
oddest tsv 40 | cmp - shown
[ "$(grep -c '<img ' page.html)" -eq 120 ]
sed -n '/class="told"/,/<\/script>/p' page.html > told
grep -c ' to [0-9.e-]*: ' told | grep -q '^[1-9]'
sed -n 's/.* to [0-9.e-]*: \([0-9]*\).*/\1/p' told |
    awk '{ n += $1 } END { print n; exit n != 100 }'
above=$(awk -F '\t' 'NR > 1 { n += $3 } END { print n }' tsv)
[ "$above" -gt 0 ]
grep -q "100 pictures .* $above above the threshold [0-9.]*, q90<" page.html
# the sheet is 8 by 5 places of 132 by 156 pixels, its first item the oddest,
# four times as large
[ "$(pixels sheet.png)" = '1200 876 3 0 255 png' ]
worst=$(oddest tsv 1 | sed 's/.*b> //')
ae-denoise -s 0 -q -T pgm -o worst.pgm "$worst"
tail -c 784 worst.pgm | od -An -v -tu1 -w1 > want
pixels -w ppm sheet.png | tail -c 3153600 | od -An -v -tu1 -w3600 |
    awk 'NR > 17 && NR <= 129 && (NR - 18) % 4 == 0 {
        for (x = 17; x < 129; x += 4) print $(3 * x + 1) }' | tr -d ' ' > got
tr -d ' ' < want | cmp - got
# fewer; the same scores without it
ae-score -m digits-ae --oddest 3 --html few.html --sheet few.png "$s/digits" |
    cut -f 2 > a
[ "$(grep -c '^<li>' few.html)" -eq 3 ]
[ "$(pixels few.png | cut -d ' ' -f 1,2)" = '460 188' ]
cut -f 2 tsv | cmp - a
# without a threshold the line is at what the model knows
grep -q 'above the threshold [0-9.]*, q99 of training' few.html

# a name is text; what can't be scored is named with its reason
mkdir 'a<b>'
cp "$s/digits/3-1.png" 'a<b>/<i>&".png'
cp "$s/tree.png" 'a<b>/<u>.png'
head -c 200 "$s/digits/4-1.png" > 'a<b>/short.png'
status 1 ae-score -m digits-ae --html names.html --contamination 0.1 'a<b>'
sound names.html
grep -qF '<h1>a&lt;b> scored by digits-ae</h1>' names.html
grep -qF 'a&lt;b>/&lt;i>&amp;&quot;.png</li>' names.html
grep -qF '<li><b>a&lt;b>/&lt;u>.png</b>: ' names.html
grep -q '&lt;u>.png</b>: .*--fit crop' names.html
grep -qF '<li><b>a&lt;b>/short.png</b>: ' names.html
grep -q '1 pictures .*#faults">2 without a score' names.html
# names and reasons are kept apart, whatever a name says; all are listed, of
# which the messages only count more than eight
mkdir many
cp "$s/digits/3-1.png" 'many/z: left out: is fine.png'
for i in 0 1 2 3 4 5 6 7 8 9; do
    head -c 200 "$s/digits/4-1.png" > "many/$i: left out: no reason.png"
done
status 1 ae-score -m digits-ae --html many.html many
says '10 files left out'
sound many.html
grep -qF '<b>many/7: left out: no reason.png</b>: row 0: ends at offset' many.html
[ "$(grep -c '^<li><b>many/[0-9]: left out: no reason.png</b>: row' many.html)" -eq 10 ]
grep -q '1 pictures .*#faults">10 without a score' many.html
# a file that can't be opened, behind one that is left out
status 1 ae-score -m digits-ae --html two.html many none.png many/0*
[ "$(grep -c '^<li><b>none.png</b>: No such file' two.html)" -eq 1 ]
grep -q '#faults">12 without a score' two.html

# a series: the stretches are the runs of rows above the threshold
gzip -dc "$s/taxi.csv.gz" | sed -n '1p;2900,$p' > rides.csv
ae-train -q --steps 200 --batch 16 --mixture 0 --label-column day --only usual \
    --window 24 -m dense:z=4,h=32 --loss l2 -o m.st rides.csv
ae-score -m m.st --points --threshold q95 --html rows.html rides.csv > rows
sound rows.html
awk -F '\t' '
    function flush() { if (n) printf "%s\t%s\t%d\n", first, last, n; n = 0 }
    NR > 1 && $3 { if (!n) first = $1; last = $1; n++ }
    NR > 1 && !$3 { flush() }
    END { flush() }' rows | sort > want
[ "$(wc -l < want)" -gt 3 ]
sed -n '/Odd stretches/,/<\/table>/p' rows.html | grep '^<tr><td>' |
    sed 's/<tr><td><b>[^<]*<\/b><\/td><td>//; s/<\/td><td>/\t/g' |
    cut -f 1-3 | sort | cmp - want
grep -q "<h2>Odd stretches: $(wc -l < want)</h2>" rows.html
grep -q '>rides</text>' rows.html
# each row is told; the line of the column has as many points
rows=$(($(wc -l < rows) - 1))
[ "$(sed -n '/The series/,/<\/script>/p' rows.html |
    grep -c '^"20\|^{"at":\["20')" -eq "$rows" ]
grep -o '<path class="stroke t7" d="[^"]*"' rows.html | tr L '\n' | wc -l |
    grep -qx "$rows"
# windows: drawn, and none that overlaps an odder one
ae-score -m m.st --html windows.html --sheet windows.png --threshold q95 \
    rides.csv > windows
sound windows.html
sed -n 's/^<\/div>[0-9]*\. <b>.*<\/b> \(.*\)<\/li>$/\1/p' windows.html > shown
[ "$(wc -l < shown)" -eq 40 ]
tail -n +2 windows | cut -f 1 | awk 'NR == FNR { at[$0] = FNR; next }
    { for (t in seen) if (at[$0] - t < 4 && t - at[$0] < 4) bad = 1
      seen[at[$0]] } END { exit bad }' - shown
pixels windows.png | grep -q ' 3 0 255 png$'
# a pipe is read once only
ae-score -m m.st --points --threshold q95 --html pipe.html < rides.csv |
    cmp - rows
sed 's/rides.csv scored/- scored/g' rows.html | cmp - pipe.html

# lines, with the classes that labels give; rows, with what was expected
head -n 400 "$s/service.log" > ordinary.log
ae-train -q --batch 16 --mixture 0 --lr 0.003 --steps 100 -m dense:z=8,h=64 \
    --loss l2 -o log.st ordinary.log
ae-score -m log.st --labels "$s/service.labels" --html log.html \
    "$s/service.log" > lines 2> err
sound log.html
grep -q '<td>1</td><td>Nov 24 ' log.html
grep -q 'outliers by their labels' log.html
awk 'BEGIN { print "t,flow"; for (i = 0; i < 300; i++)
    print sin(i / 9) "," (i == 77 ? 50 : 3 * sin(i / 9)) }' > t.csv
ae-train -q --steps 100 -m dense:z=1,h=8 --loss l2 -o t.st t.csv
ae-score -m t.st --html t.html t.csv > out
sound t.html
grep -q '<td>1</td><td><b>.*<td>79</td><td>flow 50 (.* expected), t ' t.html

# the outputs are outputs as others are
echo old > old.html
fails 1 'old.html: exists' ae-score -m t.st --existing=error --html old.html t.csv
status 0 ae-score -m t.st --existing=skip --html old.html t.csv
says 'old.html: exists, skipped'
[ "$(cat old.html)" = old ] && cmp out out
chmod 600 t.csv
ae-score -m t.st --html private.html t.csv > out
case $(ls -l private.html) in -rw-------*) ;; *) exit 1 ;; esac
fails 2 't.csv' ae-score -m t.st --html t.csv t.csv
fails 2 'need a file' ae-score -m t.st --html - t.csv
fails 2 'rows and lines' ae-score -m t.st --sheet t.png t.csv
fails 2 'rows and lines' ae-score -m log.st --sheet t.png ordinary.log
fails 2 'exclude' ae-score -m m.st --points --sheet t.png rides.csv
fails 2 'exclude it' ae-score -m digits-ae --shard 1/2 --html t.html "$s/digits"
fails 2 'belongs to' ae-score -m t.st --existing=skip t.csv
fails 2 '--oddest belongs to' ae-score -m t.st --oddest 3 t.csv
[ ! -e t.png ]
echo none > none.png
status 1 ae-score -m digits-ae --html none.html --sheet no.png none.png
sound none.html
[ ! -e no.png ] && grep -q '<b>none.png</b>: ' none.html
test -z "$(find . -name '.*.tmp')"
