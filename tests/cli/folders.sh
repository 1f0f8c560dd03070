#!/bin/sh
# Folders: what nobody means is passed over with its count (camera raw beside
# JPEG, Thumbs.db); hidden names (macOS's ._x.jpg) are left alone by all; what
# should be a picture and isn't one, and what can't be examined, fails, and costs
# the others nothing.  A file that is named fails in any case.
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples

mkdir -p in/sub
cp "$s/digits/3-1.png" in/a.png
cp "$s/digits/3-2.png" in/sub/b.PNG
status 0 ae-denoise -r in -d out0
says '^2 done, .*0 skipped, 0 passed over, 0 failed$'

# Hidden files and folders, whichever command; one that is named is meant.
mkdir in/.cache
cp in/a.png in/.a.png
cp in/a.png in/.cache/c.png
for command in 'ae-denoise -s 0' 'ae-noise -n gauss'; do
    rm -rf seen
    # shellcheck disable=SC2086 # words
    status 0 $command -r in -d seen
    says '^2 done, .*0 skipped, 0 passed over, 0 failed$'
    [ "$(find seen -type f | sort | tr '\n' ' ')" = 'seen/a.png seen/sub/b.PNG ' ]
done
for command in 'ae-encode -m digits-ae --format tsv' 'ae-score -m digits-ae' \
    'ae-compare --tsv in'; do
    # shellcheck disable=SC2086 # words
    status 0 $command in
    [ "$(grep -c '^in/' out)" -eq 2 ]
    if grep -F '/.' out; then exit 1; fi
done
status 0 ae-denoise -s 0 -d named in/.a.png in/.cache/c.png
says '^2 done'
status 0 ae-score -m digits-ae in/.a.png in/.cache
[ "$(cut -f 1 out | tr '\n' ' ')" = 'name in/.a.png in/.cache/c.png ' ]
rm -r in/.a.png in/.cache

# A raw by its ending, one by its bytes, other known formats, and litter.
printf 'II*\0\10\0\0\0\0\0\0\0\0\0' > in/c.NEF
printf '\0\0\0\30ftypcrx \0\0\0\0' > in/d
printf '\0\0\0\30ftypheic\0\0\0\0' > in/e.heic
printf 'GIF89a' > in/f.gif
: > in/Thumbs.db
printf '\0\0\0\1Bud1' > in/.DS_Store
printf '\0\5\26\7\0\2\0\0' > in/._a.png
: > in/sub/._b.jpg
ln -s nowhere in/g.png
ln -s h.png in/h.png
status 0 ae-denoise -r in -d out1
says '^2 done, .*0 skipped, 7 passed over, 0 failed$'
status 0 ae-denoise -v -r in -d out2
says "in/e.heic: passed over: HEIC isn't read here"
status 0 ae-noise -n gauss -r in -d out3
says '^2 done, .*0 skipped, 7 passed over, 0 failed$'
for command in ae-encode ae-score; do
    status 0 $command -m digits-ae in
    says '^'$command': in: 5 files passed over, of no format that is read here'
done
status 0 ae-train -m conv:h=16 --steps 1 --patch 8 -o m1 in
says '^ae-train: in: 5 files passed over'
for named in c.NEF d e.heic f.gif Thumbs.db ._a.png; do
    status 1 ae-denoise -d out4 "in/$named"
    says '^0 done, 0 skipped, 0 passed over, 1 failed$'
    status 1 ae-score -m digits-ae "in/$named"
done

# Photos that a stop or a bad card left.
: > in/empty.jpg
head -c 9000 /dev/zero > in/sub/zeros.JPEG
echo '<html>' > in/page.png
: > in/plane.pgm.gz
status 1 ae-denoise -r in -d out5
says '^ae-denoise: in/empty.jpg: is empty$'
says '^ae-denoise: in/sub/zeros.JPEG: begins as no format'
says '^2 done, .*0 skipped, 7 passed over, 4 failed$'
[ -s out5/a.png ] && [ -s out5/sub/b.PNG ]
for command in ae-encode ae-score; do
    status 1 $command -m digits-ae in
    says '^'$command': in/sub/zeros.JPEG: left out: begins as no format'
    says '4 files left out'
    [ "$(grep -c 'b.PNG' out)" -eq 1 ]
done
status 1 ae-train -m conv:h=16 --steps 1 --patch 8 -o m2 in
says '^ae-train: in/empty.jpg: left out: is empty$'
[ -s m2 ]
rm in/empty.jpg in/sub/zeros.JPEG in/page.png in/plane.pgm.gz

# A path that is longer than the system takes.
long=$(printf '%0200d' 0)
mkdir deep
cp in/a.png deep
(
    cd deep
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do
        mkdir "$long" && cd "$long" || exit 0
    done 2> ../log
)
status 1 ae-denoise -r deep -d out6
says ': File name too long$'
says '^1 done, 0 skipped, 0 passed over, 1 failed$'
status 1 ae-score -m digits-ae deep
says 'File name too long'
[ "$(grep -c 'a.png' out)" -eq 1 ]

# A folder whose entries can be listed, not examined, and one not even that.
if [ "$(id -u)" -eq 0 ] && ! installed setpriv; then
    echo "left out: root needs setpriv to be kept out of a folder"
    exit 0
fi
mkdir shut
cp in/a.png shut
chmod 444 in/sub
chmod 000 shut
mv shut in
user() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=64217 --regid=64217 --clear-groups \
            env PATH="$PATH" TMPDIR=/tmp "$@"
    else
        "$@"
    fi
}
chmod 711 .
mkdir -m 777 open
user true 2> /dev/null || exit 0
status 1 user ae-denoise -r in -d open/out
says '^ae-denoise: in/sub/b.PNG: can.t be examined: Permission denied$'
says "^ae-denoise: in/shut: can't be listed: Permission denied$"
says '^1 done, 0 skipped, 7 passed over, 2 failed$'
status 1 user ae-score -m digits-ae in
says '^ae-score: in/sub/b.PNG: left out: can.t be examined: Permission denied$'
says "^ae-score: in/shut: left out: can't be listed: Permission denied$"
[ "$(grep -c 'a.png' out)" -eq 1 ]
chmod 755 in/sub in/shut
