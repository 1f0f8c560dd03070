#!/bin/sh
# embed.sh FILE... - C source on stdout that carries the files, by .incbin, as
# the texts that page.h declares: page.css becomes ae_page_css.
set -eu

echo '/* Made by lib/page/embed.sh. */'
for file in "$@"; do
    symbol=ae_$(basename "$file" | tr . _)
    cat <<END
__asm__(".section .rodata\n.globl $symbol\n.hidden $symbol\n$symbol:\n"
        ".incbin \"$file\"\n.byte 0\n.previous\n");
END
done
