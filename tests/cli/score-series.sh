#!/bin/sh
# Series: windows and rows scored, by every kind of net; labels; each column's
# error; a pipe; tables denoised.
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples
gzip -dc "$s/taxi.csv.gz" | head -n 1441 > rides.csv     # sixty days
short="-q --steps 60 --batch 16 --mixture 0 --label-column day --only usual"

# dense, convolutional, denoising, variational: each a line
# shellcheck disable=SC2086
{
    ae-train $short --window 24 -m dense:z=4,h=32 --loss l2 -o dense.st rides.csv
    ae-train $short --window 24 -m conv1d:z=4,h=8 --loss l2 -o conv.st rides.csv
    ae-train $short --window 24 -m dense:z=4,h=32 -n gauss:sigma=50 --loss l2 \
        -o denoise.st rides.csv
    ae-train $short --window 24 -m vae:z=4,h=32 --loss gauss:sigma=0.3 \
        -o vae.st rides.csv
}
for m in dense conv denoise; do
    ae-score -m $m.st --summary rides.csv | sed -n 2p | awk '
        { exit !($1 > 200 && $2 > 0 && $2 < 1) }'
done
ae-score -m vae.st --method elbo rides.csv > vae.tsv
[ "$(head -n 1 vae.tsv)" = "$(printf 'name\tscore')" ]

# a window is named by its last row
ae-score -m dense.st --stride 24 rides.csv > windows
[ "$(wc -l < windows)" -eq 61 ]
[ "$(sed -n 2p windows | cut -f 1)" = '2014-07-01 23:00' ]
# so is the one that ends a run: where no more are wanted, at a row left out,
# behind which times go on as if nothing were missing
ae-score -m dense.st --stride 24 --rows 1:30 rides.csv > run
[ "$(tail -n 1 run | cut -f 1)" = "$(sed -n 31p rides.csv | cut -d , -f 1)" ]
awk -F , -v OFS=, 'NR == 101 { $2 = "" } { print }' rides.csv > hole.csv
status 1 ae-score -m dense.st --stride 24 hole.csv
[ "$(sed -n 6p out | cut -f 1)" = "$(sed -n 100p rides.csv | cut -d , -f 1)" ]
grep -q 'line 101, column 2' err
grep 'time(s) are missing' err && exit 1
rm out

# rows: as many as the table has, by their times; of windows side by side
# their mean is the window's
ae-score -m dense.st --stride 24 --points=mean rides.csv > points
tail -n +2 rides.csv | cut -d , -f 1 > stamps
tail -n +2 points | cut -f 1 | cmp - stamps
tail -n +2 points | awk -F '\t' '{ sum += $2 }
    NR % 24 == 0 { printf "%.4g\n", sum / 24; sum = 0 }' > means
tail -n +2 windows | awk -F '\t' '{ printf "%.4g\n", $2 }' > wanted
paste means wanted | awk '{ d = $1 - $2; if (d < 0) d = -d
    if (d > 0.002 * $2) bad = 1 } END { exit bad }'
# of windows that overlap: the mean of those over it, also of other scores
ae-score -m dense.st --stride 1 --method knn --reference rides.csv \
    rides.csv > w1
ae-score -m dense.st --stride 1 --method knn --reference rides.csv \
    --points=mean rides.csv > p1
tail -n +2 w1 | cut -f 2 > w1.score
tail -n +2 p1 | cut -f 2 | awk '
    NR == FNR { w[NR] = $1; n = NR; next }
    { sum = k = 0
      for (i = FNR - 23; i <= FNR; i++)
          if (i >= 1 && i <= n) { sum += w[i]; k++ }
      d = $1 - sum / k; if (d < 0) d = -d
      if (d > 0.0001 * sum / k + 1e-9) { print FNR, $1, sum / k; bad = 1 } }
    END { exit bad || FNR != 1440 }' w1.score -
# by default it is the least of the scores of the windows over it
ae-score -m dense.st --stride 1 rides.csv | tail -n +2 | cut -f 2 > w1.score
ae-score -m dense.st --stride 1 --points rides.csv > least
tail -n +2 least | cut -f 2 | awk '
    NR == FNR { w[NR] = $1; n = NR; next }
    { min = 1e30
      for (i = FNR - 23; i <= FNR; i++)
          if (i >= 1 && i <= n && w[i] < min) min = w[i]
      if ($1 != min) { print FNR, $1, min; bad = 1 } }
    END { exit bad || FNR != 1440 }' w1.score -
ae-score -m dense.st --stride 1 --points=least rides.csv | cmp least -
# rows before those that are wanted are context: a score is that of the whole
# table, for any distance of the windows; the mean is of the wanted rows alone
for k in 1 5 24; do
    ae-score -m dense.st --stride $k --points rides.csv |
        sed -n '1p;402,$p' > whole
    ae-score -m dense.st --stride $k --points --rows 401: rides.csv |
        cmp whole -
