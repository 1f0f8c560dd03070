#!/bin/sh
# ae-info --kinds: layers, losses, optimisers and schedules from their tables.
# ae-model(5) has the same text between `.Ss Layers` and `.Ss The file`; after
# a change of a table, what this test prints with a `>` goes there.
set -eu

. "$AE_ROOT/tests/cli/expect"

status 0 ae-info --kinds
awk '
function print_wrapped(text,    word, n, i, line) {
    n = split(text, word, " ")
    line = word[1]
    for (i = 2; i <= n; i++) {
        if (length(line) + length(word[i]) >= 79) {
            print line
            line = word[i]
        } else {
            line = line " " word[i]
        }
    }
    print line
}
function close_attributes() { if (inside) print ".El"; inside = 0 }
function close_group() { close_attributes(); if (group) print ".El" }
{ gsub(/\^/, "\\(ha") }
/^[a-z]/ {
    close_group()
    group = $1 != "formats"
    if (group) {
        print ".Ss " toupper(substr($1, 1, 1)) substr($1, 2)
        print ".Bl -tag -width Ds"
    }
    next
}
!group { next }
/^    / {
    if (!inside)
        print ".Bl -tag -compact -width init=auto"
    inside = 1
    split($1, set, "=")
    print ".It Cm " set[1] " Ns = Ns \\&" substr($1, length(set[1]) + 2)
    sub(/^ *[^ ]* */, "")
    print_wrapped($0)
    next
}
{
    close_attributes()
    print ".It Ic " $1
    sub(/^ *[^ ]* */, "")
    print_wrapped($0)
}
END { close_group() }' out > from-tables
sed -n '/^\.Ss Layers/,/^\.Ss The file/p' "$AE_ROOT/man/ae-model.5" |
    sed '$d' > from-page
diff from-page from-tables || { echo "ae-model(5) < > ae-info --kinds"; exit 1; }

# Every line of JSON is an object; conv takes one input and has a default k.
status 0 ae-info --kinds --json
grep -q '^{"type":"layer","name":"conv",.*"inputs":\[1,1\]' out
grep -q '^{"type":"layer","name":"conv",.*{"name":"k","default":"3","min":1,"max":255,' out
grep -q '^{"type":"loss","name":"huber",' out
grep -q '^{"type":"optimiser","name":"adamw",' out
grep -q '^{"type":"schedule","name":"cosine",' out
[ "$(grep -cv '^{.*}$' out || :)" = 0 ]
