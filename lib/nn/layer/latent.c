/* latent.c - a Gaussian code, drawn by reparameterisation (Kingma, Welling
 * 2014): in training z = mu + exp(logvar / 2) eps, elsewhere z = mu.
 *
 * Its loss term is beta times the divergence of N(mu, exp(logvar)) from
 * N(0, 1), summed over an item's code and divided by the elements of an item of
 * the first input.  That is the unit of the loss, so that beta = 1 with a mean
 * log-likelihood is the evidence bound.  With free nats each number of the code
 * costs at least those, so that no gradient reduces a divergence below them
 * (Kingma et al. 2016, over the batch).
 *
 * With importance weighting (Burda et al. 2016) there is no such term: each
 * item gets log q(z|x) - log p(z) of its draw, and gradients are weighted by
 * item. */
#include <math.h>

#include "base/err.h"
#include "base/rng.h"
#include "nn/graph/graph.h"
#include "nn/graph/row_tasks.h"
#include "nn/layer/gauss.h"

struct latent {
    int c;
    double beta;
};
enum { MU, LOGVAR };

static const struct ae_field fields[] = {
    AE_FIELD("c", INT, latent, c, .def = "0", .max = 65536,
             .help = "channels of the code; 0: those of mu"),
    AE_FIELD("beta", REAL, latent, beta, .def = "1", .max = 1e6,
             .help = "weight of the divergence from a standard normal"),
    {.name = NULL}};

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct latent *a = nd->attr;

    *out = in[MU];
    if (in[MU].h != in[LOGVAR].h || in[MU].w != in[LOGVAR].w ||
        in[MU].c != in[LOGVAR].c || (a->c && a->c != in[MU].c))
        return ae_fail(e, AE_EARG,
                       "mu is %dx%dx%d, logvar %dx%dx%d, the code has c=%d",
                       in[MU].h, in[MU].w, in[MU].c, in[LOGVAR].h, in[LOGVAR].w,
                       in[LOGVAR].c, a->c ? a->c : in[MU].c);
    return 0;
}

/* Standard normals for the pixels of row r, a run at a time. */
enum { RUN = 64 };
static void draw_noise(const struct ae_run *run, const struct ae_node *nd,
                       int r, int first, float eps[RUN])
{
    const struct ae_view *v = &run->out[nd->index];
    uint64_t row = ae_round_up((size_t)v->w * (size_t)v->c, RUN);
    uint64_t stream = ae_mix(ae_hash(nd->name, strlen(nd->name)), run->step);

    ae_rng_normals(run->seed, stream,
                   ae_drawn_row(run, r, v->h) * row + (uint64_t)first, eps,
                   RUN);
}

static void forward(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    const struct ae_view *out = &run->out[nd->index];
    const struct ae_view *mu = ae_in(run, nd, MU), *lv = ae_in(run, nd, LOGVAR);
    float eps[RUN];

    for (int r = r0; r < r1; r++) {
        float *z = ae_batch_row(out, r);
        const float *v = ae_batch_row(lv, r);
        ae_put_row(run, out, z, mu, ae_batch_row(mu, r), 0);
        for (int i = 0; run->code.draw && i < out->w * out->c; i++) {
            int x = i / out->c, c = i % out->c;
            if (i % RUN == 0)
                draw_noise(run, nd, r, i, eps);
            float *to = &z[x * out->pix + c];
            *to = ae_gauss_draw(*to, ae_gauss_logvar(v[x * lv->pix + c]),
                                eps[i % RUN]);
        }
    }
}

static double beta(const struct ae_run *run, const struct ae_node *nd)
{
    const struct latent *a = nd->attr;

    return a->beta * run->code.beta;
}

/* What one nat of divergence in one item adds to the loss. */
static double loss_scale(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *x = &run->out[0];

    return beta(run, nd) / ((double)x->n * x->h * x->w * x->c);
}

/* Means over the batch, by number of the code. */
static void collect_stats(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *mu = ae_in(run, nd, MU), *lv = ae_in(run, nd, LOGVAR);
    const struct ae_code_stats *st = &run->stats[nd->index];
    double by = 1.0 / mu->n;

    memset(st->mean, 0, 3 * (size_t)st->count * sizeof(*st->mean));
    for (int r = 0; r < mu->n * mu->h; r++) {
        const float *m = ae_batch_row(mu, r), *v = ae_batch_row(lv, r);
        int at = r % mu->h * mu->w * mu->c;
        for (int x = 0; x < mu->w; x++, m += mu->pix, v += lv->pix)
            for (int c = 0; c < mu->c; c++, at++) {
                double s = ae_gauss_logvar(v[c]), square = (double)m[c] * m[c];
                st->mean[at] += by * m[c];
                st->square[at] += by * square;
                st->divergence[at] += by * 0.5 * (exp(s) + square - 1 - s);
            }
    }
}

