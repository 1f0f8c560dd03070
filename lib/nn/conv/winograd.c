/* winograd.c - see winograd.h. */
#include "nn/conv/winograd.h"

#include <string.h>

#include "nn/graph/turn.h"

enum {
    SIDE = AE_WINO_SIDE,
    PATCH = SIDE + 2, /* a tile's outputs, inputs */
    POSITIONS = PATCH * PATCH,
    WIDEST = 32, /* columns of the widest table's panels */
    MIN_CHANNELS = 16,
    MAX_CHANNELS = 512,     /* channels */
    MIN_CHANNELS_BF16 = 32, /* of both maps, for bfloat16 */
    TILE = 14,              /* rows of the tallest product tile */
    ROOM = 200000,         /* floats of a worker's tiles: 800 KB of 2nd cache */
    SHARED_ROOM = 1000000, /* of the weight gradient's tiles */
    BANDS = 32,            /* of a map, with TILE tiles or more */
    /* Positions lie a cache line further apart than their size, which may be
     * a power of two: 36 of those would share a few of the cache's sets. */
    GAP = 16,
    /* Channels that are transformed to floats in the first cache on their way
     * to pairs in bfloat16. */
    CHUNK = 64
};

static const float zeros[MAX_CHANNELS]; /* pixels outside */

int ae_wino_fits(int cin, int cout)
{
    return cin >= MIN_CHANNELS && cin <= MAX_CHANNELS && cin % 16 == 0 &&
           cout >= MIN_CHANNELS && cout <= MAX_CHANNELS && cout % 16 == 0;
}

int ae_wino_bf16(const struct ae_ctx *ctx, int cin, int cout)
{
    return ctx->bf16 && ae_min(cin, cout) >= MIN_CHANNELS_BF16;
}

static int tiles_in_room(int room, int cin, int cout, int least, int most)
{
    return ae_clamp(room / POSITIONS / (cin + cout) / TILE, least, most) * TILE;
}

/* Tiles that a worker transforms for one product: a few times the rows of a
 * product's tile. */
static int tiles_per_product(int cin, int cout)
{
    return tiles_in_room(ROOM, cin, cout, 2, 4);
}

/* Tiles over which the weight gradient sums in one product. */
static int tiles_per_block(int cin, int cout)
{
    return tiles_in_room(SHARED_ROOM, cin, cout, 4, 64);
}

/* Floats from a position to the next of n tiles or rows of c channels. */
static ptrdiff_t step_of(int n, int c)
{
    return (ptrdiff_t)n * c + GAP;
}

static size_t tiles_floats(int n, int cin, int cout)
{
    return POSITIONS * (size_t)(step_of(n, cin) + step_of(n, cout));
}

size_t ae_wino_scratch(int cin, int cout)
{
    return tiles_floats(tiles_per_product(cin, cout), cin, cout);
}

/* Floats that c channels take: in bfloat16 a pair takes one. */
static int floats_of(int bf16, int c)
{
    return bf16 ? c / 2 : c;
}

static void multiply(const struct ae_kernels *k, int bf16,
                     const struct ae_mm *mm)
{
    (bf16 ? k->mm_bf16 : k->mm)(mm);
}

/* Floats from a position of a filter to the next.  rows: channels that are
 * summed over; columns: those of the result. */
static ptrdiff_t filter_step(int rows, int columns, int nr)
{
    return step_of(rows, (int)ae_round_up((size_t)columns, (size_t)nr));
}

size_t ae_wino_floats(int cin, int cout)
{
    const ptrdiff_t a = filter_step(cin, cout, WIDEST);
    const ptrdiff_t b = filter_step(cout, cin, WIDEST);

    return POSITIONS * (size_t)(a > b ? a : b);
}

size_t ae_wino_shared(int cin, int cout)
{
    return ae_wino_floats(cin, cout) +
           tiles_floats(tiles_per_block(cin, cout), cin, cout);
}

