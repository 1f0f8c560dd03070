/* mix.c - see mix.h.
 *
 * What is taken from a pixel is a difference in R, G and B.  The Y of this
 * difference is that of the brightness.  Subtracted from R, G and B alike it
 * leaves a rest without Y, which is what the differences of Cb and Cr make of
 * R, G and B.  So shares of Y and of Cb, Cr need no matrix but the row of Y. */
#include "run/denoise/mix.h"

#include "image/transfer.h"

struct ae_mix ae_mix_of(const struct ae_denoise_options *o)
{
    const struct ae_mix m = {
        (float)(o->strength * o->luma), (float)(o->strength * o->chroma),
        o->strength >= 1 && o->luma >= 1 && o->chroma >= 1};

    return m;
}

int ae_mix_is_none(const struct ae_denoise_options *o)
{
    return o->strength <= 0 || (o->luma <= 0 && o->chroma <= 0);
}

/* Multiplies a pixel's difference by the shares of brightness and colour. */
static void take_shares(const struct ae_mix *m, float *step)
{
    const float y = ae_luma(step);

    for (int c = 0; c < 3; c++)
        step[c] = m->luma * y + m->chroma * (step[c] - y);
}

void ae_mix_row(const struct ae_mix *m, float *net, int k, const float *in,
                int channels, const float *mask, size_t n)
{
    /* where both shares are one number nothing is taken apart */
    const int apart = k == 3 && (m->luma < m->chroma || m->luma > m->chroma);
    float step[4];

    for (size_t x = 0; x < n; x++, net += k, in += channels) {
        const float share = (apart ? 1 : m->luma) * (mask ? mask[x] : 1);
        if (!apart && share >= 1)
            continue; /* the net's, to the last bit */
        for (int c = 0; c < k; c++)
            step[c] = net[c] - in[c];
        if (apart)
            take_shares(m, step);
        for (int c = 0; c < k; c++)
            net[c] = in[c] + share * step[c];
    }
}
