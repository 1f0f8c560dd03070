#!/bin/sh
# bench.sh - how fast all of it is, as one table: what the machine can do, each
# kernel against that and against plain C, ae-denoise from file to file with
# its peak memory, training in steps a second.  Some four minutes; wants the
# machine for itself.
#
# Pictures are noisy samples, side by side until they are large.  Environment:
# BUILD; BENCH_MP, the sizes in megapixels (1 12 100).
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$root/build}" && pwd)
export PATH="$build/bin:$build/tests/tools:$build/tests:$PATH" LC_ALL=C
work=$(mktemp -d "${TMPDIR:-/tmp}/ae-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

heading() {
    printf '\n-- %s\n' "$1"
}

# ---------------------------------------------------------------- the machine

cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1)
echo "ae bench, $(date -u +%Y-%m-%d), ${cpu:-unknown CPU}, $(nproc) cores"
heading "floors: what the machine can do"
checkkern --floors | tee floors

heading "the shipped nets: multiplications a pixel, weights"
for model in "$root"/models/*.safetensors; do
    ae-info "$model" | awk -v name="$(basename "$model" .safetensors)" '
        $1 == "layers" { weights = $4 }
        $1 == "work" { work = $2 }
        END { printf "%-12s %8d %10d\n", name, work, weights }'
done

heading "kernels"
checkkern --bench | tee kernels
peak=$(awk '/ threads: FMA peak/ { print $(NF - 1) }' kernels)

# ------------------------------------------------------------- from end to end

# denoise FORMAT MEGAPIXELS
denoise() {
    case $2 in
    1) size=1000x1000 ;;
    12) size=4000x3000 ;;
    100) size=10000x10000 ;;
    *) echo "bench: $2 megapixels: 1, 12 or 100" >&2; exit 2 ;;
    esac
    mosaic "$size" "$1" noisy/*.png > picture
    took used ae-denoise < picture > /dev/null
    awk -v format="$1" -v mp="$2" '{
        printf "%-4s %3d MP %7.2f s %6.2f MP/s %6.1f s of CPU, " \
               "peak %4.0f MB\n", format, mp, $1, mp / $1, $2, $3 }' used
    rm picture
}

heading "ae-denoise, default settings, file to nowhere"
ae-noise -q -n gauss:sigma=25 --seed 1 -d noisy "$root"/samples/[efhpst]*.png
for mp in ${BENCH_MP:-1 12 100}; do
    denoise png "$mp"
    denoise jpeg "$mp"
done

# ------------------------------------------------------------------- training

# The seconds of a step of ae-train: what more steps take more, so that
# reading the data, the score at the end and writing don't count.
# real_step STEPS OPTION... DATA
real_step() {
    few=$(($1 / 10))
    more=$(($1 + few))
    shift
    for steps in "$few" "$more"; do
        took "used.$steps" ae-train -q --steps "$steps" --mixture 0 -o trained \
            "$@" 2> trained.log || { cat trained.log >&2; exit 1; }
        rm -f trained trained.ckpt
    done
    awk -v steps=$((more - few)) 'NR == 1 { a = $1 }
        NR == 2 { printf "%.6f\n", ($1 - a) / steps }' "used.$few" \
        "used.$more"
}

# steps NAME MODEL SIZE LOSS STEPS OPTION... DATA - on data in memory, and by
# ae-train with these options.  Three passes of as many multiplications.
steps() {
    name=$1 model=$2 size=$3 loss=$4 count=$5
    shift 5
    real=$(real_step "$count" -m "$model" --loss "$loss" "$@")
    for i in 10 1 1 1; do
        echo "run $((count / i))"
    done | netrun train "$model" "$size" "$loss" |
        awk -v name="$name" -v size="$size" -v count="$count" \
            -v real="$real" -v peak="$peak" '
        NR == 1 { macs = $2 }
        NR > 2 && (!best || $1 < best) { best = $1 }
        END {
            s = best / count
            share = peak > 0 ? 100 * 6e-9 * macs / s / peak : 0
            printf "%-8s %-12s %8.2f steps/s %4.0f %% of peak; ae-train " \
                   "%8.2f steps/s, %4.1f %% less\n", name, size, 1 / s,
                   share, 1 / real, 100 * (1 - s / real)
        }'
}

heading "training: net, loss and Adam on data in memory; ae-train with its data"
photo=$root/models/photo.safetensors
digits=$root/samples/digits-idx3-ubyte.gz
for net in dense conv strided; do
    newmodel "$net:z=32" "$net"
done
noise="-n gauss:sigma=0..55 --val 0.2"
# shellcheck disable=SC2086
{
    steps photo "$photo" 16x64x64 l1 20 $noise --batch 16 --patch 64 \
        "$root"/samples/[efhpst]*.png
    steps photo "$photo" 8x128x128 l1 10 $noise --batch 8 --patch 128 \
        "$root"/samples/[efhpst]*.png
}
steps dense "$work/dense" 128x28x28 bce 1000 --batch 128 "$digits"
steps conv "$work/conv" 128x28x28 bce 100 --batch 128 "$digits"
steps strided "$work/strided" 128x28x28 bce 100 --batch 128 "$digits"
