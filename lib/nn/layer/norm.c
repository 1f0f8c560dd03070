/* norm.c - batch norm (Ioffe, Szegedy 2015) and layer norm over a pixel's
 * channels (Ba et al. 2016).
 *
 * Sums over a batch are taken in double over PARTS parts of its rows, which are
 * cut by shape, and added in order; they lie in the node's packed floats. */
#include "nn/layer/layer.h"

#include <math.h>

#include "nn/graph/row_tasks.h"

enum { PARTS = 16 };
enum { WEIGHT, BIAS, MEAN, VAR };          /* params */
enum { SCALE, SHIFT, CENTRE, ISTD, ROWS }; /* packed rows of c floats */

struct norm {
    double eps, momentum;
};

static const struct ae_field bnorm_fields[] = {
    AE_FIELD("eps", REAL, norm, eps, .def = "1e-5", .min = 1e-12, .max = 1,
             .help = "added to the variance"),
    AE_FIELD("momentum", REAL, norm, momentum, .def = "0.1", .max = 1,
             .help = "share of a batch in the running statistics"),
    {.name = NULL}};
static const struct ae_field lnorm_fields[] = {
    AE_FIELD("eps", REAL, norm, eps, .def = "1e-5", .min = 1e-12, .max = 1,
             .help = "added to the variance"),
    {.name = NULL}};

double ae_bnorm_eps(const struct ae_node *nd)
{
    const struct norm *a = nd->attr;

    return a->eps;
}

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    (void)nd;
    (void)e;
    *out = in[0];
    return 0;
}

static void add_param(struct ae_node *nd, const char *suffix, enum ae_init init,
                      int trainable)
{
    nd->param[nd->nparam++] = (struct ae_param){.suffix = suffix,
                                                .ndims = 1,
                                                .dims = {nd->shape.c},
                                                .axes = {0},
                                                .init = init,
                                                .trainable = trainable};
}

/* Floats for `rows` of c, then for the parts' sums, two doubles a channel. */
static size_t packed_floats(int rows, int c)
{
    return ae_round_up((size_t)rows * (size_t)c, 16) +
           4 * (size_t)PARTS * (size_t)c;
}

static int bnorm_setup(struct ae_node *nd, const struct ae_node *const *in,
                       struct ae_err *e)
{
    (void)in;
    (void)e;
    add_param(nd, "weight", AE_INIT_ONE, 1);
    add_param(nd, "bias", AE_INIT_ZERO, 1);
    add_param(nd, "mean", AE_INIT_ZERO, 0);
    add_param(nd, "var", AE_INIT_ONE, 0);
    nd->packed = packed_floats(ROWS, nd->shape.c);
    return 0;
}

static int lnorm_setup(struct ae_node *nd, const struct ae_node *const *in,
                       struct ae_err *e)
{
    (void)in;
    (void)e;
    add_param(nd, "weight", AE_INIT_ONE, 1);
    add_param(nd, "bias", AE_INIT_ZERO, 1);
    nd->packed = packed_floats(0, nd->shape.c);
    return 0;
}

static float *packed_row(const struct ae_run *run, const struct ae_node *nd,
                         int row)
{
    return run->packed + nd->packed_offset + row * nd->shape.c;
}

/* ------------------------------------------------------------ sums by parts */

typedef void part_fn(const struct ae_run *run, const struct ae_node *nd, int r0,
                     int r1, double *a, double *b);
struct parts {
    const struct ae_run *run;
    const struct ae_node *nd;
    part_fn *fn;
    double *sum; /* PARTS x 2 x c */
};

static void part_task(void *arg, int task, int thread)
{
    const struct parts *p = arg;
    const struct ae_view *v = &p->run->out[p->nd->index];
    int64_t rows = (int64_t)v->n * v->h;
    double *a = p->sum + (size_t)task * 2 * (size_t)v->c;

    (void)thread;
    memset(a, 0, 2 * (size_t)v->c * sizeof(*a));
    p->fn(p->run, p->nd, (int)(rows * task / PARTS),
          (int)(rows * (task + 1) / PARTS), a, a + v->c);
}

/* fn adds its rows to the c sums a and the c sums b.  Returns the totals of a,
 * then those of b, which lie in the first part's place. */
static double *sum_parts(const struct ae_run *run, const struct ae_node *nd,
                         int rows, part_fn *fn)
{
    float *at = run->packed + nd->packed_offset +
                ae_round_up((size_t)rows * (size_t)nd->shape.c, 16);
    struct parts p = {run, nd, fn, (double *)(void *)at};
    int n = 2 * nd->shape.c;

    ae_par_for(run->ctx->pool, PARTS, part_task, &p);
    for (int t = 1; t < PARTS; t++)
        for (int i = 0; i < n; i++)
            p.sum[i] += p.sum[t * n + i];
    return p.sum;
}

/* Adds the two totals to the gradients of weight and bias. */
static void add_wgrad(const struct ae_run *run, const struct ae_node *nd,
                      const double *total)
{
    for (int i = WEIGHT; i <= BIAS; i++) {
        float *g = run->wgrad + nd->param[i].offset;
        for (int c = 0; c < nd->shape.c; c++)
            g[c] += (float)total[i * nd->shape.c + c];
    }
}

