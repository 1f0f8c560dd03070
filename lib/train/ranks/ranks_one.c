/* ranks_one.c - ranks.h for a library that is built without MPI: one process,
 * with which nobody talks. */
#include "train/ranks/ranks.h"

#include <string.h>

int ae_ranks_join(int *rank, int *ranks, struct ae_err *e)
{
    (void)e;
    *rank = 0;
    *ranks = 1;
    return 0;
}

void ae_ranks_leave(void)
{
}

int ae_ranks_mine(void)
{
    return 0;
}

int ae_ranks_count(void)
{
    return 1;
}

int ae_ranks_launched(void)
{
    return 0;
}

void ae_ranks_broadcast(void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
}

void ae_ranks_gather(const void *mine, void *all, size_t bytes)
{
    memcpy(all, mine, bytes);
}

int ae_ranks_max(int mine)
{
    return mine;
}

void ae_ranks_trade(const struct ae_parcel *sent, int nsent,
                    const struct ae_parcel *received, int nreceived,
                    size_t bytes)
{
    (void)sent;
    (void)received;
    (void)bytes;
    assert(nsent == 0 && nreceived == 0);
}

void ae_ranks_collect(void *block, const size_t *at, size_t bytes)
{
    (void)block;
    (void)at;
    (void)bytes;
}

void ae_ranks_host(char name[AE_HOST_NAME])
{
    name[0] = '\0';
}
