#!/bin/sh
# Every file of the corpus of hostile and odd pictures gets the result that
# its manifest states: the right size and pixels, as the readers see them and as
# ae-denoise -s 0 writes them, or a refusal that says something and leaves no
# output.
set -eu

if [ ! -f "${AE_SHARED:-}/corpus/manifest.tsv" ]; then
    echo "AE_SHARED holds no corpus"
    exit 77
fi
corpus=$AE_SHARED/corpus
passed=0
failed=0
identical=0
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
    md5=$(pixels -1 -x "$corpus/$1" 2> err | md5sum)
    [ -z "$4" ] || [ "${md5%% *}" = "$4" ] || wrong "$1" "other pixels than $4"
    check_identity "$1"
}

# Through ae-denoise at strength 0: every whole sample in PNG, every float in
# NPY, is what the reader saw.
check_identity() {
    case $1 in
    *.npy | *.pfm) set -- "$1" npy -f ;;
    *) set -- "$1" png -x ;;
    esac
    pixels -1 "$3" "$corpus/$1" > right 2> err
    ae-denoise -q -s 0 -T "$2" -o through "$corpus/$1" 2> err ||
        wrong "$1" "is refused by ae-denoise"
    pixels -1 "$3" through > got 2> err || :
    cmp -s right got || wrong "$1" "has other pixels behind ae-denoise -s 0"
    identical=$((identical + 1))
    rm -f through
}

check_refused() {
    [ -s err ] || wrong "$1" "is refused without a word"
    status=0
    ae-denoise -s 0 -T png -o out.png "$corpus/$1" > out 2> err || status=$?
    [ "$status" = 1 ] || wrong "$1" "ends ae-denoise with status $status"
    [ -s err ] || wrong "$1" "is refused by ae-denoise without a word"
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
    status=0
    # shellcheck disable=SC3045
    (ulimit -v 2000000; exec timeout 20 ae-denoise --max-pixels 64M -s 0 \
        -T png -o out.png "$corpus/$1") > line 2> err || status=$?
    [ "$status" -le 1 ] || wrong "$1" "ends ae-denoise with status $status"
    [ "$status" = 0 ] || [ -s err ] || wrong "$1" "is refused without a word"
    [ "$status" = 0 ] || [ ! -e out.png ] || wrong "$1" "leaves an output"
    rm -f out.png
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
echo "either: $read_ read, $refused refused; $identical the same by -s 0"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
