/* wino_simd.h - Winograd's transforms for any vector width.
 *
 * Included by wino_c.c, wino_avx2.c and wino_avx512.c after the words for
 * vectors (V, W, load, store, vadd, vsub, vmul, splat1, zero) and FN(name).
 * With one axis, d a patch of 4, g a filter of 3, y the 2 outputs:
 *   v = (d0 - d2, d1 + d2, d2 - d1, d1 - d3)
 *   u = (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2)
 *   m = u v        y = (m0 + m1 + m2, m1 - m2 - m3)
 * and with two axes each transform goes down the columns, then along rows. */

static inline void in4(V d0, V d1, V d2, V d3, V *v, int step)
{
    v[0] = vsub(d0, d2);
    v[step] = vadd(d1, d2);
    v[2 * step] = vsub(d2, d1);
    v[3 * step] = vsub(d1, d3);
}

void FN(wino_in)(float *v, ptrdiff_t step, const float *const px[16], int c)
{
    V t[16], r[4];

    for (int i = 0; i < c; i += W, v += W) {
        for (int x = 0; x < 4; x++)
            in4(load(px[x] + i), load(px[4 + x] + i), load(px[8 + x] + i),
                load(px[12 + x] + i), t + x, 4);
        for (int y = 0; y < 4; y++) {
            in4(t[4 * y], t[4 * y + 1], t[4 * y + 2], t[4 * y + 3], r, 1);
            for (int x = 0; x < 4; x++)
                store(v + (4 * y + x) * step, r[x]);
        }
    }
}

static inline void filter4(V g0, V g1, V g2, V *u, int step)
{
    const V half = splat1(0.5f), ends = vadd(g0, g2);

    u[0] = g0;
    u[step] = vmul(half, vadd(ends, g1));
    u[2 * step] = vmul(half, vsub(ends, g1));
    u[3 * step] = g2;
}

void FN(wino_filter)(float *u, ptrdiff_t step, const float *const tap[9],
                     int c)
{
    V t[12], r[4];

    for (int i = 0; i < c; i += W, u += W) {
        for (int x = 0; x < 3; x++)
            filter4(load(tap[x] + i), load(tap[3 + x] + i),
                    load(tap[6 + x] + i), t + x, 3);
        for (int y = 0; y < 4; y++) {
            filter4(t[3 * y], t[3 * y + 1], t[3 * y + 2], r, 1);
            for (int x = 0; x < 4; x++)
                store(u + (4 * y + x) * step, r[x]);
        }
    }
}

static inline V finish(V y, enum ae_act act)
{
    return act == AE_ACT_RELU ? vrelu(y) : act == AE_ACT_LRELU ? vlrelu(y) : y;
}

void FN(wino_out)(float *const px[4], const float *m, ptrdiff_t step,
                  const float *bias, enum ae_act act, int add, int c)
{
    V t[8], y[4];

    for (int i = 0; i < c; i += W, m += W) {
        const V b = bias && !add ? load(bias + i) : zero();
        for (int x = 0; x < 4; x++) {
            const V m1 = load(m + (4 + x) * step);
            const V m2 = load(m + (8 + x) * step);
            t[x] = vadd(load(m + x * step), vadd(m1, m2));
            t[4 + x] = vsub(vsub(m1, m2), load(m + (12 + x) * step));
        }
        for (int r = 0; r < 2; r++) {
            const V *q = t + 4 * r;
            y[2 * r] = vadd(b, vadd(q[0], vadd(q[1], q[2])));
            y[2 * r + 1] = vadd(b, vsub(vsub(q[1], q[2]), q[3]));
        }
        for (int p = 0; p < 4; p++)
            if (px[p])
                store(px[p] + i, finish(add ? vadd(load(px[p] + i), y[p])
                                            : y[p], act));
    }
}

static inline void dout4(V y0, V y1, V *m, int step)
{
    m[0] = y0;
    m[step] = vadd(y0, y1);
    m[2 * step] = vsub(y0, y1);
    m[3 * step] = vsub(zero(), y1);
}

void FN(wino_dout)(float *v, ptrdiff_t step, const float *const px[4], int c)
{
    V t[8], r[4];

    for (int i = 0; i < c; i += W, v += W) {
        for (int x = 0; x < 2; x++)
            dout4(load(px[x] + i), load(px[2 + x] + i), t + x, 2);
        for (int y = 0; y < 4; y++) {
            dout4(t[2 * y], t[2 * y + 1], r, 1);
            for (int x = 0; x < 4; x++)
                store(v + (4 * y + x) * step, r[x]);
        }
    }
}

static inline void dfilter4(V u0, V u1, V u2, V u3, V *g, int step)
{
    const V half = splat1(0.5f), mid = vmul(half, vadd(u1, u2));

    g[0] = vadd(u0, mid);
    g[step] = vmul(half, vsub(u1, u2));
    g[2 * step] = vadd(mid, u3);
}

void FN(wino_dfilter)(float *const tap[9], const float *u, ptrdiff_t step,
                      int c)
{
    V t[12], r[3];

    for (int i = 0; i < c; i += W, u += W) {
        for (int x = 0; x < 4; x++)
            dfilter4(load(u + x * step), load(u + (4 + x) * step),
                     load(u + (8 + x) * step), load(u + (12 + x) * step),
                     t + x, 4);
        for (int y = 0; y < 3; y++) {
            dfilter4(t[4 * y], t[4 * y + 1], t[4 * y + 2], t[4 * y + 3], r, 1);
            for (int x = 0; x < 3; x++)
                store(tap[3 * y + x] + i,
                      vadd(load(tap[3 * y + x] + i), r[x]));
        }
    }
}
