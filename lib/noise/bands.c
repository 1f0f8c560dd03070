/* bands.c - power of the flattest places of a picture, octave by octave.
 *
 * Patches of 8x8 samples, a sample being a pixel or a mean of 2x2 of them, go
 * through a cosine transform.  The coefficients of the upper octave
 * (u >= 4 or v >= 4) are measured; those below it only choose the patches,
 * the flattest tenth, so that the choice doesn't bias the measure: in white
 * noise the two are independent.  The eigenvalues of the measured
 * coefficients' covariance (Chen, Zhu, Heng 2015; Liu, Tanaka, Okutomi 2013)
 * tell noise, which is in all of them, from texture, which is in few.  How
 * alike the patches are tells them apart too: noise is everywhere the same,
 * texture has edges and gaps.
 *
 * Clipped samples hide noise: patches with many are left out, and for the
 * few of the others the result is corrected. */
#include "noise/bands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/mem.h"

enum {
    SIDE = 8, AREA = SIDE * SIDE,
    LARGEST = SIDE << (AE_BANDS - 1),           /* pixels a side */
    HALF = SIDE / 2, TOP = AREA - HALF * HALF,  /* of the upper octave */
    LOWEST = 8,                  /* eigenvalues that `low` averages */
    CHUNK = 64,                  /* patches a task takes */
    FEW = 2 * TOP,               /* patches: fewer tell no spectrum */
    ENOUGH = 400                 /* patches for a covariance, if there are */
};

/* The square root of the mean of the LOWEST eigenvalues of white noise of
 * deviation 1: chance spreads them, from 0.77 for 400 patches to 0.84 for
 * 1600. */
static const double low_in_white = 0.82;

/* At most so many patches are looked at, this far apart at least. */
static const int patches_max[AE_BANDS] = {9000, 5000};
static const int step_min[AE_BANDS] = {3, 2};

struct patch {
    float low;                   /* energy below the upper octave */
    float clipped;               /* share of its samples, 0..1 */
    int at;                      /* its place among `top` */
};

struct survey {
    const struct ae_area *area;
    int planes, scale;           /* scale: pixels a side of a sample */
    int nx, ny, step;            /* grid of patches; step in samples */
    float basis[AREA * AREA];    /* cosine transform, [pixel][coefficient] */
    float *top;                  /* [plane][patch][TOP] */
    struct patch *patch;         /* [plane][patch] */
};

/* ------------------------------------------------------------- patches */

/* Coefficients of the upper octave come first, then the others, the mean
 * last. */
static void make_basis(float *basis)
{
    double c[SIDE][SIDE];
    int k = 0;

    for (int u = 0; u < SIDE; u++)
        for (int x = 0; x < SIDE; x++)
            c[u][x] = cos((2 * x + 1) * u * 3.14159265358979323846 / 16.0) *
                      (u ? 0.5 : 0.35355339059327376);
    for (int pass = 0; pass < 2; pass++)
        for (int i = AREA - 1; i >= 0; i--) {
            const int u = i / SIDE, v = i % SIDE;

            if ((u < HALF && v < HALF) != pass)
                continue;
            for (int y = 0; y < SIDE; y++)
                for (int x = 0; x < SIDE; x++)
                    basis[(y * SIDE + x) * AREA + k] =
                        (float)(c[u][y] * c[v][x]);
            k++;
        }
}

/* Index i mirrored into 0..n-1, for pictures smaller than a patch. */
static int mirror(int i, int n)
{
    i %= 2 * n;
    return i < n ? i : 2 * n - 1 - i;
}

/* Three channels become luma and two of chroma, orthonormal. */
static void rotate(float *v)
{
    const float r = v[0], g = v[1], b = v[2];

    v[0] = (r + g + b) * 0.57735027f;
    v[1] = (r - b) * 0.70710678f;
    v[2] = (r - 2.0f * g + b) * 0.40824829f;
}

/* The samples of the patch at (x0, y0), in 8-bit units, plane by plane into
 * out[plane * CHUNK * AREA ..]; returns the share that is clipped. */
