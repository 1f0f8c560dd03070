#!/bin/sh
# The sandbox: what a decoder that was taken over can't do in the midst of a
# run, what every command still can, and kernels that have none.
# the subshells keep the preloaded library to the commands
# shellcheck disable=SC2030,SC2031
set -eu
. "$AE_ROOT/tests/cli/expect"
[ -z "${AE_SANITIZER:-}" ] || { echo "sanitizers have no sandbox"; exit 77; }
${CC:-cc} -shared -fPIC -O1 -o tries.so "$AE_ROOT/tests/cli/sandbox.c" \
    2> log || { echo "no preloaded library can be built here"; exit 77; }
so=$PWD/tries.so
s=$AE_ROOT/samples
d=$s/digits
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.st
ae-noise -v -n gauss "$d/3-1.png" > in.png 2> err
if ! grep -q 'sandbox: landlock [1-9][0-9]*, seccomp$' err; then
    echo "here the kernel has $(grep sandbox: err)"
    exit 77
fi
mkdir in here tmp
export TMPDIR="$PWD/tmp" # that of the tests is this folder
cp in.png in
echo mine > secret

# tries COMMAND... : runs it as one whose decoder makes each attempt of the
# file `tries`, and compares with what is expected there.
tries() {
    rc=0
    cut -d= -f1 tries > words
    (
        AE_TRIES=$(cat words)
        export AE_TRIES LD_PRELOAD="$so"
        "$@"
    ) > out 2> err || rc=$?
    [ $rc -eq 0 ] || { echo "$*: status $rc"; cat err; exit 1; }
    sed -n 's/^tried: \([^ ]*\) /\1=/p' err > got
    sed 's/ [^=]*=/=/' tries > want
    diff want got || { echo "$*"; exit 1; }
}

# ------------------------------------------------- what a decoder can't do
cat > tries << END
read secret=EACCES
read /etc/passwd=EACCES
read in.png=done
list .=EACCES
list in=EACCES
write secret=EACCES
write in.png=EACCES
make new=EACCES
mkdir new=EACCES
remove secret=EACCES
rename secret=EACCES
cut secret=EPERM
chmod secret=EPERM
times secret=EPERM
xattr secret=EPERM
socket=EPERM
unix=EPERM
exec /bin/true=EPERM
fork=EPERM
kill=EPERM
trace=EPERM
code=EPERM
both=EPERM
limit=EPERM
type=EPERM
newer=ENOSYS
self=done
END
tries ae-denoise -m net.st in.png
ae-denoise -q -m net.st in.png | cmp - out
tries ae-noise --estimate in.png
tries ae-compare in.png in.png
tries ae-info in.png
tries ae-encode -m digits in.png
tries ae-score -m digits-ae in.png
echo "read $PWD/net.st=EACCES" > tries
tries ae-score -m digits-ae --method knn --reference "$d" in.png
cat > tries << END
list in=done
read in/in.png=done
read secret=EACCES
make new=EACCES
make here/new=EACCES
make made/new=done
mkdir made/below=done
remove made/new=done
END
tries ae-denoise -m net.st -r in -d made
rm -r made
tries ae-score -m digits-ae --map made in
rm -r made
# an output's folder is open, those beside it aren't
cat > tries << END
make here/new=done
remove here/new=done
make new=EACCES
make in/new=EACCES
END
tries ae-denoise -m net.st -o here/x.png in.png
ln -s here/link.png link.png
tries ae-denoise -m net.st -o link.png in.png
[ -f here/link.png ]
tries ae-encode -m digits --names here/x in.png
tries ae-denoise -m net.st --preview here/p.png -o /dev/null in.png
tries ae-train -q -m conv:h=16 --steps 2 --batch 2 -o here/m.st --val in in
echo make tmp/new=done > tries
tries ae-denoise -m net.st in.png
printf '%s\n' 'read secret=done' 'make new=done' 'remove new=done' \
    'socket=done' > tries
tries ae-denoise --no-sandbox -m net.st in.png
AE_SANDBOX=no tries ae-denoise -m net.st in.png

# those that read texts alone
ae-encode -m digits-ae "$d" > z.jsonl
printf '%s\n' '{"step":1,"loss":0.5}' '{"step":2,"loss":0.4}' > run.jsonl
printf '%s\n' 'read secret=EACCES' 'make new=EACCES' 'exec /bin/true=EPERM' \
    'socket=EPERM' > tries
export AE_AT=z.jsonl
tries ae-latent mean z.jsonl
tries ae-latent lerp z.jsonl
tries ae-latent sub z.jsonl z.jsonl
tries ae-latent plot -o here/map.png z.jsonl
AE_AT=run.jsonl tries ae-compare --runs run.jsonl --html here/runs.html
unset AE_AT

# a list may name anything, which is still only read
printf '%s\n' 'read secret=done' 'make new=EACCES' > tries
echo in.png > list
tries ae-denoise -m net.st --files-from list -d made
rm -r made
# in place inputs' folders are outputs' folders
cp -R in place
printf '%s\n' 'make place/new=done' 'remove place/new=done' \
    'make new=EACCES' 'read secret=EACCES' > tries
tries ae-denoise -m net.st -r --in-place place
tries ae-denoise -m net.st --in-place=.old place/in.png
[ -f place/in.png.old ]
tries ae-noise -n gauss --in-place place/in.png

