#!/bin/sh
# What may be written: no output of any command replaces an input or another
# output, by whatever name; what exists, races, permissions, missing folders,
# endings.
set -eu
. "$AE_ROOT/tests/cli/expect"
d=$AE_ROOT/samples/digits
"$BUILD/tests/tools/newmodel" conv:z=5,h=4 m.st
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.st
seq 100 | sed 's/^/class/' > labels
mkdir pics
cp "$d"/0-*.png pics
cp "$d/0-0.png" a.png
cp "$d/0-1.png" b.png
ae-encode -m m.st "$d" > z.jsonl
ae-encode -m m.st "$d" -o z.npy
awk 'BEGIN { print "time,x,y"
             for (i = 0; i < 60; i++) print i "," sin(i) "," cos(i) }' > t.csv
mkdir kept
cp -R a.png b.png m.st net.st labels z.jsonl z.npy t.csv pics kept

unharmed() {
    for f in a.png b.png m.st net.st labels z.jsonl z.npy t.csv pics; do
        diff -r $f kept/$f || { echo "$*: $f was written"; exit 1; }
    done
}

# ------------------------------------------------- outputs that are inputs
ln a.png hard.png
ln -s a.png soft.png
while read -r line; do
    # shellcheck disable=SC2086
    fails 2 'both input and output' $line
    unharmed "$line"
done << END
ae-denoise -m net.st -o a.png a.png
ae-denoise -m net.st -o hard.png b.png a.png
ae-denoise -m net.st -o soft.png a.png
ae-denoise -m net.st -o ./pics/../a.png a.png
ae-denoise -m net.st -o net.st a.png
ae-denoise -m net.st -o b.png --mask b.png a.png
ae-denoise -m net.st -o new.png --preview a.png a.png
ae-denoise -m net.st -o new.png --preview b.png --mask b.png a.png
ae-denoise -m net.st -d . --existing overwrite a.png
ae-denoise -m net.st -d . --existing skip a.png
ae-denoise -m net.st -d . a.png
ae-denoise -m net.st -r pics -d pics --existing overwrite
ae-denoise -m net.st -d new --preview pics/0-1.png -r pics
ae-noise -n gauss -o a.png a.png
ae-noise -n gauss -d . --existing overwrite a.png
ae-encode -m m.st --format npy -o a.png a.png
ae-encode -m m.st --format csv -o pics/0-1.png pics
ae-encode -m m.st -o m.st a.png
ae-encode -m m.st -o labels --labels labels $d
ae-encode -m m.st --names a.png a.png
ae-encode -m m.st --names m.st a.png
ae-decode -m m.st -o z.jsonl z.jsonl
ae-decode -m m.st -o m.st z.jsonl
ae-latent mean -o z.jsonl z.jsonl
ae-latent add -o z.npy z.jsonl z.npy
ae-latent plot -o z.npy z.npy
ae-latent plot -o labels --labels labels z.npy
ae-sample -m m.st -o m.st
ae-sample -m m.st -o a.png --around a.png
ae-score -m m.st --map . a.png b.png
ae-score -m m.st --map . a.png --existing overwrite
ae-score -m m.st --map pics $PWD/pics --existing overwrite
ae-score -m m.st --map pics pics/../pics --existing skip
ae-score -m m.st --map . pics
END

# stdout that is one of them
while read -r line; do
    rc=0
    # shellcheck disable=SC2086,SC2094
    $line >> a.png 2> err || rc=$?
    [ $rc -eq 2 ] || { echo "$line: $rc"; cat err; exit 1; }
    says 'stdout .*both input and output'
    unharmed "$line"
done << END
ae-denoise -m net.st a.png
ae-noise -n gauss b.png hard.png
ae-noise --estimate a.png
ae-compare b.png a.png
ae-compare a.png b.png
ae-info a.png
ae-encode -m m.st soft.png
ae-score -m m.st a.png
ae-sample -m m.st --around a.png
END
rc=0
# shellcheck disable=SC2094
ae-latent stats < z.jsonl >> z.jsonl 2> err || rc=$?
[ $rc -eq 2 ] && says 'stdout and stdin are one file' || exit 1
rc=0
# shellcheck disable=SC2094
ae-encode -m m.st -o /dev/stdout a.png >> a.png 2> err || rc=$?
[ $rc -eq 2 ] || exit 1
unharmed stdout
# a name that is looked up
mkdir models
cp m.st models/mine.safetensors
AE_MODEL_PATH=models fails 2 'input and output' ae-sample -m mine \
    -o models/mine.safetensors