done
ae-score -m dense.st --stride 5 --points rides.csv | sed -n '1p;4,$p' > whole
ae-score -m dense.st --stride 5 --points --rows 3: rides.csv | cmp whole -
ae-score -m dense.st --stride 1 --points=mean --rows 401: rides.csv > alone
sed 2,401d rides.csv | ae-score -m dense.st --stride 1 --points=mean |
    cmp alone -
# the same from a pipe, and for any number of threads
ae-score -t 1 -m dense.st --stride 5 --points rides.csv > a
ae-score -t 3 -m dense.st --stride 5 --points < rides.csv | cmp a -

# each column's error; the score is their mean
awk -F , -v OFS=, 'NR == 1 { print "time,a,b" }
    NR > 1 { print $1, $2, $2 % 100 }' rides.csv > two.csv
ae-train -q --steps 30 --batch 16 --mixture 0 --window 12 -m dense:z=2,h=16 \
    --loss l2 -o two.st two.csv
ae-score -m two.st --channels two.csv > columns
[ "$(head -n 1 columns)" = "$(printf 'name\tscore\ta\tb')" ]
ae-score -m two.st --channels --points=mean two.csv >> columns
awk -F '\t' '$2 > 0 { d = $2 - ($3 + $4) / 2; if (d < 0) d = -d
    if (d > 0.001 * $2) bad = 1; n++ } END { exit bad || n < 1440 }' columns

# what labels tell
gzip -dc "$s/taxi.csv.gz" | sed -n '1p;2900,$p' > rest.csv
ae-score -m dense.st --label-column day --normal usual --points --summary \
    rest.csv > sum
head -n 1 sum | grep -q 'auroc.average_precision.best_f1.best_threshold$'
sed -n 2p sum | cut -f 3 | awk '{ exit !($1 > 0.4 && $1 <= 1) }'
ae-score -m dense.st --points rest.csv > all
tail -n +2 rest.csv | cut -d , -f 3 > labels.txt
ae-score -m dense.st --points --labels labels.txt --normal usual --summary \
    rest.csv | cmp sum -
# the share that was asked for is marked, but for scores that tie
ae-score -m dense.st --points --contamination 0.1 rest.csv > marked
cut -f 1,2 marked | cmp - all
awk -F '\t' 'NR > 1 { n++; k += $3 } END { print k, n
    exit !(k <= n / 10 && k > n / 12) }' marked
head -n 5 labels.txt > few.txt
! ae-score -m dense.st --points --labels few.txt --summary rest.csv 2> err ||
    exit 1
grep -q 'labels: 5 of them' err
ae-score -m dense.st --labels two.st rest.csv 2> err && exit 1
grep -q 'two.st' err

# from a pipe a window's line is out as soon as it is complete
mkfifo in out
ae-score -m dense.st --stride 1 < in > out &
exec 3> in 4< out
head -n 25 rides.csv >&3
read -r line <&4 && [ "$line" = "$(printf 'name\tscore')" ]
read -r line <&4
case $line in '2014-07-01 23:00'*) ;; *) exit 1 ;; esac
sed -n 26p rides.csv >&3
read -r line <&4
case $line in '2014-07-02 00:00'*) ;; *) exit 1 ;; esac
exec 3>&- 4<&-
wait

# a table denoised: header, rows, times, the other columns and the units
ae-denoise -m dense.st rides.csv > clean.csv
cut -d , -f 1,3 clean.csv > a
cut -d , -f 1,3 rides.csv | cmp a -
paste -d , rides.csv clean.csv | awk -F , 'NR > 1 { a += $2; b += $5
    d = $2 - $5; s += d * d; t += $2 * $2 } END { print a / b, s / t
    exit !(a / b > 0.9 && a / b < 1.1 && s < 0.2 * t) }'
ae-denoise -m dense.st -o b.csv < rides.csv
cmp clean.csv b.csv
tr , ';' < rides.csv | ae-denoise -m dense.st | tr ';' , | cmp clean.csv -
# windows on a scale of their own
# shellcheck disable=SC2086
ae-train $short --window 24 --scale window -m dense:z=4,h=32 --loss l2 \
    -o own.st rides.csv
ae-denoise -m own.st rides.csv | paste -d , rides.csv - | awk -F , '
    NR > 1 { a += $2; b += $5 } END { exit !(a / b > 0.99 && a / b < 1.01) }'
# a missing value is named, and nothing comes out
sed '100s/,[0-9]*,/,,/' rides.csv > hole.csv
rc=0
ae-denoise -m dense.st -o hole.out hole.csv 2> err || rc=$?
[ $rc -eq 1 ] && [ ! -e hole.out ] && grep -q 'line 100, column 2' err
rc=0
ae-denoise -m dense.st -d folder rides.csv 2> err || rc=$?
[ $rc -eq 2 ]
