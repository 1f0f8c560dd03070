/* latent.c - a Gaussian code, drawn by reparameterisation (Kingma, Welling
 * 2014): in training z = mu + exp(logvar / 2) eps, elsewhere z = mu.
 *
 * Its own loss term is beta times the divergence of N(mu, exp(logvar)) from
 * N(0, 1), summed over an item's code and divided by the elements of the
 * first input's item: the loss's own unit, so that beta = 1 with a mean
 * log-likelihood is the evidence bound. */
#include <math.h>

#include "base/err.h"
#include "base/rng.h"
#include "nn/rows.h"

struct latent { int c; double beta; };
enum { MU, LOGVAR };

static const struct ae_field fields[] = {
    { "c", AE_F_INT, offsetof(struct latent, c), "0", 0, 65536,
      "channels of the code; 0: as mu has", NULL, "N", 0 },
    { "beta", AE_F_REAL, offsetof(struct latent, beta), "1", 0, 1e6,
      "weight of the divergence", NULL, "X", 0 },
    { .name = NULL }
};

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct latent *a = nd->attr;
    *out = in[MU];
    if (in[MU].h != in[LOGVAR].h || in[MU].w != in[LOGVAR].w ||
        in[MU].c != in[LOGVAR].c || (a->c && a->c != in[MU].c))
        return ae_fail(e, AE_EARG, "mu is %dx%dx%d, logvar %dx%dx%d, the "
                       "code has c=%d", in[MU].h, in[MU].w, in[MU].c,
                       in[LOGVAR].h, in[LOGVAR].w, in[LOGVAR].c,
                       a->c ? a->c : in[MU].c);
    return 0;
}

/* Log-variances beyond this say nothing and would overflow exp(). */
static float sane(float logvar)
{
    return fminf(fmaxf(logvar, -20), 20);
}

/* Standard normals for the pixels of row r, a run at a time. */
enum { RUN = 64 };
static void draw(const struct ae_run *run, const struct ae_node *nd, int r,
                 int first, float eps[RUN])
{
    const struct ae_view *v = &run->out[nd->index];
    uint64_t row = ae_round_up((size_t)v->w * (size_t)v->c, RUN);
    uint64_t stream = ae_mix(ae_hash(nd->name, strlen(nd->name)), run->step);
    ae_rng_normals(run->seed, stream, (uint64_t)r * row + (uint64_t)first,
                   eps, RUN);
}

static void forward(const struct ae_run *run, const struct ae_node *nd,
                    int r0, int r1)
{
    const struct ae_view *out = &run->out[nd->index];
    const struct ae_view *mu = ae_in(run, nd, MU), *lv = ae_in(run, nd, LOGVAR);
    float eps[RUN];
    for (int r = r0; r < r1; r++) {
        float *z = ae_batch_row(out, r);
        const float *v = ae_batch_row(lv, r);
        ae_put_row(run, out, z, mu, ae_batch_row(mu, r), 0);
        for (int i = 0; run->train && i < out->w * out->c; i++) {
            int x = i / out->c, c = i % out->c;
            if (i % RUN == 0)
                draw(run, nd, r, i, eps);
            z[x * out->pix + c] += expf(0.5f * sane(v[x * lv->pix + c])) *
                                   eps[i % RUN];
        }
    }
}

/* What a divergence of one counts for in the loss. */
static double unit(const struct ae_run *run, const struct ae_node *nd)
{
    const struct latent *a = nd->attr;
    const struct ae_view *x = &run->out[0];
    return a->beta / ((double)x->n * x->h * x->w * x->c);
}

static double term(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *mu = ae_in(run, nd, MU), *lv = ae_in(run, nd, LOGVAR);
    double sum = 0;
    for (int r = 0; r < mu->n * mu->h; r++) {
        const float *m = ae_batch_row(mu, r), *v = ae_batch_row(lv, r);
        for (int x = 0; x < mu->w; x++, m += mu->pix, v += lv->pix)
            for (int c = 0; c < mu->c; c++) {
                double s = sane(v[c]);
                sum += 0.5 * (exp(s) + (double)m[c] * m[c] - 1 - s);
            }
    }
    return sum * unit(run, nd);
}

static void put(const struct ae_view *v, float *row, int x, int c, float d,
                int add)
{
    float *to = &row[x * v->pix + c];
    if (v->data)
        *to = add ? *to + d : d;
}

/* Outside the sane range the divergence still pulls back in. */
static void back_rows(const struct ae_run *run, const struct ae_node *nd,
                      int r0, int r1)
{
    const struct ae_view *dz = &run->dout[nd->index];
    const struct ae_view *mu = ae_in(run, nd, MU), *lv = ae_in(run, nd, LOGVAR);
    const struct ae_view *dm = ae_din(run, nd, MU);
    const struct ae_view *dv = ae_din(run, nd, LOGVAR);
    const unsigned char *add = run->add[nd->index];
    float eps[RUN], one = (float)unit(run, nd);
    for (int r = r0; r < r1; r++) {
        const float *g = ae_batch_row(dz, r), *m = ae_batch_row(mu, r);
        const float *v = ae_batch_row(lv, r);
        float *a = dm->data ? ae_batch_row(dm, r) : NULL;
        float *b = dv->data ? ae_batch_row(dv, r) : NULL;
        for (int i = 0; i < dz->w * dz->c; i++) {
            int x = i / dz->c, c = i % dz->c;
            float raw = v[x * lv->pix + c], s = sane(raw);
            float gz = g[x * dz->pix + c];
            if (i % RUN == 0)
                draw(run, nd, r, i, eps);
            float sway = s == raw ? 0.5f * expf(0.5f * s) * eps[i % RUN] : 0;
            put(dv, b, x, c, gz * sway + one * 0.5f * (expf(s) - 1),
                add[LOGVAR]);
            put(dm, a, x, c, gz + one * m[x * mu->pix + c], add[MU]);
        }
    }
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dz = &run->dout[nd->index];
    ae_par_back(run, nd, dz->n * dz->h, 40.0 * dz->w * dz->c, back_rows);
}

const struct ae_layer_kind ae_layer_latent = {
    .name = "latent", .help = "the code: drawn from mu and logvar in "
    "training", .fields = fields, .size = sizeof(struct latent), .min_in = 2,
    .max_in = 2, .flags = AE_KEEP_X | AE_CODE, .shape = shape,
    .forward = forward, .backward = backward, .term = term
};
