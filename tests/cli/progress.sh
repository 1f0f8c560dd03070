#!/bin/sh
# The progress line: never wider than the terminal, also of 5 columns and when
# it is resized; cut at a character; a colour only where one is wanted; names
# escaped; the time of all at the end.
set -eu
s=$AE_ROOT/samples
name=$(printf '\346\227\245\346\234\254\350\252\236')  # three wide characters
mkdir in
for i in 1 2 3; do
    cp "$s/tree.png" "in/$i-$name$name$name$name.png"
done
cp "$s/tree.png" "in/4-$(printf 'esc\033[7mape').png"

# terminal COLUMNS WIDEST - a run on such a terminal, whose lines have WIDEST
# columns at most; what it shows is in the file shown.
terminal() {
    rm -rf out
    TERM=xterm onpty "$1" ae-noise -q --progress=always -n gauss -r in -d out \
        > shown 2> widest
    [ "$(cat widest)" -le "$2" ] || { echo "$1: $(cat widest)"; exit 1; }
    [ "$(find out -type f | wc -l)" -eq 4 ]
}

# lacks TEXT FILE - it isn't there.
lacks() {
    if grep -q "$1" "$2"; then
        echo "$1 in $2"
        exit 1
    fi
}

# shows TEXT - a line of it begins so.
shows() {
    tr '\r' '\n' < shown | sed "s/$(printf '\033')\[[0-9]*[JmA]//g" > lines
    grep -q "$1" lines || { echo "no $1 in:"; cat lines; exit 1; }
}

terminal 100 99
shows "^\[#*\.*\] 1/4  [0-9.]* MP/s  [0-9:]* left  [1-4]-$name$name$name$name.png$"
shows '^\[#*\] 4/4  [0-9:]* in all  [0-9.]* MP/s$'
grep -q "$(printf '\033')\[32m" shown
terminal 44 43                   # room for a part of the name
shows "1/4  .* left  [1-4]-[^ ]*$"
lacks "$name.png" lines
terminal 5 4
shows '^1/4$'
shows '^4/4$'
for columns in 1 2 3 4 12 17 23; do
    terminal $columns $((columns > 1 ? columns - 1 : 1))
done
terminal 90,30,7,60 89

# a colour only where it is wanted
NO_COLOR=1 terminal 100 99
shows '^\[#*\.*\] 1/4 '
lacks "$(printf '\033')\[32m" shown
ae-noise -q --progress=always -n gauss -r in -d plain 2> shown
lacks "$(printf '\033')" shown
grep -q '^4/4  [0-9:]* in all  [0-9.]* MP/s$' shown

# the name's escape sequence isn't the terminal's
mkdir one
cp in/4* one
cp in/4* "one/5-$(printf 'esc\033[7mape').png"
TERM=xterm onpty 100 ae-noise -q --progress=always -n gauss -r one -d out1 \
    > shown 2> widest
lacks "$(printf '\033')\[7m" shown
grep -q '[45]-esc\\x1b\[7mape.png' shown

# none is asked for, or there is no terminal
onpty 80 ae-noise -q -n gauss -r one -d out2 > shown 2> widest
[ ! -s shown ]
onpty 80 ae-noise --progress=never -n gauss -r one -d out3 > shown 2> widest
[ "$(tr -d '\r' < shown)" = '2 done, 0 skipped, 0 passed over, 0 failed' ]
ae-noise -n gauss -r one -d out4 2> err
[ "$(cat err)" = '2 done, 0 skipped, 0 passed over, 0 failed' ]
