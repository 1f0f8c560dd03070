#!/bin/sh
# run.sh TEST... - runs tests side by side, each in a scratch folder of its
# own, says how many seconds each took, and closes with "N passed, N failed".
#
# A test is a Criterion binary (under tests/unit/), another program, or a
# shell script.  A program whose last line is "N passed, N failed" counts as
# that many; otherwise status 0 is one passed, 77 one skipped (its output says
# why), all else one failed, whose output is shown.
#
# Environment: BUILD, the build folder; JOBS, tests at once; MASKS, values of
# AE_CPU to repeat every test under; SANITIZER, asan or tsan: then any report
# fails the test, whatever its status; AE_RUNNER, a command that runs programs
# of another machine.
set -u

BUILD=$(cd "${BUILD:-build}" && pwd)
AE_ROOT=$(cd "$(dirname "$0")/.." && pwd)
RESULTS=$BUILD/results
SCRATCH=$BUILD/scratch
export BUILD AE_ROOT LC_ALL=C

# Prints "passed failed skipped" for a test that ended with status $1.
count() {
    log=$2
    last=$(tail -n 1 "$log")
    synthesis=$(sed -n 's/.*Tested: .*Passing: \([0-9]*\).*Failing: \([0-9]*\).*Crashing: \([0-9]*\).*/\1 \2 \3/p' \
        "$log" | tail -n 1)
    if [ -n "$synthesis" ]; then
        # shellcheck disable=SC2086
        set -- "$1" $synthesis
        failed=$(($3 + $4))
        [ "$1" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
        echo "$2 $failed 0"
    elif echo "$last" | grep -Eq '^[0-9]+ passed, [0-9]+ failed'; then
        passed=${last%% passed*}
        failed=${last#* passed, }
        failed=${failed%% failed*}
        [ "$1" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
        echo "$passed $failed 0"
    else
        case $1 in
        0) echo "1 0 0" ;;
        77) echo "0 0 1" ;;
        *) echo "0 1 0" ;;
        esac
    fi
}

# One test; leaves NAME.log and NAME.count in the results.
run_one() {
    test=$1
    start=$(date +%s)
    name=$(basename "$test" .sh)
    [ -z "${AE_CPU:-}" ] || name=$name.$AE_CPU
    log=$RESULTS/$name.log
    dir=$SCRATCH/$name
    mkdir -p "$dir"
    reports=$RESULTS/$name.report
    options=log_path=$reports
    export ASAN_OPTIONS="$options" UBSAN_OPTIONS="$options:print_stacktrace=1"
    export LSAN_OPTIONS="$options" TSAN_OPTIONS="$options"
    export HOME="$dir" TMPDIR="$dir" AE_SANITIZER="${SANITIZER:-}"
    export PATH="$BUILD/bin:$BUILD/tests/tools:$PATH"
    # shellcheck disable=SC2086
    case $test in
    *.sh) set -- sh "$test" ;;
    */tests/unit/*) set -- "$test" -j1 ;;
    *) set -- ${AE_RUNNER:-} "$test" ;;
    esac
    (cd "$dir" && exec timeout 900 "$@") > "$log" 2>&1 < /dev/null
    status=$?
    counts=$(count "$status" "$log")
    if ls "$reports".* > "$RESULTS/$name.list" 2> /dev/null; then
        # shellcheck disable=SC2086
        set -- $counts
        counts="$1 $(($2 + 1)) $3"
        head -n 60 "$reports".* >> "$log"
    fi
    echo "$counts" > "$RESULTS/$name.count"
    chmod -R u+rwx "$dir" && rm -rf "$dir"
    took=$(($(date +%s) - start))
    # shellcheck disable=SC2086
    set -- $counts
    if [ "$2" -gt 0 ]; then
        printf '%s\n' "FAILED $name (status $status)" "$(tail -n 100 "$log")"
    elif [ "$3" -gt 0 ]; then
        printf '%s\n' "skipped $name: $(tail -n 1 "$log")"
    else
        printf '%s\n' "ok $name ($1), $took s"
    fi
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi

# What a user's environment must not decide.
unset AE_CPU AE_MODEL_PATH XDG_DATA_HOME MAKEFLAGS MFLAGS MAKELEVEL NO_COLOR
rm -rf "$RESULTS" "$SCRATCH"
mkdir -p "$RESULTS" "$SCRATCH"
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN)}
for test in "$@"; do
    case $test in
    /*) echo "$test" ;;
    *) echo "$PWD/$test" ;;
    esac
done > "$RESULTS/tests"
for mask in ${MASKS:-""}; do
    xargs -P "$jobs" -n 1 env ${mask:+AE_CPU=$mask} sh "$0" --one \
        < "$RESULTS/tests"
done
cat "$RESULTS"/*.count 2> /dev/null | awk -v tests="$#" '
    { passed += $1; failed += $2; skipped += $3; seen++ }
    END {
        if (seen < tests)
            failed += tests - seen
        line = (passed + 0) " passed, " (failed + 0) " failed"
        print line (skipped ? ", " skipped " skipped" : "")
        exit failed > 0
    }'
