/* pairs.c - noisy versions of the items, found beside them rather than made.
 *
 * Each clean item gets its noisy twin before any is dropped or held out, so
 * both always share one fate. */
#include "train/data/pairs.h"

#include <string.h>

#include "base/err.h"

static int check_options(const struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_train_options *o = &t->o;

    if (o->noise)
        return ae_fail(e, AE_EARG, "`noise` and `noisy` exclude each other");
    if (o->rows || o->only)
        return ae_fail(e, AE_EARG,
                       "`noisy` takes data whole, without `rows` and `only`");
    if (o->augment == AE_AUGMENT_PHOTO)
        return ae_fail(e, AE_EARG,
                       "`augment` photo draws noise of its own: with `noisy`, "
                       "turns or none");
    if (t->prep.scale == AE_SCALE_WINDOW)
        return ae_fail(e, AE_EARG,
                       "`scale` window would scale the two of a pair "
                       "differently");
    if (t->val_items.count)
        return ae_fail(e, AE_EARG, "with `noisy`, `val` is a share");
    return 0;
}

/* One left out would leave all behind it with the wrong twin. */
static int check_whole(const struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_source_stats *a = &t->items.stats,
                                 *b = &t->noisy_items.stats;

    if (a->unreadable || b->unreadable || a->small != b->small)
        return ae_fail(e, AE_EARG,
                       "some files were left out, so who belongs to whom is "
                       "unknown: take them away on both sides");
    if (t->items.count != t->noisy_items.count)
        return ae_fail(e, AE_EARG,
                       "`noisy`: %zu items, the clean ones are %zu: one each "
                       "is needed, in the same order",
                       t->noisy_items.count, t->items.count);
    return 0;
}

static int check_pair(const struct ae_item *a, const struct ae_item *b,
                      int named, struct ae_err *e)
{
    if (named && strcmp(a->name, b->name) != 0)
        return ae_fail(e, AE_EARG, "`noisy`: %s has the place of %s", b->name,
                       a->name);
    if (a->h != b->h || a->w != b->w || a->c != b->c)
        return ae_fail(e, AE_EARG,
                       "`noisy`: %s is %dx%dx%d, the clean %s %dx%dx%d",
                       b->name, b->w, b->h, b->c, a->name, a->w, a->h, a->c);
    return 0;
}

int ae_pairs_read(struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_source_options so = {.min_side = ae_max(t->o.patch, 1),
                                         .columns = t->o.columns,
                                         .label_column = t->o.label_column,
                                         .stop = t->o.stop};
    struct ae_dataset *clean = &t->items, *noisy = &t->noisy_items;

    int r = check_options(t, e);
    if (r >= 0)
        r = ae_dataset_read(t->ctx, t->o.noisy, &so, &t->prep, noisy, e);
    if (r >= 0)
        r = check_whole(t, e);
    /* names tell only where both sides have the same */
    const int named = clean->count && noisy->count &&
                      strcmp(clean->item[0].name, noisy->item[0].name) == 0;
    for (size_t i = 0; r >= 0 && i < clean->count; i++) {
        r = check_pair(&clean->item[i], &noisy->item[i], named, e);
        clean->item[i].noisy = &noisy->item[i];
    }
    return r;
}
