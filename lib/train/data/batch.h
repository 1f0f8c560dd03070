/* batch.h - draws: which example, which patch of it, turned how, with which
 * noise.
 *
 * Draw k is a pure function of the sampler and k, so a run gives the same
 * batches for any number of threads and after a resume.  The examples of a
 * batch are prepared side by side in the pool. */
#ifndef AE_TRAIN_DATA_BATCH_H
#define AE_TRAIN_DATA_BATCH_H

#include "data/dataset.h"
#include "model/binarise.h"

extern const char *const ae_augment_names[];

struct ae_sampler {
    struct ae_ctx *ctx;
    const struct ae_dataset *items;
    uint32_t *slot; /* the items of this side */
    uint32_t slots;
    const struct ae_noise *noise; /* NULL: none */
    int h, w, c;                  /* of a draw; smaller than an item: a crop */
    enum ae_augment augment;
    enum ae_binarise binarise; /* before noise; data within 0..1 */
    double level_dropout;      /* share of draws whose level is unknown */
    unsigned maxval;           /* noisy ends clipped, rounded; 0: no */
    uint64_t seed;
};

/* held: 1 the held-out side, 0 the other, -1 all. */
int ae_sampler_init(struct ae_sampler *s, struct ae_ctx *ctx,
                    const struct ae_dataset *items, int held, struct ae_err *e);
void ae_sampler_release(struct ae_sampler *s);
/* clean, noisy: h*w*c floats. *sigma: rms of the noise in 0..1 units, or
 * AE_LEVEL_UNKNOWN. */
int ae_sampler_draw(const struct ae_sampler *s, uint64_t k, float *clean,
                    float *noisy, float *sigma, struct ae_err *e);

struct ae_batch {
    int n;
    size_t item;          /* floats of one example */
    float *clean, *noisy; /* [n][item] */
    float *sigma;         /* [n] */
    int *class;           /* [n] of the items, 0 where none is known */
    struct ae_err *err;   /* [n] */
};
int ae_batch_init(struct ae_batch *b, const struct ae_sampler *s, int n,
                  struct ae_err *e);
void ae_batch_release(struct ae_batch *b);
/* Draws first..first+n-1. */
int ae_batch_fill(struct ae_batch *b, const struct ae_sampler *s,
                  uint64_t first, struct ae_err *e);

/* A shuffle of 0..n-1 without a table: where `i` goes. */
uint32_t ae_shuffle(uint64_t seed, uint32_t n, uint32_t i);

#endif
