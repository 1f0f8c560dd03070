#!/bin/sh
# Many files, of which one in twenty is broken: an output for each other one, a
# named reason for each of those, status 1, and memory that doesn't grow from
# the 100th file on.  FILES=10000 is the goal's own run (tests/RELIABILITY.md).
set -eu
files=${FILES:-300}
most=5120                        # KiB, from file 100 to the last

mkdir in
awk -v files="$files" 'BEGIN {
    for (i = 1; i <= files; i++) {
        name = sprintf("in/%05d.pgm", i)
        n = i % 20 ? 1536 : 700  # the rest is missing
        printf "P2\n48 32\n255\n" > name
        for (k = 0; k < n; k++)
            printf "%d\n", (k * 7 + k * k * i + i * 31) % 256 > name
        close(name)
    }
}'
newmodel unet:c=4,b=1 net.safetensors

# kib PID - its memory; nothing when it has ended.
kib() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status" 2> /dev/null || :; }

mkfifo log
ae-denoise -m net.safetensors -q -r in -d out --log-json log 2> err &
run=$!
n=0 failed=0 begin=0 end=0
while read -r line; do
    n=$((n + 1))
    case $line in
    *'"status":"failed","error":"'?*) failed=$((failed + 1)) ;;
    esac
    [ $((n % 100)) -eq 0 ] || continue
    now=$(kib $run)
    [ "$begin" -gt 0 ] || begin=${now:-0}
    end=${now:-$end}
done < log
rc=0
wait $run || rc=$?

echo "$n files, $(find out -type f | wc -l) outputs, $failed reasons, status $rc," \
    "$begin KiB after 100, $end KiB at the end"
[ $rc -eq 1 ]
[ $n -eq "$files" ]
[ "$(find out -type f | wc -l)" -eq $((files - files / 20)) ]
[ $failed -eq $((files / 20)) ]
[ "$(grep -c '^ae-denoise: in/[0-9]*.pgm: .' err)" -eq $failed ]
[ "$(find out -name '.*' -type f | wc -l)" -eq 0 ]
[ -z "${AE_SANITIZER:-}" ] || exit 0
[ ! -e /proc/self/status ] || [ $((end - begin)) -le $most ]
