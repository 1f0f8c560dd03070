#!/bin/sh
# ae-train --dump-data: the pictures of a run in one file, whole or of a size
# that is kept, the same for any threads; what can't be is refused.
# What the file holds, sample by sample, tests/cli/torch.sh reads.
set -eu
. "$AE_ROOT/tests/cli/expect"

mkdir photos
for name in elephants forest palace statue tree tulips; do
    cp "$AE_ROOT/samples/$name.png" photos
done
# Names of the tensors: the header is text.
names() { tr , '\n' < "$1" | grep -a -o '"[a-z]*/[0-9]*/[0-9x]*"'; }

ae-train -q --val 0.3 --dump-data whole photos
names whole > listed
test "$(wc -l < listed)" -eq 6
test "$(grep -c '"train/00000./[0-9]*x[0-9]*x3"' listed)" -ge 1
test "$(grep -c '"held/' listed)" -ge 1
grep -q '/256x256x3"' listed
ae-train -q -t 1 --val 0.3 --dump-data again photos
cmp whole again

# A size is kept, and used.
ae-train -q --dump-data part:100K photos
size=$(wc -c < part)
test "$size" -le 102400
test "$size" -ge 80000
names part > listed
test "$(wc -l < listed)" -eq 6
test "$(cut -d/ -f3 listed | sort -u | wc -l)" -eq 1
ae-train -q -t 1 --dump-data again:100K photos
cmp part again
# One that all fits into cuts nothing.
ae-train -q --val 0.3 --dump-data roomy:100M photos
cmp whole roomy

# Large photographs are there at a half and at three quarters.
mkdir large
mosaic 1200x640 png photos/*.png > large/1.png
mosaic 1104x640 png photos/tree.png > large/2.png
ae-train -q --val 0.5 --dump-data twice large
names twice > listed
test "$(wc -l < listed)" -eq 4
grep -q '/320x600x3"' listed
grep -q '/480x900x3"' listed

fails 2 "leave -m and -o out" ae-train --dump-data x -m unet photos
fails 2 "learn from what" ae-train --dump-data x
fails 2 "which file" ae-train --dump-data :1M photos
fails 2 "don't fit into" ae-train --dump-data x:2K photos
mkdir many
cp "$AE_ROOT"/samples/[ehpst]*.png many
fails 2 "data and file take" ae-train --dump-data x --memory 1M many
mkdir floats
for name in tree palace; do
    ae-noise -q -n gauss:sigma=0 -o floats/$name.pfm photos/$name.png
done
fails 2 "8 or 16 bits" ae-train --dump-data x floats
fails 2 "no/such" ae-train -q --dump-data no/such/file photos
test ! -e x
