#!/bin/sh
# ae-denoise --ensemble: the same bytes for any piece size, memory bound, number
# of threads and company, f32 and bf16, told and blind; it changes the result,
# and is closer to the truth; nets that can't be turned are refused by name.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
newmodel=$BUILD/tests/tools/newmodel
"$newmodel" unet:c=16,b=1 net.safetensors
s=$AE_ROOT/samples

for size in '1 1' '7 5' '130 97' '301 260'; do
    for kind in P5 P6; do
        # shellcheck disable=SC2086
        picture $size $kind > in.pnm
        for how in '--ensemble=2 --sigma=25' '--ensemble=8' \
            '--ensemble=8 --sigma=25 --precision=f32'; do
            d="ae-denoise -m net.safetensors $how"
            $d -t 1 < in.pnm > whole.pnm
            [ "$(wc -c < in.pnm)" -eq "$(wc -c < whole.pnm)" ]
            $d -t 2 --tile 48 < in.pnm | cmp - whole.pnm
            $d -t 3 --tile 104x40 < in.pnm | cmp - whole.pnm
            # shellcheck disable=SC2086
            bound=$(least $d in.pnm)
            $d --memory "$bound" < in.pnm | cmp - whole.pnm
            # shellcheck disable=SC2086
            bound=$(least $d -t 3 in.pnm)
            $d -t 3 --memory "$((${bound%M} + 10))M" < in.pnm | cmp - whole.pnm
        done
    done
done
ae-denoise -m net.safetensors --ensemble=1 --sigma 25 in.pnm > one.pnm
ae-denoise -m net.safetensors --sigma 25 in.pnm | cmp - one.pnm
ae-denoise -m net.safetensors --ensemble=2 --sigma 25 in.pnm > two.pnm
ae-denoise -m net.safetensors --ensemble=8 --sigma 25 in.pnm > eight.pnm
for more in two eight; do
    if cmp -s one.pnm $more.pnm; then echo "$more are as one"; exit 1; fi
done

# Small pictures in company are what they are alone.
mkdir alone
for i in 0 1 2; do
    picture $((64 + i / 2)) 48 P6 > $i.ppm
    ae-denoise -m net.safetensors --ensemble=8 --sigma 25 --tile 48 $i.ppm \
        > alone/$i.ppm
done
ae-denoise -q -m net.safetensors --ensemble=8 --sigma 25 -d together ./?.ppm
for i in 0 1 2; do
    cmp alone/$i.ppm together/$i.ppm
done

# The photo model: two beat one, eight beat two.
ae-denoise -s 0 --crop 128x128+64+64 "$s/house.png" > clean.png
ae-noise -n gauss:sigma=25 --seed 4 clean.png > noisy.png
best=0
for n in 1 2 8; do
    ae-denoise --sigma 25 --precision=f32 --ensemble=$n noisy.png > $n.png
    psnr=$(ae-compare --tsv clean.png $n.png | awk 'END { print $2 }')
    awk -v a="$best" -v b="$psnr" 'BEGIN { exit !(b > a + 0.02) }' ||
        { echo "$n turns: $psnr, fewer: $best"; exit 1; }
    best=$psnr
done

# What has a direction.
printf 'ae 1\nx input c=3\na conv c=4 k=3x5\ny conv c=3\noutput y\n' > wide.ae
printf 'ae 1\nx input c=3\na conv c=4 k=2\ny conv c=3\noutput y\n' > even.ae
printf 'ae 1\nx input c=3 h=8 w=8\ny conv c=3\noutput y\n' > fixed.ae
for spec in wide even fixed; do
    "$newmodel" $spec.ae $spec.safetensors
    status 0 ae-denoise -m $spec.safetensors --ensemble=1 -s 0 in.pnm
done
picture 8 8 P6 > in.ppm
fails 2 "can't be turned: a (conv).*3x5" \
    ae-denoise -m wide.safetensors --ensemble=8 in.ppm
[ ! -s out ]
fails 2 "can't be turned: a (conv).*2x2" \
    ae-denoise -m even.safetensors --ensemble=2 in.ppm
fails 2 "can't be turned: .*one size" \
    ae-denoise -m fixed.safetensors --ensemble=8 in.ppm
for bad in 0 3 4 16 x; do
    fails 2 "'--ensemble'" ae-denoise --ensemble=$bad in.ppm
done
