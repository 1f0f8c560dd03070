/* loss.c - the table of losses, and those that are sums over elements or
 * pixels.
 *
 * A loss is the mean over elements, with two exceptions that are means over
 * pixels: ce and kl compare distributions over channels. */
#include "nn/loss/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/threads.h"

struct charbonnier {
    double eps;
};
struct huber {
    double delta;
};

static const struct ae_field charbonnier_fields[] = {
    AE_FIELD("eps", REAL, charbonnier, eps, .def = "1e-3", .min = 1e-9,
             .max = 10, .help = "half-width of the rounded bottom"),
    {.name = NULL}};
static const struct ae_field huber_fields[] = {
    AE_FIELD("delta", REAL, huber, delta, .def = "1", .min = 1e-9, .max = 1e9,
             .help = "where the square becomes a line"),
    {.name = NULL}};

/* Keeps probabilities away from 0, where the logarithm is infinite. */
#define P_EDGE 1e-6f

/* One run of n elements: returns the sum of losses, in double and in order, and
 * stores `scale` times the derivative in d (NULL: not wanted).  In the
 * expressions below p is the prediction, t the target, `par` the loss's
 * parameter. */
typedef double run_fn(float par, const float *pred, const float *target,
                      float *d, int n, float scale);

#define EACH(name, value, derivative)                                          \
    static double name(float par, const float *pred, const float *target,      \
                       float *d, int n, float scale)                           \
    {                                                                          \
        double sum = 0;                                                        \
        (void)par;                                                             \
        for (int i = 0; i < n; i++) {                                          \
            float p = pred[i], t = target[i];                                  \
            sum += (double)(value);                                            \
            if (d)                                                             \
                d[i] = scale * (derivative);                                   \
        }                                                                      \
        return sum;                                                            \
    }

static float charbonnier(float u, float eps)
{
    return sqrtf(u * u + eps * eps);
}

static float huber(float u, float delta)
{
    float a = fabsf(u);

    return a < delta ? 0.5f * a * a : delta * (a - 0.5f * delta);
}

static float cross_entropy(float t, float p) /* of one share of a whole */
{
    return t > 0 ? -t * logf(fmaxf(p, P_EDGE)) : 0;
}

EACH(l1_run, fabsf(p - t), (float)((p > t) - (p < t)))
EACH(l2_run, (p - t) * (p - t), 2 * (p - t))
EACH(charbonnier_run, charbonnier(p - t, par),
     (p - t) / charbonnier(p - t, par))
EACH(huber_run, huber(p - t, par), fminf(fmaxf(p - t, -par), par))
EACH(ce_run, cross_entropy(t, p), -t / fmaxf(p, P_EDGE))
EACH(kl_run, cross_entropy(t, p) - cross_entropy(t, t), -t / fmaxf(p, P_EDGE))

/* ------------------------------------------- whole batches, by pieces */

enum { PIECES = 64 }; /* the rows of a batch in at most so many parts */

struct job {
    run_fn *fn;
    float par, scale;
    const struct ae_view *pred, *target, *plane, *dpred;
    int k, rows, step;
    double sum[PIECES];
};

static double one_row(const struct job *j, int r)
{
    const struct ae_view *p = j->pred, *t = j->target, *d = j->dpred;
    int n = r / p->h, y = r % p->h;
    const float *a = ae_row(p, n, y), *b = ae_row(t, n / j->k, y);
    float *g = d->data ? ae_row(d, n, y) : NULL;
    int whole = p->pix == p->c && t->pix == t->c && (!g || d->pix == d->c);
    const float *weight = j->plane ? ae_row(j->plane, n / j->k, y) : NULL;
    int count = whole && !weight ? 1 : p->w, len = p->w / count * p->c;
    double sum = 0;

    for (int i = 0; i < count; i++) {
        const float w = weight ? weight[i * j->plane->pix] : 1;
        sum += (double)w * j->fn(j->par, a + i * p->pix, b + i * t->pix,
                                 g ? g + i * d->pix : NULL, len, w * j->scale);
    }
    return sum;
}

static void piece_task(void *arg, int task, int thread)
{
    struct job *j = arg;
    int end = ae_min((task + 1) * j->step, j->rows);

    (void)thread;
    for (int r = task * j->step; r < end; r++)
        j->sum[task] += one_row(j, r);
}

static double mean_of(run_fn *fn, double par, double count,
                      const struct ae_ctx *ctx, const struct ae_view *pred,
                      const struct ae_view *target, const struct ae_view *plane,
                      int k, const struct ae_view *dpred)
{
    int rows = pred->n * pred->h, step = (rows + PIECES - 1) / PIECES;
    struct job j = {.fn = fn,
                    .par = (float)par,
                    .scale = (float)(1 / count),
                    .pred = pred,
                    .target = target,
                    .plane = plane,
                    .dpred = dpred,
                    .k = k,
                    .rows = rows,
                    .step = step};
    int pieces = (rows + step - 1) / step;
    double sum = 0;

    ae_par_for(ctx->pool, pieces, piece_task, &j);
    for (int i = 0; i < pieces; i++)
        sum += j.sum[i];
    return sum / count;
}

double ae_loss_weight(const struct ae_view *target, const struct ae_view *plane)
{
    double sum = 0;

    if (!plane)
        return (double)target->n * target->h * target->w;
    for (int y = 0; y < plane->n * plane->h; y++) {
        const float *row = ae_row(plane, y / plane->h, y % plane->h);
        for (int x = 0; x < plane->w; x++)
            sum += (double)row[x * plane->pix];
    }
    return sum;
}