/* ------------------------------------------------------------ batch norm */

static void set_affine(const struct ae_run *run, const struct ae_node *nd)
{
    const float *w = ae_weight(run, nd, WEIGHT), *b = ae_weight(run, nd, BIAS);
    float *scale = packed_row(run, nd, SCALE);
    float *shift = packed_row(run, nd, SHIFT);
    const float *centre = packed_row(run, nd, CENTRE);
    const float *istd = packed_row(run, nd, ISTD);

    for (int c = 0; c < nd->shape.c; c++) {
        scale[c] = w[c] * istd[c];
        shift[c] = b[c] - centre[c] * scale[c];
    }
}

static void bnorm_pack(const struct ae_run *run, const struct ae_node *nd)
{
    const struct norm *a = nd->attr;
    const float *var = ae_weight(run, nd, VAR);
    float *istd = packed_row(run, nd, ISTD);

    memcpy(packed_row(run, nd, CENTRE), ae_weight(run, nd, MEAN),
           (size_t)nd->shape.c * sizeof(float));
    for (int c = 0; c < nd->shape.c; c++)
        istd[c] = (float)(1 / sqrt(fmax(var[c], 0) + a->eps));
    set_affine(run, nd);
}

static void moment_part(const struct ae_run *run, const struct ae_node *nd,
                        int r0, int r1, double *a, double *b)
{
    const struct ae_view *in = ae_in(run, nd, 0);

    for (int r = r0; r < r1; r++) {
        const float *p = ae_batch_row(in, r);
        for (int x = 0; x < in->w; x++, p += in->pix)
            for (int c = 0; c < in->c; c++) {
                a[c] += p[c];
                b[c] += (double)p[c] * p[c];
            }
    }
}

/* In training finds the batch's mean and variance and updates the running
 * ones. */
static void bnorm_prepare(const struct ae_run *run, const struct ae_node *nd)
{
    const struct norm *a = nd->attr;

    if (!run->train)
        return;
    const struct ae_view *in = ae_in(run, nd, 0);
    double n = (double)in->n * in->h * in->w, m = a->momentum;
    const double *total = sum_parts(run, nd, ROWS, moment_part);
    float *centre = packed_row(run, nd, CENTRE);
    float *istd = packed_row(run, nd, ISTD);
    float *mean = run->buffers + nd->param[MEAN].offset;
    float *var = run->buffers + nd->param[VAR].offset;
    for (int c = 0; c < nd->shape.c; c++) {
        double mu = total[c] / n;
        double v = fmax(total[nd->shape.c + c] / n - mu * mu, 0);
        centre[c] = (float)mu;
        istd[c] = (float)(1 / sqrt(v + a->eps));
        mean[c] = (float)(mean[c] + m * (mu - mean[c]));
        var[c] = (float)(var[c] + m * (v * n / fmax(n - 1, 1) - var[c]));
    }
    set_affine(run, nd);
}

static void bnorm_forward(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);
    const float *scale = packed_row(run, nd, SCALE);
    const float *shift = packed_row(run, nd, SHIFT);

    for (int r = r0; r < r1; r++) {
        float *y = ae_batch_row(out, r);
        const float *p = ae_batch_row(in, r);
        for (int x = 0; x < out->w; x++, y += out->pix, p += in->pix)
            for (int c = 0; c < out->c; c++)
                y[c] = p[c] * scale[c] + shift[c];
    }
}

/* Sums of dy times the normalised input, and of dy. */
static void bnorm_part(const struct ae_run *run, const struct ae_node *nd,
                       int r0, int r1, double *a, double *b)
{
    const struct ae_view *in = ae_in(run, nd, 0), *dy = &run->dout[nd->index];
    const float *centre = packed_row(run, nd, CENTRE);
    const float *istd = packed_row(run, nd, ISTD);

    for (int r = r0; r < r1; r++) {
        const float *p = ae_batch_row(in, r), *g = ae_batch_row(dy, r);
        for (int x = 0; x < in->w; x++, p += in->pix, g += dy->pix)
            for (int c = 0; c < in->c; c++) {
                a[c] += g[c] * ((p[c] - centre[c]) * istd[c]);
                b[c] += g[c];
            }
    }
}

/* dx = scale (dy - mean(dy) - xhat mean(dy xhat)); the means lie where
 * sum_parts() put the totals. */
static void bnorm_rows_back(const struct ae_run *run, const struct ae_node *nd,
                            int r0, int r1)
{
    const struct ae_view *in = ae_in(run, nd, 0), *dy = &run->dout[nd->index];
    const struct ae_view *dx = ae_din(run, nd, 0);
    const float *scale = packed_row(run, nd, SCALE);
    const float *centre = packed_row(run, nd, CENTRE);
    const float *istd = packed_row(run, nd, ISTD);
    const double *mean =
        (const double *)(const void *)(packed_row(run, nd, 0) +
                                       ae_round_up((size_t)ROWS *
                                                       (size_t)nd->shape.c,
                                                   16));
    int add = run->add[nd->index][0], nc = nd->shape.c;

    for (int r = r0; r < r1; r++) {
        const float *p = ae_batch_row(in, r), *g = ae_batch_row(dy, r);
        float *d = ae_batch_row(dx, r);
        for (int x = 0; x < in->w;
             x++, p += in->pix, g += dy->pix, d += dx->pix)
            for (int c = 0; c < nc; c++) {
                float hat = (p[c] - centre[c]) * istd[c];
                float v = scale[c] *
                          (g[c] - (float)mean[nc + c] - hat * (float)mean[c]);
                d[c] = add ? d[c] + v : v;
            }
    }
}

