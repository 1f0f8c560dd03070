#!/bin/sh
# shellcheck disable=SC2086
# Which files are read: lists of names (--files-from, -0), globs (--include,
# --exclude), --depth, --shard; lists that are wrong, names that are long, and
# folders that change.
set -eu
. "$AE_ROOT/tests/cli/expect"
d=$AE_ROOT/samples/digits
noise='ae-noise -n impulse:p=0.5'
# tree FOLDER - its files, sorted, on one line.
tree() { (cd "$1" && find . -type f | LC_ALL=C sort | tr '\n' ' '); }
is() { [ "$2" = "$1" ] || { echo "'$2', not '$1'"; exit 1; }; }

mkdir -p in/a/b in/c
for i in 0 1 2; do cp "$d/$i-0.png" in/$i.png; done
cp "$d/5-0.png" in/a/five.png
cp "$d/6-0.png" in/a/b/six.jpg
cp "$d/7-0.png" "in/c/se ven
.png"
all=$(tree in)

# ------------------------------------------------------------------- lists
# paths are mirrored as they are typed; the last may lack its end
find in -type f -print0 > list
status 0 $noise --files-from list -0 -d mirror
is "$all" "$(tree mirror/in)"
head -c -1 list > open
status 0 $noise --files-from open -0 -d open.d
is "$all" "$(tree open.d/in)"
find in -type f -print0 | $noise -q --files-from - -0 -d piped
is "$all" "$(tree piped/in)"
diff -r mirror piped
# lines; empty ones, . and // say nothing; absolute ones and .. keep their last
# part; operands, which come first, too
mkdir sub
cat > lines << END
in/0.png

./in//a/./five.png
$PWD/in/1.png
sub/../in/2.png
in/a/b/six.jpg
END
status 0 $noise in/a/b/six.jpg --files-from lines -d lines.d --existing skip
is './1.png ./2.png ./in/0.png ./in/a/five.png ./six.jpg ' "$(tree lines.d)"
says '^ae-noise: 1 input is named more than once, done once$'
status 0 $noise --files-from lines -d flat --flat
is './0.png ./1.png ./2.png ./five.png ./six.jpg ' "$(tree flat)"
# folders of a list are taken with -r
printf 'in/a\nin/c/\n' > folders
fails 1 'in/a: .*folder' $noise --files-from folders -d none
status 0 $noise --files-from folders -r -d folders.d
is './a/b/six.jpg ./a/five.png ./c/se ven .png ' \
    "$(tree folders.d/in | tr -s ' \n' ' ')"
# one stream, in the list's order
printf 'in/2.png\nin/0.png\n' | $noise --files-from - > two
$noise in/2.png in/0.png | cmp - two
# nothing to do is nothing done, and no wait for stdin
status 0 $noise --files-from /dev/null
[ ! -s out ]
status 0 $noise --files-from /dev/null -d empty
says '^0 done, 0 skipped, 0 passed over, 0 failed$'
# a file that is called -
cp in/0.png ./-
printf -- '-\n' | $noise -q --files-from - -d dash
[ -s dash/- ]
rm ./-

# names that don't exist fail, the rest is done
printf 'in/0.png\0no such\0in/1.png\0' > lost
status 1 $noise --files-from lost -0 -d lost.d
says '^ae-noise: no such: '
says '^2 done, 0 skipped, 0 passed over, 1 failed$'
# one that is given twice is done once; two that would be one file end the run
printf 'in/0.png\nin/1.png\nin/0.png\nin/0.png\n' > twice
status 0 $noise --files-from twice -d twice.d
says '2 inputs are named more than once, done once'
says '^2 done'
printf 'in/0.png\n./in/0.png\n' > same
fails 2 'in/0.png and ./in/0.png would both become twin/in/0.png' \
    $noise --files-from same -d twin
[ ! -e twin ]
# lists that can't be meant
fails 2 'no list: .*No such file' $noise --files-from 'no list' -d x
fails 2 'lost: has bytes of 0: with -0' $noise --files-from lost -d x
fails 2 "stdin can't be both" $noise --files-from - -
fails 2 '^ae-noise: -0 is of the names' $noise -0 in/0.png -d x
fails 2 'lines is one file, both input' $noise --files-from lines -o lines
[ ! -e x ]

# ------------------------------------------------------------------- globs
# chosen OPTION... - what is done of the folder.
chosen() {
    rm -rf glob
    status 0 $noise -r in -d glob "$@"
    tree glob | tr -s ' \n' ' '
}
is './a/b/six.jpg ' "$(chosen --include '*.jpg')"
is './0.png ./1.png ./a/b/six.jpg ' \
    "$(chosen --include '[01].png' --include '*.jpg')"
