#!/bin/sh
# dist.sh NAME OUT - packs the sources, as they are here, into OUT (.tar.gz)
# below a folder NAME: what git tracks or would track, or, outside of git, all
# that isn't a build.  The same files give the same bytes.
set -eu

name=$1
out=$2
if git rev-parse --is-inside-work-tree > /dev/null 2>&1 &&
    [ -e .git ]; then
    git ls-files -z --cached --others --exclude-standard
    when=$(git log -1 --format=%ct)
else
    find . -path ./build\* -prune -o -type f -print0
    when=$(stat -c %Y NEWS)
fi > "$out.list"
tar --null -T "$out.list" --sort=name --format=ustar --owner=0 --group=0 \
    --numeric-owner --mode=u+rw,go-w,a+rX \
    --mtime="@${SOURCE_DATE_EPOCH:-$when}" --transform "s|^\(\./\)*|$name/|S" \
    -c | gzip -9n > "$out.tmp"
mv "$out.tmp" "$out"
rm "$out.list"
