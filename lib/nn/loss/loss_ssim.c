/* loss_ssim.c - structural similarity as a loss (Wang et al. 2004).
 *
 * The window is Gaussian, 11 x 11 with sigma 1.5, for values 0..1.  At a border
 * it is cut and its weights are scaled to the sum 1, so that any size works,
 * even 1 x w.  A channel's plane is cut into blocks; each computes the
 * similarities around it again, so that blocks are independent and nothing is
 * allocated.  Sums are in double, since variances are small differences of
 * large sums. */
#include "nn/loss/loss.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"

enum {
    R = 5,
    B = 24,        /* window's radius; a block's side */
    M = B + 2 * R, /* windows that touch the block */
    S = B + 4 * R, /* pixels that those windows cover */
    SUMS = 256
}; /* partial sums */

/* A block's place: item, channel, first row and column. */
struct block {
    int n, c, y, x;
};

struct job {
    const struct ae_view *pred, *target, *dpred;
    int k, by, bx, tasks, step;
    double w[2 * R + 1];
    double count, sum[SUMS];
};

/* Moments of a window, or the derivatives of the similarity by them. */
enum { MX, MY, XX, YY, XY, MOMENTS };

/* The sum of weights of the window centred at i, cut to an axis of n. */
static double weight_sum(const double *w, int i, int n)
{
    double s = 0;

    for (int d = -R; d <= R; d++)
        if (i + d >= 0 && i + d < n)
            s += w[d + R];
    return s;
}

static double pixel(const struct ae_view *v, int n, int y, int x, int c)
{
    if (y < 0 || y >= v->h || x < 0 || x >= v->w)
        return 0;
    return ae_row(v, n, y)[x * v->pix + c];
}

/* Windowed moments at the M x M windows around a block. */
static void moments(const struct job *j, const struct block *b,
                    double m[MOMENTS][M][M])
{
    static const int of[MOMENTS][2] = {{1, 0}, {0, 1}, {2, 0}, {0, 2}, {1, 1}};
    double row[S][MOMENTS][M];

    for (int y = 0; y < S; y++) {
        double v[S][MOMENTS];
        for (int x = 0; x < S; x++) {
            int py = b->y + y - 2 * R, px = b->x + x - 2 * R;
            double p = pixel(j->pred, b->n, py, px, b->c);
            double t = pixel(j->target, b->n / j->k, py, px, b->c);
            for (int i = 0; i < MOMENTS; i++)
                v[x][i] = (of[i][0] == 2 ? p * p
                           : of[i][0]    ? p
                                         : 1) *
                          (of[i][1] == 2 ? t * t
                           : of[i][1]    ? t
                                         : 1);
        }
        for (int i = 0; i < MOMENTS; i++)
            for (int x = 0; x < M; x++) {
                row[y][i][x] = 0;
                for (int d = 0; d <= 2 * R; d++)
                    row[y][i][x] += j->w[d] * v[x + d][i];
            }
    }
    memset(m, 0, sizeof(double) * MOMENTS * M * M);
    for (int i = 0; i < MOMENTS; i++)
        for (int y = 0; y < M; y++)
            for (int d = 0; d <= 2 * R; d++)
                for (int x = 0; x < M; x++)
                    m[i][y][x] += j->w[d] * row[y + d][i][x];
}

/* The similarity of one window from its moments, which are replaced by its
 * derivatives by MX, XX and XY, taken as independent. */
static double similarity(double *mx, const double *my, double *xx,
                         const double *yy, double *xy)
{
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    double x = *mx, y = *my;
    double a1 = 2 * x * y + c1, a2 = 2 * (*xy - x * y) + c2;
    double b1 = x * x + y * y + c1;
    double b2 = *xx - x * x + *yy - y * y + c2;
    double s = a1 * a2 / (b1 * b2);

    *mx = 2 * y * (a2 - a1) / (b1 * b2) + 2 * x * s * (1 / b2 - 1 / b1);
    *xx = -s / b2;
    *xy = 2 * a1 / (b1 * b2);
    return s;
}

/* Derivatives of all windows, 0 outside the plane; returns the sum over the
 * block's own windows. */
