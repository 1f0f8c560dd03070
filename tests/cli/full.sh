#!/bin/sh
# No room: a limit on a file's size, a full device, a quota, a disk that fails
# as a file is synced, closed or renamed.  For every kind of output: status 1, a
# message with the file and the reason, the old file as it was, no temporary
# file; and what is lost on stdout is never status 0.
# the subshells keep the preloaded library to the commands
# shellcheck disable=SC2030,SC2031
set -eu
. "$AE_ROOT/tests/cli/expect"
s=$AE_ROOT/samples
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.st
mkdir in tmp w
export TMPDIR="$PWD/tmp"
cp "$s"/digits/3-[1-3].png in
awk 'BEGIN { print "time,x,y"
             for (i = 0; i < 60; i++) print i "," sin(i) "," cos(i) }' > t.csv
(cd in && ae-encode -m digits-ae ./*.png) > z.jsonl
ae-train -q -m dense:z=1 --loss l2 --steps 5 --seed 9 -o model t.csv
train="ae-train -q -m dense:z=1 --loss l2 --steps 4 --checkpoint-every 2"
noise="ae-noise -q -n gauss"

# The file that is written, and the command.
cat > kinds << END
o.png $noise -o w/o.png in/3-1.png
o.jpg $noise -o w/o.jpg in/3-1.png
o.pam $noise -o w/o.pam in/3-1.png in/3-2.png
o.pfm $noise -o w/o.pfm in/3-1.png
o.npy $noise -o w/o.npy in/3-1.png
3-1.png ae-denoise -q -m net.st -d w --existing overwrite in/3-1.png
3-2.png ae-denoise -q -m net.st -r in -d w --existing overwrite
p.png ae-denoise -q -m net.st --preview w/p.png -o /dev/null in/3-1.png
z.npy ae-encode -m digits-ae -o w/z.npy in
z.csv ae-encode -m digits-ae -o w/z.csv in
z.jsonl ae-encode -m digits-ae -o w/z.jsonl in
z.f32 ae-encode -m digits-ae --format f32 -o w/z.f32 in
names ae-encode -m digits-ae --names w/names --format f32 -o /dev/null in
x.png ae-decode -m digits-ae --grid 3x1 -o w/x.png z.jsonl
3-1.png ae-decode -m digits-ae -d w --existing overwrite z.jsonl
x.npy ae-sample -m digits -n 3 -T npy -o w/x.npy
l.npy ae-sample -m digits -n 3 --latents -o w/l.npy
m.csv ae-latent mean -o w/m.csv z.jsonl
m.png ae-latent plot -o w/m.png z.jsonl
in/3-2.png ae-score -m digits-ae --map w --existing overwrite in
o.st $train -o w/o.st t.csv
o.st.ckpt $train -o w/o.st t.csv
t.jsonl $train --metrics w/t.jsonl -o w/o.st t.csv
t.html $train --report w/t.html -o w/o.st t.csv
pack ae-train -q --dump-data w/pack --val $s/house.png $s/tree.png
END
if ae-info --kinds | grep -q '^  tiff .* write'; then
    echo "o.tif $noise -o w/o.tif in/3-1.png"
fi >> kinds
if ae-info --kinds | grep -q '^  webp .* write'; then
    echo "o.webp $noise -o w/o.webp in/3-1.png"
fi >> kinds

broken=0
bad() {
    echo "$1, $2: $3"
    broken=$((broken + 1))
}

# What stands where a file is to be written: a model, where one is.
put_old() {
    rm -rf w
    mkdir -p "w/$(dirname "$1")"
    case $1 in
    o.st*) cp model "w/$1" ;;
    t.*) ;; # grow or are replaced as a run goes on
    *) echo old > "w/$1" ;;
    esac
    rm -f old
    [ ! -e "w/$1" ] || cp "w/$1" old
}

# try FILE WHY REASON COMMAND... - the message comes by a pipe, since a file
# could not be written either.
try() {
    file=$1
    why=$2
    reason=$3
    shift 3
    put_old "$file"
    { rc=0; "$@" 2>&1 > log.out < /dev/null || rc=$?; echo $rc > rc; } |
        cat > said
    [ "$(cat rc)" -eq 1 ] || bad "$file" "$why" "status $(cat rc): $(cat said)"
    grep -q "$(basename "$file").*$reason" said ||
        bad "$file" "$why" "says: $(cat said)"
    # the best model so far may have replaced an older one
    [ ! -e old ] || cmp -s old "w/$file" ||
        { [ "$file" = o.st ] && ae-info w/o.st > log.out; } ||
        bad "$file" "$why" "the old file"
    [ -z "$(find w tmp . -name '.*.tmp' -o -name 'ae-??????')" ] ||
        bad "$file" "$why" "left: $(find w tmp -name '.*.tmp')"
}

# A row of metrics is there whole or not.
check_rows() {
    [ ! -e w/t.jsonl ] || [ -z "$(tail -c 1 w/t.jsonl)" ] ||
        bad t.jsonl "$1" "part of a row: $(cat w/t.jsonl)"
}

# ------------------------------------------------------- a limit on its size
limited() { n=$1; shift; prlimit --fsize="$n" "$@"; }
if installed prlimit; then
    while read -r file run; do
        put_old "$file"
        # shellcheck disable=SC2086
        $run > log.out
        size=0
        [ ! -e "w/$file" ] || size=$(wc -c < "w/$file")
        limits="0 100 4096 $((size / 2)) $((size - 1))"
        case $file in
        t.*) continue ;; # smaller than their model, which fails first
        *.ckpt) # gone by now, and larger than its model
            size=$(($(wc -c < w/o.st) + 999))
            limits=$((size - 1))
            ;;
        esac
        for n in $limits; do
            [ "$n" -lt "$size" ] || continue
            # shellcheck disable=SC2086
            try "$file" "$n bytes of $size" 'File too large' limited "$n" $run
        done
    done < kinds
else
    echo "left out: prlimit is not installed"
fi

# ------------------------------------------------- devices that fail at last
if [ -z "${AE_SANITIZER:-}" ] && ${CC:-cc} -shared -fPIC -O1 -o files.so \
    "$AE_ROOT/tests/cli/files.c" 2> log; then
    so=$PWD/files.so
    failing() {
        fail=$1
        shift
        (export AE_FAIL="$fail" LD_PRELOAD="$so"; exec "$@")
    }
    while read -r file run; do
        for how in write:EDQUOT sync:EIO close:EDQUOT rename:EIO; do
            case $how:$file in
            *:EIO:t.jsonl) continue ;; # neither synced nor renamed
            *:EIO:*) reason='Input/output error' ;;
            *) reason='Disk quota exceeded' ;;
            esac
            # shellcheck disable=SC2086
            try "$file" $how "$reason" failing "$how:${file##*/}" $run
            check_rows $how
        done
    done < kinds
    # stdout as a file whose last bytes the quota refuses
    for c in "ae-info $s/tree.png" "ae-noise -n gauss in/3-1.png" \
        "ae-latent stats z.jsonl"; do
        rc=0
        # shellcheck disable=SC2086
        failing close:EDQUOT:file $c > file 2> said || rc=$?
        if [ $rc -ne 1 ] || ! grep -q 'stdout.*quota' said; then
            bad stdout close "status $rc: $(cat said)"
        fi
    done
