/* winograd.c - what 3 x 3 convolutions by Winograd's way cost: the error's
 * bound, taken over the tile; how far one NaN reaches; the PSNR of the default
 * model in float32 and in bfloat16. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ae.h"
#include "base/mem.h"
#include "base/rng.h"
#include "kernel/ctx.h"
#include "model/model.h"
#include "nn/conv/winograd.h"
#include "../ref/net.h"

static int failed, total;

static void check(int good, const char *what, double got, double bound)
{
    total++;
    failed += !good;
    printf("%s%s: %.3g of %.3g\n", good ? "" : "FAILED: ", what, got, bound);
}

static struct ae_ctx *context(enum ae_precision precision)
{
    const struct ae_ctx_options o = {.threads = 2, .precision = precision};
    struct ae_ctx *ctx;

    return ae_ctx_new(&o, &ctx, NULL) ? NULL : ctx;
}

/* The whole run; direct: no layer goes by Winograd's way. */
static struct ae_exec *run_new(const struct ae_ctx *ctx, struct ae_graph *g,
                               float *w, int side, int direct)
{
    struct ae_exec *x;

    for (int i = 0; direct && i < g->count; i++)
        g->node[i].tile = 1;
    if (ae_exec_new(ctx, g, w, 1, side, side, 0, &x, NULL))
        exit(1);
    return x;
}

/* ---------------------------------------------------------- one layer */

#define ERROR 1e-6 /* winograd.h states it */
enum { SIDE = 13, CHANNELS = 64, FIRST = AE_WINO_SIDE, LAST = 2 * FIRST - 1 };

struct layer {
    struct ae_ctx *ctx;
    struct ae_graph *g;
    float *w;
    struct ae_exec *x;
    struct ae_view in, out;
};

static void open_layer(struct layer *l, int direct)
{
    l->ctx = context(AE_PRECISION_F32);
    l->g = net_build("x input c=64; y conv c=64 k=3 bias=0");
    l->w = ae_alloc_aligned(l->g->weights, sizeof(*l->w), NULL);
    ae_graph_init(l->g, l->w, 3);
    l->x = run_new(l->ctx, l->g, l->w, SIDE, direct);
    l->in = ae_exec_input(l->x, NULL);
    l->out = ae_exec_output(l->x, NULL);
}

static void close_layer(struct layer *l)
{
    ae_exec_free(l->x);
    ae_free_aligned(l->w);
    ae_graph_free(l->g);
    ae_ctx_free(l->ctx);
}

static const float *at(const struct ae_view *v, int y, int x)
{
    return ae_row(v, 0, y) + x * v->pix;
}

/* Largest sum over the filter of one output's magnitudes. */
static double heaviest(const struct layer *l)
{
    double most = 0;

    for (int o = 0; o < CHANNELS; o++) {
        double sum = 0;
        for (int i = 0; i < 9 * CHANNELS; i++)
            sum += fabs((double)l->w[i * CHANNELS + o]);
        most = sum > most ? sum : most; /* gcc 12 for AArch64 fails of fmax */
    }
    return most;
}

/* Zeros but for one pixel of 1000, the first of the tile that begins at FIRST:
 * two rows and columns on, windows hold zeros alone.  There the direct way
 * gives zeros, and Winograd's what rounding leaves of the whole patch. */
static double beside(double large, int direct, double *bound)
{
    struct layer l;
    double most = 0;

    open_layer(&l, direct);
    net_fill_view(&l.in, 0, 0, 1);
    for (int c = 0; c < CHANNELS; c++)
        ae_row(&l.in, 0, FIRST)[FIRST * l.in.pix + c] = (float)large;
    ae_exec_forward(l.x, 0, 0);
    for (int y = FIRST; y <= LAST; y++)
        for (int x = FIRST; x <= LAST; x++)
            for (int c = 0; c < CHANNELS && ae_max(x, y) > FIRST + 1; c++)
                most = fmax(most, fabs((double)at(&l.out, y, x)[c]));
    *bound = ERROR * large * heaviest(&l);
    close_layer(&l);
    return most;
}

static void check_bound(void)
{
    double bound;
    const double direct = beside(1000, 1, &bound);
    const double wino = beside(1000, 0, &bound);

    check(direct <= 0, "a zero window beside 1000, direct", direct, 0);
    check(wino > 0 && wino < bound, "the same by Winograd's way", wino, bound);
}

/* Outputs of tiles whose patches see the NaN are lost, others keep their
 * bits. */
