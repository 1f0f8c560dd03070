/* fft.c - the one door to FFTW, in single precision.
 *
 * Plans are estimated, never measured: a measured plan would differ from run
 * to run, and its last bits with it.  FFTW's planner isn't reentrant, so it
 * is behind a lock; running a plan needs none. */
#include "base/fft.h"

#include <fftw3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct ae_fft2 {
    int h, w;
    float *real;
    fftwf_complex *spectrum;
    fftwf_plan forward, inverse;
};

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

int ae_fft2_new(int h, int w, struct ae_fft2 **out, struct ae_err *e)
{
    size_t n, half;
    int rc;

    *out = NULL;
    if (h < 1 || w < 1)
        return ae_fail(e, AE_EARG, "fft of %d x %d", h, w);
    struct ae_fft2 *f = ae_alloc(1, sizeof(*f), e);
    if (!f)
        return AE_EMEM;
    f->h = h;
    f->w = w;
    if ((rc = ae_mul((size_t)h, (size_t)w, &n, e)) < 0 ||
        (rc = ae_mul((size_t)h, (size_t)w / 2 + 1, &half, e)) < 0)
        goto out;
    f->real = ae_alloc_aligned(n, sizeof(float), e);
    f->spectrum = ae_alloc_aligned(half, sizeof(fftwf_complex), e);
    if (!f->real || !f->spectrum) {
        rc = AE_EMEM;
        goto out;
    }
    pthread_mutex_lock(&planner);
    f->forward = fftwf_plan_dft_r2c_2d(h, w, f->real, f->spectrum,
                                       FFTW_ESTIMATE);
    f->inverse = fftwf_plan_dft_c2r_2d(h, w, f->spectrum, f->real,
                                       FFTW_ESTIMATE);
    pthread_mutex_unlock(&planner);
    if (!f->forward || !f->inverse) {
        rc = ae_fail(e, AE_EMEM, "no plan for an fft of %d x %d", h, w);
        goto out;
    }
    *out = f;
    return 0;
out:
    ae_fft2_free(f);
    return rc;
}

void ae_fft2_free(struct ae_fft2 *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&planner);
    if (f->forward)
        fftwf_destroy_plan(f->forward);
    if (f->inverse)
        fftwf_destroy_plan(f->inverse);
    pthread_mutex_unlock(&planner);
    ae_free_aligned(f->real);
    ae_free_aligned(f->spectrum);
    free(f);
}

float *ae_fft2_real(struct ae_fft2 *f)
{
    return f->real;
}

float *ae_fft2_complex(struct ae_fft2 *f)
{
    return &f->spectrum[0][0];
}

void ae_fft2_forward(struct ae_fft2 *f)
{
    fftwf_execute(f->forward);
}

void ae_fft2_inverse(struct ae_fft2 *f)
{
    size_t n = (size_t)f->h * (size_t)f->w;
    float scale = 1.0f / (float)n;

    fftwf_execute(f->inverse);
    for (size_t i = 0; i < n; i++)
        f->real[i] *= scale;
}
