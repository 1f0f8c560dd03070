/* direct.c - forward and backward data.  See direct.h. */
#include "nn/conv/direct.h"

#include <string.h>

enum {
    WIDEST = 32,  /* columns of the widest table's panels */
    NARROW_K = 16 /* channels that a narrow product takes at a time */
};

/* One axis of a pass: out[i * so + oo] = sum_t in[i * si + t - off] w[t] for
 * i0 <= i < i1.  Forward is one such pass; backward data is s of them, one for
 * each phase of the output, with the taps in reverse order. */
struct axis {
    int taps, si, off, so, oo, in, i0, i1;
};

struct pass {
    const struct ae_conv_pass *m;
    struct axis y, x;
    const float *b; /* packed weights of this phase */
};

/* 1 where the lanes go along the input's channels, since the output's would
 * fill few of them. */
static int is_narrow(int in, int out)
{
    return out <= AE_NARROW && in % NARROW_K == 0;
}

/* Columns of packed weights for an output of so many channels. */
static int packed_columns(const struct ae_kernels *k, int in, int out)
{
    return is_narrow(in, out) ? out
                              : (int)ae_round_up((size_t)out, (size_t)k->nr);
}

static struct axis forward_axis(const struct ae_conv_shape *g, int d, int in,
                                int out)
{
    return (struct axis){.taps = g->k[d],
                         .si = g->s[d],
                         .off = g->p[d],
                         .so = 1,
                         .in = in,
                         .i1 = out};
}

/* Phase f holds the taps f, f + s, f + 2s..., and writes out[i * s + f - p]. */
static struct axis phase_axis(const struct ae_conv_shape *g, int d, int f,
                              int in, int out)
{
    const int s = g->s[d], oo = f - g->p[d];
    const int taps = f < g->k[d] ? ae_ceil_div(g->k[d] - f, s) : 0;

    return (struct axis){.taps = taps,
                         .si = 1,
                         .off = taps - 1,
                         .so = s,
                         .oo = oo,
                         .in = in,
                         .i0 = ae_ceil_div(-oo, s),
                         .i1 = ae_ceil_div(out - oo, s)};
}

/* The taps t[0]..t[1]-1 that fall inside at i. */
static void clip_taps(const struct axis *a, int i, int t[2])
{
    const int first = i * a->si - a->off;

    t[0] = ae_min(ae_max(0, -first), a->taps);
    t[1] = ae_max(ae_min(a->taps, a->in - first), t[0]);
}

static int has_all_taps(const struct axis *a, int i)
{
    const int first = i * a->si - a->off;

    return first >= 0 && first + a->taps <= a->in;
}

/* Makes m outputs from (iy, ix) on, along the row or down the column, all of
 * which have the taps ty[0]..ty[1]-1, tx[0]..tx[1]-1. */
static void run_product(const struct pass *p, int item, int iy, int ix,
                        const int ty[2], const int tx[2], int m, int down)
{
    const struct ae_view *in = p->m->in, *out = p->m->out;
    const int joined = in->pix == in->c; /* pixels touch: one run of taps */
    const float *a[AE_MAX_TAPS], *b[AE_MAX_TAPS];
    const int narrow = is_narrow(in->c, out->c);
    const int nr = narrow ? out->c : p->m->kernels->nr;
    struct ae_mm mm = {.m = m,
                       .n = out->c,
                       .k = joined ? (tx[1] - tx[0]) * in->c : in->c,
                       .a = a,
                       .b = b,
                       .aks = 1,
                       .ldb = nr,
                       .ars = down ? p->y.si * in->row : p->x.si * in->pix,
                       .bpanel = (ptrdiff_t)p->y.taps * p->x.taps * in->c * nr,
                       .c = ae_row(out, item, iy * p->y.so + p->y.oo) +
                            (ix * p->x.so + p->x.oo) * out->pix,
                       .ldc = down ? p->y.so * out->row : p->x.so * out->pix,
                       .bias = p->m->bias,
                       .act = p->m->act,
                       .add = p->m->add};

    for (int t = ty[0]; t < ty[1] && tx[0] < tx[1]; t++) {
        const float *row = ae_row(in, item, iy * p->y.si - p->y.off + t) +
                           (ix * p->x.si - p->x.off) * in->pix;
        for (int u = tx[0]; u < tx[1]; u += joined ? tx[1] - tx[0] : 1) {
            a[mm.segments] = row + u * in->pix;
            b[mm.segments++] = p->b +
                               (ptrdiff_t)(t * p->x.taps + u) * in->c * nr;
        }
    }
    (narrow ? p->m->kernels->mm_narrow : p->m->kernels->mm)(&mm);
}

/* Rows i0..i1-1 of the pass's own count.  Rows that have all their taps are
 * made in one run: their pixels at the left and right edge, which lack taps,
 * are one product down each column. */
static void run_pass(const struct pass *p, int item, int i0, int i1)
{
    const struct axis *x = &p->x;
    const struct ae_view *in = p->m->in, *out = p->m->out;
    const int whole = in->ring == in->h && out->ring == out->h;
    const int xa = ae_clamp(ae_ceil_div(x->off, x->si), x->i0, x->i1);
    const int xb = ae_clamp((x->in - x->taps + x->off + x->si) / x->si, xa,
                            x->i1);
    int ty[2], tx[2], run;

    for (int i = i0; i < i1; i += run) {
        clip_taps(&p->y, i, ty);
        run = 1;
        while (whole && has_all_taps(&p->y, i) && i + run < i1 &&
               has_all_taps(&p->y, i + run))
            run++;
        for (int j = x->i0; j < x->i1; j = j + 1 == xa ? xb : j + 1) {
            if (j == xa) /* no left edge */
                j = xb;
            if (j == x->i1)
                break;
            clip_taps(x, j, tx);
            run_product(p, item, i, j, ty, tx, run, 1);
        }
        tx[0] = 0;
        tx[1] = x->taps;
        for (int r = 0; r < run && xa < xb; r++)
            run_product(p, item, i + r, xa, ty, tx, xb - xa, 0);
    }
}

