#!/bin/sh
# deps.sh GROUP... - installs the Debian packages of the groups that are
# missing, and nothing else.  Without root or a sudo that asks for nothing it
# prints the command to run and stops.  `deps.sh --missing GROUP...` only
# prints what is missing, `deps.sh --names GROUP...` all of them.
set -eu

packages() {
    case $1 in
    build) echo gcc libc6-dev make pkg-config libpng-dev \
        libjpeg62-turbo-dev liblcms2-dev libfftw3-dev libopenblas0 \
        libjansson-dev zlib1g-dev libtiff-dev libwebp-dev ;;
    check) echo libcriterion-dev ;;
    fuzz) echo clang libclang-rt-14-dev ;;
    afl) echo afl++ clang libclang-rt-14-dev ;;
    tidy) echo clang-tidy ;;
    deb) echo debhelper dpkg-dev ;;
    ci) echo clang clang-format-14 libclang-rt-14-dev mandoc shellcheck \
        musl-tools bash zsh fish debhelper dpkg-dev attr jq ;;
    cluster) echo munge slurmctld slurmd slurm-client parallel \
        openssh-client openssh-server iproute2 openmpi-bin ;;
    mpi) echo libopenmpi-dev openmpi-bin ;;
    neon) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
    pipes) echo netpbm imagemagick jq parallel webp ffmpeg \
        libjpeg-turbo-progs ;;
    *) echo "deps.sh: no group '$1'" >&2; exit 2 ;;
    esac
}

only=
case ${1:-} in
--missing | --names)
    only=$1
    shift
    ;;
esac
wanted=
for group in "$@"; do
    wanted="$wanted $(packages "$group")"
done

if [ "$only" = --names ]; then
    echo "${wanted# }"
    exit 0
fi

# Another system: the libraries are asked for by their own names.  Those of
# TIFF and WebP aren't, since a build does without, nor is OpenBLAS, which is
# loaded by commands that need it.
if ! command -v dpkg-query > /dev/null; then
    if pkg-config --exists libpng libjpeg lcms2 fftw3f jansson zlib; then
        exit 0
    fi
    echo "deps: needed, by Debian's names:$wanted" >&2
    exit 1
fi

missing=
for package in $wanted; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
done
if [ "$only" = --missing ]; then
    echo "${missing# }"
    exit 0
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as=
elif sudo -n true 2> /dev/null; then
    as="sudo -n"
else
    echo "deps: run this, then try again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y$missing" >&2
    exit 1
fi
echo "deps: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    # shellcheck disable=SC2086
    $as env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends $missing > "$log" 2>&1 < /dev/null
}
# Package lists may be absent or stale: then they're fetched, and once more.
if ! install; then
    $as apt-get update -q > "$log" 2>&1 || true
    if ! install; then
        tail -n 20 "$log" >&2
        echo "deps: apt-get failed" >&2
        exit 1
    fi
fi
