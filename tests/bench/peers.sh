#!/bin/sh
# peers.sh [SECTION...] - the same networks in PyTorch, and other denoisers on
# the same picture, beside ours; sections: infer train autoencoders pictures,
# all without one.  Runs where a python3 has torch (Debian: python3-torch), and
# says what is left out.
#
# The settings are those that make PyTorch fastest: memory that is freed is
# kept for the next pass (with thresholds of 1 GiB a pass over 4 megapixels
# still met 200,000 page faults; of 16 GiB none), and OpenBLAS takes the kernels
# of the CPU's ISA.
# Environment: BUILD; PYTHON, the interpreter.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$root/build}" && pwd)
for python in ${PYTHON:-python3 /usr/bin/python3}; do
    if "$python" -c 'import torch, numpy' 2> /dev/null; then
        found=$python
        break
    fi
done
if [ -z "${found:-}" ]; then
    echo "skipped: no python3 with torch (Debian: python3-torch)"
    exit 0
fi
if grep -q avx512f /proc/cpuinfo 2> /dev/null; then
    export OPENBLAS_CORETYPE=SkylakeX
fi
export MALLOC_MMAP_THRESHOLD_=17179869184 \
    MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456 \
    AE_BUILD="$build" PYTHONDONTWRITEBYTECODE=1
exec "$found" "$root/tests/bench/peers.py" "$@"
