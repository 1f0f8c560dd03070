/* sampler.c - draws, and batches of draws. */
#include "train/data/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/model.h"
#include "train/data/self.h"

int ae_sampler_init(struct ae_sampler *s, struct ae_ctx *ctx,
                    const struct ae_dataset *items, enum ae_side side,
                    struct ae_err *e)
{
    memset(s, 0, sizeof(*s));
    s->ctx = ctx;
    s->items = items;
    if (items->count > INT32_MAX)
        return ae_fail(e, AE_ELIMIT, "%zu examples are too many", items->count);
    if (!(s->slot = ae_alloc(items->count + 1, sizeof(*s->slot), e)))
        return AE_EMEM;
    for (size_t i = 0; i < items->count; i++)
        if (side == AE_SIDE_BOTH || items->item[i].held_out == (int)side)
            s->slot[s->slots++] = (uint32_t)i;
    return 0;
}

void ae_sampler_release(struct ae_sampler *s)
{
    free(s->slot);
    memset(s, 0, sizeof(*s));
}

/* A Feistel network over the next power of four, followed until it lands below
 * n (Black, Rogaway: Ciphers with arbitrary finite domains, 2002). */
uint32_t ae_shuffle(uint64_t seed, uint32_t n, uint32_t i)
{
    uint32_t half = 1;

    while ((uint64_t)1 << 2 * half < n)
        half++;
    const uint32_t mask = (1u << half) - 1;
    do {
        uint32_t a = i >> half, b = i & mask;
        for (uint64_t round = 0; round < 4; round++) {
            const uint32_t f = (uint32_t)ae_mix(ae_mix(seed, round), b) & mask;
            const uint32_t t = a ^ f;
            a = b;
            b = t;
        }
        i = a << half | b;
    } while (i >= n);
    return i;
}

struct ae_sampler ae_sampler_plain(const struct ae_sampler *s)
{
    struct ae_sampler plain = *s;

    plain.noise = NULL;
    plain.self = AE_SELF_NONE;
    plain.augment = AE_AUGMENT_NONE;
    return plain;
}

const struct ae_item *ae_sampler_item(const struct ae_sampler *s, uint64_t k)
{
    if (s->in_order)
        return &s->items->item[s->slot[k % s->slots]];
    const uint64_t order = ae_mix(s->seed, AE_DRAW_ORDER);
    const uint32_t at = ae_shuffle(ae_mix(order, k / s->slots), s->slots,
                                   (uint32_t)(k % s->slots));

    return &s->items->item[s->slot[at]];
}

/* The same crop and turn of the item's noisy version, by the same numbers. */
static int draw_noisy_version(const struct ae_sampler *s, struct ae_ctx *ctx,
                              const struct ae_item *twin, struct ae_rng *rng,
                              const float *clean, float *noisy, double *rms,
                              struct ae_err *e)
{
    const size_t n = (size_t)s->h * (size_t)s->w * (size_t)s->c;
    float *scratch = ae_alloc(n, sizeof(*scratch), e);
    double sum = 0;

    if (!scratch)
        return AE_EMEM;
    ae_augment_patch(ctx, twin, s->augment, s->h, s->w, s->c, rng, noisy,
                     scratch);
    free(scratch);
    for (size_t i = 0; i < n; i++) {
        const double d = (double)noisy[i] - clean[i];
        sum += d * d;
    }
    *rms = sqrt(sum / (double)n);
    return 0;
}

float ae_sampler_level(const struct ae_sampler *s, uint64_t k, double rms)
{
    struct ae_rng rng;

    ae_rng_init(&rng, ae_mix(s->seed, AE_DRAW_LEVEL), k);
    return ae_rng_uniform(&rng) < s->level_dropout ? AE_LEVEL_UNKNOWN
                                                   : (float)rms;
}

/* Adds the noise of draw k, to a gray patch the same in all channels. */
static int add_noise(const struct ae_sampler *s, struct ae_ctx *ctx, uint64_t k,
                     int gray, float *noisy, double *rms, struct ae_err *e)
{
    const size_t pixels = (size_t)s->h * (size_t)s->w, channels = (size_t)s->c;

    AE_TRY(ae_noise_apply(ctx, s->noise, noisy, s->w, s->h, gray ? 1 : s->c,
                          s->c, s->maxval, ae_mix(s->seed, AE_DRAW_NOISE), k,
                          rms, e));
    for (size_t i = 0; gray && i < pixels; i++)
        for (size_t c = 1; c < channels; c++)
            noisy[i * channels + c] = noisy[i * channels];
    return 0;
}

