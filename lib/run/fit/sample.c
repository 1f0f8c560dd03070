/* sample.c - see sample.h. */
#include "run/fit/sample.h"

#include <string.h>

#include "base/mem.h"

enum { MOST = 1000000, SIDE = 250, WINDOWS = 16 /* pixels; of a window */ };

static void plan(struct ae_fit_sample *s, int h, int w)
{
    const int across = ae_clamp(w / SIDE, 1, 4);

    *s = (struct ae_fit_sample){
        .picture = {h, w}, .count = {1, 1}, .size = {h, w}};
    if ((int64_t)h * w <= MOST)
        return;
    s->count[0] = ae_clamp(h / SIDE, 1, WINDOWS / across);
    s->count[1] = ae_clamp(w / SIDE, 1, WINDOWS / s->count[0]);
    s->size[0] = ae_min(h, SIDE);
    s->size[1] = ae_min(w, SIDE);
}

uint64_t ae_fit_sample_bytes(int h, int w)
{
    struct ae_fit_sample s;

    plan(&s, h, w);
    return sizeof(float) * AE_FIT_CHANNELS *
           (uint64_t)ae_fit_sample_windows(&s) * (uint64_t)s.size[0] *
           (uint64_t)s.size[1];
}

int ae_fit_sample_init(struct ae_fit_sample *s, int h, int w, struct ae_err *e)
{
    plan(s, h, w);
    s->px = ae_alloc_aligned(ae_fit_sample_bytes(h, w) / sizeof(float),
                             sizeof(float), e);
    return s->px ? 0 : AE_EMEM;
}

void ae_fit_sample_release(struct ae_fit_sample *s)
{
    ae_free_aligned(s->px);
    memset(s, 0, sizeof(*s));
}

/* Where window i along an axis begins. */
static int start(const struct ae_fit_sample *s, int axis, int i)
{
    const int64_t room = s->picture[axis] - s->size[axis];

    return (int)(room * (2 * i + 1) / (2 * s->count[axis]));
}

static float *at(const struct ae_fit_sample *s, int window, int y, int x)
{
    const size_t row = (size_t)window * (size_t)s->size[0] + (size_t)y;

    return s->px +
           (row * (size_t)s->size[1] + (size_t)x) * (size_t)AE_FIT_CHANNELS;
}

const float *ae_fit_sample_at(const struct ae_fit_sample *s, int window, int y,
                              int x)
{
    return at(s, window, y, x);
}

/* n pixels into three channels. */
static void copy_row(float *to, const float *from, int n, int channels,
                     int colours)
{
    for (int x = 0; x < n; x++, from += channels)
        for (int c = 0; c < AE_FIT_CHANNELS; c++)
            *to++ = from[colours == AE_FIT_CHANNELS ? c : 0];
}

void ae_fit_sample_add(struct ae_fit_sample *s, int y, const float *row,
                       int channels, int colours)
{
    for (int i = 0; i < s->count[0]; i++) {
        const int within = y - start(s, 0, i);
        if (within < 0 || within >= s->size[0])
            continue;
        for (int k = 0; k < s->count[1]; k++)
            copy_row(at(s, i * s->count[1] + k, within, 0),
                     row + (ptrdiff_t)start(s, 1, k) * channels, s->size[1],
                     channels, colours);
    }
}
