/* mm_simd.h - the micro-kernel family of the product, for any vector width.
 *
 * Included by mm_avx2.c, mm_avx512.c, mm_avx512bf16.c and mm_neon.c, which
 * first define
 *   V, W          a vector of floats and its length
 *   ROWS          rows of the tallest tile (at most 14)
 *   MASK          which lanes of a panel's last vector exist
 *   mask_of(n)    the first n lanes, 1..W
 *   SPLAT         a float as fmadd_splat takes it: in all lanes, or alone
 *   load, store, masked_load, masked_store, splat, fmadd_splat, zero,
 *   vrelu, vlrelu, vsigmoid, vtanh
 *
 * A tile is mr rows by nv (1 or 2) vectors, its sums in registers from the
 * first segment to the last; 32 registers hold 28 sums, 2 vectors of B and a
 * splat of A, 16 hold 12 + 2 + 1.  A panel is two
 * vectors wide.  Every sum is one chain of fused multiply-adds, so tiles of
 * different heights give the same bits. */
#define EACH_ROW(F)                                                            \
    F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13)
#define ALWAYS static inline __attribute__((always_inline))
/* Rows of B that are asked for ahead of their use: some 250 cycles, the way
 * from the third cache, where the filters of wide layers lie. */
enum { AHEAD = 32 };

/* Applies an activation in place to mr rows of nv vectors in memory: those that
 * are too long to be repeated in every tile. */
static __attribute__((noinline)) void act_rows(enum ae_act act, float *c,
                                               ptrdiff_t ldc, int mr, int nv,
                                               MASK last)
{
    for (int i = 0; i < mr; i++, c += ldc)
        for (int v = 0; v < nv; v++) {
            const V x = v + 1 < nv ? load(c + v * W)
                                   : masked_load(c + v * W, last);
            const V y = act == AE_ACT_TANH ? vtanh(x) : vsigmoid(x);
            if (v + 1 < nv)
                store(c + v * W, y);
            else
                masked_store(c + v * W, last, y);
        }
}

/* mr, nv and full are constants in every caller.  Rows are addressed from
 * pointers three rows apart, so that 14 rows need few registers. */
ALWAYS void tile(const struct ae_mm *g, int i0, int p, MASK last, const int mr,
                 const int nv, const int full)
{
    const ptrdiff_t ars = g->ars * (ptrdiff_t)sizeof(float);
    const ptrdiff_t aks = g->aks * (ptrdiff_t)sizeof(float);
    float *const c = g->c + i0 * g->ldc + p * 2 * W;
    V acc[14][2];
    V b0 = zero(), b1 = zero();

#define LOAD(ptr, v)                                                           \
    ((v) + 1 < nv || full ? load((ptr) + (v)*W)                                \
                          : masked_load((ptr) + (v)*W, last))
    if (g->bias && !g->add) {
        b0 = LOAD(g->bias + p * 2 * W, 0);
        if (nv > 1)
            b1 = LOAD(g->bias + p * 2 * W, 1);
    }
#define START(i)                                                               \
    if (i < mr) {                                                              \
        acc[i][0] = g->add ? LOAD(c + i * g->ldc, 0) : b0;                     \
        if (nv > 1)                                                            \
            acc[i][1] = g->add ? LOAD(c + i * g->ldc, 1) : b1;                 \
    }
    EACH_ROW(START)
    for (int s = 0; s < g->segments; s++) {
        const char *a0 = (const char *)g->a[s] + i0 * ars;
        const char *a3 = a0 + 3 * ars, *a6 = a3 + 3 * ars;
        const char *a9 = a6 + 3 * ars, *a12 = a9 + 3 * ars;
        const float *b = g->b[s] + p * g->bpanel;
        for (int k = g->k; k > 0; k--) {
            __builtin_prefetch(b + AHEAD * g->ldb);
            if (nv > 1)
                __builtin_prefetch(b + AHEAD * g->ldb + W);
            b0 = LOAD(b, 0);
            if (nv > 1)
                b1 = LOAD(b, 1);
#define FROM(i) (i < 3 ? a0 : i < 6 ? a3 : i < 9 ? a6 : i < 12 ? a9 : a12)
#define STEP(i)                                                                \
    if (i < mr) {                                                              \
        const SPLAT x = splat((const float *)(FROM(i) + (i % 3) * ars));       \
        acc[i][0] = fmadd_splat(x, b0, acc[i][0]);                             \
        if (nv > 1)                                                            \
            acc[i][1] = fmadd_splat(x, b1, acc[i][1]);                         \
    }
            EACH_ROW(STEP)
            a0 += aks;
            a3 += aks;
            a6 += aks;
            a9 += aks;
            a12 += aks;
            b += g->ldb;
        }
    }
#define PUT(ptr, v, x)                                                         \
    ((v) + 1 < nv || full ? store((ptr) + (v)*W, x)                            \
                          : masked_store((ptr) + (v)*W, last, x))
#define END(i, f)                                                              \
    if (i < mr) {                                                              \
        PUT(c + i * g->ldc, 0, f(acc[i][0]));                                  \
        if (nv > 1)                                                            \
            PUT(c + i * g->ldc, 1, f(acc[i][1]));                              \
    }
#define END_AS_IS(i) END(i, )
#define END_RELU(i) END(i, vrelu)
#define END_LRELU(i) END(i, vlrelu)
    if (g->act == AE_ACT_RELU) {
        EACH_ROW(END_RELU)
    } else if (g->act == AE_ACT_LRELU) {
        EACH_ROW(END_LRELU)
    } else {
        EACH_ROW(END_AS_IS)
        if (g->act != AE_ACT_NONE)
            act_rows(g->act, c, g->ldc, mr, nv, last);
    }
}

typedef void tile_fn(const struct ae_mm *, int, int, MASK);
#define TILE(i)                                                                \
    static void tile1_##i(const struct ae_mm *g, int i0, int p, MASK last)     \
    {                                                                          \
        tile(g, i0, p, last, i + 1, 1, 0);                                     \
    }                                                                          \
    static void tile2_##i(const struct ae_mm *g, int i0, int p, MASK last)     \
    {                                                                          \
        tile(g, i0, p, last, i + 1, 2, 0);                                     \
    }                                                                          \
    static void tilef_##i(const struct ae_mm *g, int i0, int p, MASK last)     \
    {                                                                          \
        tile(g, i0, p, last, i + 1, 2, 1);                                     \
    }
EACH_TILE(TILE)

#define NAME1(i) tile1_##i,
#define NAME2(i) tile2_##i,
#define NAMEF(i) tilef_##i,
static tile_fn *const tiles[3][ROWS] = {
    {EACH_TILE(NAME1)}, {EACH_TILE(NAME2)}, {EACH_TILE(NAMEF)}};

/* The outer loop is over panels, so that one stays in the cache for all rows; m
 * is cut into tiles of nearly equal height. */
static void product(const struct ae_mm *g)
{
    const int cuts = (g->m + ROWS - 1) / ROWS;

    for (int p = 0; p * 2 * W < g->n; p++) {
        const int nb = ae_min(2 * W, g->n - p * 2 * W);
        const int nv = nb > W ? 2 : 1;
        const MASK last = mask_of(nb - (nv - 1) * W);
        tile_fn *const *t = tiles[nb == 2 * W ? 2 : nv - 1];
        for (int i = 0, left = cuts; i < g->m; left--) {
            const int mr = (g->m - i + left - 1) / left;
            t[mr - 1](g, i, p, last);
            i += mr;
        }
    }
}
