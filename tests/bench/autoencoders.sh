#!/bin/sh
# autoencoders.sh [ROW...] - what the autoencoders reach on real data, as one
# table with the goal and a reference beside each figure.
#
# Rows: pca dense plane conv strided denoise vae conv-vae samples oneclass
# anomaly; all without one.  It takes hours; models and figures are kept in
# AE_WORK ($BUILD/autoencoders), and a run that was stopped goes on from
# there.  A model is trained anew when its command has changed.
#
# Status 1 where a goal is missed or something failed.
#
# Environment: AE_SHARED, the folder with data/mnist (and what anomaly.sh
# needs); BUILD; AE_WORK; AE_THREADS, threads of each command (all cores).
# shellcheck disable=SC2317  # value and made call functions by name
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$root/build}" && pwd)
data=${AE_SHARED:?AE_SHARED names the folder with data/mnist}/data/mnist
mkdir -p "${AE_WORK:-$build/autoencoders}"
work=$(cd "${AE_WORK:-$build/autoencoders}" && pwd)
threads=${AE_THREADS:-0}
export PATH="$build/bin:$build/tests/tools:$PATH" LC_ALL=C

images=$data/train-images-idx3-ubyte.gz
labels=$data/train-labels-idx1-ubyte.gz
test_images=$data/t10k-images-idx3-ubyte.gz
test_labels=$data/t10k-labels-idx1-ubyte.gz

# ------------------------------------------------------------------- helpers

# train NAME OPTION... DATA - $work/NAME, unless this command made it already.
train() {
    name=$1
    shift
    if [ "$(cat "$work/$name.command" 2> /dev/null)" = "$*" ]; then
        return
    fi
    if [ "$(cat "$work/$name.begun" 2> /dev/null)" != "$*" ]; then
        rm -f "$work/$name" "$work/$name.ckpt" "$work/$name".*.value
        echo "$*" > "$work/$name.begun"
    fi
    echo "autoencoders: training $name" >&2
    start=$(date +%s)
    ae-train -q -t "$threads" --resume --checkpoint-every 1000 \
        --metrics "$work/$name.csv" -o "$work/$name" "$@"
    echo $(($(date +%s) - start)) > "$work/$name.seconds"
    mv "$work/$name.begun" "$work/$name.command"
}

# value NAME COMMAND... - what the command prints, from the last time if it
# was run before; names begin with that of the model measured.
value() {
    file=$work/$1.value
    shift
    if [ ! -s "$file" ]; then
        "$@" > "$file.new"
        mv "$file.new" "$file"
    fi
    cat "$file"
}

# made NAME COMMAND... - a file of that name that the command prints.
made() {
    made=$work/$1
    shift
    [ -s "$made" ] && return
    "$@" > "$made.new"
    mv "$made.new" "$made"
}

# row NAME VALUE GOAL REFERENCE - GOAL is <=X or >=X, or empty; no VALUE: what
# should have told it failed.
row() {
    verdict=$(awk -v v="$2" -v g="$3" 'BEGIN {
        limit = substr(g, 3) + 0
        if (v == "") print "FAILED"
        else if (g == "") print ""
        else if (g ~ /^<=/) print (v <= limit ? "reached" : "MISSED")
        else print (v >= limit ? "reached" : "MISSED") }')
    printf '%-44s %10s %10s %-8s %s\n' "$1" "$2" "$3" "$verdict" "$4"
    case $verdict in MISSED | FAILED) status=1 ;; esac
}

# array IDX COUNT - the first pictures of an idx file as an NPY array of bytes.
array() {
    printf '\223NUMPY\001\000\166\000%-117s\n' \
        "{'descr': '|u1', 'fortran_order': False, 'shape': ($2, 28, 28), }"
    gzip -dc "$1" | tail -c +17 | head -c $(($2 * 784))
}

# The labels of an idx file as text, one a line.
names() { gzip -dc "$1" | tail -c +9 | od -An -v -tu1 -w1; }

mse() {
    ae-score -q -t "$threads" -m "$work/$1" --summary "$test_images" |
        awk 'NR == 2 { printf "%.5f\n", $2 }'
}

# Nearest neighbours of the test codes among the training codes.
neighbours() {
    made train.labels names "$labels"
    made test.labels names "$test_labels"
    ae-encode -q -t "$threads" -m "$work/$1" -o "$work/$1.train.npy" "$images"
    ae-encode -q -t "$threads" -m "$work/$1" -o "$work/$1.test.npy" \
        "$test_images"
    points knn 5 "$work/$1.train.npy" "$work/train.labels" \
        "$work/$1.test.npy" "$work/test.labels"
    rm "$work/$1.train.npy" "$work/$1.test.npy"
}

# bound METHOD MODEL IMAGES - in nats, of binarised pictures.
bound() {
    ae-score -q -t "$threads" -m "$work/$2" --method "$1" --summary "$3" |
        awk 'NR == 2 { printf "%.2f\n", $2 }'
}

