/* loss_nll.c - likelihoods of an item given its reconstruction.
 *
 * Each gives -log p of a run of elements, in nats, and one loop over a batch
 * serves all of them.  An item's gradients may have a weight of their own, as
 * importance weighting needs. */
#include "nn/loss/loss.h"

#include <math.h>

#include "base/err.h"
#include "base/field.h"
#include "base/threads.h"

#define HALF_LOG_2PI 0.91893853320467274178

const struct ae_field ae_gauss_fields[] = {
    AE_FIELD(
        "sigma", REAL, ae_gauss, sigma, .def = "0", .max = 1e9,
        .help =
            "standard deviation; 0: the net's own, from its output 'logvar'"),
    {.name = NULL}};
const struct ae_field ae_laplace_fields[] = {
    AE_FIELD("b", REAL, ae_laplace, b, .def = "0.1", .min = 1e-9, .max = 1e9,
             .help = "mean absolute deviation"),
    {.name = NULL}};

/* Keeps probabilities away from 0 and 1, where the logarithms are infinite. */
static float clamp_probability(float p)
{
    return fminf(fmaxf(p, 1e-6f), 1 - 1e-6f);
}

static int is_binary(const float *t, int n)
{
    int other = 0;

    for (int i = 0; i < n; i++)
        other |= t[i] * (1 - t[i]) != 0;
    return !other;
}

/* For targets 0 and 1, without gradients: up to 48 factors of at least 1e-6 are
 * multiplied in four chains, then one logarithm is taken. */
static double binary_nll(const struct ae_nll_run *r)
{
    double sum = 0;

    for (int i = 0; i < r->n; i += 48) {
        int end = ae_min(i + 48, r->n);
        double likely[4] = {1, 1, 1, 1};
        for (int k = i; k < end; k++) {
            float t = r->t[k], p = t * r->p[k] + (1 - t) * (1 - r->p[k]);
            likely[k % 4] *= (double)(p < 1e-6f ? 1e-6f : p);
        }
        sum -= log(likely[0] * likely[1] * (likely[2] * likely[3]));
    }
    return sum;
}

double ae_bernoulli_nll(const void *attr, const struct ae_nll_run *r)
{
    double sum = 0;

    (void)attr;
    if (!r->dp && is_binary(r->t, r->n))
        return binary_nll(r);
    for (int i = 0; i < r->n; i++) {
        float p = clamp_probability(r->p[i]), t = r->t[i];
        sum += (double)(-t * logf(p) - (1 - t) * log1pf(-p));
        if (r->dp)
            r->dp[i] = r->scale * ((p - t) / (p * (1 - p)));
    }
    return sum;
}

double ae_laplace_nll(const void *attr, const struct ae_nll_run *r)
{
    const struct ae_laplace *a = attr;
    double sum = 0;
    float by = (float)(r->scale / a->b);

    for (int i = 0; i < r->n; i++) {
        float u = r->p[i] - r->t[i];
        sum += (double)fabsf(u);
        if (r->dp)
            r->dp[i] = by * (float)((u > 0) - (u < 0));
    }
    return sum / a->b + r->n * log(2 * a->b);
}

static double fixed_gauss(double sigma, const struct ae_nll_run *r)
{
    double sum = 0;
    float by = (float)(r->scale / (sigma * sigma));

    for (int i = 0; i < r->n; i++) {
        float u = r->p[i] - r->t[i];
        sum += (double)(u * u);
        if (r->dp)
            r->dp[i] = by * u;
    }
    return sum / (2 * sigma * sigma) + r->n * (log(sigma) + HALF_LOG_2PI);
}

/* Bounds deviations to 0.0067..148, since an element that never varies would
 * drive its likelihood to infinity.  Outside, only a gradient back into the
 * range counts. */
#define LV_MOST 10.0f

double ae_gauss_nll(const void *attr, const struct ae_nll_run *r)
{
    const struct ae_gauss *a = attr;
    double sum = 0;

    if (a->sigma > 0 || !r->lv)
        return fixed_gauss(a->sigma > 0 ? a->sigma : 1, r);
    for (int i = 0; i < r->n; i++) {
        float u = r->p[i] - r->t[i], raw = r->lv[i];
        float lv = fminf(fmaxf(raw, -LV_MOST), LV_MOST), w = expf(-lv);
        float dlv = 0.5f * (1 - u * u * w);
        sum += 0.5 * (double)(lv + u * u * w);
        if (r->dp)
            r->dp[i] = r->scale * u * w;
        if (r->dlv)
            r->dlv[i] = (raw < -LV_MOST && dlv > 0) ||
                                (raw > LV_MOST && dlv < 0)
                            ? 0
                            : r->scale * dlv;
    }
    return sum + r->n * HALF_LOG_2PI;
}

