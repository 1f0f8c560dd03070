#!/bin/sh
# ae-denoise: the same bytes for any piece size, memory bound and number of
# threads, over odd sizes; strength 0 is the identity; depth, gray and alpha
# stay.
set -eu
. "$AE_ROOT/tests/cli/expect"
. "$AE_ROOT/tests/cli/pictures"
newmodel unet:c=4,b=1 net.safetensors
newmodel unet:c=4,b=1 blind.safetensors 1 optional
s=$AE_ROOT/samples

for size in '1 1' '1 37' '41 1' '7 5' '67 53' '130 97'; do
    for kind in P5 P6; do
        # shellcheck disable=SC2086
        picture $size $kind > in.pnm
        # told; left to find out; told what the compiled-in net finds
        for how in 'net --sigma 25' blind net; do
            d="ae-denoise -q -m $(echo "$how" | sed 's/[a-z]*/&.safetensors/')"
            $d -t 1 < in.pnm > whole.pnm
            if cmp -s in.pnm whole.pnm; then
                echo "$size, $how: nothing done"
                exit 1
            fi
            [ "$(wc -c < in.pnm)" -eq "$(wc -c < whole.pnm)" ]
            $d -t 2 --tile 16 < in.pnm | cmp - whole.pnm
            $d -t 3 --tile 40x8 < in.pnm | cmp - whole.pnm
            # shellcheck disable=SC2086
            bound=$(least $d in.pnm)
            $d --memory "$bound" < in.pnm | cmp - whole.pnm
        done
        ae-denoise -m net.safetensors -s 0 in.pnm > same.pnm
        cmp in.pnm same.pnm
    done
done
ae-denoise -m net.safetensors < in.pnm > whole.pnm
! cmp -s in.pnm whole.pnm || exit 1

# told the level or not is another result, and so is another level
ae-denoise -m blind.safetensors in.pnm > blind.pnm
for sigma in 0 25; do
    ae-denoise -m blind.safetensors --sigma $sigma in.pnm > told.pnm
    ! cmp -s told.pnm blind.pnm || exit 1
done

# several blocks of levels that are found, whatever the pieces
picture 40 900 P6 > tall.ppm
for m in net blind; do
    ae-denoise -m $m.safetensors < tall.ppm > whole.ppm
    ae-denoise -m $m.safetensors --tile 40x24 < tall.ppm | cmp - whole.ppm
    ae-denoise -m $m.safetensors --tile 24x600 < tall.ppm | cmp - whole.ppm
    bound=$(least ae-denoise -m $m.safetensors tall.ppm)
    ae-denoise -m $m.safetensors --memory "$bound" tall.ppm | cmp - whole.ppm
done

# A row of grays in three channels stays gray, and is as the gray picture's;
# in a coloured picture it does, too, whatever the pieces; the rows beside it
# keep their colours.
picture 130 90 P5 > gray.pgm
ae-denoise -T ppm gray.pgm -m blind.safetensors -o gray.ppm
pnmgray() {                      # three equal channels of the P5 file $1
    printf 'P6\n130 90\n255\n'
    tail -c 11700 "$1" | od -An -v -tu1 | awk '{ for (i = 1; i <= NF; i++)
        printf "%c%c%c", $i, $i, $i }'
}
pnmgray gray.pgm > three.ppm
ae-denoise -m blind.safetensors three.ppm | cmp - gray.ppm
ae-denoise -m blind.safetensors --tile 40x32 three.ppm | cmp - gray.ppm
picture 130 90 P6 > colour.ppm
{ head -c $((14 + 390 * 40)) colour.ppm
  tail -c +$((15 + 390 * 40)) three.ppm | head -c $((390 * 9))
  tail -c +$((15 + 390 * 49)) colour.ppm; } > mixed.ppm
ae-denoise -m blind.safetensors mixed.ppm > whole.ppm
ae-denoise -m blind.safetensors --tile 40x32 mixed.ppm | cmp - whole.ppm
ae-denoise -m blind.safetensors --memory 18M -t 3 mixed.ppm | cmp - whole.ppm
tail -c 35100 whole.ppm | od -An -v -tu1 -w390 | awk '{
    gray = 1
    for (i = 1; i < 390; i += 3)
        gray = gray && $i == $(i + 1) && $i == $(i + 2)
    if (gray != (NR > 40 && NR <= 49)) exit 1 }'

# wide enough for rows to be read and written beside the net; alpha too
picture 1500 90 P6 > wide.ppm
ae-denoise -t 1 -m net.safetensors -T png < wide.ppm > whole.png
for t in 2 3; do
    ae-denoise -t $t -m net.safetensors -T png < wide.ppm | cmp - whole.png
    ae-denoise -t $t -m net.safetensors --tile 400 -T png < wide.ppm |
        cmp - whole.png
