/* optim.c - sgd with momentum, adam, adamw, muon; the norm of a gradient; the
 * running average.  To add an optimiser: a word of enum ae_optimiser, a
 * function, a row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "train/loop/muon.h"
#include "train/loop/optim.h"

enum { CHUNK = 16384 };  /* floats; 64 kB, four blocks fit L2 */
enum { NARROWEST = 16 }; /* side of a matrix that muon takes */
#define NORM_BLEND 0.01  /* a gradient's share of the mean norm */

struct ae_optim_chunk {
    size_t at, n;
    int rows, cols; /* of a whole matrix; 0: a part of a tensor */
    int trainable, frozen, decay;
};

struct update {
    const struct ae_optim *o;
    double lr, scale;
    uint64_t t;
    float *w, *grad;
    float *scratch; /* of the task's thread */
    const float *x; /* to read: a gradient, or new weights */
    float blend;
};

/* Momentum 0.9; decay is part of the gradient (L2). */
static void step_sgd(const struct update *u, const struct ae_optim_chunk *k)
{
    const struct ae_kernels *ks = u->o->ctx->k;
    float *w = u->w + k->at, *m = u->o->m + k->at;

    ks->scale(m, 0.9f, k->n);
    ks->axpy(m, u->grad + k->at, (float)u->scale, k->n);
    if (k->decay)
        ks->axpy(m, w, (float)u->o->decay, k->n);
    ks->axpy(w, m, (float)-u->lr, k->n);
}

/* Kingma, Ba: Adam, 2015; `decoupled` decay as in Loshchilov, Hutter, 2019. */
static void adam_step(const struct update *u, const struct ae_optim_chunk *k,
                      double decoupled)
{
    const struct ae_adam a = {
        .lr = (float)u->lr,
        .beta1 = 0.9f,
        .beta2 = 0.999f,
        .eps = 1e-8f,
        .decay = (float)decoupled,
        .scale = (float)u->scale,
        .c1 = (float)(1 / (1 - pow(0.9, (double)u->t))),
        .c2 = (float)(1 / (1 - pow(0.999, (double)u->t))),
    };

    u->o->ctx->k->adam(&a, u->w + k->at, u->grad + k->at, u->o->m + k->at,
                       u->o->v + k->at, k->n);
}

static void step_adam(const struct update *u, const struct ae_optim_chunk *k)
{
    if (k->decay && u->o->decay > 0)
        u->o->ctx->k->axpy(u->grad + k->at, u->w + k->at,
                           (float)(u->o->decay / u->scale), k->n);
    adam_step(u, k, 0);
}

static void step_adamw(const struct update *u, const struct ae_optim_chunk *k)
{
    adam_step(u, k, k->decay ? u->o->decay : 0);
}

/* Jordan et al. 2024, with Nesterov's momentum; steps of the root mean square
 * 0.2, about Adam's, and its decay as in Liu et al. 2025, "Muon is scalable for
 * LLM training", so that rates for Adam serve here.  What is no matrix, or a
 * narrow one (a net's last layer, mostly), goes by adamw. */
static void step_muon(const struct update *u, const struct ae_optim_chunk *k)
{
    const struct ae_kernels *ks = u->o->ctx->k;
    float *w = u->w + k->at, *m = u->o->m + k->at, *g = u->grad + k->at;

    if (!k->rows) {
        step_adamw(u, k);
        return;
    }
    ks->scale(g, (float)u->scale, k->n);
    ks->lerp(m, g, 0.05f, k->n);
    ks->lerp(g, m, 0.95f, k->n);
    ae_orthogonalise(u->o->ctx, g, k->rows, k->cols, u->scratch,
                     u->scratch + k->n);
    if (k->decay)
        ks->scale(w, (float)(1 - u->lr * u->o->decay), k->n);
    ks->axpy(w, u->scratch,
             (float)(-u->lr * 0.2 * sqrt(ae_max(k->rows, k->cols))), k->n);
}

/* AE_OPTIM_..., name, function, help */
#define OPTIMISERS(S)                                                          \
    S(SGD, "sgd", step_sgd,                                                    \
      "gradient descent with momentum 0.9; decay is added to the gradient")    \
    S(ADAM, "adam", step_adam,                                                 \
      "Adam, betas 0.9 and 0.999; decay is added to the gradient")             \
    S(ADAMW, "adamw", step_adamw, "Adam with decay apart from the gradient")   \
    S(MUON, "muon", step_muon,                                                 \
      "Muon: momentum made orthogonal; decay as adamw, which takes the rest")

#define NAME(id, name, function, help) [AE_OPTIM_##id] = name,
#define HELP(id, name, function, help) [AE_OPTIM_##id] = help,
#define FUNCTION(id, name, function, help) [AE_OPTIM_##id] = function,
const char *const ae_optim_names[] = {OPTIMISERS(NAME) NULL};
const char *const ae_optim_help[] = {OPTIMISERS(HELP) NULL};
static void (*const steps[])(const struct update *,
                             const struct ae_optim_chunk *) = {
    OPTIMISERS(FUNCTION)};

/* Whether muon takes a tensor: as a matrix, its last axis across. */
static int is_matrix(const struct ae_optim *o, const struct ae_param *q)
{
    if (o->kind != AE_OPTIM_MUON || q->ndims < 2)
        return 0;
    const size_t cols = (size_t)q->dims[q->ndims - 1];
    return cols >= NARROWEST && q->count / cols >= NARROWEST;
}