/* ------------------------------------------------------------- filters */

struct filter {
    const struct ae_kernels *k;
    const float *w;
    int cin, cout, flipped, bf16;
    float *u;
};

enum { ROWS = 16 }; /* of a task; numbers of channels are multiples */

/* Transforms row i of a panel, of nb columns: u is [position][panel][rows][nr].
 * In bfloat16 an even row is kept in `even` until the next one comes. */
static void put_filter_row(const struct filter *f, int panel, int i, int nb,
                           const float *const tap[9], float *even)
{
    const int rows = f->flipped ? f->cout : f->cin, nr = f->k->nr;
    const int all = f->flipped ? f->cin : f->cout;
    const ptrdiff_t step = filter_step(floats_of(f->bf16, rows), all, nr);
    float odd[POSITIONS * WIDEST];

    if (!f->bf16) {
        f->k->wino_filter(f->u + ((ptrdiff_t)panel * rows + i) * nr, step, tap,
                          nb);
        return;
    }
    f->k->wino_filter(i % 2 ? odd : even, WIDEST, tap, nb);
    if (i % 2)
        f->k->pair(f->u + ((ptrdiff_t)panel * rows + i) / 2 * nr, step, even,
                   odd, WIDEST, POSITIONS, nb);
}

/* Rows i0 to i0 + ROWS - 1 of a panel. */
static void plain_rows(const struct filter *f, int panel, int i0)
{
    const int nr = f->k->nr, j = panel * nr, nb = ae_min(nr, f->cout - j);
    float even[POSITIONS * WIDEST];
    const float *tap[9];

    for (int i = i0; i < i0 + ROWS; i++) {
        for (int t = 0; t < 9; t++)
            tap[t] = f->w + ((ptrdiff_t)t * f->cin + i) * f->cout + j;
        put_filter_row(f, panel, i, nb, tap, even);
    }
}

/* The same of the flipped filter: taps in reverse order, columns along cin. */
static void flipped_rows(const struct filter *f, int panel, int i0)
{
    const int nr = f->k->nr, j = panel * nr, nb = ae_min(nr, f->cin - j);
    float t9[9][ROWS][WIDEST], even[POSITIONS * WIDEST];
    const float *tap[9];

    for (int t = 0; t < 9; t++)
        for (int q = 0; q < nb; q++)
            for (int i = 0; i < ROWS; i++)
                t9[t][i][q] =
                    f->w[((8 - t) * (ptrdiff_t)f->cin + j + q) * f->cout + i0 +
                         i];
    for (int i = 0; i < ROWS; i++) {
        for (int t = 0; t < 9; t++)
            tap[t] = t9[t][i];
        put_filter_row(f, panel, i0 + i, nb, tap, even);
    }
}

static void filter_task(void *arg, int task, int thread)
{
    const struct filter *f = arg;
    const int chunks = (f->flipped ? f->cout : f->cin) / ROWS;

    (void)thread;
    if (f->flipped)
        flipped_rows(f, task / chunks, task % chunks * ROWS);
    else
        plain_rows(f, task / chunks, task % chunks * ROWS);
}

void ae_wino_filter(const struct ae_ctx *ctx, const float *w, int cin, int cout,
                    int flipped, float *u)
{
    struct filter f = {
        ctx->k, w, cin, cout, flipped, ae_wino_bf16(ctx, cin, cout), u};
    const int rows = flipped ? cout : cin, n = flipped ? cin : cout;
    const int panels = (n + ctx->k->nr - 1) / ctx->k->nr;

    ae_par_for(ctx->pool, panels * (rows / ROWS), filter_task, &f);
}

/* --------------------------------------------------------------- tiles */

/* A tile's place: its outputs begin at row y, column x. */
struct place {
    int item, y, x;
};

static int tile_rows(const struct ae_view *v) /* of an item */
{
    return (v->h + SIDE - 1) / SIDE;
}

