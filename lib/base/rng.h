/* rng.h - counter-based random numbers: a draw is a pure function of
 * (seed, stream, index), so threads, shards and resumed runs all see the
 * same numbers.  Philox4x32-10 (Salmon et al. 2011). */
#ifndef AE_BASE_RNG_H
#define AE_BASE_RNG_H

#include "base/base.h"

/* Four 32-bit words for one counter. */
void ae_rng_block(uint64_t seed, uint64_t stream, uint64_t index,
                  uint32_t out[4]);
/* A walk along one stream. */
struct ae_rng {
    uint64_t seed, stream, index;
    uint32_t word[4];
    int left;
};
void ae_rng_init(struct ae_rng *r, uint64_t seed, uint64_t stream);
uint32_t ae_rng_u32(struct ae_rng *r);
uint64_t ae_rng_u64(struct ae_rng *r);
double ae_rng_uniform(struct ae_rng *r);             /* [0, 1) */
uint32_t ae_rng_below(struct ae_rng *r, uint32_t n); /* [0, n), unbiased */
double ae_rng_normal(struct ae_rng *r);
double ae_rng_poisson(struct ae_rng *r, double mean);
/* n standard normals for indices first..first+n-1 of a stream, fast; the
 * value at an index doesn't depend on where a run begins (first is even). */
void ae_rng_normals(uint64_t seed, uint64_t stream, uint64_t first, float *out,
                    size_t n);
/* Hash for seeds and splits: 64 bits of a byte string (FNV-1a, mixed). */
uint64_t ae_hash(const void *bytes, size_t n);
uint64_t ae_mix(uint64_t a, uint64_t b);

#endif
