#!/bin/sh
# The page of ae-compare --html in a browser: seen, moved, reached by keys, in
# a wide window and in a narrow one.
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples

needs chromium node
mkdir three
cp "$s/tree.png" three/same.png
ae-noise -q -n gauss:sigma=5 -o three/near.png "$s/tree.png"
ae-noise -q -n gauss:sigma=40 -o three/far.png "$s/tree.png"
ae-compare --html seen.html "$s/tree.png" three/*.png > /dev/null
for window in '1280 900' '360 640 dark'; do
    # shellcheck disable=SC2086
    node "$AE_ROOT/tests/tools/browser.js" seen.html \
        "$AE_ROOT/tests/cli/compare-browser.js" $window
done
