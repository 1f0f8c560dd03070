/* transfer.c - see transfer.h. */
#include "image/transfer.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Samples with an exponent up to this one are so nearly proportional to light
 * that they are converted; displays have 1.8 to 2.8. */
static const double NEARLY_LIGHT = 1.6;

/* 0 for an exponent that needs no conversion. */
static double converted(double gamma)
{
    return gamma >= 1 / NEARLY_LIGHT && gamma <= NEARLY_LIGHT ? gamma : 0;
}

double ae_transfer_of_gama(uint32_t gama)
{
    return gama ? converted(100000 / (double)gama) : 0;
}

double ae_transfer_of_cicp(int code)
{
    enum { LINEAR = 8 };

    return code == LINEAR ? 1 : 0;
}

/* ------------------------------------------------------------------- ICC */

static uint32_t be16(const unsigned char *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

/* Whether the n entries of a sampled curve lie on the straight line. */
static int is_line(const unsigned char *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const double want = 65535.0 * i / (n - 1);
        if (fabs(be16(p + 2 * (size_t)i) - want) > 1)
            return 0;
    }
    return 1;
}

/* The exponent of a curve of `size` bytes that is a power; else 0. */
static double curve_power(const unsigned char *p, size_t size)
{
    if (size < 12)
        return 0;
    const uint32_t n = ae_be32(p + 8);
    if (memcmp(p, "curv", 4) == 0) {
        if (n == 0)
            return 1;
        if (n > (size - 12) / 2)
            return 0;
        if (n == 1)
            return be16(p + 12) / 256.0;
        return is_line(p + 12, n) ? 1 : 0;
    }
    /* parametric type 0 is Y = X ^ g, g being a number of 16.16 bits */
    if (memcmp(p, "para", 4) == 0 && size >= 16 && be16(p + 8) == 0)
        return (int32_t)ae_be32(p + 12) / 65536.0;
    return 0;
}

/* The bytes of a tag; NULL where the profile lacks it or it lies outside. */
static const unsigned char *find_tag(const unsigned char *p, size_t size,
                                     const char *name, size_t *n)
{
    enum { HEADER = 128, ENTRY = 12 };

    if (size < HEADER + 4)
        return NULL;
    const size_t room = (size - HEADER - 4) / ENTRY;
    const uint32_t count = ae_be32(p + HEADER);
    for (size_t i = 0; i < count && i < room; i++) {
        const unsigned char *e = p + HEADER + 4 + i * ENTRY;
        const uint32_t at = ae_be32(e + 4), length = ae_be32(e + 8);
        if (memcmp(e, name, 4) != 0)
            continue;
        *n = length;
        return at <= size && length <= size - at ? p + at : NULL;
    }
    return NULL;
}

double ae_transfer_of_icc(const void *profile, size_t size)
{
    static const char *const colour[] = {"rTRC", "gTRC", "bTRC", NULL};
    static const char *const gray[] = {"kTRC", NULL};
    const unsigned char *p = profile;
    double gamma = 0;

    if (size < 128)
        return 0;
    const char *const *name = memcmp(p + 16, "RGB ", 4) == 0   ? colour
                              : memcmp(p + 16, "GRAY", 4) == 0 ? gray
                                                               : NULL;
    for (int i = 0; name && name[i]; i++) {
        size_t n;
        const unsigned char *tag = find_tag(p, size, name[i], &n);
        const double g = tag ? curve_power(tag, n) : 0;
        if (g == 0 || (i > 0 && fabs(g - gamma) > 1e-3))
            return 0;
        gamma = g;
    }
    return converted(gamma);
}

/* -------------------------------------------------------------- metadata */

