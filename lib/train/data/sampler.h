/* sampler.h - the examples of a run: which item, which patch of it, how turned
 * and with which noise.
 *
 * Draw k is a pure function of the sampler and k, so a run sees the same
 * batches for any number of threads and after a resume: with 1000 items,
 * draws 0 to 999 are all items once in a shuffled order, draws 1000 to 1999
 * again in another order. */
#ifndef AE_TRAIN_DATA_SAMPLER_H
#define AE_TRAIN_DATA_SAMPLER_H

#include "model/binarise.h"
#include "nn/graph/tensor.h"
#include "train/data/augment.h"

/* Streams of random numbers that must not meet. */
enum ae_draw_stream {
    AE_DRAW_ORDER = 1,
    AE_DRAW_PATCH,
    AE_DRAW_NOISE,
    AE_DRAW_BINARISE,
    AE_DRAW_LEVEL,
    AE_DRAW_SELF
};

struct ae_sampler {
    struct ae_ctx *ctx;
    const struct ae_dataset *items;
    uint32_t *slot; /* [slots] places of the items that are drawn from */
    uint32_t slots;
    int in_order;                 /* 1: draw k is slot k, without a shuffle */
    const struct ae_noise *noise; /* NULL: none */
    int h, w, c;                  /* of a draw; smaller than an item: a crop */
    enum ae_augment augment;
    enum ae_binarise binarise; /* before noise; data within 0..1 */
    double level_dropout;      /* share of draws whose level is hidden */
    enum ae_self self;         /* what stands for the clean version */
    /* noise ends clipped to 0..1 and rounded to this many steps; 0: as is */
    unsigned maxval;
    uint64_t seed;
};

enum ae_side { AE_SIDE_TRAIN, AE_SIDE_HELD_OUT, AE_SIDE_BOTH };
/* All but ctx, items and slots is zero afterwards, for the caller to set. */
int ae_sampler_init(struct ae_sampler *s, struct ae_ctx *ctx,
                    const struct ae_dataset *items, enum ae_side side,
                    struct ae_err *e);
void ae_sampler_release(struct ae_sampler *s);
/* The same draws without noise and turns; the slots are lent by s. */
struct ae_sampler ae_sampler_plain(const struct ae_sampler *s);
/* The item that draw k is made of. */
const struct ae_item *ae_sampler_item(const struct ae_sampler *s, uint64_t k);
/* Fills clean and noisy with h*w*c floats.  *sigma becomes the noise's root
 * mean square in units of 0..1, or AE_LEVEL_UNKNOWN. */
int ae_sampler_draw(const struct ae_sampler *s, uint64_t k, float *clean,
                    float *noisy, float *sigma, struct ae_err *e);

/* The level of noise as the net's input has it in draw k.  Level dropout hides
 * it in some draws, so that one net learns to clean with it and without. */
float ae_sampler_level(const struct ae_sampler *s, uint64_t k, double rms);

/* Draws side by side, which the threads of the pool share. */
struct ae_batch {
    int n;
    struct ae_shape shape; /* of one example, */
    size_t item;           /* which has so many floats */
    float *clean, *noisy;  /* [n][item]; clean: what is to come out */
    /* of neighbours: both pictures in one, [n][4 * item], and how it was cut,
     * [n][pixels]; else NULL */
    float *whole;
    uint8_t *pick;
    float *weight; /* of blind spots: of each pixel in the loss; else NULL */
    float *sigma;  /* [n] */
    int *class;    /* [n] of the items, 0 where none is known */
    struct ae_err *err; /* [n] */
};
int ae_batch_init(struct ae_batch *b, const struct ae_sampler *s, int n,
                  struct ae_err *e);
void ae_batch_release(struct ae_batch *b);
/* Draws first..first+n-1. */
int ae_batch_fill(struct ae_batch *b, const struct ae_sampler *s,
                  uint64_t first, struct ae_err *e);
/* Examples first..first+n-1 without their noise, and with it. */
struct ae_view ae_batch_clean(const struct ae_batch *b, int first, int n);
struct ae_view ae_batch_noisy(const struct ae_batch *b, int first, int n);

/* The weights of their pixels; data NULL: all weigh the same. */
struct ae_view ae_batch_weight(const struct ae_batch *b, int first, int n);

/* Where place i of 0..n-1 goes in a shuffle that needs no table. */
uint32_t ae_shuffle(uint64_t seed, uint32_t n, uint32_t i);

#endif
