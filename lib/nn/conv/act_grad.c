/* act_grad.c - see act_grad.h. */
#include "nn/conv/act_grad.h"

enum {
    FLOATS = 16384, /* of a task, about 64 KB */
    SEGMENTS = 64,
    SIDE = 64 /* floats of the sums that run side by side */
};

const char *const ae_act_names[] = {"none",    "relu", "lrelu",
                                    "sigmoid", "tanh", NULL};

struct act_grad {
    const struct ae_kernels *k;
    enum ae_act act;
    const struct ae_view *y, *dy;
    int band; /* rows of a task */
};

static void act_grad_task(void *arg, int task, int thread)
{
    const struct act_grad *s = arg;
    const struct ae_view *y = s->y, *dy = s->dy;
    const int end = ae_min((task + 1) * s->band, y->n * y->h);
    const int joined = y->pix == y->c && dy->pix == y->c;
    const size_t n = (size_t)y->c * (size_t)(joined ? y->w : 1);

    (void)thread;
    for (int r = task * s->band; r < end; r++) {
        const float *py = ae_row(y, r / y->h, r % y->h);
        float *pd = ae_row(dy, r / y->h, r % y->h);
        for (int x = 0; x < (joined ? 1 : y->w); x++)
            s->k->act_grad(s->act, pd + x * dy->pix, py + x * y->pix, n);
    }
}

void ae_act_grad_rows(const struct ae_ctx *ctx, enum ae_act act,
                      const struct ae_view *y, const struct ae_view *dy)
{
    const int rows = y->n * y->h;
    struct act_grad s = {ctx->k, act, y, dy,
                         ae_max(1, FLOATS / ae_max(1, y->w * y->c))};

    if (act != AE_ACT_NONE)
        ae_par_for(ctx->pool, (rows + s.band - 1) / s.band, act_grad_task, &s);
}

/* Sums `steps` runs of n floats, which follow each other from pixel x of each
 * row: the product of a row of ones with the map. */
static void add_runs(const struct ae_kernels *k, const struct ae_view *dy,
                     int x, int steps, int n, float *sum)
{
    static const float one = 1;
    const float *a[SEGMENTS], *b[SEGMENTS];
    struct ae_mm mm = {.m = 1,
                       .n = n,
                       .k = steps,
                       .a = a,
                       .b = b,
                       .bpanel = k->nr,
                       .ldb = n / dy->c * dy->pix,
                       .c = sum,
                       .ldc = n,
                       .add = 1};

    for (int r = 0; r < dy->n * dy->h; r++) {
        a[mm.segments] = &one;
        b[mm.segments++] = ae_row(dy, r / dy->h, r % dy->h) + x * dy->pix;
        if (mm.segments == SEGMENTS) {
            k->mm(&mm);
            mm.segments = 0;
        }
    }
    k->mm(&mm);
}

/* Where pixels touch, several are summed side by side first: a pixel of few
 * channels doesn't fill a vector, and one chain of sums waits for itself. */
void ae_bias_grad(const struct ae_kernels *k, const struct ae_view *dy,
                  float *dbias)
{
    const int c = dy->c, joined = dy->pix == c;
    const int side = joined ? ae_clamp(SIDE / c, 1, ae_max(1, dy->w)) : 1;
    float sums[SIDE] = {0};

    if (side > 1)
        add_runs(k, dy, 0, dy->w / side, side * c, sums);
    for (int i = 0; side > 1 && i < side * c; i++)
        dbias[i % c] += sums[i];
    add_runs(k, dy, side > 1 ? dy->w / side * side : 0,
             side > 1 ? dy->w % side : dy->w, c, dbias);
}
