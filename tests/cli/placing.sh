#!/bin/sh
# shellcheck disable=SC2086
# Where outputs go and what they keep: --name, --print, --existing=newer,
# --in-place with and without a backup, --preserve.
set -eu
. "$AE_ROOT/tests/cli/expect"
d=$AE_ROOT/samples/digits
pixels=$BUILD/tests/tools/pixels
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.st
noise='ae-noise -n impulse:p=0.5'
same='ae-denoise -m net.st -s 0'
tree() { (cd "$1" && find . -type f | LC_ALL=C sort | tr '\n' ' '); }
is() { [ "$2" = "$1" ] || { echo "'$2', not '$1'"; exit 1; }; }

mkdir -p in/a/b
cp "$d/0-0.png" in/0.png
cp "$d/1-0.png" in/a/one.two.png
cp "$d/2-0.png" in/a/b/none
cp "$d/3-0.png" in/a/b/hidden

# -------------------------------------------------------------- --name
# named TEMPLATE OPTION... - what is made of the folder.
named() {
    rm -rf out.d
    name=$1
    shift
    status 0 $same -r in -d out.d --name "$name" "$@"
    tree out.d
}
is './0-x.png ./a/b/hidden-x ./a/b/none-x ./a/one.two-x.png ' \
    "$(named '{dir}/{stem}-x.{ext}')"
is './x-0.png ./x-hidden ./x-none ./x-one.two.png ' "$(named 'x-{name}')"
# a dot at its beginning is no ending, of a file that is named
cp "$d/3-0.png" .hidden
status 0 $same -d dot.d --name '{stem}-x.{ext}' .hidden
is './.hidden-x ' "$(tree dot.d)"
is './000001.png ./000002.png ./000003.png ./000004.png ' \
    "$(named '{n}.png')"
is './a./0 ./a./a/b/hidden ./a./a/b/none ./a./a/one.two ' \
    "$(named 'a.//{dir}/./{stem}')"
# the ending is -T's, or decides the format
is './0.pgm ./a/b/hidden.pgm ./a/b/none.pgm ./a/one.two.pgm ' \
    "$(named '{dir}/{name}' -T pgm)"
is './0.pgm ./a/b/hidden.pgm ./a/b/none.pgm ./a/one.two.pgm ' \
    "$(named '{dir}/{stem}.png' -T pgm)"
named '{stem}.pfm' > out
is Pf "$(head -c 2 out.d/0.pfm)"
# pages
printf 'P5 1 1 255 a' > g.pgm
printf 'P5 1 1 255 b' > h.pgm
if ae-info --kinds | grep -q '^ *tiff .*write'; then
    cat g.pgm h.pgm | $same -T tiff > two.tif
    status 0 $same two.tif -d pages -T pgm --name 'p{page}of-{stem}.{ext}'
    is './p1of-two.pgm ./p2of-two.pgm ' "$(tree pages)"
    if cmp -s pages/p2of-two.pgm pages/p1of-two.pgm; then exit 1; fi
    status 0 $same two.tif -d pages2 -T pgm --name '{stem}x.{ext}'
    is './twox-1.pgm ./twox-2.pgm ' "$(tree pages2)"
    mkdir clash
    cp two.tif clash/two.tif
    cp g.pgm clash/two-2.pgm
    status 1 $same -r clash -d clash.d -T pgm
    says 'clash.d/two-2.pgm: clash/two-2.pgm would become it, too'
fi
# of items: by their names or numbers
ae-encode -q -m digits-ae --format tsv in/0.png in/a/one.two.png > z.tsv
status 0 ae-decode -m digits-ae -d items --name '{n}/{dir}/{stem}.pgm' z.tsv
is './000001/in/0.pgm ./000002/in/a/one.two.pgm ' "$(tree items)"
is P5 "$(head -c 2 items/000001/in/0.pgm)"
status 0 ae-sample -m digits -n 2 -d samples --name 's{stem}.{ext}'
is './s000000.png ./s000001.png ' "$(tree samples)"
# what can't be
for bad in '../{name}' '/{name}' '{dir}/../{name}' 'a/..' '{stem}/../../b'; do
    fails 2 'lies outside -d' $same in/0.png -d x --name "$bad"
