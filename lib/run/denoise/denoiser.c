/* denoiser.c - see denoiser.h: which nets can denoise, and in what batches. */
#include "run/denoise/denoiser.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/model.h"
#include "nn/graph/graph.h"
#include "nn/graph/turn.h"

/* Finds the net's inputs, and refuses those that denoising can't fill. */
static int find_inputs(struct ae_denoiser *d, struct ae_err *e)
{
    const struct ae_graph *g = d->net.graph;

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (!(nd->flags & AE_IS_INPUT))
            continue;
        const struct ae_input *a = nd->attr;
        const char *name = a->name ? a->name : nd->name;
        if (strcmp(name, "x") == 0) {
            d->channels = a->c;
            d->size = nd->shape;
        } else if (strcmp(name, "sigma") == 0 && a->c == 1) {
            d->sigma = 1;
        } else {
            return ae_fail(e, AE_EUNSUPPORTED,
                           "denoising can't fill the model's input '%s'", name);
        }
    }
    if (d->channels != 1 && d->channels != 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       d->channels
                           ? "the model takes %d channels, pictures have 1 or 3"
                           : "the model has no input 'x'",
                       d->channels);
    return 0;
}

static int check_model(const struct ae_model *m, int turns, struct ae_err *e)
{
    if (!ae_turns_of(turns))
        return ae_fail(e, AE_EARG, "an ensemble is of 1, 2 or 8 turns, not %d",
                       turns);
    if (json_object_get(json_object_get(m->meta, "input"), "scale"))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model scales pictures, which denoising doesn't: "
                       "train with `scale` none");
    return 0;
}

static int make_net(struct ae_denoiser *d, const struct ae_model *m, int turns,
                    struct ae_err *e)
{
    const struct ae_graph *g = m->graph;
    float *weights = m->weights;

    AE_TRY(check_model(m, turns, e));
    if (ae_graph_can_fold(g)) {
        AE_TRY(ae_graph_fold(g, weights, &d->folded, &d->folded_weights, e));
        g = d->folded;
        weights = d->folded_weights;
    }
    d->net.graph = g;
    AE_TRY(find_inputs(d, e));
    AE_TRY(ae_net_init(&d->net, d->ctx, g, weights, turns, e));
    d->any_size = ae_graph_is_fully_convolutional(g);
    d->align[0] = d->align[1] = 1;
    if (d->any_size)
        ae_graph_piece_overlap(g, d->overlap, d->align);
    return 0;
}

/* A compiled-in file, whose weights take two bytes each, counts too. */
static uint64_t model_bytes(const struct ae_model *m,
                            const struct ae_denoiser *d)
{
    const uint64_t own = m->graph->weights * (sizeof(float) + 2);

    return own + (d->folded ? d->folded->weights * sizeof(float) : 0);
}

int ae_denoiser_new(struct ae_ctx *ctx, const struct ae_model *m, int ensemble,
                    struct ae_denoiser **out, struct ae_err *e)
{
    struct ae_denoiser *d = ae_alloc(1, sizeof(*d), e);

    *out = NULL;
    if (!d)
        return AE_EMEM;
    d->ctx = ctx;
    d->unit_loss = ae_model_unit_loss(m);
    d->optional = ae_level_optional(m->meta);
    ae_level_curve_get(m->meta, &d->curve);
    const int rc = make_net(d, m, ensemble ? ensemble : ae_max(m->ensemble, 1),
                            e);
    if (!rc)
        d->model_bytes = model_bytes(m, d);
    if (rc)
        ae_denoiser_free(d);
    else
        *out = d;
    return rc;
}

int ae_denoiser_new_fit(struct ae_ctx *ctx, const struct ae_fit_options *o,
                        int ensemble, struct ae_denoiser **out,
                        struct ae_err *e)
{
    struct ae_zero_shot *fit;

    *out = NULL;
    AE_TRY(ae_zero_shot_new(ctx, o, &fit, e));
    const int rc = ae_denoiser_new(ctx, ae_zero_shot_model(fit), ensemble, out,
                                   e);
    if (rc)
        ae_zero_shot_free(fit);
    else
        (*out)->fit = fit;
    return rc;
}

