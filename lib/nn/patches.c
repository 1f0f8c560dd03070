/* patches.c - see patches.h. */
#include "nn/patches.h"

#include <string.h>

enum {
    FEW = 4,             /* channels of the narrow map, at most */
    ROWS = 64,           /* taps times channels, at most */
    COLUMNS = 32,        /* of the wide map's channels, in a task */
    SLICES = 8,          /* of the items */
    SPAN = 128,          /* pixels laid out at a time */
    STEP = SPAN + 16     /* from row to row: not a power of two */
};

/* Which map is narrow, and where a tap of it lies: wide position i meets the
 * narrow one's i * s + off. */
struct sides {
    const struct ae_view *narrow, *wide;
    int few, many;                       /* their channels */
    int x_narrow;
};

static int taps(const struct ae_geometry *g)
{
    return g->k[0] * g->k[1];
}

/* Y's positions that a pixel of X meets are a row only where s is 1. */
static int x_narrow(const struct ae_geometry *g)
{
    return g->cx <= FEW && (g->cx <= g->cy || g->s[0] * g->s[1] > 1);
}

int ae_patches_fit(const struct ae_geometry *g)
{
    const int few = x_narrow(g) ? g->cx : g->cy;

    return few <= FEW && taps(g) * few <= ROWS &&
           (x_narrow(g) || g->s[0] * g->s[1] == 1);
}

static struct sides sides_of(const struct ae_weigh *w)
{
    const int narrow = x_narrow(w->g);

    return (struct sides){ narrow ? w->x : w->y, narrow ? w->y : w->x,
                           narrow ? w->g->cx : w->g->cy,
                           narrow ? w->g->cy : w->g->cx, narrow };
}

size_t ae_patches_floats(const struct ae_geometry *g)
{
    return (size_t)SLICES * (size_t)taps(g) * (size_t)g->cx * (size_t)g->cy;
}

static int parts(int many)
{
    return (many + COLUMNS - 1) / COLUMNS;
}

int ae_patches_tasks(const struct ae_geometry *g)
{
    return SLICES * parts(x_narrow(g) ? g->cy : g->cx);
}

static int offset(const struct ae_geometry *g, int axis, int tap, int narrow)
{
    return narrow ? tap - g->p[axis] : g->p[axis] - tap;
}

/* What one tap, channel c of the narrow map, sees from the pixels x0..x0+n-1
 * of a wide row: `row` is the narrow map's, NULL where that lies outside. */
static void lay(const struct ae_view *v, const float *row, int s, int off,
                int c, int x0, int n, float *out)
{
    const int lo = ae_clamp((s - 1 - off) / s - x0, 0, n);
    const int hi = ae_clamp(v->w > off ? (v->w - off + s - 1) / s - x0 : 0,
                            lo, n);
    const ptrdiff_t step = s * v->pix;

    if (!row) {
        memset(out, 0, (size_t)n * sizeof *out);
        return;
    }
    const float *from = row + ((ptrdiff_t)(x0 + lo) * s + off) * v->pix + c;
    for (int i = 0; i < lo; i++)
        out[i] = 0;
    if (step == 1)
        memcpy(out + lo, from, (size_t)(hi - lo) * sizeof *out);
    else
        for (int i = lo; i < hi; i++)
            out[i] = from[(i - lo) * step];
    for (int i = hi; i < n; i++)
        out[i] = 0;
}

/* The patches of a part of a wide row. */
static void lay_patches(const struct ae_geometry *g, const struct sides *d,
                        int item, int y, int x0, int n, float *out)
{
    const int sy = d->x_narrow ? g->s[0] : 1;
    const int sx = d->x_narrow ? g->s[1] : 1;

    for (int t = 0; t < taps(g); t++) {
        const int at = y * sy + offset(g, 0, t / g->k[1], d->x_narrow);
        const float *row = at >= 0 && at < d->narrow->h
                               ? ae_row(d->narrow, item, at) : NULL;
        for (int c = 0; c < d->few; c++, out += STEP)
            lay(d->narrow, row, sx, offset(g, 1, t % g->k[1], d->x_narrow), c,
                x0, n, out);
    }
}

/* A slice's sums: [slice][tap, few][many]. */
static float *sums_of(const struct ae_weigh *w, const struct sides *d,
                      int slice)
{
    return w->shared + (ptrdiff_t)slice * taps(w->g) * d->few * d->many;
}

void ae_patches_weigh(const struct ae_weigh *w, int task)
{
    const struct sides d = sides_of(w);
    const int slice = task % SLICES, c0 = task / SLICES * COLUMNS;
    const int last = ae_part(w->y->n, SLICES, slice + 1);
    const float *a[SPAN], *b[SPAN];
    float patch[ROWS * STEP];
    struct ae_mm mm = {
        .m = taps(w->g) * d.few, .n = ae_min(COLUMNS, d.many - c0), .a = a,
        .b = b, .ars = STEP, .aks = 1, .bpanel = w->kernels->nr,
        .ldb = d.wide->pix, .c = sums_of(w, &d, slice) + c0, .ldc = d.many
    };

    w->kernels->mm(&mm);                 /* of nothing: zeros */
    mm.add = 1;
    for (int item = ae_part(w->y->n, SLICES, slice); item < last; item++)
        for (int y = 0; y < d.wide->h; y++)
            for (int x = 0, n; x < d.wide->w; x += n) {
                n = ae_min(SPAN, d.wide->w - x);
                if (mm.k != n || (mm.segments + 1) * n > SPAN) {
                    w->kernels->mm(&mm);
                    mm.segments = 0;
                    mm.k = n;
                }
                float *const to = patch + mm.segments * n;
                lay_patches(w->g, &d, item, y, x, n, to);
                a[mm.segments] = to;
                b[mm.segments++] = ae_row(d.wide, item, y) +
                                   x * d.wide->pix + c0;
            }
    w->kernels->mm(&mm);
}

void ae_patches_add(const struct ae_weigh *w)
{
    const struct sides d = sides_of(w);
    const int cx = w->g->cx, cy = w->g->cy;

    for (int s = 0; s < SLICES; s++) {
        const float *sum = sums_of(w, &d, s);
        for (int t = 0; t < taps(w->g); t++)
            for (int f = 0; f < d.few; f++)
                for (int m = 0; m < d.many; m++, sum++)
                    w->dw[(t * cx + (d.x_narrow ? f : m)) * cy +
                          (d.x_narrow ? m : f)] += *sum;
    }
}
