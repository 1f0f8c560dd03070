/* self.c - see self.h. */
#include "train/data/self.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/level.h"

const char *const ae_self_names[] = {"none", "neighbours", "blind", "pairs",
                                     NULL};

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
    if (o->self == AE_SELF_NEIGHBOURS && o->early_stop)
        return ae_fail(e, AE_EARG,
                       "`early-stop` goes by the best score, but those of "
                       "`self` neighbours don't compare over a run");
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
    const size_t pixels = n * (size_t)b->shape.h * (size_t)b->shape.w;

    if (self == AE_SELF_BLIND && ae_min(b->shape.h, b->shape.w) < 2)
        return ae_fail(e, AE_EARG,
                       "`self` blind hides a pixel behind one beside it: "
                       "`patch` 2 at least");
    if (self == AE_SELF_BLIND) {
        b->weight = ae_alloc_aligned(pixels, sizeof(*b->weight), e);
        return b->weight ? 0 : AE_EMEM;
    }
    if (self != AE_SELF_NEIGHBOURS)
        return 0;
    b->whole = ae_alloc_aligned(4 * n * b->item, sizeof(*b->whole), e);
    b->pick = ae_alloc(pixels, sizeof(*b->pick), e);
    return b->whole && b->pick ? 0 : AE_EMEM;
}

static void draw_neighbours(const struct ae_sampler *s, struct ae_batch *b,
                            size_t at, struct ae_rng *rng)
{
    const size_t pixels = (size_t)s->h * (size_t)s->w;

    for (size_t p = 0; p < pixels; p++)
        b->pick[at * pixels + p] = (uint8_t)ae_rng_below(rng, 8);
    ae_neighbours_split(b->whole + at * 4 * b->item, b->pick + at * pixels,
                        b->shape, b->noisy + at * b->item,
                        b->clean + at * b->item);
}

/* A pixel within two of i along an axis of n, which isn't i where `other`. */
static int near(struct ae_rng *rng, int i, int n, int other)
{
    const int from = ae_max(i - 2, 0), to = ae_min(i + 2, n - 1);
    const int k = from + (int)ae_rng_below(rng, (uint32_t)(to - from + !other));

    return k + (other && k >= i);
}

/* Hides one pixel of each square: it becomes one of those around it, and it
 * alone counts. */
static void draw_blind(const struct ae_sampler *s, struct ae_batch *b,
                       size_t at, struct ae_rng *rng)
{
    enum { SQUARE = 8 }; /* as the paper: 64 of 64 x 64 */
    const int h = s->h, w = s->w;
    const size_t c = (size_t)s->c;
    float *weight = b->weight + at * (size_t)h * (size_t)w;
    const float *clean = b->clean + at * b->item;
    float *noisy = b->noisy + at * b->item;

    memcpy(noisy, clean, b->item * sizeof(*noisy));
    memset(weight, 0, (size_t)h * (size_t)w * sizeof(*weight));
    for (int top = 0; top < h; top += SQUARE)
        for (int left = 0; left < w; left += SQUARE) {
            const int y = top + (int)ae_rng_below(
                                    rng, (uint32_t)ae_min(SQUARE, h - top));
            const int x = left + (int)ae_rng_below(
                                     rng, (uint32_t)ae_min(SQUARE, w - left));
            const int v = near(rng, y, h, 0), u = near(rng, x, w, v == y);
            weight[y * w + x] = 1;
            memcpy(noisy + (size_t)(y * w + x) * c,
                   clean + (size_t)(v * w + u) * c, c * sizeof(*noisy));
        }
}

/* Another shot of the item's scene, which has two or more. */
static const struct ae_item *other_shot(const struct ae_sampler *s,
                                        const struct ae_item *it,
                                        struct ae_rng *rng)
{
    const struct ae_dataset *all = s->items;
    uint32_t shots = 0;

