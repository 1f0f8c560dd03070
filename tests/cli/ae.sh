#!/bin/sh
# ae lists the commands with a line each, runs one by its short name from
# wherever it is found, and shows its page or its options.
set -eu

. "$AE_ROOT/tests/cli/expect"

status 0 ae
for path in "$BUILD"/bin/ae-*; do
    name=${path##*/ae-}
    summary=$("$path" --help | sed -n '2s/\.$//p')
    [ -n "$summary" ]
    grep -qE "^  $name +" out || { echo "ae: no $name"; exit 1; }
    grep -qF "$summary" out || { echo "ae: no '$summary'"; exit 1; }
done
[ "$(awk 'length > 80' out)" = "" ]
cp out list
for option in -h --help help; do
    status 0 ae $option
    cmp out list
done
status 0 ae --version
grep -qx 'ae [0-9.]*' out
[ "$(cat out)" = "ae $(ae-info --version | sed 's/.* //')" ]

# The command gets its arguments as they are, and its status comes back.
printf 'P2 2 1 255 0 9\n' > 'a b.pgm'
ae compare --tsv 'a b.pgm' 'a b.pgm' > out
ae-compare --tsv 'a b.pgm' 'a b.pgm' | cmp - out
status 1 ae compare 'a b.pgm' missing
grep -q '^ae-compare: missing: ' err
ln -s "$BUILD/bin/ae" linked
status 0 ./linked denoise --version
grep -q '^ae-denoise ' out

status 0 env PATH=/usr/bin:/bin MANPATH=/nowhere "$BUILD/bin/ae" help noise
grep -qi 'ae-noise' out
for wrong in nothing '-x' '--long' '../bin/sh' 'help nothing'; do
    # shellcheck disable=SC2086
    status 2 ae $wrong
    [ "$(wc -l < err)" -eq 2 ] && grep -q '^ae: ' err && [ ! -s out ]
done