else
    echo "left out: no preloaded library can be built here"
fi

# ------------------------------------------------------------------- stdout
cat > printing << END
ae-denoise -q -m net.st in/3-1.png
ae-noise -n gauss in/3-1.png
ae-noise --estimate in/3-1.png
ae-compare in/3-1.png in/3-2.png
ae-encode -m digits-ae in
ae-encode -m digits-ae --format f32 in
ae-decode -m digits-ae z.jsonl
ae-sample -m digits -n 2
ae-latent mean z.jsonl
ae-latent stats z.jsonl
ae-latent plot z.jsonl
ae-score -m digits-ae in
ae-info in/3-1.png
ae-info --list
END
while read -r run; do
    for how in full closed; do
        rc=0
        # shellcheck disable=SC2086
        if [ $how = full ]; then
            $run > /dev/full 2> said || rc=$?
        else
            $run >&- 2> said || rc=$?
        fi
        if [ $rc -ne 1 ] || ! grep -q stdout said; then
            bad "$run" $how "status $rc: $(cat said)"
        fi
    done
done < printing

# ------------------------------------------------- a disk, and a shut folder
if unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size=64k x w' \
    2> log; then
    # shellcheck disable=SC2016
    on_small() {
        unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size=64k x w
            head -c 61440 /dev/zero > w/filler; rc=0; "$@" || rc=$?
            ls -A w > listed; exit $rc' sh "$@"
    }
    for run in "$noise -T pam -o w/o.pam $s/tree.png" \
        "ae-encode -m digits-ae -o w/z.npy $s/digits" \
        "$train -m dense:z=30 -o w/o.st t.csv"; do
        rc=0
        # shellcheck disable=SC2086
        on_small $run > log.out 2> said || rc=$?
        if [ $rc -ne 1 ] || ! grep -q 'w/.*No space left' said; then
            bad "$run" tmpfs "status $rc: $(cat said)"
        fi
        [ "$(cat listed)" = filler ] || bad "$run" tmpfs "left: $(cat listed)"
    done
else
    echo "left out: no file system can be mounted here"
fi
[ $broken -eq 0 ]
