/* ranks_mpi.c - ranks.h by MPI; no other file knows of it.
 *
 * MPI belongs to the process, so the little state that there is does, too.  A
 * process that no launcher has started is alone and leaves MPI be.  An error
 * of MPI itself, a lost rank above all, ends the job: MPI's own handler says
 * so. */
#include "train/ranks/ranks.h"

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static struct {
    int launched, rank, ranks;
} world = {0, 0, 1};

/* What Open MPI, MPICH and its relatives, and srun --mpi set. */
static int is_launched(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_RANK",
                                        "PMI_FD", "PMIX_RANK"};

    for (size_t i = 0; i < AE_LEN(names); i++)
        if (getenv(names[i]))
            return 1;
    return 0;
}

int ae_ranks_join(int *rank, int *ranks, struct ae_err *e)
{
    int level = 0;

    if (is_launched() && !world.launched) {
        if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) !=
                MPI_SUCCESS ||
            level < MPI_THREAD_FUNNELED)
            return ae_fail(e, AE_EUNSUPPORTED, "MPI can't be started");
        MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
        MPI_Comm_size(MPI_COMM_WORLD, &world.ranks);
        world.launched = 1;
    }
    *rank = world.rank;
    *ranks = world.ranks;
    return world.launched;
}

void ae_ranks_leave(void)
{
    if (world.launched)
        MPI_Finalize();
    world.launched = 0;
}

int ae_ranks_mine(void)
{
    return world.rank;
}

int ae_ranks_count(void)
{
    return world.ranks;
}

int ae_ranks_launched(void)
{
    return world.launched;
}

void ae_ranks_broadcast(void *data, size_t bytes)
{
    for (char *p = data; bytes > 0;) {
        const int n = bytes < INT_MAX ? (int)bytes : INT_MAX;
        if (world.launched)
            MPI_Bcast(p, n, MPI_BYTE, 0, MPI_COMM_WORLD);
        p += n;
        bytes -= (size_t)n;
    }
}

void ae_ranks_gather(const void *mine, void *all, size_t bytes)
{
    assert(bytes <= INT_MAX);
    if (world.launched)
        MPI_Allgather(mine, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE,
                      MPI_COMM_WORLD);
    else
        memcpy(all, mine, bytes);
}

int ae_ranks_max(int mine)
{
    int most = mine;

    if (world.launched)
        MPI_Allreduce(&mine, &most, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return most;
}

/* What is moved and never computed with. */
static MPI_Datatype type_of(size_t bytes)
{
    return bytes == 2 ? MPI_UINT16_T : MPI_FLOAT;
}

/* Requests are few: a handful for each rank. */
void ae_ranks_trade(const struct ae_parcel *sent, int nsent,
                    const struct ae_parcel *received, int nreceived,
                    size_t bytes)
{
    const MPI_Datatype type = type_of(bytes);
    MPI_Request *all = ae_alloc((size_t)(nsent + nreceived) + 1, sizeof(*all),
                                NULL);
    int n = 0;

    if (!all)
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    for (int i = 0; i < nreceived; i++)
        MPI_Irecv(received[i].data, (int)received[i].n, type, received[i].rank,
                  0, MPI_COMM_WORLD, &all[n++]);
    for (int i = 0; i < nsent; i++)
        MPI_Isend(sent[i].data, (int)sent[i].n, type, sent[i].rank, 0,
                  MPI_COMM_WORLD, &all[n++]);
    /* one by one: of MPI_Waitall and no statuses gcc thinks that it writes
     * them, as MPICH declares it */
    while (n > 0)
        MPI_Wait(&all[--n], MPI_STATUS_IGNORE);
    free(all);
}

void ae_ranks_collect(void *block, const size_t *at, size_t bytes)
{
    const size_t n = (size_t)world.ranks;
    int *count = ae_alloc(2 * n, sizeof(*count), NULL), *from = count + n;

    if (!count)
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    for (size_t r = 0; r < n; r++) {
        count[r] = (int)(at[r + 1] - at[r]);
        from[r] = (int)at[r];
    }
    if (world.launched)
        MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, block, count, from,
                       type_of(bytes), MPI_COMM_WORLD);
    free(count);
}

void ae_ranks_host(char name[AE_HOST_NAME])
{
    char whole[MPI_MAX_PROCESSOR_NAME] = "";
    int n = 0;

    if (world.launched)
        MPI_Get_processor_name(whole, &n);
    memset(name, 0, AE_HOST_NAME);
    memcpy(name, whole, (size_t)ae_min(n, AE_HOST_NAME - 1));
}
