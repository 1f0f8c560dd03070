/* zero_shot.c - see zero_shot.h.  Knows windows of pixels, no picture. */
#include "run/fit/zero_shot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"
#include "kernel/kernel.h"
#include "model/spec.h"
#include "nn/graph/exec.h"

/* It sees 9 x 9 pixels where the paper's, for as many multiplications, sees 5 x
 * 5, and begins as the identity. */
static const char spec[] = "ae 1\n"
                           "x input c=3\n"
                           "a conv c=32 k=3 act=lrelu\n"
                           "b conv c=32 k=3 act=lrelu\n"
                           "c conv c=32 k=3 act=lrelu\n"
                           "r conv c=3 k=3 init=zero\n"
                           "y add < x r\n"
                           "output y\n";

enum {
    PATCH = 32, /* side, or less in a small picture */
    BATCH = 8,
    C = AE_FIT_CHANNELS,
    TURNS = 8 /* of the net that cleans */
};
/* Steps that a second stands for: two cores of 446 GFLOP/s take as many. */
static const double STEPS_A_SECOND = 150;
static const double RATE = 3e-3;

enum { STREAM_INIT = 1, STREAM_PATCH };

/* Patches of full size, or the two smaller ones of each, on their way. */
struct pass {
    struct ae_exec *exec;
    struct ae_view x, y, dy;
};

struct ae_zero_shot {
    struct ae_ctx *ctx;
    struct ae_fit_options o;
    struct ae_model *model;
    float *m, *v; /* Adam's moments */
    /* of a fit: */
    const struct ae_fit_sample *sample;
    int h, w;                /* of a patch */
    uint64_t step;           /* from 0 */
    struct pass full, small; /* small: BATCH first ones, BATCH second ones */
    double loss[BATCH];
};

static uint64_t steps(const struct ae_zero_shot *z)
{
    return (uint64_t)fmax(1, rint(z->o.seconds * STEPS_A_SECOND));
}

/* --------------------------------------------------------------- building */

static int make_model(struct ae_zero_shot *z, struct ae_err *e)
{
    struct ae_graph *g;

    AE_TRY(ae_spec_parse(spec, strlen(spec), NULL, NULL, &g, e));
    AE_TRY(ae_model_new(z->ctx, g, &z->model, e));
    z->model->ensemble = TURNS;
    z->m = ae_alloc_aligned(z->model->graph->weights, sizeof(float), e);
    z->v = ae_alloc_aligned(z->model->graph->weights, sizeof(float), e);
    return z->m && z->v ? 0 : AE_EMEM;
}

int ae_zero_shot_new(struct ae_ctx *ctx, const struct ae_fit_options *o,
                     struct ae_zero_shot **out, struct ae_err *e)
{
    struct ae_zero_shot *z = ae_alloc(1, sizeof(*z), e);
    int rc = AE_EMEM;

    *out = NULL;
    if (!z)
        return AE_EMEM;
    z->ctx = ctx;
    z->o = *o;
    if ((rc = make_model(z, e)) < 0)
        ae_zero_shot_free(z);
    else
        *out = z;
    return rc;
}

void ae_zero_shot_free(struct ae_zero_shot *z)
{
    if (!z)
        return;
    ae_model_free(z->model);
    ae_free_aligned(z->m);
    ae_free_aligned(z->v);
    free(z);
}

const struct ae_model *ae_zero_shot_model(const struct ae_zero_shot *z)
{
    return z->model;
}

/* A patch's side along an axis of that size: even. */
static int patch_side(int size)
{
    return ae_min(PATCH, size / 2 * 2);
}

uint64_t ae_zero_shot_bytes(const struct ae_zero_shot *z, int h, int w)
{
    const struct ae_graph *g = z->model->graph;
    const int ph = patch_side(h), pw = patch_side(w);
    uint64_t full = 0, small = 0;

    if (ae_exec_bytes(z->ctx, g, BATCH, ph, pw, 1, &full, NULL) < 0 ||
        ae_exec_bytes(z->ctx, g, 2 * BATCH, ph / 2, pw / 2, 1, &small, NULL) <
            0)
        return UINT64_MAX / 2;
    return full + small + ae_fit_sample_bytes(h, w);
}

