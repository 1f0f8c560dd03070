#!/bin/sh
# Lint fails on a bad file of each sort, and names it; a clean tree passes.
set -eu
. "$AE_ROOT/tests/cli/expect"

mkdir -p lib/base lib/image cmd
cp "$AE_ROOT/.clang-format" .
cp "$AE_ROOT/lib/LAYERS" "$AE_ROOT"/lib/*.h lib
cp "$AE_ROOT/lib/base/base.h" "$AE_ROOT/lib/base/err.h" lib/base
# good - the tree passes.
good() {
    sh "$AE_ROOT/tests/lint/lint.sh" . > out 2>&1 || { cat out; exit 1; }
}
good

# bad NAME EXPECTED - the tree with stdin as file NAME is refused.
bad() {
    cat > "$1"
    if sh "$AE_ROOT/tests/lint/lint.sh" . > out 2>&1; then
        echo "passed with a bad $1: $2"
        exit 1
    fi
    { grep -q "$1" out && grep -q "$2" out; } ||
        { echo "nothing of $1: $2"; cat out; exit 1; }
    rm "$1"
}

printf '/* a */\n#include "image/image.h"\n' | bad lib/base/a.c 'may not include'
printf '/* a */\n#include "base/err.h"\n' | bad cmd/ae-a.c 'command includes'
printf '/* a */\n#include "b.h"\n' | bad cmd/ae-a.c 'command includes'
printf '/* a */\n#include <fftw3.h>\n' | bad lib/base/a.c 'its own door'
printf '/* a */\n#include <immintrin.h>\n' | bad lib/base/a.c 'belongs to'
printf 'int a;\n' | bad lib/base/a.c 'opens with'
printf '/* a */\nint a;\t\n' | bad lib/base/a.c tab
printf '/* a */\nint a; \n' | bad lib/base/a.c blank
printf '/* a */\nint a;' | bad lib/base/a.c 'no newline'
printf '/* a */\nint a; /* %70s */\n' x | bad lib/base/a.c columns
printf '/* a */\ntypedef struct { int a; } b;\n' | bad lib/base/a.h typedef
printf '/* a */\nsize_t a(void);\n' | bad lib/base/a.h 'stands not alone'
{
    printf '/* a */\nint a(void);\nint a(void)\n{\n'
    yes '    ;' | head -n 90
    printf '    return 0;\n}\n'
} | bad lib/base/a.c 'function of'
# shellcheck disable=SC2016
printf 'See `base/err.h` and `lib/nn/none.c`.\n' |
    bad DESIGN.md 'there is no lib/nn/none.c'
mkdir lib/other
printf '/* a */\n' | bad lib/other/a.c 'not in LAYERS'

# Columns are characters, not bytes, under each awk and in each locale.
printf '/* a */\nint a; /* %s */\n' \
    äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää > cmd/a.c
for awk in mawk gawk; do
    installed $awk || continue
    mkdir -p $awk
    ln -s "$(command -v $awk)" $awk/awk
    for locale in C C.UTF-8; do
        PATH=$PWD/$awk:$PATH LC_ALL=$locale good
    done
done
rm cmd/a.c

good
if grep -q 'ok lint layout' out; then
    printf '/* a */\nint  a;\n' | bad lib/base/a.c 'clang-format'
else
    grep -q 'left out: clang-format 14' out
fi
if installed clang; then
    printf '/* a */\nint a(void) { return 0; }\n' | bad lib/base/a.c prototype
fi
if installed shellcheck; then
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho $1\n' | bad lib/base/a.sh SC2086
fi
if installed mandoc; then
    mkdir man
    printf '.Dd x\n.Zz\n' | bad man/a.1 macro
fi