/* values: by which the pixels' weights are multiplied, the channels or 1. */
#define EVAL(name, par, values)                                                \
    static double name##_eval(                                                 \
        const struct ae_ctx *ctx, const void *attr,                            \
        const struct ae_view *pred, const struct ae_view *target,              \
        const struct ae_view *plane, int k, const struct ae_view *dpred)       \
    {                                                                          \
        const double count = ae_loss_weight(target, plane) * k * (values);     \
        (void)attr;                                                            \
        return mean_of(name##_run, par, count, ctx, pred, target, plane, k,    \
                       dpred);                                                 \
    }

EVAL(l1, 0, pred->c)
EVAL(l2, 0, pred->c)
EVAL(charbonnier, ((const struct charbonnier *)attr)->eps, pred->c)
EVAL(huber, ((const struct huber *)attr)->delta, pred->c)
EVAL(ce, 0, 1)
EVAL(kl, 0, 1)

static const struct ae_field no_fields[] = {{.name = NULL}};

static const struct ae_loss_kind kinds[] = {
    {"l1", "mean absolute error", no_fields, 0, 0, l1_eval, NULL, 0},
    {"l2", "mean squared error", no_fields, 0, 0, l2_eval, NULL, 0},
    {"charbonnier", "sqrt(error^2 + eps^2)", charbonnier_fields,
     sizeof(struct charbonnier), 0, charbonnier_eval, NULL, 0},
    {"huber", "square near 0, a line beyond delta", huber_fields,
     sizeof(struct huber), 0, huber_eval, NULL, 0},
    {"bce", "binary cross-entropy of probabilities", no_fields, 0, 1, NULL,
     ae_bernoulli_nll, 0},
    {"bernoulli", "the same as bce, under its name as a likelihood", no_fields,
     0, 1, NULL, ae_bernoulli_nll, 0},
    {"gauss", "normal likelihood, of a given or a learned deviation",
     ae_gauss_fields, sizeof(struct ae_gauss), 0, NULL, ae_gauss_nll, 0},
    {"laplace", "Laplace likelihood", ae_laplace_fields,
     sizeof(struct ae_laplace), 0, NULL, ae_laplace_nll, 0},
    {"ce", "cross-entropy of probabilities over channels", no_fields, 0, 1,
     ce_eval, NULL, 0},
    {"kl", "divergence of probabilities over channels from the target's",
     no_fields, 0, 1, kl_eval, NULL, 0},
    {"psnr", "decibels of each item's error above floor", ae_loss_psnr_fields,
     sizeof(struct ae_loss_psnr), 0, ae_loss_psnr_eval, NULL, 1},
    {"ssim", "1 - mean structural similarity", no_fields, 0, 0,
     ae_loss_ssim_eval, NULL, 1},
};

const struct ae_loss_kind *ae_loss_at(size_t i)
{
    return i < AE_LEN(kinds) ? &kinds[i] : NULL;
}

static const struct ae_loss_kind *by_name(const char *name, size_t n)
{
    for (size_t i = 0; i < AE_LEN(kinds); i++)
        if (strlen(kinds[i].name) == n && !memcmp(kinds[i].name, name, n))
            return &kinds[i];
    return NULL;
}

static int unknown(const char *text, struct ae_err *e)
{
    struct ae_str s = {NULL, 0, 0};

    for (size_t i = 0; i < AE_LEN(kinds); i++)
        if (ae_str_printf(&s, NULL, " %s", kinds[i].name))
            break;
    int rc = ae_fail(e, AE_EARG, "unknown loss '%s'; known are%s", text,
                     s.p ? s.p : "");
    ae_str_release(&s);
    return rc;
}

int ae_loss_parse(const char *text, struct ae_loss *out, struct ae_err *e)
{
    size_t n = strcspn(text, ":");

    *out = (struct ae_loss){by_name(text, n), NULL};
    if (!out->kind)
        return unknown(text, e);
    out->attr = ae_alloc(1, out->kind->size + 1, e);
    if (!out->attr)
        return AE_EMEM;
    int rc = ae_fields_parse(out->kind->fields, out->attr,
                             text[n] ? text + n + 1 : NULL, ',', e);
    if (rc) {
        ae_loss_release(out);
        return ae_err_at(e, rc, "loss %.*s", (int)n, text);
    }
    return 0;
}

double ae_loss_eval_weighted(const struct ae_loss *l, const struct ae_ctx *ctx,
                             const struct ae_view *pred,
                             const struct ae_view *target,
                             const struct ae_view *plane, int k,
                             const struct ae_view *dpred)
{
    const struct ae_likelihood io = {
        .pred = pred, .target = target, .plane = plane, .k = k, .dpred = dpred};

    assert(!plane || !l->kind->whole);
    if (l->kind->eval)
        return l->kind->eval(ctx, l->attr, pred, target, plane, k, dpred);
    return ae_loss_likelihood(l, ctx, &io, NULL) /
           (ae_loss_weight(target, plane) * k * pred->c);
}

double ae_loss_eval(const struct ae_loss *l, const struct ae_ctx *ctx,
                    const struct ae_view *pred, const struct ae_view *target,
                    int k, const struct ae_view *dpred)
{
    return ae_loss_eval_weighted(l, ctx, pred, target, NULL, k, dpred);
}

void ae_loss_release(struct ae_loss *l)
{
    free(l->attr);
    *l = (struct ae_loss){NULL, NULL};
}
