#!/bin/sh
# The build tells the truth: in a tree that is up to date `make -q` says so
# and `make -n` shows nothing; other flags would make all anew, which asking
# for doesn't change; a step is a line, and V=1 shows it whole.
set -eu

case $AE_SANITIZER in ?*) echo "the build under test has flags of its own"
    exit 77 ;;
esac

# ask ARG... - make, on the build under test.
ask() {
    make -C "$AE_ROOT" --no-print-directory BUILD="$BUILD" "$@" > out 2>&1
}

for round in 1 2; do
    ask -q || { echo "round $round: make -q says there is work"; exit 1; }
    ask -n
    grep -q "Nothing to be done for 'all'" out || { head -n 5 out; exit 1; }
    [ "$(wc -l < out)" -eq 1 ]
    if ask -q CPPFLAGS=-DOTHER; then echo "flags make no difference"; exit 1; fi
    ask -n CPPFLAGS=-DOTHER
    [ "$(grep -c -e ' -DOTHER .* -c -o ' out)" -gt 200 ]
done

# One object, in a build folder of its own.
object=$PWD/own/lib/base/err.o
one() { ask "$object" BUILD="$PWD/own" "$@"; }
one
[ "$(cat out)" = "CC lib/base/err.c" ] || { cat out; exit 1; }
one
grep -q 'is up to date' out
one CFLAGS="-DQUOTED='\"a b\"'" V=1
grep -q -e "^[^ ]* .* -c -o $object " out || { cat out; exit 1; }
one CFLAGS="-DQUOTED='\"a b\"'"
grep -q 'is up to date' out
one -s
[ ! -s out ] || { cat out; exit 1; }
