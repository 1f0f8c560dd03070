#!/bin/sh
# ae-compare --html: the page is one file that asks nothing of others, holds
# the worst pairs' pixels as they are, names what failed, stays bounded, and
# shows any name as text.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/markup"
. "$AE_ROOT/tests/cli/pictures"
s=$AE_ROOT/samples

# sound PAGE - begins and ends as it should, every tag closed, nothing fetched,
# scripts left out
sound() {
    head -n 1 "$1" | grep -q '^<!DOCTYPE html>'
    tail -n 1 "$1" | grep -q '</body></html>$'
    grep -q "content=\"default-src 'none'" "$1"
    if sed 's/base64,[A-Za-z0-9+/=]*//g' "$1" |
        grep -nE 'https?:|//[a-z]+\.|src="[^d]|url\(|@import'; then exit 1; fi
    awk '/<script/ { hidden = 1 } !hidden; /<\/script>/ { hidden = 0 }' "$1" \
        > unscripted
    markup unscripted
}

# data PAGE - its pairs, one a line
data() {
    sed -n '/id="pairs"/,/<\/script>/p' "$1" | grep '^{"name"'
}

# coded LINE WHICH N - the N-th picture of `small` or `full`, as a file
coded() {
    printf '%s\n' "$1" | sed -n "s/.*\"$2\":\\[\\([^]]*\\)\\].*/\\1/p" |
        tr ',' '\n' | grep -v '^"data' | sed -n "$3p" | tr -d '"' | base64 -d
}

mkdir -p 'ref/<' 'img/<' # so that a path closes a script
cp "$s/tree.png" ref/good.png
cp "$s/tree.png" ref/'</script><i>&"x.png'
cp "$s/tree.png" ref/short.png
ae-noise -q -n gauss:sigma=5 -o img/good.png ref/good.png
ae-noise -q -n gauss:sigma=40 -o img/'</script><i>&"x.png' ref/good.png
head -c 900 img/good.png > img/short.png
status 1 ae-compare --html page.html ref img
sound page.html
# names are text: in the heading, in JSON, among the faults
ae-compare --html one.html 'img/</script><i>&"x.png' img/good.png > /dev/null
sound one.html
grep -qF '<h1>img/&lt;/script>&lt;i>&amp;&quot;x.png and img/good.png</h1>' \
    one.html
data page.html | head -n 1 |
    grep -qF '{"name":"img/\u003c/script>\u003ci>&\"x.png","values":['
grep -q '<li><b>img/short.png</b>: row 0: ends' page.html
grep -q '2 compared &#183; <a href="#faults">1 not</a>' page.html
[ "$(data page.html | wc -l)" -eq 2 ]

# the pictures are those that were compared, to the bit, the small ones small
line=$(data page.html | head -n 1)
coded "$line" full 1 > a.png
coded "$line" full 2 > b.png
pixels -x a.png > a
pixels -x ref/good.png | cmp a -
pixels -x b.png > b
pixels -x img/'</script><i>&"x.png' | cmp b -
coded "$line" small 2 > small.jpg
[ "$(pixels small.jpg)" = '160 160 3 0 255 jpeg' ]

# the order is that of the first metric, whichever way is better
first() { data "$1" | head -n 1 | sed 's/{"name":"[^"]*\/\([a-z]*\).png".*/\1/'; }
mkdir three
cp "$s/tree.png" three/same.png
cp img/good.png three/near.png
ae-noise -q -n gauss:sigma=40 -o three/far.png "$s/tree.png"
for metric in psnr mse ssim; do
    ae-compare --metric $metric --html order.html "$s/tree.png" three/same.png \
        three/far.png three/near.png > /dev/null
    [ "$(first order.html)" = far ]
    data order.html | sed 's/,"w".*//' > names
    sed -n 3p names | grep -q 'same.png'
done
ae-compare --html order.html "$s/tree.png" three/same.png > /dev/null
data order.html | grep -q '"values":\["inf",1,1,0,0,0\]'

# only the worst have their pictures; all have figures
ae-compare --worst 1 --html few.html "$s/tree.png" three/*.png > /dev/null
sound few.html
[ "$(data few.html | grep -c '"full"')" -eq 1 ]
data few.html | head -n 1 | grep -q 'far.png.*"full"'
ae-compare --worst 0 --html few.html "$s/tree.png" three/*.png > /dev/null
[ "$(data few.html | grep -c '"full"')" -eq 0 ]
[ "$(data few.html | grep -c '"small"')" -eq 3 ]

# of a large picture the window where it differs: 10000 pixels of 200 x 800,
# the spot in rows 300 to 302
picture 200 800 P5 > large.pgm
head -c 60000 large.pgm > spot.pgm
head -c 500 /dev/zero >> spot.pgm
tail -c +60501 large.pgm >> spot.pgm
ae-compare --pixels 10000 --html window.html large.pgm spot.pgm > /dev/null
window=$(data window.html | sed 's/.*"window":\[\([0-9,]*\)\].*/\1/')
echo "$window" | awk -F, '{ exit !($3 * $4 <= 10000 && $3 * $4 > 9000 &&
    $2 <= 299 && $2 + $4 >= 303 && $1 >= 0 && $1 + $3 <= 200 &&
    $2 + $4 <= 800) }' || { echo "$window"; exit 1; }
line=$(data window.html)
coded "$line" full 2 > part.png
[ "$(pixels part.png | cut -d ' ' -f 1,2)" = \
    "$(echo "$window" | awk -F, '{ print $3, $4 }')" ]

# more pairs than small pictures: the first digits against all
mkdir digits
gzip -dc "$s/digits-idx3-ubyte.gz" > digits/all.idx
ae-denoise -s 0 -q -T pgm -o - "$s/digits/0-0.png" > digits/0.pgm
i=0
while [ $i -lt 700 ]; do
    cat digits/0.pgm
    i=$((i + 1))
done > digits/many.pgm
head -c $((16 + 700 * 784)) digits/all.idx > digits/some.idx
printf '\000\000\002\274' | dd of=digits/some.idx bs=1 seek=4 conv=notrunc 2> dd.log
ae-compare --metric psnr --html many.html digits/many.pgm digits/some.idx \
    > figures
[ "$(wc -l < figures)" -eq 702 ]
[ "$(data many.html | wc -l)" -eq 700 ]
[ "$(data many.html | grep -c '"small"')" -eq 600 ]
[ "$(data many.html | grep -c '"full"')" -eq 16 ]
data many.html | tail -n 100 > best
[ "$(grep -c small best)" -eq 0 ]
data many.html | sed 's/.*"values":\[\("*[0-9.inf]*\).*/\1/' | tr -d '"' |
    sort -gc

# the page is an output as others are
echo old > old.html
fails 1 'old.html: exists' ae-compare --existing=error --html old.html a.png b.png
[ "$(cat old.html)" = old ]
status 0 ae-compare --existing=skip --html old.html a.png b.png
says 'old.html: exists, skipped'
grep -q ' b.png$' out
cp a.png c.png
fails 2 'c.png' ae-compare --html c.png c.png b.png
cmp a.png c.png
fails 2 'needs a file' ae-compare --html - a.png b.png
fails 2 'no/such' ae-compare --html no/such/page.html a.png b.png
status 1 ae-compare --html none.html a.png missing.png
sound none.html
grep -q 'missing.png' none.html
test -z "$(find . -name '.*.tmp')"