static int tile_columns(const struct ae_view *v)
{
    return (v->w + SIDE - 1) / SIDE;
}

static int tiles_of(const struct ae_view *v)
{
    return v->n * tile_rows(v) * tile_columns(v);
}

static struct place place_of(const struct ae_view *v, int tile)
{
    const int tw = tile_columns(v), row = tile / tw;

    return (struct place){row / tile_rows(v), row % tile_rows(v) * SIDE,
                          tile % tw * SIDE};
}

/* order[i]: the pixel of a size x size patch that takes the place of pixel i
 * when the patch is turned. */
static void turn_order(int turn, int size, unsigned char *order)
{
    for (int i = 0; i < size * size; i++) {
        int at[2] = {i / size, i % size};
        ae_turn_at(turn, size, size, at);
        order[i] = (unsigned char)(at[0] * size + at[1]);
    }
}

/* Finds size x size pixels from (y, x) on, at their channel c0; those outside
 * are zeros. */
static void find_pixels(const struct ae_view *v, int item, int y, int x,
                        int size, int c0, const float **px)
{
    for (int i = 0; i < size; i++) {
        const int in = y + i >= 0 && y + i < v->h;
        const float *row = in ? ae_row(v, item, y + i) + c0 : NULL;
        for (int j = 0; j < size; j++)
            px[i * size + j] = in && x + j >= 0 && x + j < v->w
                                   ? row + (x + j) * v->pix
                                   : zeros;
    }
}

/* A map whose tiles are transformed: the input, or the output's gradient. */
struct source {
    const struct ae_kernels *k;
    const struct ae_view *view;
    int is_dy, bf16;
    const unsigned char *order; /* of a patch's pixels; NULL: as they are */
};

/* Transforms channels c0..c0+c-1 of a tile to the 36 positions of v. */
static void transform_tile(const struct source *s, int tile, int c0, int c,
                           ptrdiff_t step, float *v)
{
    const struct place p = place_of(s->view, tile);
    const float *px[POSITIONS], *flipped[POSITIONS];

    if (s->is_dy) {
        find_pixels(s->view, p.item, p.y, p.x, SIDE, c0, px);
        s->k->wino_dout(v, step, px, c);
    } else {
        find_pixels(s->view, p.item, p.y - 1, p.x - 1, PATCH, c0, px);
        for (int i = 0; s->order && i < POSITIONS; i++)
            flipped[i] = px[s->order[i]];
        s->k->wino_in(v, step, s->order ? flipped : px, c);
    }
}

/* Transforms n tiles to v: [position][tile][channels]. */
static void transform_tiles(const struct source *s, int tile, int n,
                            ptrdiff_t step, float *v)
{
    const int c = s->view->c;
    float t[POSITIONS * CHUNK];

    for (int i = 0; i < n && !s->bf16; i++)
        transform_tile(s, tile + i, 0, c, step, v + (ptrdiff_t)i * c);
    for (int i = 0; i < n && s->bf16; i++)
        for (int c0 = 0; c0 < c; c0 += CHUNK) {
            const int nb = ae_min(CHUNK, c - c0);
            transform_tile(s, tile + i, c0, nb, CHUNK, t);
            s->k->halve(v + ((ptrdiff_t)i * c + c0) / 2, step, t, CHUNK,
                        POSITIONS, nb / 2);
        }
}

/* The same into pairs of tiles, [position][tile / 2][channels]; the last of an
 * odd number is paired with zeros. */
static void transform_pairs(const struct source *s, int tile, int n,
                            ptrdiff_t step, float *v)
{
    const int c = s->view->c;
    float even[POSITIONS * CHUNK], odd[POSITIONS * CHUNK];

    for (int i = 0; i < n; i += 2)
        for (int c0 = 0; c0 < c; c0 += CHUNK) {
            const int nb = ae_min(CHUNK, c - c0);
            transform_tile(s, tile + i, c0, nb, CHUNK, even);
            if (i + 1 < n)
                transform_tile(s, tile + i + 1, c0, nb, CHUNK, odd);
            else
                memset(odd, 0, sizeof(odd));
            s->k->pair(v + (ptrdiff_t)i / 2 * c + c0, step, even, odd, CHUNK,
                       POSITIONS, nb);
        }
}

