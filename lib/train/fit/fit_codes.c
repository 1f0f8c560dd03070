/* fit_codes.c - encodes the training data, or ITEMS of them drawn by the seed,
 * with the model as it was saved, so that the fits belong to the weights that
 * users get, rounded or not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/linalg.h"
#include "base/rng.h"
#include "model/anomaly.h"
#include "train/fit/fit.h"

enum { BATCH = 64, ITEMS = 20000, SEED_FIT = 17 };

struct fitting {
    struct ae_ctx *ctx;
    const struct ae_train_options *o;
    const struct ae_train_data *data;
    struct ae_model *model;
    struct ae_sampler sampler; /* training's, without noise and turns */
    struct ae_batch batch;
    struct ae_anomaly anomaly;
    size_t n, code; /* items; numbers in a code */
    float *z;       /* [n][code] */
    int bounds;     /* 1: the model has evidence bounds */
    struct ae_comparison *compared;
};

/* ---------------------------------------------------------------- the file */

static int load_model(struct fitting *f, struct ae_err *e)
{
    struct ae_io *io = NULL;

    AE_TRY(ae_io_open_path(f->o->output, &io, e));
    const int rc = ae_model_read(f->ctx, io, &f->model, e);
    ae_io_close(io);
    if (rc >= 0) /* they are there when a run was killed right after this */
        ae_fits_release(&f->model->fits);
    return rc;
}

static int save_model(const struct fitting *f, struct ae_err *e)
{
    struct ae_io *io = NULL;

    AE_TRY(ae_io_create(f->o->output, &io, e));
    int rc = ae_model_write(f->ctx, f->model, f->o->save_precision ? 32 : 16,
                            NULL, 0, io, e);
    if (rc >= 0)
        rc = ae_io_commit(io, e);
    ae_io_close(io);
    return rc;
}

/* --------------------------------------------------------------- encoding */

static int init_bounds(struct fitting *f, struct ae_err *e)
{
    int method, draws;

    ae_anomaly_parse(ae_anomaly_names[AE_ANOMALY_ELBO], &method, &draws, NULL);
    const int rc = ae_anomaly_bounds(&f->anomaly, f->model, draws, 0, e);

    f->bounds = rc >= 0;
    return rc < 0 && rc != AE_EUNSUPPORTED ? rc : 0;
}

static int init_fitting(struct fitting *f, struct ae_err *e)
{
    const struct ae_train_data *d = f->data;

    f->sampler = ae_sampler_plain(&d->train);
    /* the items of users aren't binarised */
    f->sampler.binarise = AE_BINARISE_NONE;
    f->n = d->train.slots < ITEMS ? d->train.slots : ITEMS;
    AE_TRY(ae_anomaly_init(&f->anomaly, f->ctx, f->model, d->shape.h,
                           d->shape.w, BATCH, e));
    AE_TRY(ae_coder_decode(f->anomaly.coder, NULL, NULL, 0, NULL, e));
    AE_TRY(ae_batch_init(&f->batch, &f->sampler, BATCH, e));
    f->code = (size_t)ae_coder_info(f->anomaly.coder)->code;
    f->z = ae_alloc(f->n, f->code * sizeof(*f->z), e);
    return f->z ? init_bounds(f, e) : AE_EMEM;
}

/* Items i..i+n-1 to codes. */
static int encode_batch(struct fitting *f, size_t i, int n, struct ae_err *e)
{
    const struct ae_coder_items items = {f->batch.clean, f->batch.class, n, i};

    AE_TRY(ae_batch_fill(&f->batch, &f->sampler, i, e));
    AE_TRY(ae_anomaly_encode(&f->anomaly, &items, e));
    memcpy(f->z + i * f->code, f->anomaly.z,
           (size_t)n * f->code * sizeof(*f->z));
    return 0;
}

/* The first draws of an epoch are all different items.  The last batch is
 * drawn whole and used in part. */
static int encode_items(struct fitting *f, struct ae_err *e)
{
    for (size_t i = 0; i < f->n; i += BATCH)
        AE_TRY(
            encode_batch(f, i, f->n - i < BATCH ? (int)(f->n - i) : BATCH, e));
    return 0;
}

/* ---------------------------------------------------------------- fitting */