static void bnorm_backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dy = &run->dout[nd->index];
    double *total = sum_parts(run, nd, ROWS, bnorm_part);

    add_wgrad(run, nd, total);
    for (int i = 0; i < 2 * nd->shape.c; i++)
        total[i] /= (double)dy->n * dy->h * dy->w;
    if (ae_din(run, nd, 0)->data)
        ae_par_backward(run, nd, dy->n * dy->h, 6.0 * dy->w * dy->c,
                        bnorm_rows_back);
}

/* ------------------------------------------------------------ layer norm */

/* A pixel's mean and one over its deviation. */
static void pixel_stats(const float *p, int n, double eps, float *mean,
                        float *istd)
{
    double sum = 0, dev = 0;

    for (int c = 0; c < n; c++)
        sum += p[c];
    *mean = (float)(sum / n);
    for (int c = 0; c < n; c++)
        dev += (p[c] - *mean) * (p[c] - *mean);
    *istd = (float)(1 / sqrt(dev / n + eps));
}

static void lnorm_forward(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    const struct norm *a = nd->attr;
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);
    const float *w = ae_weight(run, nd, WEIGHT), *b = ae_weight(run, nd, BIAS);

    for (int r = r0; r < r1; r++) {
        float *y = ae_batch_row(out, r), mean, istd;
        const float *p = ae_batch_row(in, r);
        for (int x = 0; x < out->w; x++, y += out->pix, p += in->pix) {
            pixel_stats(p, in->c, a->eps, &mean, &istd);
            for (int c = 0; c < out->c; c++)
                y[c] = (p[c] - mean) * istd * w[c] + b[c];
        }
    }
}

/* One pixel: adds to the sums of weight and bias, and turns dy into dx. */
static void lnorm_pixel(const float *p, const float *g, const float *w, int n,
                        double eps, float *d, int add, double *a, double *b)
{
    float mean, istd;
    double m1 = 0, m2 = 0;

    pixel_stats(p, n, eps, &mean, &istd);
    for (int c = 0; c < n; c++) {
        float hat = (p[c] - mean) * istd;
        a[c] += g[c] * hat;
        b[c] += g[c];
        m1 += g[c] * w[c];
        m2 += g[c] * w[c] * hat;
    }
    for (int c = 0; d && c < n; c++) {
        float hat = (p[c] - mean) * istd;
        float v = istd *
                  (g[c] * w[c] - (float)(m1 / n) - hat * (float)(m2 / n));
        d[c] = add ? d[c] + v : v;
    }
}

static void lnorm_part(const struct ae_run *run, const struct ae_node *nd,
                       int r0, int r1, double *a, double *b)
{
    const struct norm *at = nd->attr;
    const struct ae_view *in = ae_in(run, nd, 0), *dy = &run->dout[nd->index];
    const struct ae_view *dx = ae_din(run, nd, 0);
    const float *w = ae_weight(run, nd, WEIGHT);

    for (int r = r0; r < r1; r++) {
        const float *p = ae_batch_row(in, r), *g = ae_batch_row(dy, r);
        float *d = dx->data ? ae_batch_row(dx, r) : NULL;
        for (int x = 0; x < in->w; x++)
            lnorm_pixel(p + x * in->pix, g + x * dy->pix, w, in->c, at->eps,
                        d ? d + x * dx->pix : NULL, run->add[nd->index][0], a,
                        b);
    }
}

static void lnorm_backward(const struct ae_run *run, const struct ae_node *nd)
{
    add_wgrad(run, nd, sum_parts(run, nd, 0, lnorm_part));
}

const struct ae_layer_kind ae_layer_bnorm = {
    .name = "bnorm",
    .help = "batch norm; a scale and a shift outside training",
    .fields = bnorm_fields,
    .size = sizeof(struct norm),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SAVE_INPUT | AE_INPLACE | AE_POINTWISE,
    .shape = shape,
    .setup = bnorm_setup,
    .pack = bnorm_pack,
    .prepare = bnorm_prepare,
    .forward = bnorm_forward,
    .backward = bnorm_backward};
const struct ae_layer_kind ae_layer_lnorm = {
    .name = "lnorm",
    .help = "layer norm over a pixel's channels",
    .fields = lnorm_fields,
    .size = sizeof(struct norm),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SAVE_INPUT | AE_INPLACE | AE_POINTWISE,
    .shape = shape,
    .setup = lnorm_setup,
    .forward = lnorm_forward,
    .backward = lnorm_backward};
