/* noisy_pairs.c - noisy versions of the items that the user has, in place of
 * generated noise.
 *
 * Each clean item gets its noisy version before any item is dropped or held
 * out, so that both stay or go together. */
#include <string.h>

#include "base/err.h"
#include "train/data/train_data.h"

static int check_options(const struct ae_train_data *d, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;

    if (o->noise)
        return ae_fail(e, AE_EARG, "`noise` and `noisy` exclude each other");
    if (o->select.rows || o->select.only)
        return ae_fail(e, AE_EARG,
                       "`noisy` takes data whole, without `rows` and `only`");
    if (o->augment == AE_AUGMENT_PHOTO)
        return ae_fail(e, AE_EARG,
                       "`augment` photo draws noise of its own: with `noisy`, "
                       "turns or none");
    if (d->prep.scale == AE_SCALE_WINDOW)
        return ae_fail(e, AE_EARG,
                       "`scale` window would scale the two of a pair "
                       "differently");
    if (d->val_items.count)
        return ae_fail(e, AE_EARG, "with `noisy`, `val` is a share");
    return 0;
}

/* After an item that was left out all others would have the wrong partner. */
static int check_counts(const struct ae_train_data *d, struct ae_err *e)
{
    const struct ae_source_stats *a = &d->items.stats,
                                 *b = &d->noisy_items.stats;

    if (a->unreadable || b->unreadable || a->rows || b->rows ||
        a->small != b->small)
        return ae_fail(e, AE_EARG,
                       "some files or rows were left out, so it is unknown "
                       "which items belong together: remove them on both "
                       "sides");
    if (d->items.count != d->noisy_items.count)
        return ae_fail(e, AE_EARG,
                       "`noisy`: %zu items, the clean ones are %zu: one each "
                       "is needed, in the same order",
                       d->noisy_items.count, d->items.count);
    return 0;
}

static int check_pair(const struct ae_item *clean, const struct ae_item *noisy,
                      int by_name, struct ae_err *e)
{
    if (by_name && strcmp(clean->name, noisy->name) != 0)
        return ae_fail(e, AE_EARG, "`noisy`: %s has the place of %s",
                       noisy->shown, clean->shown);
    if (clean->h != noisy->h || clean->w != noisy->w || clean->c != noisy->c)
        return ae_fail(e, AE_EARG,
                       "`noisy`: %s is %dx%dx%d, the clean %s %dx%dx%d",
                       noisy->shown, noisy->w, noisy->h, noisy->c, clean->shown,
                       clean->w, clean->h, clean->c);
    return 0;
}

int ae_train_data_read_noisy(struct ae_train_data *d, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;
    const struct ae_source_options so = {.min_side = ae_max(o->patch, 1),
                                         .select = &o->select,
                                         .learn = 1,
                                         .filter = o->filter,
                                         .fail_fast = o->fail_fast,
                                         .stop = o->stop};
    struct ae_dataset *clean = &d->items, *noisy = &d->noisy_items;

    AE_TRY(check_options(d, e));
    AE_TRY(ae_dataset_read(d->ctx, o->noisy, &so, &d->prep, noisy, e));
    ae_dataset_log(d->ctx, noisy, o->noisy);
    AE_TRY(check_counts(d, e));
    /* Names are compared where both sides begin with the same one. */
    const int by_name = clean->count &&
                        strcmp(clean->item[0].name, noisy->item[0].name) == 0;
    for (size_t i = 0; i < clean->count; i++) {
        AE_TRY(check_pair(&clean->item[i], &noisy->item[i], by_name, e));
        clean->item[i].noisy = &noisy->item[i];
    }
    return 0;
}
