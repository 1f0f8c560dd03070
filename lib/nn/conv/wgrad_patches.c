/* wgrad_patches.c - see wgrad.h. */
#include "nn/conv/wgrad.h"

#include <string.h>

enum {
    MAX_NARROW = 4, /* channels of the narrow map, at most */
    MAX_ROWS = 64,  /* taps times channels, at most */
    COLUMNS = 64,   /* of the wide map's channels, in a task */
    SLICES = AE_PATCHES_SLICES,
    SPAN = 128,                             /* pixels laid out at a time */
    BLOCK = 16,                             /* floats of a copy */
    STEP = SPAN + BLOCK,                    /* from row to row */
    STRIDE = 4,                             /* of the narrow map, at most */
    LINE = SPAN * STRIDE + MAX_ROWS + BLOCK /* floats that a span reads */
};

/* Which map is narrow. */
struct sides {
    const struct ae_view *narrow, *wide;
    int narrow_c, wide_c; /* their channels */
    int x_narrow;
};

/* Y's positions that a pixel of X meets are a row only where s is 1. */
static int x_narrow(const struct ae_conv_shape *g)
{
    return g->cx <= MAX_NARROW && (g->cx <= g->cy || g->s[0] * g->s[1] > 1);
}

int ae_patches_fit(const struct ae_conv_shape *g)
{
    const int narrow_c = x_narrow(g) ? g->cx : g->cy;

    return narrow_c <= MAX_NARROW && ae_taps(g) * narrow_c <= MAX_ROWS &&
           (x_narrow(g) ? g->s[1] <= STRIDE : g->s[0] * g->s[1] == 1);
}

int ae_patches_sums(const struct ae_conv_shape *g)
{
    return ae_patches_fit(g) && x_narrow(g);
}

static struct sides sides_of(const struct ae_wgrad *w)
{
    const int narrow = x_narrow(w->g);

    return (struct sides){narrow ? w->x : w->y, narrow ? w->y : w->x,
                          narrow ? w->g->cx : w->g->cy,
                          narrow ? w->g->cy : w->g->cx, narrow};
}

int ae_patches_tasks(const struct ae_conv_shape *g)
{
    return SLICES * ae_ceil_div(x_narrow(g) ? g->cy : g->cx, COLUMNS);
}

/* Copies n values of one channel, which lie `step` apart, from pixel x on;
 * pixels outside the row's w are zero. */
static void copy_line(const float *row, int w, ptrdiff_t step, int x, int n,
                      float *out)
{
    const int lo = ae_clamp(-x, 0, n), hi = ae_clamp(w - x, lo, n);

    for (int i = 0; i < lo; i++)
        out[i] = 0;
    if (step == 1)
        memcpy(out + lo, row + x + lo, (size_t)(hi - lo) * sizeof(*out));
    else
        for (int i = lo; i < hi; i++)
            out[i] = row[(x + i) * step];
    for (int i = hi; i < n; i++)
        out[i] = 0;
}

/* Copies every s-th float of a line: n of them, and up to a block more. */
static void copy_strided(const float *line, int s, int n, float *out)
{
    if (s == 1)
        for (int i = 0; i < n; i += BLOCK)
            memcpy(out + i, line + i, BLOCK * sizeof(*out));
    else
        for (int i = 0; i < n; i++)
            out[i] = line[i * s];
}

/* The patches of the pixels x0..x0+n-1 of a wide row.  Where X is narrow the
 * taps go right from a pixel's place in it, where Y is left. */
static void make_patches(const struct ae_conv_shape *g, const struct sides *d,
                         int item, int y, int x0, int n, float *out)
{
    const int sy = d->x_narrow ? g->s[0] : 1, sx = d->x_narrow ? g->s[1] : 1;
    const int kw = g->k[1], length = (n - 1) * sx + kw;
    const int x = x0 * sx + (d->x_narrow ? -g->p[1] : g->p[1] - kw + 1);
    float line[LINE];

    for (int t = 0; t < g->k[0]; t++) {
        const int at = y * sy + (d->x_narrow ? t - g->p[0] : g->p[0] - t);
        const int inside = at >= 0 && at < d->narrow->h;
        const float *row = ae_row(d->narrow, item, inside ? at : 0);
        for (int c = 0; c < d->narrow_c; c++) {
            float *to = out + (t * kw * d->narrow_c + c) * STEP;
            copy_line(row + c, inside ? d->narrow->w : 0, d->narrow->pix, x,
                      length, line);
            for (int u = 0; u < kw; u++, to += d->narrow_c * STEP)
                copy_strided(line + (d->x_narrow ? u : kw - 1 - u), sx, n, to);
        }
    }
}

/* Puts the sums [tap, narrow channel][columns] into their places in a slice,
 * from channel c0 of the wide map on, and the row of the wide map's own sums
 * after all slices. */
static void put_sums(const struct ae_wgrad *w, const struct sides *d, int slice,
                     int c0, const struct ae_mm *mm)
{
    const int cx = w->g->cx, cy = w->g->cy;
    float *const to = w->shared + (ptrdiff_t)slice * ae_taps(w->g) * cx * cy;
    const float *sum = mm->c;

    for (int t = 0; t < ae_taps(w->g); t++)
        for (int f = 0; f < d->narrow_c; f++, sum += COLUMNS)
            for (int m = 0; m < mm->n; m++)
                to[(t * cx + (d->x_narrow ? f : c0 + m)) * cy +
                   (d->x_narrow ? c0 + m : f)] = sum[m];
    if (w->sums)
        memcpy(w->shared + (ptrdiff_t)SLICES * ae_taps(w->g) * cx * cy +
                   slice * cy + c0,
               sum, (size_t)mm->n * sizeof(*sum));
}

void ae_patches_wgrad(const struct ae_wgrad *w, int task)
{
    const struct sides d = sides_of(w);
    const int slice = task % SLICES, c0 = task / SLICES * COLUMNS;
    const int h = d.wide->h, rows = d.wide->n * h;
    const int patch_rows = ae_taps(w->g) *
                           d.narrow_c; /* rows of patches, then one of 1 */
    const float *a[SPAN], *b[SPAN];
    float patch[(MAX_ROWS + 1) * STEP], sums[(MAX_ROWS + 1) * COLUMNS];
    struct ae_mm mm = {.m = patch_rows + (w->sums != NULL),
                       .n = ae_min(COLUMNS, d.wide_c - c0),
                       .a = a,
                       .b = b,
                       .ars = STEP,
                       .aks = 1,
                       .bpanel = w->kernels->nr,
                       .ldb = d.wide->pix,
                       .c = sums,
                       .ldc = COLUMNS};

    w->kernels->mm(&mm); /* no segments: zeros */
    mm.add = 1;
    for (int i = 0; i < SPAN; i++)
        patch[patch_rows * STEP + i] = 1;
    for (int r = ae_part(rows, SLICES, slice);
         r < ae_part(rows, SLICES, slice + 1); r++)
        for (int x = 0, n; x < d.wide->w; x += n) {
            n = ae_min(SPAN, d.wide->w - x);
            if (mm.k != n || (mm.segments + 1) * n > SPAN) {
                w->kernels->mm(&mm);
                mm.segments = 0;
                mm.k = n;
            }
            float *const to = patch + mm.segments * n;
            make_patches(w->g, &d, r / h, r % h, x, n, to);
            a[mm.segments] = to;
            b[mm.segments++] = ae_row(d.wide, r / h, r % h) + x * d.wide->pix +
                               c0;
        }
    w->kernels->mm(&mm);
    put_sums(w, &d, slice, c0, &mm);
}
