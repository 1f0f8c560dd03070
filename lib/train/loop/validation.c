/* validation.c - scores on held-out examples. */
#include "train/loop/validation.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

enum {
    MOST_CROPS = 32,   /* of images: a second or so */
    MOST_ITEMS = 2000, /* of small whole items */
    AT_ONCE = 16
};

static enum ae_score_kind score_kind(const struct ae_validation *v, int psnr)
{
    return psnr                                                 ? AE_SCORE_PSNR
           : v->posterior.count && v->objective.loss->kind->nll ? AE_SCORE_BOUND
                                                                : AE_SCORE_LOSS;
}

/* A mean square of values in 0..1, added to each crop's error. */
static double psnr_floor(const struct ae_loss *loss)
{
    const struct ae_loss_psnr *psnr = loss->attr;
    const int has = loss->kind->fields == ae_loss_psnr_fields;

    return has ? psnr->floor / 255 * psnr->floor / 255 : 0;
}

/* The sampler's order is a shuffle, so its first draws are a fair choice. */
int ae_validation_init(struct ae_validation *v, const struct ae_sampler *s,
                       const struct ae_graph *g, float *weights,
                       const struct ae_loss *loss,
                       const struct ae_objective_options *how, int crops,
                       struct ae_err *e)
{
    const int n = crops ? MOST_CROPS : ae_min((int)s->slots, MOST_ITEMS);
    const int step = crops ? 1 : ae_min(n, ae_max(1, AT_ONCE / how->samples));
    struct ae_objective_options mine = *how;

    assert(step > 0); /* a set that is held out has items */
    *v = (struct ae_validation){
        .ctx = s->ctx, .step = step, .floor = psnr_floor(loss)};
    mine.items = step;
    mine.free_nats = mine.contractive = 0;
    if (how->self == AE_SELF_NEIGHBOURS)
        mine.self = AE_SELF_NONE; /* its second term isn't least at the best */
    mine.weights = weights;
    mine.shape = (struct ae_shape){s->h, s->w, s->c};
    AE_TRY(ae_batch_init(&v->all, s, n / step * step, e));
    AE_TRY(ae_batch_fill(&v->all, s, 0, e));
    AE_TRY(ae_objective_init(&v->objective, s->ctx, g, loss, &mine, e));
    AE_TRY(ae_exec_new(s->ctx, g, weights, step * how->samples, s->h, s->w, 0,
                       &v->exec, e));
    ae_objective_bind(&v->objective, v->exec);
    AE_TRY(ae_posterior_init(&v->posterior, g, v->exec, e));
    AE_TRY(ae_output_variance_init(&v->variance, v->all.clean, v->all.n,
                                   v->all.item, step, e));
    v->kind = score_kind(v, crops && !how->self);
    snprintf(v->name, sizeof(v->name), "%s%s", how->self ? "noisy-" : "",
             v->kind == AE_SCORE_PSNR    ? "psnr"
             : v->kind == AE_SCORE_BOUND ? "nats"
                                         : loss->kind->name);
    return 0;
}

void ae_validation_release(struct ae_validation *v)
{
    ae_exec_free(v->exec);
    ae_batch_release(&v->all);
    ae_objective_release(&v->objective);
    ae_posterior_release(&v->posterior);
    ae_output_variance_release(&v->variance);
    memset(v, 0, sizeof(*v));
}

/* The PSNR of one example against what a file would hold: clipped to 0..1. */
static double psnr_of(const struct ae_validation *v, const struct ae_view *out,
                      const struct ae_view *clean)
{
    double sum = 0;

    for (int y = 0; y < out->h; y++) {
        const float *a = ae_row(out, 0, y), *b = ae_row(clean, 0, y);
        for (int x = 0; x < out->w; x++)
            for (int c = 0; c < out->c; c++) {
                const float u = a[x * out->pix + c];
                const double d = (double)(u < 0   ? 0
                                          : u > 1 ? 1
                                                  : u) -
                                 b[x * clean->pix + c];
                sum += d * d;
            }
    }
    sum = sum / ((double)out->h * out->w * out->c) + v->floor;
    return sum <= 1e-10 ? 100 : -10 * log10(sum); /* NaN stays NaN */
}

double ae_validation_noisy_psnr(const struct ae_validation *v)
{
    const size_t all = (size_t)v->all.n * v->all.item;
    double sum = 0;

    if (v->kind != AE_SCORE_PSNR ||
        memcmp(v->all.noisy, v->all.clean, all * sizeof(float)) == 0)
        return NAN;
    for (int i = 0; i < v->all.n; i++) {
        const struct ae_view noisy = ae_batch_noisy(&v->all, i, 1);
        const struct ae_view clean = ae_batch_clean(&v->all, i, 1);
        sum += psnr_of(v, &noisy, &clean);
    }
    return sum / v->all.n;
}

/* The first output of each of the `step` items, which may have several. */
static struct ae_view first_outputs(const struct ae_validation *v)
{
    struct ae_view out = v->objective.out;

    out.n = v->step;
    out.item *= v->objective.o.samples;
    return out;
}

/* The score of `step` examples. */
static double score_chunk(struct ae_validation *v, int chunk)
{
    const int first = chunk * v->step;
    const struct ae_view clean = ae_batch_clean(&v->all, first, v->step);

    ae_objective_feed(&v->objective, &v->all, first, 0, 0);
    if (v->kind != AE_SCORE_PSNR)
        return ae_objective_forward(&v->objective, &clean, 0, (uint64_t)chunk,
                                    1);
    ae_exec_forward(v->exec, 0, 0);
    return psnr_of(v, &v->objective.out, &clean);
}

/* The negative log-likelihood, from a score of one sample that is its sum with
 * beta times the divergence. */
static double reconstruction(const struct ae_validation *v, double score)
{
    const struct ae_objective *o = &v->objective;

    return o->loss->kind->nll && o->o.samples == 1
               ? score - o->o.beta * v->posterior.total
               : NAN;
}

double ae_validation_score(struct ae_validation *v)
{
    const int chunks = v->all.n / v->step;
    struct ae_posterior *p = &v->posterior;
    double sum = 0;

    ae_posterior_clear(p);
    ae_output_variance_clear(&v->variance);
    ae_exec_pack(v->exec);
    for (int i = 0; i < chunks; i++) {
        sum += score_chunk(v, i);
        const struct ae_view out = first_outputs(v);
        ae_output_variance_add(&v->variance, &out);
        ae_posterior_add(p, v->objective.g, v->exec, 1.0 / chunks);
    }
    const double item = sum / chunks * (double)v->all.item;
    ae_posterior_finish(p);
    p->reconstruction = reconstruction(v, item);
    return v->kind == AE_SCORE_BOUND ? item : sum / chunks;
}

int ae_validation_better(const struct ae_validation *v, double a, double b)
{
    return isnan(b) || (v->kind == AE_SCORE_PSNR ? a > b : a < b);
}

const char *ae_validation_name(const struct ae_validation *v)
{
    return v->name;
}

struct ae_view ae_validation_run(struct ae_validation *v, int first)
{
    const struct ae_code_options mean = {.draw = 0, .beta = 1};

    ae_exec_pack(v->exec);
    ae_objective_feed(&v->objective, &v->all, first, 0, 0);
    ae_exec_set_code(v->exec, &mean);
    ae_exec_forward(v->exec, 0, 0);
    return first_outputs(v);
}
