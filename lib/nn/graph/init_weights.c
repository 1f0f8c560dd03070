/* init_weights.c - fresh weights: functions of (seed, the tensor's name), so
 * that a layer added elsewhere doesn't change those of others. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "nn/graph/graph.h"

static uint64_t stream_of(const struct ae_node *nd, const struct ae_param *p)
{
    return ae_mix(ae_hash(nd->name, strlen(nd->name)),
                  ae_hash(p->suffix, strlen(p->suffix)));
}

/* Normal, variance 2 / fan_in (He et al. 2015). */
static void he(float *w, const struct ae_param *p, uint64_t seed,
               uint64_t stream)
{
    float s = sqrtf(2.0f / (float)ae_max(p->fan_in, 1));

    ae_rng_normals(seed, stream, 0, w, p->count);
    for (size_t i = 0; i < p->count; i++)
        w[i] *= s;
}

/* Uniform, variance 2 / (fan_in + fan_out) (Glorot, Bengio 2010). */
static void xavier(float *w, const struct ae_param *p, uint64_t seed,
                   uint64_t stream)
{
    double a = sqrt(6.0 / ae_max(p->fan_in + p->fan_out, 1));
    struct ae_rng r;

    ae_rng_init(&r, seed, stream);
    for (size_t i = 0; i < p->count; i++)
        w[i] = (float)(a * (2 * ae_rng_uniform(&r) - 1));
}

static void fill(float *w, size_t n, float v)
{
    for (size_t i = 0; i < n; i++)
        w[i] = v;
}

void ae_graph_init(const struct ae_graph *g, float *weights, uint64_t seed)
{
    memset(weights, 0, g->weights * sizeof(*weights));
    for (int i = 0; i < g->count; i++)
        for (int k = 0; k < g->node[i].nparam; k++) {
            const struct ae_param *p = &g->node[i].param[k];
            float *w = weights + p->offset;
            uint64_t stream = stream_of(&g->node[i], p);
            switch (p->init) {
            case AE_INIT_ZERO:
                break;
            case AE_INIT_ONE:
                fill(w, p->count, 1);
                break;
            case AE_INIT_HE:
                he(w, p, seed, stream);
                break;
            case AE_INIT_XAVIER:
                xavier(w, p, seed, stream);
                break;
            }
        }
}
