/* self_noise.c - whether the noise of neighbouring pixels is independent, as
 * neighbours and blind spots ask.
 *
 * A curved surface is taken off small blocks at random places.  What is left
 * of a picture's smoothest ones, a tenth of all, is nearly noise alone, and how
 * alike neighbours are in it is compared with what the surface would have left
 * of white noise.  Where the picture has no smooth part the answer is a little
 * too high (0.1 in textures at sigma 2), and where noise is alike over several
 * pixels the surface takes some of it along, so that it is too low. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "train/data/self.h"

enum {
    PICTURES = 32, /* that are looked at, at most */
    BLOCKS = 1024, /* of a picture ... */
    SMOOTH = 10,   /* ... of which one in so many counts */
    SIDE = 8,      /* pixels of a block */
    PIXELS = SIDE * SIDE,
    PAIRS = SIDE * (SIDE - 1), /* of neighbours, along an axis */
    DEGREE = 2,                /* of the surface */
    TERMS = 6                  /* x^i y^j up to it */
};

/* Noise that is more alike is named.  Of photographs with white noise of sigma
 * 5 to 50 the median is 0.0 to 0.1; of that noise blurred by half a pixel it is
 * 0.17. */
static const double LIKE = 0.15;

/* Of white noise of variance 1 the surface leaves this as the sum of products
 * of a block's neighbours, along an axis: minus the trace of the projection,
 * shifted by a pixel. */
static const double LEFT = -4.25;

/* The orthogonal polynomials on eight places (Gram), and their squares' sum. */
static const struct {
    float at[SIDE], squares;
} poly[DEGREE + 1] = {
    {{1, 1, 1, 1, 1, 1, 1, 1}, 8},
    {{-7, -5, -3, -1, 1, 3, 5, 7}, 168},
    {{7, 1, -3, -5, -5, -3, 1, 7}, 168},
};

struct block {
    double squares, across, down; /* sums, over all channels */
};

/* Takes the part of the surface that is poly[i] down, poly[j] across, off one
 * channel of c. */
static void take_off(float *p, int c, int i, int j)
{
    float sum = 0;

    for (int k = 0; k < PIXELS; k++)
        sum += p[k * c] * poly[i].at[k / SIDE] * poly[j].at[k % SIDE];
    sum /= poly[i].squares * poly[j].squares;
    for (int k = 0; k < PIXELS; k++)
        p[k * c] -= sum * poly[i].at[k / SIDE] * poly[j].at[k % SIDE];
}

/* Adds what one channel of c has besides a surface: nothing at all where it is
 * flat, without errors of rounding. */
static void add_channel(struct block *b, float *p, int c)
{
    const float base = p[0];

    for (int k = 0; k < PIXELS; k++)
        p[k * c] -= base;
    for (int i = 0; i <= DEGREE; i++)
        for (int j = 0; i + j <= DEGREE; j++)
            take_off(p, c, i, j);
    for (int k = 0; k < PIXELS; k++) {
        const double v = (double)p[k * c];
        b->squares += v * v;
        if (k % SIDE)
            b->across += v * (double)p[(k - 1) * c];
        if (k >= SIDE)
            b->down += v * (double)p[(k - SIDE) * c];
    }
}

static int by_squares(const void *a, const void *b)
{
    const double x = ((const struct block *)a)->squares;
    const double y = ((const struct block *)b)->squares;

    return (x > y) - (x < y);
}

/* How alike neighbours are in the smoothest of n blocks: 0 where they are
 * independent. */
static double likeness(struct block *block, int n)
{
    struct block sum = {0};

    qsort(block, (size_t)n, sizeof(*block), by_squares);
    for (int i = 0; i < ae_max(1, n / SMOOTH); i++) {
        sum.squares += block[i].squares;
        sum.across += block[i].across;
        sum.down += block[i].down;
    }
    const double variance = sum.squares / (PIXELS - TERMS);
    return fmax(fabs(sum.across / variance - LEFT),
                fabs(sum.down / variance - LEFT)) /
           PAIRS;
}

/* Of one picture, by the blocks that aren't flat altogether; -1: there are too
 * few of them. */
static double picture_likeness(const struct ae_ctx *ctx,
                               const struct ae_item *it, struct ae_rng *rng,
                               struct block *block, float *p)
{
    int n = 0;

    if (ae_min(it->h, it->w) < SIDE)
        return -1;
    for (int i = 0; i < BLOCKS; i++) {
        struct block b = {0};
        ae_augment_patch(ctx, it, AE_AUGMENT_NONE, SIDE, SIDE, it->c, rng, p,
                         p + PIXELS * it->c);
        for (int c = 0; c < it->c; c++)
            add_channel(&b, p + c, it->c);
        if (b.squares > 0)
            block[n++] = b;
    }
    ae_item_rest(it);
    return n < BLOCKS / 4 ? -1 : likeness(block, n);
}

/* The median of pictures all over the data set; 0 where none tells. */
static double find_likeness(const struct ae_ctx *ctx,
                            const struct ae_dataset *items, struct block *block,
                            float *p)
{
    const size_t looked = items->count < PICTURES ? items->count : PICTURES;
    double found[PICTURES];
    struct ae_rng rng;
    size_t n = 0;

    ae_rng_init(&rng, 0, 0);
    for (size_t i = 0; i < looked; i++) {
        const struct ae_item *it = &items->item[i * items->count / looked];
        found[n] = picture_likeness(ctx, it, &rng, block, p);
        n += found[n] >= 0;
    }
    qsort(found, n, sizeof(*found), ae_by_double);
    return n ? found[n / 2] : 0;
}

int ae_self_likeness(const struct ae_ctx *ctx, const struct ae_dataset *items,
                     double *out, struct ae_err *e)
{
    int channels = 1;

    for (size_t i = 0; i < items->count; i++)
        channels = ae_max(channels, items->item[i].c);
    struct block *block = ae_alloc(BLOCKS, sizeof(*block), e);
    float *p = ae_alloc(2 * PIXELS * (size_t)channels, sizeof(*p), e);
    const int rc = block && p ? 0 : AE_EMEM;

    if (!rc)
        *out = find_likeness(ctx, items, block, p);
    free(p);
    free(block);
    return rc;
}

int ae_self_note(const struct ae_ctx *ctx, enum ae_self self,
                 const struct ae_dataset *items, struct ae_err *e)
{
    double like = 0;

    if (self != AE_SELF_NEIGHBOURS && self != AE_SELF_BLIND)
        return 0;
    AE_TRY(ae_self_likeness(ctx, items, &like, e));
    if (like > LIKE)
        ae_log(ctx, AE_LOG_NOTE,
               "the noise of neighbouring pixels looks correlated (%.2f; 0 if "
               "independent), which `self` %s learns as part of the picture; "
               "shots of one scene (`self` pairs) don't ask for that",
               like, ae_self_names[self]);
    return 0;
}
