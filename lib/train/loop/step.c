/* step.c - see step.h. */
#include "train/loop/step.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "train/fit/fit.h"

enum { MOST_ITEMS = 1 << 20 /* of an executor, copies included */ };

/* --------------------------------------------------------------- building */

/* Items that the executor holds: examples, with their samples or copies. */
static int items_at_once(const struct ae_step *s)
{
    return s->shards.items * ae_objective_copies(&s->objective);
}

static int check_memory(const struct ae_step *s,
                        const struct ae_train_data *data, struct ae_err *e)
{
    const uint64_t held = ae_train_data_bytes(data);
    uint64_t bytes = 0, whole = 0, teacher = 0;

    AE_TRY(ae_exec_bytes(s->ctx, s->model->graph, items_at_once(s),
                         data->shape.h, data->shape.w, 1, &bytes, e));
    if (s->o->self == AE_SELF_NEIGHBOURS)
        AE_TRY(ae_neighbours_bytes(s->ctx, s->model->graph, s->shards.items,
                                   data->shape, &whole, e));
    AE_TRY(ae_teacher_bytes(&s->teacher, &data->train, &teacher, e));
    bytes += whole + teacher + ae_shards_bytes(&s->shards, s->model->graph);
    if (bytes + held > s->ctx->memory)
        return ae_fail(e, AE_ELIMIT,
                       "a step with `batch` %d takes %.0f MB and the data %.0f "
                       "MB: take a smaller batch or patch, cut it by "
                       "`accumulate`, or allow more with `memory`",
                       s->o->batch, (double)bytes / 1e6, (double)held / 1e6);
    return 0;
}

static int init_model(struct ae_step *s, struct ae_model_source *source,
                      const struct ae_train_data *data, struct ae_err *e)
{
    const int fresh = !source->model;

    AE_TRY(ae_model_source_make(source, s->ctx, data->shape,
                                data->items.stats.outside, data->prep.labels,
                                s->o, &s->model, e));
    if (s->o->freeze && ae_graph_freeze(s->model->graph, s->o->freeze, e) < 0)
        return ae_err_at(e, AE_EARG, "`freeze`");
    if (!fresh)
        return 0;
    AE_TRY(ae_init_output_bias(&data->train, s->model->graph, s->model->weights,
                               e));
    return ae_init_pca(&data->train, s->model->graph, s->model->weights, e);
}

static int init_objective(struct ae_step *s, const struct ae_train_data *data,
                          struct ae_err *e)
{
    const struct ae_train_options *o = s->o;
    const struct ae_objective_options how = {.items = s->shards.items,
                                             .samples = o->iw,
                                             .beta = o->beta,
                                             .free_nats = o->free_bits,
                                             .contractive = o->contractive,
                                             .weights = s->model->weights,
                                             .self = (enum ae_self)o->self,
                                             .shape = data->shape};

    AE_TRY(ae_objective_init(&s->objective, s->ctx, s->model->graph, &s->loss,
                             &how, e));
    if (s->ramp.kind && !s->objective.variational && !o->self)
        return ae_fail(e, AE_EARG,
                       "`kl-warmup` is for nets with a latent node, which this "
                       "one hasn't");
    if ((int64_t)how.items * ae_objective_copies(&s->objective) > MOST_ITEMS)
        return ae_fail(e, AE_ELIMIT, "`batch` %d times `iw` %d are too many",
                       how.items, o->iw);
    return 0;
}

/* The running average begins as the weights. */
static int init_mean(struct ae_step *s, struct ae_err *e)
{
    const size_t n = s->model->graph->weights;

    if (!(s->o->ema > 0))
        return 0;
    s->mean = ae_alloc_aligned(n + 1, sizeof(float), e);
    if (!s->mean)
        return AE_EMEM;
    memcpy(s->mean, s->model->weights, n * sizeof(float));
    return 0;
}

int ae_step_init(struct ae_step *s, struct ae_ctx *ctx,
                 const struct ae_train_options *o,
                 struct ae_model_source *source,
                 const struct ae_train_data *data, struct ae_err *e)
{
    s->ctx = ctx;
    s->o = o;
    AE_TRY(init_model(s, source, data, e));
    AE_TRY(ae_shards_choose(&s->shards, o, s->model->graph, e));
    AE_TRY(init_objective(s, data, e));
    AE_TRY(ae_teacher_load(&s->teacher, o, &data->train, &s->shards, e));
    AE_TRY(check_memory(s, data, e));
    AE_TRY(init_mean(s, e));
    const struct ae_graph *g = s->model->graph;
    AE_TRY(ae_optim_init(&s->optim, ctx, g, o->optim, o->weight_decay, e));
    AE_TRY(ae_shards_init(&s->shards, ctx, g, e));
    AE_TRY(ae_batch_init(&s->batch, &data->train, s->shards.items, e));
    AE_TRY(ae_teacher_init(&s->teacher, &data->train, e));
    AE_TRY(ae_exec_new(ctx, g, s->model->weights, items_at_once(s),
                       data->shape.h, data->shape.w, 1, &s->exec, e));
    ae_objective_bind(&s->objective, s->exec);
    return 0;
}