# ---------------------------------------------------------------------- rows

ae_pca() {
    for z in 2 32; do
        train "pca$z" -m "pca:z=$z" "$images"
        case $z in
        2) reference='0.0557, 5-NN 0.424' ;;
        32) reference='0.0168, 5-NN 0.976' ;;
        esac
        row "PCA, code $z: test MSE" "$(value "pca$z.mse" mse "pca$z")" '' \
            "$reference"
        row "PCA, code $z: 5-NN accuracy" \
            "$(value "pca$z.knn" neighbours "pca$z")" '' "$reference"
    done
}

ae_dense() {
    train dense -m dense:h=512,z=32 --loss l2 --batch 128 --epochs 40 \
        --val 0.02 "$images"
    row 'dense, code 32: test MSE' "$(value dense.mse mse dense)" '<=0.0080' \
        'PCA 0.0168; 784-512-256-32, 15 epochs: 0.0083'
    row 'dense, code 32: 5-NN accuracy' \
        "$(value dense.knn neighbours dense)" '>=0.970' \
        'PCA 0.976; 784-512-256-32, 15 epochs: 0.968'
}

ae_plane() {
    train plane -m dense:h=512,depth=3,z=2 --loss bce --batch 128 \
        --epochs 40 --val 0.02 "$images"
    row 'dense, code 2: 5-NN accuracy' "$(value plane.knn neighbours plane)" \
        '>=0.75' 'PCA 0.42; 784-256-128-2, 15 epochs: 0.642'
}

ae_conv() {
    train conv -m conv:z=32 --loss l2 --batch 64 --epochs 12 --lr 2e-3 \
        --val 0.02 "$images"
    row 'conv (max-pool, upsample), code 32: test MSE' \
        "$(value conv.mse mse conv)" '<=0.0065' 'PCA 0.0168'
    row 'conv (max-pool, upsample), code 32: 5-NN' \
        "$(value conv.knn neighbours conv)" '' 'PCA 0.976'
}

ae_strided() {
    train strided -m strided:z=32 --loss l2 --batch 64 --epochs 10 --lr 2e-3 \
        --val 0.02 "$images"
    row 'strided, code 32: test MSE' "$(value strided.mse mse strided)" \
        '<=0.0065' 'stride 32-64, 2 epochs: 0.0075'
    row 'strided, code 32: 5-NN' "$(value strided.knn neighbours strided)" \
        '' 'stride 32-64, 2 epochs: 0.975'
}

# Mean over the test pictures of the PSNR against the clean one.
psnr() {
    ae-compare -q --tsv --metric psnr "$work/test.npy" "$1" |
        awk 'NR > 1 { sum += $2 } END { printf "%.2f\n", sum / (NR - 1) }'
}

cleaned() {
    ae-denoise -q -t "$threads" -m "$work/$1" -o "$work/$1.npy" \
        "$work/noisy.npy"
    psnr "$work/$1.npy"
    rm "$work/$1.npy"
}

# Gaussian noise of 0.5, clipped and rounded, on all test pictures.
ae_denoise() {
    made test.npy array "$test_images" 10000
    made noisy.npy ae-noise -n gauss:sigma=127.5 --seed 123 "$work/test.npy"
    row 'noise gaussian 0.5: noisy, dB' \
        "$(value noisy.psnr psnr "$work/noisy.npy")" '' '9.38'
    train dae -m strided:z=128 -n gauss:sigma=127.5 --loss l2 --batch 64 \
        --epochs 15 --val 0.02 "$images"
    row 'noise gaussian 0.5: denoised, dB' "$(value dae.psnr cleaned dae)" \
        '>=20.5' 'linear optimum 17.73; dense 784-512-128: 19.57'
}

# Bounds of a test set: the mean of single samples', and that by 5,000.
ae_vae() {
    train vae -m vae:depth=2,h=512,z=40 --loss bernoulli --binarise draw \
        --batch 128 --steps 40000 --mixture 0 --val 0.02 --seed 1 "$images"
    row 'VAE, dense: ELBO, nats' \
        "$(value vae.elbo bound elbo vae "$test_images")" '' \
        '784-400-20, 20 epochs: -100.03'
    row 'VAE, dense: bound of 5,000 samples, nats' \
        "$(value vae.iw bound iw:5000 vae "$test_images")" '>=-88.5' \
        'published, 784-200-200-50: -86.76'
}

