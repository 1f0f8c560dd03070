#!/bin/sh
# What `make bench` measures with does what it says: large pictures of small
# ones, a command's times and status, a net alone in memory and by steps.
set -eu

mosaic 700x300 png "$AE_ROOT"/samples/forest.png "$AE_ROOT"/samples/tree.png \
    > all.png
test "$(pixels all.png)" = "700 300 3 0 255 png"
# Below the first stands the second.
mosaic 1x512 ppm "$AE_ROOT"/samples/forest.png "$AE_ROOT"/samples/tree.png \
    > column.ppm
mosaic 1x256 ppm "$AE_ROOT"/samples/tree.png > second.ppm
pixels -f second.ppm > second
pixels -f column.ppm | tail -c 3072 | cmp - second
status=0
mosaic 300x300 png "$AE_ROOT"/samples/forest.png \
    "$AE_ROOT"/samples/gray-tree.png > /dev/null 2> said || status=$?
test $status -eq 1
grep -q sort said

status=0
took used sh -c 'exit 3' || status=$?
test $status -eq 3
awk 'NF != 3 || $1 <= 0 || $3 < 0.5 { exit 1 }' used

newmodel unet:c=8,b=1 model.st
for threads in 1 2; do
    printf 'run 1\ninput x\noutput y%s\n' $threads |
        netrun infer model.st 48x32 $threads > said
    awk 'NR == 1 && ($1 != "ready" || $2 < 1000) { exit 1 }
        NR == 2 && ($1 <= 0 || NF != 2) { exit 1 }' said
done
cmp y1 y2
test "$(wc -c < x)" -eq $((48 * 32 * 3 * 4))
test "$(wc -c < y1)" -eq $((48 * 32 * 3 * 4))
if cmp -s x y1; then
    echo "nothing went through the net"
    exit 1
fi

newmodel dense:z=4,h=16 dense.st
printf 'run 1\nrun 100\n' | netrun train dense.st 8x28x28 bce 2 |
    awk 'NR == 2 { first = $2 } NR == 3 { last = $2 }
        END { exit !(last > 0 && last < first) }'
status=0
netrun train dense.st 8x28 bce 2> said || status=$?
test $status -eq 1
grep -q "not a size" said