/* Transforms products back to channels c0..c0+c-1 of n tiles' outputs, those
 * that lie in rows r0..r1-1. */
static void put_outputs(const struct ae_wino *w, int tile, int n, int r0,
                        int r1, int c0, int c, ptrdiff_t step, const float *m)
{
    const struct ae_view *out = w->out;
    float *px[SIDE * SIDE];
    unsigned char order[SIDE * SIDE];

    turn_order(w->turn, SIDE, order);
    for (int i = 0; i < n; i++) {
        const struct place p = place_of(out, tile + i);
        for (int q = 0; q < SIDE * SIDE; q++) {
            const int y = p.y + order[q] / SIDE, x = p.x + order[q] % SIDE;
            const int r = p.item * out->h + y;
            px[q] = y < out->h && x < out->w && r >= r0 && r < r1
                        ? ae_row(out, p.item, y) + x * out->pix + c0
                        : NULL;
        }
        w->k->wino_out(px, m + (ptrdiff_t)i * c, step,
                       w->bias ? w->bias + c0 : NULL, w->act, w->add, c);
    }
}

int ae_wino_band(const struct ae_view *out)
{
    const int rows = out->n * tile_rows(out);
    const int bands = ae_clamp(tiles_of(out) / TILE, 1, BANDS);

    return (rows + bands - 1) / bands * SIDE;
}

void ae_wino_rows(const struct ae_wino *w, int r0, int r1, float *scratch)
{
    const struct ae_view *in = w->in, *out = w->out;
    const int h = out->h, tw = tile_columns(out), th = tile_rows(out);
    const int from = (r0 / h * th + r0 % h / SIDE) * tw;
    const int to = ((r1 - 1) / h * th + (r1 - 1) % h / SIDE + 1) * tw;
    const int parts = ae_max(w->parts, 1);
    const int first = from + ae_part(to - from, parts, w->part);
    const int end = from + ae_part(to - from, parts, w->part + 1);
    const int most = tiles_per_product(in->c, out->c), nr = w->k->nr;
    const int cuts = (end - first + most - 1) / most;
    const int each = (end - first + cuts - 1) / cuts;
    const int k = floats_of(w->bf16, in->c);
    const int panels = (out->c + nr - 1) / nr, slices = ae_max(w->slices, 1);
    const int panel = ae_part(panels, slices, w->slice);
    const int c0 = panel * nr;
    const int c = ae_min(ae_part(panels, slices, w->slice + 1) * nr, out->c) -
                  c0;
    const ptrdiff_t vstep = step_of(most, k), mstep = step_of(most, out->c);
    float *v = scratch, *m = v + POSITIONS * vstep;
    unsigned char order[POSITIONS];
    const struct source s = {w->k, in, 0, w->bf16, w->turn ? order : NULL};
    const float *a, *b;
    struct ae_mm mm = {.n = c,
                       .k = k,
                       .segments = 1,
                       .a = &a,
                       .b = &b,
                       .ars = k,
                       .aks = 1,
                       .ldb = nr,
                       .bpanel = (ptrdiff_t)k * nr,
                       .ldc = c};

    turn_order(w->turn, PATCH, order);
    for (int t = first; t < end; t += mm.m) {
        mm.m = ae_min(each, end - t);
        transform_tiles(&s, t, mm.m, vstep, v);
        for (int i = 0; i < POSITIONS; i++) {
            a = v + i * vstep;
            b = w->u + i * filter_step(k, out->c, nr) + panel * mm.bpanel;
            mm.c = m + i * mstep;
            multiply(w->k, w->bf16, &mm);
        }
        put_outputs(w, t, mm.m, r0, r1, c0, c, mstep, m);
    }
}