cmp m.st models/mine.safetensors
# what is found in a folder counts only if it is read
ae-encode -m m.st -o pics/z.csv pics
ae-encode -m m.st -o pics/z.csv pics
ae-score -m m.st --map maps pics > pics/scores.tsv || [ $? -eq 1 ]
rm pics/z.csv pics/scores.tsv

# ------------------------------------------- outputs that replace each other
while read -r line; do
    # shellcheck disable=SC2086
    fails 2 'two outputs' $line
    unharmed "$line"
done << END
ae-denoise -m net.st -o new.png --preview ./new.png a.png
ae-denoise -m net.st -d new --preview new/a.png a.png
ae-denoise -m net.st -d ./new/there --preview new//there/./a.png a.png
ae-encode -m m.st -o new.npy --names new.npy a.png
END
mkdir same
ln -s same twin
fails 2 'two outputs' ae-encode -m m.st -o same/z.csv --names twin/z.csv a.png
fails 2 'would both become' ae-denoise -m net.st -d new a.png pics/../a.png
[ ! -e new ]
fails 2 'two outputs' ae-score -m m.st --map new \
    a.png kept/../a.png
sed 's/"name":"[^"]*"/"name":"one"/' z.jsonl | head -n 2 > ones.jsonl
fails 1 'one.png: is another output' ae-decode -m m.st -d ones ones.jsonl \
    --existing overwrite
[ "$(ls ones)" = one.png ]

# --------------------------------------------------------------- --existing
mkdir old
echo mine > old/a.png
cp old/a.png mine
fails 1 'old/a.png: exists' ae-score -m m.st --map old a.png
cmp old/a.png mine
status 0 ae-score -m m.st --map old --existing skip a.png
cmp old/a.png mine
status 0 ae-score -m m.st --map old --existing overwrite a.png
cmp -s old/a.png mine && exit 1
fails 2 'belongs to --map' ae-score -m m.st --existing skip a.png
cp mine x.png
fails 1 'x.png: exists' ae-noise -n gauss -o x.png --existing error a.png
status 0 ae-noise -n gauss -o x.png --existing skip a.png
cmp x.png mine

# ---------------------------------------------------------- missing folders
while read -r line; do
    # shellcheck disable=SC2086
    fails 2 "no/x: its folder isn't there" $line
    [ ! -e no ]
done << END
ae-denoise -m net.st -o no/x a.png
ae-noise -n gauss -o no/x a.png
ae-encode -m m.st -o no/x a.png
ae-encode -m m.st --names no/x a.png
ae-decode -m m.st -o no/x z.jsonl
ae-latent mean -o no/x z.jsonl
ae-sample -m m.st -o no/x
ae-score -m m.st --map no/x a.png
END
fails 2 'pics: is a folder' ae-encode -m m.st -o pics a.png
fails 2 "a.png: isn't a folder" ae-score -m m.st --map a.png b.png
fails 2 "a.png: isn't a folder" ae-decode -m m.st -d a.png z.jsonl
fails 2 "a.png: isn't a folder" ae-denoise -m net.st -d a.png b.png b.png
fails 2 '-d names no folder' ae-noise -n gauss -d '' a.png
fails 2 '-d names no folder' ae-sample -m m.st -d ''

# ------------------------------------------------ what the endings promise
cat > endings << END
ae-denoise -s 0 -m net.st -o x.gif a.png
ae-denoise -s 0 -m net.st -o x.csv a.png
ae-decode -m m.st -o x.jsonl z.jsonl
ae-latent plot -o x.tsv z.jsonl
ae-encode -m m.st -o x.png a.png
ae-encode -m m.st -o x.heic a.png
ae-latent mean -o x.jpg z.jsonl
ae-sample -m m.st --latents -o x.ppm
END
while read -r line; do
    # shellcheck disable=SC2086
    fails 2 'another ending' $line
