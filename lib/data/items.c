/* items.c - the store of examples that training learns from.
 *
 * It is bounded by the context's memory and knows of no file. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "data/items.h"

void ae_items_release(struct ae_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        free(items->item[i].px);
    free(items->item);
    ae_arena_release(&items->arena);
    memset(items, 0, sizeof(*items));
}

int ae_items_add(const struct ae_ctx *ctx, struct ae_items *items,
                 const struct ae_item *it, struct ae_err *e)
{
    const uint64_t bytes = (uint64_t)it->h * (uint64_t)it->w *
                           (uint64_t)it->c * (uint64_t)it->bytes;
    struct ae_item copy = *it;
    int r = 0;

    if (items->bytes + bytes > ctx->memory) {
        r = ae_fail(e, AE_ELIMIT,
                    "the data take more than %.0f MB once decoded: allow more "
                    "with --memory, or give fewer",
                    (double)ctx->memory / 1e6);
        goto fail;
    }
    if (items->count == items->cap) {
        const size_t cap = items->cap ? 2 * items->cap : 256;
        if ((r = ae_realloc(&items->item, cap, sizeof(*it), e)) < 0)
            goto fail;
        items->cap = cap;
    }
    copy.label = NULL;           /* nobody learns from it yet */
    copy.name = ae_arena_strdup(&items->arena, it->name, e);
    if (!copy.name) {
        r = AE_EMEM;
        goto fail;
    }
    items->item[items->count++] = copy;
    items->bytes += bytes;
    return 0;
fail:
    free(copy.px);
    return r;
}

struct store {
    struct ae_source source;
    struct ae_items *items;
};

static int store(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct store *s = arg;
    const int r = ae_items_add(s->source.ctx, s->items, it, e);

    s->source.stopped |= r < 0;
    return r;
}

static void forget(void *arg, uint64_t count)
{
    struct ae_items *items = ((struct store *)arg)->items;

    for (; count > 0; count--) {
        const struct ae_item *it = &items->item[--items->count];
        items->bytes -= (uint64_t)it->h * (uint64_t)it->w *
                        (uint64_t)it->c * (uint64_t)it->bytes;
        free(it->px);
    }
}

int ae_items_read(struct ae_ctx *ctx, const char *path,
                  const struct ae_source_options *o,
                  struct ae_recipe *recipe, struct ae_items *items,
                  struct ae_err *e)
{
    struct store to = {.items = items};
    const struct ae_sink sink = {.take = store, .undo = forget,
                                  .arg = &to};

    to.source = (struct ae_source){.ctx = ctx, .o = o, .sink = &sink,
                                   .recipe = recipe,
                                   .tally = items->tally};
    const int r = ae_source_read(&to.source, path, e);
    items->tally = to.source.tally;
    return r;
}

uint64_t ae_items_digest(const struct ae_items *items)
{
    uint64_t d = ae_mix(0, items->count);

    for (size_t i = 0; i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        const int shape[] = {it->h, it->w, it->c, it->bytes, it->held};
        const size_t n = (size_t)it->h * (size_t)it->w * (size_t)it->c *
                         (size_t)it->bytes;
        d = ae_mix(d, ae_hash(it->name, strlen(it->name)));
        for (size_t k = 0; k < AE_LEN(shape); k++)
            d = ae_mix(d, (uint64_t)shape[k]);
        d = ae_mix(d, ae_hash(it->px, n));
    }
    return d;
}
