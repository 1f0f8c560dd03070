/* wino_simd.h - Winograd's transforms for any vector width.
 *
 * Included by wino_c.c and each instruction set's wino_ISA.c after the words
 * for vectors (V, W, load, store, vadd, vsub, vmul, fmadd, fnmadd, splat1,
 * zero) and FN(name).  The points are 0, +-a, +-b and infinity with
 * a = sqrt(1/2), b = sqrt(2): even powers are exact and no constant exceeds 4,
 * where the usual 1 and 2 need 8 and round worse (Barabasz et al. 2020).  With
 * one axis, d a patch of 6, g a filter of 3, y the 4 outputs:
 *   v0 = d0 - 5/2 d2 + d4           v5 = d1 - 5/2 d3 + d5
 *   v1, v2 = (d4 - 2 d2) +- a (d3 - 2 d1)
 *   v3, v4 = (d4 - 1/2 d2) +- b (d3 - 1/2 d1)
 *   u0 = g0                         u5 = g2
 *   u1, u2 = -2/3 ((g0 + 1/2 g2) +- a g1)
 *   u3, u4 = 1/6 ((g0 + 2 g2) +- b g1)
 *   m = u v
 *   y0 = m0 + (m1 + m2) + (m3 + m4)
 *   y1 = a ((m1 - m2) + 2 (m3 - m4))
 *   y2 = 1/2 (m1 + m2) + 2 (m3 + m4)
 *   y3 = a (1/2 (m1 - m2) + 4 (m3 - m4)) + m5
 * and with two axes each transform goes down the columns, then along rows. */

static const float root_a = 0.70710678f, root_b = 1.41421356f;

static inline void in6(V d0, V d1, V d2, V d3, V d4, V d5, float *v,
                       ptrdiff_t step)
{
    const V a = splat1(root_a), b = splat1(root_b), half = splat1(0.5f);
    const V two = splat1(2), most = splat1(2.5f);
    const V near = fnmadd(two, d2, d4), nodd = fnmadd(two, d1, d3);
    const V far = fnmadd(half, d2, d4), fodd = fnmadd(half, d1, d3);

    store(v, fnmadd(most, d2, vadd(d0, d4)));
    store(v + step, fmadd(a, nodd, near));
    store(v + 2 * step, fnmadd(a, nodd, near));
    store(v + 3 * step, fmadd(b, fodd, far));
    store(v + 4 * step, fnmadd(b, fodd, far));
    store(v + 5 * step, fnmadd(most, d3, vadd(d1, d5)));
}

void FN(wino_in)(float *v, ptrdiff_t step, const float *const px[36], int c)
{
    _Alignas(64) float t[36 * W];

    for (int i = 0; i < c; i += W, v += W) {
        for (int x = 0; x < 6; x++)
            in6(load(px[x] + i), load(px[6 + x] + i), load(px[12 + x] + i),
                load(px[18 + x] + i), load(px[24 + x] + i),
                load(px[30 + x] + i), t + x * W, 6 * W);
        for (int y = 0; y < 6; y++) {
            const float *q = t + 6 * y * W;
            in6(load(q), load(q + W), load(q + 2 * W), load(q + 3 * W),
                load(q + 4 * W), load(q + 5 * W), v + 6 * y * step, step);
        }
    }
}

static inline void filter6(V g0, V g1, V g2, float *u, ptrdiff_t step)
{
    const V third = splat1(-2.0f / 3), sixth = splat1(1.0f / 6);
    const V a = splat1(root_a * (-2.0f / 3)), b = splat1(root_b / 6);
    const V near = vmul(third, fmadd(splat1(0.5f), g2, g0));
    const V far = vmul(sixth, fmadd(splat1(2), g2, g0));

    store(u, g0);
    store(u + step, fmadd(a, g1, near));
    store(u + 2 * step, fnmadd(a, g1, near));
    store(u + 3 * step, fmadd(b, g1, far));
    store(u + 4 * step, fnmadd(b, g1, far));
    store(u + 5 * step, g2);
}

void FN(wino_filter)(float *u, ptrdiff_t step, const float *const tap[9], int c)
{
    _Alignas(64) float t[18 * W];

    for (int i = 0; i < c; i += W, u += W) {
        for (int x = 0; x < 3; x++)
            filter6(load(tap[x] + i), load(tap[3 + x] + i),
                    load(tap[6 + x] + i), t + x * W, 3 * W);
        for (int y = 0; y < 6; y++)
            filter6(load(t + 3 * y * W), load(t + (3 * y + 1) * W),
                    load(t + (3 * y + 2) * W), u + 6 * y * step, step);
    }
}

