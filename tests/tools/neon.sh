#!/bin/sh
# neon.sh - `make check-neon`: builds for AArch64, runs the kernel, golden and
# gradient tests in an emulator and compares a whole command with this
# machine's.  Without a cross compiler, qemu or arm64 libraries, which `make
# deps-neon` installs, it says so and counts as skipped.
set -eu

build=$(mkdir -p "${BUILD:-build}" && cd "${BUILD:-build}" && pwd)
sysroot=$build/neon/sysroot

skip() {
    echo "skipped neon: $1; make deps-neon gets it"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v $tool > /dev/null || skip "$tool is not installed"
done
[ -f "$sysroot/complete" ] || skip "no arm64 libraries in $sysroot"

$MAKE --no-print-directory BUILD="$build" all
export AE_NATIVE="$build/bin" AE_RUNNER="qemu-aarch64 -L $sysroot"
export PKG_CONFIG_SYSROOT_DIR="$sysroot"
export PKG_CONFIG_LIBDIR="$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig"
$MAKE --no-print-directory BUILD="$build/neon" AR=aarch64-linux-gnu-ar \
    CC="aarch64-linux-gnu-gcc --sysroot=$sysroot" run-neon
