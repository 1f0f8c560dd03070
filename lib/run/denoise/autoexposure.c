/* autoexposure.c - see autoexposure.h.
 *
 * Brightness is the value that a thousandth of the samples exceeds, so that a
 * few stars or hot pixels don't count.  Where it lies below half of full scale,
 * the gain brings it there. */
#include "run/denoise/autoexposure.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Beyond this gain the steps between samples would outweigh the noise. */
enum { MOST = 128 };

int ae_autoexposure_init(struct ae_autoexposure *x,
                         const struct ae_image_info *info, struct ae_err *e)
{
    const int k = info->channels - info->alpha;

    memset(x, 0, sizeof(*x));
    x->maxval = (int)info->maxval;
    x->limit = x->maxval / 2;
    x->enough = (uint64_t)info->w * (uint64_t)info->h * (uint64_t)k / 1000 + 1;
    x->count = ae_alloc((size_t)x->limit + 1, sizeof(*x->count), e);
    return x->count ? 0 : AE_EMEM;
}

void ae_autoexposure_release(struct ae_autoexposure *x)
{
    free(x->count);
    memset(x, 0, sizeof(*x));
}

int ae_autoexposure_add(struct ae_autoexposure *x,
                        const struct ae_image_info *info, const void *row)
{
    const uint16_t *v = row;
    const int k = info->channels - info->alpha;

    for (int i = 0; i < info->w; i++, v += info->channels)
        for (int c = 0; c < k; c++) {
            if (v[c] > x->limit)
                x->bright++;
            else
                x->count[v[c]]++;
        }
    return x->bright >= x->enough;
}

double ae_autoexposure_gain(const struct ae_autoexposure *x)
{
    uint64_t above = x->bright;
    int top = x->limit;

    while (top > 0 && above < x->enough)
        above += x->count[top--];
    if (above < x->enough || top + 1 > x->limit)
        return 1;
    const double gain = (double)x->limit / (top + 1);
    return gain < MOST ? gain : MOST;
}
