#!/bin/sh
# Rows and classes selected alike by every command that reads items; columns
# by other names; idx files, gzipped ones and arrays denoised, also through
# pipes that can't be patched.
set -eu
s=$AE_ROOT/samples
digits=$s/digits-idx3-ubyte.gz
labels=$s/digits-idx1-ubyte.gz
gzip -dc "$labels" | tail -c 2000 | od -An -v -t u1 -w1 | tr -d ' ' > all.txt

. "$AE_ROOT/tests/cli/expect"

# what all commands take: the threes among rows 101 to 400
awk 'NR > 100 && NR <= 400 && $1 == 3 { print s "/digits-idx3-ubyte.gz#" NR - 1 }' \
    s="$s" all.txt > threes
n=$(wc -l < threes)
[ "$n" -gt 20 ]
set -- --rows 101:400 --labels "$labels" --only 3
ae-encode -m digits-ae "$@" --format tsv "$digits" > codes
cut -f 1 codes | cmp - threes
ae-score -m digits-ae "$@" "$digits" > scores
sed 1d scores | cut -f 1 | cmp - threes
# the same numbers as of the same items among all
ae-encode -m digits-ae --format tsv "$digits" | grep -F -f threes -w |
    cmp - codes

# idx: as many as came in, or were wanted, with the right header, into a pipe
ae-denoise -m digits-dae "$digits" | cat > all.idx
ae-denoise -m digits-dae < "$digits" | cmp - all.idx
gzip -dc "$digits" > plain.idx
ae-denoise -m digits-dae -o file.idx plain.idx
cmp file.idx all.idx
gzip -dc "$digits" | cmp -n 16 - all.idx
ae-denoise -m digits-dae "$@" "$digits" | cat > some.idx
ae-denoise -m digits-dae "$@" -T npy "$digits" | cat > some.npy
od -N 16 -An -v -t u1 some.idx | tr -s ' \n' ' ' > header
[ "$(cat header)" = " 0 0 8 3 0 0 0 $n 0 0 0 28 0 0 0 28 " ]
# they are those of the whole
while read -r name; do
    tail -c +$((17 + 784 * ${name#*#})) all.idx | head -c 784
done < threes > wanted
tail -c +17 some.idx | cmp - wanted
tail -c $((784 * n)) some.npy | cmp - wanted
grep -aq "'shape': ($n, 28, 28)" some.npy
# other formats, and a folder of an output each
ae-denoise -m digits-dae --rows :3 -T pgm "$digits" | head -c 797 |
    tail -c 784 > one
tail -c +17 all.idx | cmp -n 784 - one
ae-denoise -q -m digits-dae "$@" -d folder "$digits"
cmp folder/digits-idx3-ubyte some.idx
# pictures become one idx file; on a pipe their number isn't known
ae-denoise -m digits-dae -o ten.idx "$s"/digits/0-*.png
od -N 8 -An -v -t u1 ten.idx | tr -s ' \n' ' ' > header
[ "$(cat header)" = ' 0 0 8 3 0 0 0 10 ' ]
mkfifo pipe
cat pipe > got.idx &
fails 1 'on a pipe: -o FILE' ae-denoise -m digits-dae -T idx -o pipe \
    "$s"/digits/0-*.png
wait
# of a folder, pictures are the rows
ae-denoise -q -m digits-dae -r -d some --rows 9:11 "$s/digits"
[ "$(ls some)" = "$(printf '0-8.png\n0-9.png\n1-0.png')" ]
rm some/0-9.png
ae-denoise -q -m digits-dae -r -d some --existing skip --rows 9:11 "$s/digits"
[ "$(ls some)" = "$(printf '0-8.png\n0-9.png\n1-0.png')" ]

# tables: rows that are wanted, by place or class, come out, all of them
gzip -dc "$s/taxi.csv.gz" | awk -F , -v OFS=, 'NR > 1441 { exit }
    NR > 500 && NR <= 548 { $3 = "odd" } { print }' > rides.csv
ae-train -q --steps 30 --batch 16 --mixture 0 --label-column day --window 24 \
    -m dense:z=4,h=16 --loss l2 -o taxi.st rides.csv
for r in 102:225 :31 1400:; do
    ae-denoise -m taxi.st --rows $r rides.csv | sed 1d | cut -d , -f 1,3 > got
    ae-score -m taxi.st --rows $r --points rides.csv | sed 1d | cut -f 1 > names
    cut -d , -f 1 got | cmp - names
    sed 1d rides.csv | cut -d , -f 1,3 |
        sed -n "$(echo "$r" | sed 's/^:/1:/; s/:$/:$/; s/:/,/')p" | cmp - got
done
# a class by the table's column, or by a file
sed 1d rides.csv | cut -d , -f 3 > days
ae-encode -m taxi.st --label-column day --only usual rides.csv > a
ae-encode -m taxi.st --labels days --only usual rides.csv | cmp - a
ae-encode -m taxi.st rides.csv > every
[ "$(wc -l < a)" -lt "$(wc -l < every)" ]
# what tells is the same, too, and of one class alone there is nothing to tell
ae-score -m taxi.st --labels days --normal usual --summary rides.csv > a
ae-score -m taxi.st --label-column day --normal usual --summary rides.csv |
    cmp - a
ae-score -m taxi.st --labels days --only usual --summary rides.csv > a
[ "$(head -n 1 a)" = "$(printf 'items\tmse')" ]
# a column that has another name
sed '1s/rides/trips/' rides.csv > trips.csv
fails 1 "no column 'rides'" ae-encode -m taxi.st trips.csv
ae-encode -m taxi.st --columns trips trips.csv | cmp - every
ae-denoise -m taxi.st --columns 2 trips.csv | sed 1d > a
ae-denoise -m taxi.st rides.csv | sed 1d | cmp - a
awk -F , -v OFS=, 'NR == 1 { print $0, "more" } NR > 1 { print $0, NR }' \
    rides.csv > more.csv
for c in ae-encode ae-score ae-denoise; do
    fails 1 'choose as many with --columns' $c -m taxi.st --columns -day \
        more.csv
    fails 2 'only needs --labels' $c -m taxi.st --only usual rides.csv
    fails 2 'rows 5:1: should be' $c -m taxi.st --rows 5:1 rides.csv
    fails 2 'exclude each other' $c -m taxi.st --labels days \
        --label-column day rides.csv
    fails 1 'none of 1440 items' $c -m taxi.st --rows 2000: rides.csv
    head -n 1439 days > few
    fails 1 '1439 of them, and more' $c -m taxi.st --labels few rides.csv
    { cat days; echo usual; } > many
    fails 1 '1441 of them, 1440 items' $c -m taxi.st --labels many rides.csv
done
# lines of text
ae-train -q -m dense:z=4 --loss l2 --steps 4 --mixture 0 -o log.st \
    "$s/service.log"
ae-encode -m log.st --rows 11:15 "$s/service.log" > a
[ "$(wc -l < a)" -eq 5 ]
ae-encode -m log.st "$s/service.log" | sed -n 11,15p | cmp - a

# an array of 40 rows of 6 numbers
{
    printf '\223NUMPY\001\000\166\000%-117s\n' \
        "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 6), }"
    awk 'BEGIN { for (i = 0; i < 240; i++) printf "%c", 65 + i % 26 }'
} > a.npy
ae-train -q -m dense:z=2 --steps 30 --batch 8 --mixture 0 --loss bce \
    -o npy.st a.npy
ae-denoise -m npy.st -o clean.npy a.npy
ae-denoise -m npy.st a.npy | cat > pipe.npy
grep -aq "'shape': (40, 6)" pipe.npy
tail -c 960 pipe.npy > a
tail -c 960 clean.npy | cmp - a
gzip -c a.npy | ae-denoise -m npy.st | cat | cmp - pipe.npy
ae-denoise -m npy.st --rows 11:30 a.npy | cat > part.npy
grep -aq "'shape': (20, 6)" part.npy
tail -c +$((960 - 24 * 30 + 1)) a | head -c 480 > wanted
tail -c 480 part.npy | cmp - wanted
fails 2 'npy needs a file' sh -c 'ae-denoise -m npy.st a.npy a.npy > /dev/full'
