/* reshape.c - an item's values in another h x w x c, in the same order. */
#include "base/err.h"
#include "nn/graph/row_tasks.h"

struct reshape {
    int h, w, c;
};

static const struct ae_field fields[] = {
    AE_FIELD("h", INT, reshape, h, .def = "1", .min = 1, .max = 1048576,
             .help = "height"),
    AE_FIELD("w", INT, reshape, w, .def = "1", .min = 1, .max = 1048576,
             .help = "width"),
    AE_FIELD("c", INT, reshape, c, .def = "1", .min = 1, .max = 1048576,
             .help = "channels"),
    {.name = NULL}};

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct reshape *a = nd->attr;
    uint64_t have = (uint64_t)in[0].h * (uint64_t)in[0].w * (uint64_t)in[0].c;

    *out = (struct ae_shape){a->h, a->w, a->c};
    if (have != (uint64_t)a->h * (uint64_t)a->w * (uint64_t)a->c)
        return ae_fail(e, AE_EARG, "%dx%dx%d can't become %dx%dx%d", in[0].h,
                       in[0].w, in[0].c, a->h, a->w, a->c);
    return 0;
}

/* Finds value i of item n; *follow: how many values lie there in a run, it
 * included. */
static float *find(const struct ae_view *v, int n, size_t i, size_t *follow)
{
    size_t c = (size_t)v->c, row = (size_t)v->w * c;
    size_t y = i / row, x = i % row / c, at = i % c;

    *follow = v->pix == v->c ? row - i % row : c - at;
    return ae_row(v, n, (int)y) + (ptrdiff_t)x * v->pix + at;
}

/* Values first..end-1 of item n, stored or added. */
static void copy(const struct ae_run *run, const struct ae_view *to,
                 const struct ae_view *from, int n, size_t first, size_t end,
                 int add)
{
    for (size_t i = first, a, b, len; i < end; i += len) {
        float *d = find(to, n, i, &a);
        const float *s = find(from, n, i, &b);
        len = a < b ? a : b;
        len = len < end - i ? len : end - i;
        if (add)
            run->ctx->k->add(d, s, len);
        else
            memcpy(d, s, len * sizeof(*d));
    }
}

static void forward(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    const struct ae_view *out = &run->out[nd->index];
    size_t row = (size_t)out->w * (size_t)out->c;

    for (int r = r0; r < r1; r++) {
        size_t y = (size_t)(r % out->h);
        copy(run, out, ae_in(run, nd, 0), r / out->h, y * row, (y + 1) * row,
             0);
    }
}

static void back_rows(const struct ae_run *run, const struct ae_node *nd,
                      int r0, int r1)
{
    const struct ae_view *dx = ae_din(run, nd, 0);
    size_t row = (size_t)dx->w * (size_t)dx->c;

    for (int r = r0; r < r1; r++) {
        size_t y = (size_t)(r % dx->h);
        copy(run, dx, &run->dout[nd->index], r / dx->h, y * row, (y + 1) * row,
             run->add[nd->index][0]);
    }
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dx = ae_din(run, nd, 0);

    ae_par_backward(run, nd, dx->n * dx->h, 2.0 * dx->w * dx->c, back_rows);
}

const struct ae_layer_kind ae_layer_reshape = {
    .name = "reshape",
    .help = "the same values in the same order as another h, w, c",
    .fields = fields,
    .size = sizeof(struct reshape),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_GLOBAL,
    .shape = shape,
    .forward = forward,
    .backward = backward};
