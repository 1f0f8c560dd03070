/* dataset.c - the store of examples that training learns from.
 *
 * It is bounded by the context's memory and knows of no file. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"
#include "data/dataset.h"
#include "data/fit_size.h"

enum { SHARE = 4 /* pictures take one of so many parts of the memory */ };

void ae_dataset_release(struct ae_dataset *items)
{
    for (size_t i = 0; i < items->count; i++)
        if (!items->item[i].spilled)
            free(items->item[i].px);
    ae_spill_release(&items->spill);
    free(items->item);
    ae_arena_release(&items->arena);
    memset(items, 0, sizeof(*items));
}

void ae_dataset_drop(struct ae_dataset *items, struct ae_item *it)
{
    const uint64_t bytes = ae_item_bytes(it);

    items->bytes -= bytes;
    if (it->spilled)
        items->spilled -= bytes;
    else
        free(it->px);
    it->px = NULL;
    it->spilled = 0;
}

void ae_item_rest(const struct ae_item *it)
{
    if (it->spilled)
        ae_spill_rest(it->px, ae_item_bytes(it));
}

/* Counts an item, which goes into the file where memory has no room. */
static int settle(const struct ae_ctx *ctx, struct ae_dataset *items,
                  struct ae_item *it, struct ae_err *e)
{
    const uint64_t bytes = ae_item_bytes(it);
    const uint64_t held = items->bytes - items->spilled + bytes;
    void *px;

    if (!items->spills && held > ctx->memory)
        return ae_fail(e, AE_ELIMIT,
                       "the data take more than %.0f MB once decoded: allow "
                       "more with `memory`, or give fewer",
                       (double)ctx->memory / 1e6);
    if (items->spills && held > ctx->memory / SHARE) {
        AE_TRY(ae_spill_put(&items->spill, it->px, bytes, &px, e));
        free(it->px);
        it->px = px;
        it->spilled = 1;
        items->spilled += bytes;
    }
    items->bytes += bytes;
    return 0;
}

int ae_dataset_add(const struct ae_ctx *ctx, struct ae_dataset *items,
                   const struct ae_item *it, struct ae_err *e)
{
    struct ae_item copy = *it;
    int rc = 0;

    if (items->count == items->cap) {
        const size_t cap = items->cap ? 2 * items->cap : 256;
        if ((rc = ae_realloc(&items->item, cap, sizeof(*it), e)) < 0)
            goto fail;
        items->cap = cap;
    }
    copy.name = ae_arena_strdup(&items->arena, it->name, e);
    copy.shown = it->shown && strcmp(it->shown, it->name) != 0
                     ? ae_arena_strdup(&items->arena, it->shown, e)
                     : copy.name;
    if (it->label)
        copy.label = ae_arena_strdup(&items->arena, it->label, e);
    if (!copy.name || !copy.shown || (it->label && !copy.label)) {
        rc = AE_EMEM;
        goto fail;
    }
    if ((rc = settle(ctx, items, &copy, e)) < 0)
        goto fail;
    items->item[items->count++] = copy;
    return 0;
fail:
    free(copy.px);
    return rc;
}

struct store {
    struct ae_source source;
    struct ae_dataset *items;
};

static int is_picture(const struct store *s)
{
    const int kind = s->source.prep->kind;

    return kind == AE_INPUT_AUTO || kind == AE_INPUT_IMAGE;
}

/* A picture that can't be fitted is at fault itself. */
static int fit_stored(struct store *s, struct ae_item *it, struct ae_err *e)
{
    if (!is_picture(s) || !s->items->fit_h)
        return 0;
    struct ae_size_fitter f = {.ctx = s->source.ctx,
                               .fit = s->items->fit,
                               .h = s->items->fit_h,
                               .w = s->items->fit_w};
    const int rc = ae_fit_in_place(&f, it, e);
    ae_size_fitter_release(&f);
    return rc;
}

static int store(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct store *s = arg;
    int rc = fit_stored(s, it, e);

    if (rc) {
        free(it->px);
        return rc;
    }
    /* what is scaled is written to, in memory */
    s->items->spills = is_picture(s) && s->source.prep->scale <= AE_SCALE_NONE;
    rc = ae_dataset_add(s->source.ctx, s->items, it, e);
    s->source.stopped |= rc != 0;
    return rc;
}

int ae_dataset_fit(struct ae_ctx *ctx, struct ae_dataset *items, int h, int w,
                   struct ae_err *e)
{
    struct ae_size_fitter f = {.ctx = ctx, .fit = items->fit, .h = h, .w = w};
    int rc = 0;

