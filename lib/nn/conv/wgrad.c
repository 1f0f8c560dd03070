/* wgrad.c - see wgrad.h. */
#include "nn/conv/wgrad.h"

enum {
    ROWS = 128,
    /* of dw in a task, at most: then few tasks read the same pixels */
    COLUMNS = 128,
    /* pixels of a product: a panel of their Y stays in the first cache */
    SPAN = 192,
    SEGMENTS = 64,
    TASKS = 16,
    SLICES = 8 /* of the batch, at most; TASKS are wanted */
};

/* Parts of dw. */
static int block_count(const struct ae_conv_shape *g)
{
    return ae_taps(g) * ae_ceil_div(g->cx, ROWS) * ae_ceil_div(g->cy, COLUMNS);
}

static int slice_count(const struct ae_conv_shape *g)
{
    if (ae_patches_fit(g))
        return AE_PATCHES_SLICES;
    return ae_clamp(ae_ceil_div(TASKS, block_count(g)), 1, SLICES);
}

static size_t weight_count(const struct ae_conv_shape *g)
{
    return (size_t)ae_taps(g) * (size_t)g->cx * (size_t)g->cy;
}

size_t ae_wgrad_floats(const struct ae_conv_shape *g)
{
    return slice_count(g) > 1
               ? (size_t)slice_count(g) * (weight_count(g) + (size_t)g->cy)
               : 0;
}

int ae_wgrad_sums(const struct ae_conv_shape *g)
{
    return ae_patches_sums(g);
}

int ae_wgrad_tasks(const struct ae_conv_shape *g)
{
    return ae_patches_fit(g) ? ae_patches_tasks(g)
                             : slice_count(g) * block_count(g);
}

/* Positions of Y whose tap t lies inside X: lo..hi-1. */
static void tap_range(const struct ae_conv_shape *g, int d, int t, int nx,
                      int ny, int *lo, int *hi)
{
    *lo = ae_max(0, ae_ceil_div(g->p[d] - t, g->s[d]));
    *hi = ae_max(*lo, ae_min(ny, ae_ceil_div(nx + g->p[d] - t, g->s[d])));
}

/* Sums a tap over the rows r0..r1-1 of Y, counted through the batch, from
 * channels m0 and n0 on. */
static void sum_rows(const struct ae_wgrad *w, struct ae_mm *mm, int tap,
                     int r0, int r1, int m0, int n0)
{
    const struct ae_conv_shape *g = w->g;
    const int ty = tap / g->k[1], tx = tap % g->k[1], h = w->y->h;
    const float *a[SEGMENTS], *b[SEGMENTS];
    int ylo, yhi, xlo, xhi;

    tap_range(g, 0, ty, w->x->h, h, &ylo, &yhi);
    tap_range(g, 1, tx, w->x->w, w->y->w, &xlo, &xhi);
    mm->a = a;
    mm->b = b;
    mm->k = xhi - xlo;
    for (int r = r0; mm->k > 0 && r < r1; r++) {
        const int item = r / h, y = r % h;
        if (y < ylo || y >= yhi)
            continue;
        a[mm->segments] = ae_row(w->x, item, y * g->s[0] + ty - g->p[0]) +
                          (xlo * g->s[1] + tx - g->p[1]) * w->x->pix + m0;
        b[mm->segments++] = ae_row(w->y, item, y) + xlo * w->y->pix + n0;
        if (mm->segments == SEGMENTS || mm->segments * mm->k >= SPAN) {
            w->kernels->mm(mm);
            mm->segments = 0;
        }
    }
    w->kernels->mm(mm);
}

static void add_block(const struct ae_wgrad *w, int task)
{
    const struct ae_conv_shape *g = w->g;
    const int mparts = ae_ceil_div(g->cx, ROWS);
    const int nparts = ae_ceil_div(g->cy, COLUMNS);
    const int cut = slice_count(g), slice = task % cut, block = task / cut;
    const int mi = block % mparts, ni = block / mparts % nparts;
    const int tap = block / mparts / nparts, rows = w->y->n * w->y->h;
    const int m0 = ae_part(g->cx, mparts, mi), n0 = ni * COLUMNS;
    float *const sums = cut > 1 ? w->shared + (size_t)slice * weight_count(g)
                                : w->dw;
    struct ae_mm mm = {.m = ae_part(g->cx, mparts, mi + 1) - m0,
                       .n = ae_min(COLUMNS, g->cy - n0),
                       .ars = 1,
                       .aks = g->s[1] * w->x->pix,
                       .bpanel = w->kernels->nr,
                       .ldb = w->y->pix,
                       .ldc = g->cy,
                       .c = sums + ((ptrdiff_t)tap * g->cx + m0) * g->cy + n0};

    if (cut > 1)
        w->kernels->mm(&mm); /* no segments: zeros */
    mm.add = 1;
    sum_rows(w, &mm, tap, ae_part(rows, cut, slice),
             ae_part(rows, cut, slice + 1), m0, n0);
}

void ae_wgrad(const struct ae_wgrad *w, int task)
{
    if (ae_patches_fit(w->g))
        ae_patches_wgrad(w, task);
    else
        add_block(w, task);
}

void ae_wgrad_finish(const struct ae_wgrad *w)
{
    const size_t n = weight_count(w->g), cut = (size_t)slice_count(w->g);
    const size_t cy = (size_t)w->g->cy;

    for (size_t s = 0; cut > 1 && s < cut; s++) {
        w->kernels->add(w->dw, w->shared + s * n, n);
        if (w->sums)
            w->kernels->add(w->sums, w->shared + cut * n + s * cy, cy);
    }
}