static float gather(const struct survey *s, int x0, int y0, float *out)
{
    const struct ae_area *a = s->area;
    const int k = s->scale, side = SIDE * k;
    const float gain = 255.0f / (float)(k * k);
    float sum[AREA][AE_BAND_PLANES] = {{0.0f}};
    float row[LARGEST * AE_BAND_PLANES];
    int at[LARGEST], clipped = 0;

    /* a patch goes beyond the area only where that is smaller */
    for (int x = 0; x < side; x++)
        at[x] = (mirror(x0 + x, a->w) - x0) * a->channels;
    for (int y = 0; y < side; y++) {
        a->get(a->arg, mirror(y0 + y, a->h), x0, ae_min(side, a->w - x0),
               row);
        for (int x = 0; x < side; x++)
            for (int c = 0; c < s->planes; c++) {
                const float v = row[at[x] + c];

                clipped += v <= 0.0f || v >= 1.0f;
                sum[y / k * SIDE + x / k][c] += v;
            }
    }
    for (int i = 0; i < AREA; i++) {
        if (s->planes == 3)
            rotate(sum[i]);
        for (int c = 0; c < s->planes; c++)
            out[c * CHUNK * AREA + i] = gain * sum[i][c];
    }
    return (float)clipped / (float)(side * side * s->planes);
}

static void survey_task(void *arg, int task, int thread)
{
    const struct survey *s = arg;
    const int n = s->nx * s->ny, first = task * CHUNK;
    const int count = ae_min(CHUNK, n - first);
    float in[AE_BAND_PLANES * CHUNK * AREA], out[CHUNK * AREA];
    float clipped[CHUNK];

    (void)thread;
    for (int i = 0; i < count; i++) {
        const int x = (first + i) % s->nx, y = (first + i) / s->nx;

        clipped[i] = gather(s, x * s->step * s->scale,
                            y * s->step * s->scale, in + i * AREA);
    }
    for (int c = 0; c < s->planes; c++) {
        const size_t base = (size_t)c * (size_t)n + (size_t)first;

        ae_gemm(in + c * CHUNK * AREA, s->basis, out, count, AREA, AREA);
        for (int i = 0; i < count; i++) {
            const float *z = out + i * AREA;
            float low = 0.0f;

            for (int k = TOP; k < AREA - 1; k++)
                low += z[k] * z[k];
            memcpy(s->top + (base + (size_t)i) * TOP, z, TOP * sizeof *z);
            s->patch[base + (size_t)i] =
                (struct patch){low, clipped[i], first + i};
        }
    }
}

/* ----------------------------------------------------------- selection */

static int by_flatness(const void *a, const void *b)
{
    const struct patch *p = a, *q = b;

    return p->low != q->low ? (p->low > q->low) - (p->low < q->low)
                            : (p->at > q->at) - (p->at < q->at);
}

/* Drops patches with many clipped samples, unless hardly any are left. */
static int drop_clipped(struct patch *p, int n)
{
    int kept = 0;

    for (int i = 0; i < n; i++)
        kept += p[i].clipped <= 0.15f;
    if (kept < ae_min(n, ENOUGH / 2))
        return n;
    kept = 0;
    for (int i = 0; i < n; i++)
        if (p[i].clipped <= 0.15f)
            p[kept++] = p[i];
    return kept;
}

/* What clipping leaves of a gaussian's standard deviation: with a share q of
 * the samples clipped at one end, 1 - 0.87 q to within 1 % for q <= 0.2. */
static double left_by_clipping(const struct patch *p, int n)
{
    double q = 0.0;

    for (int i = 0; i < n; i++)
        q += (double)p[i].clipped / n;
    return 1.0 - 0.87 * fmin(q, 0.2);
}

/* Geometric over arithmetic mean of the energies of n patches, so 1 where
 * all have the same and towards 0 where few have the most.  A hundredth of a
 * squared 8-bit unit on top, far below what rounding leaves, is for what is
 * quite flat. */
static double evenness(const float *rows, int n)
{
    double sum = 0.0, logs = 0.0;

    for (int i = 0; i < n; i++) {
        double energy = 0.0;

        for (int k = 0; k < TOP; k++)
            energy += (double)rows[i * TOP + k] * rows[i * TOP + k] / TOP;
        sum += energy + 0.01;
        logs += log(energy + 0.01);
    }
    return exp(logs / n) / (sum / n);
}

