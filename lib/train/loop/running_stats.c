/* running_stats.c - see running_stats.h. */
#include "train/loop/running_stats.h"

#include <stdlib.h>
#include <string.h>

/* Lists the spans, where there is a list, and returns their number and, in
 * *floats, their length. */
static int list_spans(const struct ae_graph *g, struct ae_running_span *span,
                      size_t *floats)
{
    int n = 0;

    *floats = 0;
    for (int i = 0; i < g->count; i++)
        for (int p = 0; p < g->node[i].nparam; p++) {
            const struct ae_param *q = &g->node[i].param[p];
            if (q->trainable || q->frozen)
                continue;
            if (span)
                span[n] = (struct ae_running_span){q->offset, q->count};
            *floats += q->count;
            n++;
        }
    return n;
}

int ae_running_stats_init(struct ae_running_stats *r, const struct ae_graph *g,
                          struct ae_err *e)
{
    size_t floats;

    r->spans = list_spans(g, NULL, &floats);
    r->span = ae_alloc((size_t)r->spans + 1, sizeof(*r->span), e);
    r->before = ae_alloc(floats + 1, sizeof(float), e);
    if (!r->span || !r->before)
        return AE_EMEM;
    list_spans(g, r->span, &floats);
    return 0;
}

void ae_running_stats_release(struct ae_running_stats *r)
{
    free(r->span);
    free(r->before);
    memset(r, 0, sizeof(*r));
}

void ae_running_stats_keep(struct ae_running_stats *r, const float *weights)
{
    float *to = r->before;

    for (int i = 0; i < r->spans; to += r->span[i++].n)
        memcpy(to, weights + r->span[i].at, r->span[i].n * sizeof(float));
}

void ae_running_stats_move(const struct ae_running_stats *r, float *weights,
                           float *grad)
{
    const float *from = r->before;

    for (int i = 0; i < r->spans; from += r->span[i++].n) {
        const struct ae_running_span *s = &r->span[i];
        memcpy(grad + s->at, weights + s->at, s->n * sizeof(float));
        memcpy(weights + s->at, from, s->n * sizeof(float));
    }
}

void ae_running_stats_take(const struct ae_running_stats *r, float *weights,
                           const float *sum, int shards)
{
    for (int i = 0; i < r->spans; i++)
        for (size_t k = 0; k < r->span[i].n; k++)
            weights[r->span[i].at + k] = sum[r->span[i].at + k] / (float)shards;
}