int ae_sampler_draw(const struct ae_sampler *s, uint64_t k, float *clean,
                    float *noisy, float *sigma, struct ae_err *e)
{
    const size_t values = (size_t)s->h * (size_t)s->w * (size_t)s->c;
    const struct ae_item *it = ae_sampler_item(s, k);
    struct ae_ctx ctx = *s->ctx;
    struct ae_rng rng;
    double rms = 0;

    ctx.pool = NULL; /* a draw is itself a task of the pool */
    ae_rng_init(&rng, ae_mix(s->seed, AE_DRAW_PATCH), k);
    struct ae_rng same = rng;
    const int gray = ae_augment_patch(&ctx, it, s->augment, s->h, s->w, s->c,
                                      &rng, clean, noisy);
    ae_binarise(s->binarise, ae_mix(s->seed, AE_DRAW_BINARISE), k, clean,
                values);
    memcpy(noisy, clean, values * sizeof(float));
    if (s->noise)
        AE_TRY(add_noise(s, &ctx, k, gray, noisy, &rms, e));
    if (it->noisy)
        AE_TRY(draw_noisy_version(s, &ctx, it->noisy, &same, clean, noisy, &rms,
                                  e));
    ae_item_rest(it);
    if (it->noisy)
        ae_item_rest(it->noisy);
    *sigma = ae_sampler_level(s, k, rms);
    return 0;
}

int ae_batch_init(struct ae_batch *b, const struct ae_sampler *s, int n,
                  struct ae_err *e)
{
    size_t all;

    *b = (struct ae_batch){.n = n, .shape = {s->h, s->w, s->c}};
    b->item = (size_t)s->h * (size_t)s->w * (size_t)s->c;
    if (ae_mul(b->item, (size_t)n, &all, e) < 0)
        return AE_ELIMIT;
    b->clean = ae_alloc_aligned(all, sizeof(float), e);
    b->noisy = ae_alloc_aligned(all, sizeof(float), e);
    b->sigma = ae_alloc((size_t)n, sizeof(float), e);
    b->class = ae_alloc((size_t)n, sizeof(*b->class), e);
    b->err = ae_alloc((size_t)n, sizeof(*b->err), e);
    if (!b->clean || !b->noisy || !b->sigma || !b->class || !b->err)
        return AE_EMEM;
    return s->self ? ae_self_batch_init(b, s->self, e) : 0;
}

void ae_batch_release(struct ae_batch *b)
{
    ae_free_aligned(b->clean);
    ae_free_aligned(b->noisy);
    ae_free_aligned(b->whole);
    free(b->pick);
    ae_free_aligned(b->weight);
    free(b->sigma);
    free(b->class);
    free(b->err);
    memset(b, 0, sizeof(*b));
}

struct fill {
    struct ae_batch *b;
    const struct ae_sampler *s;
    uint64_t first;
};

static void fill_task(void *arg, int i, int thread)
{
    const struct fill *f = arg;
    struct ae_batch *b = f->b;
    const size_t at = (size_t)i * b->item;

    (void)thread;
    b->err[i].code = 0;
    b->class[i] = ae_sampler_item(f->s, f->first + (uint64_t)i)->class;
    if (f->s->self)
        ae_self_draw(f->s, f->first + (uint64_t)i, b, i, &b->err[i]);
    else
        ae_sampler_draw(f->s, f->first + (uint64_t)i, b->clean + at,
                        b->noisy + at, &b->sigma[i], &b->err[i]);
}

int ae_batch_fill(struct ae_batch *b, const struct ae_sampler *s,
                  uint64_t first, struct ae_err *e)
{
    struct fill f = {b, s, first};

    ae_par_for(s->ctx->pool, b->n, fill_task, &f);
    for (int i = 0; i < b->n; i++)
        if (b->err[i].code < 0) {
            if (e)
                *e = b->err[i];
            return b->err[i].code;
        }
    return 0;
}

struct ae_view ae_batch_clean(const struct ae_batch *b, int first, int n)
{
    return ae_view_of(b->clean + (size_t)first * b->item, n, b->shape);
}

struct ae_view ae_batch_noisy(const struct ae_batch *b, int first, int n)
{
    return ae_view_of(b->noisy + (size_t)first * b->item, n, b->shape);
}

struct ae_view ae_batch_weight(const struct ae_batch *b, int first, int n)
{
    const struct ae_shape plane = {b->shape.h, b->shape.w, 1};
    const size_t pixels = (size_t)plane.h * (size_t)plane.w;

    return ae_view_of(b->weight ? b->weight + (size_t)first * pixels : NULL, n,
                      plane);
}
