#!/bin/sh
# A net learns what another one makes of noisy pictures: it comes nearer to it
# than by clean ones in as many steps; the same bytes for any number of threads,
# and after a stop; what can't go together is refused by name.
set -eu
. "$AE_ROOT/tests/cli/expect"
cat > net.ae << 'END'
ae 1
x input c=3
sigma input c=1
both cat < x sigma
a conv  c=12 k=3 act=lrelu
b conv  c=12 k=3 act=lrelu
r conv  c=3 k=3 init=zero
y add   < x r
output y
END
mkdir clean
for name in house forest palace tulips statue; do
    cp "$AE_ROOT/samples/$name.png" clean
done
learn() { ae-train -q -n gauss:sigma=30 --loss l2 --batch 4 --patch 32 --lr 5e-3 --ema 0.98 "$@" clean; }
mse() { ae-compare --tsv --metric mse "$1" "$2" | awk 'NR == 2 { print $2 }'; }

learn -m net.ae --steps 400 --seed 1 -o big.st
ae-noise -q -n gauss:sigma=30 --seed 1 -o noisy.png clean/house.png
ae-denoise -q -m big.st --sigma 30 --ensemble 8 -o big.png noisy.png

# to its teacher's result it comes nearer than a net that never saw it
sed 's/c=12/c=6/' net.ae > small.ae
for share in 1 0; do
    learn -m small.ae --steps 200 --seed 2 --teacher big.st --teacher-share $share -o small$share.st
    ae-denoise -q -m small$share.st --sigma 30 -o small$share.png noisy.png
done
echo "$(mse big.png small1.png) $(mse big.png small0.png)" |
    awk '{ print; exit !(NF == 2 && $1 > 0 && $1 < 0.9 * $2) }'

# of other runs nothing is said
ae-info small1.st | grep -q 'teacher=big.st'
ae-info small1.st | grep -q 'teacher-share=1'
ae-info big.st > out
if grep -q teacher out; then exit 1; fi

# threads, and a stop within the examples' turns
short="-m small.ae --teacher big.st --steps 24 --checkpoint-every 10 --seed 5"
# shellcheck disable=SC2086 # words
{
    learn $short -t 1 -o one.st
    learn $short -t 3 -o three.st
    cmp one.st three.st
    learn $short --until 13 -o again.st
    learn $short --resume -o again.st
    cmp one.st again.st
    # a batch in shards learns the same but for rounding
    learn $short --accumulate 2 -t 1 -o shards.st
    learn $short --accumulate 2 -t 3 -o three.st
    cmp shards.st three.st
}
ae-denoise -q -m one.st --sigma 30 -o one.png noisy.png
ae-denoise -q -m shards.st --sigma 30 -o shards.png noisy.png
ae-compare --tsv --metric psnr one.png shards.png | awk 'NR == 2 { exit !($2 == "inf" || $2 > 50) }'

# what doesn't go together
fails 2 '--teacher goes without --self' \
    ae-train -m net.ae --self --teacher big.st --steps 1 -o no.st clean
fails 2 'teacher.*the net takes 1 channel' \
    ae-train -m net.ae -n gauss:sigma=30 --teacher digits-ae --steps 1 -o no.st clean
