#!/bin/sh
# ae-denoise --memory: held, or refused with status 2 and the least that works,
# which works, to the same bytes; a note where pieces more than double the work.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
newmodel unet:c=8,b=1 net.safetensors 1 optional
d() { ae-denoise -m net.safetensors --sigma 25 "$@"; }
picture 1400 300 P6 > wide.ppm
picture 300 300 P5 > less.pgm
d wide.ppm > whole.ppm

fails 2 '^ae-denoise: wide.ppm: needs [0-9]*M of --memory at least$' \
    d --memory 1M wide.ppm
[ ! -s out ]
bound=$(least d wide.ppm)
status 0 d --memory "$bound" wide.ppm
cmp out whole.ppm
says '^ae-denoise: wide.ppm: takes [0-9]* times the work, in pieces that'
enough=$(sed -n 's/.*; with \([0-9]*M\) of --memory it is one$/\1/p' err)
fails 2 "needs $bound of --memory" d --memory "$((${bound%M} - 1))M" wide.ppm
status 0 d --memory "$enough" wide.ppm
cmp out whole.ppm
[ ! -s err ]
# pieces that were asked for are no news
status 0 d --memory "$enough" --tile 32 wide.ppm
cmp out whole.ppm
[ ! -s err ]

# a folder: what fits is done; status 2 where memory is all that lacked
small=$(least d less.pgm)
[ "${small%M}" -lt "${bound%M}" ]
status 2 d --memory "$small" -d out1 wide.ppm less.pgm
says "wide.ppm: needs $bound of --memory"
says '1 done, 0 skipped, 0 passed over, 1 failed'
echo P5 > broken.pgm
fails 1 'broken.pgm' d --memory "$small" -d out2 wide.ppm broken.pgm
cat less.pgm wide.ppm less.pgm > three
d --memory "$small" < three > two 2> err && exit 1
d less.pgm > one
cat one one | cmp - two

# what a decoder keeps whole counts: the rows of a PFM lie bottom up
d -T pfm wide.ppm > wide.pfm
fails 2 'wide.pfm: needs [0-9]*M of --memory' d --memory "$bound" wide.pfm

# the whole process keeps within the bound
[ -z "${AE_SANITIZER:-}" ] || exit 0
for bound in "$bound" "$enough"; do
    took used ae-denoise -m net.safetensors --sigma 25 --memory "$bound" \
        -o out.ppm wide.ppm 2> err
    cmp out.ppm whole.ppm
    awk -v most="${bound%M}" '$3 > most * 1.048576 { exit 1 }' used
    rm out.ppm
done
