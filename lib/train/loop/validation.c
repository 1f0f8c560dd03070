/* validation.c - scores on held-out examples. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/graph.h"
#include "train/loop/validation.h"

enum {
    MOST_CROPS = 32,   /* of images: a second or so */
    MOST_ITEMS = 2000, /* of small whole items */
    AT_ONCE = 16
};

const char ae_collapsed[] =
    "the posterior has collapsed: no number of the code follows the input; try "
    "`kl-warmup` linear, `free-bits` 0.1, or a smaller `beta`";

struct ae_view ae_batch_view(const struct ae_batch *b, struct ae_shape shape,
                             int first, int n)
{
    return ae_view_of(b->clean + (size_t)first * b->item, n, shape);
}

void ae_feed(struct ae_exec *x, const struct ae_batch *b, int first, int n,
             int at, int copies)
{
    const struct ae_view in = ae_exec_input(x, "x");
    const struct ae_view sigma = ae_exec_input(x, "sigma");
    const struct ae_view label = ae_exec_input(x, "label");

    for (int i = 0; i < n * copies; i++) {
        const int from = first + i / copies;
        ae_view_put(&in, at + i, 1, b->noisy + (size_t)from * b->item);
        if (sigma.data)
            ae_view_fill(&sigma, at + i, b->sigma[from]);
        if (label.data)
            ae_view_one_hot(&label, at + i, b->class[from]);
    }
}

static int init_posterior(struct ae_validation *v, struct ae_err *e)
{
    struct ae_posterior *p = &v->posterior;
    const struct ae_graph *g = v->objective.g;

    for (int i = 0; i < g->count; i++)
        if (g->node[i].kind == &ae_layer_latent)
            p->count += ae_exec_stats(v->exec, i)->count;
    p->divergence = ae_alloc(3 * (size_t)p->count + 1, sizeof(double), e);
    if (!p->divergence)
        return AE_EMEM;
    p->mean = p->divergence + p->count;
    p->square = p->mean + p->count;
    return 0;
}

/* The sampler's order is a shuffle, so the first few are a fair choice. */
int ae_validation_init(struct ae_validation *v, const struct ae_sampler *s,
                       const struct ae_graph *g, float *weights,
                       const struct ae_loss *loss,
                       const struct ae_objective_options *how, int psnr,
                       struct ae_err *e)
{
    const int most = psnr ? MOST_CROPS : MOST_ITEMS;
    const int n = psnr ? most : ae_min((int)s->slots, most);
    struct ae_objective_options mine = *how;

    memset(v, 0, sizeof(*v));
    v->shape = (struct ae_shape){s->h, s->w, s->c};
    v->ctx = s->ctx;
    v->psnr = psnr;
    v->samples = how->samples;
    v->step = psnr ? 1 : ae_min(n, ae_max(1, AT_ONCE / how->samples));
    mine.items = v->step;
    mine.free_nats = mine.contractive = 0;
    int r = ae_batch_init(&v->all, s, n / v->step * v->step, e);
    if (r >= 0)
        r = ae_batch_fill(&v->all, s, 0, e);
    if (r >= 0)
        r = ae_objective_init(&v->objective, s->ctx, g, loss, &mine, e);
    if (r >= 0)
        r = ae_exec_new(s->ctx, g, weights, v->step * how->samples, s->h, s->w,
                        0, &v->exec, e);
    return r < 0 ? r : init_posterior(v, e);
}

void ae_validation_release(struct ae_validation *v)
{
    ae_exec_free(v->exec);
    ae_batch_release(&v->all);
    ae_objective_release(&v->objective);
    free(v->posterior.divergence);
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
                const double d = (double)(u < 0   ? 0
                                          : u > 1 ? 1
                                                  : u) -
                                 b[x * clean->pix + c];
                sum += d * d;
            }
    }
    sum /= (double)out->h * out->w * out->c;
    return sum <= 1e-10 ? 100 : -10 * log10(sum); /* NaN stays NaN */
}

/* Adds what the code's layers found in one chunk of the examples. */
static void gather(struct ae_validation *v, double by)
{
    struct ae_posterior *p = &v->posterior;
    const struct ae_graph *g = v->objective.g;

    for (int i = 0, at = 0; p->count && i < g->count; i++) {
        const struct ae_code_stats *st = ae_exec_stats(v->exec, i);
        if (g->node[i].kind != &ae_layer_latent)
            continue;
        for (int k = 0; k < st->count; k++, at++) {
            p->divergence[at] += by * st->divergence[k];
            p->mean[at] += by * st->mean[k];
            p->square[at] += by * st->square[k];
        }
    }
}

static double elements(const struct ae_validation *v)
{
    return (double)v->shape.h * v->shape.w * v->shape.c;
}

int ae_posterior_active(const struct ae_posterior *p, int i)
{
    return p->square[i] - p->mean[i] * p->mean[i] > 0.01;
}

/* `score`: of one sample, reconstruction + beta * divergence. */
static void sum_up(struct ae_validation *v, double score)
{
    struct ae_posterior *p = &v->posterior;
    const struct ae_objective *o = &v->objective;

    p->active = 0;
    p->total = 0;
    for (int i = 0; i < p->count; i++) {
        p->active += ae_posterior_active(p, i);
        p->total += p->divergence[i];
    }
    p->reconstruction = o->loss->kind->nll && o->o.samples == 1
                            ? score - o->o.beta * p->total
                            : NAN;
}

double ae_validation_score(struct ae_validation *v)
{
    const int chunks = v->all.n / v->step;
    struct ae_posterior *p = &v->posterior;
    double sum = 0;

    memset(p->divergence, 0, 3 * (size_t)p->count * sizeof(double));
    ae_exec_pack(v->exec);
    for (int i = 0; i < chunks; i++) {
        const int first = i * v->step;
        const struct ae_view clean = ae_batch_view(&v->all, v->shape, first,
                                                   v->step);
        ae_objective_feed(&v->objective, v->exec, &v->all, first, 0, 0);
        if (v->psnr) {
            ae_exec_forward(v->exec, 0, 0);
            const struct ae_view out = ae_exec_output(v->exec, NULL);
            sum += psnr_of(&out, &clean);
        } else {
            sum += ae_objective_forward(&v->objective, v->exec, &clean, 0,
                                        (uint64_t)i, 1);
            gather(v, 1.0 / chunks);
        }
    }
    sum_up(v, sum / chunks * elements(v));
    return sum / chunks * (ae_validation_is_bound(v) ? elements(v) : 1);
}

struct ae_view ae_validation_run(struct ae_validation *v, int first)
{
    const struct ae_code_options mean = {.draw = 0, .beta = 1};

    ae_exec_pack(v->exec);
    ae_objective_feed(&v->objective, v->exec, &v->all, first, 0, 0);
    ae_exec_set_code(v->exec, &mean);
    ae_exec_forward(v->exec, 0, 0);
    return ae_exec_output(v->exec, NULL);
}

int ae_validation_better(const struct ae_validation *v, double a, double b)
{
    return isnan(b) || (v->psnr ? a > b : a < b);
}

int ae_validation_is_bound(const struct ae_validation *v)
{
    return !v->psnr && v->posterior.count && v->objective.loss->kind->nll;
}

const char *ae_validation_name(const struct ae_validation *v)
{
    return v->psnr                     ? "psnr"
           : ae_validation_is_bound(v) ? "nats"
                                       : v->objective.loss->kind->name;
}