done
fails 2 "'../0.png' lies outside -d" $same in/0.png -d x --name '../{name}'
fails 1 "lies outside -d" ae-decode -m digits-ae -d none --name '../{n}' z.tsv
fails 2 'names no file' $same in/0.png -d x --name './'
fails 2 "'{what}' is not one of" $same in/0.png -d x --name '{what}.png'
fails 2 "lacks a }" $same in/0.png -d x --name '{stem.png'
fails 2 'in/0.png and in/a/one.two.png would both become x/a.png' \
    $same in/0.png in/a/one.two.png -d x --name a.png
fails 2 'need -d' $same in/0.png -o x --name a.png
[ ! -e x ]

# -------------------------------------------------------------- --print
$same -q -r in -d print --print > names
is 'print/0.png print/a/b/hidden print/a/b/none print/a/one.two.png ' \
    "$(tr '\n' ' ' < names)"
rm print/0.png print/a/one.two.png
echo no > in/bad.png
rc=0
$same -q -r in -d print --print -0 --existing skip > names 2> err || rc=$?
is 1 $rc
is 'print/0.png print/a/one.two.png ' "$(tr '\0' ' ' < names)"
rm in/bad.png
ae-decode -q -m digits-ae -d print z.tsv --print --existing overwrite > names
is 'print/in/0.png print/in/a/one.two.png ' "$(tr '\n' ' ' < names)"
rc=0
$same -q in/0.png -d full --print > /dev/full 2> err || rc=$?
is 1 $rc
says 'stdout: '
fails 2 '--print needs -d' $same in/0.png -o x --print
[ ! -e x ]

# ------------------------------------------------------ --existing=newer
cp -R in new
$same -q -r new -d new.d
touch -d '2020-01-01 00:00:00.5' new/0.png new/a/one.two.png new/a/b/hidden
touch -d '2020-01-01 00:00:00.5' new.d/0.png
touch -d '2020-01-01 00:00:00.4' new.d/a/b/hidden
touch -d '2030-01-01' new/a/b/none
status 0 $noise -r new -d new.d --existing newer
says '^2 done, 2 skipped, 0 passed over, 0 failed$'
$same in/0.png | cmp - new.d/0.png
if $same in/a/b/none | cmp -s - new.d/a/b/none; then exit 1; fi
rm new/0.png
status 1 $noise new/0.png -d new.d --existing newer
says 'new/0.png: .*No such file'
touch -d '2031-01-01' one.png
status 0 $noise new/a/b/none -o one.png --existing newer
says 'one.png: exists, skipped'
[ ! -s one.png ]
touch -d '2029-01-01' one.png
status 0 $noise new/a/one.two.png new/a/b/none -o one.png --existing newer
[ -s one.png ]

# ------------------------------------------------------------ --in-place
reset() { rm -rf w && cp -R in w && mv w/a/one.two.png w/a/one.png; }
reset
chmod 640 w/0.png
ln w/0.png w/hard
ln -s 0.png w/soft
status 0 $noise --in-place w/soft w/a/one.png
says '^2 done, 0 skipped, 0 passed over, 0 failed$'
[ -L w/soft ]
is 640 "$(stat -c %a w/0.png)"
cmp w/hard in/0.png
cmp -s w/0.png in/0.png && exit 1
is "$(tree in | wc -w)" "$(($(tree w | wc -w) - 1))"
# two names of one file: the second would be done twice
reset
ln -s 0.png w/soft
fails 1 'w/soft: is another output' $noise --in-place w/0.png w/soft
# links that are found in a folder aren't followed, wherever they lead
reset
mkdir else
cp in/0.png else/mine.png
ln -s ../else/mine.png w/mine
ln -s 0.png w/soft
for AE_SANDBOX in yes no; do
    export AE_SANDBOX
    status 0 $noise -v -r w --in-place
    says '^4 done, 0 skipped, 2 passed over, 0 failed$'
    says 'w/mine: passed over: a link, which --in-place follows only where'
    cmp else/mine.png in/0.png
    [ -L w/mine ] && [ -L w/soft ]
