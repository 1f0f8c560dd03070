/* winograd.c - see winograd.h. */
#include "nn/winograd.h"

enum {
    POSITIONS = 16,
    WIDEST = 32,         /* columns of the widest table's panels */
    LEAST = 16, MOST = 512,              /* channels */
    CHUNKS = 8,
    ROOM = 100000,       /* floats of transformed tiles: 400 KB of 2nd cache */
    TILE = 14            /* rows of the tallest product tile */
};

static const float zeros[MOST];          /* pixels outside */

int ae_wino_fits(int cin, int cout)
{
    return cin >= LEAST && cin <= MOST && cin % 16 == 0 &&
           cout >= LEAST && cout <= MOST && cout % 16 == 0;
}

/* Tiles that are worked on together: some product tiles' rows. */
static int together(int cin, int cout)
{
    return ae_clamp(ROOM / POSITIONS / (cin + cout) / TILE, 1, 4) * TILE;
}

size_t ae_wino_scratch(int cin, int cout)
{
    return (size_t)POSITIONS * (size_t)together(cin, cout) *
           (size_t)(cin + cout);
}

size_t ae_wino_floats(int cin, int cout)
{
    const size_t a = (size_t)cin * ae_round_up((size_t)cout, WIDEST);
    const size_t b = (size_t)cout * ae_round_up((size_t)cin, WIDEST);
    return POSITIONS * (a > b ? a : b);
}

size_t ae_wino_partials(int cin, int cout)
{
    return (size_t)CHUNKS * POSITIONS * (size_t)cin * (size_t)cout;
}

/* ------------------------------------------------------------- filters */

struct filter {
    const struct ae_kernels *k;
    const float *w;
    int cin, cout, turned;
    float *u;
};

/* u is [position][panel][rows][nr]: `rows` channels are summed over, columns
 * are those of the result. */
static void plain_panel(const struct filter *f, int panel)
{
    const int nr = f->k->nr, j = panel * nr, panels = (f->cout + nr - 1) / nr;
    const float *tap[9];

    for (int i = 0; i < f->cin; i++) {
        for (int t = 0; t < 9; t++)
            tap[t] = f->w + ((ptrdiff_t)t * f->cin + i) * f->cout + j;
        f->k->wino_filter(f->u + ((ptrdiff_t)panel * f->cin + i) * nr,
                          (ptrdiff_t)panels * f->cin * nr, tap,
                          ae_min(nr, f->cout - j));
    }
}

/* Sixteen rows at a time are turned over: taps backwards, cin along. */
static void turned_panel(const struct filter *f, int panel)
{
    enum { ROWS = 16 };
    const int nr = f->k->nr, j = panel * nr, panels = (f->cin + nr - 1) / nr;
    const int nb = ae_min(nr, f->cin - j);
    float t9[9][ROWS][WIDEST];
    const float *tap[9];

    for (int i0 = 0; i0 < f->cout; i0 += ROWS) {
        for (int t = 0; t < 9; t++)
            for (int q = 0; q < nb; q++)
                for (int i = 0; i < ROWS; i++)
                    t9[t][i][q] = f->w[((8 - t) * (ptrdiff_t)f->cin + j + q) *
                                       f->cout + i0 + i];
        for (int i = 0; i < ROWS; i++) {
            for (int t = 0; t < 9; t++)
                tap[t] = t9[t][i];
            f->k->wino_filter(
                f->u + ((ptrdiff_t)panel * f->cout + i0 + i) * nr,
                (ptrdiff_t)panels * f->cout * nr, tap, nb);
        }
    }
}

static void filter_task(void *arg, int task, int thread)
{
    const struct filter *f = arg;

    (void)thread;
    if (f->turned)
        turned_panel(f, task);
    else
        plain_panel(f, task);
}

void ae_wino_filter(const struct ae_ctx *ctx, const float *w, int cin,
                    int cout, int turned, float *u)
{
    struct filter f = { ctx->k, w, cin, cout, turned, u };
    const int n = turned ? cin : cout;

    ae_par_for(ctx->pool, (n + ctx->k->nr - 1) / ctx->k->nr, filter_task, &f);
}

/* --------------------------------------------------------------- tiles */

/* A tile's place: its outputs are rows y, y + 1 and columns x, x + 1. */
struct place { int item, y, x; };

static int tile_rows(const struct ae_view *v)    /* of an item */
{
    return (v->h + 1) / 2;
}

static struct place place_of(const struct ae_view *v, int tile)
{
    const int tw = (v->w + 1) / 2, row = tile / tw;

    return (struct place){ row / tile_rows(v), row % tile_rows(v) * 2,
                           tile % tw * 2 };
}

/* size x size pixels from (y, x) on. */
static void patch(const struct ae_view *v, int item, int y, int x, int size,
                  const float **px)
{
    for (int i = 0; i < size; i++) {
        const int in = y + i >= 0 && y + i < v->h;
        const float *row = in ? ae_row(v, item, y + i) : NULL;
        for (int j = 0; j < size; j++)
            px[i * size + j] = in && x + j >= 0 && x + j < v->w
                               ? row + (x + j) * v->pix : zeros;
    }
}

/* Transforms n tiles' inputs to v: [position][together][channels]. */
static void tiles_in(const struct ae_kernels *k, const struct ae_view *in,
                     int tile, int n, ptrdiff_t step, float *v)
{
    const float *px[16];

    for (int i = 0; i < n; i++) {
        const struct place p = place_of(in, tile + i);
        patch(in, p.item, p.y - 1, p.x - 1, 4, px);
        k->wino_in(v + (ptrdiff_t)i * in->c, step, px, in->c);
    }
}

