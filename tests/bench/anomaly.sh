# anomaly.sh - what scores tell of anomalies in series and text: rows of
# autoencoders.sh, which sources this and gives train, value, made and row.
# shellcheck shell=sh disable=SC2154,SC2317

series=${data%/*}/timeseries
text=${data%/*}/text

# column NAME FILE - of a summary.
column() {
    awk -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++)
            if ($i == name) at = i }
        NR == 2 { printf "%.4f\n", $at }' "$2"
}

# Heart beats: trained on the normal ones of the training file, their classes
# in column 1.  The noise, half a deviation of a beat, is 64 in 8-bit units.
beats() {
    train "ecg$1" -m dense:h=64,z=8 -n gauss:sigma=64 --loss l2 --batch 16 \
        --epochs 60 --scale none --seed "$1" --label-column 1 --only 1 \
        "$series/ecg5000/ECG5000_TRAIN.csv.gz"
    made "ecg$1.summary" ae-score -q -t "$threads" -m "$work/ecg$1" --summary \
        --threshold q99 --label-column 1 \
        "$series/ecg5000/ECG5000_TEST_binary.csv.gz"
}

# median COLUMN - of the five seeds.
median() {
    for seed in 0 1 2 3 4; do
        column "$1" "$work/ecg$seed.summary"
    done | sort -g | sed -n 3p
}

anomaly_ecg() {
    for seed in 0 1 2 3 4; do
        beats $seed
    done
    row 'ECG5000: AUROC, median of five seeds' "$(median auroc)" '>=0.991' \
        'PCA-2 0.9931, AE-16 0.9907'
    row 'ECG5000: F1 at the training 99 %' "$(median f1)" '>=0.965' \
        'PCA-8 0.9361, AE-16 0.9670'
}

# A valve's sensors: 400 rows of each file train, the rest is scored by the
# windows that end there.
sensors() {
    file=$series/skab/$1.csv
    head -n 401 "$file" > "$work/skab.train.csv"
    sed 2,401d "$file" > "$work/skab.test.csv"
    train "skab.$1" -m "$root/tests/bench/linear.ae:z=12" --loss l2 \
        --lr 0.003 --batch 32 --steps 1500 --window 32 --stride 1 \
        --columns=-anomaly,-changepoint "$work/skab.train.csv"
    made "skab.$1.summary" ae-score -q -t "$threads" -m "$work/skab.$1" \
        --summary --stride 1 --label-column anomaly "$work/skab.test.csv"
    column auroc "$work/skab.$1.summary"
}

anomaly_skab() {
    for file in "$series"/skab/valve1_*.csv "$series"/skab/other_*.csv; do
        name=${file##*/}
        sensors "${name%.csv}"
    done > "$work/skab.auroc"
    row 'SKAB, seven files: mean AUROC' \
        "$(awk '{ sum += $1 } END { printf "%.4f", sum / NR }' \
            "$work/skab.auroc")" '>=0.88' 'PCA-8 0.874, AE-8 0.848'
}

# Every second normal line trains, all else is scored; lines are of class 0
# where the first field is the word for normal.
halves() {
    made "$1.train.txt" awk -v normal="$2" -f "$root/tests/bench/halves.awk" \
        -v want=train "$3"
    made "$1.test.txt" awk -v normal="$2" -f "$root/tests/bench/halves.awk" \
        -v want=test "$3"
    made "$1.labels" awk -v normal="$2" -f "$root/tests/bench/halves.awk" \
        -v want=labels "$3"
}

anomaly_text() {
    halves bgl - "$text/BGL_2k.log"
    train bgl -m dense:h=256,z=32 --loss l2 --batch 64 --epochs 60 \
        "$work/bgl.train.txt"
    made bgl.summary ae-score -q -t "$threads" -m "$work/bgl" --summary \
        --labels "$work/bgl.labels" "$work/bgl.test.txt"
    row 'BGL log: AUROC' "$(column auroc "$work/bgl.summary")" '>=0.990' \
        'TF-IDF 1-NN 0.9895, AE-32 0.979'
    halves sms ham "$text/SMSSpamCollection.tsv"
    train sms -m "$root/tests/bench/linear.ae:z=512" -n gauss:sigma=4 \
        --loss l2 --batch 32 --epochs 20 --ema 0.99 "$work/sms.train.txt"
    made sms.summary ae-score -q -t "$threads" -m "$work/sms" --summary \
        --labels "$work/sms.labels" "$work/sms.test.txt"
    row 'SMS: AUROC' "$(column auroc "$work/sms.summary")" '>=0.854' \
        'TF-IDF 1-NN 0.854, AE-64 0.818'
}

anomaly_ecg
anomaly_skab
anomaly_text
