/* slope.c - activation slopes and bias gradients of fused kinds. */
#include "nn/slope.h"

enum { FLOATS = 16384 };                 /* of a task, about: 64 KB */

const char *const ae_act_names[] = { "none", "relu", "lrelu", "sigmoid",
                                     "tanh", NULL };

struct slope {
    const struct ae_kernels *k;
    enum ae_act act;
    const struct ae_view *y, *dy;
    int band;                            /* rows of a task */
};

static void slope_task(void *arg, int task, int thread)
{
    const struct slope *s = arg;
    const struct ae_view *y = s->y, *dy = s->dy;
    const int end = ae_min((task + 1) * s->band, y->n * y->h);
    const int joined = y->pix == y->c && dy->pix == y->c;
    const size_t n = (size_t)y->c * (size_t)(joined ? y->w : 1);

    (void)thread;
    for (int r = task * s->band; r < end; r++) {
        const float *py = ae_row(y, r / y->h, r % y->h);
        float *pd = ae_row(dy, r / y->h, r % y->h);
        for (int x = 0; x < (joined ? 1 : y->w); x++)
            s->k->slope(s->act, pd + x * dy->pix, py + x * y->pix, n);
    }
}

void ae_slope_rows(const struct ae_ctx *ctx, enum ae_act act,
                   const struct ae_view *y, const struct ae_view *dy)
{
    const int rows = y->n * y->h;
    struct slope s = { ctx->k, act, y, dy,
                       ae_max(1, FLOATS / ae_max(1, y->w * y->c)) };

    if (act != AE_ACT_NONE)
        ae_par_for(ctx->pool, (rows + s.band - 1) / s.band, slope_task, &s);
}

void ae_bias_grad(const struct ae_kernels *k, const struct ae_view *dy,
                  float *dbias)
{
    for (int i = 0; i < dy->n; i++)
        for (int y = 0; y < dy->h; y++)
            k->colsum(dbias, ae_row(dy, i, y), dy->pix, dy->w, dy->c);
}