# The shipped model digits is made like this.
ae_conv_vae() {
    common='--loss bernoulli --binarise draw --val 0.02'
    # shellcheck disable=SC2086
    train digits-elbo -m "$root/tests/bench/digits.ae" $common --batch 128 \
        --steps 40000 --lr 1.5e-3 --mixture 0 --seed 1 "$images"
    # shellcheck disable=SC2086
    train digits -m "$work/digits-elbo" $common --iw 8 --batch 32 \
        --steps 15000 --lr 5e-4 --mixture 64 --seed 2 --save-precision f16 \
        "$images"
    made first.npy array "$test_images" 1000
    row 'VAE, convolutional: ELBO of 1,000, nats' \
        "$(value digits.elbo bound elbo digits "$work/first.npy")" '' \
        'conv 32-64, k = 20, 2 epochs: -107.06'
    row 'VAE, convolutional: 5,000 samples, 1,000 items' \
        "$(value digits.iw bound iw:5000 digits "$work/first.npy")" '>=-84.0' \
        'published, IWAE-50: -84.78'
}

# drawn NAME SAMPLER - 10,000 samples of a model as an array.
drawn() {
    [ -s "$work/$1.samples.npy" ] ||
        ae-sample -q -t "$threads" -m "$work/$1" -n 10000 --sampler "$2" \
            -T npy -o "$work/$1.samples.npy"
}

judge() {
    classifier "$root/tests/bench/lenet.ae" 8 "$images" "$work/train.labels" \
        "$test_images" "$work/test.labels" "$work/judge"
}

features() {
    [ -s "$work/$1.features.npy" ] ||
        ae-encode -q -t "$threads" -m "$work/judge" \
            -o "$work/$1.features.npy" "$2"
}

# frechet NAME - of its samples' features from those of the test pictures.
frechet() {
    features test "$test_images"
    features "$1" "$work/$1.samples.npy"
    points frechet "$work/$1.features.npy" "$work/test.features.npy"
}

# What PyTorch's example trains: gray levels as chances, a constant rate, the
# last weights, all pictures but one.
ae_samples() {
    ae_conv_vae > "$work/conv-vae.rows"
    train torch -m vae:h=400,z=20 --loss bernoulli --batch 128 --epochs 20 \
        --schedule const --warmup 0 --ema 0 --clip 0 --val 1e-5 "$images"
    made train.labels names "$labels"
    made test.labels names "$test_labels"
    row 'judge: accuracy on test' "$(value judge.accuracy judge)" '' 0.992
    drawn torch prior
    drawn digits gmm
    base=$(value torch.frechet frechet torch)
    row "PyTorch's example VAE, N(0,I): Frechet" "$base" '' '168 to 263'
    row 'digits: Frechet' "$(value digits.frechet frechet digits)" \
        "<=$(awk -v b="$base" 'BEGIN { printf "%.1f", b / 5 }')" \
        '784-400-20 with a mixture: 44'
    far=$(value real.nearest points nearest "$images" "$test_images")
    near=$(value digits.nearest points nearest "$images" \
        "$work/digits.samples.npy")
    row 'digits: distance to training over test' \
        "$(awk -v a="$near" -v b="$far" 'BEGIN { printf "%.3f", a / b }')" \
        '>=0.8' '0.95; copies: 0'
}

# Area under the curve, pictures of other classes being the positives.
auroc() {
    awk -v c="$2" '{ print $1 != c }' "$work/test.labels" > "$work/odd.$2"
    ae-score -q -t "$threads" -m "$work/$1" --labels "$work/odd.$2" --summary \
        "$test_images" |
        awk 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "auroc") at = i }
            NR == 2 { print $at }'
}

ae_oneclass() {
    made test.labels names "$test_labels"
    for c in 0 1 2 3 4 5 6 7 8 9; do
        train "one$c" -m dense:h=512,z=16 --loss l2 --scale window \
            --batch 64 --epochs 30 --val 0.02 --mixture 0 \
            --labels "$labels" --only "$c" "$images"
        value "one$c.auroc" auroc "one$c" "$c" > "$work/oneclass.$c"
    done
    row 'one class of digits: mean AUROC of ten' \
        "$(cat "$work"/oneclass.? |
            awk '{ sum += $1 } END { printf "%.4f", sum / NR }')" \
        '>=0.970' 'PCA-32 0.955, Deep SVDD 0.948'
}

ae_anomaly() {
    # shellcheck disable=SC1091
    . "$root/tests/bench/anomaly.sh"
}

status=0
[ $# -gt 0 ] || set -- pca dense plane conv strided denoise vae conv-vae \
    samples oneclass anomaly
printf '%-44s %10s %10s %-8s %s\n' figure value goal '' reference
for name in "$@"; do
    case $name in
    pca) ae_pca ;;
    dense) ae_dense ;;
    plane) ae_plane ;;
    conv) ae_conv ;;
    strided) ae_strided ;;
    denoise) ae_denoise ;;
    vae) ae_vae ;;
    conv-vae) ae_conv_vae ;;
    samples) ae_samples ;;
    oneclass) ae_oneclass ;;
    anomaly) ae_anomaly ;;
    *)
        echo "autoencoders: no row '$name'" >&2
        exit 2
        ;;
    esac
done
exit $status
