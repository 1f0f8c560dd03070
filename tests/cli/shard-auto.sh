#!/bin/sh
# --shard auto: which part the variables of Slurm, Open MPI and others make of a
# run, and each way in which they can be missing or wrong; shards of codes and
# scores, one after another, are what one run writes, in each format that can be
# joined.
set -eu
. "$AE_ROOT/tests/cli/expect"
n() { ae-sample -m digits -n 9 --latents "$@"; }

# part I/N VARIABLE=... - these make it so.
part() {
    n --shard "$1" > want
    shift
    env "$@" ae-sample -m digits -n 9 --latents --shard auto > got
    cmp want got
}
a=SLURM_ARRAY_TASK
part 1/4 ${a}_ID=0 ${a}_MIN=0 ${a}_STEP=1 ${a}_COUNT=4 ${a}_MAX=3
part 3/4 ${a}_ID=11 ${a}_MIN=5 ${a}_STEP=3 ${a}_COUNT=4
part 3/4 ${a}_ID=11 ${a}_MIN=5 ${a}_STEP=3 ${a}_MAX=14
part 2/3 SLURM_PROCID=1 SLURM_NTASKS=3
part 2/3 SLURM_PROCID=1 SLURM_NTASKS=3 SLURM_JOB_ID=7 SLURM_STEP_ID=0
part 1/1 SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_JOB_ID=7
part 3/3 OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=3
part 1/2 PMI_RANK=0 PMI_SIZE=2
# an array before all, and who starts a task before the job that he is in
part 2/2 ${a}_ID=2 ${a}_MIN=1 ${a}_STEP=1 ${a}_COUNT=2 SLURM_PROCID=0 \
    SLURM_NTASKS=1 OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=4
part 4/4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4 SLURM_PROCID=0 \
    SLURM_NTASKS=2 SLURM_JOB_ID=7
env PMI_RANK=1 PMI_SIZE=2 ae-sample -v -m digits --latents --shard auto \
    > out 2> err
says '^ae-sample: --shard 2/2, by PMI_RANK and PMI_SIZE$'

# wrong TEXT VARIABLE=... - is refused so.
wrong() {
    wrong_text=$1
    shift
    fails 2 "$wrong_text" env "$@" ae-sample -m digits --shard auto
    [ ! -s out ]
}
wrong 'none of SLURM_ARRAY_TASK_ID, SLURM_PROCID, OMPI.*PMI_RANK is set' A=1
wrong "${a}_MIN isn't set" ${a}_ID=1
wrong "${a}_STEP isn't set" ${a}_ID=1 ${a}_MIN=1
wrong "${a}_MAX isn't set" ${a}_ID=1 ${a}_MIN=1 ${a}_STEP=1
wrong "${a}_STEP is 0" ${a}_ID=1 ${a}_MIN=1 ${a}_STEP=0 ${a}_COUNT=1
wrong "${a}_ID isn't" ${a}_ID=2 ${a}_MIN=1 ${a}_STEP=2 ${a}_COUNT=4
wrong "by ${a}_ID this is part 5, but by ${a}_COUNT there are 3" \
    ${a}_ID=5 ${a}_MIN=1 ${a}_STEP=1 ${a}_COUNT=3
wrong "SLURM_NTASKS isn't set" SLURM_PROCID=1
wrong "OMPI_COMM_WORLD_SIZE isn't set" OMPI_COMM_WORLD_RANK=0
wrong "PMI_SIZE is '', which is no number" PMI_RANK=0 PMI_SIZE=
wrong "PMI_RANK is '-1', which is no number" PMI_RANK=-1 PMI_SIZE=2
wrong 'this is part 1, but by PMI_SIZE there are 0' PMI_RANK=0 PMI_SIZE=0
wrong 'is the script of a job of 4 tasks' SLURM_PROCID=0 SLURM_NTASKS=4 \
    SLURM_JOB_ID=7
fails 2 "'5/4' is not I/N" ae-sample -m digits --shard 5/4
fails 2 "'1/0' is not I/N" ae-sample -m digits --shard 1/0
fails 2 "'automatic' is not I/N" ae-sample -m digits --shard automatic

# The first file of all can't be read: the header is part 1's all the same.
mkdir in
for k in 1 2 3 4 5; do cp "$AE_ROOT/samples/digits/$k-1.png" in; done
head -c 40 in/1-1.png > in/0.png

# joins COMMAND... - four shards, of which the first is that of the cut file.
joins() {
    "$@" in > whole 2> /dev/null || :
    for i in 0 1 2 3; do
        env PMI_RANK=$i PMI_SIZE=6 "$@" --shard auto in 2> /dev/null ||
            [ $i -eq 0 ]
    done > parts
    for i in 5 6; do "$@" --shard $i/6 in; done >> parts
    cmp whole parts
}
for format in tsv csv jsonl f32 fvecs; do
    joins ae-encode -q -m digits-ae --format $format
done
joins ae-encode -q -m digits --stats --format tsv
joins ae-score -q -m digits-ae
joins ae-score -q -m digits-ae --json
joins ae-score -q -m digits-ae --threshold 0.1
[ "$(wc -l < whole)" -eq 6 ]

# A training that was started several times side by side, but not as ranks, says
# once that each is by itself.
printf '%s\n' 1,2 2,3 3,4 4,5 5,6 6,7 > t.csv
alone() {
    status 0 env "$@" ae-train -m dense:z=1 --steps 1 -o "alone.st" t.csv
}
alone SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=0
says '^ae-train: 3 processes were started together, .* each trains a model of its own'
for others in SLURM_STEP_NUM_TASKS=3:SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=1:SLURM_PROCID=0; do
    alone "${others%:*}" "${others#*:}"
    if grep 'its own' err; then exit 1; fi
done
