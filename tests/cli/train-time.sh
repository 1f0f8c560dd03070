#!/bin/sh
# A run that is given a time and no number of steps: what it saved as --steps
# repeats it, byte for byte, also where the machine stood still meanwhile and
# its length was judged anew; so does a run that was stopped and resumed.
set -eu
s=$AE_ROOT/samples
digits=$s/digits-idx3-ubyte.gz

steps() { ae-info --json "$1" | sed -n 's/.*"steps": *"\{0,1\}\([0-9,@]*[0-9]\).*/\1/p' | head -n 1; }

# A score every few steps makes it likely that the best one comes before the end.
train() { ae-train -q -m dense:z=2,h=16 --batch 4 --lr 0.003 --checkpoint-every 20 "$@" "$digits"; }

train --time-limit 1s -o a.st
n=$(steps a.st)
[ -n "$n" ]
train --steps "$n" -o b.st
cmp a.st b.st

# It stands still for so long that it has to end earlier, but not while its first
# length is being found.  The best model, which may have been saved before that,
# gets the whole course.  (A function in the background would be a shell, which
# is stopped instead.)
ae-train -v -m dense:z=2,h=16 --batch 4 --lr 0.003 --checkpoint-every 20 \
    --time-limit 3s -o c.st "$digits" 2> said &
i=0
while ! grep -q 'steps in the time given' said && [ $i -lt 200 ]; do
    sleep 0.05
    i=$((i + 1))
done
sleep 0.3
kill -STOP $!
sleep 2
kill -CONT $!
wait $!
n=$(steps c.st)
case $n in
*,*@*) ;;
*) echo "steps $n: not judged anew"; exit 1 ;;
esac
train --steps "$n" -o d.st
cmp c.st d.st
ae-info c.st | grep -q " of $n;"

# The same, interrupted and resumed.
train --steps "$n" --time-limit 0.1s -o e.st
[ -e e.st.ckpt ]
train --steps "$n" --resume -o e.st
cmp c.st e.st

# What is no course.
rc=0
train --steps 20,x -o f.st 2> said || rc=$?
[ $rc -eq 2 ]
grep -q -e "--steps: 'x' is not" said
