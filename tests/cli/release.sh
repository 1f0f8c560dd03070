#!/bin/sh
# What is released agrees with ae.h: version and ABI in NEWS, the Debian and RPM
# packages and the library's map.  The packed sources hold what a build needs,
# nothing that was built, the same bytes each time.  A make that lacks the
# libraries says what to do.
set -eu

value() { sed -n "s/^.define $1 \"\{0,1\}\([0-9.]*\).*/\1/p" "$AE_ROOT/lib/ae.h"; }
version=$(value AE_VERSION)
abi=$(value AE_ABI)
[ "$(sed -n 's/^Version \([0-9]\)/\1/p' "$AE_ROOT/NEWS" | head -n 1)" = "$version" ]
[ "$(sed -n '1s/.*(\(.*\)).*/\1/p' "$AE_ROOT/debian/changelog")" = "$version" ]
[ "$(sed -n 's/^Version: *//p' "$AE_ROOT/packaging/ae-tools.spec")" = "$version" ]
grep -qx "Package: libae$abi" "$AE_ROOT/debian/control"
grep -q "^libae.so.$abi libae$abi " "$AE_ROOT/debian/libae$abi.symbols"
grep -q " (symver)LIBAE_$abi " "$AE_ROOT/debian/libae$abi.symbols"
grep -qx "LIBAE_$abi {" "$AE_ROOT/lib/libae.map"
[ -f "$AE_ROOT/debian/libae$abi.install" ]

export SOURCE_DATE_EPOCH=1000000000
here=$PWD
for i in 1 2; do
    (cd "$AE_ROOT" && sh packaging/dist.sh "ae-$version" "$here/$i.tar.gz")
done
cmp 1.tar.gz 2.tar.gz
tar -xzf 1.tar.gz
cd "ae-$version"
for file in Makefile install.mk NEWS LICENSE debian/rules packaging/smoke.sh \
    lib/ae.h models/photo.safetensors man/ae.1 samples/taxi.csv.gz; do
    [ -s $file ] || { echo "not packed: $file"; exit 1; }
done
find . -name '*.o' -o -name build -o -name .git > extra
[ ! -s extra ] || { cat extra; exit 1; }
# Packed again from what was unpacked, where there is no git.
rm extra
GIT_DIR=/nowhere sh packaging/dist.sh "ae-$version" "$here/3.tar.gz"
tar -tzf "$here/1.tar.gz" | sort > "$here/first"
tar -tzf "$here/3.tar.gz" | sort | diff "$here/first" -

if PKG_CONFIG_LIBDIR=/nowhere make -s BUILD=bare > ../said 2>&1; then exit 1; fi
grep -q 'make deps installs it' ../said || { cat ../said; exit 1; }
if grep -q 'error:' ../said; then cat ../said; exit 1; fi
