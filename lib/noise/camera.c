/* camera.c - the noise `camera`: photons and read-out in a sensor's mosaic, as
 * the camera's own processing shows them.
 *
 * The picture goes back to what a sensor saw of it ("unprocessing", Brooks et
 * al. 2019: Unprocessing images for learned raw denoising), that mosaic is
 * developed twice, with and without noise, and the difference of the two is
 * what is added.  So without noise nothing changes, and a net isn't taught to
 * undo demosaicing.  What smoothing and sharpening leave of it are weights of
 * its octaves, in Y Cb Cr, since both are close to linear for small noise; and
 * where the picture has detail more is left, since cameras smooth less there.
 * `coring` takes away more where the picture has none.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/transfer.h"
#include "noise/camera_draw.h"
#include "noise/coring.h"
#include "noise/noise.h"

static const struct ae_field fields[] = {
    AE_NOISE_RANGE("iso", ae_camera_attr, iso, "400..102400", 0, 1e7,
                   "sensitivity, whose logarithm is drawn; 0: no noise"),
    AE_NOISE_RANGE(
        "rms", ae_camera_attr, rms, "0", 0, 255,
        "scaled to this root mean square, 8-bit units; 0: as iso has it"),
    AE_NOISE_RANGE("push", ae_camera_attr, push, "1..4", 1, 64,
                   "brightening after the exposure, drawn likewise"),
    AE_NOISE_RANGE("smooth", ae_camera_attr, smooth, "0.7..1.1", 0, 2,
                   "smoothing and sharpening; 0: none, 1: the usual"),
    AE_NOISE_RANGE("chroma", ae_camera_attr, chroma, "1", 0, 1,
                   "share of the remaining chroma noise that stays"),
    AE_NOISE_RANGE("coring", ae_camera_attr, coring, "0", 0, 4,
                   "threshold of faint detail, by the noise's; 0: none"),
    AE_FIELD("half", BOOL, ae_camera_attr, half, .def = "0",
             .help = "1: of a picture of twice the size, shrunk", .arg = "0|1"),
    {0},
};

/* Deviation of a detail that keeps half of what the most detailed keeps, 0..1
 * units.  In real pairs of a level of 4 noise is 0.7 times that level where
 * the picture's deviation is under 1/255, 1.0 times at 6/255, 2.1 times beyond
 * 16/255. */
#define HALF_DETAIL (12.0f / 255.0f)

/* The most that noise is amplified by behind coring. */
#define MOST_CORED 4.0

/* BT.601, as JPEG has it. */
static void to_ycc(const float *rgb, float *y, float *cb, float *cr)
{
    *y = ae_luma(rgb);
    *cb = 0.564f * (rgb[2] - *y);
    *cr = 0.713f * (rgb[0] - *y);
}

static void from_ycc(float y, float cb, float cr, float *rgb)
{
    rgb[0] = y + cr / 0.713f;
    rgb[2] = y + cb / 0.564f;
    rgb[1] = (y - 0.299f * rgb[0] - 0.114f * rgb[2]) / 0.587f;
}

/* A picture of w x h on its way; planes are w*h. */
struct shot {
    struct ae_camera camera;
    int w, h;
    struct ae_mosaic clean, noisy;
    float *plane[3];      /* Y Cb Cr of the difference */
    float *luma, *square; /* of the picture, and what is made of it */
    float *scratch;       /* of the octaves */
    float *line;          /* a row, 3 * w, three times */
};

static void release(struct shot *s)
{
    ae_free_aligned(s->clean.data);
    ae_free_aligned(s->noisy.data);
    ae_free_aligned(s->plane[0]);
    ae_free_aligned(s->scratch);
    ae_free_aligned(s->line);
}

