#!/bin/sh
# Every command: help, version, wrong usage and exit codes, streams that are
# closed or full; its manual page has the options that --help has.
set -eu

. "$AE_ROOT/tests/cli/expect"

# Two lines on stderr, the first as "command: ...", nothing on stdout.
wrong() {
    status 2 "$@"
    if [ "$(wc -l < err)" -ne 2 ] || [ -s out ] || ! grep -q "^$1: " err
    then
        echo "$*:"
        cat err
        exit 1
    fi
}

# Options, each behind the heading that stands above it.
under() {
    awk '/^-/ { print group ": " $0; next } { group = $0 }'
}

formats=$(ae-info --kinds | sed -n '/^formats/,/^[^ f]/s/^  \([a-z]*\) .* write .*/\1/p')
[ "$(echo "$formats" | wc -l)" -gt 8 ]

for path in "$BUILD"/bin/ae-*; do
    c=${path##*/}
    status 0 "$c" --help
    [ ! -s err ]
    head -n 1 out | grep -q "^Usage: $c "
    [ "$(awk 'length > 80' out)" = "" ]
    cp out help
    status 0 "$c" -h
    cmp out help
    status 0 "$c" --version
    grep -qx "$c (ae) [0-9.]*" out
    status 0 "$c" -V
    status 0 "$c" --hel            # a prefix
    wrong "$c" --no-such-option
    grep -q -e "--no-such-option" err
    wrong "$c" -Z
    wrong "$c" -q --threads
    wrong "$c" --threads=many
    wrong "$c" -t -1
    wrong "$c" --threads=2000
    wrong "$c" --quiet=1
    wrong "$c" --progress=maybe
    wrong "$c" --log-json=-

    rc=0; "$c" --help > /dev/full 2> err || rc=$?
    [ $rc -eq 1 ] && grep -q "^$c: stdout: " err
    rc=0; "$c" --help >&- 2> err || rc=$?
    [ $rc -eq 1 ]
    rc=0; "$c" --version 2>&- > out || rc=$?
    [ $rc -eq 0 ] && [ -s out ]

    # -T's help lists each format that is written
    if grep -q -e ' --to=' help; then
        sed -n '/ --to=/,/ --quality=/p' help > to
        for format in $formats; do
            grep -qw "$format" to || { echo "$c --help: no $format"; exit 1; }
        done
    fi

    # the page and --help agree both ways, under the same headings
    page=$AE_ROOT/man/$c.1
    [ -f "$page" ] || { echo "no $page"; exit 1; }
    sed -n -e 's/^\([A-Z][A-Za-z ]*\):$/\1/p' \
        -e 's/^ \{2,6\}\(-[a-zA-Z0-9], \)\{0,1\}\(--[a-z0-9-]*\).*/\1\2/p' help |
        under | sort > from-help
    sed -n '/^\.Sh OPTIONS/,/^\.Sh [^O]/p' "$page" |
        sed -n -e 's/^\.Sh OPTIONS/Options/p' -e 's/^\.Ss \(.*\)/\1/p' \
            -e 's/^\.It Fl \(.*\)/\1/p' |
        sed 's/ , Fl -/, --/; s/^-/--/; s/^\([a-zA-Z0-9],\)/-\1/; s/ Ns.*//' |
        under | sort > from-page
    diff from-help from-page || { echo "$c: --help < > page"; exit 1; }
    if installed mandoc; then
        mandoc -Tlint -Wwarning "$page" > lint 2>&1 || { cat lint; exit 1; }
    fi
done

# A command that waits for a terminal says so, unless -q; other streams aren't
# worth a word.
if installed script; then
    for c in 'ae-info' 'ae-encode -m digits' 'ae-score -m digits' \
        'ae-train -m dense -o x.st -' 'ae-denoise -f'; do
        printf '\004\004' | timeout 20 script -qec "$c" typed > seen 2>&1 || :
        grep -q "${c%% *}: reading the terminal" seen || { cat seen; exit 1; }
    done
    printf '\004\004' | timeout 20 script -qec 'ae-info -q' typed > seen || :
    if grep -q 'reading' seen; then exit 1; fi
fi
status 1 ae-info
if grep -q 'reading' err; then exit 1; fi
