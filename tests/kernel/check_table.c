/* check_table.c - every pointer of a table against plain C and against
 * double precision.
 *
 * Operands end where the readable page ends and are surrounded by NaN, so
 * that reading too much either traps or shows; what must not be written
 * carries canaries. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "blocks.h"
#include "check.h"
#include "kernel/kernel.h"
#include "one.h"

double check_act(int act, double x)
{
    switch (act) {
    case AE_ACT_NONE:
        break;
    case AE_ACT_RELU:
        return x < 0 ? 0 : x;
    case AE_ACT_LRELU:
        return x < 0 ? x * (double)AE_LRELU_SLOPE : x;
    case AE_ACT_SIGMOID:
        return 1 / (1 + exp(-x));
    case AE_ACT_TANH:
        return tanh(x);
    }
    return x;
}

struct product {
    struct ae_mm mm;
    const float *a[3], *b[3];
    int nr, bf16; /* operands are pairs */
    void (*run)(const struct ae_mm *);
};

static double high(float pair)
{
    return (double)ae_bits_float(ae_float_bits(pair) & 0xffff0000u);
}

static double low(float pair)
{
    return (double)ae_bits_float(ae_float_bits(pair) << 16);
}

/* One element in double precision, and the sum of magnitudes. */
static double exact(const struct product *p, const float *c, int i, int j,
                    double *size)
{
    const struct ae_mm *g = &p->mm;
    double sum = g->add    ? (double)c[i * g->ldc + j]
                 : g->bias ? (double)g->bias[j]
                           : 0;

    *size = fabs(sum);
    for (int s = 0; s < g->segments; s++)
        for (int k = 0; k < g->k; k++) {
            const float a = p->a[s][i * g->ars + k * g->aks];
            const float b =
                p->b[s][j / p->nr * g->bpanel + k * g->ldb + j % p->nr];
            const double v = p->bf16 ? high(a) * high(b)
                                     : (double)a * (double)b;
            const double w = p->bf16 ? low(a) * low(b) : 0;
            sum += v + w;
            *size += fabs(v) + fabs(w);
        }
    return check_act((int)g->act, sum);
}

/* The worst error of all elements, in units of the bound 4 K eps sum|a||b|
 * (activations have slopes of at most 1, and some ulps of their own). */
static double worst(const struct product *p, const float *c0, const float *c)
{
    const struct ae_mm *g = &p->mm;
    double most = 0, size;

    for (int i = 0; i < g->m; i++)
        for (int j = 0; j < g->n; j++) {
            const double want = exact(p, c0, i, j, &size);
            const int terms = (1 + p->bf16) * g->k * g->segments + 1;
            const double bound = 6e-8 * (4 * terms * size + 8 * fabs(want));
            const double err = fabs((double)c[i * g->ldc + j] - want);
            if (!(err <= most * (bound + 1e-30)))
                most = err / (bound + 1e-30);
        }
    return most;
}

/* The product must not touch what lies between and behind the rows. */
static int untouched(const struct ae_mm *g, const float *c0, const float *c,
                     size_t floats)
{
    for (size_t i = 0; i < floats; i++)
        if ((ptrdiff_t)i % g->ldc >= g->n &&
            memcmp(&c0[i], &c[i], sizeof(*c)) != 0)
            return 0;
    return 1;
}

/* Row by row, and in two halves, must give the same bits as at once. */
static int same_by_parts(const struct product *p, const float *c0,
                         const float *c, size_t floats, int step)
{
    float *d = malloc(floats * sizeof(*d));
    const float *a[3];
    int same;

    if (!d)
        exit(2);
    memcpy(d, c0, floats * sizeof(*d));
    for (int i = 0; i < p->mm.m; i += step) {
        struct ae_mm g = p->mm;
        g.m = ae_min(step, g.m - i);
        g.a = a;
        for (int s = 0; s < g.segments; s++)
            a[s] = p->a[s] + i * g.ars;
        g.c = d + i * g.ldc;
        p->run(&g);
    }
    same = memcmp(d, c, floats * sizeof(*d)) == 0;
    free(d);
    return same;
}