static struct ae_optim_chunk chunk_at(const struct ae_optim *o,
                                      const struct ae_param *q, size_t at)
{
    struct ae_optim_chunk k = {.at = q->offset + at,
                               .n = q->count - at < CHUNK ? q->count - at
                                                          : CHUNK,
                               .trainable = q->trainable,
                               .frozen = q->frozen,
                               .decay = q->decay};

    if (is_matrix(o, q)) {
        k.n = q->count;
        k.cols = q->dims[q->ndims - 1];
        k.rows = (int)(k.n / (size_t)k.cols);
    }
    return k;
}

static int cut_chunks(struct ae_optim *o, const struct ae_graph *g, int store)
{
    int n = 0;

    for (int i = 0; i < g->count; i++)
        for (int p = 0; p < g->node[i].nparam; p++) {
            const struct ae_param *q = &g->node[i].param[p];
            for (size_t at = 0; at < q->count; n++) {
                const struct ae_optim_chunk k = chunk_at(o, q, at);
                if (store)
                    o->chunk[n] = k;
                at += k.n;
            }
        }
    return n;
}

/* A room for each thread, in which the largest matrix is made orthogonal. */
static int init_scratch(struct ae_optim *o, struct ae_err *e)
{
    for (int i = 0; i < o->chunks; i++) {
        const struct ae_optim_chunk *k = &o->chunk[i];
        const size_t room = k->n + ae_orthogonalise_scratch(k->rows, k->cols);
        if (k->rows && room > o->room)
            o->room = room;
    }
    const size_t threads = (size_t)ae_pool_threads(o->ctx->pool);
    o->scratch = ae_alloc_aligned(o->room * threads + 1, sizeof(float), e);
    return o->scratch ? 0 : AE_EMEM;
}

int ae_optim_init(struct ae_optim *o, const struct ae_ctx *ctx,
                  const struct ae_graph *g, int kind, double decay,
                  struct ae_err *e)
{
    memset(o, 0, sizeof(*o));
    o->ctx = ctx;
    o->kind = kind;
    o->decay = decay;
    o->chunks = cut_chunks(o, g, 0);
    o->chunk = ae_alloc((size_t)o->chunks + 1, sizeof(*o->chunk), e);
    o->part = ae_alloc((size_t)o->chunks + 1, sizeof(*o->part), e);
    o->m = ae_alloc_aligned(g->weights + 1, sizeof(float), e);
    o->v = ae_alloc_aligned(g->weights + 1, sizeof(float), e);
    if (!o->chunk || !o->part || !o->m || !o->v)
        return AE_EMEM;
    memset(o->m, 0, g->weights * sizeof(float));
    memset(o->v, 0, g->weights * sizeof(float));
    cut_chunks(o, g, 1);
    return init_scratch(o, e);
}

void ae_optim_release(struct ae_optim *o)
{
    free(o->chunk);
    free(o->part);
    ae_free_aligned(o->m);
    ae_free_aligned(o->v);
    ae_free_aligned(o->scratch);
    memset(o, 0, sizeof(*o));
}

static void norm_task(void *arg, int task, int thread)
{
    const struct update *u = arg;
    const struct ae_optim_chunk *k = &u->o->chunk[task];

    (void)thread;
    u->o->part[task] = k->trainable ? u->o->ctx->k->sumsq(u->x + k->at, k->n)
                                    : 0;
}

double ae_optim_norm(const struct ae_optim *o, const float *grad)
{
    struct update u = {.o = o, .x = grad};
    double sum = 0;

    ae_par_for(o->ctx->pool, o->chunks, norm_task, &u);
    for (int i = 0; i < o->chunks; i++)
        sum += o->part[i];
    return sqrt(sum);
}

static void step_task(void *arg, int task, int thread)
{
    struct update u = *(const struct update *)arg;
    const struct ae_optim_chunk *k = &u.o->chunk[task];

    u.scratch = u.o->scratch + (size_t)thread * u.o->room;
    if (k->trainable)
        steps[u.o->kind](&u, k);
}

void ae_optim_step(const struct ae_optim *o, uint64_t t, double lr,
                   double scale, float *w, float *grad)
{
    struct update u = {
        .o = o, .lr = lr, .scale = scale, .t = t, .w = w, .grad = grad};

    ae_par_for(o->ctx->pool, o->chunks, step_task, &u);
}

static void average_task(void *arg, int task, int thread)
{
    const struct update *u = arg;
    const struct ae_optim_chunk *k = &u->o->chunk[task];

    (void)thread;
    if (!k->frozen) /* equal already; blending would round them */
        u->o->ctx->k->lerp(u->w + k->at, u->x + k->at, u->blend, k->n);
}

void ae_optim_average(const struct ae_optim *o, double decay, float *mean,
                      const float *w)
{
    struct update u = {.o = o, .w = mean, .x = w, .blend = (float)(1 - decay)};

    ae_par_for(o->ctx->pool, o->chunks, average_task, &u);
}

double ae_mean_decay(double decay, uint64_t step)
{
    const double n = (double)step;

    return fmin(decay, (1 + n) / (10 + n));
}

double ae_clip_norm(double *mean, double clip, double norm)
{
    const double most = clip > 0 && *mean > 0 ? clip * *mean : norm;
    const double kept = fmin(norm, most);

    *mean = *mean > 0 ? *mean + NORM_BLEND * (kept - *mean) : kept;
    return norm > most ? most / norm : 1;
}