void ae_step_release(struct ae_step *s)
{
    ae_objective_release(&s->objective);
    ae_exec_free(s->exec);
    ae_shards_release(&s->shards);
    ae_batch_release(&s->batch);
    ae_teacher_release(&s->teacher);
    ae_optim_release(&s->optim);
    ae_free_aligned(s->mean);
    ae_model_free(s->model);
    ae_loss_release(&s->loss);
    memset(s, 0, sizeof(*s));
}

/* ---------------------------------------------------------------- running */

double ae_step_rate(const struct ae_step *s, const struct ae_checkpoint *c)
{
    return s->o->lr *
           ae_lr_schedule(s->o->schedule, c->step, c->steps, s->o->warmup);
}

int ae_step_check_finite(double v, const char *what, uint64_t step,
                         struct ae_err *e)
{
    if (isfinite(v))
        return 0;
    return ae_fail(e, AE_ENUMERIC, "the %s became %s at step %" PRIu64, what,
                   isnan(v) ? "not a number" : "infinite", step);
}

/* grad: the sum of the shards' gradients, and their mean's norm. */
static void update_weights(struct ae_step *s, struct ae_checkpoint *c,
                           float *grad, double norm)
{
    const struct ae_train_options *o = s->o;
    const double scale = ae_clip_norm(&c->norm, o->clip, norm);
    const double rate = ae_step_rate(s, c);

    c->step++;
    ae_optim_step(&s->optim, c->step, rate, scale / s->shards.count,
                  s->model->weights, grad);
    if (s->mean)
        ae_optim_average(&s->optim, ae_mean_decay(o->ema, c->step), s->mean,
                         s->model->weights);
}

static int fill_batch(struct ae_step *s, const struct ae_sampler *data,
                      uint64_t step, int shard, struct ae_err *e)
{
    const uint64_t first = (uint64_t)shard * (uint64_t)s->shards.items;

    if (s->teacher.model)
        return ae_teacher_fill(&s->teacher, &s->batch, data, step, shard, e);
    return ae_batch_fill(&s->batch, data, step * (uint64_t)s->o->batch + first,
                         e);
}

/* Draws shard i and runs it; its gradient lies in the executor's. */
static int run_shard(struct ae_step *s, const struct ae_sampler *data,
                     const struct ae_checkpoint *c, int i, double *loss,
                     struct ae_err *e)
{
    const struct ae_train_options *o = s->o;
    const int items = s->shards.items, first = i * items;
    const struct ae_view clean = ae_batch_clean(&s->batch, 0, items);
    const double ramp = ae_ramp_at(&s->ramp, c->step, c->steps);
    struct ae_objective *q = &s->objective;

    AE_TRY(fill_batch(s, data, c->step, i, e));
    ae_objective_place(q, first, o->batch);
    ae_objective_feed(q, &s->batch, 0, o->seed, c->step);
    *loss = ae_objective_forward(q, &clean, o->seed, c->step, ramp);
    AE_TRY(ae_step_check_finite(*loss, "loss", c->step, e));
    ae_objective_backward(q);
    return 0;
}

/* Gives the sum of the shards' gradients, and the batch's loss. */
static int run_shards(struct ae_step *s, const struct ae_sampler *data,
                      const struct ae_checkpoint *c, float **grad, double *loss,
                      struct ae_err *e)
{
    float *w = s->model->weights;
    int rc = 0;

    *grad = ae_exec_wgrad(s->exec);
    if (s->shards.count == 1)
        return run_shard(s, data, c, 0, loss, e);
    ae_shards_begin(&s->shards, w);
    for (int i = s->shards.first; i < s->shards.end && !rc; i++) {
        rc = run_shard(s, data, c, i, loss, e);
        if (!rc)
            ae_shards_add(&s->shards, i, w, *grad, *loss);
    }
    return ae_shards_end(&s->shards, w, rc, grad, loss, e);
}

int ae_step_run(struct ae_step *s, const struct ae_sampler *data,
                struct ae_checkpoint *c, double *loss, struct ae_err *e)
{
    float *grad;

    ae_exec_pack(s->exec);
    AE_TRY(run_shards(s, data, c, &grad, loss, e));
    const double norm = ae_optim_norm(&s->optim, grad) / s->shards.count;
    AE_TRY(ae_step_check_finite(norm, "gradient", c->step, e));
    update_weights(s, c, grad, norm);
    return 0;
}
