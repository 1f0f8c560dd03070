#!/bin/sh
# sysroot.sh DIR - unpacks Debian's arm64 packages of the libraries that ae
# needs into DIR, for a cross compiler and qemu-aarch64.  The system's own
# packages and their architectures stay as they are, and no root is needed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$1
[ ! -f "$dir/complete" ] || exit 0
rm -rf "$dir"
mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
dir=$(cd "$dir" && pwd)
: > "$dir/apt/status"

# apt-get for a machine on which nothing is installed yet.
apt() {
    apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
        -o Dir::State="$dir/apt" -o Dir::State::status="$dir/apt/status" \
        -o Dir::Cache="$dir/apt/cache" -o Debug::NoLocking=true \
        -o APT::Sandbox::User= "$@" > "$dir/apt/log" 2>&1 < /dev/null && return
    tail -n 20 "$dir/apt/log" >&2
    return 1
}

wanted=$(sh "$here/deps.sh" --names build | tr ' ' '\n' | grep -e '-dev$' -e openblas)
echo "sysroot: fetching arm64 libraries"
apt update
# shellcheck disable=SC2086
apt install -y --download-only --no-install-recommends $wanted
for place in bin lib sbin; do
    mkdir -p "$dir/usr/$place"
    ln -s "usr/$place" "$dir/$place"
done
for package in "$dir"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
        tar -x --keep-directory-symlink -C "$dir"
done
# OpenBLAS stands in a folder of its own, which its installer links from here.
libs=$dir/usr/lib/aarch64-linux-gnu
ln -s openblas-pthread/libopenblas.so.0 "$libs/libopenblas.so.0"
rm -rf "$dir/apt"
: > "$dir/complete"
