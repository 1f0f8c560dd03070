#!/bin/sh
# An array of Slurm: its tasks, each with --shard auto, make together what one
# run makes, and a task of srun is a part, too.  Slurm's own daemons are begun
# here, on this machine alone, with folders and ports of their own.
set -eu
# shellcheck source=tests/mpi/slurm
. "$AE_ROOT/tests/mpi/slurm"
slurm_up

# batch NAME TASKS OPTION... - the job of that name to its end, which must be
# good for each of its tasks, of which it says what they said.
batch() {
    name=$1
    shift
    sbatch -Q --wait -o "$name.%a.said" "$@" "$name" && return
    tail -n 5 "$name".*.said
    exit 1
}

mkdir in
for k in 1 2 3 4 5 6 7; do cp "$AE_ROOT/samples/digits/$k-1.png" in; done
noise="ae-noise -q -n gauss:sigma=9 -r in"
$noise -d whole
ae-score -q -m digits-ae in > scores
ae-encode -q -m digits-ae --format tsv in > codes

# An array whose numbers neither begin at 1 nor are neighbours.
cat > job << END
#!/bin/sh
$noise -d parts --existing=skip --shard auto || exit
ae-score -q -m digits-ae --shard auto in > part.\$SLURM_ARRAY_TASK_ID
END
batch job --array=2-8:3
diff -r whole parts
cat part.2 part.5 part.8 | cmp - scores

# Again with other parts, after a file was lost: only that is made.
rm parts/4-1.png
touch -d 2020-01-01 parts/*
batch job --array=1-4
diff -r whole parts
[ "$(find parts -type f -newermt 2020-01-02)" = parts/4-1.png ]

# Tasks of one job, but not its script.
# shellcheck disable=SC2016
srun -Q -n 2 sh -c \
    'ae-encode -q -m digits-ae --format tsv --shard auto in > code.$SLURM_PROCID'
cat code.0 code.1 | cmp - codes
cat > script << END
#!/bin/sh
$noise -d none --shard auto
[ \$? -eq 2 ]
END
batch script -n 2
grep -q 'the script of a job of 2 tasks, none of them' script.*.said
[ ! -e none ]

# Those of mpirun in such a script, where the job's variables aren't theirs.
installed mpirun ||
    { echo 'left out: mpirun is not installed'; exit; }
cat > mpi << END
#!/bin/sh
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpirun -np 2 $noise -d ranks --shard auto
END
batch mpi -n 2
diff -r whole ranks