static int fit_mixture(struct fitting *f, int which, int k, struct ae_err *e)
{
    const uint64_t seed = ae_mix(f->o->seed, SEED_FIT);
    struct ae_mixture *m;
    double density;

    AE_TRY(ae_mixture_fit(f->ctx, f->z, f->n, (int)f->code, k, seed, &m,
                          &density, e));
    f->model->fits.at[which] = m;
    ae_log(f->ctx, AE_LOG_INFO,
           "codes: %d Gaussian%s, mean log-density %.3f nats", m->k,
           m->k > 1 ? "s" : "", density);
    return 0;
}

static int fit_mixtures(struct fitting *f, struct ae_err *e)
{
    if (f->n < 2 || f->code > AE_MIXTURE_DIMS) {
        ae_log(f->ctx, AE_LOG_INFO,
               "codes: nothing is fitted to %zu of %zu numbers", f->n, f->code);
        return 0;
    }
    AE_TRY(fit_mixture(f, AE_FIT_GAUSS, 1, e));
    return f->o->mixture > 0 ? fit_mixture(f, AE_FIT_MIXTURE, f->o->mixture, e)
                             : 0;
}

/* --------------------------------------------------------------- the whole */

/* The node of the code that is fitted; -1: none is. */
static int fitted_code(const struct ae_train_options *o,
                       const struct ae_graph *g)
{
    int code = ae_graph_find_output(g, "code");

    for (int i = 0; code < 0 && i < g->count; i++)
        code = g->node[i].flags & AE_IS_CODE ? i : -1;
    return o->patch ? -1 : code;
}

int ae_fit_check(const struct ae_train_options *o, const struct ae_graph *g,
                 struct ae_err *e)
{
    return fitted_code(o, g) < 0 ? 0 : ae_linalg_load(1, e);
}

/* A covariance and its axes take n d^2 and 4/3 d^3, a sketch at least a second;
 * mixtures of k Gaussians so much for each item, all rounds together. */
struct ae_fit_cost ae_fit_cost(const struct ae_train_options *o,
                               const struct ae_graph *g,
                               const struct ae_train_data *data)
{
    const double n = fmin(data->train.slots, ITEMS);
    const double d = (double)data->shape.h * data->shape.w * data->shape.c;
    const int code = fitted_code(o, g);

    if (code < 0)
        return (struct ae_fit_cost){0, 0, 0};
    const struct ae_shape z = g->node[code].shape;
    const double width = (double)z.h * z.w * z.c;
    return (struct ae_fit_cost){
        .items = n + 2 * fmin(data->held_out.slots, ITEMS),
        .mixtures = 200 * n * (o->mixture + 1) * (width * width + 100),
        .pca = d <= AE_PCA_COMPARED ? n * d * d + 4 * d * d * d / 3 : 2e10};
}

static int fit_model(struct fitting *f, struct ae_err *e)
{
    AE_TRY(load_model(f, e));
    const int rc = init_fitting(f, e);
    if (rc == AE_EUNSUPPORTED) {
        ae_log(f->ctx, AE_LOG_INFO, "codes: %s", e->msg);
        return 0;
    }
    AE_TRY(rc);
    AE_TRY(encode_items(f, e));
    AE_TRY(fit_mixtures(f, e));
    AE_TRY(ae_fit_thresholds(f->model, f->data, &f->anomaly, f->bounds, e));
    AE_TRY(save_model(f, e));
    return ae_compare_with_pca(f->compared, &f->anomaly, &f->sampler, f->n,
                               &f->data->held_out, ITEMS, e);
}

int ae_fit_codes(struct ae_ctx *ctx, const struct ae_train_options *o,
                 const struct ae_train_data *data, struct ae_comparison *c,
                 struct ae_err *e)
{
    struct fitting f = {.ctx = ctx, .o = o, .data = data, .compared = c};
    struct ae_err why = {0};

    if (o->patch)
        return 0;
    const int rc = fit_model(&f, &why);
    ae_anomaly_release(&f.anomaly);
    ae_batch_release(&f.batch);
    ae_model_free(f.model);
    free(f.z);
    return rc < 0 ? ae_fail(e, rc, "%s: %s", o->output, why.msg) : 0;
}
