#!/bin/sh
# Noisy pictures alone teach a net to clean: it comes nearer to pictures that it
# never saw; the same bytes for any number of threads and after a stop; what
# can't go together is refused by name.
set -eu
. "$AE_ROOT/tests/cli/expect"
# nearer SHARE REF A B - A's error is below that share of B's.
nearer() {
    ae-compare --tsv --metric mse "$2" "$3" "$4" | awk -v s="$1" \
        'NR == 2 { a = $2 } NR == 3 { b = $2 } END { exit !(a < s * b) }' ||
        { echo "$*"; ae-compare --metric mse "$2" "$3" "$4"; exit 1; }
}
# What a model scored on what was held out.
value() { ae-info --json "$1" | sed -n 's/.*"value":\([0-9.]*\).*/\1/p'; }
learn() { ae-train -q -m net.ae --batch 4 --patch 32 --lr 5e-3 --ema 0.98 "$@"; }
cat > net.ae << 'END'
ae 1
x input c=3
a conv  c=16 k=3 act=lrelu
b conv  c=16 k=3 act=lrelu
c conv  c=16 k=3 act=lrelu
r conv  c=3 k=3 init=zero
y add   < x r
output y
END

mkdir clean
for name in house forest palace tulips statue; do
    cp "$AE_ROOT/samples/$name.png" clean
done
ae-noise -q -n gauss:sigma=40 --seed 1 -d noisy clean/*.png
mkdir own
mv noisy/house.png own

# without a level, without a clean picture
for how in neighbours:0.3 blind:0.6; do
    self=${how%:*}
    learn --self="$self" --steps 200 -o "$self.st" --metrics "$self.csv" --report "$self.html" \
        --val own/house.png noisy
    ae-denoise -q -m "$self.st" -o "$self.png" own/house.png
    nearer "${how#*:}" clean/house.png "$self.png" own/house.png
    head -1 "$self.csv" | grep -q '^step,loss,lr,noisy-l2,'
    grep -q 'target, noisy as well' "$self.html"
    ae-info "$self.st" > out
    grep -q "self=$self" out
    grep -q 'level-dropout=1' out
    grep -q 'noisy-l2' out
done
learn --self --steps 200 --val own/house.png -o default.st noisy
cmp default.st neighbours.st
# what was held out scores better with a net that has learned
learn --self --steps 1 --val own/house.png -o fresh.st noisy
echo "$(value neighbours.st) $(value fresh.st)" |
    awk '{ exit !(NF == 2 && $1 > 0 && $1 < 0.8 * $2) }'
# scores of neighbours don't compare over a run, so the newest model is kept, as
# it is where that is asked for
for self in neighbours blind 'blind --keep-newest'; do
    # shellcheck disable=SC2086 # words
    learn --self=$self --steps 4 --checkpoint-every 2 --lr 1e-12 --val own/house.png -o kept.st noisy
    ae-info kept.st > "kept.$self"
done
grep -q 'step 4 of 4' kept.neighbours
grep -q 'step 2 of 4' kept.blind
grep -q 'step 4 of 4' 'kept.blind --keep-newest'
# of other runs nothing is said
learn --steps 1 -o plain.st noisy
ae-info plain.st > out
if grep -q self out; then exit 1; fi

# two shots or more of each scene, a folder a scene
for name in forest palace tulips statue; do
    mkdir -p shots/$name
    for shot in 1 2 3; do
        ae-noise -q -n gauss:sigma=40 --seed $shot -o shots/$name/$shot.png clean/$name.png
    done
done
learn --self=pairs --steps 200 -o pairs.st shots
ae-denoise -q -m pairs.st -o pairs.png own/house.png
nearer 0.3 clean/house.png pairs.png own/house.png
mkdir one
cp shots/forest/1.png one
fails 2 'one/1.png is the only shot in its folder' \
    ae-train -m net.ae --self=pairs --steps 1 -o no.st shots one
cp clean/statue.png one
fails 2 'shots of a scene have one size' \
    ae-train -m net.ae --self=pairs --steps 1 -o no.st shots one

mkdir empty
fails 2 'empty: nothing to use: there is no file' \
    ae-train -m net.ae --self --steps 1 -o no.st empty

# noise that neighbours share is named before the first step, but for shots
correlated='noise of neighbouring pixels looks correlated (0\.[2-9]'
ae-noise -q -n correlated:sigma=20,scale=1 --seed 1 -d alike clean/*.png
for self in neighbours blind; do
    status 0 ae-train -m net.ae --self=$self --patch 32 --steps 1 -o once.st alike
    says "$correlated"
    status 0 ae-train -m net.ae --self=$self --patch 32 --steps 1 -o once.st noisy
    if grep correlated err; then exit 1; fi
done
status 0 ae-train -m net.ae --self=pairs --patch 32 --steps 1 -o once.st shots
if grep correlated err; then exit 1; fi
cp -r shots same
for scene in same/*; do ae-noise -q -n correlated:sigma=20,scale=1 --seed 9 -o "$scene/4.png" "$scene/1.png"; done
status 0 ae-train -m net.ae --self=pairs --patch 32 --steps 1 -o once.st same
if grep correlated err; then exit 1; fi

# threads, and a stop half-way
# shellcheck disable=SC2086 # words
for self in neighbours blind pairs; do
    data=noisy
    [ $self != pairs ] || data=shots
    short="--self=$self --steps 30 --checkpoint-every 10 --seed 5 $data"
    learn $short -t 1 -o one.st
    learn $short -t 3 -o three.st
    cmp one.st three.st
    learn $short -t 2 --time-limit 0.01 -o again.st
    test -e again.st.ckpt
    learn $short -t 2 --resume -o again.st
    cmp one.st again.st
    learn $short --seed 6 -o other.st
    if cmp -s one.st other.st; then exit 1; fi
done

# a batch in shards learns the same but for rounding, on any threads
for self in neighbours blind pairs; do
    data=noisy
    [ $self != pairs ] || data=shots
    learn --self=$self --steps 5 --ema 0 -o one.st $data
    learn --self=$self --steps 5 --ema 0 --accumulate 4 -t 1 -o four.st $data
    learn --self=$self --steps 5 --ema 0 --accumulate 4 -t 3 -o three.st $data
    cmp four.st three.st
    echo "$(value one.st) $(value four.st)" |
        awk '{ exit !(NF == 2 && $2 > 0.998 * $1 && $2 < 1.002 * $1) }'
done

# what doesn't go together
cat > draws.ae << 'END'
ae 1
x input  c=3
m conv   c=2 k=3
v conv   c=2 k=3 < x
z latent < m v
y conv   c=3 k=3
output y
END
refuses() {
    text=$1
    shift
    fails 2 "$text" ae-train -m unet:c=4 --steps 1 -o no.st "$@" noisy
    [ ! -e no.st ]
}
refuses "the loss 'psnr' isn't a sum over pixels" --self --loss psnr
refuses "the loss 'ssim' isn't a sum over pixels" --self --loss ssim
refuses 'without --noise and --noisy' --self -n gauss
refuses 'without --noise and --noisy' --self --noisy own
refuses 'augment photo' --self --augment photo
refuses 'without --binarise' --self --binarise draw
refuses 'without --kl-warmup' --self --kl-warmup linear
refuses 'which this net doesn.t take' --self -m dense:z=4
refuses '--early-stop goes by the best score' --self --early-stop 3
refuses 'latent node' --self -m draws.ae
refuses "option '--self'" --self=twins
refuses 'blind hides a pixel behind one beside it' --self=blind -m net.ae --patch 1
