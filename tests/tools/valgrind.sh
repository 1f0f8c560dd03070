#!/bin/sh
# valgrind.sh PROGRAM... - runs unit tests and replays of BUILD, then one of each
# command, under memcheck: no error, no byte definitely lost, no descriptor left
# open.  AE_CPU=avx2, as valgrind knows no AVX-512.  Closes with "N passed, N
# failed".
set -u
BUILD=$(cd "${BUILD:-build}" && pwd)
AE_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
logs=$BUILD/valgrind
export AE_ROOT AE_CPU="${AE_CPU-avx2}"
export AE_SANDBOX=no # memcheck asks more of the system than the commands do
passed=0
failed=0
rm -rf "$logs"
mkdir -p "$logs/run" && cd "$logs/run" || exit 1

# check NAME STATUS COMMAND... - ends with that status, and memcheck is silent.
check() {
    name=$1
    want=$2
    shift 2
    rc=0
    valgrind -q --error-exitcode=99 --leak-check=full --trace-children=yes \
        --errors-for-leak-kinds=definite --show-leak-kinds=definite \
        --track-fds=yes --log-file="$logs/$name.%p" "$@" > "$logs/$name.out" \
        2> "$logs/$name.err" < /dev/null || rc=$?
    # a descriptor that isn't inherited says where it was opened
    if [ $rc -eq "$want" ] && ! cat "$logs/$name".[0-9]* |
        grep -A 1 'Open .*file descriptor\|Open .*socket' |
        grep -v 'Open \|^--' | grep -qv 'inherited from parent'; then
        passed=$((passed + 1))
        echo "ok $name"
    else
        failed=$((failed + 1))
        echo "FAILED $name (status $rc)"
        cat "$logs/$name".[0-9]* "$logs/$name.err" | head -n 60
    fi
}

for program in "$@"; do
    case $program in
    */unit/*) check "$(basename "$program")" 0 "$program" -j1 ;;
    *) check "$(basename "$program")" 0 "$program" ;;
    esac
done
s=$AE_ROOT/samples
bin=$BUILD/bin
"$BUILD/tests/tools/newmodel" unet:c=4,b=1 net.safetensors
head -c 3000 "$s/house.png" > cut.png
check ae-noise 0 "$bin/ae-noise" -n gauss:sigma=20 -o in.png "$s/digits/3-1.png"
check ae-denoise 0 "$bin/ae-denoise" -t 2 --sigma 9 -m net.safetensors -d out in.png
check ae-denoise-jpeg 0 "$bin/ae-denoise" --sigma 9 -m net.safetensors -T jpeg -o o.jpg in.png
check ae-denoise-bad 1 "$bin/ae-denoise" --sigma 9 -m net.safetensors -d out2 cut.png in.png
check ae-compare 0 "$bin/ae-compare" in.png out/in.png
check ae-encode 0 "$bin/ae-encode" -m digits-ae -o codes.jsonl in.png
check ae-latent 0 "$bin/ae-latent" stats codes.jsonl
check ae-decode 0 "$bin/ae-decode" -m digits-ae -o back.png codes.jsonl
check ae-sample 0 "$bin/ae-sample" -m digits -n 2 -d samples
check ae-score 0 "$bin/ae-score" -m digits-ae in.png
check ae-info 0 "$bin/ae-info" digits-ae in.png codes.jsonl
check ae-train 0 "$bin/ae-train" -t 2 -m conv:h=4 --steps 2 --batch 2 --val 0.5 \
    --metrics m.csv --report r.html -o model.safetensors "$s"/digits/1-*.png
check usage 2 "$bin/ae-denoise" --strength nothing
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
