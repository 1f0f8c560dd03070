/* sampler.c - random and quasi-random points; TPE's are in tpe.c. */
#include "tune/sampler.h"

#include "base/rng.h"
#include "tune/sobol.h"

enum {
    STREAM_POINTS = 1,
    STREAM_SHIFT = 2,
    LEARNED = 8 /* points that TPE needs; until then it takes Sobol's */
};

static void sample_random(int d, uint64_t seed, uint32_t index, double *u)
{
    struct ae_rng r;

    ae_rng_init(&r, ae_mix(seed, STREAM_POINTS), index);
    for (int i = 0; i < d; i++)
        u[i] = ae_rng_uniform(&r);
}

static void sample_sobol(int d, uint64_t seed, uint32_t index, double *u)
{
    struct ae_rng r;

    ae_rng_init(&r, ae_mix(seed, STREAM_SHIFT), 0);
    for (int i = 0; i < d; i++)
        u[i] = ae_sobol(i, index, ae_rng_u32(&r));
}

int ae_sample(const struct ae_space *s, int search, uint64_t seed,
              uint32_t index, const struct ae_tried *tried, double *u,
              struct ae_err *e)
{
    if (search == AE_SEARCH_TPE && tried->n >= LEARNED)
        return ae_tpe_sample(s, seed, index, tried, u, e);
    if (search == AE_SEARCH_RANDOM)
        sample_random(s->count, seed, index, u);
    else
        sample_sobol(s->count, seed, index, u);
    return 0;
}
