#!/bin/sh
# A link to a folder below the folder of outputs leads nowhere: whatever would
# come there is refused by name, the rest is written, with the sandbox and
# without.
set -eu
. "$AE_ROOT/tests/cli/expect"
d=$AE_ROOT/samples/digits
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.st
mkdir -p in/a outside
cp "$d/3-1.png" in/a/b.png
cp "$d/4-1.png" in/c.png
(cd in && ae-encode -m digits-ae a/b.png c.png) > z.jsonl

# refuses OUTPUT LINK COMMAND... - LINK in the folder `made` leads outside.
refuses() {
    rm -rf made
    mkdir -p "$(dirname "made/$2")"
    ln -s "$PWD/outside" "made/$2"
    other=$1 linked=made/$2/b.png
    shift 2
    status 1 "$@"
    says "$linked: its folder is a link"
    [ -s "made/$other" ] || { echo "$*: no made/$other"; exit 1; }
    [ -z "$(ls outside)" ] || { echo "$*: wrote outside"; exit 1; }
}
for AE_SANDBOX in yes no; do
    export AE_SANDBOX
    refuses c.png a ae-denoise -m net.st -r in -d made
    refuses c.png a ae-noise -n gauss -r in -d made --existing overwrite
    refuses c.png a ae-compare --image side -d made in in
    refuses c.png a ae-decode -m digits-ae -d made z.jsonl
    refuses in/c.png in/a ae-score -m digits-ae --map made in
done
