/* narrow_simd.h - the product of few columns, for any vector width.
 *
 * Included after mm_simd.h, whose names it uses.  A tile is mr rows by n
 * columns, each of them a vector of sums: a vector of A serves n multiply-adds,
 * where a splat of A would fill only n lanes.  A tile has as many rows as there
 * are registers for its sums, a vector of A and n of B. */
enum { NARROW_SUMS = 2 * ROWS }; /* 28 of 32 registers, 12 of 16 */

#define NARROW_ROWS(n) (NARROW_SUMS / (n) < ROWS ? NARROW_SUMS / (n) : ROWS)

/* `some` sums in a row, of a tile n columns wide, from its e-th on to C, whose
 * rows touch or not. */
ALWAYS void narrow_put(V sums, int e, const int some, const int n, float *c,
                       ptrdiff_t ldc)
{
    float one[W];

    if (ldc == n) {
        masked_store(c + e, mask_of(some), sums);
        return;
    }
    store(one, sums);
    for (int i = 0; i < some; i++)
        c[(e + i) / n * ldc + (e + i) % n] = one[i];
}

/* mr and n are constants in every caller.  A sum begins in lane 0 with the
 * bias or the old number. */
ALWAYS void narrow_tile(const struct ae_mm *g, int i0, const int mr,
                        const int n)
{
    const ptrdiff_t ars = g->ars * (ptrdiff_t)sizeof(float);
    float *const c = g->c + i0 * g->ldc;
    const int add = g->add;
    V acc[14][AE_NARROW];

#define EACH_COLUMN(F, i) F(i, 0) F(i, 1) F(i, 2) F(i, 3)
    V start[AE_NARROW];
#define BIAS(i, j)                                                             \
    if (j < n)                                                                 \
        start[j] = !add && g->bias ? masked_load(g->bias + j, mask_of(1))      \
                                   : zero();
    EACH_COLUMN(BIAS, 0)
#define BEGIN(i, j)                                                            \
    if (j < n)                                                                 \
        acc[i][j] = add ? masked_load(c + i * g->ldc + j, mask_of(1))          \
                        : start[j];
#define BEGIN_ROW(i)                                                           \
    if (i < mr) {                                                              \
        EACH_COLUMN(BEGIN, i)                                                  \
    }
    EACH_ROW(BEGIN_ROW)
    for (int s = 0; s < g->segments; s++) {
        const char *a0 = (const char *)(g->a[s] + i0 * g->ars);
        const char *a3 = a0 + 3 * ars, *a6 = a3 + 3 * ars;
        const char *a9 = a6 + 3 * ars, *a12 = a9 + 3 * ars;
        const float *b = g->b[s];
        for (int k = 0; k < g->k; k += 16, b += 16 * n)
            for (int v = 0; v < 16; v += W) {
                V col[AE_NARROW];
#define COLUMN(i, j)                                                           \
    if (j < n)                                                                 \
        col[j] = load(b + 16 * j + v);
                EACH_COLUMN(COLUMN, 0)
#define SUM(i, j)                                                              \
    if (j < n)                                                                 \
        acc[i][j] = fmadd(x, col[j], acc[i][j]);
#define SUM_ROW(i)                                                             \
    if (i < mr) {                                                              \
        const V x = load((const float *)(FROM(i) + (i % 3) * ars));            \
        EACH_COLUMN(SUM, i)                                                    \
    }
                EACH_ROW(SUM_ROW)
                a0 += W * sizeof(float);
                a3 += W * sizeof(float);
                a6 += W * sizeof(float);
                a9 += W * sizeof(float);
                a12 += W * sizeof(float);
            }
    }
#define AT(e) ((e) < mr * n ? acc[(e) / n][(e) % n] : zero())
#define LANE(e, i)                                                             \
    if (i < W)                                                                 \
        v[i] = AT((e) + (i));
#define LANES(e)                                                               \
    LANE(e, 0)                                                                 \
    LANE(e, 1)                                                                 \
    LANE(e, 2)                                                                 \
    LANE(e, 3)                                                                 \
    LANE(e, 4)                                                                 \
    LANE(e, 5)                                                                 \
    LANE(e, 6)                                                                 \
    LANE(e, 7)                                                                 \
    LANE(e, 8)                                                                 \
    LANE(e, 9)                                                                 \
    LANE(e, 10)                                                                \
    LANE(e, 11)                                                                \
    LANE(e, 12)                                                                \
    LANE(e, 13)                                                                \
    LANE(e, 14)                                                                \
    LANE(e, 15)
#define TOTAL(q)                                                               \
    if ((q)*W < mr * n) {                                                      \
        const int some = ae_min(W, mr * n - (q)*W);                            \
        V v[16];                                                               \
        LANES((q)*W)                                                           \
        narrow_put(vsums(v, some), (q)*W, some, n, c, g->ldc);                 \
    }
    TOTAL(0) TOTAL(1) TOTAL(2) TOTAL(3) TOTAL(4) TOTAL(5) TOTAL(6)
}

typedef void narrow_fn(const struct ae_mm *, int);
#define NARROW(i)                                                              \
    static void narrow1_##i(const struct ae_mm *g, int i0)                     \
    {                                                                          \
        narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(1)), 1);                  \
    }                                                                          \
    static void narrow2_##i(const struct ae_mm *g, int i0)                     \
    {                                                                          \
        narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(2)), 2);                  \
    }                                                                          \
    static void narrow3_##i(const struct ae_mm *g, int i0)                     \
    {                                                                          \
        narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(3)), 3);                  \
    }                                                                          \
    static void narrow4_##i(const struct ae_mm *g, int i0)                     \
    {                                                                          \
        narrow_tile(g, i0, ae_min(i + 1, NARROW_ROWS(4)), 4);                  \
    }
EACH_TILE(NARROW)

#define NARROW1(i) narrow1_##i,
#define NARROW2(i) narrow2_##i,
#define NARROW3(i) narrow3_##i,
#define NARROW4(i) narrow4_##i,
static narrow_fn *const narrow_tiles[AE_NARROW][ROWS] = {{EACH_TILE(NARROW1)},
                                                         {EACH_TILE(NARROW2)},
                                                         {EACH_TILE(NARROW3)},
                                                         {EACH_TILE(NARROW4)}};

/* Over n floats in a row. */
static void narrow_act(enum ae_act act, float *c, int n)
{
    for (int i = 0; i < n; i += W) {
        const MASK some = mask_of(ae_min(W, n - i));
        const V x = masked_load(c + i, some);
        const V y = act == AE_ACT_RELU    ? vrelu(x)
                    : act == AE_ACT_LRELU ? vlrelu(x)
                    : act == AE_ACT_TANH  ? vtanh(x)
                                          : vsigmoid(x);
        masked_store(c + i, some, y);
    }
}

/* Tiles have nearly equal heights; rows that touch are activated in one go. */
static void narrow_product(const struct ae_mm *g)
{
    const int rows = NARROW_ROWS(g->n), touch = g->ldc == g->n;
    const int cuts = (g->m + rows - 1) / rows;
    const int least = cuts > 0 ? g->m / cuts : 0, taller = g->m - least * cuts;

    for (int i = 0, t = 0; t < cuts; i += least + (t < taller), t++)
        narrow_tiles[g->n - 1][least + (t < taller) - 1](g, i);
    for (int i = 0; g->act != AE_ACT_NONE && i < (touch ? 1 : g->m); i++)
        narrow_act(g->act, g->c + i * g->ldc, touch ? g->m * g->n : g->n);
}
