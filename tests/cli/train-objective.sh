#!/bin/sh
# Objectives: every option changes what two steps make; a run with all of them
# that stops and goes on ends in the same bytes; options that don't fit the
# net are refused; early stopping ends a run that gains nothing; the metrics
# tell what the code carries.
set -eu
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

vae() {
    ae-train -m vae:h=16,z=4 --batch 8 --ema 0 "$@" "$digits"
}

differs() {
    vae --loss bernoulli --steps 2 -o b.safetensors "$@"
    if cmp -s a.safetensors b.safetensors; then
        echo "no change by $*"
        exit 1
    fi
}

vae --loss bernoulli --steps 2 -o a.safetensors
differs --beta 3
differs --kl-warmup linear
differs --kl-warmup cyclic:1
differs --free-bits 1
differs --iw 3
differs --binarise draw
differs --binarise threshold
differs --loss gauss:sigma=0.2
differs --loss laplace

# the deviation learned, by an output that the preset has on demand
vae --loss gauss --steps 2 -o a.safetensors 2> log && exit 1
grep -q 'logvar' log
for net in vae conv-vae; do
    ae-train -q -m $net:h=4,z=4,lv=1 --batch 8 --loss gauss --steps 2 \
        -o $net.safetensors "$digits"
    ae-info $net.safetensors | grep -q 'output  logvar, 28 x 28 x 1'
done
ae-train -q -m vae:h=16,z=4 --batch 8 --ema 0 --loss bernoulli --steps 2 \
    -o a.safetensors "$digits"

# a plain code: sparse, contractive in closed form and by noise
cat > sparse.ae << 'END'
ae 1
var  rows=28 cols=28 ch=1
x    input   h=$rows w=$cols c=$ch
e    dense   c=12 act=sigmoid
k    code
p    dense   c=$rows*$cols*$ch act=sigmoid
y    reshape h=$rows w=$cols c=$ch
output y
output k name=code
END
sed 's/^k .*/k code kl=0.1 rho=0.2/' sparse.ae > kl.ae
sed 's/^k .*/k0 dense c=4 act=tanh\nk code/' sparse.ae > deep.ae
code() {
    ae-train -q --batch 8 --ema 0 --loss l2 --steps 2 "$@" "$digits"
}
code -m sparse.ae -o a.safetensors
code -m sparse.ae -o b.safetensors --l1-code 0.01
code -m sparse.ae -o c.safetensors --contractive 0.1
code -m kl.ae -o d.safetensors
for other in b c d; do
    if cmp -s a.safetensors $other.safetensors; then exit 1; fi
done
code -m deep.ae -o a.safetensors
code -m deep.ae -o b.safetensors --contractive 0.1
if cmp -s a.safetensors b.safetensors; then exit 1; fi

# the same bytes for any threads, and after a stop
all() {
    vae --loss bernoulli --steps 60 --checkpoint-every 20 --binarise draw \
        --kl-warmup cyclic:3 --beta 2 "$@"
}
for how in "--iw 4" "--free-bits 0.2 --early-stop 50"; do
    # shellcheck disable=SC2086
    all $how -t 1 -o whole.safetensors
    # shellcheck disable=SC2086
    all $how -t 2 -o part.safetensors --time-limit 0.02s
    # shellcheck disable=SC2086
    all $how -t 3 -o part.safetensors --resume
    cmp whole.safetensors part.safetensors
done

# the metrics
vae --loss bernoulli --steps 40 --checkpoint-every 20 --metrics m.csv \
    -o m.safetensors
head -n 1 m.csv > names
echo step,loss,lr,nats,reconstruction,divergence,active,seconds,kl1,kl2,kl3,kl4 |
    cmp - names
awk -F, 'NR > 1 && ($4 < $6 || $6 <= 0 || ($4 - $5 - $6) ^ 2 > 1e-6 ||
         ($6 - $9 - $10 - $11 - $12) ^ 2 > 1e-6 || $7 > 4) { bad = 1 }
         END { exit bad || NR != 3 }' m.csv

# a rate of nothing gains nothing: two scores after the first it ends
vae --loss bernoulli --steps 5000 --checkpoint-every 10 --lr 1e-12 \
    --schedule const --early-stop 2 --metrics s.csv -o s.safetensors 2> log
grep -q 'no gain in 2 scores' log
test ! -e s.safetensors.ckpt

# a divergence that costs far too much: said once
ae-train -m vae:h=16,z=4 --loss bernoulli --beta 1000 --lr 0.01 --steps 200 \
    --checkpoint-every 50 -o w.safetensors "$digits" 2> log
test "$(grep -c 'step [0-9]*: the posterior has collapsed.*try' log)" -eq 1

refused() {
    word=$1
    shift
    status=0
    ae-train "$@" --steps 1 -o r.safetensors "$digits" 2> log || status=$?
    test $status -eq 2
    grep -q -e "$word" log
}
refused 'latent node' -m sparse.ae --beta 2
refused 'latent node' -m sparse.ae --kl-warmup linear
refused 'latent node' -m sparse.ae --free-bits 1
refused 'latent node' -m sparse.ae --loss bce --iw 2
refused 'code node' -m vae --l1-code 1
refused 'is drawn' -m vae --contractive 1
refused 'exclude' -m vae --loss bce --free-bits 1 --iw 2
refused 'likelihood' -m vae --loss l2 --iw 2
refused "'logvar'" -m vae --loss gauss
refused 'kl-warmup wave' -m vae --kl-warmup wave
refused 'kl-warmup linear:2' -m vae --kl-warmup linear:2
test ! -e r.safetensors
