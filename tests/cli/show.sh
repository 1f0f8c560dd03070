#!/bin/sh
# What `make demo` shows its picture with: kitty's protocol or sixels where the
# terminal says that it has them, and nothing elsewhere.  script(1) is the
# terminal; what it is given stands for the terminal's answer.
set -eu
. "$AE_ROOT/tests/cli/expect"
needs script
esc=$(printf '\033')
ae-denoise -q -s 0 < "$AE_ROOT/samples/digits/3-1.png" > digit.png

# no terminal: nothing, and status 1
rc=0; show digit.png > out || rc=$?
test $rc -eq 1; test ! -s out

# terminal ANSWER - what comes out where the terminal answers so
terminal() {
    printf '%b' "$1" | script -qec 'show digit.png' log > out 2> /dev/null || true
}

# it answers neither question with yes: nothing but the questions
terminal '\033[?62;22c'
if grep -q "${esc}Pq\|a=T" out; then exit 1; fi
grep -q 'a=q' out

# sixels: 28 x 28 pixels in five bands, the ink of the digit among them
terminal '\033[?62;4;22c'
grep -aq "${esc}Pq\"1;1;28;28#0;2;0;0;0" out
test "$(tr -cd '\055' < out | wc -c)" -eq 5
grep -aq '#251[?-~!0-9]*\$' out
if grep -q 'a=T' out; then exit 1; fi

# kitty: the same picture, as PNG in base64, even where it has sixels, too
terminal '\033_Gi=31;OK\033\\\\\033[?62;4c'
tr -d '\r\n' < out | sed "s/.*a=T,f=100,m=0;\([^$esc]*\).*/\1/" |
    base64 -d > back.png
ae-compare digit.png back.png --threshold 'max<1' > /dev/null
if grep -q "${esc}Pq" out; then exit 1; fi
