/* check_wino.c - Winograd's transforms against their matrices in double
 * precision, and the way through all of them against the definition.
 *
 * The matrices follow from the points alone: rows of A are the points'
 * powers, G divides them by N_i, and B's rows are the coefficients of the
 * polynomials through the other points. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blocks.h"
#include "check.h"
#include "kernel/kernel.h"

enum { P = 6, R = 3, Q = 4 }; /* positions, taps, outputs */

/* One axis of a transform: row by row, rows x columns. */
struct matrix {
    int rows, cols;
    double at[P][P];
};
enum { IN, FILTER, OUT, DOUT, DFILTER, TRANSFORMS };
static const char *const names[] = {"in", "filter", "out", "dout", "dfilter"};

/* Coefficients of the product of (x - root[j]), j != skip. */
static void polynomial(const double *root, int n, int skip, double *c)
{
    int degree = 0;

    memset(c, 0, P * sizeof(*c));
    c[0] = 1;
    for (int j = 0; j < n; j++) {
        if (j == skip)
            continue;
        degree++;
        for (int k = degree; k >= 0; k--)
            c[k] = (k ? c[k - 1] : 0) - root[j] * c[k];
    }
}

static struct matrix turned(const struct matrix *m)
{
    struct matrix t = {m->cols, m->rows, {{0}}};

    for (int i = 0; i < m->rows; i++)
        for (int j = 0; j < m->cols; j++)
            t.at[j][i] = m->at[i][j];
    return t;
}

static void make(struct matrix m[TRANSFORMS])
{
    const double a = sqrt(0.5), b = sqrt(2);
    const double root[P - 1] = {0, a, -a, b, -b};

    m[IN] = (struct matrix){P, P, {{0}}};
    m[FILTER] = (struct matrix){P, R, {{0}}};
    m[DOUT] = (struct matrix){P, Q, {{0}}};
    for (int i = 0; i < P; i++) {
        double n = 1;
        polynomial(root, P - 1, i, m[IN].at[i]);
        for (int j = 0; j < P - 1; j++)
            n *= i < P - 1 && j != i ? root[i] - root[j] : 1;
        for (int k = 0; k < R; k++)
            m[FILTER].at[i][k] = i < P - 1 ? pow(root[i], k) / n : k == R - 1;
        for (int k = 0; k < Q; k++)
            m[DOUT].at[i][k] = i < P - 1 ? pow(root[i], k) : k == Q - 1;
    }
    m[OUT] = turned(&m[DOUT]);
    m[DFILTER] = turned(&m[FILTER]);
}

/* y = m x m^T, and the same of the magnitudes. */
static void both_axes(const struct matrix *m, const double *x, double *y,
                      double *size)
{
    for (int i = 0; i < m->rows; i++)
        for (int j = 0; j < m->rows; j++) {
            double sum = 0, abs = 0;
            for (int k = 0; k < m->cols; k++)
                for (int l = 0; l < m->cols; l++) {
                    const double v = m->at[i][k] * m->at[j][l] *
                                     x[k * m->cols + l];
                    sum += v;
                    abs += fabs(v);
                }
            y[i * m->rows + j] = sum;
            size[i * m->rows + j] = abs;
        }
}

/* A 4 x 4 piece of a correlation by way of the three matrices. */
static void check_identity(const struct matrix *m)
{
    double d[P * P], g[R * R], v[P * P], u[P * P], y[Q * Q], size[P * P];
    double most = 0;

    for (int i = 0; i < P * P; i++)
        d[i] = sin(i + 1);
    for (int i = 0; i < R * R; i++)
        g[i] = cos(3 * i + 1);
    both_axes(&m[IN], d, v, size);
    both_axes(&m[FILTER], g, u, size);
    for (int i = 0; i < P * P; i++)
        v[i] *= u[i];
    both_axes(&m[OUT], v, y, size);
    for (int i = 0; i < Q * Q; i++)
        for (int t = 0; t < R * R; t++)
            y[i] -= g[t] * d[(i / Q + t / R) * P + i % Q + t % R];
    for (int i = 0; i < Q * Q; i++)
        most = fmax(most, fabs(y[i]));
    check(most < 1e-13, "Winograd's matrices: %g off", most);
}

struct run {
    float *in[P * P], *out[P * P]; /* pixels or taps; transformed */
    ptrdiff_t step;
    int c, act, add;
    const float *bias;
};

