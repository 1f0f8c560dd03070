#!/bin/sh
# What a trained model holds of its codes: a Gaussian, a mixture and quantiles
# of scores; the same for any number of threads, and after a stop; none where
# patches are learned or the model has no code.
set -eu
digits=$AE_ROOT/samples/digits-idx3-ubyte.gz

train() {
    ae-train -q -m dense:z=6 --loss l2 --batch 32 "$digits" "$@"
}

train --steps 40 -t 1 -o a.st
train --steps 40 -t 3 -o b.st
cmp a.st b.st
ae-info --json a.st > a.json
grep -q '"fits":{"gauss":{"components":1,"code":6},"mixture":{"components":10,"code":6}}' a.json
grep -q '"reconstruction":\[\[0.0,' a.json
grep -q '"mahalanobis":\[\[0.0,' a.json

# stopped by its time and gone on with: fitted once the run is complete
train --steps 40 --checkpoint-every 7 -o whole.st
train --steps 40 --checkpoint-every 7 --time-limit 0.001 -o c.st
ae-info c.st > halted
if grep -q "Gaussian" halted; then exit 1; fi
train --steps 40 --checkpoint-every 7 --resume -o c.st
cmp whole.st c.st

# gone on from: the old fits belong to other weights
ae-train -q -m a.st --loss l2 --batch 32 --steps 5 --mixture 0 -o d.st "$digits"
ae-info --json d.st > d.json
grep -q '"fits":{"gauss":{"components":1,"code":6}}' d.json

# patches, and nets without a code, have none
ae-train -q -m unet:c=4 --patch 16 --batch 4 --steps 2 -o u.st \
    "$AE_ROOT/samples/tree.png" "$AE_ROOT/samples/house.png"
ae-info --json u.st > u.json
grep -q '"fits":{}' u.json
