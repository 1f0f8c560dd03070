#!/bin/sh
# shellcheck disable=SC2086
# kill -9 at random instants of a training: the resumed run makes, byte for byte,
# the model of one that was never stopped, and leaves no temporary file.  Five
# kills; AE_KILLS=100 for as many.
set -eu
s=$AE_ROOT/samples
# in the background it is the process itself that $! names
run="ae-train -q -t 1 -m conv:h=4 --steps 120 --batch 4 --val 0.3
    --checkpoint-every 10"
begin=$(date +%s%N)
$run -o whole.st "$s"/digits/1-*.png
end=$(date +%s%N)
kills=${AE_KILLS:-5}
same=0
killed=0
for n in $(seq "$kills"); do
    # anywhere within the time that a whole run takes, by the number of the kill
    pause=$(awk -v seed="$n" -v all=$((end - begin)) \
        'BEGIN { srand(seed); printf "%.3f", rand() * all / 1e9 }')
    rm -f model.st model.st.ckpt
    $run -o model.st "$s"/digits/1-*.png 2> log &
    pid=$!
    sleep "$pause"
    if kill -9 $pid 2> log; then
        killed=$((killed + 1))
    fi
    wait $pid 2> log || :
    $run -o model.st --resume "$s"/digits/1-*.png 2> log
    if ! cmp -s whole.st model.st; then
        echo "kill $n after $pause s: another model"
        continue
    fi
    left=$(find . -name '.*.tmp*' -o -name '*.ckpt')
    [ -z "$left" ] || { echo "kill $n: left: $left"; continue; }
    same=$((same + 1))
done
echo "$killed of $kills runs were killed in their midst, $same ended the same"
[ $same -eq "$kills" ]