static void check_nan(void)
{
    const int place = 6, c = 17; /* in the tile of 4 to 7 alone */
    struct layer l, clean;
    int lost = 0, kept = 1;

    open_layer(&l, 0);
    open_layer(&clean, 0);
    net_fill_view(&l.in, 1, 0, 1);
    net_fill_view(&clean.in, 1, 0, 1);
    ae_row(&l.in, 0, place)[place * l.in.pix + c] = NAN;
    ae_exec_forward(l.x, 0, 0);
    ae_exec_forward(clean.x, 0, 0);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const float *a = at(&l.out, y, x), *b = at(&clean.out, y, x);
            const int in = y >= FIRST && y <= LAST && x >= FIRST && x <= LAST;
            lost += isnan(a[0]) != 0;
            kept &= in || !memcmp(a, b, CHANNELS * sizeof(*a));
        }
    close_layer(&l);
    close_layer(&clean);
    check(lost >= 9 && lost <= 16, "pixels that one NaN spoils", lost, 16);
    check(kept, "the others' bits are kept", kept, 1);
}

/* ------------------------------------------------------ the default model */

enum { CROP = 128 };

/* The middle of a picture that the project ships. */
static void read_crop(struct ae_ctx *ctx, float *to)
{
    struct ae_image im = {.data = NULL};
    const char *root = getenv("AE_ROOT");
    struct ae_io *io;
    char path[4096];

    snprintf(path, sizeof(path), "%s/samples/palace.png", root ? root : ".");
    if (ae_io_open_path(path, &io, NULL) ||
        ae_image_read(ctx, io, 1, &im, NULL, NULL))
        exit(1);
    const int w = im.info.w, x = (w - CROP) / 2, y = (im.info.h - CROP) / 2;
    for (int r = 0; r < CROP; r++)
        memcpy(to + r * CROP * 3, im.data + ((y + r) * w + x) * 3,
               CROP * 3 * sizeof(*to));
    ae_image_release(&im);
    ae_io_close(io);
}

/* sigma in 1/255.  The noise depends on it alone. */
static double psnr(enum ae_precision precision, int direct, int sigma)
{
    static float clean[CROP * CROP * 3];
    struct ae_ctx *ctx = context(precision);
    struct ae_model *m;
    struct ae_rng rng;
    double sum = 0;

    read_crop(ctx, clean);
    if (ae_model_load(ctx, NULL, &m, NULL))
        exit(1);
    struct ae_exec *x = run_new(ctx, m->graph, m->weights, CROP, direct);
    const struct ae_view in = ae_exec_input(x, "x");
    const struct ae_view level = ae_exec_input(x, "sigma");
    ae_rng_init(&rng, (uint64_t)sigma, 0);
    for (int i = 0; i < CROP * CROP; i++) {
        float *to = ae_row(&in, 0, i / CROP) + i % CROP * in.pix;
        for (int c = 0; c < 3; c++)
            to[c] = clean[3 * i + c] +
                    (float)(ae_rng_normal(&rng) * sigma / 255);
        ae_row(&level, 0, i / CROP)[i % CROP * level.pix] = (float)sigma / 255;
    }
    ae_exec_forward(x, 0, 0);
    const struct ae_view out = ae_exec_output(x, NULL);
    for (int i = 0; i < CROP * CROP * 3; i++) {
        const double d = (double)at(&out, i / 3 / CROP, i / 3 % CROP)[i % 3] -
                         clean[i];
        sum += d * d;
    }
    ae_exec_free(x);
    ae_model_free(m);
    ae_ctx_free(ctx);
    return -10 * log10(sum / (CROP * CROP * 3));
}

/* dB that the ways cost: Winograd's at each level, bfloat16, where the CPU has
 * it, as the mean of them, since single pictures swing. */
static void check_psnr(void)
{
    static const int sigma[] = {5, 25, 50};
    struct ae_ctx *half = context(AE_PRECISION_BF16);
    double cost = 0;

    for (size_t i = 0; i < AE_LEN(sigma); i++) {
        const double direct = psnr(AE_PRECISION_F32, 1, sigma[i]);
        const double wino = psnr(AE_PRECISION_F32, 0, sigma[i]);
        const double noisy = -20 * log10(sigma[i] / 255.0);
        check(direct > noisy + 3, "dB of denoising", direct - noisy, 3);
        check(fabs(wino - direct) < 0.005, "dB by Winograd's way",
              wino - direct, 0.005);
        if (half)
            cost += psnr(AE_PRECISION_BF16, 0, sigma[i]) - wino;
    }
    cost /= AE_LEN(sigma);
    if (half)
        check(fabs(cost) < 0.01, "dB by bfloat16", cost, 0.01);
    ae_ctx_free(half);
}

int main(void)
{
    check_bound();
    check_nan();
    check_psnr();
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
