/* output_bias.c - see output_bias.h.
 *
 * Knows of the output's node only that its last parameter is its bias. */
#include "train/loop/output_bias.h"

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

/* Value j of an item comes of unit j % units: channels are contiguous. */
static int add_means(const struct ae_sampler *from, double *sum, size_t units,
                     struct ae_err *e)
{
    const uint64_t items = from->slots < ITEMS ? from->slots : ITEMS;
    struct ae_sampler plain = *from;
    struct ae_batch b;
    int r = ae_batch_init(&b, from, BATCH, e);

    plain.noise = NULL; /* the mean is of the clean ones */
    for (uint64_t i = 0; r >= 0 && i < items; i += BATCH) {
        const size_t n = items - i < BATCH ? (size_t)(items - i) : BATCH;
        r = ae_batch_fill(&b, &plain, i, e);
        const double share = (double)units / ((double)items * (double)b.item);
        for (size_t j = 0; r >= 0 && j < n * b.item; j++)
            sum[j % units] += share * (double)b.clean[j];
    }
    ae_batch_release(&b);
    return r;
}

int ae_init_output_bias(const struct ae_sampler *from, const struct ae_graph *g,
                        float *weights, struct ae_err *e)
{
    const struct ae_node *nd = find_sigmoid(g);

    if (!nd)
        return 0;
    const struct ae_param *bias = &nd->param[1];
    double *mean = ae_alloc(bias->count, sizeof(*mean), e);
    if (!mean)
        return AE_EMEM;
    const int r = add_means(from, mean, bias->count, e);
    for (size_t k = 0; r >= 0 && k < bias->count; k++) {
        const double m = fmin(fmax(mean[k], LEAST), 1 - LEAST);
        weights[bias->offset + k] = (float)log(m / (1 - m));
    }
    free(mean);
    return r;
}
