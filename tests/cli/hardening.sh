#!/bin/sh
# What is built is hardened: commands are position independent, relocations are
# read-only before main, no stack is executable, stacks are protected and libc's
# calls are fortified.
set -eu
. "$AE_ROOT/tests/cli/expect"
[ -z "$AE_SANITIZER" ] || { echo "the sanitizers' builds are not"; exit 77; }
needs readelf

lacks() {
    echo "$1: $2"
    exit 1
}
for file in "$BUILD"/bin/ae-* "$BUILD"/lib/libae.so.*.*; do
    case $file in *.[do]) continue ;; esac
    readelf -hldW "$file" > elf
    readelf -sW --dyn-syms "$file" > symbols
    grep -q 'Type: *DYN' elf || lacks "$file" 'is not position independent'
    grep -q GNU_RELRO elf || lacks "$file" 'has no read-only relocations'
    grep -q 'BIND_NOW\|Flags: NOW' elf || lacks "$file" 'binds lazily'
    grep -q 'GNU_STACK .* RW ' elf || lacks "$file" 'has an executable stack'
    if grep -q 'LOAD .* RWE ' elf; then
        lacks "$file" 'has memory that is written and executed'
    fi
    grep -q '__stack_chk_fail' symbols || lacks "$file" 'has no stack guard'
    grep -q '__[a-z]*printf_chk\|__memcpy_chk' symbols ||
        lacks "$file" 'is not fortified'
done
