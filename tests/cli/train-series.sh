#!/bin/sh
# shellcheck disable=SC2086
# Tables, arrays and logs are learned from; what isn't one is refused with its
# line and column; the recipe is in the model.
set -eu
short="-q --steps 30 --batch 8 --checkpoint-every 30 --val 0.1"

awk 'BEGIN { print "time;temp;load;state"
    for (i = 0; i < 400; i++)
        printf "2020-01-01 %02d:%02d;%.3f;%.3f;%s\n", i / 60, i % 60,
            20 + 5 * sin(i / 4), 100 * cos(i / 4), i < 350 ? "ok" : "bad"
}' > series.csv
ae-train -m dense:z=4 -o rows.st $short --label-column state --only ok \
    --loss l2 series.csv
ae-info --json rows.st > info
grep -q '"kind":"csv".*"columns":\[\[2,"temp"\],\[3,"load"\]\]' info
grep -q '"scale":"global"' info
ae-train -m dense:z=4 -o windows.st $short --window 24 --stride 6 \
    --columns temp,load --loss l2 series.csv
ae-info --json windows.st > info
grep -q '"window":24,"stride":6' info
grep -q '"shape":\[1,24,2\]' info

# the period is found, said, kept, and obeyed by what uses the model
ae-train -m dense:z=4 -o auto.st $short --window auto --columns temp,load \
    --loss l2 series.csv
ae-train -m dense:z=4 -o told.st $short --window 25 --columns temp,load --loss l2 \
    series.csv
ae-info --json auto.st > info
grep -q '"window":25,"stride":7' info
ae-encode -m auto.st series.csv > codes
ae-encode -m told.st series.csv | cmp - codes
ae-train -m conv1d:h=4,z=2 -o taxi.st --steps 2 --mixture 0 --window auto \
    --loss l2 --columns rides --rows 101: "$AE_ROOT/samples/taxi.csv.gz" 2> log
grep -q 'window auto: 24 rows, the dominant period' log

# gzipped, through a pipe: the same model
gzip -c series.csv | ae-train -m dense:z=4 -o again.st $short --input csv \
    --window 24 --stride 6 --columns -state --loss l2 -
ae-info --json again.st > info
grep -q '"window":24,"stride":6' info
# a second run over the same data is the same bytes
ae-train -m dense:z=4 -o second.st $short -t 1 --window 24 --stride 6 \
    --columns temp,load --loss l2 series.csv
cmp windows.st second.st

# a log
awk 'BEGIN { for (i = 0; i < 200; i++)
    print "disk " i % 7 (i % 3 ? " ready after " i " ms" : " spins up") }' > app.log
ae-train -m dense:z=4 -o log.st $short --loss l2 app.log
ae-info --json log.st > info
grep -q '"kind":"text","buckets":2048' info

# an array of 40 rows of 6 numbers
{
    printf '\223NUMPY\001\000\166\000%-117s\n' \
        "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 6), }"
    awk 'BEGIN { for (i = 0; i < 240; i++) printf "%c", 65 + i % 26 }'
} > a.npy
ae-train -m dense:z=2 -o npy.st $short --loss bce a.npy
ae-info --json npy.st > info
grep -q '"shape":\[1,6,1\]' info

awk 'BEGIN { srand(7); for (i = 0; i < 300; i++) print rand() "," rand() }' \
    > noise.csv

. "$AE_ROOT/tests/cli/expect"

# refuses STATUS TEXT ARGUMENT... - ae-train ends so and says so.
refuses() {
    want=$1
    text=$2
    shift 2
    fails "$want" "$text" ae-train -m dense:z=2 -o no.st --steps 2 "$@"
}
refuses 2 '--scale unit' --loss bce --scale none --columns temp series.csv
refuses 2 "no column 'wind'" --columns wind series.csv
refuses 2 '400 row(s), a window takes 500' --window 500 --columns temp series.csv
refuses 2 '--only needs' --only ok series.csv
refuses 2 '--stride needs' --stride 2 series.csv
refuses 2 'window auto: no period stands out of 300 rows.*give --window N' \
    --window auto noise.csv
refuses 2 'window auto: no row of the data' --window auto series.csv
refuses 2 "read twice" --window auto --input csv -
refuses 2 'auto: a.npy: no table' --window auto a.npy
refuses 2 'no table' --window auto "$AE_ROOT/samples/digits"
refuses 2 'window (N or auto)' --window day series.csv
refuses 2 'has its own' --window auto -m windows.st series.csv
printf '1,2\n3,4,5\n' > ragged.csv
refuses 2 'line 2 has 3 column' ragged.csv
# all of a table or none: rows before the fault aren't learned from
awk 'BEGIN { for (i = 0; i < 40; i++) print i "," 2 * i; print 7 }' > late.csv
refuses 2 'line 41 has 1 column' late.csv
refuses 2 'nothing to use' late.csv
printf '1,2\n3,nan\n' > nan.csv
refuses 2 'line 2, column 2: the value is missing' nan.csv
printf '1,2\n3,\000\n' > nul.csv
refuses 2 'line 2, byte 3' nul.csv
: > empty.csv
refuses 2 'left out: .*empty' empty.csv
