/* examples.c - items as a model wants them, one after the other.
 *
 * A finished example waits until the next one is complete, reading on would
 * block, or the reading ends, also by a fault: only then is it known whether
 * another is ready.  Knows nothing of what the examples are used for. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/str.h"
#include "data/fit_size.h"
#include "data/scale.h"
#include "run/items/examples.h"

const struct ae_field ae_examples_fields[] = {
    AE_FIELD("fit", ENUM, ae_examples_options, fit, .group = "Input",
             .def = "refuse", .names = ae_fit_names,
             .arg = "refuse|crop|pad|resize",
             .help = "pictures of another size than the model's; else as in "
                     "training"),
    AE_FIELD("stride", INT, ae_examples_options, stride, .group = "Tables",
             .max = AE_MAX_WINDOW, .arg = "K",
             .help = "steps from one window of a table to the next (0: as in "
                     "training)"),
    {.name = NULL},
};

struct reading {
    struct ae_source source;
    struct ae_preprocessing prep;
    struct ae_size_fitter fitter;
    const char *unit_loss; /* NULL: values of any size are taken */
    const struct ae_example_sink *sink;
    int has_pending;           /* 1: `pending` waits for the next */
    struct ae_example pending; /* its texts and values are those below */
    struct ae_str name, label, line;
    float *x;
    size_t cap;
    uint64_t count;
};

static int put_pending(struct reading *r, int more, struct ae_err *e)
{
    if (!r->has_pending)
        return 0;
    r->has_pending = 0;
    r->pending.more = more;
    const int rc = r->sink->fn(r->sink->arg, &r->pending, e);
    r->source.stopped |= rc < 0;
    return rc;
}

static int idle(void *arg, struct ae_err *e)
{
    return put_pending(arg, 0, e);
}

/* An item's values as the model wants them, in r->x. */
static int make_values(struct reading *r, const struct ae_item *it,
                       const int shape[3], struct ae_err *e)
{
    const size_t n = (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2];

    if (n > r->cap) {
        AE_TRY(ae_realloc(&r->x, n, sizeof(*r->x), e));
        r->cap = n;
    }
    AE_TRY(ae_fit_item(&r->fitter, it, shape, r->x, e));
    if (it->bytes == 4)
        AE_TRY(ae_unit_check(r->unit_loss, r->x, n, e));
    return ae_scale(&r->prep, r->x, shape[0], shape[1], shape[2], e);
}

static int make_pending(struct reading *r, const struct ae_item *it,
                        struct ae_err *e)
{
    int shape[3];

    AE_TRY(ae_fitted_shape(&r->fitter, it, shape, e));
    AE_TRY(make_values(r, it, shape, e));
    r->name.len = r->label.len = r->line.len = 0;
    AE_TRY(ae_str_add(&r->name, it->shown, e));
    AE_TRY(ae_str_add(&r->label, it->label ? it->label : "", e));
    AE_TRY(ae_str_add(&r->line, it->line ? it->line : "", e));
    r->pending = (struct ae_example){.name = r->name.p,
                                     .x = r->x,
                                     .h = shape[0],
                                     .w = shape[1],
                                     .c = shape[2],
                                     .label = it->label ? r->label.p : NULL,
                                     .line = it->line ? r->line.p : NULL,
                                     .index = r->count++,
                                     .items = it->items};
    return 0;
}

/* Rows are passed on at once, since they are lent for this call only. */
static int put_rows(struct reading *r, const struct ae_item *it,
                    struct ae_err *e)
{
    const struct ae_example_sink *to = r->sink;
    const int n = r->prep.window ? it->w : 1;

    if (!it->step || !to->rows)
        return 0;
    const int rc = to->rows(to->arg, it->step, n, it->last, e);
    r->source.stopped |= rc < 0;
    return rc;
}

static int take_item(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct reading *r = arg;
    int rc = put_pending(r, 1, e);

    if (rc < 0)
        goto out;
    if ((rc = make_pending(r, it, e)) < 0 || (rc = put_rows(r, it, e)) < 0)
        ae_err_at(e, rc, "%s", it->shown);
    r->has_pending = rc >= 0;
out:
    free(it->px);
    return rc;
}

/* The shape of the input x. */
static int find_input(const struct ae_graph *g, struct ae_size_fitter *f,
                      struct ae_err *e)
{
    const int i = ae_graph_input(g, "x");

    if (i < 0)
        return ae_fail(e, AE_EARG, "the model has no input 'x'");
    f->h = g->node[i].shape.h;
    f->w = g->node[i].shape.w;
    f->c = g->node[i].shape.c;
    return 0;
}

static int read_path(struct reading *r, const struct ae_model *m,
                     const char *path, const struct ae_examples_options *o,
                     struct ae_err *e)
{
    AE_TRY(find_input(m->graph, &r->fitter, e));
    AE_TRY(ae_preprocessing_get(m->meta, &r->prep, e));
    if (r->fitter.fit == AE_FIT_REFUSE)
        r->fitter.fit = (enum ae_fit)r->prep.fit;
    if (r->prep.window && o->stride)
        r->prep.stride = o->stride;
    AE_TRY(ae_preprocessing_obey(&r->prep, &o->select, e));
    struct ae_err later;
    const int rc = ae_source_read(&r->source, path, e);
    const int rest = put_pending(r, 0, rc < 0 ? &later : e);
    if (rc < 0 || rest < 0)
        return rc < 0 ? rc : rest;
    return ae_left_out_end(&r->source.left_out, r->source.ctx, path, e);
}

int ae_examples_push(struct ae_ctx *ctx, const struct ae_model *m,
                     const char *path, const struct ae_examples_options *o,
                     const struct ae_example_sink *to, struct ae_err *e)
{
    struct ae_examples_options own;
    AE_TRY(ae_fields_copy(ae_examples_fields, &own, sizeof(own), o, e));
    struct reading r = {.fitter = {.ctx = ctx, .fit = (enum ae_fit)own.fit},
                        .unit_loss = ae_model_unit_loss(m),
                        .sink = to};
    const struct ae_source_options so = {.min_side = 1,
                                         .strict = 1,
                                         .steps = to->rows != NULL,
                                         .context = to->context,
                                         .several = own.several,
                                         .found = own.found,
                                         .select = &own.select,
                                         .selection = own.selection,
                                         .filter = own.filter,
                                         .stop = own.stop,
                                         .done = own.done,
                                         .done_arg = own.done_arg,
                                         .left_out = own.left_out,
                                         .left_out_arg = own.left_out_arg};
    const struct ae_item_sink sink = {
        .take = take_item, .idle = idle, .arg = &r};

    r.source = (struct ae_source){
        .ctx = ctx, .o = &so, .sink = &sink, .prep = &r.prep};
    const int rc = read_path(&r, m, path, &own, e);
    ae_size_fitter_release(&r.fitter);
    ae_preprocessing_release(&r.prep);
    ae_str_release(&r.name);
    ae_str_release(&r.label);
    ae_str_release(&r.line);
    free(r.x);
    return rc;
}

int ae_examples_read(struct ae_ctx *ctx, const struct ae_model *m,
                     const char *path, const struct ae_examples_options *o,
                     ae_example_fn *fn, void *arg, struct ae_err *e)
{
    const struct ae_example_sink to = {.fn = fn, .arg = arg};

    return ae_examples_push(ctx, m, path, o, &to, e);
}
