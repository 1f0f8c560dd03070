/* starlet.c - see starlet.h. */
#include "noise/starlet.h"

#include <string.h>

/* The longest distance of a tap from its middle. */
enum { REACH = 2 << (AE_STARLET_OCTAVES - 1) };

size_t ae_starlet_scratch(int w, int h)
{
    return 3 * (size_t)w * (size_t)h + (size_t)w + 2 * REACH;
}

/* Index i of 0..n-1, mirrored at the first and the last until it lies in. */
static int mirror(int i, int n)
{
    while (i < 0 || i >= n)
        i = n == 1 ? 0 : i < 0 ? -i : 2 * (n - 1) - i;
    return i;
}

/* Five taps of weights 1 4 6 4 1, each `step` from the next. */
static void taps(float *out, const float *const in[5], int n)
{
    for (int i = 0; i < n; i++)
        out[i] = (in[0][i] + in[4][i]) * 0.0625f +
                 (in[1][i] + in[3][i]) * 0.25f + in[2][i] * 0.375f;
}

static void blur_row(float *out, const float *in, int w, int step, float *line)
{
    float *const middle = line + 2 * step;
    const float *const tap[5] = {line, line + step, middle, middle + step,
                                 middle + 2 * step};

    memcpy(middle, in, (size_t)w * sizeof(*in));
    for (int i = 1; i <= 2 * step; i++) {
        middle[-i] = in[mirror(-i, w)];
        middle[w - 1 + i] = in[mirror(w - 1 + i, w)];
    }
    taps(out, tap, w);
}

void ae_starlet_blur(float *out, const float *in, int w, int h, int step,
                     float *scratch)
{
    const size_t n = (size_t)w;
    float *const rows = scratch, *const line = scratch + n * (size_t)h;

    for (int y = 0; y < h; y++)
        blur_row(rows + (size_t)y * n, in + (size_t)y * n, w, step, line);
    for (int y = 0; y < h; y++) {
        const float *tap[5];

        for (int k = 0; k < 5; k++)
            tap[k] = rows + (size_t)mirror(y + (k - 2) * step, h) * n;
        taps(out + (size_t)y * n, tap, w);
    }
}

void ae_starlet_weight(float *plane, int w, int h,
                       const float gain[AE_STARLET_GAINS], float *scratch)
{
    const size_t n = (size_t)w * (size_t)h;
    float *now = scratch, *next = scratch + n;

    memcpy(now, plane, n * sizeof(*plane));
    memset(plane, 0, n * sizeof(*plane));
    for (int octave = 0; octave < AE_STARLET_OCTAVES; octave++) {
        float *const done = now;

        ae_starlet_blur(next, now, w, h, 1 << octave, scratch + 2 * n);
        for (size_t i = 0; i < n; i++)
            plane[i] += gain[octave] * (now[i] - next[i]);
        now = next;
        next = done;
    }
    for (size_t i = 0; i < n; i++)
        plane[i] += gain[AE_STARLET_OCTAVES] * now[i];
}
