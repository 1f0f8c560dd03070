/* losses.c - every loss's slope against differences, and its parser.
 *
 * Predictions lie in 0..1 (bce and the like need that); sizes are odd, one
 * is a single row, one a single pixel; several samples an item; channel
 * slices as well as whole buffers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/loss.h"
#include "../ref/net.h"

struct size { int n, h, w, c, k, pix; };
static const struct size sizes[] = {
    { 2, 7, 5, 3, 1, 3 }, { 1, 1, 30, 2, 1, 2 }, { 3, 1, 1, 4, 1, 4 },
    { 4, 13, 9, 1, 2, 1 }, { 2, 27, 50, 2, 1, 5 }, { 6, 3, 2, 3, 3, 4 },
};
static const char *const texts[] = {
    "l1", "l2", "charbonnier:eps=1e-2", "huber:delta=0.2", "bce", "ce", "kl",
    "ssim", "psnr", "charbonnier", "huber"
};

static struct ae_view make(const struct size *s, int n)
{
    struct ae_view v = { NULL, n, s->h, s->w, s->c, s->pix, 0, 0, s->h };
    v.row = v.pix * s->w;
    v.item = v.row * s->h;
    v.data = calloc((size_t)(v.item * n), sizeof(float));
    return v;
}

static float *at(const struct ae_view *v, int i)
{
    int y = i / v->c / v->w;
    return ae_row(v, y / v->h, y % v->h) + i / v->c % v->w * v->pix + i % v->c;
}

/* Shares that sum to one over a pixel's channels, all well inside 0..1. */
static void to_shares(const struct ae_view *v)
{
    int n = v->n * v->h * v->w;
    for (int i = 0; i < n; i++) {
        float sum = 0;
        for (int c = 0; c < v->c; c++)
            sum += *at(v, i * v->c + c);
        for (int c = 0; v->c > 1 && c < v->c; c++)
            *at(v, i * v->c + c) /= sum;
    }
}

struct bench {
    const struct ae_ctx *ctx;
    struct ae_loss loss;
    struct ae_view p, t, d;
    int k;
};

static double eval(const struct bench *b, int slope)
{
    struct ae_view none = { .data = NULL };
    return ae_loss_eval(&b->loss, b->ctx, &b->p, &b->t, b->k,
                        slope ? &b->d : &none);
}

/* Along one value, at steps taken as the floats have them. */
static int check(const struct bench *b, int i, const char *text)
{
    float *v = at(&b->p, i), old = *v, slope = *at(&b->d, i), up, down;
    double d = 0, worst, count = (double)b->p.n * b->p.h * b->p.w;
    for (float h = 0.02f; h > 0.0002f; h /= 4) {
        up = old + h;
        down = old - h;
        *v = up;
        d = eval(b, 0);
        *v = down;
        d -= eval(b, 0);
        *v = old;
        d /= (double)up - (double)down;
        worst = 2e-3 * fabs((double)slope) + 1e-3 / count;
        if (fabs(d - (double)slope) <= worst)
            return 0;
    }
    printf("%s: value %d of %dx%dx%dx%d: slope %g, difference %g\n", text, i,
           b->p.n, b->p.h, b->p.w, b->p.c, (double)slope, d);
    return 1;
}

static int run(const struct ae_ctx *ctx, const char *text,
               const struct size *s)
{
    struct bench b = { .ctx = ctx, .k = s->k };
    struct ae_err e = { 0, "" };
    int failed = 0, n = s->n * s->h * s->w * s->c;
    if (ae_loss_parse(text, &b.loss, &e)) {
        printf("%s: %s\n", text, e.msg);
        return 1;
    }
    b.p = make(s, s->n);
    b.t = make(s, s->n / s->k);
    b.d = make(s, s->n);
    net_fill_view(&b.p, 0.3, 0.5, 3);
    net_fill_view(&b.t, 0.4, 0.5, 4);
    if (b.loss.kind->unit_range) {
        to_shares(&b.p);
        to_shares(&b.t);
    }
    double with = eval(&b, 1);
    if (with != eval(&b, 0) || !(with >= 0)) {
        printf("%s: %g with slopes, %g without\n", text, with, eval(&b, 0));
        failed = 1;
    }
    for (int i = 0; i < n && failed < 3; i += 1 + n / 40)
        failed += check(&b, i, text);
    free(b.p.data);
    free(b.t.data);
    free(b.d.data);
    ae_loss_release(&b.loss);
    return failed > 0;
}

static int covered(const struct ae_loss_kind *k)
{
    size_t n = strlen(k->name);
    for (size_t i = 0; i < AE_LEN(texts); i++)
        if (!strncmp(texts[i], k->name, n) && (!texts[i][n] ||
                                               texts[i][n] == ':'))
            return 1;
    printf("no case for the loss %s\n", k->name);
    return 0;
}

/* The edges: probabilities of exactly 0 and 1 give finite numbers. */
static int edges(const struct ae_ctx *ctx)
{
    float p[4] = { 0, 1, 1, 0 }, t[4] = { 1, 0, 1, 0 }, d[4];
    struct ae_view vp = { p, 1, 1, 2, 2, 2, 4, 4, 1 }, vt = vp, vd = vp;
    int failed = 0;
    vt.data = t;
    vd.data = d;
    for (size_t i = 0; ae_loss_at(i); i++) {
        struct ae_loss l;
        if (ae_loss_parse(ae_loss_at(i)->name, &l, NULL))
            return 1;
        double v = ae_loss_eval(&l, ctx, &vp, &vt, 1, &vd);
        for (int k = 0; k < 4; k++)
            v += (double)d[k];
        if (!isfinite(v))
            printf("%s: %g at the edges\n", ae_loss_at(i)->name, v);
        failed += !isfinite(v);
        ae_loss_release(&l);
    }
    return failed > 0;
}

static int refusals(void)
{
    static const char *const bad[] = { "", "l3", "l2:eps=1", "huber:delta=-1",
                                       "charbonnier:eps=", "L1", "l1x" };
    int failed = 0;
    for (size_t i = 0; i < AE_LEN(bad); i++) {
        struct ae_loss l;
        struct ae_err e = { 0, "" };
        if (ae_loss_parse(bad[i], &l, &e) != AE_EARG || !e.msg[0]) {
            printf("loss '%s' is not refused\n", bad[i]);
            failed++;
        }
    }
    return failed > 0;
}

int main(void)
{
    struct ae_ctx_options o = { .threads = 2 };
    struct ae_ctx *ctx;
    int failed = 0, total = 2;
    if (ae_ctx_new(&o, &ctx, NULL))
        return 1;
    for (size_t i = 0; ae_loss_at(i); i++, total++)
        failed += !covered(ae_loss_at(i));
    for (size_t i = 0; i < AE_LEN(texts); i++)
        for (size_t s = 0; s < AE_LEN(sizes); s++, total++)
            failed += run(ctx, texts[i], &sizes[s]);
    failed += edges(ctx) + refusals();
    ae_ctx_free(ctx);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
