/* gauss.h - a number of a Gaussian code, N(mu, exp(logvar)). */
#ifndef AE_NN_LAYER_GAUSS_H
#define AE_NN_LAYER_GAUSS_H

#include <math.h>

/* Log-variances beyond +-20 say nothing and would overflow exp(). */
static inline float ae_gauss_logvar(float logvar)
{
    return fminf(fmaxf(logvar, -20), 20);
}

/* A draw by a standard normal `eps`, which can be differentiated by mu and
 * logvar (reparameterisation: Kingma, Welling 2014). */
static inline float ae_gauss_draw(float mu, float logvar, float eps)
{
    return mu + expf(0.5f * logvar) * eps;
}

/* log q(z|x) - log p(z) of that draw z, whose constants cancel. */
static inline double ae_gauss_log_ratio(float z, float logvar, float eps)
{
    return 0.5 * ((double)z * z - (double)eps * eps - (double)logvar);
}

#endif
