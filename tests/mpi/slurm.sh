#!/bin/sh
# Slurm starts the ranks of a training, by its own srun and by mpirun within a
# job: the model is that of one process, byte for byte.
set -eu
# shellcheck source=tests/mpi/slurm
. "$AE_ROOT/tests/mpi/slurm"
if ldd "$BUILD/lib/libae.so" | grep -q libmpich; then
    echo "the library has MPICH, whose ranks know no pmix"
    exit 77
fi
slurm_up
srun --mpi=list 2>&1 | grep -qw pmix || { echo "srun has no pmix"; exit 77; }

export OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_MCA_mpi_yield_when_idle=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
train="ae-train -q -m unet:c=4,b=1 -n gauss:sigma=25 --patch 16 --batch 8"
train="$train -t 1 --steps 20 --val $AE_ROOT/samples/tree.png"
data="$AE_ROOT/samples/house.png $AE_ROOT/samples/forest.png"

# shellcheck disable=SC2086
$train --accumulate 8 -o one.st $data
for n in 1 2 3; do
    # shellcheck disable=SC2086
    timeout 300 srun -Q --mpi=pmix -n $n --overcommit $train -o "srun$n.st" $data
    cmp one.st "srun$n.st"
done

# mpirun takes the hosts and their processors from the job
installed mpirun || { echo "left out: mpirun is not installed"; exit; }
cat > job << END
#!/bin/sh
mpirun $train -o job.st $data
END
timeout 300 sbatch -Q --wait -n 2 -o said job || { tail -n 5 said; exit 1; }
cmp one.st job.st
