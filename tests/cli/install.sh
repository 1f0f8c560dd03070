#!/bin/sh
# The installed tree: its commands find its library, which carries the models
# for all of them; a program built with pkg-config against it runs with the
# shared and with the static library, only the public names are visible, all of
# one version; the data of the tutorial and the completions are there; a build
# isn't repeated for another prefix, and uninstall leaves nothing.
set -eu
. "$AE_ROOT/tests/cli/expect"

case $AE_SANITIZER in ?*) echo "the sanitizers' run time is not installed"
    exit 77 ;;
esac
prefix=/opt/ae
dest=$PWD/dest
# The very build under test: its flags are kept, only the prefix differs.
make -s -C "$AE_ROOT" BUILD="$BUILD" DESTDIR="$dest" PREFIX=$prefix \
    DATADIR=/usr/local/share/ae install > log 2>&1 || { cat log; exit 1; }

for file in lib/libae.a lib/libae.so.1 include/ae.h include/ae_tools.h \
    include/ae_pages.h include/ae_ranks.h include/ae_tune.h \
    lib/pkgconfig/ae.pc; do
    test -e "$dest$prefix/$file" || { echo "no $file"; exit 1; }
done
for page in "$AE_ROOT"/man/*.1; do
    [ -e "$page" ] || continue
    test -e "$dest$prefix/share/man/man1/${page##*/}"
done
for spec in "$AE_ROOT"/models/*.ae; do
    [ -e "$spec" ] || continue
    test -e "$dest/usr/local/share/ae/models/${spec##*/}"
done
# Trained models are in the library, and nowhere else.
copies=$(find "$dest" -name '*.safetensors')
[ -z "$copies" ] || { echo "again: $copies"; exit 1; }

# What the tutorial names is there, and the page says where.
sed -n 's/.*\(cp -r [^ ]*\) .*/\1 ./p' "$dest$prefix/share/man/man7/ae-tutorial.7" \
    > copy.sh
[ "$(cat copy.sh)" = 'cp -r /usr/local/share/ae/samples .' ]
cp -r "$dest/usr/local/share/ae/samples" .
grep -o 'samples/[a-z0-9./-]*' "$dest$prefix/share/man/man7/ae-tutorial.7" |
    sort -u > named
[ "$(wc -l < named)" -gt 5 ]
while read -r name; do
    [ "$name" = samples/ ] || [ -e "$name" ] || { echo "no $name"; exit 1; }
done < named

if [ -d "$BUILD/completion" ]; then
    for name in ae ae-denoise; do
        for file in bash-completion/completions/$name \
            fish/vendor_completions.d/$name.fish zsh/site-functions/_ae; do
            test -s "$dest$prefix/share/$file" || { echo "no $file"; exit 1; }
        done
    done
fi
[ "$("$dest$prefix/bin/ae" --version)" = "$(ae --version)" ]

# From wherever the tree lies, and with nobody's help.
"$dest$prefix/bin/ae-noise" --seed 1 -n gauss:sigma=25 \
    "$AE_ROOT/samples/digits/3-0.png" > noisy.png
"$dest$prefix/bin/ae-denoise" < noisy.png > clean.png
ae-denoise < noisy.png | cmp clean.png -
for command in "$dest$prefix"/bin/ae-*; do
    objdump -p "$command" | grep -q 'NEEDED *libae.so.1$'
    [ "$(wc -c < "$command")" -lt 1000000 ]
done
mv "$dest" moved
moved$prefix/bin/ae-denoise < noisy.png | cmp clean.png -
mv moved "$dest"

cat > prog.c <<'END'
#include <ae.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    struct ae_ctx *ctx;
    struct ae_io *io;
    struct ae_image im = {0};
    struct ae_err e = {0};
    const char *text = "P2 2 1 255 0 255\n";
    int err = ae_ctx_new(NULL, &ctx, &e);

    if (!err)
        err = ae_io_open_memory(text, strlen(text), "t", &io, &e);
    if (!err)
        err = ae_image_read(ctx, io, 1, &im, NULL, &e);
    if (err || im.info.w != 2 || im.data[1] != 1.0f) {
        fprintf(stderr, "failed: %s\n", e.msg);
        return 1;
    }
    puts(ae_version());
    ae_image_release(&im);
    ae_io_close(io);
    ae_ctx_free(ctx);
    return 0;
}
END
export PKG_CONFIG_PATH="$dest$prefix/lib/pkgconfig"
export PKG_CONFIG_SYSROOT_DIR="$dest"
# Flags of system libraries must not be put under DESTDIR with ours.
shared=$(pkg-config --cflags --libs ae)
# shellcheck disable=SC2086
cc -Wall -Werror -o shared prog.c $shared
LD_LIBRARY_PATH=$dest$prefix/lib ./shared > out
version=$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --modversion ae)
[ "$(cat out)" = "$version" ]
objdump -p shared | grep -q 'NEEDED *libae.so.1$'
objdump -p "$dest$prefix/lib/libae.so" | grep -q 'SONAME *libae.so.1$'

