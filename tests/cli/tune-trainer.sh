#!/bin/sh
# ae-tune beside an ae-train of this test, which is told what to do: scores that
# are no numbers, none at all, an objective that is not begun after a signal.
set -eu

. "$AE_ROOT/tests/cli/expect"

# ae-tune takes the ae-train that lies beside it, and the library by its place
own=$(dirname "$(command -v ae-tune)")
mkdir bin
cp "$own/ae-tune" bin
ln -s "$own/../lib" lib
# it writes the score that the file `score` has for the step, and sources hook
cat > bin/ae-train << 'END'
#!/bin/sh
for word; do
    case $word in
    --until=*) until=${word#*=} ;;
    --metrics=*) metrics=${word#*=} ;;
    esac
done
model=${metrics%/*}/model.safetensors
[ -e "$metrics" ] || echo step,loss,lr,l2,seconds > "$metrics"
sed -n "s/^$until //p" score | while read -r score; do
    echo "$until,0.5,0.001,$score,1" >> "$metrics"
done
echo model > "$model"
: > "$model.ckpt"
[ "$until" -lt 90 ] || rm "$model.ckpt"
. ./hook
END
chmod +x bin/ae-train
: > hook
echo 1,2 > rows.csv

job=
tune() {
    $job bin/ae-tune -q -m dense:z=2,h=8 --steps 90 --min-steps 10 \
        --trials 2 --space 'h=4|8' "$@" rows.csv
}

# what is no number is no value of the model, which is an earlier one
printf '10 0.5\n30 inf\n90 nan\n' > score
status 0 tune -o a.st
[ "$(sed -n 2p out | tr '\t' ' ')" = "1 done 10 0.5 8" ]

# without any the trial failed, which is said
: > score
status 2 tune -o b.st
grep -q 'trial 1: .* no score that is a finite number' err

# one that is killed again and again, as where memory runs out, is named, and the
# others are done
printf '10 1\n30 1\n90 1\n' > score
cat > hook << 'END'
case $model in */2/*) echo >> killed && kill -9 $$ ;; esac
END
status 1 tune --trials 2 --space 'h=4|8|16' -o k.st
says 'trial 2: ae-train was killed by signal 9, .*where memory runs out'
[ "$(wc -l < killed)" -eq 4 ]
[ "$(sed 1d out | cut -f 1,2 | tr '\t\n' '  ')" = '1 done 2 failed ' ]
: > hook

# trials of an ae-tune that mpirun started are no ranks
echo 'env > seen' > hook
OMPI_COMM_WORLD_SIZE=2 PMI_RANK=1 PMIX_RANK=1 status 0 tune --trials 1 -o l.st
if grep -E '^(OMPI_COMM_WORLD_SIZE|PMIX?_RANK)' seen; then exit 1; fi
: > hook

# trials at once share the CPUs that this process may use; the line that trains
# the best once more is one that a shell and ae-train take as it is meant
printf '10 1\n30 1\n90 1\n' > score
echo 'echo "$@" >> said' > hook
cp rows.csv -- '-r s.csv'
taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
    bin/ae-tune -m dense:z=2,h=8 --steps 90 --min-steps 10 --trials 2 -j 2 \
    --space 'h=4|8' -o e.st -- '-r s.csv' > out 2> err
if grep -v -e ' --threads=1 -- -r s.csv$' said; then exit 1; fi
tail -n 1 err | grep -q -e " -- '-r s.csv'\$"

# a container has processes of its own, which nobody else on the host sees: its
# trials aren't taken for those of a process that is gone
: > hook
if unshare -pf --mount-proc true 2> /dev/null; then
    status 0 tune --trials 1 -o in.st
    status 0 unshare -pf --mount-proc bin/ae-tune -q -m dense:z=2,h=8 \
        --steps 90 --min-steps 10 --trials 1 --space 'h=4|8' -o ns.st rows.csv
    grep -o '"host":"[^"]*"' in.st.study | sort -u > outside
    grep -o '"host":"[^"]*"' ns.st.study | sort -u > inside
    [ -s inside ]
    if cmp -s outside inside; then exit 1; fi
fi

# after a signal no objective begins, though the training came to its halt
printf '10 1\n30 1\n90 1\n' > score
cat > hook << 'END'
trap ': > told' TERM
: > training
until [ -e go ]; do sleep 0.05; done
END
appears() {
    until [ -e "$1" ]; do
        kill -0 $run
        sleep 0.05
    done
}
job="exec"
tune --minimise --objective ': > measured; echo 1' -o c.st > out 2> err &
run=$!
appears training
kill -TERM $run
appears told
: > go
rc=0
wait $run || rc=$?
[ $rc -eq 143 ]
[ ! -e measured ]