is './0.png ./2.png ./a/five.png ' \
    "$(chosen --include '*.png' --exclude c --exclude 1.png)"
is './a/five.png ' "$(chosen --include 'a/*')"
is './0.png ./1.png ./2.png ./c/se ven .png ' "$(chosen --exclude 'a/*')"
is './0.png ./1.png ./2.png ./a/five.png ./c/se ven .png ' \
    "$(chosen --exclude 'a/b')"
is './0.png ./1.png ./2.png ' "$(chosen --depth 1)"
is './0.png ./1.png ./2.png ./a/five.png ./c/se ven .png ' \
    "$(chosen --depth 2)"
# of names, too: the last part, or all of it as it is typed
status 0 $noise in/0.png ./in/1.png in/2.png -d named --exclude 1.png \
    --exclude in/2.png
is './0.png ' "$(tree named)"
status 0 $noise in/0.png in/1.png --exclude '*'
[ ! -s out ]

# ------------------------------------------------------------------ shards
# each file in one of them, the longer ones first; together what one run makes
status 0 $noise -r in -d whole
for i in 1 2 3 4; do
    status 0 $noise -r in -d parts --shard $i/4
    tree parts | wc -w >> sizes
done
is '2 4 5 8 ' "$(tr '\n' ' ' < sizes)"
is "$all" "$(tree parts)"
diff -r whole parts
# draws are the same also after a stop, and whatever becomes of the others
cp "$d/9-0.png" in/00.png
cat in/1.png in/2.png > two.png
cp two.png in/1.png
status 0 $noise -r in -d once
cp -R once again
rm again/00.png again/1.png again/a/five.png
echo no > in/00.png
status 1 $noise -r in -d again --existing skip
rm once/00.png in/00.png
diff -r once again
cp "$d/1-0.png" in/1.png
status 0 $noise -r in -d more --shard 7/9
says '^0 done, 0 skipped'
for i in 1 2 3; do $noise in/?.png --shard $i/3; done > shards
is 3 "$("$BUILD/tests/tools/pixels" shards | wc -l)"
for i in 1 2; do
    ae-noise --psd in/?.png --shard $i/2
done > psd
ae-noise --psd in/?.png | cmp - psd
for wrong in 0/3 4/3 1 a/b 1/2x 1/-2; do
    fails 2 "option '--shard': '$wrong' is not I/N" \
        $noise -r in -d x --shard $wrong
done
fails 2 '--shard divides files' ae-denoise -s 0 --rows 1:2 --shard 1/2 in/0.png
[ ! -e x ]

# ------------------------------------------------- long names, odd folders
# a name as long as the system takes, which leaves the temporary one no room
long=$(printf '%0251d' 0)
mkdir long
cp in/0.png "long/$long.png"
status 0 $noise -r long -d long.d
is "./$long.png " "$(tree long.d)"
is 1 "$(find long.d -type f | wc -l)"
# folders that contain themselves by a link, or lead nowhere
mkdir -p loop/in
ln -s .. loop/in/up
ln -s loop loop/loop
cp in/0.png loop/in
status 0 $noise -r loop -d loop.d
is './in/0.png ' "$(tree loop.d)"
says '^1 done, 0 skipped, 2 passed over'
# what is listed is what is done, by what stands there when its turn comes; the
# lock of another run holds two of them back until the folder has changed
installed flock || exit 0
mkdir change changed
for i in 1 2 3; do cp in/0.png change/$i.png; done
: > changed/.1.png.ae-0.tmp
: > changed/.2.png.ae-0.tmp
flock changed/.1.png.ae-0.tmp flock changed/.2.png.ae-0.tmp sh -c '
    : > locked
    while [ ! -e changed/3.png ]; do sleep 0.1; done
    rm change/1.png
    cp in/0.png change/4.png
    cp in/1.png change/new
    mv change/new change/2.png' &
while [ ! -e locked ]; do sleep 0.1; done
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.st
status 1 ae-denoise -m net.st -s 0 -r change -d changed --existing skip
says 'change/1.png: .*No such file'
says '^2 done, .*0 skipped, 0 passed over, 1 failed$'
is './2.png ./3.png ' "$(tree changed)"
is "$("$BUILD/tests/tools/pixels" in/1.png)" \
    "$("$BUILD/tests/tools/pixels" changed/2.png)"