/* ------------------------------------------------------ a batch, by items */

struct job {
    const struct ae_loss *l;
    const struct ae_likelihood *io;
    double *part; /* a sum for each task */
    int rows;     /* of a task, where it isn't an item */
    float scale;
};

static float *row_of(const struct ae_view *v, int n, int y)
{
    return v && v->data ? ae_row(v, n, y) : NULL;
}

static int is_contiguous(const struct ae_view *v)
{
    return !v || !v->data || v->pix == v->c;
}

static double one_row(const struct job *j, int n, int y)
{
    const struct ae_likelihood *io = j->io;
    const struct ae_view *p = io->pred, *t = io->target;
    int whole = is_contiguous(p) && is_contiguous(t) && !io->plane &&
                is_contiguous(io->logvar) && is_contiguous(io->dpred) &&
                is_contiguous(io->dlogvar);
    struct ae_nll_run r = {ae_row(p, n, y),
                           row_of(io->logvar, n, y),
                           ae_row(t, n / io->k, y),
                           row_of(io->dpred, n, y),
                           row_of(io->dlogvar, n, y),
                           whole ? p->w * p->c : p->c,
                           io->weight ? (float)io->weight[n] : j->scale};
    const float *weight = row_of(io->plane, n / io->k, y);
    const float scale = r.scale;
    double sum = 0;

    for (int x = 0; x < (whole ? 1 : p->w); x++) {
        const float w = weight ? weight[x * io->plane->pix] : 1;
        r.scale = w * scale;
        sum += (double)w * j->l->kind->nll(j->l->attr, &r);
        r.p += p->pix;
        r.t += t->pix;
        r.lv = r.lv ? r.lv + io->logvar->pix : NULL;
        r.dp = r.dp ? r.dp + io->dpred->pix : NULL;
        r.dlv = r.dlv ? r.dlv + io->dlogvar->pix : NULL;
    }
    return sum;
}

static void item_task(void *arg, int task, int thread)
{
    const struct job *j = arg;
    double sum = 0;

    (void)thread;
    for (int y = 0; y < j->io->pred->h; y++)
        sum += one_row(j, task, y);
    j->part[task] = sum;
}

static void rows_task(void *arg, int task, int thread)
{
    const struct job *j = arg;
    const struct ae_view *p = j->io->pred;
    int end = ae_min((task + 1) * j->rows, p->n * p->h);
    double sum = 0;

    (void)thread;
    for (int r = task * j->rows; r < end; r++)
        sum += one_row(j, r / p->h, r % p->h);
    j->part[task] = sum;
}

enum { PIECES = 64 }; /* the rows of a batch in at most so many parts */

double ae_loss_likelihood(const struct ae_loss *l, const struct ae_ctx *ctx,
                          const struct ae_likelihood *io, double *nll)
{
    const struct ae_view *p = io->pred;
    const int rows = (p->n * p->h + PIECES - 1) / PIECES;
    const int parts = nll ? p->n : (p->n * p->h + rows - 1) / rows;
    double piece[PIECES], sum = 0;
    struct job j = {
        l, io, nll ? nll : piece, rows,
        (float)(1 / (ae_loss_weight(io->target, io->plane) * io->k * p->c))};

    assert(l->kind->nll);
    ae_par_for(ctx->pool, parts, nll ? item_task : rows_task, &j);
    for (int i = 0; i < parts; i++)
        sum += j.part[i];
    return sum;
}

int ae_loss_nll(const struct ae_loss *l, const struct ae_ctx *ctx,
                const struct ae_view *pred, const struct ae_view *logvar,
                const struct ae_view *target, int k, double *nll,
                struct ae_err *e)
{
    const struct ae_likelihood io = {
        .pred = pred, .logvar = logvar, .target = target, .k = k};
    if (!l->kind->nll)
        return ae_fail(
            e, AE_EARG,
            "the loss '%s' is not a likelihood; those are bernoulli, gauss and "
            "laplace",
            l->kind->name);

    if (ae_loss_wants_logvar(l) && !(logvar && logvar->data))
        return ae_fail(e, AE_EARG,
                       "the loss 'gauss' without sigma= needs the net's output "
                       "'logvar'");
    ae_loss_likelihood(l, ctx, &io, nll);
    return 0;
}

int ae_loss_wants_logvar(const struct ae_loss *l)
{
    const struct ae_gauss *a = l->attr;

    return l->kind->nll == ae_gauss_nll && !(a->sigma > 0);
}
