/* item_reader.c - see item_reader.h. */
#include "run/items/item_reader.h"

#include "base/err.h"

int ae_item_reader_init(struct ae_item_reader *r, const char *label,
                        struct ae_err *e)
{
    return ae_condition_init(&r->condition, r->model, label, e);
}

void ae_item_reader_release(struct ae_item_reader *r)
{
    ae_batcher_release(&r->batcher);
    ae_condition_release(&r->condition);
}

/* Runs the items before it first, so that all come in order. */
static int refuse_item(struct ae_item_reader *r, const struct ae_example *x,
                       const struct ae_err *why, struct ae_err *e)
{
    AE_TRY(ae_batcher_flush(&r->batcher, x->more, e));
    return r->refuse(r->batcher.arg, x, why, e);
}

static int take_item(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct ae_item_reader *r = arg;
    struct ae_err why;
    int class;

    r->read = x->index + 1;
    if (ae_condition_class(&r->condition, x->label, &class, &why))
        return refuse_item(r, x, &why, e);
    if (x->h != r->h || x->w != r->w) {
        AE_TRY(ae_batcher_flush(&r->batcher, 1, e));
        r->h = r->w = 0; /* no size, should resize() fail */
        AE_TRY(
            r->resize(r->batcher.arg, (struct ae_shape){x->h, x->w, x->c}, e));
        r->h = x->h;
        r->w = x->w;
    }
    return ae_batcher_add(&r->batcher, x, class, r->row, e);
}

static int take_rows(void *arg, const struct ae_table_row *row, int n,
                     uint64_t last, struct ae_err *e)
{
    const struct ae_item_reader *r = arg;

    return r->rows(r->batcher.arg, row, n, last, e);
}

int ae_item_reader_read(struct ae_item_reader *r, const char *path,
                        const struct ae_examples_options *o, struct ae_err *e)
{
    const struct ae_example_sink to = {.fn = take_item,
                                       .rows = r->rows ? take_rows : NULL,
                                       .context = r->context,
                                       .arg = r};
    struct ae_err later;

    r->read = 0;
    const int rc = ae_examples_push(r->ctx, r->model, path, o, &to, e);
    const int rest = ae_batcher_flush(&r->batcher, 0, rc ? &later : e);
    r->before += r->read;
    return rc ? rc : rest;
}