/* log q(z|x) - log p(z) of the drawn z: the constants of both go. */
static double log_ratio_of_row(const struct ae_run *run,
                               const struct ae_node *nd, int r)
{
    const struct ae_view *out = &run->out[nd->index];
    const struct ae_view *lv = ae_in(run, nd, LOGVAR);
    const float *z = ae_batch_row(out, r), *v = ae_batch_row(lv, r);
    float eps[RUN];
    double sum = 0;

    for (int i = 0; i < out->w * out->c; i++) {
        int x = i / out->c, c = i % out->c;
        if (i % RUN == 0)
            draw_noise(run, nd, r, i, eps);
        sum += ae_gauss_log_ratio(z[x * out->pix + c],
                                  ae_gauss_logvar(v[x * lv->pix + c]),
                                  eps[i % RUN]);
    }
    return sum;
}

static double term(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *out = &run->out[nd->index];
    const struct ae_code_stats *st = &run->stats[nd->index];
    double sum = 0;

    collect_stats(run, nd);
    if (run->code.ratio) {
        for (int r = 0; r < out->n * out->h; r++)
            run->code.ratio[r / out->h] += beta(run, nd) *
                                           log_ratio_of_row(run, nd, r);
        return 0;
    }
    for (int i = 0; i < st->count; i++)
        sum += fmax(st->divergence[i], run->code.free_nats);
    return sum * out->n * loss_scale(run, nd);
}

static void put_value(const struct ae_view *v, float *row, int x, int c,
                      float d, int add)
{
    float *to = &row[x * v->pix + c];

    if (v->data)
        *to = add ? *to + d : d;
}

/* Derivatives by mu and logvar of one number's term, or of its item's ratio
 * with z drawn as mu + sd eps.  Outside the range of log-variances the
 * divergence still pulls back into it. */
struct code_grads {
    float mu, logvar;
};
static struct code_grads grads_of_code(int drawn, float mu, float raw, float s,
                                       float eps)
{
    float z = ae_gauss_draw(mu, s, eps);
    struct code_grads p = {mu, 0.5f * (expf(s) - 1)};

    if (drawn) {
        p.mu = z;
        p.logvar = s == raw ? 0.5f * (z * (z - mu) - 1) : p.logvar;
    }
    return p;
}

static void back_rows(const struct ae_run *run, const struct ae_node *nd,
                      int r0, int r1)
{
    const struct ae_view *dz = &run->dout[nd->index];
    const struct ae_view *mu = ae_in(run, nd, MU), *lv = ae_in(run, nd, LOGVAR);
    const struct ae_view *dm = ae_din(run, nd, MU);
    const struct ae_view *dv = ae_din(run, nd, LOGVAR);
    const unsigned char *add = run->add[nd->index];
    const double *kl = run->stats[nd->index].divergence;
    const int drawn = run->code.ratio != NULL, row = dz->w * dz->c;
    float eps[RUN];

    for (int r = r0; r < r1; r++) {
        const float *g = ae_batch_row(dz, r), *m = ae_batch_row(mu, r);
        const float *v = ae_batch_row(lv, r);
        float *a = dm->data ? ae_batch_row(dm, r) : NULL;
        float *b = dv->data ? ae_batch_row(dv, r) : NULL;
        double one = drawn ? beta(run, nd) * run->code.weight[r / dz->h]
                           : loss_scale(run, nd);
        for (int i = 0; i < row; i++) {
            int x = i / dz->c, c = i % dz->c;
            float raw = v[x * lv->pix + c], s = ae_gauss_logvar(raw);
            float at = m[x * mu->pix + c], gz = g[x * dz->pix + c];
            if (i % RUN == 0)
                draw_noise(run, nd, r, i, eps);
            struct code_grads p = grads_of_code(drawn, at, raw, s,
                                                eps[i % RUN]);
            float by = !drawn && kl[r % dz->h * row + i] < run->code.free_nats
                           ? 0
                           : (float)one;
            float dz_dlogvar = s == raw ? 0.5f * expf(0.5f * s) * eps[i % RUN]
                                        : 0;
            put_value(dv, b, x, c, gz * dz_dlogvar + by * p.logvar,
                      add[LOGVAR]);
            put_value(dm, a, x, c, gz + by * p.mu, add[MU]);
        }
    }
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dz = &run->dout[nd->index];

    ae_par_backward(run, nd, dz->n * dz->h, 40.0 * dz->w * dz->c, back_rows);
}

const struct ae_layer_kind ae_layer_latent = {
    .name = "latent",
    .help = "the code: drawn from its inputs mu and logvar in training",
    .fields = fields,
    .size = sizeof(struct latent),
    .min_in = 2,
    .max_in = 2,
    .flags = AE_SAVE_INPUT | AE_IS_CODE,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .term = term};
