/* binarise.c - see binarise.h. */
#include "model/binarise.h"

#include <string.h>

#define HALF (0.5 - 1e-9) /* a half itself becomes 1 */

const char *const ae_binarise_names[] = {"none", "threshold", "draw", NULL};

enum ae_binarise ae_binarise_find(const char *name)
{
    for (int i = 0; name && ae_binarise_names[i]; i++)
        if (strcmp(ae_binarise_names[i], name) == 0)
            return (enum ae_binarise)i;
    return AE_BINARISE_NONE;
}

void ae_binarise(enum ae_binarise how, uint64_t seed, uint64_t index, float *v,
                 size_t n)
{
    struct ae_rng rng;

    if (how == AE_BINARISE_NONE)
        return;
    ae_rng_init(&rng, seed, index);
    for (size_t i = 0; i < n; i++)
        v[i] = (double)v[i] > (how == AE_BINARISE_DRAW
                                   ? ae_rng_u32(&rng) / 4294967296.0
                                   : HALF);
}
