/* valid.c - scores on held-out examples. */
#include <math.h>
#include <string.h>

#include "train/valid.h"

enum {
    MOST_CROPS = 32,             /* of images: a second or so */
    MOST_ITEMS = 2000,           /* of small whole items */
    AT_ONCE = 16
};

struct ae_view ae_batch_view(const struct ae_batch *b, struct ae_shape shape,
                             int first, int n)
{
    return (struct ae_view){
        .data = b->clean + (size_t)first * b->item, .n = n, .h = shape.h,
        .w = shape.w, .c = shape.c, .pix = shape.c,
        .row = (ptrdiff_t)shape.w * shape.c, .item = (ptrdiff_t)b->item,
        .ring = shape.h};
}

/* Inputs may be slices of a later node's buffer: their strides are theirs. */
static void put(const struct ae_view *to, int n, const float *from)
{
    for (int i = 0; i < n; i++)
        for (int y = 0; y < to->h; y++) {
            float *row = ae_row(to, i, y);
            for (int x = 0; x < to->w; x++, from += to->c)
                memcpy(row + x * to->pix, from,
                       (size_t)to->c * sizeof(float));
        }
}

static void put_level(const struct ae_view *to, int n, const float *level)
{
    for (int i = 0; i < n; i++)
        for (int y = 0; y < to->h; y++) {
            float *row = ae_row(to, i, y);
            for (int x = 0; x < to->w; x++)
                for (int c = 0; c < to->c; c++)
                    row[x * to->pix + c] = level[i];
        }
}

void ae_feed(struct ae_exec *x, const struct ae_batch *b, int first, int n)
{
    const struct ae_view in = ae_exec_input(x, "x");
    const struct ae_view sigma = ae_exec_input(x, "sigma");

    put(&in, n, b->noisy + (size_t)first * b->item);
    if (sigma.data)
        put_level(&sigma, n, b->sigma + first);
}

/* The sampler's order is a shuffle, so the first few are a fair choice. */
int ae_valid_init(struct ae_valid *v, const struct ae_sampler *s,
                  const struct ae_graph *g, float *weights,
                  const struct ae_loss *loss, int psnr, struct ae_err *e)
{
    const int most = psnr ? MOST_CROPS : MOST_ITEMS;
    const int n = psnr ? most : ae_min((int)s->slots, most);

    memset(v, 0, sizeof(*v));
    v->shape = (struct ae_shape){s->h, s->w, s->c};
    v->loss = loss;
    v->ctx = s->ctx;
    v->psnr = psnr;
    v->step = psnr ? 1 : ae_min(n, AT_ONCE);
    int r = ae_batch_init(&v->all, s, n / v->step * v->step, e);
    if (r >= 0)
        r = ae_batch_fill(&v->all, s, 0, e);
    if (r >= 0)
        r = ae_exec_new(s->ctx, g, weights, v->step, s->h, s->w, 0, &v->exec,
                        e);
    return r;
}

void ae_valid_release(struct ae_valid *v)
{
    ae_exec_free(v->exec);
    ae_batch_release(&v->all);
    memset(v, 0, sizeof(*v));
}

/* Of one example, against what a file would hold: clipped to 0..1. */
static double psnr_of(const struct ae_view *out, const struct ae_view *clean)
{
    double sum = 0;

    for (int y = 0; y < out->h; y++) {
        const float *a = ae_row(out, 0, y), *b = ae_row(clean, 0, y);
        for (int x = 0; x < out->w; x++)
            for (int c = 0; c < out->c; c++) {
                const float u = a[x * out->pix + c];
                const double d = (double)(u < 0 ? 0 : u > 1 ? 1 : u) -
                                 b[x * clean->pix + c];
                sum += d * d;
            }
    }
    sum /= (double)out->h * out->w * out->c;
    return sum <= 1e-10 ? 100 : -10 * log10(sum);        /* NaN stays NaN */
}

double ae_valid_score(struct ae_valid *v)
{
    const struct ae_view none = {0};
    double sum = 0;

    ae_exec_pack(v->exec);
    for (int i = 0; i < v->all.n; i += v->step) {
        ae_feed(v->exec, &v->all, i, v->step);
        ae_exec_forward(v->exec, 0, 0);
        const struct ae_view out = ae_exec_output(v->exec, NULL);
        const struct ae_view clean =
            ae_batch_view(&v->all, v->shape, i, v->step);
        sum += v->psnr ? psnr_of(&out, &clean)
                       : ae_loss_eval(v->loss, v->ctx, &out, &clean, 1,
                                      &none);
    }
    return sum / (v->all.n / v->step);
}

int ae_valid_better(const struct ae_valid *v, double a, double b)
{
    return isnan(b) || (v->psnr ? a > b : a < b);
}

const char *ae_valid_name(const struct ae_valid *v)
{
    return v->psnr ? "psnr" : v->loss->kind->name;
}
