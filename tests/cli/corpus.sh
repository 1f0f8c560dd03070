#!/bin/sh
# Every file of the corpus of hostile and odd pictures gets the result that
# its manifest states: the right size and pixels, or a refusal that says
# something and leaves no output.
set -eu

if [ ! -f "${AE_SHARED:-}/corpus/manifest.tsv" ]; then
    echo "AE_SHARED holds no corpus"
    exit 77
fi
corpus=$AE_SHARED/corpus
passed=0
failed=0
read_=0
refused=0

# Name of the file, and what is wrong with its result.
wrong() {
    echo "$1: $2"
    head -n 3 err
    bad=1
}

# What the readers see, against size and md5 of the manifest.
check_read() {
    set -- "$1" "$2" "$3" "$4" "$(head -n 1 line)"
    case $5 in
    "$2 $3 "*) ;;
    *) [ -z "$2" ] || wrong "$1" "is $2 x $3, not: $5" ;;
    esac
    [ -n "$4" ] || return 0
    md5=$(pixels -1 -x "$corpus/$1" 2> err | md5sum)
    [ "${md5%% *}" = "$4" ] || wrong "$1" "other pixels than $4"
}

check_refused() {
    [ -s err ] || wrong "$1" "is refused without a word"
    status=0
    ae-noise -n gauss:sigma=5 -T png -o out.png "$corpus/$1" \
        > out 2> err || status=$?
    [ "$status" = 1 ] || wrong "$1" "ends ae-noise with status $status"
    [ -s err ] || wrong "$1" "is refused by ae-noise without a word"
    if [ -e out.png ] || [ -s out ]; then
        wrong "$1" "leaves an output"
    fi
    rm -f out.png
}

# A bomb is refused, or done within 2 GB and 20 s.
check_limit() {
    status=0
    # shellcheck disable=SC3045
    (ulimit -v 2000000; exec timeout 20 pixels -m 64000000 "$corpus/$1") \
        > line 2> err || status=$?
    [ "$status" -le 1 ] || wrong "$1" "ends with status $status"
}

check() {
    bad=0
    if [ "$2" = limit ]; then
        [ -n "$AE_SANITIZER" ] || check_limit "$1"
    else
        status=0
        timeout 60 pixels "$corpus/$1" > line 2> err || status=$?
        case $2/$status in
        ok/0) check_read "$1" "$3" "$4" "$5" ;;
        fail/1) check_refused "$1" ;;
        either/0) check_read "$1" "$3" "$4" "$5"; read_=$((read_ + 1)) ;;
        either/1) check_refused "$1"; refused=$((refused + 1)) ;;
        *) wrong "$1" "expected $2, status $status" ;;
        esac
    fi
    passed=$((passed + 1 - bad))
    failed=$((failed + bad))
}

awk -F '\t' 'NR > 1 && $2 ~ /^(png|jpeg|pnm|npy|other)$/ {
    print $1 "|" $3 "|" $4 "|" $5 "|" ($2 == "npy" ? "" : $8) }' \
    "$corpus/manifest.tsv" > files
while IFS='|' read -r file expect w h md5; do
    check "$file" "$expect" "$w" "$h" "$md5"
done < files
echo "either: $read_ read, $refused refused"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