static double window_gradients(const struct job *j, const struct block *b,
                               double m[MOMENTS][M][M])
{
    const struct ae_view *p = j->pred;
    double sum = 0;

    for (int y = 0; y < M; y++)
        for (int x = 0; x < M; x++) {
            int py = b->y + y - R, px = b->x + x - R;
            int in = py >= 0 && py < p->h && px >= 0 && px < p->w;
            double q = in ? 1 / (weight_sum(j->w, py, p->h) *
                                 weight_sum(j->w, px, p->w))
                          : 0;
            double s = 0;
            for (int i = 0; i < MOMENTS; i++)
                m[i][y][x] *= q;
            if (in)
                s = similarity(&m[MX][y][x], &m[MY][y][x], &m[XX][y][x],
                               &m[YY][y][x], &m[XY][y][x]);
            if (y >= R && y < R + B && x >= R && x < R + B)
                sum += s;
            m[MX][y][x] *= q;
            m[XX][y][x] *= q;
            m[XY][y][x] *= q;
        }
    return sum;
}

/* Back through the windows: a pixel's gradient is the sum over the windows that
 * cover it. */
static void put_gradients(const struct job *j, const struct block *b,
                          double m[MOMENTS][M][M])
{
    static const int used[3] = {MX, XX, XY};
    const struct ae_view *d = j->dpred;
    int h = ae_min(B, d->h - b->y), w = ae_min(B, d->w - b->x);

    for (int y = 0; y < h; y++) {
        double col[3][M] = {{0}};
        float *to = ae_row(d, b->n, b->y + y) + b->x * d->pix + b->c;
        for (int i = 0; i < 3; i++)
            for (int e = 0; e <= 2 * R; e++)
                for (int x = 0; x < M; x++)
                    col[i][x] += j->w[e] * m[used[i]][y + e][x];
        for (int x = 0; x < w; x++, to += d->pix) {
            double g[3] = {0};
            for (int i = 0; i < 3; i++)
                for (int e = 0; e <= 2 * R; e++)
                    g[i] += j->w[e] * col[i][x + e];
            double p = pixel(j->pred, b->n, b->y + y, b->x + x, b->c);
            double t = pixel(j->target, b->n / j->k, b->y + y, b->x + x, b->c);
            *to = (float)(-(g[0] + 2 * p * g[1] + t * g[2]) / j->count);
        }
    }
}

static void blocks_task(void *arg, int task, int thread)
{
    struct job *j = arg;
    double m[MOMENTS][M][M];
    int end = ae_min((task + 1) * j->step, j->tasks);

    (void)thread;
    for (int i = task * j->step; i < end; i++) {
        int at = i / j->bx, c = at / j->by;
        struct block b = {c / j->pred->c, c % j->pred->c, at % j->by * B,
                          i % j->bx * B};
        moments(j, &b, m);
        j->sum[task] += window_gradients(j, &b, m);
        if (j->dpred->data)
            put_gradients(j, &b, m);
    }
}

double ae_loss_ssim_eval(const struct ae_ctx *ctx, const void *attr,
                         const struct ae_view *pred,
                         const struct ae_view *target,
                         const struct ae_view *plane, int k,
                         const struct ae_view *dpred)
{
    struct job j = {.pred = pred,
                    .target = target,
                    .dpred = dpred,
                    .k = k,
                    .by = (pred->h + B - 1) / B,
                    .bx = (pred->w + B - 1) / B};
    double sum = 0, total = 0;

    (void)attr, (void)plane;
    for (int d = -R; d <= R; d++)
        total += exp(-d * d / (2 * 1.5 * 1.5));
    for (int d = -R; d <= R; d++)
        j.w[d + R] = exp(-d * d / (2 * 1.5 * 1.5)) / total;
    j.count = (double)pred->n * pred->h * pred->w * pred->c;
    j.tasks = pred->n * pred->c * j.by * j.bx;
    j.step = (j.tasks + SUMS - 1) / SUMS;
    int n = (j.tasks + j.step - 1) / j.step;
    ae_par_for(ctx->pool, n, blocks_task, &j);
    for (int i = 0; i < n; i++)
        sum += j.sum[i];
    return 1 - sum / j.count;
}
