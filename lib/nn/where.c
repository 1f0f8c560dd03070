/* where.c - a value where it is known, and else what stands in for it: such as
 * a level of noise that is told, or else estimated by the net itself. */
#include "base/err.h"
#include "nn/rows.h"

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    (void)nd;
    *out = in[0];
    if (in[1].h == in[0].h && in[1].w == in[0].w && in[1].c == in[0].c)
        return 0;
    return ae_fail(e, AE_EARG, "the second input is %dx%dx%d where the first "
                   "is %dx%dx%d (h x w x c, 0: any)", in[1].h, in[1].w,
                   in[1].c, in[0].h, in[0].w, in[0].c);
}

static void forward(const struct ae_run *run, const struct ae_node *nd,
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

/* The gradient goes to the input that was taken. */
static void rows_back(const struct ae_run *run, const struct ae_node *nd,
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

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dy = &run->dout[nd->index];

    ae_par_back(run, nd, dy->n * dy->h, 2.0 * dy->w * dy->c, rows_back);
}

const struct ae_layer_kind ae_layer_where = {
    .name = "where", .help = "the first input where it is at least 0, else "
    "the second", .min_in = 2, .max_in = 2,
    .flags = AE_KEEP_X | AE_BY_PIXEL,
    .shape = shape, .forward = forward, .backward = backward
};