    for (size_t i = 0; i < all->count; i++)
        shots += all->item[i].group == it->group && &all->item[i] != it;
    uint32_t k = ae_rng_below(rng, shots);
    for (size_t i = 0;; i++)
        if (all->item[i].group == it->group && &all->item[i] != it && !k--)
            return &all->item[i];
}

int ae_self_draw(const struct ae_sampler *s, uint64_t k, struct ae_batch *b,
                 int i, struct ae_err *e)
{
    const int span = ae_self_span(s->self);
    const size_t at = (size_t)i, all = (size_t)(span * span) * b->item;
    const struct ae_item *it = ae_sampler_item(s, k);
    float *to = s->self == AE_SELF_NEIGHBOURS ? b->whole + at * all
                                              : b->clean + at * all;
    float *scratch = ae_alloc(all, sizeof(*scratch), e);
    struct ae_rng rng, same;

    if (!scratch)
        return AE_EMEM;
    ae_rng_init(&rng, ae_mix(s->seed, AE_DRAW_PATCH), k);
    same = rng;
    ae_augment_patch(s->ctx, it, s->augment, span * s->h, span * s->w, s->c,
                     &rng, to, scratch);
    ae_item_rest(it);
    ae_rng_init(&rng, ae_mix(s->seed, AE_DRAW_SELF), k);
    if (s->self == AE_SELF_NEIGHBOURS)
        draw_neighbours(s, b, at, &rng);
    else if (s->self == AE_SELF_BLIND)
        draw_blind(s, b, at, &rng);
    else {
        it = other_shot(s, it, &rng);
        ae_augment_patch(s->ctx, it, s->augment, s->h, s->w, s->c, &same,
                         b->noisy + at * all, scratch);
        ae_item_rest(it);
    }
    free(scratch);
    b->sigma[i] = AE_LEVEL_UNKNOWN;
    return 0;
}

/* ----------------------------------------------------------------- scenes */

/* Bytes of a path up to its last slash. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

/* By scene, and in a scene by the order of the data. */
static int by_scene(const void *a, const void *b)
{
    const struct ae_item *x = *(const struct ae_item *const *)a;
    const struct ae_item *y = *(const struct ae_item *const *)b;

    return x->group != y->group ? (x->group > y->group) - (x->group < y->group)
                                : (x > y) - (x < y);
}

static int check_sizes(const struct ae_item *a, const struct ae_item *b,
                       struct ae_err *e)
{
    if (a->h == b->h && a->w == b->w && a->c == b->c)
        return 0;
    return ae_fail(e, AE_EARG,
                   "`self` pairs: %s is %dx%dx%d, %s of the same folder "
                   "%dx%dx%d: shots of a scene have one size",
                   a->shown, a->w, a->h, a->c, b->shown, b->w, b->h, b->c);
}

static int check_scene(const struct ae_item *const *shot, size_t shots,
                       struct ae_err *e)
{
    if (shots < 2)
        return ae_fail(e, AE_EARG,
                       "`self` pairs: %s is the only shot in its folder: each "
                       "scene is a folder of two or more",
                       shot[0]->shown);
    for (size_t i = 1; i < shots; i++)
        AE_TRY(check_sizes(shot[0], shot[i], e));
    return 0;
}

static int check_scenes(const struct ae_item **shot, size_t n, struct ae_err *e)
{
    qsort(shot, n, sizeof(*shot), by_scene);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first; end < n && shot[end]->group == shot[first]->group;)
            end++;
        AE_TRY(check_scene(shot + first, end - first, e));
    }
    return 0;
}

int ae_self_scenes(struct ae_dataset *items, struct ae_err *e)
{
    const struct ae_item **shot = ae_alloc(items->count + 1, sizeof(*shot), e);

    if (!shot)
        return AE_EMEM;
    for (size_t i = 0; i < items->count; i++) {
        struct ae_item *it = &items->item[i];
        it->group = ae_hash(it->shown, folder_length(it->shown)) | 1;
        shot[i] = it;
    }
    const int rc = check_scenes(shot, items->count, e);
    free(shot);
    return rc;
}
