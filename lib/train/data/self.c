/* self.c - see self.h. */
#include "train/data/self.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/level.h"

const char *const ae_self_names[] = {"none", "neighbours", NULL};

int ae_self_check(const struct ae_train_options *o, struct ae_err *e)
{
    if (!o->self)
        return 0;
    if (o->noise || o->noisy)
        return ae_fail(e, AE_EARG,
                       "`self` learns from the noise that the pictures have: "
                       "it goes without `noise` and `noisy`");
    if (o->augment == AE_AUGMENT_PHOTO)
        return ae_fail(e, AE_EARG,
                       "`augment` photo makes smaller and gray pictures, which "
                       "have other noise: with `self`, turns or none");
    if (o->binarise || o->dump_data)
        return ae_fail(e, AE_EARG, "`self` goes without `%s`",
                       o->binarise ? "binarise" : "dump-data");
    if (o->select.labels)
        return ae_fail(e, AE_EARG,
                       "`self` learns to clean pictures, whose classes don't "
                       "matter: leave `labels` out");
    return 0;
}

int ae_self_span(enum ae_self self)
{
    return self == AE_SELF_NEIGHBOURS ? 2 : 1;
}

/* The places in a square, 0 1 above 2 3, that the two pictures take. */
static const uint8_t ways[8][2] = {{0, 1}, {1, 0}, {0, 2}, {2, 0},
                                   {1, 3}, {3, 1}, {2, 3}, {3, 2}};

void ae_neighbours_split(const float *whole, const uint8_t *pick,
                         struct ae_shape half, float *a, float *b)
{
    const size_t c = (size_t)half.c, row = 2 * (size_t)half.w * c;

    for (int y = 0; y < half.h; y++, whole += 2 * row)
        for (int x = 0; x < half.w; x++, a += c, b += c) {
            const uint8_t *way = ways[*pick++];
            const float *at = whole + 2 * (size_t)x * c;
            memcpy(a, at + (way[0] / 2) * row + (way[0] % 2) * c,
                   c * sizeof(*a));
            memcpy(b, at + (way[1] / 2) * row + (way[1] % 2) * c,
                   c * sizeof(*b));
        }
}

int ae_self_batch_init(struct ae_batch *b, enum ae_self self, struct ae_err *e)
{
    const size_t n = (size_t)b->n;

    if (self != AE_SELF_NEIGHBOURS)
        return 0;
    b->whole = ae_alloc_aligned(4 * n * b->item, sizeof(*b->whole), e);
    b->pick = ae_alloc(n * (size_t)b->shape.h * (size_t)b->shape.w,
                       sizeof(*b->pick), e);
    return b->whole && b->pick ? 0 : AE_EMEM;
}

int ae_self_draw(const struct ae_sampler *s, uint64_t k, struct ae_batch *b,
                 int i, struct ae_err *e)
{
    const size_t pixels = (size_t)s->h * (size_t)s->w, at = (size_t)i;
    float *whole = b->whole + at * 4 * b->item;
    float *scratch = ae_alloc(4 * b->item, sizeof(*scratch), e);
    struct ae_rng rng;

    if (!scratch)
        return AE_EMEM;
    ae_rng_init(&rng, ae_mix(s->seed, AE_DRAW_PATCH), k);
    ae_augment_patch(s->ctx, ae_sampler_item(s, k), s->augment, 2 * s->h,
                     2 * s->w, s->c, &rng, whole, scratch);
    free(scratch);
    ae_rng_init(&rng, ae_mix(s->seed, AE_DRAW_SELF), k);
    for (size_t p = 0; p < pixels; p++)
        b->pick[at * pixels + p] = (uint8_t)ae_rng_below(&rng, 8);
    ae_neighbours_split(whole, b->pick + at * pixels, b->shape,
                        b->noisy + at * b->item, b->clean + at * b->item);
    b->sigma[i] = AE_LEVEL_UNKNOWN;
    return 0;
}