/* Pairs are summed in the order and with the roundings that kernel.h tells:
 * the same bits as C's, where B doesn't lie in panels of an ISA's width. */
static int same_as_c(const struct product *p, const float *c0, const float *c,
                     size_t floats)
{
    const struct ae_kernels *plain = ae_kernels_by_name("c");
    struct ae_mm g = p->mm;
    float *d = malloc(floats * sizeof(*d));
    int same;

    if (!d)
        exit(2);
    memcpy(d, c0, floats * sizeof(*d));
    g.c = d;
    g.bpanel = plain->nr;
    plain->mm_bf16(&g);
    same = memcmp(d, c, floats * sizeof(*d)) == 0;
    free(d);
    return same;
}

struct blocks {
    char *a, *b, *c, *bias;
};

static void fill_operand(float *p, size_t n, int bf16)
{
    guarded_fill(p, n);
    for (size_t i = 0; bf16 && i < n; i++)
        p[i] = ae_bits_float((uint32_t)ae_float_to_bf16(p[i]) << 16 |
                             ae_float_to_bf16(one_random()));
}

/* One shape; `down` exchanges the strides of A as the weight gradient does
 * and lays B in plain rows. */
static double check_mm(const struct ae_kernels *k, const struct blocks *m,
                       const int dim[4], enum ae_act act, int add, int down,
                       int bf16)
{
    const int gap = 5;
    const char *const name = bf16 ? "mm_bf16" : "mm";
    struct product p = {
        .nr = k->nr, .bf16 = bf16, .run = bf16 ? k->mm_bf16 : k->mm};
    struct ae_mm *g = &p.mm;
    const size_t floats = (size_t)(dim[0] - 1) * (size_t)(dim[1] + gap) +
                          (size_t)dim[1];
    float *a, *b, *c, *bias, *c0 = malloc((floats + 1) * sizeof(*c0));
    size_t na, nb;
    double most;

    if (!c0)
        exit(2);
    *g = (struct ae_mm){.m = dim[0],
                        .n = dim[1],
                        .k = dim[2],
                        .segments = dim[3],
                        .a = p.a,
                        .b = p.b,
                        .ldc = dim[1] + gap,
                        .act = act,
                        .add = add};
    g->ars = down ? 1 : g->k + 3;
    g->aks = down ? g->m + 2 : 1;
    g->ldb = down ? g->n + 1 : k->nr;
    g->bpanel = down ? k->nr : (ptrdiff_t)g->k * g->segments * k->nr;
    na = (size_t)(down ? g->k * g->aks : g->m * g->ars);
    nb = down ? (size_t)(g->k * g->ldb)
              : (size_t)((g->n + k->nr - 1) / k->nr * g->bpanel);
    a = guarded_tail(m->a, na + 2);
    b = guarded_tail(m->b, nb + (size_t)(down ? g->k * g->segments * 2 : 0));
    c = guarded_tail(m->c, floats);
    bias = guarded_tail(m->bias, (size_t)g->n);
    fill_operand(a, na + 2, bf16);
    fill_operand(b, nb + (size_t)(down ? g->k * g->segments * 2 : 0), bf16);
    guarded_fill(c, floats);
    guarded_fill(bias, (size_t)g->n);
    for (int s = 0; s < g->segments; s++) {
        p.a[s] = a + s; /* any alignment */
        p.b[s] = down ? b + s : b + (ptrdiff_t)s * g->k * k->nr;
    }
    g->c = c;
    g->bias = act == AE_ACT_LRELU ? NULL : bias;
    memcpy(c0, c, floats * sizeof(*c));
    p.run(g);
    most = worst(&p, c0, c);
    check(most <= 1, "%s %s %dx%dx%dx%d act %d add %d down %d: %g of the bound",
          k->name, name, dim[0], dim[1], dim[2], dim[3], (int)act, add, down,
          most);
    check(untouched(g, c0, c, floats), "%s %s %dx%dx%dx%d wrote outside",
          k->name, name, dim[0], dim[1], dim[2], dim[3]);
    check(same_by_parts(&p, c0, c, floats, 1) &&
              same_by_parts(&p, c0, c, floats, 5),
          "%s %s %dx%dx%dx%d down %d differs by parts", k->name, name, dim[0],
          dim[1], dim[2], dim[3], down);
    if (bf16 && down && act <= AE_ACT_LRELU)
        check(same_as_c(&p, c0, c, floats), "%s %s %dx%dx%dx%d differs from C",
              k->name, name, dim[0], dim[1], dim[2], dim[3]);
    free(c0);
    return most;
}

