/* fuzz_noise.c - chains of noise: refused with a word, or applied twice to a
 * small picture with the same finite result. */
#include <math.h>

#include "picture.h"

enum { SIDE = 12, SAMPLES = SIDE * SIDE * 3 };

static void apply(const struct ae_noise *n, float *data, double *rms)
{
    struct ae_err e = {0};

    for (int i = 0; i < SAMPLES; i++)
        data[i] = (float)(i * 7 % 256) / 255.0f;
    const int rc = ae_noise_apply(picture_context(), n, data, SIDE, SIDE, 3, 3,
                                  255, 1, 2, rms, &e);
    if (rc < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float one[SAMPLES], two[SAMPLES];
    struct ae_noise *n;
    struct ae_err e = {0};
    double rms, again;
    char *text = calloc(1, size + 1);

    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    const int rc = ae_noise_parse(text, &n, &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0) {
        apply(n, one, &rms);
        apply(n, two, &again);
        if (memcmp(one, two, sizeof(one)) != 0 || !isfinite(rms))
            abort();
        for (int i = 0; i < SAMPLES; i++)
            if (!(one[i] >= 0 && one[i] <= 1))
                abort();
        ae_noise_free(n);
    }
    free(text);
    return 0;
}