# The example programs, as C and as C++, and the one in Python.
export LD_LIBRARY_PATH="$dest$prefix/lib"
ae-denoise --precision f32 -o want.png noisy.png
# examples COMPILER... - builds and runs those in C.
examples() {
    for name in denoise train; do
        # shellcheck disable=SC2086
        "$@" -Wall -Werror -pedantic -o $name \
            "$AE_ROOT/man/examples/$name.c" $shared
    done
    ./denoise noisy.png got.png
    cmp want.png got.png
    ./train "$AE_ROOT/samples/digits-idx3-ubyte.gz" m.safetensors 2> said
    grep -q 'step 100 of 100' said
    ae-info m.safetensors > /dev/null
    rm got.png m.safetensors
}
examples cc -std=c11
if installed c++; then
    examples c++ -x c++ -std=c++17
else
    echo 'left out: c++ is not installed'
fi
if ./denoise no-such-file got.png 2> said; then exit 1; fi
grep -q '^no-such-file to got.png: can.t be opened: No such file' said
if installed python3; then
    python3 "$AE_ROOT/man/examples/denoise.py" noisy.png got.png
    cmp want.png got.png
else
    echo 'left out: python3 is not installed'
fi
# The page shows the first of them as it is.
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$dest$prefix/share/man/man3/libae.3" |
    sed '/^\.[BE]d/d; s/\\e/\\/g' | diff - "$AE_ROOT/man/examples/denoise.c"

# A program that was built for another ABI is told so by ae_ctx_new() itself.
mkdir older
cp "$dest$prefix"/include/ae_*.h older
sed 's/^\(.define AE_ABI\) .*/\1 77/' "$dest$prefix/include/ae.h" > older/ae.h
# shellcheck disable=SC2086
cc -Wall -Werror -I older -o older/prog prog.c $shared
if older/prog 2> out; then exit 1; fi
grep -q 'built for ABI 77 of libae, but libae .* has ABI 1:' out

unset PKG_CONFIG_SYSROOT_DIR
# only ours is static: what the others need for that (gfortran...) isn't asked
# shellcheck disable=SC2046
static="$(pkg-config --libs $(pkg-config --print-requires-private ae)) -lm -pthread"
# shellcheck disable=SC2086
cc -I "$dest$prefix/include" -o static prog.c "$dest$prefix/lib/libae.a" \
    $static
./static > out
[ "$(cat out)" = "$version" ]

# Names: all of the headers that is called, nothing that isn't there.
nm -D --defined-only "$dest$prefix/lib/libae.so" | awk '{ print $3 }' |
    sort > visible
sed -i '/^LIBAE_/d; s/@.*//' visible
while read -r name; do
    grep -qw "$name" "$AE_ROOT"/lib/*.h || { echo "visible: $name"; exit 1; }
done < visible
sed -n 's/^AE_API [^(;]*[ *]\(ae_[a-z0-9_]*\)[([;].*/\1/p' \
    "$AE_ROOT"/lib/*.h | sort > public
[ "$(wc -l < public)" -gt 40 ]
missing=$(comm -13 visible public)
[ -z "$missing" ] || { echo "not visible: $missing"; exit 1; }

# All of one version, which is called after the ABI.
nm -D --with-symbol-versions --defined-only "$dest$prefix/lib/libae.so" |
    awk '$2 != "A" && $3 !~ /@@LIBAE_1$/ { print "not of LIBAE_1: " $3; bad = 1 }
        END { exit bad }'
grep -q '^LIBAE_1 ' "$AE_ROOT/lib/libae.map"

# Another prefix, with its library elsewhere: one object and the links are made
# anew.
make -n -C "$AE_ROOT" BUILD="$BUILD" DESTDIR="$dest" PREFIX=/elsewhere \
    LIBDIR=/elsewhere/lib64 install > steps
[ "$(grep -c -e ' -c -o ' steps)" -eq 1 ]
grep -q -e ' -c -o .*/lib/model/model_path.o' steps
grep -q -e "-rpath,'\$ORIGIN/../lib:\$ORIGIN/../lib64'" steps
grep -q -e "$dest/elsewhere/lib64/pkgconfig" steps

# Hardening: position independent, relocations read-only, no executable stack.
for command in "$dest$prefix"/bin/ae-*; do
    [ -e "$command" ] || continue
    readelf -hld "$command" > elf
    grep -q 'Type: *DYN' elf
    grep -q GNU_RELRO elf
    grep -Eq 'BIND_NOW|NOW' elf
    if grep -q 'GNU_STACK.*RWE' elf; then exit 1; fi
done

make -s -C "$AE_ROOT" BUILD="$BUILD" DESTDIR="$dest" PREFIX=$prefix \
    DATADIR=/usr/local/share/ae uninstall > log 2>&1 || { cat log; exit 1; }
left=$(find "$dest" ! -type d)
[ -z "$left" ] || { echo "left: $left"; exit 1; }
