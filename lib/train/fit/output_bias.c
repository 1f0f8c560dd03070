/* output_bias.c - where a fresh net's output begins: the mean of the data.
 *
 * Knows of the output's node only that its last parameter is its bias. */
#include "train/fit/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "nn/graph/row_tasks.h"

enum { ITEMS = 1024, BATCH = 64 };
#define LEAST 0.02 /* of a mean: beyond it a sigmoid is flat */

/* The node whose sigmoid makes the output, or NULL. */
static const struct ae_node *find_sigmoid(const struct ae_graph *g)
{
    const struct ae_node *nd = &g->node[g->output[0]];

    while (strcmp(nd->kind->name, "reshape") == 0)
        nd = &g->node[nd->in[0]];
    return ae_node_int(nd, "act") == AE_ACT_SIGMOID && nd->nparam == 2 ? nd
                                                                       : NULL;
}

/* Value j of an item is made by unit j % units: channels are contiguous. */
static int add_means(const struct ae_sampler *s, double *sum, size_t units,
                     struct ae_err *e)
{
    const uint64_t items = s->slots < ITEMS ? s->slots : ITEMS;
    struct ae_sampler clean = *s;
    struct ae_batch b;
    int rc = ae_batch_init(&b, s, BATCH, e);

    clean.noise = NULL;
    for (uint64_t i = 0; rc >= 0 && i < items; i += BATCH) {
        const size_t n = items - i < BATCH ? (size_t)(items - i) : BATCH;
        rc = ae_batch_fill(&b, &clean, i, e);
        const double share = (double)units / ((double)items * (double)b.item);
        for (size_t j = 0; rc >= 0 && j < n * b.item; j++)
            sum[j % units] += share * (double)b.clean[j];
    }
    ae_batch_release(&b);
    return rc;
}

int ae_init_output_bias(const struct ae_sampler *s, const struct ae_graph *g,
                        float *weights, struct ae_err *e)
{
    const struct ae_node *nd = find_sigmoid(g);

    if (!nd)
        return 0;
    const struct ae_param *bias = &nd->param[1];
    double *mean = ae_alloc(bias->count, sizeof(*mean), e);
    if (!mean)
        return AE_EMEM;
    const int rc = add_means(s, mean, bias->count, e);
    for (size_t k = 0; rc >= 0 && k < bias->count; k++) {
        const double m = fmin(fmax(mean[k], LEAST), 1 - LEAST);
        weights[bias->offset + k] = (float)log(m / (1 - m));
    }
    free(mean);
    return rc;
}