static inline void out4(V m0, V m1, V m2, V m3, V m4, V m5, float *y,
                        ptrdiff_t step)
{
    const V a = splat1(root_a), half = splat1(0.5f), two = splat1(2);
    const V near = vadd(m1, m2), nodd = vsub(m1, m2);
    const V far = vadd(m3, m4), fodd = vsub(m3, m4);

    store(y, vadd(m0, vadd(near, far)));
    store(y + step, vmul(a, fmadd(two, fodd, nodd)));
    store(y + 2 * step, fmadd(two, far, vmul(half, near)));
    store(y + 3 * step, fmadd(a, fmadd(splat1(4), fodd, vmul(half, nodd)), m5));
}

static inline V finish(V y, enum ae_act act)
{
    return act == AE_ACT_RELU ? vrelu(y) : act == AE_ACT_LRELU ? vlrelu(y) : y;
}

void FN(wino_out)(float *const px[16], const float *m, ptrdiff_t step,
                  const float *bias, enum ae_act act, int add, int c)
{
    _Alignas(64) float t[24 * W], y[16 * W];

    for (int i = 0; i < c; i += W, m += W) {
        const V b = bias && !add ? load(bias + i) : zero();
        for (int x = 0; x < 6; x++) {
            const float *q = m + x * step;
            out4(load(q), load(q + 6 * step), load(q + 12 * step),
                 load(q + 18 * step), load(q + 24 * step), load(q + 30 * step),
                 t + x * W, 6 * W);
        }
        for (int r = 0; r < 4; r++) {
            const float *q = t + 6 * r * W;
            out4(load(q), load(q + W), load(q + 2 * W), load(q + 3 * W),
                 load(q + 4 * W), load(q + 5 * W), y + 4 * r * W, W);
        }
        for (int p = 0; p < 16; p++)
            if (px[p])
                store(px[p] + i,
                      finish(vadd(add ? load(px[p] + i) : b, load(y + p * W)),
                             act));
    }
}

/* The adjoint of out4: m from y. */
static inline void dout6(V y0, V y1, V y2, V y3, float *m, ptrdiff_t step)
{
    const V a = splat1(root_a), b = splat1(root_b), half = splat1(0.5f);
    const V two = splat1(2);
    const V near = fmadd(half, y2, y0), nodd = fmadd(half, y3, y1);
    const V far = fmadd(two, y2, y0), fodd = fmadd(two, y3, y1);

    store(m, y0);
    store(m + step, fmadd(a, nodd, near));
    store(m + 2 * step, fnmadd(a, nodd, near));
    store(m + 3 * step, fmadd(b, fodd, far));
    store(m + 4 * step, fnmadd(b, fodd, far));
    store(m + 5 * step, y3);
}

void FN(wino_dout)(float *v, ptrdiff_t step, const float *const px[16], int c)
{
    _Alignas(64) float t[24 * W];

    for (int i = 0; i < c; i += W, v += W) {
        for (int x = 0; x < 4; x++)
            dout6(load(px[x] + i), load(px[4 + x] + i), load(px[8 + x] + i),
                  load(px[12 + x] + i), t + x * W, 4 * W);
        for (int y = 0; y < 6; y++) {
            const float *q = t + 4 * y * W;
            dout6(load(q), load(q + W), load(q + 2 * W), load(q + 3 * W),
                  v + 6 * y * step, step);
        }
    }
}

/* The adjoint of filter6: g from u. */
static inline void dfilter3(V u0, V u1, V u2, V u3, V u4, V u5, float *g,
                            ptrdiff_t step)
{
    const V a = splat1(root_a * (-2.0f / 3)), b = splat1(root_b / 6);
    const V near = vmul(splat1(-2.0f / 3), vadd(u1, u2));
    const V far = vmul(splat1(1.0f / 6), vadd(u3, u4));

    store(g, vadd(u0, vadd(near, far)));
    store(g + step, fmadd(a, vsub(u1, u2), vmul(b, vsub(u3, u4))));
    store(g + 2 * step, fmadd(splat1(0.5f), near, fmadd(splat1(2), far, u5)));
}

void FN(wino_dfilter)(float *const tap[9], const float *u, ptrdiff_t step,
                      int c)
{
    _Alignas(64) float t[18 * W], g[9 * W];

    for (int i = 0; i < c; i += W, u += W) {
        for (int x = 0; x < 6; x++) {
            const float *q = u + x * step;
            dfilter3(load(q), load(q + 6 * step), load(q + 12 * step),
                     load(q + 18 * step), load(q + 24 * step),
                     load(q + 30 * step), t + x * W, 6 * W);
        }
        for (int y = 0; y < 3; y++) {
            const float *q = t + 6 * y * W;
            dfilter3(load(q), load(q + W), load(q + 2 * W), load(q + 3 * W),
                     load(q + 4 * W), load(q + 5 * W), g + 3 * y * W, W);
        }
        for (int p = 0; p < 9; p++)
            store(tap[p] + i, vadd(load(tap[p] + i), load(g + p * W)));
    }
}
