#!/bin/sh
# Colour under an alpha of 0: what is seen doesn't depend on it, it comes back
# as it was, and all that in pieces as in the whole.
set -eu
. "$AE_ROOT/tests/cli/expect"
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors

# A picture of W x H, of 16 bits so that the least difference shows, with
# holes, edges of all directions among them; JUNK is what lies under them.
picture() {                      # picture W H JUNK
    printf 'P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n' \
        "$1" "$2"
    awk -v w="$1" -v h="$2" -v junk="$3" 'BEGIN {
        for (y = 0; y < h; y++)
            for (x = 0; x < w; x++) {
                v = v * 421 % 9973 + 17
                seen = (x - 90) ^ 2 + (y - 60) ^ 2 > 1500 && x > 20 &&
                    y % 97 < 80
                for (c = 0; c < 3; c++)
                    printf "%cA", seen ? 65 + (x + 2 * y + c * 9 + v % 30) % 60 \
                        : 65 + (junk * (x + y + 31 * c)) % 60
                printf "%s", seen ? "~~" : "@@"
            }
    }' | tr '~@' '\377\000'
}
alphas() { od -An -v -tu2 --endian=big -w8; }

check() {                        # check W H : as one picture
    picture "$1" "$2" 0 > flat.pam
    picture "$1" "$2" 7 > junk.pam
    for k in flat junk; do
        status 0 ae-denoise -m net.safetensors --sigma 10 -o $k.out.pam $k.pam
        pixels -x $k.pam | alphas > $k.in
        pixels -x $k.out.pam | alphas > $k.out
        # hidden pixels and alpha are as they were, others aren't all
        paste $k.in $k.out | awk '
            $4 != $8 || ($4 == 0 && ($1 != $5 || $2 != $6 || $3 != $7)) {
                exit bad = 1 }
            $1 != $5 { changed++ }
            END { exit bad || changed < NR / 4 }'
    done
    # what is seen is the same over either
    awk '$4 > 0' flat.out > flat
    awk '$4 > 0' junk.out | cmp - flat
    [ "$(wc -l < flat)" -gt 1000 ]
}
check 120 110                    # of the small ones, which go whole
check 310 230

for piece in 64 128x96 4096x80; do
    status 0 ae-denoise -m net.safetensors --sigma 10 --tile $piece -o t.pam \
        junk.pam
    cmp t.pam junk.out.pam
done
status 0 ae-denoise -m net.safetensors -s 0 -o same.pam junk.pam
cmp same.pam junk.pam
