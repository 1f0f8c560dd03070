#!/bin/sh
# What the packages are for is done by them: PNG by libpng, JPEG by
# libjpeg-turbo, WebP by libwebp, a model's header by jansson, spectra by
# FFTW.  OpenBLAS is loaded for principal components, and photos don't wait for
# it.
set -eu
[ -z "${AE_SANITIZER:-}" ] || { echo "sanitizers come first"; exit 77; }
${CC:-cc} -shared -fPIC -O1 -o calls.so "$AE_ROOT/tests/cli/libraries.c" \
    2> log || { echo "no preloaded library can be built here"; exit 77; }
s=$AE_ROOT/samples
export AE_SANDBOX=no # the library writes a file

calls() {                        # calls COMMAND... : what it called
    rm -f calls
    AE_CALLS=$PWD/calls LD_PRELOAD=$PWD/calls.so "$@" > out
    sort calls | tr '\n' ' '
}

[ "$(calls ae-denoise -t 1 -T jpeg "$s/tree.png")" = \
    "jpeg_write_scanlines json_loadb png_read_row " ]
cp out tree.jpg
[ "$(calls ae-denoise -t 1 --sigma 5 -T png tree.jpg)" = \
    "jpeg_read_scanlines json_loadb png_write_row " ]
[ "$(calls ae-noise -n correlated -T pam "$s/tree.png")" = \
    "fftwf_execute png_read_row " ]
[ "$(calls ae-noise --estimate "$s/tree.png")" = \
    "fftwf_execute json_loadb png_read_row " ]
[ "$(calls ae-noise --psd "$s/tree.png")" = "fftwf_execute png_read_row " ]
if ae-info --kinds | grep -q '^  webp *read'; then
    [ "$(calls ae-noise -n gauss -T webp "$s/tree.png")" = \
        "WebPEncode png_read_row " ]
    cp out tree.webp
    [ "$(calls ae-noise -n gauss -T pam tree.webp)" = "WebPDecode " ]
fi
calls ae-train -q -m pca:z=2 -o pca.st "$s/digits-idx3-ubyte.gz" | grep -q dlopen
calls ae-encode -m digits-ae --rows 1:50 "$s/digits-idx3-ubyte.gz"
mv out codes
[ "$(calls ae-latent plot -o map.png codes)" = "dlopen png_write_row " ]
