/* fit_codes.c - encodes the training data, or AE_FIT_CODES_ITEMS of them drawn
 * by the seed, with the model as it was saved, so that what is fitted belongs
 * to the weights that users get, rounded or not. */
#include "train/fit/fit_codes.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/anomaly.h"
#include "train/fit/pca.h"

enum { BATCH = 64 };
#define SEED_FIT 17

struct finish {
    struct ae_trainer *t;
    struct ae_model *model;
    struct ae_sampler sampler; /* training's, without noise and turns */
    struct ae_batch batch;
    struct ae_anomaly anomaly;
    size_t n, code; /* items; numbers in a code */
    float *z;       /* [n][code] */
    double *score;  /* [n] */
    double *bound;  /* [n], NULL: the model has none */
};

static int load(struct finish *f, struct ae_err *e)
{
    struct ae_io *io = NULL;
    int r = ae_io_open_path(f->t->o.output, &io, e);

    if (r >= 0)
        r = ae_model_read(f->t->ctx, io, &f->model, e);
    ae_io_close(io);
    if (r >= 0) /* of a run killed right after this */
        ae_fits_release(&f->model->fits);
    return r;
}

static int save(const struct finish *f, struct ae_err *e)
{
    struct ae_io *io = NULL;
    int r = ae_io_create(f->t->o.output, &io, e);

    if (r >= 0)
        r = ae_model_write(f->t->ctx, f->model,
                           f->t->o.save_precision ? 32 : 16, NULL, 0, io, e);
    if (r >= 0)
        r = ae_io_commit(io, e);
    ae_io_close(io);
    return r;
}

static int prepare(struct finish *f, struct ae_err *e)
{
    const struct ae_trainer *t = f->t;
    int method, draws;

    f->sampler = t->train;
    f->sampler.noise = NULL;
    f->sampler.augment = AE_AUGMENT_NONE;
    f->sampler.binarise = AE_BINARISE_NONE; /* users' items aren't */
    f->n = t->train.slots < AE_FIT_CODES_ITEMS ? t->train.slots
                                               : AE_FIT_CODES_ITEMS;
    int r = ae_anomaly_init(&f->anomaly, t->ctx, f->model, t->shape.h,
                            t->shape.w, BATCH, e);
    if (r >= 0)
        r = ae_coder_decode(f->anomaly.coder, NULL, NULL, 0, NULL, e);
    if (r >= 0)
        r = ae_batch_init(&f->batch, &f->sampler, BATCH, e);
    if (r < 0)
        return r;
    f->code = (size_t)ae_coder_info(f->anomaly.coder)->code;
    f->z = ae_alloc(f->n, f->code * sizeof(*f->z), e);
    f->score = ae_alloc(f->n, sizeof(*f->score), e);
    if (!f->z || !f->score)
        return AE_EMEM;
    ae_anomaly_parse(ae_anomaly_names[AE_ANOMALY_ELBO], &method, &draws, NULL);
    r = ae_anomaly_bounds(&f->anomaly, f->model, draws, 0, e);
    if (r == AE_EUNSUPPORTED)
        return 0;
    f->bound = r < 0 ? NULL : ae_alloc(f->n, sizeof(*f->bound), e);
    return r < 0 ? r : f->bound ? 0 : AE_EMEM;
}

/* The first draws of an epoch are all different items.  The last batch is
 * drawn whole and used in part. */
static int encode(struct finish *f, struct ae_err *e)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < f->n; i += BATCH) {
        const int n = f->n - i < BATCH ? (int)(f->n - i) : BATCH;
        const struct ae_coder_items items = {f->batch.clean, f->batch.class, n,
                                             i};
        r = ae_batch_fill(&f->batch, &f->sampler, i, e);
        if (r >= 0)
            r = ae_anomaly_run(&f->anomaly, AE_ANOMALY_RECONSTRUCTION, &items,
                               f->score + i, e);
        if (r >= 0)
            memcpy(f->z + i * f->code, f->anomaly.z,
                   (size_t)n * f->code * sizeof(*f->z));
        if (r >= 0 && f->bound)
            r = ae_anomaly_run(&f->anomaly, AE_ANOMALY_ELBO, &items,
                               f->bound + i, e);
    }
    return r;
}

static int fit(struct finish *f, int which, int k, struct ae_err *e)
{
    const uint64_t seed = ae_mix(f->t->o.seed, SEED_FIT);
    struct ae_mixture *m;
    double density;

    int r = ae_mixture_fit(f->t->ctx, f->z, f->n, (int)f->code, k, seed, &m,
                           &density, e);
    if (r >= 0) {
        f->model->fits.at[which] = m;
        ae_log(f->t->ctx, AE_LOG_INFO,
               "codes: %d Gaussian%s, mean log-density %.3f nats", m->k,
               m->k > 1 ? "s" : "", density);
    }
    return r;
}

