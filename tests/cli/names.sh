#!/bin/sh
# Names: items are called by their path as it was typed, rows and lines by their
# file where there are several, times that repeat by their number; no two items
# have one name.  What is written under such names mirrors them below a folder
# and never leaves it.  Models don't depend on where the data are.
set -eu
. "$AE_ROOT/tests/cli/expect"
m="-q -m digits-ae"
mkdir -p p/in q away
cp "$AE_ROOT/samples/digits/0-0.png" p/a.png
cp "$AE_ROOT/samples/digits/1-0.png" p/in/b.png
cp "$AE_ROOT/samples/digits/2-0.png" q/a.png
names() { sed 1d | cut -f 1 | tr '\n' ' '; }
# list COMMAND... - files below a folder.
list() { find "$1" -type f | LC_ALL=C sort | tr '\n' ' '; }

# pictures, of folders given in several ways, of a stream
# shellcheck disable=SC2086
{
    [ "$(ae-score $m p q/a.png ./q | names)" = \
        'p/a.png p/in/b.png q/a.png ./q/a.png ' ]
    [ "$(cd p && ae-score $m . a.png | names)" = './a.png ./in/b.png a.png ' ]
    [ "$(ae-score $m p/ | names)" = 'p/a.png p/in/b.png ' ]
    [ "$(cat p/a.png q/a.png | ae-score $m - q/a.png | names)" = \
        'stdin stdin#1 q/a.png ' ]
    ae-score $m p q | sed 1d | cut -f 1 | xargs ae-info > out
    [ "$(ae-encode $m --format tsv --names n p q | cut -f 1 | tr '\n' ' ')" = \
        'p/a.png p/in/b.png q/a.png ' ]
}
[ "$(tr '\n' ' ' < n)" = 'p/a.png p/in/b.png q/a.png ' ]

# latents and maps mirror them
# shellcheck disable=SC2086
{
    ae-encode $m p q | ae-decode $m -d out.d
    [ "$(list out.d)" = 'out.d/p/a.png out.d/p/in/b.png out.d/q/a.png ' ]
    ae-score $m --map maps p q > out
    [ "$(list maps)" = 'maps/p/a.png maps/p/in/b.png maps/q/a.png ' ]
    ae-encode $m --format tsv p/a.png | cut -f 2- > z
    mkdir box
    for name in /x/abs.png ../up.png s/../../side.png ./here//it.png \
        .hid/.den.jpg ..; do
        printf '%s\t' "$name"
        cat z
    done > names.tsv
    (cd box && ae-decode $m -d d ../names.tsv)
    [ "$(list box)" = "box/d/_...png box/d/_.hid/_.den.png box/d/abs.png \
box/d/here/it.png box/d/side.png box/d/up.png " ]
    # a link below the folder leads nowhere
    mkdir links
    ln -s ../away links/p
    ae-encode $m p q > z.jsonl
    fails 1 'links/p/a.png: its folder is a link' \
        ae-decode $m -d links z.jsonl
    [ -z "$(list away)" ] && [ "$(list links)" = links/q/a.png' ' ]
}

# rows by their time, lines by their number
for f in one two; do
    printf 'time,a\n01:00,1\n02:00,2\n02:00,4\n02:00#2,1\n02:00,3\n' > $f.csv
    for i in 1 2 3 4 5 6 7 8 9; do echo "line $i of $f"; done > $f.log
done
ae-train -q -m dense:z=1 --loss l2 --steps 5 -o rows.st one.csv
ae-train -q -m dense:z=2 --loss l2 --steps 5 -o text.st one.log
[ "$(ae-score -m rows.st one.csv | names)" = \
    '01:00 02:00 02:00#2 02:00#2#2 02:00#3 ' ]
[ "$(ae-score -m rows.st --rows 3: one.csv | names)" = \
    '02:00#2 02:00#2#2 02:00#3 ' ]
[ "$(ae-encode -m rows.st --format tsv one.csv | cut -f 1 | sort -u | wc -l)" \
    -eq 5 ]
# a name that was made is taken as well
printf 'time,a\n02:00#2,1\n02:00,2\n02:00,4\n' > taken.csv
[ "$(ae-score -m rows.st taken.csv | names)" = '02:00#2 02:00 02:00#3 ' ]
ae-score -m rows.st one.csv two.csv > out
[ "$(sed 1d out | cut -f 1 | sort -u | wc -l)" -eq 10 ]
grep -q '^two.csv:02:00#3	' out
mkdir logs
cp one.log two.log logs
[ "$(ae-score -m text.st one.log | sed -n 3p | cut -f 1)" = 2 ]
[ "$(ae-score -m text.st one.log two.log | sed -n 12p | cut -f 1)" = two.log:2 ]
[ "$(ae-score -m text.st logs | sed -n 12p | cut -f 1)" = logs/two.log:2 ]
[ "$(ae-score -m text.st - < one.log | sed -n 3p | cut -f 1)" = 2 ]
# windows and their rows
ae-train -q -m dense:z=1 --loss l2 --steps 5 --window 2 --stride 1 -o win.st \
    one.csv
[ "$(ae-score -m win.st one.csv | names)" = '02:00 02:00#2 02:00#2#2 02:00#3 ' ]
[ "$(ae-score -m win.st --points one.csv two.csv | names | cut -d ' ' -f 8)" = \
    two.csv:02:00#2 ]

# the line itself, tabs escaped, also of one that is longer than a page
printf 'a\tb\\c\n\n\303\251 d\033\n' > odd.log
awk 'BEGIN { for (i = 0; i < 9000; i++) printf "x"; print "end" }' >> odd.log
ae-score -m text.st --lines odd.log > out
[ "$(head -n 1 out)" = "$(printf 'name\tscore\tline')" ]
[ "$(sed 1d out | cut -f 3 | head -n 3)" = \
    "$(printf 'a\\tb\\c\n\n\303\251 d\\x1b')" ]
[ "$(sed -n 5p out | cut -f 3 | wc -c)" -eq 9004 ]
ae-score -m text.st --lines --contamination 0.3 odd.log | cut -f 1,2,4 |
    cmp - out
ae-score -m text.st --lines --json odd.log |
    grep -q '^{"name":"1","score":[^,]*,"line":"a\\[tu0]*9*b\\\\c"}$'
fails 2 '--lines is for models of text' ae-score -m rows.st --lines one.csv

# which are held out depends on no folder, so the model doesn't
train() { ae-train -q -m dense:z=2 --steps 20 --seed 4 -o "$@"; }
train here.st "$AE_ROOT/samples/digits"
(cd "$AE_ROOT/samples/digits" && train "$HOME/there.st" .)
cp -R "$AE_ROOT/samples/digits" moved
train moved.st ./moved/
cmp here.st "$HOME/there.st"
cmp here.st moved.st