double ae_zero_shot_work(const struct ae_zero_shot *z)
{
    /* forward and twice that backward, on a patch and two quarters of it */
    const double patches = 3 * 1.5 * BATCH * PATCH * PATCH;

    return (double)steps(z) * patches * ae_graph_macs(z->model->graph);
}

static int pass_init(struct pass *p, struct ae_zero_shot *z, int n, int h,
                     int w, struct ae_err *e)
{
    AE_TRY(ae_exec_new(z->ctx, z->model->graph, z->model->weights, n, h, w, 1,
                       &p->exec, e));
    p->x = ae_exec_input(p->exec, "x");
    p->y = ae_exec_output(p->exec, NULL);
    p->dy = ae_exec_doutput(p->exec, NULL);
    return 0;
}

/* ------------------------------------------------------------------ a step */

/* The pixel of a patch that a turn brings to (y, x). */
static const float *turned(const struct ae_zero_shot *z, const float *from,
                           int turn, int y, int x)
{
    const int v = turn & 2 ? z->h - 1 - y : y;
    const int u = turn & 1 ? z->w - 1 - x : x;
    const int row = turn & 4 ? u : v, column = turn & 4 ? v : u;

    return from + ((ptrdiff_t)row * z->sample->size[1] + column) * C;
}

/* The pixel (y, x) of the first or second smaller picture lies on the one or
 * the other diagonal of a square: in its upper row this far to the right, in
 * its lower row that far. */
static int upper(int second)
{
    return second ? 0 : 1;
}

static float mean_of(const struct ae_view *v, int item, int second, int y,
                     int x, int c)
{
    const float *a = ae_row(v, item, 2 * y), *b = ae_row(v, item, 2 * y + 1);
    const int right = upper(second);

    return (a[(2 * x + right) * v->pix + c] +
            b[(2 * x + 1 - right) * v->pix + c]) /
           2;
}

/* Draws a patch, turned, into item i, and makes the smaller ones of it. */
static void feed_task(void *arg, int i, int thread)
{
    struct ae_zero_shot *z = arg;
    const struct ae_fit_sample *s = z->sample;
    const struct ae_view *x = &z->full.x, *half = &z->small.x;
    struct ae_rng rng;

    (void)thread;
    ae_rng_init(&rng, ae_mix(z->o.seed, STREAM_PATCH),
                z->step * BATCH + (uint64_t)i);
    const int window = (int)ae_rng_below(&rng,
                                         (uint32_t)ae_fit_sample_windows(s));
    const int top = (int)ae_rng_below(&rng, (uint32_t)(s->size[0] - z->h + 1));
    const int left = (int)ae_rng_below(&rng, (uint32_t)(s->size[1] - z->w + 1));
    const int turn = (int)ae_rng_below(&rng, z->h == z->w ? TURNS : TURNS / 2);
    const float *from = ae_fit_sample_at(s, window, top, left);
    for (int r = 0; r < z->h; r++)
        for (int k = 0; k < z->w; k++)
            memcpy(ae_row(x, i, r) + k * x->pix, turned(z, from, turn, r, k),
                   C * sizeof(float));
    for (int second = 0; second < 2; second++)
        for (int r = 0; r < half->h; r++)
            for (int k = 0; k < half->w * C; k++)
                ae_row(half, second * BATCH + i,
                       r)[k / C * half->pix + k % C] = mean_of(x, i, second, r,
                                                               k / C, k % C);
}

/* The errors of a smaller picture, and their gradients.  Half the mean square
 * of what the net makes of it beside the other one, and beside what it makes of
 * the full picture, made smaller. */
