#!/bin/sh
# The lines of ae-tutorial(7) run as they stand there, and do what the page
# says of them.
set -eu
ln -s "$AE_ROOT/samples" samples
awk '/^\.Bd -literal/ { on = 1; next }
    /^\.Ed/ { on = 0 }
    on && (sub(/ \\e$/, "") || /\|$/) { printf "%s ", $0; next }
    on' "$AE_ROOT/man/ae-tutorial.7" > lines
# four trainings, sixteen uses and the noise; four series; four logs
test "$(wc -l < lines)" -eq $((4 + 17 + 8 + 7))

# Sanitizers are slow and look for other things than good models.
if [ -n "${AE_SANITIZER:-}" ]; then
    sed -i 's/--epochs [0-9]*/--epochs 1/; s/--steps [0-9]*/--steps 40/' lines
fi
while read -r line; do
    sh -c "$line" 2> log < /dev/null || { echo "$line"; cat log; exit 1; }
    # A threshold taken from a hundred digits is rough, and ae-score says so.
    if grep -v ' are above --threshold ' log; then
        echo "said by: $line"
        exit 1
    fi
done < lines

# what came out, each by its own sort of proof
test "$(wc -l < dense-codes.tsv)" -eq 100
pixels conv-map.png | grep -q ' png$'
awk -F, 'NF != 3 { exit 1 }' denoising-codes.csv
test "$(wc -l < vae-stats.tsv)" -eq 9
test "$(wc -l < dense-names.txt)" -eq 100
head -c 6 dense-features.npy | grep -q NUMPY
test "$(wc -c < conv-features.fvecs)" -eq $((100 * 4 * 17))
test "$(grep -c logvar vae-features.jsonl)" -eq 100
[ -z "${AE_SANITIZER:-}" ] || exit 0

# like-3: itself and its kin; the photograph is the oddest digit
head -n 2 like-3.tsv | tail -n 1 | grep -q '3-1.png'
for model in dense vae; do
    grep -q gray-tree $model-odd.tsv
done
grep gray-tree conv-odd.tsv | grep -q '1$'
test "$(sort -k2,2gr denoising-odd.tsv | head -n 3 | grep -c gray-tree)" -eq 1

# the denoising one takes off more than the noise that passes a bottleneck
psnr() {
    ae-compare --metric psnr --tsv samples/digits/3-1.png "$1" |
        awk 'NR == 2 { print $2 }'
}
for model in dense conv vae denoising; do
    psnr noisy.png
    psnr $model-clean.png
done | awk '{ if (NR % 2) noisy = $1; else if ($1 < noisy + 0.5) bad = 1 }
    END { exit bad || $1 < noisy + 4 }'

# the oddest days are those that the samples name; so are the odd lines
gzip -dc samples/taxi.csv.gz | awk -F, '$3 != "usual" { print substr($1, 1, 10) }' |
    sort -u > days
for model in dense conv denoising vae; do
    test "$(cut -c1-10 taxi-$model.tsv | grep -cFf days)" -ge 6
done
awk '$1 == 1 { print NR }' samples/service.labels > odd
for model in dense denoising vae; do
    test "$(cut -f1 log-$model.tsv | grep -cxFf odd)" -ge 22
done
