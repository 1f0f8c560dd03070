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
