#!/bin/sh
# Each thing that experiments vary changes what two steps make: depth, width,
# activation, dropout, penalties of the code, weight decay, learning rate,
# batch, epochs; and a model keeps what it was told.
set -eu
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

# net SPEC OPTION... - two steps of it, into b.st.
net() {
    spec=$1
    shift
    ae-train -q -m "$spec" -o b.st --loss l2 --ema 0 --batch 8 --val 0.1 \
        --mixture 0 "$@" "$digits"
}

# The bytes of a model behind its header, which tells the settings.
weights() {
    tail -c +$((9 + $(od -An -tu8 -N8 "$1"))) "$1"
}

# differs SPEC OPTION... - the weights of b.st aren't those of a.st.
differs() {
    net "$@"
    weights b.st > b.weights
    if cmp -s a.weights b.weights; then
        echo "no change by $*"
        exit 1
    fi
}

for kind in dense conv strided conv1d; do
    net $kind:z=3,h=4 --steps 2
    weights b.st > a.weights
    differs $kind:z=3,h=4,depth=3 --steps 2
    differs $kind:z=3,h=5 --steps 2
    differs $kind:z=4,h=4 --steps 2
    differs $kind:z=3,h=4,act=tanh --steps 2
    differs $kind:z=3,h=4,drop=0.4 --steps 2
    ae-info --json b.st | grep -q 'dropout p=0.4'
    differs $kind:z=3,h=4 --steps 2 --dropout 0.4
    ae-info --json b.st | grep -q 'dropout p=0.4'
    differs $kind:z=3,h=4 --steps 2 --l1-code 0.1
    ae-info --json b.st | grep -q 'code l1=0.1'
    differs $kind:z=3,h=4,zact=sigmoid,kl=0.1,rho=0.2 --steps 2
    differs $kind:z=3,h=4 --steps 2 --contractive 0.1
    differs $kind:z=3,h=4 --steps 2 --weight-decay 0.1
    differs $kind:z=3,h=4 --steps 2 --lr 0.01
    differs $kind:z=3,h=4 --steps 2 --batch 16
    differs $kind:z=3,h=4 --epochs 0.1
done
