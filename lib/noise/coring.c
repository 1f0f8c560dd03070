/* coring.c - see coring.h. */
#include "noise/coring.h"

#include "base/err.h"
#include "base/mem.h"
#include "noise/starlet.h"

/* The threshold of each octave, in parts of the first one's: cameras look for
 * noise in fine detail first. */
static const float parts[] = {1.0f, 0.7f, 0.4f};

/* Planes of n = w * h. */
struct coring {
    float *const *noise;
    float *luma;
    int c, w, h;
    size_t n;
    float *fine[3], *coarse[3]; /* the noise down to this octave, and below */
    float *gain;
    float *scratch;
};

static int init(struct coring *s, struct ae_err *e)
{
    float *plane = ae_alloc_aligned(s->n * (size_t)(2 * s->c + 1),
                                    sizeof(float), e);

    s->gain = plane;
    s->scratch = ae_alloc_aligned(ae_starlet_scratch(s->w, s->h), sizeof(float),
                                  e);
    if (!plane || !s->scratch)
        return AE_EMEM;
    for (int k = 0; k < s->c; k++) {
        s->fine[k] = plane += s->n;
        s->coarse[k] = plane += s->n;
        for (size_t i = 0; i < s->n; i++)
            s->fine[k][i] = s->noise[k][i];
    }
    return 0;
}

/* Splits the octave off: s->gain is its part of the picture's luma and of the
 * mean of the noise's channels together; the mean square of the latter's. */
static double split(struct coring *s, int step)
{
    double power = 0.0;

    for (size_t i = 0; i < s->n; i++)
        s->gain[i] = s->luma[i];
    ae_starlet_blur(s->luma, s->luma, s->w, s->h, step, s->scratch);
    for (int k = 0; k < s->c; k++)
        ae_starlet_blur(s->coarse[k], s->fine[k], s->w, s->h, step, s->scratch);
    for (size_t i = 0; i < s->n; i++) {
        float noise = 0.0f;
        for (int k = 0; k < s->c; k++)
            noise += (s->fine[k][i] - s->coarse[k][i]) / (float)s->c;
        s->gain[i] += noise - s->luma[i];
        power += (double)noise * noise / (double)s->n;
    }
    return power;
}

/* Shrinks the octave in the noise, by a threshold's square. */
static void shrink(struct coring *s, int step, float square)
{
    for (size_t i = 0; i < s->n; i++)
        s->gain[i] *= s->gain[i];
    ae_starlet_blur(s->gain, s->gain, s->w, s->h, step, s->scratch);
    for (int k = 0; k < s->c; k++) {
        float *fine = s->fine[k];
        for (size_t i = 0; i < s->n; i++)
            s->noise[k][i] -= square / (s->gain[i] + square) *
                              (fine[i] - s->coarse[k][i]);
        s->fine[k] = s->coarse[k];
        s->coarse[k] = fine;
    }
}

int ae_core_noise(float *const *noise, int c, float *luma, int w, int h,
                  float threshold, struct ae_err *e)
{
    struct coring s = {.noise = noise,
                       .luma = luma,
                       .c = c,
                       .w = w,
                       .h = h,
                       .n = (size_t)w * (size_t)h};
    const int rc = init(&s, e);

    for (size_t i = 0; !rc && i < AE_LEN(parts); i++) {
        const float t = threshold * parts[i];
        const float square = t * t * (float)split(&s, 1 << i);
        if (square > 0.0f)
            shrink(&s, 1 << i, square);
    }
    ae_free_aligned(s.gain);
    ae_free_aligned(s.scratch);
    return rc;
}
