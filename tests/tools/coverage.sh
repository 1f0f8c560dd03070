#!/bin/sh
# coverage.sh BUILD - lines and branches that the tests of a build with --coverage
# ran, as gcov counts them: of each file of the parsers and of what is saved, in
# sum of these, and of the whole library and the commands' sources.
#
# Branches are those taken at least once of all that gcc made; lines that nothing
# ran are listed in BUILD/coverage/FILE.gcov by "#####".
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$build/coverage"
mkdir -p "$build/coverage"
cd "$build/coverage"
# parsers, writers of checkpoints and models, streams
parsers='lib/image/ lib/data/source/ lib/data/latent/ lib/base/csv lib/base/json
lib/base/gzip lib/base/io lib/base/field lib/base/text lib/model/safetensors
lib/model/spec lib/model/model lib/model/weights lib/train/loop/checkpoint
lib/train/loop/course lib/train/report/metrics lib/noise/noise cmd/opt'

# gcov names a source by its path, as the compiler had it
find "$build/lib" "$build/cmd" -name '*.gcda' ! -path '*/kernel/*' |
    while read -r data; do
        object=${data%.gcda}.o
        (cd "$root" && gcov -b -o "$object" -n "$object" 2> "$build/coverage/log")
    done > raw
awk -v parsers="$parsers" '
    function share(a, n) { return n ? sprintf("%6.1f %%", 100 * a / n) : "     -  " }
    function row(place, name, i) {
        printf "%d%-44s %6d %s %6d %s\n", place, name, lines[i], share(ran[i], lines[i]),
            branches[i], share(taken[i], branches[i])
    }
    function add(i, j) {
        lines[i] += lines[j]
        ran[i] += ran[j]
        branches[i] += branches[j]
        taken[i] += taken[j]
    }
    BEGIN { n = split(parsers, prefix, /[ \n]+/) }
    /^File / {
        file = $2
        gsub("\047", "", file)
        wanted = file ~ /^(lib|cmd)\/.*\.c$/ && file !~ /^lib\/kernel/
    }
    wanted && /^Lines executed:/ {
        split(substr($0, 16), a, /% of /)
        if (!(file in lines))
            order[++count] = file
        lines[file] = a[2]
        ran[file] = a[1] * a[2] / 100
    }
    wanted && /^Taken at least once:/ {
        split(substr($0, 21), a, /% of /)
        branches[file] = a[2]
        taken[file] = a[1] * a[2] / 100
    }
    END {
        printf "0%-44s %6s %8s %6s %8s\n", "file", "lines", "ran", "branch",
            "taken"
        for (i = 1; i <= count; i++) {
            add("all", order[i])
            for (k = 1; k <= n; k++)
                if (index(order[i], prefix[k]) == 1) {
                    add("parsers", order[i])
                    row(1, order[i], order[i])
                    break
                }
        }
        row(2, "parsers, models and checkpoints", "parsers")
        row(3, "lib without kernels, and cmd", "all")
    }' raw | sort | cut -c 2-
