/* examples.c - items as a model wants them, one after the other.
 *
 * One finished example is held back until the next is complete or the input
 * would have to be waited for: only then is it known whether more is at
 * hand.  Must not know what becomes of the examples. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/str.h"
#include "data/fit_size.h"
#include "data/scale.h"
#include "run/items/examples.h"

static const char *const fits[] = {"refuse", "crop", "pad", "resize", NULL};

const struct ae_field ae_examples_fields[] = {
    AE_FIELD("fit", ENUM, ae_examples_options, fit, .def = "refuse",
             .names = fits, .arg = "refuse|crop|pad|resize",
             .help = "pictures of another size than the model's"),
    AE_FIELD("stride", INT, ae_examples_options, stride, .max = AE_MAX_WINDOW,
             .arg = "K",
             .help = "steps from one window of a table to the next (0: as in "
                     "training)"),
    {.name = NULL},
};

struct reading {
    struct ae_source source;
    struct ae_preprocessing prep;
    struct ae_size_fitter fitter;
    const char *unit_loss; /* NULL: values of any size are taken */
    ae_example_fn *fn;
    ae_steps_fn *steps;
    void *arg;
    int holds; /* 1: `held` waits */
    struct ae_example held;
    struct ae_str name, label;
    float *x;
    size_t cap;
    uint64_t count;
};

/* Calls for the example that waits. */
static int let_go(struct reading *r, int more, struct ae_err *e)
{
    if (!r->holds)
        return 0;
    r->holds = 0;
    r->held.more = more;
    const int rc = r->fn(r->arg, &r->held, e);
    r->source.stopped |= rc < 0;
    return rc;
}

static int idle(void *arg, struct ae_err *e)
{
    return let_go(arg, 0, e);
}

static int hold(struct reading *r, const struct ae_item *it, struct ae_err *e)
{
    struct ae_example *x = &r->held;
    int shape[3];

    int rc = ae_fitted_shape(&r->fitter, it, shape, e);
    if (rc < 0)
        return rc;
    const size_t n = (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2];
    if (n > r->cap) {
        if ((rc = ae_realloc(&r->x, n, sizeof(float), e)) < 0)
            return rc;
        r->cap = n;
    }
    r->name.len = 0;
    rc = ae_str_add(&r->name, it->name, e);
    if (rc >= 0)
        rc = ae_fit_item(&r->fitter, it, shape, r->x, e);
    if (rc >= 0 && it->bytes == 4)
        rc = ae_unit_check(r->unit_loss, r->x, n, e);
    if (rc >= 0)
        rc = ae_scale(&r->prep, r->x, shape[0], shape[1], shape[2], e);
    r->label.len = 0;
    if (rc >= 0 && it->label)
        rc = ae_str_add(&r->label, it->label, e);
    if (rc < 0)
        return rc;
    *x = (struct ae_example){.name = r->name.p,
                             .x = r->x,
                             .h = shape[0],
                             .w = shape[1],
                             .c = shape[2],
                             .label = it->label ? r->label.p : NULL,
                             .index = r->count++,
                             .items = it->items};
    /* Not held back: they are lent for this call only. */
    if (it->step && r->steps)
        rc = r->steps(r->arg, it->step, r->prep.window ? it->w : 1, it->last,
                      e);
    r->source.stopped |= rc < 0;
    r->holds = rc >= 0;
    return rc;
}

static int take(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct reading *r = arg;
    int rc = let_go(r, 1, e);

    if (rc >= 0 && (rc = hold(r, it, e)) < 0)
        ae_err_at(e, rc, "%s", it->name);
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

int ae_examples_read(struct ae_ctx *ctx, const struct ae_model *m,
                     const char *path, const struct ae_examples_options *o,
                     ae_example_fn *fn, void *arg, struct ae_err *e)
{
    return ae_examples_steps(ctx, m, path, o, fn, NULL, arg, e);
}

int ae_examples_steps(struct ae_ctx *ctx, const struct ae_model *m,
                      const char *path, const struct ae_examples_options *o,
                      ae_example_fn *fn, ae_steps_fn *steps, void *arg,
                      struct ae_err *e)
{
    struct ae_examples_options own;
    AE_TRY(ae_fields_copy(ae_examples_fields, &own, sizeof(own), o, e));
    o = &own;
    struct reading r = {.fitter = {.ctx = ctx, .fit = (enum ae_fit)o->fit},
                        .unit_loss = ae_model_unit_loss(m),
                        .fn = fn,
                        .steps = steps,
                        .arg = arg};
    const struct ae_source_options so = {.min_side = 1,
                                         .strict = 1,
                                         .steps = steps != NULL,
                                         .columns = o->select.columns,
                                         .label_column = o->select.label_column,
                                         .selection = o->selection,
                                         .stop = o->stop};
    const struct ae_item_sink sink = {.take = take, .idle = idle, .arg = &r};

    r.source = (struct ae_source){
        .ctx = ctx, .o = &so, .sink = &sink, .prep = &r.prep};
    int rc = find_input(m->graph, &r.fitter, e);
    if (rc >= 0)
        rc = ae_preprocessing_get(m->meta, &r.prep, e);
    if (rc >= 0 && r.prep.window && o->stride)
        r.prep.stride = o->stride;
    if (o->select.columns)
        r.prep.columns = 0; /* found anew by the source */
    if (rc >= 0)
        rc = ae_source_read(&r.source, path, e);
    if (rc >= 0)
        rc = let_go(&r, 0, e);
    if (rc >= 0 && r.source.stats.unreadable)
        rc = ae_fail(e, AE_EFORMAT, "%s: %zu file(s) left out", path,
                     r.source.stats.unreadable);
    ae_size_fitter_release(&r.fitter);
    ae_preprocessing_release(&r.prep);
    ae_str_release(&r.name);
    ae_str_release(&r.label);
    free(r.x);
    return rc < 0 ? rc : 0;
}
