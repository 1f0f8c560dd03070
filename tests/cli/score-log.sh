#!/bin/sh
# A log: what wasn't seen before is odd, by every kind of net; a line is
# scored as soon as it comes; heat maps of pictures; arrays denoised.
set -eu
s=$AE_ROOT/samples
head -n 400 "$s/service.log" > ordinary.log
short="-q --batch 16 --mixture 0 --lr 0.003"

# dense, denoising, variational: each a line
# shellcheck disable=SC2086
{
    ae-train $short --steps 150 -m dense:z=8,h=64 --loss l2 -o dense.st \
        ordinary.log
    ae-train $short --steps 150 -m dense:z=8,h=64 -n gauss:sigma=4 --loss l2 \
        -o denoise.st ordinary.log
    ae-train $short --steps 150 -m vae:z=8,h=64 --loss gauss:sigma=0.02 \
        -o vae.st ordinary.log
}
for m in dense denoise; do
    ae-score -m $m.st --labels "$s/service.labels" --threshold q99 --summary \
        "$s/service.log" > $m.sum
done
ae-score -m vae.st --method elbo --labels "$s/service.labels" --summary \
    "$s/service.log" > vae.sum
cat ./*.sum
for m in dense denoise vae; do
    sed -n 2p $m.sum | cut -f 3 | awk '{ exit !($1 > 0.9) }'
done
head -n 1 dense.sum | grep -q 'threshold.f1$'
# nearest lines, with any model of lines
ae-score -m dense.st --method knn-input --reference ordinary.log \
    --labels "$s/service.labels" --summary "$s/service.log" > near.sum
sed -n 2p near.sum | cut -f 3 | awk '{ print; exit !($1 > 0.9) }'
# the ranking's figures are on stderr beside the lines
ae-score -m dense.st --labels "$s/service.labels" "$s/service.log" \
    > lines 2> err
[ "$(wc -l < lines)" -eq 601 ] && grep -Eq '^auroc (1|0.9)' err

# a line comes out as soon as it is complete
mkfifo in out
ae-score -m dense.st < in > out &
exec 3> in 4< out
for n in 1 2 3; do
    sed -n ${n}p "$s/service.log" >&3
    read -r name score <&4
    [ "$name" != name ] || read -r name score <&4
    [ "$name" = $n ] && [ "$(sed -n "$((n + 1))p" lines)" = \
        "$(printf '%s\t%s' "$name" "$score")" ]
done
exec 3>&- 4<&-
wait

# no text can be made of hashed words
rc=0
ae-denoise -m dense.st "$s/service.log" > none 2> err || rc=$?
[ $rc -eq 2 ] && [ ! -s none ] && grep -q 'hashed words' err

# pictures of errors
ae-train -q -m dense:z=8,h=32 --loss l2 --batch 32 --steps 100 -o d.st \
    "$s/digits-idx3-ubyte.gz"
ae-score -m d.st --map heat "$s/digits" > tsv
[ "$(find heat -name '*.png' | wc -l)" -eq 100 ] && [ "$(wc -l < tsv)" -eq 101 ]
ae-info --json heat/3-4.png | grep -q '"width":28'
rc=0
ae-score -m dense.st --map heat2 "$s/service.log" 2> err || rc=$?
[ $rc -eq 2 ] && [ ! -e heat2 ] && grep -q 'models of pictures' err

# an array comes out as one of its shape
array() {
    printf '\223NUMPY\001\000\166\000%-117s\n' \
        "{'descr': '|u1', 'fortran_order': False, 'shape': (200, 6), }"
    awk 'BEGIN { for (i = 0; i < 1200; i++) printf "%c", 65 + i % 26 }'
}
array > a.npy
ae-train -q -m dense:z=2,h=16 --loss l2 --batch 16 --steps 50 -o a.st a.npy
ae-denoise -m a.st a.npy > b.npy
head -c 128 b.npy | grep -q "'<f4'.*(200, 6)"
[ "$(wc -c < b.npy)" -eq $((128 + 200 * 6 * 4)) ]