void ae_conv_forward(const struct ae_conv_pass *m, int r0, int r1)
{
    const int h = m->out->h, w = m->out->w;
    struct pass p = {m, forward_axis(m->g, 0, m->in->h, h),
                     forward_axis(m->g, 1, m->in->w, w), m->packed};

    if (m->parts > 1) {
        p.x.i0 = ae_part(w, m->parts, m->part);
        p.x.i1 = ae_part(w, m->parts, m->part + 1);
    }
    for (int r = r0, end; r < r1; r = end) {
        end = ae_min(r1, (r / h + 1) * h);
        run_pass(&p, r / h, r % h, end - r / h * h);
    }
}

static void backward_data_rows(const struct ae_conv_pass *m, int item, int u0,
                               int u1)
{
    const struct ae_conv_shape *g = m->g;
    const float *b = m->packed;

    for (int fy = 0; fy < g->s[0]; fy++)
        for (int fx = 0; fx < g->s[1]; fx++) {
            const struct pass p = {m, phase_axis(g, 0, fy, m->in->h, m->out->h),
                                   phase_axis(g, 1, fx, m->in->w, m->out->w),
                                   b};
            const int taps = p.y.taps * p.x.taps;
            if (taps > 0 || !m->add)
                run_pass(&p, item, ae_ceil_div(u0 - p.y.oo, p.y.so),
                         ae_ceil_div(u1 - p.y.oo, p.y.so));
            b += taps * g->cy * packed_columns(m->kernels, g->cy, g->cx);
        }
}

void ae_conv_backward_data(const struct ae_conv_pass *m, int r0, int r1)
{
    const int h = m->out->h;

    for (int r = r0, end; r < r1; r = end) {
        end = ae_min(r1, (r / h + 1) * h);
        backward_data_rows(m, r / h, r % h, end - r / h * h);
    }
}

size_t ae_conv_forward_floats(const struct ae_conv_shape *g)
{
    return (size_t)ae_taps(g) * (size_t)g->cx *
           ae_round_up((size_t)g->cy, WIDEST);
}

size_t ae_conv_backward_data_floats(const struct ae_conv_shape *g)
{
    return (size_t)ae_taps(g) * (size_t)g->cy *
           ae_round_up((size_t)g->cx, WIDEST);
}

float *ae_pack_panel(const float *w, ptrdiff_t si, ptrdiff_t sj, int rows,
                     int n, int nr, float *out)
{
    const int nb = ae_min(n, nr);

    if (nb < nr)
        memset(out, 0, (size_t)rows * (size_t)nr * sizeof(*out));
    for (int i = 0; i < rows; i++, out += nr)
        for (int j = 0; j < nb; j++)
            out[j] = w[i * si + j * sj];
    return out;
}

/* The same for narrow products, with all n columns. */
static float *pack_narrow(const float *w, ptrdiff_t si, ptrdiff_t sj, int rows,
                          int n, float *out)
{
    for (int i = 0; i < rows; i += NARROW_K)
        for (int j = 0; j < n; j++)
            for (int l = 0; l < NARROW_K; l++)
                *out++ = w[(i + l) * si + j * sj];
    return out;
}

void ae_conv_forward_pack(const struct ae_kernels *k,
                          const struct ae_conv_shape *g, const float *w,
                          float *packed)
{
    const int rows = ae_taps(g) * g->cx, n = g->cy;

    if (is_narrow(g->cx, n))
        pack_narrow(w, n, 1, rows, n, packed);
    for (int j = 0; !is_narrow(g->cx, n) && j < n; j += k->nr)
        packed = ae_pack_panel(w + j, n, 1, rows, n - j, k->nr, packed);
}

/* The taps of one phase, in reverse order, for the columns from j on. */
static float *pack_phase(const struct ae_kernels *k,
                         const struct ae_conv_shape *g, int fy, int fx, int j,
                         const float *w, float *packed)
{
    const int my = phase_axis(g, 0, fy, 1, 1).taps;
    const int mx = phase_axis(g, 1, fx, 1, 1).taps;

    for (int t = my * mx - 1; t >= 0; t--) {
        const int ty = fy + t / mx * g->s[0], tx = fx + t % mx * g->s[1];
        const float *tap = w +
                           ((ptrdiff_t)(ty * g->k[1] + tx) * g->cx + j) * g->cy;
        packed = is_narrow(g->cy, g->cx)
                     ? pack_narrow(tap, 1, g->cy, g->cy, g->cx, packed)
                     : ae_pack_panel(tap, 1, g->cy, g->cy, g->cx - j, k->nr,
                                     packed);
    }
    return packed;
}

void ae_conv_backward_data_pack(const struct ae_kernels *k,
                                const struct ae_conv_shape *g, const float *w,
                                float *packed)
{
    const int step = is_narrow(g->cy, g->cx) ? g->cx : k->nr;

    for (int fy = 0; fy < g->s[0]; fy++)
        for (int fx = 0; fx < g->s[1]; fx++)
            for (int j = 0; j < g->cx; j += step)
                packed = pack_phase(k, g, fy, fx, j, w, packed);
}
