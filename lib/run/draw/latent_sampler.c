/* latent_sampler.c - draws codes from a model's distribution of them: the
 * standard normal that a variational model was trained towards, or a fit to the
 * codes of its training data.  Knows nothing of items. */
#include <stdlib.h>

#include "base/err.h"
#include "base/field.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/model.h"

static const char *const names[] = {"auto", "prior", "gauss", "gmm", NULL};

#define DRAWS UINT64_C(0x7072696f72) /* apart from the fits' draws */

const struct ae_field ae_sample_fields[] = {
    AE_FIELD("seed", COUNT, ae_sample_options, seed, .group = "Options",
             .def = "0", .max = 1e15, .arg = "N",
             .help = "seed of the draws; sample I depends only on it and I"),
    AE_FIELD("sampler", ENUM, ae_sample_options, sampler, .def = "auto",
             .names = names, .arg = "prior|gauss|gmm",
             .help = "draw from the standard normal, or from the Gaussian or "
                     "mixture fitted to the training codes; by default the "
                     "last of these that the model has"),
    AE_FIELD("temperature", REAL, ae_sample_options, temperature, .def = "1",
             .max = 100, .arg = "T",
             .help = "below 1 samples are more typical, above it less"),
    AE_FIELD("radius", REAL, ae_sample_options, radius, .def = "0.5",
             .max = 100, .arg = "R",
             .help = "of `around`, as a share of the sampler's own deviations"),
    {.name = NULL},
};

struct ae_latent_sampler {
    int kind, d;
    const struct ae_mixture *fit; /* NULL: N(0, I) */
    uint64_t seed;
    double factor; /* of the deviations */
    const float *centre;
};

/* Chooses the fit that is asked for; *kind becomes its kind. */
static int choose_fit(const struct ae_model *m, int *kind, int d,
                      const struct ae_mixture **out, struct ae_err *e)
{
    const struct ae_mixture *gauss = m->fits.at[AE_FIT_GAUSS],
                            *gmm = m->fits.at[AE_FIT_MIXTURE];

    if (*kind == AE_SAMPLER_AUTO)
        *kind = gmm     ? AE_SAMPLER_GMM
                : gauss ? AE_SAMPLER_GAUSS
                        : AE_SAMPLER_PRIOR;
    *out = *kind == AE_SAMPLER_GMM     ? gmm
           : *kind == AE_SAMPLER_GAUSS ? gauss
                                       : NULL;
    if (*kind != AE_SAMPLER_PRIOR && !*out)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model keeps no %s of its training codes; `sampler` "
                       "prior draws without",
                       *kind == AE_SAMPLER_GMM ? "mixture" : "Gaussian");
    if (*out && (*out)->d != d)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "codes of %d numbers here, but of %d in training; "
                       "`sampler` prior draws them",
                       d, (*out)->d);
    return 0;
}

int ae_latent_sampler_new(const struct ae_model *m,
                          const struct ae_sample_options *o, int d,
                          struct ae_latent_sampler **out, struct ae_err *e)
{
    struct ae_latent_sampler s = {.d = d};
    struct ae_sample_options own;

    *out = NULL;
    AE_TRY(ae_fields_copy(ae_sample_fields, &own, sizeof(own), o, e));
    s.kind = own.sampler;
    s.seed = own.seed;
    s.centre = own.centre;
    s.factor = own.temperature * (own.centre ? own.radius : 1);
    AE_TRY(choose_fit(m, &s.kind, d, &s.fit, e));
    *out = ae_alloc(1, sizeof(s), e);
    if (!*out)
        return AE_EMEM;
    **out = s;
    return 0;
}

void ae_latent_sampler_free(struct ae_latent_sampler *s)
{
    free(s);
}

const char *ae_latent_sampler_name(const struct ae_latent_sampler *s)
{
    return names[s->kind];
}

void ae_latent_sampler_draw(const struct ae_latent_sampler *s, uint64_t index,
                            float *z)
{
    struct ae_rng r;

    if (s->fit) {
        ae_mixture_draw(s->fit, s->seed, index, s->factor, s->centre, z);
        return;
    }
    ae_rng_init(&r, ae_mix(s->seed, DRAWS), index);
    for (int i = 0; i < s->d; i++)
        z[i] = (float)((s->centre ? (double)s->centre[i] : 0) +
                       s->factor * ae_rng_normal(&r));
}
