/* posterior.c - see posterior.h. */
#include "train/loop/posterior.h"

#include <stdlib.h>
#include <string.h>

#include "nn/graph/graph.h"

#define ACTIVE 0.01 /* variance of a number's mean */

const char ae_posterior_collapsed[] =
    "the posterior has collapsed: no number of the code follows the input; try "
    "`kl-warmup` linear, `free-bits` 0.1, or a smaller `beta`";

int ae_posterior_init(struct ae_posterior *p, const struct ae_graph *g,
                      const struct ae_exec *x, struct ae_err *e)
{
    *p = (struct ae_posterior){0};
    for (int i = 0; i < g->count; i++)
        if (g->node[i].kind == &ae_layer_latent)
            p->count += ae_exec_stats(x, i)->count;
    p->divergence = ae_alloc(3 * (size_t)p->count + 1, sizeof(double), e);
    if (!p->divergence)
        return AE_EMEM;
    p->mean = p->divergence + p->count;
    p->square = p->mean + p->count;
    return 0;
}

void ae_posterior_release(struct ae_posterior *p)
{
    free(p->divergence);
    *p = (struct ae_posterior){0};
}

void ae_posterior_clear(struct ae_posterior *p)
{
    memset(p->divergence, 0, 3 * (size_t)p->count * sizeof(double));
}

void ae_posterior_add(struct ae_posterior *p, const struct ae_graph *g,
                      const struct ae_exec *x, double share)
{
    for (int i = 0, at = 0; p->count && i < g->count; i++) {
        const struct ae_code_stats *st = ae_exec_stats(x, i);
        if (g->node[i].kind != &ae_layer_latent)
            continue;
        for (int k = 0; k < st->count; k++, at++) {
            p->divergence[at] += share * st->divergence[k];
            p->mean[at] += share * st->mean[k];
            p->square[at] += share * st->square[k];
        }
    }
}

void ae_posterior_finish(struct ae_posterior *p)
{
    p->active = 0;
    p->total = 0;
    for (int i = 0; i < p->count; i++) {
        p->active += ae_posterior_active(p, i);
        p->total += p->divergence[i];
    }
}

int ae_posterior_active(const struct ae_posterior *p, int i)
{
    return p->square[i] - p->mean[i] * p->mean[i] > ACTIVE;
}