void ae_denoiser_free(struct ae_denoiser *d)
{
    if (!d)
        return;
    ae_zero_shot_free(d->fit);
    ae_level_estimator_free(d->estimator);
    ae_net_release(&d->net);
    ae_graph_free(d->folded);
    ae_free_aligned(d->folded_weights);
    free(d);
}

int ae_denoiser_is_blind(const struct ae_denoiser *d)
{
    return d->optional || !d->sigma;
}

static enum ae_level_mode level_mode(const struct ae_denoiser *d,
                                     const struct ae_denoise_options *o)
{
    if (!d->sigma)
        return AE_LEVEL_NO_INPUT;
    if (o->sigma >= 0)
        return AE_LEVEL_GIVEN;
    return d->optional ? AE_LEVEL_BLIND : AE_LEVEL_ESTIMATED;
}

struct ae_picture_plan ae_denoiser_plan(const struct ae_denoiser *d,
                                        const struct ae_denoise_options *o,
                                        const struct ae_image_info *info)
{
    const enum ae_level_mode level = level_mode(d, o);

    return (struct ae_picture_plan){
        .ctx = d->ctx,
        .o = o,
        .info = info,
        .channels = d->channels,
        .level = level,
        .estimator = level == AE_LEVEL_ESTIMATED ? d->estimator : NULL,
        .unit_loss = d->unit_loss,
        .fits = d->fit != NULL};
}

/* Memory that isn't planned here: code, libraries, tables, codecs' and streams'
 * buffers, stacks.  (A process that copies a picture takes 8 MiB.) */
enum { BASE_BYTES = 12 << 20 };

uint64_t ae_denoiser_taken(const struct ae_denoiser *d)
{
    return BASE_BYTES + d->model_bytes + ae_stream_weight_bytes(d->net.stream) +
           ae_level_estimator_bytes(d->estimator);
}

uint64_t ae_denoiser_memory(const struct ae_denoiser *d)
{
    const uint64_t memory = d->ctx->memory;
    const uint64_t taken = ae_denoiser_taken(d) + d->ctx->reserved;

    return memory > taken ? memory - taken : 0;
}

/* ---------------------------------------------------------------- batches */

enum {
    SMALL = 1 << 16, /* pixels of a picture */
    ALL = 1 << 17,   /* ... of a batch, unless of fewer than LEAST pictures */
    LEAST = 4,
    MOST = 32
};

/* Masks, windows and previews are read and written by rows; where the level
 * is estimated, one estimator serves all pictures; a fitted net serves one. */
static int goes_by_rows(const struct ae_denoiser *d,
                        const struct ae_denoise_options *o)
{
    return ae_mix_is_none(o) || d->fit || o->tile[0] || o->tile[1] || o->mask ||
           o->crop.w || o->preview || level_mode(d, o) == AE_LEVEL_ESTIMATED;
}

/* Whether n such pictures, in the net and with their rows, fit the bound on
 * memory. */
static int batch_fits(const struct ae_denoiser *d,
                      const struct ae_picture_plan *plan, int n)
{
    const struct ae_image_info *i = plan->info;
    const int h = ae_ceil_div(i->h, d->align[0]) * d->align[0];
    const int w = ae_ceil_div(i->w, d->align[1]) * d->align[1];
    const struct ae_picture_size size = {.rows = i->h, .widest = w};
    uint64_t bytes;

    if (ae_net_batch_bytes(&d->net, n * ae_picture_planes(plan), h, w, &bytes,
                           NULL))
        return 0;
    return bytes + (uint64_t)n * ae_picture_bytes(plan, &size) <=
           ae_denoiser_memory(d);
}

int ae_denoiser_batch(const struct ae_denoiser *d,
                      const struct ae_denoise_options *o,
                      const struct ae_image_info *info)
{
    const int64_t pixels = (int64_t)info->h * info->w;
    const struct ae_picture_plan plan = ae_denoiser_plan(d, o, info);
    int n;

    if (pixels > SMALL || goes_by_rows(d, o))
        return 0;
    n = ae_clamp((int)(ALL / pixels), LEAST, MOST);
    while (n > 0 && !batch_fits(d, &plan, n))
        n /= 2;
    return n;
}

int ae_denoiser_batch_hint(const struct ae_denoiser *d,
                           const struct ae_denoise_options *o,
                           const struct ae_image_info *info)
{
    return ae_max(1, ae_denoiser_batch(d, o, info));
}