static void transform(const struct ae_kernels *k, int what, const struct run *r)
{
    switch (what) {
    case IN:
        k->wino_in(r->out[0], r->step, (const float *const *)r->in, r->c);
        break;
    case FILTER:
        k->wino_filter(r->out[0], r->step, (const float *const *)r->in, r->c);
        break;
    case OUT:
        k->wino_out(r->out, r->in[0], r->step, r->bias, (enum ae_act)r->act,
                    r->add, r->c);
        break;
    case DOUT:
        k->wino_dout(r->out[0], r->step, (const float *const *)r->in, r->c);
        break;
    default:
        k->wino_dfilter(r->out, r->in[0], r->step, r->c);
        break;
    }
}

static double ended(double x, int act)
{
    return x >= 0 || act == AE_ACT_NONE ? x
           : act == AE_ACT_RELU         ? 0
                                        : x * (double)AE_LRELU_SLOPE;
}

/* The worst element of channel i, in units of 4 eps of the magnitudes. */
static double worst(const struct matrix *m, const struct run *r, int what,
                    const float *before, int i)
{
    double x[P * P], y[P * P], size[P * P], most = 0;
    const int adds = what == DFILTER || (what == OUT && r->add);

    for (int p = 0; p < m->cols * m->cols; p++)
        x[p] = (double)r->in[p][i];
    both_axes(m, x, y, size);
    for (int p = 0; p < m->rows * m->rows; p++) {
        double start = 0, err;
        if (!r->out[p])
            continue;
        if (adds)
            start = (double)before[p * r->step + i];
        else if (what == OUT && r->bias)
            start = (double)r->bias[i];
        err = fabs((double)r->out[p][i] -
                   ended(start + y[p], what == OUT ? r->act : AE_ACT_NONE));
        err /= 4 * 6e-8 * (size[p] + fabs(start) + 1e-30);
        if (!(err <= most))
            most = err;
    }
    return most;
}

/* One call, `c` channels, ends of the blocks at unreadable pages; the gap
 * between positions must stay as it was. */
static double check_one(const struct ae_kernels *k, int what,
                        const struct matrix *m, char *const block[3], int c,
                        int variant)
{
    const int nin = m->cols * m->cols, nout = m->rows * m->rows, gap = 5;
    struct run r = {
        .step = c + gap, .c = c, .act = variant % 3, .add = variant % 2};
    const size_t in = (size_t)(nin * r.step - gap);
    const size_t out = (size_t)(nout * r.step - gap);
    float *from = guarded_tail(block[0], in);
    float *to = guarded_tail(block[1], out), before[P * P * 64];
    float *bias = guarded_tail(block[2], (size_t)c);
    double most = 0;
    int touched = 0;

    guarded_fill(from, in);
    guarded_fill(to, out);
    guarded_fill(bias, (size_t)c);
    memcpy(before, to, out * sizeof(*to));
    for (int p = 0; p < P * P; p++) {
        r.in[p] = p < nin ? from + p * r.step : NULL;
        r.out[p] = p < nout && !(what == OUT && p == variant + 3)
                       ? to + p * r.step
                       : NULL;
    }
    r.bias = variant < 4 ? bias : NULL;
    transform(k, what, &r);
    for (int i = 0; i < c; i++)
        most = fmax(most, worst(m, &r, what, before, i));
    for (size_t i = 0; i < out; i++)
        if ((ptrdiff_t)i % r.step >= c || !r.out[(ptrdiff_t)i / r.step])
            touched += memcmp(&to[i], &before[i], sizeof(*to)) != 0;
    check(touched == 0, "%s wino_%s wrote outside", k->name, names[what]);
    check(isnan(to[-1]), "%s wino_%s wrote before its place", k->name,
          names[what]);
    check(most <= 1, "%s wino_%s of %d channels, variant %d: %g of the bound",
          k->name, names[what], c, variant, most);
    return most;
}

void check_wino(const struct ae_kernels *k)
{
    char *const block[3] = {guarded(), guarded(), guarded()};
    struct matrix m[TRANSFORMS];

    make(m);
    check_identity(m);
    for (int what = 0; what < TRANSFORMS; what++) {
        double most = 0;
        for (int c = 16; c <= 48; c += 16)
            for (int variant = 0; variant < 6; variant++)
                most = fmax(most,
                            check_one(k, what, &m[what], block, c, variant));
        printf("%s wino_%s: largest error %.2f of the bound\n", k->name,
               names[what], most);
    }
    for (int i = 0; i < 3; i++)
        guarded_free(block[i]);
}
