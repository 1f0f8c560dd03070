#!/bin/sh
# lint.sh [ROOT] - layers, style, the paths that the guides name, layout by
# .clang-format, headers that stand alone, warnings of both compilers, manual
# pages, scripts.  A check whose tool isn't installed is left out, and a line
# says so.  Closes with "N passed, N failed", a check of each sort being one.
set -u

# Bytes are counted and files sorted alike in every locale; gawk refuses ranges
# of bytes in one of UTF-8.
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}" || exit 1
CC=${CC:-cc}
passed=0
failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# check NAME COMMAND... - fails on a status or on any output.
check() {
    name=$1
    shift
    if "$@" > "$out" 2>&1 < /dev/null && [ ! -s "$out" ]; then
        echo "ok lint $name"
        passed=$((passed + 1))
    else
        echo "FAILED lint $name"
        head -n 60 "$out"
        failed=$((failed + 1))
    fi
}

# needs TOOL - or says what is left out.
needs() {
    command -v "$1" > /dev/null && return 0
    echo "left out: $1 is not installed"
    return 1
}

files() {
    find "$@" -type f ! -path '*/build*' 2> /dev/null | sort
}

code=$(files cmd lib tests man -name '*.[ch]')
scripts=$(files cmd lib tests -name '*.sh')
[ ! -f .ci/run ] || scripts="$scripts .ci/run"
texts=$(find . -maxdepth 1 -type f ! -name '.git' | sort)
texts="$texts $(files man models -name '*.[1357]' -o -name '*.ae' \
    -o -name '*.md')"

# shellcheck disable=SC2046,SC2086
layers() {
    awk -f "$here/layers.awk" lib/LAYERS $(files lib cmd -name '*.[ch]')
}

# shellcheck disable=SC2086
style() {
    awk -f "$here/style.awk" $code $scripts $texts
}

# shellcheck disable=SC2086
final_newline() {
    for file in $code $scripts $texts; do
        [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] ||
            echo "$file: no newline at the end"
    done
}

# Files that the guides name are there, from the root or from lib/; a path with
# capitals, like `lib/noise/NAME.c`, is a pattern.
paths() {
    for guide in CONTRIBUTING.md DESIGN.md; do
        [ -f $guide ] || continue
        # shellcheck disable=SC2016
        grep -o '`[a-z][a-z0-9_./-]*/[a-z0-9_-]*\.[a-z0-9]*`' $guide |
            tr -d '`' | sort -u | while read -r path; do
            [ -e "$path" ] || [ -e "lib/$path" ] ||
                echo "$guide: there is no $path"
        done
    done
}

# What another version of the formatter would lay out otherwise isn't at fault.
formatter() {
    for tool in clang-format-14 clang-format; do
        if "$tool" --version 2> /dev/null | grep -q 'version 14\.'; then
            echo "$tool"
            return
        fi
    done
}

# shellcheck disable=SC2086
layout() {
    "$(formatter)" --dry-run -Werror $code
}

flags="-std=c11 -D_POSIX_C_SOURCE=200809L -Ilib -fsyntax-only -Wall -Wextra
    -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla"
flags="$flags -DAE_WITH_TIFF=1 -DAE_WITH_WEBP=1"
flags="$flags $(pkg-config --cflags libpng libjpeg lcms2 fftw3f jansson \
    zlib 2> /dev/null)"

# The one file that MPI is needed for is left out where there is none.
mpi=$(pkg-config --cflags ompi-c 2> /dev/null | sed 's/-I/-isystem /g')
flags="$flags $mpi"
lacks_mpi() {
    [ -z "$mpi" ] && [ "${1##*/}" = ranks_mpi.c ]
}

# Instruction sets that a file's name promises.
isa() {
    case $(uname -m):$1 in
    x86_64:*_avx2.[ch]) echo -mavx2 -mfma -mf16c ;;
    x86_64:*_avx512.[ch]) echo -mavx512f -mavx512dq -mavx512bw -mavx512vl \
        -mfma ;;
    esac
}

# Headers that only another machine's compiler knows.
foreign() {
    case $(uname -m):$1 in
    x86_64:*_neon.h | aarch64:*_avx2.h | aarch64:*_avx512.h) return 0 ;;
    esac
    return 1
}

# shellcheck disable=SC2046,SC2086
headers() {
    # *_simd.h are templates over what an instruction set's file defines.
    for file in $(files cmd lib -name '*.h' ! -name '*_simd.h'); do
        foreign "$file" && continue
        printf '#include "%s"\n' "$PWD/$file" |
            $CC $flags $(isa "$file") -x c - || echo "$file stands not alone"
    done
}

# shellcheck disable=SC2046,SC2086
warnings() {
    for file in $(files cmd lib tests -name '*.c' ! -path '*/fuzz/*'); do
        lacks_mpi "$file" && continue
        $1 $flags -DAE_DATADIR='""' $(isa "$file") "$file" ||
            echo "$file: failed"
    done
}

# Our own pages refer to each other before they are installed: such a name must
# be a page here; those of others aren't looked up.  Findings are on stdout, and
# what mandoc's own index lacks on stderr.
# shellcheck disable=SC2046
pages() {
    mandoc -Tlint -W style $(files man -name '*.[1357]') 2> /dev/null |
        while read -r line; do
            page=$(printf '%s\n' "$line" |
                sed -n 's/.*not found: Xr \([a-z-]*\) \([1-9]\).*/\1.\2/p')
            [ -n "$page" ] && [ -f "man/$page" ] || printf '%s\n' "$line"
        done
}

# shellcheck disable=SC2086
shell() {
    [ -z "$scripts" ] || shellcheck -x $scripts
}

# Where a source asks for more than POSIX, it does without, too: elsewhere than
# on Linux, and with another C library.  Headers of other libraries are found
# behind that one's own.
# shellcheck disable=SC2013,SC2046,SC2086
portable() {
    for file in $(grep -lE '_GNU_SOURCE|_DEFAULT_SOURCE|__linux__|__GLIBC__' \
        $(files cmd lib -name '*.c')); do
        case $1 in
        clang) clang $flags -U__linux__ -U__linux -U__GLIBC__ "$file" ;;
        musl-gcc) musl-gcc $flags -idirafter /usr/include \
            -idirafter "/usr/include/$(gcc -print-multiarch)" "$file" ;;
        esac || echo "$file: failed"
    done
}

check layers layers
check style style
check final-newline final_newline
check paths paths
if [ -f .clang-format ]; then
    if [ -n "$(formatter)" ]; then
        check layout layout
    else
        echo "left out: clang-format 14 is not installed"
    fi
fi
[ -n "$mpi" ] || echo "left out: Open MPI is not installed"
check headers headers
if needs clang; then check clang-warnings warnings clang; fi
if needs clang; then check portable-kernel portable clang; fi
if needs musl-gcc; then check portable-libc portable musl-gcc; fi
if needs mandoc && [ -d man ]; then check pages pages; fi
if needs shellcheck; then check scripts shell; fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