# ------------------------------------------------- what commands still can
# A folder for outputs is made at once; nothing is left of it unused.
fails 2 'would both become' ae-denoise -m net.st -d new in.png in/in.png
fails 1 'failed' ae-denoise -m net.st -d new secret
[ ! -e new ]
fails 1 "can't be opened: No such file" ae-denoise -m net.st -d new none
[ ! -e new ]
status 0 ae-denoise -m net.st -d new in.png
status 0 ae-denoise -m net.st -d new/a/b/ in.png
status 0 ae-denoise -m net.st -d "$PWD/abs/" in.png
[ -f new/in.png ] && [ -f new/a/b/in.png ] && [ -f abs/in.png ]
# links in folders, packed pictures, pipes, names of models
mkdir far links models
cp "$d/3-1.png" far
cp in.png far/in.png
ln -s ../far/in.png links/a.png
ln -s far/in.png a.png
gzip -c in.png > links/b.png.gz
cp net.st models/mine.safetensors
AE_MODEL_PATH=models status 0 ae-denoise -m mine -r links -d cleaned
cmp cleaned/a.png new/in.png
cmp cleaned/b.png new/in.png
status 0 ae-denoise -m net.st -o b.png a.png
cmp b.png new/in.png
mkfifo pipe
cat in.png > pipe &
status 0 ae-denoise -m net.st -o b.png pipe
cmp b.png new/in.png
ae-denoise -q -m net.st /dev/stdin < in.png > b.png
cmp b.png new/in.png
ae-denoise -q -m net.st -o /dev/stdout in.png > b.png
cmp b.png new/in.png
status 0 ae-encode -m digits-ae links
[ "$(wc -l < out)" -eq 2 ]
mkdir away
cp in.png away
ln -s ../away/in.png place/link.png
status 0 ae-denoise -m net.st -r --in-place place
status 0 ae-denoise -m net.st --preserve -o b.png a.png
# what training writes
for f in "$d"/*; do echo "${f##*/}" | cut -c1; done > labels
status 0 ae-latent plot -o map.png --labels labels z.jsonl
status 0 ae-score -m digits-ae --method knn --reference "$d" in.png
status 0 ae-train -m pca:z=2 -o here/pca.st "$d"
for steps in 2 4; do
    status 0 ae-train -m dense:z=2 --steps 4 --batch 4 --val "$d" \
        --checkpoint-every 2 --metrics here/m.csv --report here/m.html \
        --resume -o here/dense.st "$d"
    [ $steps ]
done
ln -s ../here/linked.st far/link.st
status 0 ae-train -q -m dense:z=2 --steps 4 --checkpoint-every 2 \
    -o far/link.st "$d"
[ -f here/linked.st ]
status 0 ae-train --dump-data here/pack:2M --val "$s/house.png" \
    "$s/tree.png"
ae-info --kinds > out 2> err
# linear algebra, whose library lies where nothing named lets it be read: it is
# loaded before
blas=$(PATH=$PATH:/sbin ldconfig -p | sed -n 's/.*libopenblas\.so\.0 .*=> //p' |
    head -n 1)
if [ -n "$blas" ]; then
    mkdir away/blas
    cp "$blas" away/blas/any.so
    LD_PRELOAD=$so AE_BLAS=$PWD/away/blas/any.so ae-train -v -m pca:z=2 \
        -o here/pca.st "$d" 2> err
    says 'sandbox: landlock [1-9]'
    LD_PRELOAD=$so AE_BLAS=$PWD/away/blas/any.so ae-latent plot z.jsonl > map.png
    LD_PRELOAD=$so AE_BLAS=$PWD/away/blas/any.so ae-score -m digits-ae \
        --method knn --reference "$d" in.png > out
fi
# pages of TIFF, and what waits, lie in a file without a name
if grep -q '^  tiff *read' out; then
    status 0 ae-denoise -m net.st -T tiff -o x.tif in.png
    status 0 ae-denoise -m net.st -s 0 -o y.tif x.tif
    ae-denoise -q -m net.st -s 0 -T png < x.tif | cmp - new/in.png
    cmp x.tif y.tif
fi

# ---------------------------------------------------------- other kernels
# with no right to give an original a name in another folder there is no sandbox
for version in 1 2; do
    mkdir place/old$version
    (
        export AE_LANDLOCK=$version LD_PRELOAD="$so"
        ae-noise -v -n gauss --in-place="old$version/*" place/in.png
    ) > out 2> err
    [ -f place/old$version/in.png ]
    [ $version -gt 1 ] || says 'sandbox: no landlock (Invalid cross-device'
done
for version in 1 2 3; do
    (
        export AE_LANDLOCK=$version LD_PRELOAD="$so"
        ae-denoise -v -m net.st --existing overwrite -r links -d cleaned
    ) > out 2> err
    says "sandbox: landlock $version, seccomp"
    cmp cleaned/a.png new/in.png
done
(
    export AE_LANDLOCK=0 LD_PRELOAD="$so"
    ae-denoise -v -m net.st in.png
) > out 2> err
says 'sandbox: no landlock (Function not impl.*), no seccomp (Function not'
cmp out new/in.png
(
    export AE_LANDLOCK=0 LD_PRELOAD="$so"
    ae-denoise -m net.st in.png
) > out 2> err
grep -q sandbox: err && exit 1
status 0 ae-denoise -v --no-sandbox -m net.st in.png
says 'sandbox: none, as asked'