done
{ printf 'P7\nWIDTH 1500\nHEIGHT 60\nDEPTH 4\nMAXVAL 255\n'
  printf 'TUPLTYPE RGB_ALPHA\nENDHDR\n'
  tail -c +17 wide.ppm | head -c 360000; } > wide.pam
ae-denoise -t 1 -m net.safetensors < wide.pam > whole.pam
! cmp -s wide.pam whole.pam || exit 1
ae-denoise -t 2 -m net.safetensors < wide.pam | cmp - whole.pam
ae-denoise -t 2 -m net.safetensors --tile 400 < wide.pam | cmp - whole.pam

# what ends half-way: no file, a stream without its end, status 1
head -c 300000 wide.ppm > cut.ppm
for tile in 0 400; do
    rc=0; ae-denoise -m net.safetensors --tile $tile cut.ppm -o cut.png \
        2> err || rc=$?
    [ $rc -eq 1 ] && [ ! -e cut.png ] && grep -q '^ae-denoise: cut.ppm: ' err
    rc=0; ae-denoise -m net.safetensors --tile $tile -T png < cut.ppm \
        > cut.out 2> err || rc=$?
    [ $rc -eq 1 ]
    ! grep -q IEND cut.out || exit 1
    # nobody reads on
    rc=0; ae-denoise -m net.safetensors --tile $tile -o /dev/full wide.ppm \
        2> err || rc=$?
    [ $rc -eq 1 ] && grep -q '/dev/full' err
done

# where rows have no place to wait that is said; nothing else needs it
rc=0; TMPDIR=/nowhere ae-denoise -m net.safetensors --tile 400 wide.ppm \
    > out 2> err || rc=$?
[ $rc -eq 1 ] && grep -q '/nowhere' err
TMPDIR=/nowhere ae-denoise -m net.safetensors -T png wide.ppm | cmp - whole.png

# half strength lies between
ae-denoise -m net.safetensors -s 0.5 < whole.ppm > half.ppm
! cmp -s half.ppm whole.ppm || exit 1

# 16 bit, gray and alpha stay; alpha to the bit
printf 'P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcdefgh' > a.pam
ae-denoise -m net.safetensors < a.pam | tail -c 8 > out
[ "$(cut -c 4,8 out)" = dh ]
printf 'P5\n2 1\n65535\nabcd' | ae-denoise -m net.safetensors > deep
[ "$(wc -c < deep)" -eq "$(printf 'P5\n2 1\n65535\nabcd' | wc -c)" ]

# floats come back as floats; what is no number is named
printf 'Pf\n1 1\n-1.0\n\000\000\300\177' > nan.pfm
rc=0; ae-denoise -m net.safetensors nan.pfm > out 2> err || rc=$?
[ $rc -eq 1 ] && grep -q '^ae-denoise: nan.pfm: ' err

# N in, N out, in any mix
cat "$s/tree.png" tall.ppm a.pam | ae-denoise -m net.safetensors -T pam > three
[ "$("$BUILD/tests/tools/pixels" three | wc -l)" -eq 3 ]

# a model that isn't there, or is none, ends with 2 before any work
rc=0; ae-denoise -m no-such < a.pam > out 2> err || rc=$?
[ $rc -eq 2 ] && [ ! -s out ] && grep -q no-such err
rc=0; ae-denoise -m a.pam in.pnm > out 2> err || rc=$?
[ $rc -eq 2 ]
for bad in '--sigma=256' '--sigma=much' '-s 2' '--tile=-1' '-T gif'; do
    rc=0
    # shellcheck disable=SC2086
    ae-denoise -m net.safetensors $bad < a.pam > out 2> err || rc=$?
    [ $rc -eq 2 ] || { echo "$bad: $rc"; exit 1; }
done

# a large picture shows how far it is
ae-denoise -m net.safetensors --progress always --tile 16 tall.ppm 2> err > out
tr '\r' '\n' < err | grep -q '^0/1 + [0-9]* %'

# bfloat16, by plain C where the CPU has none: near, the same for any pieces
# and threads, refused by kernels without it
newmodel unet:c=32,b=1 wide.safetensors
picture 72 56 P6 > in.ppm
d="ae-denoise -m wide.safetensors --sigma 25"
AE_CPU=avx512bf16 $d --precision bf16 -t 1 in.ppm > half.ppm 2> log ||
    grep -q 'no products in bfloat16' log
[ -s half.ppm ] || export AE_CPU=c
$d --precision bf16 -t 1 in.ppm > half.ppm
$d --precision bf16 -t 2 --tile 24 in.ppm | cmp - half.ppm
$d --precision f32 in.ppm > full.ppm
ae-compare full.ppm half.ppm --threshold 'psnr>45' > log
if AE_CPU=avx2 $d --precision bf16 in.ppm > none.ppm 2> log; then
    exit 1
else
    [ $? -eq 2 ]
fi
