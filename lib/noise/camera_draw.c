/* camera_draw.c - how a camera is drawn.  The figures come from measured noise
 * profiles and from real pairs of noisy and clean photographs; each is named
 * with its source. */
#include "noise/camera_draw.h"

#include <math.h>

#include "noise/noise.h"

/* XYZ (D65) to the sensor's colours, times 10,000, rows R G B: Adobe's
 * published ColorMatrix2 of a dozen cameras from three makers. */
static const short adobe[][9] = {
    {4716, 603, -830, -7798, 15474, 2480, -1496, 1937, 6651},   /* 5D II */
    {6722, -635, -963, -4287, 12460, 2028, -908, 2162, 5668},   /* 5D III */
    {7034, -804, -1014, -4420, 12564, 2058, -851, 1994, 5758},  /* 6D */
    {6844, -996, -856, -3876, 11761, 2396, -593, 1772, 6198},   /* 7D */
    {8139, -2171, -663, -8747, 16541, 2295, -1925, 2008, 8093}, /* D700 */
    {9020, -2890, -715, -4535, 12436, 2348, -934, 1919, 7086},  /* D750 */
    {7866, -2108, -555, -4869, 12483, 2681, -1176, 2069, 7501}, /* D800 */
    {8198, -2239, -724, -4871, 12389, 2798, -1043, 2050, 7181}, /* D7000 */
    {5932, -1492, -411, -4813, 12285, 2856, -741, 1524, 6739},  /* A580 */
    {5271, -712, -347, -6153, 13653, 2763, -1601, 2366, 7242},  /* A7 II */
    {6629, -1900, -483, -4618, 12349, 2550, -622, 1381, 6514},  /* A7R II */
    {5973, -1695, -419, -3826, 11797, 2293, -639, 1398, 5789},  /* A6300 */
};

/* IEC 61966-2-1: linear sRGB to XYZ (D65). */
static const double to_xyz[3][3] = {
    {0.4124564, 0.3575761, 0.1804375},
    {0.2126729, 0.7151522, 0.0721750},
    {0.0193339, 0.1191920, 0.9503041},
};

/* What cameras leave of noise by octave, finest first, fitted so that the
 * correlations and the power by octave are those of 115 real pairs: luma is
 * smoothed lightly and sharpened, chroma is smoothed strongly. */
static const float luma_left[AE_STARLET_GAINS] = {0.55f, 1.3f, 0.75f,
                                                  1.4f,  2.2f, 1.8f};
static const float chroma_left[AE_STARLET_GAINS] = {0.05f, 0.16f, 0.75f,
                                                    0.65f, 0.5f,  0.8f};
#define LEFT_SPREAD 0.25 /* deviation of their logarithms */
#define SHOT_SPREAD 0.6  /* of ln(shot) among cameras at one ISO */
#define READ_SPREAD 1.1  /* of ln(read) at one shot noise */
#define MOST_DETAIL 3.0  /* more left in detail than where it is flat */
#define LEAST_TONE 0.2   /* of the S-curve after sRGB's own */

/* Uniform in the logarithm; 0 where a bound is 0. */
static double draw_log(const double range[2], struct ae_rng *rng)
{
    const double u = ae_rng_uniform(rng);

    if (range[0] <= 0.0 || range[1] <= 0.0)
        return u * range[1];
    return range[0] * pow(range[1] / range[0], u);
}

/* Fitted to 6,555 profiles of 374 cameras (darktable): green's shot noise at
 * ISO 1600 is 3.7e-5 in the median and grows as ISO^0.9, ln(read) is
 * 1.24 ln(shot) - 3.2. */
static void draw_sensor(struct ae_camera *c, double iso, struct ae_rng *rng)
{
    const double median = 3.7e-5 * pow(iso / 1600.0, 0.9);
    const double shot = median * exp(SHOT_SPREAD * ae_rng_normal(rng));
    const double noise = READ_SPREAD * ae_rng_normal(rng);

    c->shot = (float)shot;
    c->read = shot > 0.0 ? (float)exp(1.24 * log(shot) - 3.2 + noise) : 0.0f;
    c->x0 = (int)ae_rng_below(rng, 2);
    c->y0 = (int)ae_rng_below(rng, 2);
}

static void invert(float out[3][3], const double m[3][3])
{
    double det = 0.0;

    for (int i = 0; i < 3; i++)
        det += m[0][i] * (m[1][(i + 1) % 3] * m[2][(i + 2) % 3] -
                          m[1][(i + 2) % 3] * m[2][(i + 1) % 3]);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out[j][i] = (float)((m[(i + 1) % 3][(j + 1) % 3] *
                                     m[(i + 2) % 3][(j + 2) % 3] -
                                 m[(i + 1) % 3][(j + 2) % 3] *
                                     m[(i + 2) % 3][(j + 1) % 3]) /
                                det);
}

/* Between two of the cameras, rows scaled so that white gives (1, 1, 1);
 * gains of white balance as in Brooks et al. (2019) and somewhat beyond. */
