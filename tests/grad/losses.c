/* losses.c - every loss's slope against differences, and its parser.
 *
 * Predictions lie in 0..1 (bce and the like need that); sizes are odd, one
 * is a single row, one a single pixel; several samples an item; channel
 * slices as well as whole buffers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/loss/loss.h"
#include "../ref/net.h"

struct size {
    int n, h, w, c, k, pix;
};
static const struct size sizes[] = {
    {2, 7, 5, 3, 1, 3},  {1, 1, 30, 2, 1, 2},  {3, 1, 1, 4, 1, 4},
    {4, 13, 9, 1, 2, 1}, {2, 27, 50, 2, 1, 5}, {6, 3, 2, 3, 3, 4},
};
static const char *const texts[] = {"l1",
                                    "l2",
                                    "charbonnier:eps=1e-2",
                                    "huber:delta=0.2",
                                    "bce",
                                    "ce",
                                    "kl",
                                    "ssim",
                                    "psnr",
                                    "psnr:floor=20",
                                    "charbonnier",
                                    "huber",
                                    "bernoulli",
                                    "gauss:sigma=0.3",
                                    "gauss",
                                    "laplace:b=0.2",
                                    "laplace"};

static struct ae_view make(const struct size *s, int n)
{
    struct ae_view v = {NULL, n, s->h, s->w, s->c, s->pix, 0, 0, s->h};

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

enum { MOST = 8 }; /* items of a case */

struct bench {
    const struct ae_ctx *ctx;
    struct ae_loss loss;
    struct ae_view p, t, d;
    struct ae_view lv, dlv; /* log-variances; no data: none */
    struct ae_view plane;   /* weights of pixels; no data: none */
    int k;
    double weight[MOST]; /* of items, where `weighed` */
    int weighed;
};

/* The loss, or with weights the weighed sum of the items' nats. */
static double eval(const struct bench *b, int slope)
{
    struct ae_view none = {.data = NULL};
    struct ae_likelihood io = {.pred = &b->p,
                               .target = &b->t,
                               .logvar = &b->lv,
                               .k = b->k,
                               .weight = b->weight,
                               .dpred = slope ? &b->d : NULL,
                               .dlogvar = slope ? &b->dlv : &none};
    double nats[MOST], sum = 0;

    if (!b->weighed)
        return ae_loss_eval_weighted(&b->loss, b->ctx, &b->p, &b->t,
                                     b->plane.data ? &b->plane : NULL, b->k,
                                     slope ? &b->d : &none);
    ae_loss_likelihood(&b->loss, b->ctx, &io, nats);
    for (int i = 0; i < b->p.n; i++)
        sum += b->weight[i] * nats[i];
    return sum;
}