/* The data of the first PNG chunk of a type with at least `size` bytes. */
static const unsigned char *find_chunk(const struct ae_meta *m,
                                       const char *type, size_t size)
{
    for (int i = 0; m && i < m->count; i++) {
        const struct ae_blob *b = &m->blobs[i];
        if (b->kind == AE_BLOB_CHUNK && b->size >= 4 + size &&
            memcmp(b->data, type, 4) == 0)
            return (const unsigned char *)b->data + 4;
    }
    return NULL;
}

/* By the order of precedence of PNG (third edition, 4.3): cICP, iCCP, sRGB,
 * gAMA. */
struct ae_transfer ae_transfer_find(const struct ae_meta *m, int linear)
{
    enum { PQ = 16, HLG = 18 };
    struct ae_transfer t = {.gain = 1, .least = -FLT_MAX, .most = FLT_MAX};
    const unsigned char *cicp = find_chunk(m, "cICP", 4);
    const unsigned char *gama = find_chunk(m, "gAMA", 4);
    const struct ae_blob *icc = ae_meta_get(m, AE_BLOB_ICC);

    if (linear >= 0) {
        t.gamma = linear > 0;
        return t;
    }
    if (cicp) {
        t.gamma = ae_transfer_of_cicp(cicp[1]);
        t.perceptual = cicp[1] == PQ ? "PQ" : cicp[1] == HLG ? "HLG" : NULL;
    } else if (icc) {
        t.gamma = ae_transfer_of_icc(icc->data, icc->size);
    } else if (gama && !find_chunk(m, "sRGB", 1)) {
        t.gamma = ae_transfer_of_gama(ae_be32(gama));
    }
    t.tagged = t.gamma > 0;
    return t;
}

/* ----------------------------------------------------------------- curves */

/* sRGB's curve (IEC 61966-2-1): the ends of its straight part, where the two
 * parts meet, to more digits than the standard prints. */
static const float LIGHT_END = 0.00313066844f, CODE_END = 0.0404482363f;

static float srgb_of_light(float v)
{
    return v <= LIGHT_END ? 12.92f * v : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
}

static float light_of_srgb(float v)
{
    return v <= CODE_END ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

static float encode(const struct ae_transfer *t, float v)
{
    const float gamma = (float)t->gamma;

    if (t->mapped)
        v = (fminf(fmaxf(v, t->least), t->most) - t->from) * t->gain;
    if (t->mapped && t->gain > 1)
        v = fminf(v, 1);
    if (gamma <= 0)
        return v;
    const float a = fabsf(v),
                light = gamma < 1 || gamma > 1 ? powf(a, gamma) : a;
    return copysignf(srgb_of_light(light), v);
}

/* Up to `from`, which differences don't see. */
static float decode(const struct ae_transfer *t, float v)
{
    const float inverse = (float)(1 / t->gamma);
    const float gain = t->mapped ? t->gain : 1;

    if (t->gamma <= 0)
        return v / gain;
    const float a = light_of_srgb(fabsf(v));
    return copysignf(inverse < 1 || inverse > 1 ? powf(a, inverse) : a, v) /
           gain;
}

static int is_outside(const struct ae_transfer *t, float v)
{
    return t->mapped && (v < t->least || v > t->most);
}

void ae_transfer_encode(const struct ae_transfer *t, float *row, size_t n,
                        int channels, int colours)
{
    if (!ae_transfer_converts(t))
        return;
    for (size_t x = 0; x < n; x++, row += channels)
        for (int c = 0; c < colours; c++)
            row[c] = encode(t, row[c]);
}

void ae_transfer_decode(const struct ae_transfer *t, float *row,
                        const float *was, size_t n, int channels, int colours)
{
    if (!ae_transfer_converts(t))
        return;
    for (size_t x = 0; x < n; x++, row += colours, was += channels)
        for (int c = 0; c < colours; c++) {
            const float from = encode(t, was[c]);
            const float step = decode(t, row[c]) - decode(t, from);
            const int changes = (row[c] < from || row[c] > from) &&
                                !is_outside(t, was[c]);
            row[c] = changes ? was[c] + step : was[c];
        }
}
