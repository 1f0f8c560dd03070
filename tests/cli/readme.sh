#!/bin/sh
# The README's lines on the shipped models of digits do as they stand there.
set -eu
ln -s "$AE_ROOT/samples" samples
awk '/^The shipped models of digits/ { on = 1 }
    on && /^```$/ { exit }
    on && code { print }
    /^```sh$/ { code = on }' "$AE_ROOT/README.md" > lines.sh
[ "$(grep -c '^ae-' lines.sh)" -ge 7 ]
sh -e lines.sh
for f in samples.png walk.png map.png cleaned/9-1.png maps/spots/9-2.png; do
    ae-info "$f" > /dev/null
done
[ "$(find cleaned maps -name "*.png" | wc -l)" -eq 20 ]
