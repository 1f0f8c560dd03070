/* mixture.c - a mixture's memory, draws and distances; fitting is em.c. */
#include "model/mixture.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

#define DRAWS UINT64_C(0x6d697874757265) /* a stream of its own */

int ae_mixture_new(int k, int d, struct ae_mixture **out, struct ae_err *e)
{
    const size_t kd = (size_t)k * (size_t)d;
    struct ae_mixture *m = ae_alloc(1, sizeof(*m), e);

    assert(k > 0 && k <= AE_MIXTURE_MOST && d > 0 && d <= AE_MIXTURE_DIMS);
    *out = m;
    if (!m)
        return AE_EMEM;
    m->k = k;
    m->d = d;
    m->weight = ae_alloc((size_t)k, sizeof(double), e);
    m->mean = ae_alloc(kd, sizeof(double), e);
    m->chol = ae_alloc(kd, (size_t)d * sizeof(double), e);
    if (m->weight && m->mean && m->chol)
        return 0;
    ae_mixture_free(m);
    *out = NULL;
    return AE_EMEM;
}

void ae_mixture_free(struct ae_mixture *m)
{
    if (!m)
        return;
    free(m->weight);
    free(m->mean);
    free(m->chol);
    free(m);
}

/* Picks the component of a uniform u; the last one has what rounding left of
 * the weights' sum. */
static int pick_component(const struct ae_mixture *m, double u)
{
    int i = 0;

    for (; i < m->k - 1 && u >= m->weight[i]; i++)
        u -= m->weight[i];
    return i;
}

void ae_mixture_draw(const struct ae_mixture *m, uint64_t seed, uint64_t index,
                     double temperature, const float *centre, float *z)
{
    struct ae_rng r;
    double eps[AE_MIXTURE_DIMS];

    ae_rng_init(&r, ae_mix(seed, DRAWS), index);
    const int i = pick_component(m, ae_rng_uniform(&r));
    const double *mean = m->mean + (size_t)i * (size_t)m->d;
    const double *row = m->chol + (size_t)i * (size_t)m->d * (size_t)m->d;
    for (int a = 0; a < m->d; a++, row += m->d) {
        double sum = 0;
        eps[a] = ae_rng_normal(&r);
        for (int b = 0; b <= a; b++)
            sum += row[b] * eps[b];
        z[a] = (float)((centre ? (double)centre[a] : mean[a]) +
                       temperature * sum);
    }
}

/* In plain loops: the products of linalg.h would sum in another order for
 * another number of codes, and a score must not depend on its neighbours. */
double ae_mixture_distance(const struct ae_mixture *m, int i, const float *z,
                           double *room)
{
    const double *mean = m->mean + (size_t)i * (size_t)m->d;
    const double *row = m->chol + (size_t)i * (size_t)m->d * (size_t)m->d;
    double square = 0;

    for (int a = 0; a < m->d; a++, row += m->d) {
        double sum = (double)z[a] - mean[a];
        for (int b = 0; b < a; b++)
            sum -= row[b] * room[b];
        room[a] = sum / row[a];
        square += room[a] * room[a];
    }
    return sqrt(square);
}