done < endings
for f in x.gif x.csv x.jsonl x.tsv x.heic x.jpg x.ppm; do [ ! -e $f ]; done
ae-train -q -m dense:z=1 --loss l2 --steps 2 -o table.st t.csv
fails 2 'x.jpg: by its ending no csv' ae-denoise -m table.st -o x.jpg t.csv
fails 2 'x.pgm: by its ending no csv' ae-sample -m table.st -o x.pgm
ae-sample -q -m table.st -o table.npy
ae-denoise -s 0 -m net.st -T png -o png.gif a.png
ae-denoise -s 0 -m net.st -o png.unknown a.png
ae-encode -m m.st --format csv -o csv.png a.png
head -c 4 png.gif | grep -q PNG
head -c 4 png.unknown | grep -q PNG
grep -q '^name,z0' csv.png

# -------------------------------------------- two names that are one file
# as A.png and a.png are on some disks; here by a folder that is mounted twice
mkdir -p ci/x ci/y co/x co/y
cp a.png ci/x/p.png
cp b.png ci/y/p.png
twins() {
    unshare --mount --map-root-user sh -c '
        mount --bind co/x co/y && shift && exec "$@"' sh "$@"
}
if twins true true 2> /dev/null; then
    for how in error overwrite; do
        fails 1 'co/y/p.png: ' twins x ae-denoise -m net.st -r ci -d co \
            --existing $how
        says '^1 done, .* 1 failed'
        ae-denoise -q -m net.st ci/x/p.png | cmp - co/x/p.png
        rm co/x/p.png
    done
    status 0 twins x ae-denoise -m net.st -r ci -d co --existing skip
    says '^1 done, .*1 skipped'
    status 0 twins x ae-denoise -m net.st -r ci -d co --existing skip
    says '^0 done, 2 skipped'
    fails 1 '0 done, .*2 failed' twins x ae-denoise -m net.st -r ci -d co
    fails 1 'co/y/p.png: is another output' twins x ae-denoise -m net.st \
        -r ci -d co --existing overwrite
fi

# -------------------------------------------------------------- permissions
umask 022
mode() { stat -c %a "$1"; }
is() { [ "$(mode "$2")" = "$1" ] || { echo "$2: $(mode "$2")"; exit 1; }; }
cp a.png private.png
chmod 600 private.png
cp private.png group.png
chmod 640 group.png
cp z.jsonl private.jsonl
chmod 600 private.jsonl
cp a.png public.png
chmod 644 public.png
ae-denoise -q -m net.st -s 0 -d modes private.png group.png public.png
is 600 modes/private.png
is 640 modes/group.png
is 644 modes/public.png
ae-denoise -q -m net.st -s 0 -o out.png private.png
is 600 out.png
ae-denoise -q -m net.st -s 0 -o out2.png < private.png
is 600 out2.png
echo > wide.png
chmod 666 wide.png
ae-noise -n gauss -o wide.png private.png
is 600 wide.png
ae-encode -m m.st -o out.npy --names out.names private.png
is 600 out.npy
is 600 out.names
ae-latent mean -o out.csv private.jsonl
is 600 out.csv
ae-decode -m m.st -d decoded private.jsonl
is 600 "decoded/0-0.png"
ae-score -m m.st --map heat private.png public.png > out
is 600 heat/private.png
is 644 heat/public.png
ae-encode -m m.st -o two.npy private.png public.png
is 600 two.npy
printf 'a,b\n1,2\n2,1\n3,3\n4,2\n' > private.csv
chmod 640 private.csv
ae-train -q -m dense:z=1,h=4 --loss l2 --steps 2 -o of.st --metrics of.tsv \
    --report of.html private.csv
for f in of.st of.tsv of.html; do
    is 640 $f
done

# -------------------------------------------------------------------- races
# one run's pictures are not made twice
mkdir many
for i in 1 2 3 4 5 6 7 8 9; do cp "$d/0-$i.png" many; done
for how in skip error; do
    ae-denoise -m net.st -r many -d race-$how --existing $how 2> one &
    ae-denoise -m net.st -r many -d race-$how --existing $how 2> two || :
    wait $! || :
    done=$(cat one two | sed -n 's/ done,.*//p' | paste -sd+ | bc)
    [ "$done" -eq 9 ] || { cat one two; exit 1; }
    [ "$(find race-$how -type f | wc -l)" -eq 9 ]
done
# what another run is at is waited for, and done if that one is killed
installed flock || exit 0
mkdir later
: > later/.a.png.ae-0.tmp
flock later/.a.png.ae-0.tmp sh -c 'while [ ! -e later/b.png ]; do sleep 0.1; done' &
status 0 ae-denoise -m net.st -d later --existing skip a.png b.png
says '2 done'