static int init(struct shot *s, int w, int h, struct ae_err *e)
{
    const size_t n = (size_t)w * (size_t)h;
    const struct ae_mosaic empty = {NULL, w, h, s->camera.x0, s->camera.y0};

    s->w = w;
    s->h = h;
    s->clean = s->noisy = empty;
    s->clean.data = ae_alloc_aligned(ae_mosaic_size(w, h), sizeof(float), e);
    s->noisy.data = ae_alloc_aligned(ae_mosaic_size(w, h), sizeof(float), e);
    s->plane[0] = ae_alloc_aligned(n, 5 * sizeof(float), e);
    s->scratch = ae_alloc_aligned(ae_starlet_scratch(w, h), sizeof(float), e);
    s->line = ae_alloc_aligned((size_t)w, 9 * sizeof(float), e);
    if (!s->clean.data || !s->noisy.data || !s->plane[0] || !s->scratch ||
        !s->line)
        return AE_EMEM;
    s->plane[1] = s->plane[0] + n;
    s->plane[2] = s->plane[1] + n;
    s->luma = s->plane[2] + n;
    s->square = s->luma + n;
    return 0;
}

/* Row y of both mosaics, from w pixels of three samples. */
static void expose_row(struct shot *s, int y, const float *srgb, uint64_t seed,
                       uint64_t stream)
{
    float *clean = ae_mosaic_row(&s->clean, y);
    float *noisy = ae_mosaic_row(&s->noisy, y);
    const uint64_t first = (uint64_t)y * ((uint64_t)s->w + (s->w & 1));

    ae_rng_normals(seed, stream, first, noisy, (size_t)s->w);
    for (int x = 0; x < s->w; x++, srgb += 3) {
        float raw[3];

        s->luma[(size_t)y * (size_t)s->w + (size_t)x] = ae_luma(srgb);
        ae_camera_expose(&s->camera, srgb, raw);
        const float v = raw[ae_mosaic_colour(&s->clean, y, x)];
        const float variance = s->camera.shot * fmaxf(v, 0.0f) + s->camera.read;

        clean[x] = v;
        noisy[x] = fminf(v + sqrtf(variance) * noisy[x], 1.0f);
    }
}

static void develop_row(struct shot *s, int y)
{
    const size_t row = (size_t)y * (size_t)s->w;
    float *clean = s->line, *noisy = s->line + 3 * (size_t)s->w;

    ae_mosaic_demosaic(&s->clean, s->camera.demosaic, y, clean);
    ae_mosaic_demosaic(&s->noisy, s->camera.demosaic, y, noisy);
    for (size_t x = 0; x < (size_t)s->w; x++) {
        float a[3], b[3];

        ae_camera_develop(&s->camera, clean + 3 * x, a);
        ae_camera_develop(&s->camera, noisy + 3 * x, b);
        for (int k = 0; k < 3; k++)
            b[k] -= a[k];
        to_ycc(b, &s->plane[0][row + x], &s->plane[1][row + x],
               &s->plane[2][row + x]);
    }
}

/* A row of the picture as 3 * s->w samples; a picture of one channel is gray,
 * and of a half-size one each pixel is taken twice, as is each row. */
struct source {
    const float *data;
    int w, c, stride, half;
};

static const float *source_row(const struct source *from, struct shot *s, int y)
{
    const float *row = from->data + (size_t)(y >> from->half) *
                                        (size_t)from->w * (size_t)from->stride;
    float *out = s->line;

    for (int x = 0; x < s->w; x++)
        for (int k = 0; k < 3; k++)
            *out++ =
                row[(x >> from->half) * from->stride + (from->c == 3 ? k : 0)];
    return s->line;
}

/* Scales the difference by 1 in flat places, up to 1 + detail where the
 * picture has much; s->luma becomes its local mean. */
static void keep_in_detail(struct shot *s)
{
    const size_t n = (size_t)s->w * (size_t)s->h;
    float *mean = s->luma, *square = s->square;

    for (size_t i = 0; i < n; i++)
        square[i] = mean[i] * mean[i];
    ae_starlet_blur(square, square, s->w, s->h, 2, s->scratch);
    ae_starlet_blur(mean, mean, s->w, s->h, 2, s->scratch);
    for (size_t i = 0; i < n; i++) {
        const float v = fmaxf(square[i] - mean[i] * mean[i], 0.0f);
        const float more = s->camera.detail * v /
                           (v + HALF_DETAIL * HALF_DETAIL);

        for (int k = 0; k < 3; k++)
            s->plane[k][i] *= 1.0f + more;
    }
}

/* The planes become the difference of both developments, as the camera's
 * smoothing and sharpening leave it. */
static void make_difference(struct shot *s, const struct source *from,
                            struct ae_rng *rng)
{
    const uint64_t stream = ae_rng_u64(rng);

