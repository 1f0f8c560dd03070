#!/bin/sh
# tarball.sh STAGE NAME OUT - makes of an installed tree (STAGE/usr/local) a
# folder NAME that runs wherever it is unpacked, with the libraries that libae
# needs except the C library's, and their licences; packs it into OUT
# (.tar.gz).
set -eu

stage=$1
name=$2
out=$3
top=$stage/$name
rm -rf "$top"
mv "$stage/usr/local" "$top"
rm -f "$top"/lib/libae.a
rm -rf "$top/lib/pkgconfig"

# needs FILE - the libraries that a program with this one loads, as paths; the
# C library's own are the system's.
needs() {
    ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | grep -Ev \
        '/(libc|libm|libpthread|libdl|librt|ld-linux[^/]*)\.so[^/]*$'
}

# openblas - where the loader finds the library that libae opens by name.
openblas() {
    /sbin/ldconfig -p | sed -n 's/.*libopenblas\.so\.0 .* => //p' | head -n 1
}

blas=$(openblas)
{
    needs "$top/lib/libae.so"
    if [ -n "$blas" ]; then echo "$blas"; needs "$blas"; fi
} | grep -v '/libae\.so' | sort -u > "$stage/libraries"
mkdir -p "$top/share/doc/ae/licences"
while read -r library; do
    cp -L "$library" "$top/lib/${library##*/}"
    strip --strip-unneeded "$top/lib/${library##*/}" 2> /dev/null || true
    real=$(readlink -f "$library")
    package=$(dpkg -S "*/${real##*/}" 2> /dev/null | sed 's/:.*//;q')
    [ -z "$package" ] || cp "/usr/share/doc/$package/copyright" \
        "$top/share/doc/ae/licences/$package"
done < "$stage/libraries"
strip --strip-unneeded "$top"/lib/libae.so.*.* "$top"/bin/ae-*
sed -i "s|/usr/local/share/ae|$name/share/ae|" \
    "$top/share/man/man7/ae-tutorial.7"
cp LICENSE NEWS README.md "$top/share/doc/ae"
sh "${0%/*}/smoke.sh" "$top/bin" "$top/share/ae/samples"

tar --sort=name --owner=0 --group=0 --numeric-owner -C "$stage" \
    --mtime="@${SOURCE_DATE_EPOCH:-$(stat -c %Y NEWS)}" -c "$name" |
    gzip -9n > "$out.tmp"
mv "$out.tmp" "$out"