static void check_products(const struct ae_kernels *k, int bf16)
{
    static const int ms[] = {1, 2, 5, 6, 7, 13, 14, 15, 29};
    static const int ns[] = {1,  2,  3,  4,  5,  7,  8,  9, 15,
                             16, 17, 24, 31, 32, 33, 48, 65};
    static const int ks[] = {0, 1, 2, 15, 16, 17, 40};
    const struct blocks m = {guarded(), guarded(), guarded(), guarded()};
    double most = 0;
    int n = 0;

    for (size_t i = 0; i < AE_LEN(ms); i++)
        for (size_t j = 0; j < AE_LEN(ns); j++)
            for (size_t l = 0; l < AE_LEN(ks); l++, n++) {
                const int dim[4] = {ms[i], ns[j], ks[l], n % 4};
                const double x = check_mm(k, &m, dim, (enum ae_act)(n % 5),
                                          n % 3 == 0, n % 2, bf16);
                most = x > most ? x : most;
            }
    printf("%s mm%s: %d shapes, largest error %.2f of the bound\n", k->name,
           bf16 ? "_bf16" : "", n, most);
    guarded_free(m.a);
    guarded_free(m.b);
    guarded_free(m.c);
    guarded_free(m.bias);
}

/* The 7 bits that stay of a fraction, and what has no fraction. */
static void check_rounding(void)
{
    static const struct {
        uint32_t from;

        uint16_t to;
    } bits[] = {
        {0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, /* ties to even */
        {0x3f818000, 0x3f82}, {0x3f808001, 0x3f81}, {0x3fffffff, 0x4000},
        {0xbf80c000, 0xbf81}, {0x7f7fffff, 0x7f80}, {0xff800000, 0xff80},
        {0x7f800001, 0x7fc0}, {0x80000000, 0x8000}, {0x007fffff, 0x0000},
        {0x80400000, 0x8000}, {0x00800000, 0x0080},
    };

    for (size_t i = 0; i < AE_LEN(bits); i++) {
        const uint16_t to = ae_float_to_bf16(ae_bits_float(bits[i].from));
        check(to == bits[i].to, "%08x to bfloat16 is %04x", bits[i].from, to);
    }
}

/* Both makers of pairs, `n` of them in each of three rows. */
static void check_pairs(const struct ae_kernels *k, char *const block[3], int n)
{
    enum { ROWS = 3, GAP = 5 };
    static const uint32_t odd[] = {0x7f800001, 0xff800000, 0x80400000,
                                   0x3f808000, 0x7f7fffff, 0x80000000};
    const int step[2] = {2 * n + GAP, n + GAP};
    const size_t in = (size_t)(2 * step[0] + 2 * n);
    const size_t out = (size_t)(2 * step[1] + n);
    float *x = guarded_tail(block[0], in), *y = guarded_tail(block[1], in);
    int wrong = 0;

    guarded_fill(x, in);
    guarded_fill(y, in);
    for (size_t i = 0; i < in; i += 3)
        x[i] = ae_bits_float(odd[i % AE_LEN(odd)]);
    for (int zip = 0; zip < 2; zip++) {
        float *to = guarded_tail(block[2], out);
        if (zip)
            k->pair(to, step[1], x, y, step[0], ROWS, n);
        else
            k->halve(to, step[1], x, step[0], ROWS, n);
        for (int r = 0; r < ROWS; r++)
            for (int i = 0; i < n; i++) {
                const float *from = x + r * step[0] + (zip ? i : 2 * i);
                const float *next = zip ? y + r * step[0] + i : from + 1;
                const uint32_t want = ae_float_to_bf16(*from) |
                                      (uint32_t)ae_float_to_bf16(*next) << 16;
                wrong += ae_float_bits(to[r * step[1] + i]) != want;
            }
        for (int r = 0; r + 1 < ROWS; r++)
            for (int i = n; i < step[1]; i++)
                wrong += !isnan(to[r * step[1] + i]);
    }
    check(wrong == 0, "%s: %d of rows of %d pairs are wrong", k->name, wrong,
          n);
}

/* Rounded numbers and their sums are those of base/half.h, bit for bit, and
 * come back from two bytes each. */
static void check_rounded(const struct ae_kernels *k, char *const block[3],
                          size_t n)
{
    float *x = guarded_tail(block[0], n), *y = guarded_tail(block[1], n);
    float *z = guarded_tail(block[2], (n + 1) / 2), sum[80];
    int wrong = 0;

    guarded_fill(x, n);
    guarded_fill(y, n);
    for (size_t i = 0; i < n; i++)
        sum[i] = ae_bf16_to_float(
            ae_float_to_bf16(y[i] + ae_bf16_to_float(ae_float_to_bf16(x[i]))));
    k->add_bf16(y, x, n);
    for (size_t i = 0; i < n; i++)
        wrong += ae_float_bits(y[i]) != ae_float_bits(sum[i]);
    k->round_bf16(y, x, n);
    k->pack_bf16((uint16_t *)(void *)z, y, n);
    memset(x, 0, n * sizeof(*x));
    k->unpack_bf16(x, (uint16_t *)(void *)z, n);
    wrong += n && memcmp(x, y, n * sizeof(*x)) != 0;
    check(wrong == 0, "%s: %d of %zu numbers aren't rounded to bfloat16",
          k->name, wrong, n);
}

static void check_roundings(const struct ae_kernels *k)
{
    char *const block[3] = {guarded(), guarded(), guarded()};

    for (size_t n = 0; n < 80; n++)
        check_rounded(k, block, n);
    for (int i = 0; i < 3; i++)
        guarded_free(block[i]);
}

static void check_bf16(const struct ae_kernels *k)
{
    char *const block[3] = {guarded(), guarded(), guarded()};

    check_rounding();
    for (int n = 0; n < 70; n++)
        check_pairs(k, block, n);
    for (int i = 0; i < 3; i++)
        guarded_free(block[i]);
    check_products(k, 1);
}

enum { NFLAT = 7 };
static const char *const flat_names[NFLAT] = {
    "add", "lerp", "scale", "axpy", "act_grad", "sumsq", "adam"};

/* Kernel `what` of n elements; `variant` picks the act. */
static void flat(const struct ae_kernels *k, int what, float *const p[4],
                 size_t n, int variant)
{
    const struct ae_adam o = {.lr = 1e-2f,
                              .beta1 = 0.9f,
                              .beta2 = 0.99f,
                              .eps = 1e-8f,
                              .decay = 0.01f,
                              .scale = 0.5f,
                              .c1 = 10,
                              .c2 = 100};
    double sum;

    switch (what) {
    case 0:
        k->add(p[0], p[1], n);
        break;
    case 1:
        k->lerp(p[0], p[1], 0.3f, n);
        break;
    case 2:
        k->scale(p[0], 0.7f, n);
        break;
    case 3:
        k->axpy(p[0], p[1], -0.3f, n);
        break;
    case 4:
        k->act_grad((enum ae_act)variant, p[0], p[1], n);
        break;
    case 5:
        sum = k->sumsq(p[0], n);
        if (n > 0)
            p[0][0] = (float)sum;
        break;
    default:
        k->adam(&o, p[0], p[1], p[2], p[3], n);
        break;
    }
}

/* The same inputs through this table and through C. */
static double check_flat(const struct ae_kernels *k, int what, size_t n,
                         int variant, char *const block[8])
{
    const struct ae_kernels *c = ae_kernels_by_name("c");
    float *p[4], *q[4];
    double most = 0;

    for (int i = 0; i < 4; i++) {
        p[i] = guarded_tail(block[i], n);
        q[i] = guarded_tail(block[i + 4], n);
        guarded_fill(p[i], n);
        for (size_t j = 0; i == 3 && j < n; j++)
            p[i][j] = fabsf(p[i][j]); /* adam: mean squares */
        memcpy(q[i], p[i], n * sizeof(**p));
    }
    flat(k, what, p, n, variant);
    flat(c, what, q, n, variant);
    for (int i = 0; i < 4; i++) {
        for (size_t j = 0; j < n; j++) {
            const double err = fabs((double)p[i][j] - (double)q[i][j]) /
                               (1e-30 + 1e-6 * (1 + fabs((double)q[i][j])));
            if (!(err <= most))
                most = err;
        }
        check(isnan(p[i][-1]), "%s %s wrote before its place", k->name,
              flat_names[what]);
    }
    check(most <= 1, "%s %s n %zu variant %d differs from C: %g of the bound",
          k->name, flat_names[what], n, variant, most);
    return most;
}

/* A step of Adam without corrections and decay. */
static const struct ae_adam plain_adam = {.lr = 1e-3f,
                                          .beta1 = 0.9f,
                                          .beta2 = 0.999f,
                                          .eps = 1e-8f,
                                          .scale = 1,
                                          .c1 = 1,
                                          .c2 = 1};

/* Moments that no gradient feeds become zero, whatever a vector's rest is. */
static void check_fading(const struct ae_kernels *k)
{
    enum { N = 37, STEPS = 1000 };
    float w[N] = {0}, g[N] = {0}, m[N], v[N];
    int faded = 0;

    for (int i = 0; i < N; i++) {
        m[i] = i % 2 ? -1e-3f : 1e-3f;
        v[i] = 1e-30f;
    }
    for (int step = 0; step < STEPS; step++)
        k->adam(&plain_adam, w, g, m, v, N);
    for (int i = 0; i < N; i++)
        faded += m[i] == 0 && v[i] == 0;
    check(faded == N, "%s adam: %d of %d moments fade to zero", k->name, faded,
          N);
}

/* What a saturated sigmoid hands back, and what such a gradient would leave in
 * the moments, is zero and no subnormal number. */
static void check_faint(const struct ae_kernels *k)
{
    enum { N = 37 };
    float y[N], dy[N], g[N], w[N] = {0}, m[N] = {0}, v[N] = {0};
    int none = 0, still = 0;

    for (int i = 0; i < N; i++) {
        y[i] = 1e-20f;
        dy[i] = i % 2 ? -1e-18f : 1e-18f;
        g[i] = i % 2 ? -1e-20f : 1e-20f;
    }
    k->act_grad(AE_ACT_SIGMOID, dy, y, N);
    k->adam(&plain_adam, w, g, m, v, N);
    for (int i = 0; i < N; i++) {
        none += dy[i] == 0;
        still += m[i] == 0 && v[i] == 0 && w[i] == 0;
    }
    check(none == N, "%s act_grad: %d of %d faint gradients are zero", k->name,
          none, N);
    check(still == N, "%s adam: %d of %d faint gradients move nothing", k->name,
          still, N);
}

void check_table(const struct ae_kernels *k)
{
    char *block[8];

    check_fading(k);
    check_faint(k);
    check_products(k, 0);
    check_roundings(k);
    if (k->mm_bf16)
        check_bf16(k);
    if (strcmp(k->name, "c") == 0)
        return;
    for (int i = 0; i < 8; i++)
        block[i] = guarded();
    for (int what = 0; what < NFLAT; what++) {
        double most = 0;
        int n = 0;
        for (size_t len = 0; len < 150; len += len < 70 ? 1 : 11)
            for (int variant = 0; variant < 5; variant++, n++) {
                const double x = check_flat(k, what, len, variant, block);
                most = x > most ? x : most;
            }
        printf("%s %s: %d shapes, largest difference from C %.2f of the "
               "bound\n",
               k->name, flat_names[what], n, most);
    }
    for (int i = 0; i < 8; i++)
        guarded_free(block[i]);
}