    for (int y = 0; y < s->h; y++)
        expose_row(s, y, source_row(from, s, y), rng->seed, stream);
    ae_mosaic_frame(&s->clean);
    ae_mosaic_frame(&s->noisy);
    for (int y = 0; y < s->h; y++)
        develop_row(s, y);
    for (int k = 0; k < 3; k++)
        ae_starlet_weight(s->plane[k], s->w, s->h,
                          k ? s->camera.chroma : s->camera.luma, s->scratch);
    keep_in_detail(s);
}

/* The difference at pixel (x, y), or the mean of its four. */
static float sample(const struct shot *s, int k, int y, int x, int half)
{
    const float *p = s->plane[k] + (size_t)(y << half) * (size_t)s->w +
                     (x << half);

    return half ? 0.25f * (p[0] + p[1] + p[s->w] + p[s->w + 1]) : *p;
}

/* The planes from Y Cb Cr to what each of w x h pixels and c channels gets, in
 * place: a pixel is stored no later than the first that it was made of. */
static void planes_to_rgb(struct shot *s, int w, int h, int c, int half)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const size_t i = (size_t)y * (size_t)w + (size_t)x;
            float rgb[3] = {sample(s, 0, y, x, half)};

            if (c == 3)
                from_ycc(rgb[0], sample(s, 1, y, x, half),
                         sample(s, 2, y, x, half), rgb);
            for (int k = 0; k < c; k++)
                s->plane[k][i] = rgb[k];
        }
}

static double mean_square(const struct shot *s, size_t n, int c)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < c; k++)
            sum += (double)s->plane[k][i] * s->plane[k][i];
    return sum / ((double)n * c);
}

/* Gives c planes of n samples the root mean square `rms`, unless that takes a
 * factor of more than `most`. */
static void scale_to(struct shot *s, double rms, double most, size_t n, int c)
{
    const double square = mean_square(s, n, c);
    const double factor = square > 0.0 ? fmin(rms / sqrt(square), most) : 1.0;

    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < c; k++)
            s->plane[k][i] *= (float)factor;
}

/* Cores c planes of w x h, which keep their power: what a camera leaves of
 * stronger noise. */
static int core(struct shot *s, const float *data, int w, int h, int c,
                int stride, struct ae_err *e)
{
    const size_t n = (size_t)w * (size_t)h;
    const double rms = sqrt(mean_square(s, n, c));

    for (size_t i = 0; i < n; i++, data += stride)
        s->luma[i] = c == 3 ? ae_luma(data) : *data;
    AE_TRY(ae_core_noise(s->plane, c, s->luma, w, h, s->camera.coring, e));
    scale_to(s, rms, MOST_CORED, n, c);
    return 0;
}

static int apply(struct ae_ctx *ctx, const void *attr, float *data, int w,
                 int h, int c, int stride, struct ae_rng *rng, struct ae_err *e)
{
    const struct ae_camera_attr *a = attr;
    const struct source from = {data, w, c, stride, a->half};
    const size_t n = (size_t)w * (size_t)h;
    struct shot s = {0};

    (void)ctx;
    if (c != 1 && c != 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "needs 1 or 3 colour channels, not %d", c);
    if (w > INT32_MAX / 2 || h > INT32_MAX / 2)
        return ae_fail(e, AE_ELIMIT, "the picture is too large");
    ae_camera_draw(&s.camera, a, rng);
    const double rms = ae_noise_draw(a->rms, rng) / 255.0;
    int rc = init(&s, w << a->half, h << a->half, e);
    if (!rc) {
        make_difference(&s, &from, rng);
        planes_to_rgb(&s, w, h, c, a->half);
        if (rms > 0.0)
            scale_to(&s, rms, INFINITY, n, c);
        if (s.camera.coring > 0.0f)
            rc = core(&s, data, w, h, c, stride, e);
    }
    for (size_t i = 0; !rc && i < n; i++, data += stride)
        for (int k = 0; k < c; k++)
            data[k] += s.plane[k][i];
    release(&s);
    return rc;
}

const struct ae_noise_kind ae_noise_camera = {
    "camera", "the noise of a sensor as its camera's processing shows it",
    fields,   sizeof(struct ae_camera_attr),
    apply,    NULL,
};