    for (size_t i = 0; !rc && i < items->count; i++) {
        struct ae_item *it = &items->item[i];
        const struct ae_item was = *it;
        if ((rc = ae_fit_in_place(&f, it, e)))
            ae_err_at(e, rc, "%s", it->name);
        else if (it->px != was.px) {
            items->bytes -= ae_item_bytes(&was);
            items->spilled -= was.spilled ? ae_item_bytes(&was) : 0;
            rc = settle(ctx, items, it, e);
        }
    }
    ae_size_fitter_release(&f);
    return rc;
}

static void forget(void *arg, uint64_t count)
{
    struct ae_dataset *items = ((struct store *)arg)->items;

    for (; count > 0; count--)
        ae_dataset_drop(items, &items->item[--items->count]);
}

int ae_dataset_read(struct ae_ctx *ctx, const char *path,
                    const struct ae_source_options *o,
                    struct ae_preprocessing *prep, struct ae_dataset *items,
                    struct ae_err *e)
{
    struct store to = {.items = items};
    const struct ae_item_sink sink = {
        .take = store, .undo = forget, .arg = &to};

    to.source = (struct ae_source){.ctx = ctx,
                                   .o = o,
                                   .sink = &sink,
                                   .prep = prep,
                                   .stats = items->stats,
                                   .left_out = items->left_out,
                                   .small = items->small};
    const int rc = ae_source_read(&to.source, path, e);
    items->stats = to.source.stats;
    items->left_out = to.source.left_out;
    items->small = to.source.small;
    return rc;
}

void ae_dataset_log(struct ae_ctx *ctx, struct ae_dataset *items,
                    const char *path)
{
    ae_left_out_log(&items->left_out, ctx, path);
    ae_left_out_log(&items->small, ctx, path);
}

/* ---------------------------------------------------------------- classes */

/* Numbers before words. */
static int by_label(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    double u = 0, v = 0;
    const int m = ae_parse_real(x, -1e300, 1e300, &u, NULL) == 0;
    const int n = ae_parse_real(y, -1e300, 1e300, &v, NULL) == 0;

    if (m != n)
        return n - m;
    if (m && (u < v || u > v))
        return u < v ? -1 : 1;
    return m ? 0 : strcmp(x, y);
}

static int learn_labels(const struct ae_dataset *items,
                        struct ae_preprocessing *r, struct ae_err *e)
{
    const char **all = ae_alloc(items->count + 1, sizeof(*all), e);
    size_t n = 0;

    if (!all)
        return AE_EMEM;
    for (size_t i = 0; i < items->count; i++)
        all[i] = items->item[i].label;
    qsort(all, items->count, sizeof(*all), by_label);
    for (size_t i = 0; i < items->count; i++)
        if (i == 0 || by_label(&all[n - 1], &all[i]) != 0)
            all[n++] = all[i];
    r->label = ae_arena_alloc(&r->arena, n, sizeof(*r->label), e);
    int rc = r->label ? 0 : AE_EMEM;
    r->labels = 0;
    if (rc < 0)
        goto out;
    if (n > AE_MAX_CLASSES) {
        rc = ae_fail(e, AE_ELIMIT, "%zu classes; at most %d", n,
                     AE_MAX_CLASSES);
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        if (!(r->label[i] = ae_arena_strdup(&r->arena, all[i], e))) {
            rc = AE_EMEM;
            goto out;
        }
    r->labels = (int)n;
out:
    free(all);
    return rc;
}

int ae_dataset_classes(struct ae_dataset *items, struct ae_preprocessing *r,
                       struct ae_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < items->count; i++)
        if (!items->item[i].label)
            return ae_fail(e, AE_EARG,
                           "%s has no class: `labels` FILE, or `label-column` "
                           "NAME of a table",
                           items->item[i].shown);
    if (!r->labels && (rc = learn_labels(items, r, e)) < 0)
        return rc;
    for (size_t i = 0; i < items->count; i++) {
        struct ae_item *it = &items->item[i];
        it->class = ae_preprocessing_label(r, it->label);
        if (it->class < 0)
            return ae_fail(e, AE_EARG,
                           "%s is of class '%s', which is not one of the %d "
                           "classes learned",
                           it->shown, it->label, r->labels);
    }
    return 0;
}

uint64_t ae_item_digest(uint64_t d, const struct ae_item *it)
{
    const int shape[] = {it->h, it->w, it->c, it->bytes, it->held_out};

    d = ae_mix(d, ae_hash(it->name, strlen(it->name)));
    for (size_t k = 0; k < AE_LEN(shape); k++)
        d = ae_mix(d, (uint64_t)shape[k]);
    d = ae_mix(d, ae_hash(it->px, ae_item_bytes(it)));
    return it->label ? ae_mix(d, ae_hash(it->label, strlen(it->label))) : d;
}

uint64_t ae_dataset_digest(const struct ae_dataset *items)
{
    uint64_t d = ae_mix(0, items->count);

    for (size_t i = 0; i < items->count; i++) {
        d = ae_item_digest(d, &items->item[i]);
        ae_item_rest(&items->item[i]);
    }
    return d;
}
