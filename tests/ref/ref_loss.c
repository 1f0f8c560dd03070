/* ref_loss.c - see ref_loss.h. */
#include "ref_loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static val element(const char *loss, double par, val p, double t)
{
    double u = t_value(p) - t, a = fabs(u), q = t_value(p);

    if (!strcmp(loss, "l1"))
        return t_fn(p, a, u > 0 ? 1 : u < 0 ? -1 : 0);
    if (!strcmp(loss, "l2"))
        return t_fn(p, u * u, 2 * u);
    if (!strcmp(loss, "charbonnier"))
        return t_fn(p, sqrt(u * u + par * par), u / sqrt(u * u + par * par));
    if (!strcmp(loss, "huber"))
        return a < par ? t_fn(p, u * u / 2, u)
                       : t_fn(p, par * (a - par / 2), u > 0 ? par : -par);
    if (!strcmp(loss, "gauss"))
        return t_fn(
            p, 0.5 * u * u / (par * par) + log(par) + 0.5 * log(8 * atan(1)),
            u / (par * par));
    if (!strcmp(loss, "laplace"))
        return t_fn(p, a / par + log(2 * par), (u > 0 ? 1 : -1) / par);
    if (!strcmp(loss, "bce") || !strcmp(loss, "bernoulli"))
        return t_fn(p, -t * log(q) - (1 - t) * log(1 - q),
                    -t / q + (1 - t) / (1 - q));
    if (!strcmp(loss, "ce"))
        return t_scale(t_log(p), -t);
    if (!strcmp(loss, "kl"))
        return t_sub(t_const(t > 0 ? t * log(t) : 0), t_scale(t_log(p), t));
    fprintf(stderr, "ref: no loss %s\n", loss);
    exit(1);
}

/* One 11 x 11 window around (y, x), cut at the border. */
static val ssim_window(const struct map *p, const double *t, int n, int y,
                       int x, int c)
{
    val m[5];
    double total = 0;
    for (int i = 0; i < 5; i++)
        m[i] = t_const(0);
    for (int d = 0; d < 121; d++) {
        int dy = d / 11 - 5, dx = d % 11 - 5;
        if (y + dy < 0 || y + dy >= p->h || x + dx < 0 || x + dx >= p->w)
            continue;
        double g = exp(-(dy * dy + dx * dx) / 4.5);
        val *v = at(p, n, y + dy, x + dx, c);
        double u = t[v - p->v];
        total += g;
        m[0] = t_add(m[0], t_scale(*v, g));
        m[1] = t_add(m[1], t_const(u * g));
        m[2] = t_add(m[2], t_scale(t_mul(*v, *v), g));
        m[3] = t_add(m[3], t_const(u * u * g));
        m[4] = t_add(m[4], t_scale(*v, u * g));
    }
    for (int i = 0; i < 5; i++)
        m[i] = t_scale(m[i], 1 / total);
    val xy = t_mul(m[0], m[1]), xx = t_mul(m[0], m[0]), yy = t_mul(m[1], m[1]);
    val c1 = t_const(0.0001), c2 = t_const(0.0009);
    val a1 = t_add(t_scale(xy, 2), c1);
    val a2 = t_add(t_scale(t_sub(m[4], xy), 2), c2);
    val b1 = t_add(t_add(xx, yy), c1);
    val b2 = t_add(t_add(t_sub(m[2], xx), t_sub(m[3], yy)), c2);
    return t_div(t_mul(a1, a2), t_mul(b1, b2));
}

/* Mean over items of 10 log10(1 + mse / (a step of 1/255, squared, by 12)). */
static val decibels(const struct map *p, const double *t)
{
    int each = p->h * p->w * p->c;

    val sum = t_const(0);
    for (int n = 0; n < p->n; n++) {
        val s = t_const(0);
        for (int i = n * each; i < (n + 1) * each; i++) {
            val u = t_sub(p->v[i], t_const(t[i]));
            s = t_add(s, t_mul(u, u));
        }
        s = t_add(t_scale(s, 12.0 * 255 * 255 / each), t_const(1));
        sum = t_add(sum, t_scale(t_log(s), 10 / log(10)));
    }
    return t_scale(sum, 1.0 / p->n);
}

val ref_loss(const struct map *p, const double *t, const char *loss, double par)
{
    int count = p->n * p->h * p->w * p->c, pixels = count / p->c;

    val sum = t_const(0);
    if (!strcmp(loss, "ssim")) {
        for (int i = 0; i < count; i++)
            sum = t_add(sum, ssim_window(p, t, i / p->c / p->w / p->h,
                                         i / p->c / p->w % p->h,
                                         i / p->c % p->w, i % p->c));
        return t_sub(t_const(1), t_scale(sum, 1.0 / count));
    }
    if (!strcmp(loss, "psnr"))
        return decibels(p, t);
    for (int i = 0; i < count; i++)
        sum = t_add(sum, element(loss, par, p->v[i], t[i]));
    return t_scale(
        sum,
        1.0 / (!strcmp(loss, "ce") || !strcmp(loss, "kl") ? pixels : count));
}