static double take_half(struct ae_zero_shot *z, int i, int second)
{
    const struct ae_view *x = &z->small.x, *y = &z->small.y;
    const struct ae_view *dy = &z->small.dy, *full = &z->full.y;
    const int item = second * BATCH + i, other = (1 - second) * BATCH + i;
    const int right = upper(second);
    const float by = 1.0f / (float)(BATCH * y->h * y->w * C);
    double sum = 0;

    for (int r = 0; r < y->h; r++)
        for (int k = 0; k < y->w * C; k++) {
            const int col = k / C, c = k % C;
            const float made = ae_row(y, item, r)[col * y->pix + c];
            const float u = made - ae_row(x, other, r)[col * x->pix + c];
            const float v = made - mean_of(full, i, second, r, col, c);
            float *up = ae_row(&z->full.dy, i, 2 * r),
                  *down = ae_row(&z->full.dy, i, 2 * r + 1);
            const ptrdiff_t pix = z->full.dy.pix;
            ae_row(dy, item, r)[col * dy->pix + c] = by * (u + v);
            up[(2 * col + right) * pix + c] = -by * v / 2;
            down[(2 * col + 1 - right) * pix + c] = -by * v / 2;
            sum += (double)(u * u + v * v);
        }
    return sum * by / 2;
}

static void loss_task(void *arg, int i, int thread)
{
    struct ae_zero_shot *z = arg;

    (void)thread;
    z->loss[i] = take_half(z, i, 0) + take_half(z, i, 1);
}

/* Both passes' gradients, by Adam (Kingma, Ba 2015). */
static void update(struct ae_zero_shot *z)
{
    const struct ae_kernels *ks = z->ctx->k;
    const size_t n = z->model->graph->weights;
    const double t = (double)z->step + 1;
    const double turn = 3.14159265358979323846 * (double)z->step /
                        (double)steps(z);
    const struct ae_adam a = {.lr = (float)(RATE * (1 + cos(turn)) / 2),
                              .beta1 = 0.9f,
                              .beta2 = 0.99f,
                              .eps = 1e-8f,
                              .scale = 1,
                              .c1 = (float)(1 / (1 - pow(0.9, t))),
                              .c2 = (float)(1 / (1 - pow(0.99, t)))};
    float *grad = ae_exec_wgrad(z->small.exec);

    ks->axpy(grad, ae_exec_wgrad(z->full.exec), 1, n);
    ks->adam(&a, z->model->weights, grad, z->m, z->v, n);
}

static int run_step(struct ae_zero_shot *z, struct ae_err *e)
{
    struct pass *both[] = {&z->full, &z->small};
    double loss = 0;

    ae_par_for(z->ctx->pool, BATCH, feed_task, z);
    for (int i = 0; i < 2; i++) {
        ae_exec_pack(both[i]->exec);
        ae_exec_forward(both[i]->exec, z->o.seed, z->step);
    }
    ae_par_for(z->ctx->pool, BATCH, loss_task, z);
    for (int i = 0; i < BATCH; i++)
        loss += z->loss[i];
    if (!isfinite(loss))
        return ae_fail(e, AE_ENUMERIC, "the fit diverged at step %llu of %llu",
                       (unsigned long long)z->step,
                       (unsigned long long)steps(z));
    for (int i = 0; i < 2; i++)
        ae_exec_backward(both[i]->exec);
    update(z);
    return 0;
}

/* ----------------------------------------------------------------- the fit */

static int begin(struct ae_zero_shot *z, const struct ae_fit_sample *s,
                 struct ae_err *e)
{
    const struct ae_graph *g = z->model->graph;

    z->sample = s;
    z->h = patch_side(s->size[0]);
    z->w = patch_side(s->size[1]);
    ae_graph_init(g, z->model->weights, ae_mix(z->o.seed, STREAM_INIT));
    memset(z->m, 0, g->weights * sizeof(float));
    memset(z->v, 0, g->weights * sizeof(float));
    AE_TRY(pass_init(&z->full, z, BATCH, z->h, z->w, e));
    return pass_init(&z->small, z, 2 * BATCH, z->h / 2, z->w / 2, e);
}

int ae_zero_shot_fit(struct ae_zero_shot *z, const struct ae_fit_sample *s,
                     void (*step)(void *arg, double share), void *arg,
                     struct ae_err *e)
{
    const uint64_t all = steps(z);
    int rc = begin(z, s, e);

    for (z->step = 0; rc >= 0 && z->step < all; z->step++) {
        rc = run_step(z, e);
        if (step)
            step(arg, (double)(z->step + 1) / (double)all);
    }
    ae_exec_free(z->full.exec);
    ae_exec_free(z->small.exec);
    z->full.exec = z->small.exec = NULL;
    return rc;
}
