#!/bin/sh
# Tables as programs and people write them: a bad row costs one row, missing
# values are filled in as the model says, dates and times name the rows; what
# training found is in the model and obeyed by all commands.
set -eu

. "$AE_ROOT/tests/cli/expect"

# learn MODEL ARGUMENT... - trains a small model.
learn() {
    model=$1
    shift
    ae-train -m dense:z=1 --loss l2 --steps 5 --mixture 0 -o "$model" "$@"
}
# names - of the items scored, without the header.
names() { sed 1d "$1" | cut -f 1; }

awk 'BEGIN { print "time,temp,hum"
    for (i = 0; i < 60; i++)
        printf "2024-01-%02d %02d:00,%.3f,%.3f\n", 1 + i / 24, i % 24,
            20 + 5 * sin(i / 4), 50 + 9 * cos(i / 4) }' > good.csv
learn good.st -q good.csv

# a bad row is named, the others are scored, encoded and learned from
awk 'NR == 5 { $0 = $0 ",9" } NR == 8 { sub(/,[^,]*$/, "") }
    NR == 12 { sub(/[^,]*$/, "ERR") } NR == 20 { sub(/,/, ",\"") } { print }' \
    good.csv > bad.csv
for c in 'ae-score -m good.st' 'ae-encode --format tsv -m good.st'; do
    # shellcheck disable=SC2086
    status 1 $c bad.csv
    [ "$(grep -c '^2024' out)" = 56 ]
    for n in 5 8 12 20; do
        grep -q "line $n\>" err
    done
    grep -q "line 12, column 3 'hum': 'ERR' is not a number" err
done
learn bad.st -v bad.csv 2> err
grep -q "2 column(s) are taken: 'temp', 'hum'" err
ae-info --json bad.st | grep -q '"items":54,"held_out":2'
awk 'NR > 1 && NR % 7 == 0 { $0 = "x" } { print }' good.csv > worse.csv
status 1 learn worse.st -q worse.csv
grep -q '8 of' err

# a header that comes again, blank rows, remarks, another end of fields
{
    cat good.csv
    echo ',,'
    echo '# the second file'
    cat good.csv
} | ae-score -m good.st > out
[ "$(names out | wc -l)" = 120 ]
sed 's/$/,/' good.csv | ae-score -m good.st | sed 1d > a
ae-score -m good.st good.csv | sed 1d | cmp - a

# windows: no one spans a row left out
learn windows.st -q --window 6 --stride 1 good.csv
ae-score -m windows.st good.csv > all
status 1 ae-score -m windows.st bad.csv
mv out some
# between the rows of lines 5, 8, 12, 20 and the end there are 3, 2, 3, 7, 41
[ "$(names some | wc -l)" = 38 ]
sed 1d some | grep -v -x -F -f all && exit 1

# missing values
awk 'NR == 10 { sub(/[^,]*$/, "NA") } NR == 30 { sub(/,[^,]*/, ",") } { print }' \
    good.csv > gaps.csv
status 1 ae-score -m good.st gaps.csv
[ "$(names out | wc -l)" = 58 ]
grep -q "line 10, column 3 'hum': the value is missing ('NA')" err
grep -q '2 row(s) with missing values.*--missing last' err
learn last.st -q --missing last gaps.csv
ae-info --json last.st | grep -q '"missing":"last"'
ae-info last.st | grep -q 'columns=\[\[2,"temp"\],\[3,"hum"\]\] missing=last'
ae-score -m last.st gaps.csv > out 2> err
[ "$(names out | wc -l)" = 60 ]
grep -q '2 missing value(s) taken as the last' err
awk -F , -v OFS=, 'NR > 1 && ($2 == "" || $3 == "NA") {
    if ($2 == "") $2 = t; else $3 = h } { t = $2; h = $3; print }' gaps.csv |
    ae-score -m last.st | cmp - out
learn mean.st -q --missing mean gaps.csv
ae-info --json mean.st | grep -q '"missing":"mean".*"mean":\[20'
ae-score -q -m mean.st gaps.csv > out
[ "$(names out | wc -l)" = 60 ]
# an option says otherwise than the model
status 1 ae-score -q -m mean.st --missing skip gaps.csv
[ "$(names out | wc -l)" = 58 ]
ae-score -q -m good.st --missing mean gaps.csv > out
[ "$(names out | wc -l)" = 60 ]
learn refuse.st -q --missing refuse good.csv
fails 1 'value is missing' ae-score -m refuse.st gaps.csv
fails 2 '--missing some is not one of' ae-score -m good.st --missing some a
ae-denoise -q -m last.st gaps.csv > out
[ "$(wc -l < out)" = 61 ]

# decimal commas come out as they came in
sed 's/,/;/g; s/\./,/g' good.csv > comma.csv
fails 2 "'20,000' may have decimals or thousands: --decimal" \
    learn no.st comma.csv
sed '2s/20,000/20,0/' comma.csv > found.csv
learn found.st -q found.csv
ae-info --json found.st | grep -q '"decimal":","'
ae-score -m found.st comma.csv > out
ae-score -m good.st good.csv | cmp - out
learn told.st -q --decimal , comma.csv
cmp found.st told.st && exit 1 # the options differ
ae-denoise -m told.st comma.csv > out
[ "$(head -n 1 out)" = 'time;temp;hum' ]
[ "$(sed 1d out | grep -c '^[^;]*;[0-9]*,[0-9]*;[0-9]*,[0-9]*$')" = 60 ]

# a date and a time of day
awk 'BEGIN { print "Date,Time,x"
    for (i = 0; i < 96; i++)
        printf "2024-03-05,%02d:%02d,%.3f\n", i / 4, i % 4 * 15, sin(i / 9) }' \
    > day.csv
learn day.st -q day.csv
ae-score -m day.st day.csv > out
[ "$(names out | sort -u | wc -l)" = 96 ]
[ "$(names out | sed -n 2p)" = '2024-03-05 00:15' ]
# other columns name the rows where the user says so, for all commands
sed 's/^2024-03-05/room/' day.csv > rooms.csv
learn rooms.st -q --name-column Time,Date rooms.csv
ae-score -m rooms.st rooms.csv > out
[ "$(names out | sed -n 2p)" = '00:15 room' ]
ae-score -m rooms.st --name-column 3 rooms.csv > out
[ "$(names out | sed -n 1p)" = '0.000' ]
fails 2 "no column 'wind'" learn no.st --name-column wind rooms.csv

# each row comes out before the next is waited for, from the first on
mkfifo to from
ae-score -m good.st < to > from 2> /dev/null &
exec 3> to 4< from
printf 'time,temp,hum\n' >&3
for n in 1 2 3; do
    printf '%s,20,x\n%s,20,50\n' bad $n >&3
    [ $n -gt 1 ] || read -r line <&4
    read -r line <&4
    [ "${line%%	*}" = $n ]
done
exec 3>&-
wait $! || [ $? = 1 ]
exec 4<&-