/* Levels, squared, from the eigenvalues of the covariance of n patches; too
 * few patches leave eigenvalues empty, and then it is their mean. */
static int levels_of(const float *rows, int n, double *level, double *low,
                     struct ae_err *e)
{
    double cov[TOP * TOP], value[TOP], mean = 0.0;
    float gram[TOP * TOP] = {0.0f};
    int rc;

    ae_gram(rows, n, TOP, gram);
    for (int i = 0; i < TOP * TOP; i++)
        cov[i] = (double)gram[i] / n;
    rc = ae_eigen_sym(cov, TOP, value, 0, e);
    if (rc < 0)
        return rc;
    *low = 0.0;
    for (int i = 0; i < TOP; i++) {
        mean += value[i] / TOP;
        *low += i < LOWEST ? value[i] / LOWEST : 0.0;
    }
    *level = n < FEW ? mean : value[TOP / 2];
    *low = n < FEW ? mean : *low;
    return 0;
}

static int measure(const struct survey *s, const float *top,
                   const struct patch *p, int n, struct ae_band *band,
                   struct ae_err *e)
{
    float *rows = ae_alloc((size_t)n, TOP * sizeof *rows, e);
    const double gain = s->scale / left_by_clipping(p, n);
    double level = 0.0, low = 0.0;
    int rc;

    if (!rows)
        return AE_EMEM;
    for (int i = 0; i < n; i++)
        memcpy(rows + (size_t)i * TOP, top + (size_t)p[i].at * TOP,
               TOP * sizeof *rows);
    rc = levels_of(rows, n, &level, &low, e);
    band->level = gain * sqrt(fmax(level, 0.0));
    band->low = gain * sqrt(fmax(low, 0.0)) / (n < FEW ? 1.0 : low_in_white);
    band->even = n < FEW ? 0.0 : evenness(rows, n);
    free(rows);
    return rc;
}

static int measure_plane(const struct survey *s, int plane,
                         struct ae_band *band, struct ae_err *e)
{
    const size_t n = (size_t)(s->nx * s->ny), base = (size_t)plane * n;
    struct patch *p = s->patch + base;
    const int kept = drop_clipped(p, (int)n);

    qsort(p, (size_t)kept, sizeof *p, by_flatness);
    return measure(s, s->top + base * TOP, p,
                   ae_max(kept / 10, ae_min(kept, ENOUGH)), band, e);
}

/* The grid of octave k: as dense as the limits allow. */
static void lay_grid(struct survey *s, int k)
{
    const int w = s->area->w / s->scale, h = s->area->h / s->scale;

    for (s->step = step_min[k];; s->step++) {
        s->nx = 1 + ae_max(w - SIDE, 0) / s->step;
        s->ny = 1 + ae_max(h - SIDE, 0) / s->step;
        if ((int64_t)s->nx * s->ny <= patches_max[k])
            return;
    }
}

int ae_bands_measure(struct ae_ctx *ctx, const struct ae_area *area,
                     struct ae_band band[AE_BAND_PLANES][AE_BANDS],
                     struct ae_err *e)
{
    struct survey *s = ae_alloc(1, sizeof *s, e);
    int rc = s ? 0 : AE_EMEM;

    if (rc < 0)
        return rc;
    s->area = area;
    s->planes = ae_min(area->c, AE_BAND_PLANES);
    make_basis(s->basis);
    for (int k = 0; rc == 0 && k < AE_BANDS; k++) {
        s->scale = 1 << k;
        lay_grid(s, k);
        const int n = s->nx * s->ny;

        s->top = ae_alloc((size_t)n * (size_t)s->planes,
                          TOP * sizeof *s->top, e);
        s->patch = ae_alloc((size_t)n * (size_t)s->planes, sizeof *s->patch,
                            e);
        if (!s->top || !s->patch)
            rc = AE_EMEM;
        else
            ae_par_for(ctx->pool, (n + CHUNK - 1) / CHUNK, survey_task, s);
        for (int c = 0; rc == 0 && c < s->planes; c++)
            rc = measure_plane(s, c, &band[c][k], e);
        free(s->top);
        free(s->patch);
    }
    free(s);
    return rc;
}