static void draw_colours(struct ae_camera *c, double push, struct ae_rng *rng)
{
    const short *a = adobe[ae_rng_below(rng, AE_LEN(adobe))];
    const short *b = adobe[ae_rng_below(rng, AE_LEN(adobe))];
    const double t = ae_rng_uniform(rng);
    double m[3][3];

    for (int i = 0; i < 3; i++) {
        double sum = 0.0;

        for (int j = 0; j < 3; j++) {
            m[i][j] = 0.0;
            for (int k = 0; k < 3; k++)
                m[i][j] += (a[3 * i + k] + t * (b[3 * i + k] - a[3 * i + k])) *
                           to_xyz[k][j];
            sum += m[i][j];
        }
        for (int j = 0; j < 3; j++) {
            m[i][j] /= sum;
            c->to_raw[i][j] = (float)m[i][j];
        }
    }
    invert(c->from_raw, (const double(*)[3])m);
    c->gain[0] = (float)(push * (1.5 + 0.9 * ae_rng_uniform(rng)));
    c->gain[1] = (float)push;
    c->gain[2] = (float)(push * (1.3 + 0.9 * ae_rng_uniform(rng)));
}

static double gamma_of(double x)
{
    return x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;
}

static double linear_of(double y)
{
    return y <= 0.04045 ? y / 12.92 : pow((y + 0.055) / 1.055, 2.4);
}

/* The S-curve 3 y^2 - 2 y^3 by its share `tone`. */
static double toned(double y, double tone)
{
    return y + tone * (3.0 * y * y - 2.0 * y * y * y - y);
}

static double untoned(double y, double tone)
{
    double low = 0.0, high = 1.0;

    for (int i = 0; i < 24; i++) {
        const double middle = 0.5 * (low + high);

        if (toned(middle, tone) < y)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

static void draw_curve(struct ae_camera *c, struct ae_rng *rng)
{
    const double tone = LEAST_TONE + (1.0 - LEAST_TONE) * ae_rng_uniform(rng);

    for (int i = 0; i <= AE_CURVE + 1; i++) {
        const double u = fmin((double)i / AE_CURVE, 1.0);

        c->to_linear[i] = (float)linear_of(untoned(u, tone));
        c->to_sample[i] = (float)toned(gamma_of(u * u), tone);
    }
}

static void draw_left(float *gain, const float *left, double smooth,
                      struct ae_rng *rng)
{
    for (int i = 0; i < AE_STARLET_GAINS; i++)
        gain[i] = (float)(pow(left[i], smooth) *
                          exp(smooth * LEFT_SPREAD * ae_rng_normal(rng)));
}

void ae_camera_draw(struct ae_camera *c, const struct ae_camera_attr *a,
                    struct ae_rng *rng)
{
    const double iso = draw_log(a->iso, rng), push = draw_log(a->push, rng);
    const double smooth = ae_noise_draw(a->smooth, rng);

    draw_sensor(c, iso, rng);
    draw_colours(c, push, rng);
    draw_curve(c, rng);
    c->demosaic = (enum ae_demosaic)ae_rng_below(rng, AE_DEMOSAICS);
    draw_left(c->luma, luma_left, smooth, rng);
    draw_left(c->chroma, chroma_left, smooth, rng);
    c->detail = (float)(MOST_DETAIL * smooth * ae_rng_uniform(rng));
    /* Nothing is drawn where all stays, so a seed gives the noise it gave
     * before there was this parameter. */
    if (a->chroma[0] < 1) {
        const float share = (float)ae_noise_draw(a->chroma, rng);

        for (int i = 0; i < AE_STARLET_GAINS; i++)
            c->chroma[i] *= share;
    }
    c->coring = a->coring[1] > 0 ? (float)ae_noise_draw(a->coring, rng) : 0;
}

/* Between the entries of a table, x in 0..1. */
static float interpolate(const float *table, float x)
{
    const float at = x * AE_CURVE;
    const int i = (int)at;

    return table[i] + (at - (float)i) * (table[i + 1] - table[i]);
}

void ae_camera_expose(const struct ae_camera *c, const float *srgb, float *raw)
{
    float linear[3];

    for (int k = 0; k < 3; k++) {
        const float y = srgb[k] > 0.0f ? srgb[k] < 1.0f ? srgb[k] : 1.0f : 0.0f;

        linear[k] = interpolate(c->to_linear, y);
    }
    for (int k = 0; k < 3; k++)
        raw[k] = (c->to_raw[k][0] * linear[0] + c->to_raw[k][1] * linear[1] +
                  c->to_raw[k][2] * linear[2]) /
                 c->gain[k];
}

void ae_camera_develop(const struct ae_camera *c, const float *raw, float *srgb)
{
    float balanced[3];

    for (int k = 0; k < 3; k++)
        balanced[k] = raw[k] * c->gain[k];
    for (int k = 0; k < 3; k++) {
        const float x = c->from_raw[k][0] * balanced[0] +
                        c->from_raw[k][1] * balanced[1] +
                        c->from_raw[k][2] * balanced[2];
        const float u = sqrtf(fminf(fabsf(x), 1.0f));

        srgb[k] = copysignf(interpolate(c->to_sample, u), x);
    }
}
