#!/bin/sh
# Every table of the corpus is learned from, or refused with its line, as its
# manifest states.
set -eu

if [ ! -f "${AE_SHARED:-}/corpus/manifest.tsv" ]; then
    echo "AE_SHARED holds no corpus"
    exit 77
fi
failed=0
awk -F '\t' 'NR > 1 && $2 == "csv" { print $1 "|" $3 }' \
    "$AE_SHARED/corpus/manifest.tsv" > files
test -s files
while IFS='|' read -r file expect; do
    status=0
    timeout 60 ae-train -m dense:z=2,h=8 -o m --steps 1 --batch 2 --val 0.3 \
        "$AE_SHARED/corpus/$file" > out 2> err || status=$?
    case $expect/$status in
    ok/0 | either/0) ;;
    fail/2 | either/2)
        grep -q 'left out: .*\(line\|row\|UTF\)' err && continue
        echo "$file: refused without a place"
        cat err
        failed=1
        ;;
    *)
        echo "$file: expected $expect, status $status"
        cat err
        failed=1
        ;;
    esac
done < files
exit $failed