done
unset AE_SANDBOX
# the format is that of the content
reset
mv w/0.png w/0.jpg
status 0 $noise --in-place w/0.jpg
$pixels w/0.jpg > out
head -c 4 w/0.jpg | grep -q PNG
gzip -c g.pgm > w/g.pgm.gz
cp w/g.pgm.gz w/kept.gz
fails 1 'w/g.pgm.gz: is compressed' $noise --in-place w/g.pgm.gz
cmp w/g.pgm.gz w/kept.gz
# with a backup, which is no input of the next run
reset
status 0 $noise -r w --in-place=.bak
says '^4 done'
cmp w/0.png.bak in/0.png
cmp w/a/b/none.bak in/a/b/none
cmp -s w/0.png in/0.png && exit 1
cp -R w w.1
status 1 $noise -r w --in-place=.bak
says "w/0.png: its backup w/0.png.bak exists"
says '^0 done, 0 skipped, 0 passed over, 4 failed$'
status 0 $noise -r w --in-place=.bak --existing skip
says '^0 done, 4 skipped'
diff -r w w.1
rm w/0.png.bak
# a kill between backup and replacement leaves both names on the original
ln w/0.png w/0.png.bak
status 0 $noise -r w --in-place=.bak --existing skip
says '^1 done, 3 skipped'
cmp w/0.png.bak w.1/0.png
status 0 $noise -r w --in-place=.bak --existing overwrite
cmp w/a/one.png.bak w.1/a/one.png
# other places of it
reset
mkdir w/old
status 0 $noise w/0.png --in-place='old/*-1'
cmp w/old/0.png-1 in/0.png
fails 1 "can't be kept as w/a/old/one.png" $noise w/a/one.png --in-place='old/*'
cmp w/a/one.png in/a/one.two.png
is '' "$(find w -name '*.tmp')"
# what can't be
cp w/0.png w/0.png.bak
fails 2 'both input and output' \
    $noise w/0.png w/0.png.bak --in-place=.bak --existing overwrite
ln w/0.png.bak w/other
fails 2 'both input and output' \
    $noise w/0.png w/other --in-place=.bak --existing overwrite
fails 2 'w/a/one.png: is an input' \
    ae-denoise -m net.st --mask w/a/one.png w/a/one.png --in-place
fails 2 'without -o, -d and -T' $noise w/0.png --in-place -o x
fails 2 'without -o, -d and -T' $noise w/0.png --in-place -T pgm
fails 2 'which are one' $noise w/0.png --in-place --existing newer
rc=0
$noise --in-place < w/0.png > out 2> err || rc=$?
is 2 $rc

# ------------------------------------------------------------ --preserve
keep=w/keep.png
cp in/0.png $keep
chmod 604 $keep
touch -d '2001-02-03 04:05:06.789' $keep
xattrs=
if installed setfattr && setfattr -n user.ae -v value $keep; then
    xattrs=1
    setfattr -n user.empty $keep
    setfattr -n user.bytes -v 0x00ff0a22 $keep
else
    echo 'left out: extended attributes'
fi 2> /dev/null
has() {
    is 604 "$(stat -c %a "$1")"
    is "$(stat -c %y $keep.then)" "$(stat -c %y "$1")"
    [ -n "$xattrs" ] || return 0
    getfattr -d -e hex --absolute-names "$1" | grep -v '^#' > attributes
    [ "$(grep -c = attributes)" -eq 3 ]
    getfattr -d -e hex $keep.then | grep -v '^#' | diff - attributes
}
cp --preserve=all $keep $keep.then
status 0 $noise --preserve $keep -d keep.d
has keep.d/keep.png
status 0 $noise --preserve $keep -o keep.png
has keep.png
status 0 $noise --preserve --in-place=.was $keep
has $keep
has $keep.was
cmp $keep.was $keep.then
cmp -s $keep $keep.then && exit 1
status 0 $noise $keep.then -d plain
if [ "$(stat -c %y plain/keep.png.then)" = "$(stat -c %y $keep.then)" ]; then
    exit 1
fi
if [ -n "$xattrs" ]; then
    [ -z "$(getfattr plain/keep.png.then)" ]
fi
fails 2 'one input' $noise --preserve $keep w/0.png -o x
fails 2 'needs -d' $noise --preserve $keep
