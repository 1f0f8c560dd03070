/* latent_math.c - draws from codes, and points between them. */
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/rng.h"

enum { RUN = 64, STREAM_DRAW = 31 };

void ae_latent_draw(float *z, const float *logvar, int d, uint64_t seed,
                    uint64_t index)
{
    float normal[RUN];

    for (int i = 0; i < d; i++) {
        if (i % RUN == 0)
            ae_rng_normals(seed, ae_mix(STREAM_DRAW, index), (uint64_t)i,
                           normal, RUN);
        z[i] += expf(0.5f * logvar[i]) * normal[i % RUN];
    }
}

void ae_latent_lerp(const float *a, const float *b, double t, int d, float *out)
{
    /* The ends come out as they are. */
    if (t <= 0 || t >= 1) {
        memcpy(out, t <= 0 ? a : b, (size_t)d * sizeof(*out));
        return;
    }
    for (int i = 0; i < d; i++)
        out[i] = (float)(a[i] + t * ((double)b[i] - a[i]));
}

void ae_latent_slerp(const float *a, const float *b, double t, int d,
                     float *out)
{
    double aa = 0, bb = 0, ab = 0;

    for (int i = 0; i < d; i++) {
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
        ab += (double)a[i] * b[i];
    }
    const double la = sqrt(aa), lb = sqrt(bb);
    const double cosine = fmax(-1, fmin(1, ab / (la * lb)));
    const double angle = acos(cosine), s = sin(angle);
    if (!(la > 0 && lb > 0) || s < 1e-6 || t <= 0 || t >= 1) {
        ae_latent_lerp(a, b, t, d, out);
        return;
    }
    const double length = la + t * (lb - la);
    const double wa = sin((1 - t) * angle) / s / la * length;
    const double wb = sin(t * angle) / s / lb * length;
    for (int i = 0; i < d; i++)
        out[i] = (float)(wa * a[i] + wb * b[i]);
}
