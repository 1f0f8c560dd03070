#!/bin/sh
# embed.sh FILE... - C source on stdout that carries the files, by .incbin, as
# the tables of model/embedded.h.  *.ae are specs, *.alias aliases, all others
# models.
set -eu

cat <<'END'
/* Made by lib/model/embed.sh. */
#include "model/embedded.h"

#define EMBED(symbol, file) \
    __asm__(".section .rodata\n.balign 64\n" #symbol ":\n" \
            ".incbin \"" file "\"\n.byte 0\n.previous\n"); \
    extern const unsigned char symbol[]

END
number=0
specs=''
aliases=''
models=''
for file in "$@"; do
    symbol=embedded_$number
    number=$((number + 1))
    size=$(($(wc -c < "$file")))
    name=${file##*/}
    row="    {\"${name%.*}\", $symbol, $size},
"
    echo "EMBED($symbol, \"$file\");"
    case $name in
    *.ae) specs=$specs$row ;;
    *.alias) aliases=$aliases$row ;;
    *) models=$models$row ;;
    esac
done
cat <<END

const struct ae_embedded ae_embedded_specs[] = {
$specs    {NULL, NULL, 0}
};
const struct ae_embedded ae_embedded_models[] = {
$models    {NULL, NULL, 0}
};
const struct ae_embedded ae_embedded_aliases[] = {
$aliases    {NULL, NULL, 0}
};
END
