/* band.c - banding: offsets that whole rows or columns have in common, and
 * that neighbouring ones share, as sensors leave them at high gain. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "noise/noise.h"

enum direction { ANY, ROWS, COLUMNS };

struct attr {
    double sigma[2], width[2];
    int direction;
};

static const char *const directions[] = {"any", "rows", "columns", NULL};

static const struct ae_field fields[] = {
    AE_NOISE_RANGE("sigma", attr, sigma, "4", 0, 255,
                   "standard deviation, 8-bit units"),
    AE_NOISE_RANGE("width", attr, width, "1..8", 1, 256,
                   "lines that an offset spreads over"),
    AE_FIELD("direction", ENUM, attr, direction, .def = "any",
             .help = "rows, columns or any of the two", .names = directions,
             .arg = "D"),
    {0},
};

/* n offsets of deviation sigma, each the mean of `width` independent ones. */
static void draw_offsets(float *out, int n, int width, double sigma,
                         struct ae_rng *rng, float *draws)
{
    const uint64_t stream = ae_rng_u64(rng);
    const float gain = (float)(sigma / sqrt(width));

    ae_rng_normals(rng->seed, stream, 0, draws, (size_t)(n + width));
    for (int i = 0; i < n; i++) {
        float sum = 0.0f;

        for (int k = 0; k < width; k++)
            sum += draws[i + k];
        out[i] = gain * sum;
    }
}

static int apply(struct ae_ctx *ctx, const void *attr, float *data, int w,
                 int h, int c, int stride, struct ae_rng *rng, struct ae_err *e)
{
    const struct attr *a = attr;
    const double sigma = ae_noise_draw(a->sigma, rng) / 255.0;
    const int width = (int)lrint(ae_noise_draw(a->width, rng));
    const int coin = ae_rng_below(rng, 2) == 0;
    const int rows = a->direction == ROWS || (a->direction == ANY && coin);
    const int lines = rows ? h : w;
    float *add = ae_alloc(2 * (size_t)lines + (size_t)width, sizeof(*add), e);

    (void)ctx;
    if (!add)
        return AE_EMEM;
    draw_offsets(add, lines, width, sigma, rng, add + lines);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++, data += stride)
            for (int k = 0; k < c; k++)
                data[k] += add[rows ? y : x];
    free(add);
    return 0;
}

const struct ae_noise_kind ae_noise_band = {
    "band", "offsets that rows or columns have in common",
    fields, sizeof(struct attr),
    apply,  NULL,
};
