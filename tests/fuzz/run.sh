#!/bin/sh
# run.sh TARGET... - runs each fuzz target for SECONDS_EACH, from files that
# this project writes; with AE_SHARED also from those of the corpus.  What
# crashes one is left in $BUILD/findings and fails the run.
set -eu

seeds=$BUILD/seeds
findings=$BUILD/findings
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$seeds" "$findings"
find "$root/samples" "$root/models" "$root/tests/fuzz/seeds" -type f \
    -size -64k -exec cp {} "$seeds" \;
# EXIF with a maker note and a thumbnail, resources with both kinds of
# thumbnails, XMP that names an extension
{ printf 'II*\0\10\0\0\0\2\0\22\1\3\0\1\0\0\0\6\0\0\0\151\207\4\0\1\0\0\0'
  printf '\46\0\0\0\100\0\0\0\1\0\174\222\7\0\10\0\0\0\70\0\0\0\0\0\0\0'
  printf 'makernot\2\0\1\2\4\0\1\0\0\0\136\0\0\0\2\2\4\0\1\0\0\0\10\0\0\0'
  printf '\0\0\0\0\377\330thumb!'; } > "$seeds/exif"
{ printf '8BIM\4\4\0\0\0\0\0\12\34\2\170\0\5Paris8BIM\4\14\0\0\0\0\0\3abc\0'
  printf 'MeSa\4\11\3foo\0\0\0\2xx'; } > "$seeds/resources"
{ printf '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
  printf 'xmlns:rdf="u"><rdf:Description tiff:Orientation="6" '
  printf 'exif:PixelXDimension="40" exif:PixelYDimension="7" xmpNote:'
  printf 'HasExtendedXMP="0123456789ABCDEF0123456789ABCDEF"/></rdf:RDF>'
  printf '</x:xmpmeta> <?xpacket end="w"?>'; } > "$seeds/xmp"
if [ -d "${AE_SHARED:-}/corpus" ]; then
    find "$AE_SHARED/corpus" -type f -size -32k -exec cp {} "$seeds" \;
fi
failed=0
passed=0
for target in "$@"; do
    name=$(basename "$target")
    new=$BUILD/grown/$name       # what it found worth keeping
    mkdir -p "$new"
    if "$target" -max_total_time="${SECONDS_EACH:-60}" -timeout=20 \
        -rss_limit_mb=2048 -max_len=32768 -print_final_stats=1 \
        -artifact_prefix="$findings/$name-" "$new" "$seeds" \
        > "$BUILD/$name.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name: $(grep number_of_executed "$BUILD/$name.log")"
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        tail -n 40 "$BUILD/$name.log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
