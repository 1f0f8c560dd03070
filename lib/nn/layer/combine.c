/* combine.c - several inputs of one size become one: add, sub, mul, where and
 * cat.
 *
 * Nothing is broadcast: sizes must agree. */
#include "base/err.h"
#include "nn/graph/row_tasks.h"

static int same_size(const struct ae_node *nd, const struct ae_shape *in,
                     int channels, struct ae_err *e)
{
    for (int i = 1; i < nd->nin; i++)
        if (in[i].h != in[0].h || in[i].w != in[0].w ||
            (channels && in[i].c != in[0].c))
            return ae_fail(e, AE_EARG,
                           "input %d is %dx%dx%d where the first is %dx%dx%d "
                           "(h x w x c, 0: any); nothing is broadcast",
                           i + 1, in[i].h, in[i].w, in[i].c, in[0].h, in[0].w,
                           in[0].c);
    return 0;
}

static int join_shape(const struct ae_node *nd, const struct ae_shape *in,
                      struct ae_shape *out, struct ae_err *e)
{
    *out = in[0];
    return same_size(nd, in, 1, e);
}

/* y = first + sign * others, a run at a time. */
static void sum_rows(const struct ae_run *run, const struct ae_node *nd, int r0,
                     int r1, float sign)
{
    const struct ae_view out = ae_columns(run, &run->out[nd->index]);
    const struct ae_view a = ae_columns(run, ae_in(run, nd, 0));

    for (int r = r0; r < r1; r++) {
        float *y = ae_batch_row(&out, r);
        ae_put_row(run, &out, y, &a, ae_batch_row(&a, r), 0);
        for (int i = 1; i < nd->nin; i++) {
            const struct ae_view b = ae_columns(run, ae_in(run, nd, i));
            const float *x = ae_batch_row(&b, r);
            struct ae_span sp = ae_span(&out, &b);
            for (int s = 0; s < sp.count; s++)
                if (sign > 0)
                    run->ctx->k->add(y + s * out.pix, x + s * b.pix,
                                     (size_t)sp.len);
                else
                    run->ctx->k->axpy(y + s * out.pix, x + s * b.pix, sign,
                                      (size_t)sp.len);
        }
    }
}

static void add_forward(const struct ae_run *run, const struct ae_node *nd,
                        int r0, int r1)
{
    sum_rows(run, nd, r0, r1, 1);
}

static void sub_forward(const struct ae_run *run, const struct ae_node *nd,
                        int r0, int r1)
{
    sum_rows(run, nd, r0, r1, -1);
}

/* The gradient of input i is dout times sign.  Input 0 comes last, since its
 * gradient may lie in dout's place. */
static void sum_back(const struct ae_run *run, const struct ae_node *nd, int r0,
                     int r1, float sign)
{
    const struct ae_view *dy = &run->dout[nd->index];

    for (int i = nd->nin - 1; i >= 0; i--) {
        const struct ae_view *dx = ae_din(run, nd, i);
        int add = run->add[nd->index][i];
        struct ae_span sp = dx->data ? ae_span(dx, dy) : (struct ae_span){0, 0};
        for (int r = r0; dx->data && r < r1; r++) {
            const float *g = ae_batch_row(dy, r);
            float *d = ae_batch_row(dx, r);
            if (i == 0 || sign > 0) {
                ae_put_row(run, dx, d, dy, g, add);
                continue;
            }
            for (int s = 0; s < sp.count; s++, d += dx->pix, g += dy->pix) {
                if (!add)
                    memset(d, 0, (size_t)sp.len * sizeof(*d));
                run->ctx->k->axpy(d, g, sign, (size_t)sp.len);
            }
        }
    }
}

static void add_rows_back(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    sum_back(run, nd, r0, r1, 1);
}

static void sub_rows_back(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    sum_back(run, nd, r0, r1, -1);
}

