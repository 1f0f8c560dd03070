#!/bin/sh
# The page of ae-score --html in a browser: seen, pointed at, reached by keys,
# in a wide window and in a narrow one.
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples

needs chromium node
gzip -dc "$s/taxi.csv.gz" | sed -n '1p;2900,$p' > rides.csv
ae-train -q --steps 200 --batch 16 --mixture 0 --label-column day --only usual \
    --window 24 -m dense:z=4,h=32 --loss l2 -o m.st rides.csv
ae-score -m m.st --threshold q95 --html windows.html rides.csv > out
ae-score -m digits-ae --html digits.html "$s/digits" > out
for page in windows digits; do
    for window in '1280 900' '360 640 dark'; do
        # shellcheck disable=SC2086
        node "$AE_ROOT/tests/tools/browser.js" $page.html \
            "$AE_ROOT/tests/cli/score-browser.js" $window
    done
done
