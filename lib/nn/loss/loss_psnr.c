/* loss_psnr.c - the PSNR, which denoisers are compared by, as a loss (Chen et
 * al. 2022, Simple baselines for image restoration): minus the PSNR of each
 * item, so that faint noise weighs as much as heavy noise.
 *
 * It is the mean over items of 10 log10(1 + mse / floor^2), the decibels above
 * `floor`.  The default floor is the error of rounding to 8 bits, below which
 * nothing is gained and a logarithm's derivative would grow without bound.  A
 * floor of 1 / 255 lets a net that doesn't know the level err by that much on
 * clean pictures, whose decibels would otherwise outweigh all faint noise. */
#include "nn/loss/loss.h"

#include <math.h>

#include "base/threads.h"

const struct ae_field ae_loss_psnr_fields[] = {
    AE_FIELD("floor", REAL, ae_loss_psnr, floor, .def = "0.28867513459481287",
             .min = 1e-3, .max = 255,
             .help = "error below which nothing is gained, 8-bit units"),
    {.name = NULL}};

enum { ITEMS = 64 }; /* of one call to the pool */

struct job {
    const struct ae_view *pred, *target, *dpred;
    int k, first; /* samples an item; item of task 0 */
    double scale; /* of decibels: 1 / items */
    double floor; /* a mean square, of values in 0..1 */
    double sum[ITEMS];
};

/* The squared error of a row; with d, also d = factor * error. */
static double row_error(const struct ae_view *p, const float *a, const float *b,
                        ptrdiff_t bpix, float *d, ptrdiff_t dpix, double factor)
{
    double sum = 0;

    for (int x = 0; x < p->w; x++)
        for (int c = 0; c < p->c; c++) {
            const double u = (double)a[x * p->pix + c] - b[x * bpix + c];
            sum += u * u;
            if (d)
                d[x * dpix + c] = (float)(factor * u);
        }
    return sum;
}

static double item_error(const struct job *j, int n, int with_grad,
                         double factor)
{
    const struct ae_view *p = j->pred, *t = j->target, *d = j->dpred;
    double sum = 0;

    for (int y = 0; y < p->h; y++)
        sum += row_error(p, ae_row(p, n, y), ae_row(t, n / j->k, y), t->pix,
                         with_grad ? ae_row(d, n, y) : NULL, d->pix, factor);
    return sum;
}

/* d/dp of 10 log10(1 + s / (count floor)), s the sum of (p - t)^2. */
static void item_task(void *arg, int task, int thread)
{
    struct job *j = arg;
    const struct ae_view *p = j->pred;
    const double count = (double)p->h * p->w * p->c, ten = 10 / log(10);
    const double s = item_error(j, j->first + task, 0, 0);

    (void)thread;
    j->sum[task] = ten * log1p(s / (count * j->floor));
    if (j->dpred->data)
        item_error(j, j->first + task, 1,
                   j->scale * ten * 2 / (count * j->floor + s));
}

double ae_loss_psnr_eval(const struct ae_ctx *ctx, const void *attr,
                         const struct ae_view *pred,
                         const struct ae_view *target,
                         const struct ae_view *plane, int k,
                         const struct ae_view *dpred)
{
    struct job j = {.pred = pred,
                    .target = target,
                    .dpred = dpred,
                    .k = k,
                    .scale = 1.0 / pred->n};
    const double floor = ((const struct ae_loss_psnr *)attr)->floor / 255;
    double sum = 0;

    (void)plane;
    j.floor = floor * floor;
    for (; j.first < pred->n; j.first += ITEMS) {
        const int n = ae_min(ITEMS, pred->n - j.first);
        ae_par_for(ctx->pool, n, item_task, &j);
        for (int i = 0; i < n; i++)
            sum += j.sum[i];
    }
    return sum * j.scale;
}