static void back_all(const struct ae_run *run, const struct ae_node *nd,
                     ae_backward_fn *fn)
{
    const struct ae_view *dy = &run->dout[nd->index];

    ae_par_backward(run, nd, dy->n * dy->h, 2.0 * dy->w * dy->c, fn);
}

static void add_backward(const struct ae_run *run, const struct ae_node *nd)
{
    back_all(run, nd, add_rows_back);
}

static void sub_backward(const struct ae_run *run, const struct ae_node *nd)
{
    back_all(run, nd, sub_rows_back);
}

static void mul_forward(const struct ae_run *run, const struct ae_node *nd,
                        int r0, int r1)
{
    const struct ae_view *out = &run->out[nd->index];
    const struct ae_view *a = ae_in(run, nd, 0), *b = ae_in(run, nd, 1);

    for (int r = r0; r < r1; r++) {
        float *y = ae_batch_row(out, r);
        const float *p = ae_batch_row(a, r), *q = ae_batch_row(b, r);
        for (int x = 0; x < out->w; x++)
            for (int c = 0; c < out->c; c++)
                y[x * out->pix + c] = p[x * a->pix + c] * q[x * b->pix + c];
    }
}

/* dx (+)= dy * other */
static void mul_into(const struct ae_view *dx, float *d,
                     const struct ae_view *dy, const float *g,
                     const struct ae_view *other, const float *o, int add)
{
    for (int x = 0; x < dx->w; x++)
        for (int c = 0; c < dx->c; c++) {
            float v = g[x * dy->pix + c] * o[x * other->pix + c];
            float *to = &d[x * dx->pix + c];
            *to = add ? *to + v : v;
        }
}

static void mul_rows_back(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    const struct ae_view *dy = &run->dout[nd->index];

    for (int r = r0; r < r1; r++)
        for (int i = 1; i >= 0; i--) { /* din of 0 may be dout */
            const struct ae_view *dx = ae_din(run, nd, i);
            const struct ae_view *o = ae_in(run, nd, 1 - i);
            if (dx->data)
                mul_into(dx, ae_batch_row(dx, r), dy, ae_batch_row(dy, r), o,
                         ae_batch_row(o, r), run->add[nd->index][i]);
        }
}

static void mul_backward(const struct ae_run *run, const struct ae_node *nd)
{
    back_all(run, nd, mul_rows_back);
}

/* The first input where it is known, else the second: for instance a level of
 * noise that the user gives, or the net's own estimate. */
static void where_forward(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    const struct ae_view *out = &run->out[nd->index];
    const struct ae_view *a = ae_in(run, nd, 0), *b = ae_in(run, nd, 1);

    for (int r = r0; r < r1; r++) {
        float *y = ae_batch_row(out, r);
        const float *p = ae_batch_row(a, r), *q = ae_batch_row(b, r);

        for (int x = 0; x < out->w; x++)
            for (int c = 0; c < out->c; c++) {
                const float known = p[x * a->pix + c];

                y[x * out->pix + c] = known >= 0 ? known : q[x * b->pix + c];
            }
    }
}

/* The gradient goes to the input whose value was taken. */
static void where_rows_back(const struct ae_run *run, const struct ae_node *nd,
                            int r0, int r1)
{
    const struct ae_view *dy = &run->dout[nd->index];
    const struct ae_view *a = ae_in(run, nd, 0);

    for (int r = r0; r < r1; r++)
        for (int i = 1; i >= 0; i--) {
            const struct ae_view *dx = ae_din(run, nd, i);
            const float *g = ae_batch_row(dy, r), *p = ae_batch_row(a, r);
            float *d = dx->data ? ae_batch_row(dx, r) : NULL;

            for (int x = 0; d && x < dx->w; x++)
                for (int c = 0; c < dx->c; c++) {
                    const int first = p[x * a->pix + c] >= 0;
                    const float v = first == (i == 0) ? g[x * dy->pix + c]
                                                      : 0.0f;
                    float *to = &d[x * dx->pix + c];

                    *to = run->add[nd->index][i] ? *to + v : v;
                }
        }
}

