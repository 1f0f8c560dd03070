#!/bin/sh
# An array of Slurm: its tasks, each with --shard auto, make together what one
# run makes, and a task of srun is a part, too.  Slurm's own daemons are begun
# here, on this machine alone, with folders and ports of their own.
set -eu
for tool in munged slurmctld slurmd sbatch srun squeue scontrol; do
    PATH=$PATH:/usr/sbin command -v $tool > /dev/null ||
        { echo "$tool is not installed"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo "slurmd needs root"; exit 77; }
[ ${#PWD} -lt 90 ] || { echo "a socket needs a shorter path than $PWD"; exit 77; }
PATH=$PATH:/usr/sbin
host=$(hostname -s)
port=$((20000 + $$ % 20000))

mkdir state spool
(umask 077 && head -c 1024 /dev/urandom > key)
export SLURM_CONF="$PWD/slurm.conf"
cat > slurm.conf << END
ClusterName=ae
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthInfo=socket=$PWD/munge
CredType=cred/munge
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdLogFile=$PWD/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=bf_interval=1,sched_interval=1
SelectType=select/cons_res
SelectTypeParameters=CR_CPU
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 Boards=1 SocketsPerBoard=1 CoresPerSocket=2 ThreadsPerCore=1
PartitionName=all Nodes=ALL Default=YES OverSubscribe=FORCE:8 State=UP
END

daemons=
# ends - stops what was begun here, in any case.
ends() {
    for pid in $daemons; do kill "$pid" 2> /dev/null || :; done
    for pid in $daemons; do wait "$pid" 2> /dev/null || :; done
}
trap ends EXIT
trap 'exit 1' HUP INT TERM

munged --foreground --force --key-file="$PWD/key" --socket="$PWD/munge" \
    --pid-file="$PWD/munged.pid" --log-file="$PWD/munged.log" \
    --seed-file="$PWD/seed" 2> munged.err &
daemons="$!"
slurmctld -D 2> slurmctld.err &
daemons="$! $daemons"
slurmd -D -N "$host" 2> slurmd.err &
daemons="$! $daemons"

# until the node is there; never longer than its daemon
until sinfo -h -o %T 2> /dev/null | grep -q idle; do
    for pid in $daemons; do
        kill -0 "$pid" 2> /dev/null ||
            { cat ./*.err slurm*.log | tail -n 20; exit 1; }
    done
    sleep 0.2
done

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
command -v mpirun > /dev/null ||
    { echo 'left out: mpirun is not installed'; exit; }
cat > mpi << END
#!/bin/sh
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpirun -np 2 $noise -d ranks --shard auto
END
batch mpi -n 2
diff -r whole ranks
