#!/bin/sh
# shellcheck disable=SC2086
# One bad item costs one item: rows and lines before and behind it are scored,
# encoded and learned from; few are named, many are counted.
set -eu
. "$AE_ROOT/tests/cli/expect"

short="-q -m dense:z=2 --loss l2 --steps 20 --mixture 0"
awk 'BEGIN { print "time,a,b"
    for (i = 1; i <= 40; i++) print i "h," i % 7 "," i % 5 }' > good.csv
sed '20s/,[0-9]*$/,/' good.csv > bad.csv
awk 'BEGIN { for (i = 1; i <= 40; i++) print "job " i % 3 " of disk " i % 4 }' \
    > good.log
{ head -n 9 good.log; printf 'a\000b\n'; tail -n 30 good.log; } > bad.log
ae-train $short -o table.st good.csv
ae-train $short -o text.st good.log
ae-encode -q -m table.st -o good.npy good.csv
ae-train $short -o array.st good.npy
# row 10 of 40 rows of two numbers becomes NaN
cp good.npy bad.npy
at=$(($(wc -c < bad.npy) - 40 * 8 + 10 * 8))
printf '\000\000\300\177' | dd of=bad.npy bs=1 seek=$at conv=notrunc 2> dd.log

# rows FILE - lines on stdout, without a header.
rows() { tail -n +"$1" out | wc -l; }
for kind in table,csv,'line 20, column 3' text,log,'line 10 holds a NUL' \
    array,npy,'row 10'; do
    model=${kind%%,*} rest=${kind#*,}
    ending=${rest%%,*} why=${rest#*,}
    fails 1 "bad.$ending: $why" ae-score -q -m $model.st bad.$ending
    [ "$(rows 2)" -eq 39 ] && [ "$(wc -l < err)" -eq 1 ]
    cut -f 2 out > scores
    ae-score -q -m $model.st good.$ending | cut -f 2 > all
    if grep -vxFf all scores; then exit 1; fi
    fails 1 "bad.$ending: $why" ae-encode -q -m $model.st bad.$ending
    [ "$(rows 1)" -eq 39 ]
    fails 0 "bad.$ending: left out: $why" \
        ae-train $short -o m.st bad.$ending
    [ "$(ae-info --json m.st | jq '.train.data | .items + .held_out')" -eq 39 ]
    rm m.st
    fails 1 "$why" ae-train $short --fail-fast -o m.st bad.$ending
    [ ! -e m.st ]
done

# of a table that is denoised, the other rows come out
fails 1 'line 20, column 3' ae-denoise -q -m table.st bad.csv
[ "$(rows 2)" -eq 39 ]
# and of an array, whose header tells how many
fails 1 'row 10' ae-denoise -q -m array.st -o y.npy bad.npy
[ "$(wc -c < y.npy)" -eq $((128 + 39 * 8)) ]
fails 1 'row 10' ae-denoise -q -m array.st -T npy bad.npy

# many: one line with their count, each of them with -v; a tenth is too many
awk 'BEGIN { print "time,a,b"
    for (i = 1; i <= 1000; i++) print i "h," i % 7 ",\n" i "m,1,2" }' > many.csv
fails 1 '1000 rows left out' ae-score -q -m table.st many.csv
[ "$(rows 2)" -eq 1000 ] && [ "$(wc -l < err)" -eq 1 ]
status 1 ae-score -v -m table.st many.csv
[ "$(grep -c 'left out: line' err)" -eq 1000 ]
fails 1 '1000 of 2000 items were left out' ae-train $short -o m.st many.csv
ae-score -q -m m.st good.csv > out

# a row is answered before the other half of the next one is waited for
mkfifo in answers
ae-encode -q -m text.st < in > answers &
exec 3> in 4< answers
printf 'job 1 of disk 2\njob' >&3
read -r first <&4
printf ' 2 of disk 3\n' >&3
exec 3>&-
read -r second <&4
exec 4<&-
wait $!
case $first$second in *'"1"'*'"2"'*) ;; *) exit 1 ;; esac