static void where_backward(const struct ae_run *run, const struct ae_node *nd)
{
    back_all(run, nd, where_rows_back);
}

static int cat_shape(const struct ae_node *nd, const struct ae_shape *in,
                     struct ae_shape *out, struct ae_err *e)
{
    *out = in[0];
    for (int i = 1; i < nd->nin; i++)
        out->c += in[i].c;
    return same_size(nd, in, 0, e);
}

/* Channels c.. of a view as wide as `like`. */
static struct ae_view slice(const struct ae_view *v, int c,
                            const struct ae_view *like)
{
    struct ae_view s = *v;

    s.data += c;
    s.c = like->c;
    return s;
}

/* Inputs that the plan has placed in the output are there already. */
static void cat_forward(const struct ae_run *run, const struct ae_node *nd,
                        int r0, int r1)
{
    for (int i = 0, c = 0; i < nd->nin; c += ae_in(run, nd, i++)->c) {
        const struct ae_view in = ae_columns(run, ae_in(run, nd, i));
        const struct ae_view out = ae_columns(run, &run->out[nd->index]);
        const struct ae_view to = slice(&out, c, &in);
        for (int r = r0; to.data != in.data && r < r1; r++)
            ae_put_row(run, &to, ae_batch_row(&to, r), &in,
                       ae_batch_row(&in, r), 0);
    }
}

static void cat_rows_back(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    for (int i = nd->nin - 1, c = run->dout[nd->index].c; i >= 0; i--) {
        const struct ae_view *dx = ae_din(run, nd, i), *in = ae_in(run, nd, i);
        c -= in->c;
        struct ae_view from = slice(&run->dout[nd->index], c, in);
        for (int r = r0; dx->data && dx->data != from.data && r < r1; r++)
            ae_put_row(run, dx, ae_batch_row(dx, r), &from,
                       ae_batch_row(&from, r), run->add[nd->index][i]);
    }
}

static void cat_backward(const struct ae_run *run, const struct ae_node *nd)
{
    back_all(run, nd, cat_rows_back);
}

const struct ae_layer_kind ae_layer_add = {
    .name = "add",
    .help = "sum of its inputs",
    .min_in = 2,
    .max_in = AE_MAX_INPUTS,
    .flags = AE_INPLACE | AE_SPLIT_COLUMNS | AE_POINTWISE,
    .shape = join_shape,
    .forward = add_forward,
    .backward = add_backward};
const struct ae_layer_kind ae_layer_sub = {
    .name = "sub",
    .help = "first input less the second",
    .min_in = 2,
    .max_in = 2,
    .flags = AE_INPLACE | AE_SPLIT_COLUMNS | AE_POINTWISE,
    .shape = join_shape,
    .forward = sub_forward,
    .backward = sub_backward};
const struct ae_layer_kind ae_layer_mul = {.name = "mul",
                                           .help = "product of its two inputs",
                                           .min_in = 2,
                                           .max_in = 2,
                                           .flags = AE_INPLACE | AE_SAVE_INPUT |
                                                    AE_POINTWISE,
                                           .shape = join_shape,
                                           .forward = mul_forward,
                                           .backward = mul_backward};
const struct ae_layer_kind ae_layer_where = {
    .name = "where",
    .help = "first input where it is at least 0, else the second",
    .min_in = 2,
    .max_in = 2,
    .flags = AE_SAVE_INPUT | AE_POINTWISE,
    .shape = join_shape,
    .forward = where_forward,
    .backward = where_backward};
const struct ae_layer_kind ae_layer_cat = {
    .name = "cat",
    .help = "concatenation: the channels of its inputs one after the other",
    .min_in = 1,
    .max_in = AE_MAX_INPUTS,
    .flags = AE_CONCAT | AE_SPLIT_COLUMNS | AE_POINTWISE,
    .shape = cat_shape,
    .forward = cat_forward,
    .backward = cat_backward};