/* ------------------------------------------------------ weight gradient
 *
 * The sums take 4 times the filter's room, too much for a cache.  So a block of
 * tiles is transformed first; then one position at a time is summed over the
 * whole block, so that its operands and sums fit. */

/* A block of the batch's tiles: x's as v, dy's as d, and the sums. */
struct wgrad {
    const struct ae_kernels *k;
    struct source x, dy;
    int cx, cy; /* channels */
    float *dw;
    ptrdiff_t vstep, dstep, ustep;
    float *u, *v, *d;
    int tile, n; /* the block's first, how many */
};

static void tiles_task(void *arg, int task, int thread)
{
    const struct wgrad *g = arg;
    const int i = task * TILE, n = ae_min(TILE, g->n - i);
    const int row = g->x.bf16 ? i / 2 : i;
    void (*const in)(const struct source *, int, int, ptrdiff_t,
                     float *) = g->x.bf16 ? transform_pairs : transform_tiles;

    (void)thread;
    in(&g->x, g->tile + i, n, g->vstep, g->v + (ptrdiff_t)row * g->cx);
    in(&g->dy, g->tile + i, n, g->dstep, g->d + (ptrdiff_t)row * g->cy);
}

static void product_task(void *arg, int i, int thread)
{
    const struct wgrad *g = arg;
    const float *a = g->v + i * g->vstep, *b = g->d + i * g->dstep;
    const struct ae_mm mm = {.m = g->cx,
                             .n = g->cy,
                             .k = g->x.bf16 ? (g->n + 1) / 2 : g->n,
                             .segments = 1,
                             .a = &a,
                             .b = &b,
                             .ars = 1,
                             .aks = g->cx,
                             .ldb = g->cy,
                             .bpanel = g->k->nr,
                             .c = g->u + i * g->ustep,
                             .ldc = g->cy,
                             .add = g->tile > 0};

    (void)thread;
    multiply(g->k, g->x.bf16, &mm);
}

static void filter_grad_task(void *arg, int i, int thread)
{
    const struct wgrad *g = arg;
    const ptrdiff_t size = (ptrdiff_t)g->cx * g->cy;
    const ptrdiff_t at = (ptrdiff_t)i * g->cy;
    float *tap[9];

    (void)thread;
    for (int t = 0; t < 9; t++)
        tap[t] = g->dw + t * size + at;
    g->k->wino_dfilter(tap, g->u + at, g->ustep, g->cy);
}

void ae_wino_wgrad(const struct ae_ctx *ctx, const struct ae_view *x,
                   const struct ae_view *dy, float *shared, float *dw)
{
    const int most = tiles_per_block(x->c, dy->c), tiles = tiles_of(dy);
    const int bf16 = ae_wino_bf16(ctx, x->c, dy->c);
    struct wgrad g = {.k = ctx->k,
                      .x = {ctx->k, x, 0, bf16, NULL},
                      .dy = {ctx->k, dy, 1, bf16, NULL},
                      .cx = x->c,
                      .cy = dy->c,
                      .dw = dw,
                      .vstep = step_of(most, x->c),
                      .dstep = step_of(most, dy->c),
                      .ustep = step_of(x->c, dy->c),
                      .u = shared};

    g.v = g.u + ae_wino_floats(x->c, dy->c);
    g.d = g.v + POSITIONS * g.vstep;
    for (; g.tile < tiles; g.tile += g.n) {
        g.n = ae_min(most, tiles - g.tile);
        ae_par_for(ctx->pool, (g.n + TILE - 1) / TILE, tiles_task, &g);
        ae_par_for(ctx->pool, POSITIONS, product_task, &g);
    }
    ae_par_for(ctx->pool, x->c, filter_grad_task, &g);
}
