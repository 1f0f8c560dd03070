#!/bin/sh
# The PyTorch twin (models/torch): its outputs are ae's, its noises are
# ae-noise's, what it trains and grows ae accepts, a run that was stopped ends
# in the same bytes, and what it can't use it names.
set -eu
. "$AE_ROOT/tests/cli/expect"

if [ -n "$AE_SANITIZER" ]; then
    echo "PyTorch isn't what a sanitizer is for"
    exit 77
fi
python=
for name in ${PYTHON:-python3 /usr/bin/python3}; do
    if "$name" -c 'import torch, numpy' 2> /dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "no python3 with torch and numpy (Debian: python3-torch)"
    exit 77
fi
export PYTHONPATH="$AE_ROOT/models/torch" \
    PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
twin() { "$python" -m aetorch "$@"; }
step() { "$python" "$AE_ROOT/tests/cli/twin.py" "$@"; }

# Shipped models, and each preset, also of odd sizes and with what it may have.
for spec in "$AE_ROOT"/models/*.ae; do
    name=$(basename "$spec" .ae)
    for vars in "" :rows=27,cols=25 :tied=1 :lv=1; do
        # A preset without that variable is refused.
        newmodel "$name$vars" "m.$name$vars" 2> /dev/null ||
            rm -f "m.$name$vars"
    done
    test -s "m.$name"
done
newmodel "$AE_ROOT/tests/bench/digits.ae" m.digits
twin check "$AE_ROOT"/models/*.safetensors m.*
# A net that differs in one bias is noticed.
"$python" -c '
from aetorch import net
n, meta = net.load("m.conv")
n.tensors()["y.bias"].data += 1e-3
net.save("changed", n, {"meta": "{\"version\":1}"})
open("liar", "w").write("#!/bin/sh\nshift 2\nexec netrun infer changed $*\n")'
chmod +x liar
status 1 twin check --netrun ./liar m.conv
ae-info -q changed > /dev/null

# Noises.
step kinds
step photo "$AE_ROOT/lib/noise/noise.c"
ae-noise -q -T ppm -n gauss:sigma=0 "$AE_ROOT/samples/tulips.png" > t.ppm
step noise t.ppm

# Photographs, as ae-train packs them.
mkdir photos
for name in forest gray-tree palace statue tree tulips; do
    ae-noise -q -n gauss:sigma=0 -o photos/$name.ppm \
        "$AE_ROOT/samples/$name.png"
done
ae-train -q --dump-data photos.pack --val 0.3 photos
step pack photos.pack photos/*.ppm

# Training, stopped and gone on with.
chain='3*camera+jpeg:q=60..98,shift=1|2*gauss:sigma=0..50|1*correlated'
train() {
    twin train photos.pack -m unet:c=8,b=1 -n "$chain" --batch 4 --patch 48 \
        --seed 3 --steps 12 --checkpoint-every 4 "$@" 2> said
}
train -o whole.st --precision f32 --metrics rows.csv
test "$(wc -l < rows.csv)" -eq 4
train -o parts.st --precision f32 --time-limit 0.01
test -s parts.st.ckpt.pt
train -o parts.st --precision f32 --resume
test ! -e parts.st.ckpt.pt
cmp whole.st parts.st
train -o half.st --save-precision f16 --loss psnr:floor=1
ae-info --json whole.st half.st > info
grep -q '"noise":"3\*camera' info
grep -q '"steps":12' info
if grep -q note err; then exit 1; fi
ae-denoise -q -m half.st --sigma 20 photos/tree.ppm > clean.ppm
twin check whole.st half.st

# What ae trained goes on there, and the other way round.
ae-train -q -m unet:c=8,b=1 -n gauss --steps 2 --batch 2 --patch 32 \
    --loss l2 -o ours.st photos
train -m ours.st -o on.st
ae-train -q -m on.st -n gauss --steps 2 --batch 2 --patch 32 -o back.st photos

# The estimate of the level alone: nothing else changes, and the net cleans
# as before where it is told.
ae-train -q --dump-data large.pack --val 0.3 photos
twin level large.pack -m whole.st -n gauss:sigma=20..40 -o level.st \
    --steps 40 --batch 4 --patch 64 > said
grep -q '^loss 0\.' said
ae-denoise -q -m whole.st --sigma 20 --precision f32 photos/tree.ppm > a.ppm
ae-denoise -q -m level.st --sigma 20 --precision f32 photos/tree.ppm > b.ppm
cmp a.ppm b.ppm
ae-denoise -q -m level.st --precision f32 photos/tree.ppm > b.ppm
if cmp -s a.ppm b.ppm; then exit 1; fi

# By muon, the estimate kept: stopped, gone on with, and the same.
step muon
train -m level.st --optim muon --freeze level --precision f32 -o muon.st
train -m level.st --optim muon --freeze level --precision f32 -o m2.st \
    --time-limit 0.01
test -s m2.st.ckpt.pt
train -m level.st --optim muon --freeze level --precision f32 -o m2.st --resume
cmp muon.st m2.st
step frozen level.st muon.st
ae-info --json muon.st | grep -q '"optim":"muon".*"freeze":"level"'
status 1 train -m level.st --freeze levle -o x.st
grep -q "no node 'levle'" said

# A wider and deeper net of the same outputs.
twin grow whole.st unet:c=12,b=2 wide.st > said
twin check wide.st

# What can't be used is named.
head -c 60000 photos.pack > cut.pack
step refuses
test ! -e x.st
