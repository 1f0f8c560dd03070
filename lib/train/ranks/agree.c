/* agree.c - see agree.h. */
#include "train/ranks/agree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kernel/kernel.h"
#include "train/ranks/ranks.h"

enum { NAME = 32 /* bytes of a version or of kernels */ };

/* ----------------------------------------------------------------- errors */

struct report {
    struct ae_err err;
    char host[AE_HOST_NAME];
};

/* Of `all`, which hold a failure: the first one, with the rank's name unless
 * all say the same. */
static int first_failure(const struct report *all, struct ae_err *e)
{
    int first = 0, alike = 1;

    while (all[first].err.code >= 0)
        first++;
    for (int r = 0; r < ae_ranks_count(); r++)
        alike &= strcmp(all[r].err.msg, all[first].err.msg) == 0;
    const struct report *p = &all[first];
    ae_fail(e, p->err.code, "%s", p->err.msg);
    return alike ? p->err.code
                 : ae_err_at(e, p->err.code, "rank %d (%s)", first, p->host);
}

int ae_ranks_agree(int rc, struct ae_err *e)
{
    struct report mine = {.err = {.code = 0}};
    struct ae_err unused;

    if (ae_ranks_count() == 1 || ae_ranks_max(rc < 0) == 0)
        return rc;
    if (rc < 0 && e)
        mine.err = *e;
    mine.err.code = rc;
    ae_ranks_host(mine.host);
    struct report *all = ae_alloc((size_t)ae_ranks_count(), sizeof(*all), NULL);
    if (ae_ranks_max(!all)) {
        free(all);
        return ae_fail(e, AE_EMEM, "out of memory");
    }
    assert(all); /* as no rank lacks it */
    ae_ranks_gather(&mine, all, sizeof(mine));
    rc = first_failure(all, e ? e : &unused);
    free(all);
    return rc;
}

/* ------------------------------------------------------ versions, kernels */

int ae_ranks_check_version(struct ae_err *e)
{
    char first[NAME] = "";
    int rc = 0;

    strncpy(first, ae_version(), NAME - 1);
    ae_ranks_broadcast(first, sizeof(first));
    if (strcmp(first, ae_version()) != 0)
        rc = ae_fail(e, AE_EARG, "ae is version %s there, %s on rank 0",
                     ae_version(), first);
    return ae_ranks_agree(rc, e);
}

/* The poorest of the names that the ranks give. */
static void find_poorest(char name[NAME], int *rank)
{
    const int mine = ae_kernels_order(name);
    const int most = ae_ranks_max(-mine); /* minus the least */

    *rank = ae_ranks_count() - 1 -
            ae_ranks_max(mine == -most ? ae_ranks_count() - 1 - ae_ranks_mine()
                                       : 0);
    const char *word = ae_kernels_word(-most);
    memset(name, 0, NAME);
    strncpy(name, word, NAME - 1);
}

void ae_ranks_choose_kernels(struct ae_ctx *ctx, const char *before)
{
    char name[NAME] = "";
    int rank;

    strncpy(name, ctx->k->name, NAME - 1);
    find_poorest(name, &rank);
    if (strcmp(name, ctx->k->name) != 0)
        ae_log(ctx, AE_LOG_NOTE, "the %s kernels of rank %d serve all ranks",
               name, rank);
    if (*before && strcmp(before, name) != 0) {
        const int poorer = ae_kernels_order(before) < ae_kernels_order(name);
        ae_log(ctx, AE_LOG_NOTE,
               poorer ? "the run began with %s kernels, and goes on with them"
                      : "the run began with %s kernels, which aren't to be had "
                        "here: last bits will differ",
               before);
        if (poorer)
            strncpy(name, before, NAME - 1);
    }
    /* those of another make of processor, too, have plain C */
    const struct ae_kernels *k = ae_kernels_by_name(name);
    if (ae_ranks_max(!k))
        k = ae_kernels_by_name("c");
    ctx->k = k;
}

/* --------------------------------------------------------- model and data */

int ae_ranks_same(uint64_t number, const char *what, struct ae_err *e)
{
    uint64_t first = number;
    int rc = 0;

    ae_ranks_broadcast(&first, sizeof(first));
    if (first != number)
        rc = ae_fail(e, AE_EARG, "%s there than on rank 0", what);
    return ae_ranks_agree(rc, e);
}

/* Finds the first item that isn't rank 0's, whose digests are `all`. */
static int compare_items(const struct ae_dataset *items, const uint64_t *all,
                         uint64_t count, struct ae_err *e)
{
    for (size_t i = 0; i < items->count && i < count; i++)
        if (ae_item_digest(0, &items->item[i]) != all[i])
            return ae_fail(e, AE_EARG,
                           "example %s isn't what rank 0 has in its place",
                           items->item[i].shown);
    if (items->count == count)
        return 0;
    return ae_fail(e, AE_EARG, "%zu examples there, %llu on rank 0",
                   items->count, (unsigned long long)count);
}

int ae_ranks_same_items(const struct ae_dataset *items, struct ae_err *e)
{
    uint64_t mine, first, count = items->count;

    if (ae_ranks_count() == 1)
        return 0;
    mine = first = ae_dataset_digest(items);
    ae_ranks_broadcast(&first, sizeof(first));
    if (ae_ranks_max(first != mine) == 0)
        return 0;
    ae_ranks_broadcast(&count, sizeof(count));
    uint64_t *all = ae_alloc((size_t)count + 1, sizeof(*all), e);
    AE_TRY(ae_ranks_agree(all ? 0 : AE_EMEM, e));
    for (size_t i = 0; ae_ranks_mine() == 0 && i < items->count; i++)
        all[i] = ae_item_digest(0, &items->item[i]);
    ae_ranks_broadcast(all, (size_t)count * sizeof(*all));
    int rc = first != mine ? compare_items(items, all, count, e) : 0;
    free(all);
    return ae_ranks_agree(rc, e);
}
