/* ranks.h - the processes that train one model together.
 *
 * Exactly one file is built: ranks_mpi.c, the only one that knows MPI, or
 * ranks_one.c, for which there is one process.  All functions but those that
 * say who this is are collective: every rank calls them in the same order.
 * Only whole blocks travel; nothing is added on the way, so no sum depends on
 * the number of ranks.
 */
#ifndef AE_TRAIN_RANKS_RANKS_H
#define AE_TRAIN_RANKS_RANKS_H

#include "ae_ranks.h"
#include "base/base.h"

enum { AE_HOST_NAME = 64 };

int ae_ranks_mine(void); /* 0 .. ae_ranks_count() - 1 */
int ae_ranks_count(void);
/* 1: they were started together, even where there is one. */
int ae_ranks_launched(void);

/* Rank 0's bytes come to all. */
void ae_ranks_broadcast(void *data, size_t bytes);
/* all[ae_ranks_count()][bytes] becomes what each rank gives. */
void ae_ranks_gather(const void *mine, void *all, size_t bytes);
/* The largest of what the ranks give. */
int ae_ranks_max(int mine);

/* A run of numbers that goes to a rank or comes from it. */
struct ae_parcel {
    int rank;
    void *data;
    size_t n;
};
/* Between two ranks parcels arrive in the order in which they are sent.  A
 * number has 2 or 4 bytes. */
void ae_ranks_trade(const struct ae_parcel *sent, int nsent,
                    const struct ae_parcel *received, int nreceived,
                    size_t bytes);
/* Rank r has numbers at[r] .. at[r + 1] - 1 of the block; all get all. */
void ae_ranks_collect(void *block, const size_t *at, size_t bytes);
/* The name of this rank's host. */
void ae_ranks_host(char name[AE_HOST_NAME]);

#endif
