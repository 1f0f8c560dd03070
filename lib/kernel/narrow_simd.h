/* narrow_simd.h - the product of few columns, for any vector width.
 *
 * Included behind mm_simd.h, whose names it uses.  A tile is mr rows by n
 * columns, one vector of sums each: a vector of A serves n multiply-adds
 * where a splat would fill n lanes of 16.  As many rows as sums, a vector of
 * A and those of B have registers for. */
enum { NARROW_SUMS = 2 * ROWS };         /* 28 of 32 registers, 12 of 16 */

#define NARROW_ROWS(n) (NARROW_SUMS / (n) < ROWS ? NARROW_SUMS / (n) : ROWS)

/* mr and n are constants in every caller. */
ALWAYS void narrow_tile(const struct ae_mm *g, int i0, const int mr,
                        const int n)
{
    const ptrdiff_t ars = g->ars * (ptrdiff_t)sizeof(float);
    float *const c = g->c + i0 * g->ldc;
    V acc[16][AE_NARROW];                /* of the last two, none is used */

#define EACH_COLUMN(F, i) F(i, 0) F(i, 1) F(i, 2) F(i, 3)
#define CLEAR(i, j) if (j < n) acc[i][j] = zero();
#define CLEAR_ROW(i) if (i < mr) { EACH_COLUMN(CLEAR, i) }
    EACH_ROW(CLEAR_ROW)
    for (int s = 0; s < g->segments; s++) {
        const char *a0 = (const char *)(g->a[s] + i0 * g->ars);
        const char *a3 = a0 + 3 * ars, *a6 = a3 + 3 * ars;
        const char *a9 = a6 + 3 * ars, *a12 = a9 + 3 * ars;
        const float *b = g->b[s];
        for (int k = 0; k < g->k; k += 16, b += 16 * n)
            for (int v = 0; v < 16; v += W) {
                V col[AE_NARROW];
#define COLUMN(i, j) if (j < n) col[j] = load(b + 16 * j + v);
                EACH_COLUMN(COLUMN, 0)
#define SUM(i, j) if (j < n) acc[i][j] = fmadd(x, col[j], acc[i][j]);
#define SUM_ROW(i) if (i < mr) { \
                const V x = load((const float *)(FROM(i) + (i % 3) * ars)); \
                EACH_COLUMN(SUM, i) }
                EACH_ROW(SUM_ROW)
                a0 += W * sizeof(float);
                a3 += W * sizeof(float);
                a6 += W * sizeof(float);
                a9 += W * sizeof(float);
                a12 += W * sizeof(float);
            }
    }
#define OF(i, j) ((i) < mr ? acc[i][j] : zero())
#define TOTAL(i, j) if (i < mr && j < n) { \
        float sum[4]; \
        vsum4(OF(i, j), OF(i + 1, j), OF(i + 2, j), OF(i + 3, j), sum); \
        for (int q = 0; q < 4 && i + q < mr; q++) { \
            float *const at = c + (i + q) * g->ldc + j; \
            *at = sum[q] + (g->add ? *at : g->bias ? g->bias[j] : 0); \
        } }
    EACH_COLUMN(TOTAL, 0) EACH_COLUMN(TOTAL, 4) EACH_COLUMN(TOTAL, 8)
    EACH_COLUMN(TOTAL, 12)
}

typedef void narrow_fn(const struct ae_mm *, int);
#define NARROW(i) \
    static void narrow1_##i(const struct ae_mm *g, int i0) \
    { narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(1)), 1); } \
    static void narrow2_##i(const struct ae_mm *g, int i0) \
    { narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(2)), 2); } \
    static void narrow3_##i(const struct ae_mm *g, int i0) \
    { narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(3)), 3); } \
    static void narrow4_##i(const struct ae_mm *g, int i0) \
    { narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(4)), 4); }
EACH_TILE(NARROW)

#define NARROW1(i) narrow1_##i,
#define NARROW2(i) narrow2_##i,
#define NARROW3(i) narrow3_##i,
#define NARROW4(i) narrow4_##i,
static narrow_fn *const narrow_tiles[AE_NARROW][ROWS] = {
    { EACH_TILE(NARROW1) }, { EACH_TILE(NARROW2) }, { EACH_TILE(NARROW3) },
    { EACH_TILE(NARROW4) }
};

/* Over n floats in a row. */
static void narrow_act(enum ae_act act, float *c, int n)
{
    for (int i = 0; i < n; i += W) {
        const MASK some = mask_of(ae_min(W, n - i));
        const V x = masked_load(c + i, some);
        const V y = act == AE_ACT_RELU ? vrelu(x)
                    : act == AE_ACT_LRELU ? vlrelu(x)
                    : act == AE_ACT_TANH ? vtanh(x) : vsigmoid(x);
        masked_store(c + i, some, y);
    }
}

/* Tiles of nearly equal height; activations over rows that touch at once. */
static void narrow_product(const struct ae_mm *g)
{
    const int rows = NARROW_ROWS(g->n), touch = g->ldc == g->n;

    for (int i = 0, left = (g->m + rows - 1) / rows; i < g->m; left--) {
        const int mr = (g->m - i + left - 1) / left;
        narrow_tiles[g->n - 1][mr - 1](g, i);
        i += mr;
    }
    for (int i = 0; g->act != AE_ACT_NONE && i < (touch ? 1 : g->m); i++)
        narrow_act(g->act, g->c + i * g->ldc, touch ? g->m * g->n : g->n);
}