void ae_wino_rows(const struct ae_wino *w, int r0, int r1, float *scratch)
{
    const struct ae_view *in = w->in, *out = w->out;
    const int h = out->h, tw = (out->w + 1) / 2, th = tile_rows(out);
    const int first = (r0 / h * th + r0 % h / 2) * tw;
    const int end = ((r1 - 1) / h * th + (r1 - 1) % h / 2 + 1) * tw;
    const int most = together(in->c, out->c), nr = w->k->nr;
    const ptrdiff_t panels = (out->c + nr - 1) / nr * (ptrdiff_t)in->c * nr;
    float *v = scratch, *m = v + (ptrdiff_t)POSITIONS * most * in->c;
    const float *a, *b;
    struct ae_mm mm = { .n = out->c, .k = in->c, .segments = 1, .a = &a,
                        .b = &b, .ars = in->c, .aks = 1, .ldb = nr,
                        .bpanel = (ptrdiff_t)in->c * nr, .ldc = out->c };

    for (int t = first; t < end; t += mm.m) {
        mm.m = ae_min(most, end - t);
        tiles_in(w->k, in, t, mm.m, (ptrdiff_t)most * in->c, v);
        for (int i = 0; i < POSITIONS; i++) {
            a = v + (ptrdiff_t)i * most * in->c;
            b = w->u + i * panels;
            mm.c = m + (ptrdiff_t)i * most * out->c;
            w->k->mm(&mm);
        }
        for (int i = 0; i < mm.m; i++) {
            const struct place p = place_of(out, t + i);
            float *px[4] = { NULL };
            for (int q = 0; q < 4; q++) {
                const int y = p.y + q / 2, x = p.x + q % 2;
                const int r = p.item * h + y;
                if (y < h && x < out->w && r >= r0 && r < r1)
                    px[q] = ae_row(out, p.item, y) + x * out->pix;
            }
            w->k->wino_out(px, m + (ptrdiff_t)i * out->c,
                           (ptrdiff_t)most * out->c, w->bias, w->act, w->add,
                           out->c);
        }
    }
}

/* ------------------------------------------------------ weight gradient */

static int tiles_of(const struct ae_view *v)
{
    return v->n * tile_rows(v) * ((v->w + 1) / 2);
}

int ae_wino_chunks(const struct ae_view *x, const struct ae_view *dy)
{
    const int most = together(x->c, dy->c);

    return ae_clamp(tiles_of(dy) / most, 1, CHUNKS);
}

void ae_wino_weigh(const struct ae_wino_weigh *w, int chunk, float *scratch)
{
    const struct ae_view *x = w->x, *dy = w->dy;
    const int chunks = ae_wino_chunks(x, dy), most = together(x->c, dy->c);
    const int end = (int)((long)tiles_of(dy) * (chunk + 1) / chunks);
    const ptrdiff_t size = (ptrdiff_t)x->c * dy->c;
    float *v = scratch, *d = v + (ptrdiff_t)POSITIONS * most * x->c;
    float *sums = w->partials + chunk * POSITIONS * size;
    const float *a, *b, *px[4];
    struct ae_mm mm = { .m = x->c, .n = dy->c, .segments = 1, .a = &a,
                        .b = &b, .ars = 1, .aks = x->c, .ldb = dy->c,
                        .bpanel = w->k->nr, .ldc = dy->c };

    for (int t = (int)((long)tiles_of(dy) * chunk / chunks); t < end;
         t += mm.k) {
        mm.k = ae_min(most, end - t);
        tiles_in(w->k, x, t, mm.k, (ptrdiff_t)most * x->c, v);
        for (int i = 0; i < mm.k; i++) {
            const struct place p = place_of(dy, t + i);
            patch(dy, p.item, p.y, p.x, 2, px);
            w->k->wino_dout(d + (ptrdiff_t)i * dy->c,
                            (ptrdiff_t)most * dy->c, px, dy->c);
        }
        for (int i = 0; i < POSITIONS; i++) {
            a = v + (ptrdiff_t)i * most * x->c;
            b = d + (ptrdiff_t)i * most * dy->c;
            mm.c = sums + i * size;
            w->k->mm(&mm);
        }
        mm.add = 1;
    }
}

static void weighed_task(void *arg, int i, int thread)
{
    const struct ae_wino_weigh *w = arg;
    const int cin = w->x->c, cout = w->dy->c;
    const int chunks = ae_wino_chunks(w->x, w->dy);
    const ptrdiff_t size = (ptrdiff_t)cin * cout;
    float *u = w->partials + (ptrdiff_t)i * cout, *tap[9];

    (void)thread;
    for (int c = 1; c < chunks; c++)
        for (int p = 0; p < POSITIONS; p++)
            w->k->add(u + p * size, u + (c * POSITIONS + p) * size,
                      (size_t)cout);
    for (int t = 0; t < 9; t++)
        tap[t] = w->dw + t * size + (ptrdiff_t)i * cout;
    w->k->wino_dfilter(tap, u, size, cout);
}

void ae_wino_weighed(const struct ae_ctx *ctx, const struct ae_wino_weigh *w)
{
    struct ae_wino_weigh copy = *w;

    ae_par_for(ctx->pool, w->x->c, weighed_task, &copy);
}
