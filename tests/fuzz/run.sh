#!/bin/sh
# run.sh TARGET... - runs each fuzz target for SECONDS_EACH (60), JOBS at a time
# (one for each CPU), from files that this project writes; with AE_SHARED also
# from those of the corpus.  ENGINE is libfuzzer or afl.  What crashes a target
# is left in $BUILD/findings and fails the run.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
seeds=$BUILD/seeds
findings=$BUILD/findings
seconds=${SECONDS_EACH:-60}

collect_seeds() {
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
}

# by_libfuzzer TARGET NAME - prints what was done; what it found worth keeping
# is where the next run goes on.
by_libfuzzer() {
    mkdir -p "$BUILD/grown/$2"
    "$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -max_len=32768 -print_final_stats=1 -artifact_prefix="$findings/$2-" \
        "$BUILD/grown/$2" "$seeds" > "$BUILD/$2.log" 2>&1 || return 1
    sed -n 's/.*number_of_executed_units: */execs /p' "$BUILD/$2.log"
}

by_afl() {
    rm -rf "$BUILD/afl/$2"
    mkdir -p "$BUILD/afl"
    # the container's own settings of CPU and core dumps stay as they are
    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_FAST_CAL=1 \
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_IGNORE_SEED_PROBLEMS=1 \
        afl-fuzz -V "$seconds" -t 20000 -m none -i "$seeds" \
        -o "$BUILD/afl/$2" -- "$1" > "$BUILD/$2.log" 2>&1 || return 1
    for found in "$BUILD/afl/$2"/default/crashes/id*; do
        [ -e "$found" ] || continue
        cp "$found" "$findings/$2-$(basename "$found" | tr ,: __)"
        echo "crash: $found" >> "$BUILD/$2.log"
        return 1
    done
    sed -n 's/^execs_done *: */execs /p' "$BUILD/afl/$2/default/fuzzer_stats"
}

run_one() {
    name=$(basename "$1")
    if done=$("by_${ENGINE:-libfuzzer}" "$1" "$name"); then
        echo "ok $name: $done"
    else
        echo "FAILED $name"
        tail -n 40 "$BUILD/$name.log"
    fi
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi
collect_seeds
printf '%s\n' "$@" |
    xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" -n 1 sh "$0" --one |
    tee "$BUILD/fuzz.log"
passed=$(grep -c '^ok ' "$BUILD/fuzz.log") || :
echo "$passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ]
