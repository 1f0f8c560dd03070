#!/bin/sh
# Samples: the same for any parts, skips and threads; fits and temperatures;
# around an item; a class each; arrays, folders, grids; what can't be done.
# $m and the like are options and their values
# shellcheck disable=SC2086
set -eu
pixels="$BUILD/tests/tools/pixels"
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz
. "$AE_ROOT/tests/cli/expect"
z() { ae-sample $m --latents "$@"; }

ae-train "$digits" -m vae:z=3,h=16 --loss bernoulli --steps 20 \
    --mixture 3 -o m.safetensors -q
m="-m m.safetensors"

# sample i depends on (seed, i) alone
z -n 10 > all
[ "$(wc -l < all)" -eq 10 ]
for s in 1/3 2/3 3/3; do z -n 10 --shard $s; done | cmp - all
(z -n 4 && z -n 6 --skip 4) | cmp - all
for s in 1/16 2/16 11/16 16/16; do z -n 10 --shard $s | wc -l; done |
    tr -d ' \n' | grep -qx 1100
z -n 10 --seed 1 > other
if cmp -s all other; then exit 1; fi
ae-sample $m -n 130 -t 1 > a.png
ae-sample $m -n 130 -t 4 | cmp - a.png
(ae-sample $m -n 1 && ae-sample $m --skip 1 -n 129) | cmp - a.png
[ "$("$pixels" a.png | wc -l)" -eq 130 ]
z -n 130 | ae-decode $m | cmp - a.png

# the fits that the model keeps; the mixture is what is drawn from
z -n 10 --sampler gmm | cmp - all
z -n 4000 --sampler gauss --format csv | ae-latent stats > gauss.tsv
z -n 4000 --sampler prior --format csv | ae-latent stats > prior.tsv
ae-encode $m "$digits" | ae-latent stats > codes
z -n 4000 --sampler gmm --format csv | ae-latent stats > gmm.tsv
# means within 5 standard errors of the codes', deviations within a twelfth
for f in gauss gmm; do
    paste $f.tsv codes | awk -v f=$f 'NR > 1 {
        off = ($2 - $7) / $8 * sqrt(1000); ratio = $3 / $8
        if (off^2 > 25 || ratio < 0.92 || ratio > 1.08) {
            print f ": " $0; exit 1 } }'
done
awk 'NR > 1 && ($2^2 > 0.0064 || $3 < 0.94 || $3 > 1.06) { print; exit 1 }' \
    prior.tsv
z -n 4000 --sampler prior --temperature 0.5 | ae-latent stats |
    awk 'NR > 1 && ($3 < 0.47 || $3 > 0.53) { print; exit 1 }'
[ "$(z -n 3 --sampler gauss --temperature 0 | sed 's/.*z"//' | sort -u |
    wc -l)" -eq 1 ]

# around an item; at radius 0 it is the item's own code
d=$AE_ROOT/samples/digits
ae-encode $m "$d/3-1.png" | sed 's/.*"z"//' > code
for s in prior gauss gmm; do
    z -n 2 --sampler $s --around "$d/3-1.png" --radius 0 | sed 's/.*"z"//' |
        sort -u | cmp - code
done
z -n 4000 --sampler prior --around - --radius 0.1 < "$d/3-1.png" |
    ae-latent stats |
    awk 'NR > 1 && ($3 < 0.094 || $3 > 0.106) { print; exit 1 }'
# of another size, as ae-encode fits it
for fit in crop pad resize; do
    ae-encode $m --fit $fit "$AE_ROOT/samples/tree.png" 2> out |
        sed 's/.*"z"//' > code
    [ -s code ] || continue
    z --around "$AE_ROOT/samples/tree.png" --fit $fit --radius 0 |
        sed 's/.*"z"//' | cmp - code
done
[ -s code ]

# arrays, folders, grids
ae-sample $m -n 5 -T npy -o x.npy
[ "$(wc -c < x.npy)" -eq $((128 + 5 * 784 * 4)) ]
ae-sample $m -n 5 -T npy | cat > pipe.npy
tail -c +129 x.npy > x.f32 && tail -c +129 pipe.npy | cmp - x.f32
ae-sample $m -n 3 --shard 1/2 -d dir && ae-sample $m -n 3 --shard 2/2 -d dir
[ "$(printf '%s ' dir/*)" = "dir/000000.png dir/000001.png dir/000002.png " ]
cat dir/*.png > three
ae-sample $m -n 3 | cmp - three
ae-sample $m --grid 4x3 > grid.png
[ "$("$pixels" grid.png | cut -d ' ' -f 1,2)" = "112 84" ]
z -n 12 | ae-decode $m --grid 4x3 | cmp - grid.png

# what can't be done
status 2 ae-sample -n 1
status 2 ae-sample $m -n 0
status 2 ae-sample $m -n 5 --shard 0/3
says "3/16"
status 2 ae-sample $m -n 5 --shard 4/3
status 2 ae-sample $m -n 5 x.png
status 2 ae-sample $m -n 5 --latents --grid 2x2
status 2 ae-sample $m -n 5 --format f32
status 2 ae-sample $m --label 3
says "no class"
status 2 ae-sample $m --around "$AE_ROOT/samples/tree.png"
says "tree.png" && says "--fit"
"$BUILD/tests/tools/newmodel" conv:z=5,h=4 raw.safetensors
status 2 ae-sample -m raw.safetensors --sampler gmm
says "keeps no mixture"
status 0 ae-sample -m raw.safetensors
says "no fit"
status 2 ae-sample -m photo
says "no code"

# words that were hashed don't come back
ae-train "$AE_ROOT/samples/service.log" --input text -m dense:z=4,h=8 \
    --steps 3 -o text.safetensors -q
ae-encode -m text.safetensors "$AE_ROOT/samples/service.log" > text.jsonl
[ "$(wc -l < text.jsonl)" -eq 600 ]
for c in "ae-sample -m text.safetensors" \
    "ae-sample -m text.safetensors --latents" \
    "ae-decode -m text.safetensors text.jsonl"; do
    status 2 $c
    says "one of text" && [ ! -s out ]
done

# a class for each: in turn, or one alone
ae-train "$digits" -m cvae:z=2,h=16 --loss bernoulli --steps 20 \
    --labels "$AE_ROOT/samples/digits-idx1-ubyte.gz" -o c.safetensors -q
c="-m c.safetensors"
ae-sample $c -n 20 -d turn
ae-sample $c -n 20 --label 3 -d only
cmp turn/000013.png only/000013.png
if cmp -s turn/000014.png only/000014.png; then exit 1; fi
ae-sample $c --latents -n 20 | sed -n 14p | ae-decode $c --label 3 |
    cmp - only/000013.png
ae-encode $c --label 3 "$d/3-1.png" | ae-decode $c --label 3 > three
ae-sample $c --around "$d/3-1.png" --radius 0 --label 3 | cmp - three
status 2 ae-sample $c --label 33
status 2 ae-sample $c --around "$d/3-1.png"
says "--label"