/* Along one value, at steps taken as the floats have them. */
static int check(const struct bench *b, const struct ae_view *of,
                 const struct ae_view *slopes, int i, const char *text)
{
    float *v = at(of, i), old = *v, slope = *at(slopes, i), up, down;
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

static int run(const struct ae_ctx *ctx, const char *text, const struct size *s)
{
    struct bench b = {.ctx = ctx, .k = s->k};
    struct ae_err e = {0, ""};
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
    if (with != eval(&b, 0) || !(with >= 0 || b.loss.kind->nll)) {
        printf("%s: %g with slopes, %g without\n", text, with, eval(&b, 0));
        failed = 1;
    }
    for (int i = 0; i < n && failed < 3; i += 1 + n / 40)
        failed += check(&b, &b.p, &b.d, i, text);
    free(b.p.data);
    free(b.t.data);
    free(b.d.data);
    ae_loss_release(&b.loss);
    return failed > 0;
}

/* -log p of one item from its definition. */
static double nats_of(const struct bench *b, int item)
{
    const int n = b->p.h * b->p.w * b->p.c;
    const char *name = b->loss.kind->name;
    double sum = 0, two_pi = 8 * atan(1);

    for (int i = 0; i < n; i++) {
        double p = (double)*at(&b->p, item * n + i);
        double t = (double)*at(&b->t, item / b->k * n + i), u = p - t;
        const struct ae_gauss *g = b->loss.attr;
        const struct ae_laplace *l = b->loss.attr;
        if (name[0] == 'b')
            sum -= t * log(p) + (1 - t) * log(1 - p);
        else if (name[0] == 'l')
            sum += log(2 * l->b) + fabs(u) / l->b;
        else {
            double var = b->lv.data ? exp((double)*at(&b->lv, item * n + i))
                                    : g->sigma * g->sigma;
            sum += 0.5 * (log(two_pi * var) + u * u / var);
        }
    }
    return sum;
}

/* Likelihoods: an item's nats, and slopes of a weighed sum of items. */
static int run_nats(const struct ae_ctx *ctx, const char *text,
                    const struct size *s)
{
    struct bench b = {.ctx = ctx, .k = s->k};
    int failed = 0, n = s->n * s->h * s->w * s->c;
    double nats[MOST], sum = 0;
    struct ae_err e = {0, ""};

    if (ae_loss_parse(text, &b.loss, &e))
        return 1;
    b.p = make(s, s->n);
    b.t = make(s, s->n / s->k);
    b.d = make(s, s->n);
    net_fill_view(&b.p, 0.3, 0.5, 3);
    net_fill_view(&b.t, 0.4, 0.5, 4);
    if (ae_loss_wants_logvar(&b.loss)) {
        failed += ae_loss_nll(&b.loss, ctx, &b.p, NULL, &b.t, b.k, nats, &e) !=
                  AE_EARG;
        b.lv = make(s, s->n);
        b.dlv = make(s, s->n);
        net_fill_view(&b.lv, 2, -1, 5);
    }
    failed += ae_loss_nll(&b.loss, ctx, &b.p, &b.lv, &b.t, b.k, nats, &e) != 0;
    for (int i = 0; i < s->n && !failed; i++) {
        failed += !(fabs(nats[i] - nats_of(&b, i)) < 1e-5 * n);
        b.weight[i] = 0.3 + i;
        sum += nats[i];
    }
    if (!b.lv.data && !(fabs(eval(&b, 0) * n - sum) < 1e-9 * n))
        failed++;
    if (failed)
        printf("%s: nats are wrong: item 0 has %g, not %g\n", text, nats[0],
               nats_of(&b, 0));
    b.weighed = 1;
    eval(&b, 1);
    for (int i = 0; i < n && failed < 3; i += 1 + n / 40) {
        failed += check(&b, &b.p, &b.d, i, text);
        if (b.lv.data)
            failed += check(&b, &b.lv, &b.dlv, i, "log-variance");
    }
    free(b.p.data);
    free(b.t.data);
    free(b.d.data);
    free(b.lv.data);
    free(b.dlv.data);
    ae_loss_release(&b.loss);
    return failed > 0;
}

/* With a weight plane: the mean of the pixels' own losses by their weights,
 * which may be 0, and its slopes. */
static int run_plane(const struct ae_ctx *ctx, const char *text,
                     const struct size *s)
{
    struct bench b = {.ctx = ctx, .k = s->k};
    const struct size flat = {s->n, s->h, s->w, 1, s->k, 1};
    struct ae_view none = {.data = NULL};
    int failed = 0, n = s->n * s->h * s->w;
    double mean = 0, all = 0;

    if (ae_loss_parse(text, &b.loss, NULL))
        return 1;
    b.p = make(s, s->n);
    b.t = make(s, s->n / s->k);
    b.d = make(s, s->n);
    b.plane = make(&flat, s->n / s->k);
    net_fill_view(&b.p, 0.3, 0.5, 3);
    net_fill_view(&b.t, 0.4, 0.5, 4);
    if (b.loss.kind->unit_range) {
        to_shares(&b.p);
        to_shares(&b.t);
    }
    for (int i = 0; i < n / s->k; i++)
        *at(&b.plane, i) = (float)(i % 3);
    for (int i = 0; i < n; i++) {
        const int item = i / (s->h * s->w), in = i % (s->h * s->w);
        const int of = item / s->k * s->h * s->w + in;
        struct ae_view
            p = {at(&b.p, i * s->c), 1, 1, 1, s->c, s->c, s->c, s->c, 1},
            t = p;
        t.data = at(&b.t, of * s->c);
        const double w = (double)*at(&b.plane, of);
        mean += w * ae_loss_eval(&b.loss, ctx, &p, &t, 1, &none);
        all += w;
    }
    const double got = eval(&b, 1);
    if (!(fabs(got - mean / all) <= 1e-5 * (1 + fabs(got)))) {
        printf("%s: %g with a weight plane, not %g\n", text, got, mean / all);
        failed = 1;
    }
    for (int i = 0; i < n * s->c && failed < 3; i += 1 + n * s->c / 40)
        failed += check(&b, &b.p, &b.d, i, text);
    free(b.p.data);
    free(b.t.data);
    free(b.d.data);
    free(b.plane.data);
    ae_loss_release(&b.loss);
    return failed > 0;
}

static int is_whole(const char *text)
{
    struct ae_loss l;
    int yes = ae_loss_parse(text, &l, NULL) == 0 && l.kind->whole;

    ae_loss_release(&l);
    return yes;
}

static int is_likelihood(const char *text)
{
    struct ae_loss l;
    int yes = ae_loss_parse(text, &l, NULL) == 0 && l.kind->nll;

    ae_loss_release(&l);
    return yes;
}

static int covered(const struct ae_loss_kind *k)
{
    size_t n = strlen(k->name);

    for (size_t i = 0; i < AE_LEN(texts); i++)
        if (!strncmp(texts[i], k->name, n) &&
            (!texts[i][n] || texts[i][n] == ':'))
            return 1;
    printf("no case for the loss %s\n", k->name);
    return 0;
}

/* The edges: probabilities of exactly 0 and 1 give finite numbers. */
static int edges(const struct ae_ctx *ctx)
{
    float p[4] = {0, 1, 1, 0}, t[4] = {1, 0, 1, 0}, d[4];
    struct ae_view vp = {p, 1, 1, 2, 2, 2, 4, 4, 1}, vt = vp, vd = vp;
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
    static const char *const bad[] = {
        "",   "l3",  "l2:eps=1",       "huber:delta=-1", "charbonnier:eps=",
        "L1", "l1x", "gauss:sigma=-1", "laplace:b=0",    "bernoulli:p=1"};
    int failed = 0;

    for (size_t i = 0; i < AE_LEN(bad); i++) {
        struct ae_loss l;
        struct ae_err e = {0, ""};
        if (ae_loss_parse(bad[i], &l, &e) != AE_EARG || !e.msg[0]) {
            printf("loss '%s' is not refused\n", bad[i]);
            failed++;
        }
    }
    struct ae_loss l2;
    struct ae_err e = {0, ""};
    if (ae_loss_parse("l2", &l2, NULL) ||
        ae_loss_nll(&l2, NULL, NULL, NULL, NULL, 1, NULL, &e) != AE_EARG ||
        !strstr(e.msg, "likelihood")) {
        printf("l2 has nats\n");
        failed++;
    }
    ae_loss_release(&l2);
    return failed > 0;
}

int main(void)
{
    struct ae_ctx_options o = {.threads = 2};
    struct ae_ctx *ctx;
    int failed = 0, total = 2;

    if (ae_ctx_new(&o, &ctx, NULL))
        return 1;
    for (size_t i = 0; ae_loss_at(i); i++, total++)
        failed += !covered(ae_loss_at(i));
    for (size_t i = 0; i < AE_LEN(texts); i++)
        for (size_t s = 0; s < AE_LEN(sizes); s++, total++)
            failed += run(ctx, texts[i], &sizes[s]);
    for (size_t i = 0; i < AE_LEN(texts); i++)
        for (size_t s = 0; is_likelihood(texts[i]) && s < AE_LEN(sizes);
             s++, total++)
            failed += run_nats(ctx, texts[i], &sizes[s]);
    for (size_t i = 0; i < AE_LEN(texts); i++)
        for (size_t s = 0; !is_whole(texts[i]) && s < AE_LEN(sizes);
             s++, total++)
            failed += run_plane(ctx, texts[i], &sizes[s]);
    failed += edges(ctx) + refusals();
    ae_ctx_free(ctx);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