static int fit_codes(struct finish *f, struct ae_err *e)
{
    int r = 0;

    if (f->n < 2 || f->code > AE_MIXTURE_DIMS) {
        ae_log(f->t->ctx, AE_LOG_INFO,
               "codes: nothing is fitted to %zu of %zu numbers", f->n, f->code);
        return 0;
    }
    r = fit(f, AE_FIT_GAUSS, 1, e);
    if (r >= 0 && f->t->o.mixture > 0)
        r = fit(f, AE_FIT_MIXTURE, f->t->o.mixture, e);
    return r;
}

/* Quantiles of the reconstructions' errors, the codes' distances and the
 * evidence bounds. */
static int keep_scores(struct finish *f, struct ae_err *e)
{
    const struct ae_mixture *gauss = f->model->fits.at[AE_FIT_GAUSS];
    double room[AE_MIXTURE_DIMS];
    json_t *all = json_object();
    int bad = json_object_set_new(all,
                                  ae_anomaly_names[AE_ANOMALY_RECONSTRUCTION],
                                  ae_quantiles_json(f->score, f->n));

    for (size_t i = 0; gauss && i < f->n; i++)
        f->score[i] = ae_mixture_distance(gauss, 0, f->z + i * f->code, room);
    if (gauss)
        bad |= json_object_set_new(all,
                                   ae_anomaly_names[AE_ANOMALY_MAHALANOBIS],
                                   ae_quantiles_json(f->score, f->n));
    if (f->bound)
        bad |= json_object_set_new(all, ae_anomaly_names[AE_ANOMALY_ELBO],
                                   ae_quantiles_json(f->bound, f->n));
    bad |= json_object_set_new(f->model->meta, "scores", all);
    return bad ? ae_fail(e, AE_EMEM, "no memory for the scores") : 0;
}

/* How well a linear code of the same size does on what is held out, which
 * tells whether the net is worth its while. */
static int compare(struct finish *f, struct ae_err *e)
{
    const size_t all = f->t->held.slots;
    struct ae_sampler held = f->t->held;
    double mine = 0, linear = 0, score[BATCH];
    struct ae_pca p;
    struct ae_batch b = {0};
    int n = 0;

    held.noise = NULL;
    if (f->batch.item > AE_PCA_COMPARED || f->code >= f->batch.item) {
        ae_log(f->t->ctx, AE_LOG_INFO,
               "no PCA beside it: items of %zu values, at most %d, to codes of "
               "%zu",
               f->batch.item, AE_PCA_COMPARED, f->code);
        return 0;
    }
    int r = ae_pca_fit(&p, &f->sampler, f->n, (int)f->code, e);
    if (r >= 0)
        r = ae_batch_init(&b, &held, BATCH, e);
    for (size_t i = 0; r >= 0 && i < all && i < AE_FIT_CODES_ITEMS;
         i += BATCH) {
        const int k = all - i < BATCH ? (int)(all - i) : BATCH;
        const struct ae_coder_items items = {b.clean, b.class, k, i};
        r = ae_batch_fill(&b, &held, i, e);
        if (r >= 0)
            r = ae_anomaly_run(&f->anomaly, AE_ANOMALY_RECONSTRUCTION, &items,
                               score, e);
        for (int j = 0; r >= 0 && j < k; j++)
            mine += score[j];
        linear += r >= 0 ? k * ae_pca_error(&p, b.clean, k) : 0;
        n += k;
    }
    if (r >= 0)
        ae_log(f->t->ctx, AE_LOG_NOTE,
               "held out: mean squared error %.5f; PCA of %zu numbers: %.5f",
               mine / n, f->code, linear / n);
    ae_batch_release(&b);
    ae_pca_release(&p);
    return r;
}

static void release(struct finish *f)
{
    ae_anomaly_release(&f->anomaly);
    ae_batch_release(&f->batch);
    ae_model_free(f->model);
    free(f->z);
    free(f->score);
    free(f->bound);
}

int ae_fit_codes(struct ae_trainer *t, struct ae_err *e)
{
    struct finish f = {.t = t};
    struct ae_err why = {0};

    if (t->o.patch)
        return 0;
    int r = load(&f, &why);
    if (r >= 0)
        r = prepare(&f, &why);
    if (r == AE_EUNSUPPORTED) {
        ae_log(t->ctx, AE_LOG_INFO, "codes: %s", why.msg);
        release(&f);
        return 0;
    }
    if (r >= 0)
        r = encode(&f, &why);
    if (r >= 0)
        r = fit_codes(&f, &why);
    if (r >= 0)
        r = keep_scores(&f, &why);
    if (r >= 0)
        r = save(&f, &why);
    if (r >= 0)
        r = compare(&f, &why);
    release(&f);
    return r < 0 ? ae_fail(e, r, "%s: %s", t->o.output, why.msg) : 0;
}
