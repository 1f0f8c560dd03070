/* objective.c - see objective.h. */
#include "train/loop/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "nn/graph/graph.h"

/* Of the second term of neighbours, at the end of a run: what the paper takes
 * for noise that was added. */
static const double GAMMA = 2;

/* --------------------------------------------------------------- building */

static int check_logvar(const struct ae_graph *g, const struct ae_loss *loss,
                        struct ae_err *e)
{
    const int i = ae_graph_find_output(g, "logvar");
    const struct ae_shape *a = &g->node[g->output[0]].shape, *b;

    if (!ae_loss_wants_logvar(loss))
        return 0;
    if (i < 0)
        return ae_fail(e, AE_EARG,
                       "the loss 'gauss' learns its deviation from an output "
                       "'logvar', which the net hasn't: give one, as in "
                       "gauss:sigma=0.1");
    b = &g->node[i].shape;
    if (a->h != b->h || a->w != b->w || a->c != b->c)
        return ae_fail(e, AE_EARG,
                       "the output 'logvar' is %dx%dx%d, the first output "
                       "%dx%dx%d: they must agree",
                       b->h, b->w, b->c, a->h, a->w, a->c);
    return 0;
}

static int check_options(const struct ae_objective *o, struct ae_err *e)
{
    const struct ae_objective_options *how = &o->o;

    if (how->self && (o->variational || how->contractive > 0))
        return ae_fail(e, AE_EARG,
                       "`self` learns to clean: it goes without a latent node "
                       "and `contractive`");
    if (how->self == AE_SELF_NEIGHBOURS && ae_loss_wants_logvar(o->loss))
        return ae_fail(e, AE_EARG,
                       "`self` neighbours has two targets, which have no one "
                       "deviation: give the loss its own, as in "
                       "gauss:sigma=0.1");
    if (!o->variational && (how->beta < 1 || how->beta > 1 ||
                            how->free_nats > 0 || how->samples > 1))
        return ae_fail(e, AE_EARG,
                       "`beta`, `kl-warmup`, `free-bits` and `iw` are for nets "
                       "with a latent node, which this one hasn't");
    if (how->samples > 1 && !o->loss->kind->nll)
        return ae_fail(e, AE_EARG,
                       "`iw` weighs likelihoods: it needs the loss bernoulli, "
                       "gauss or laplace, not %s",
                       o->loss->kind->name);
    if (how->samples > 1 && how->free_nats > 0)
        return ae_fail(e, AE_EARG,
                       "`free-bits` bounds a divergence that `iw` does "
                       "without: they exclude each other");
    return check_logvar(o->g, o->loss, e);
}

int ae_objective_init(struct ae_objective *o, const struct ae_ctx *ctx,
                      const struct ae_graph *g, const struct ae_loss *loss,
                      const struct ae_objective_options *how, struct ae_err *e)
{
    *o = (struct ae_objective){.ctx = ctx,
                               .g = g,
                               .loss = loss,
                               .o = *how,
                               .variational = ae_graph_is_variational(g)};
    AE_TRY(check_options(o, e));
    AE_TRY(ae_contractive_init(&o->contractive, g, how->contractive,
                               how->weights, e));
    if (how->self == AE_SELF_NEIGHBOURS)
        AE_TRY(ae_neighbours_init(&o->neighbours, ctx, g, how->weights,
                                  how->items, how->shape, e));
    if (how->samples == 1)
        return 0;
    const size_t n = (size_t)how->items * (size_t)how->samples;
    o->nll = ae_alloc(3 * n, sizeof(double), e);
    if (!o->nll)
        return AE_EMEM;
    o->ratio = o->nll + n;
    o->weight = o->nll + 2 * n;
    return 0;
}

void ae_objective_release(struct ae_objective *o)
{
    ae_contractive_release(&o->contractive);
    ae_neighbours_release(&o->neighbours);
    free(o->nll);
    memset(o, 0, sizeof(*o));
}

int ae_objective_copies(const struct ae_objective *o)
{
    return ae_contractive_perturbs(&o->contractive) ? 2 : o->o.samples;
}

static struct ae_view first_items(struct ae_view v, int n)
{
    v.n = n;
    return v;
}

void ae_objective_bind(struct ae_objective *o, struct ae_exec *x)
{
    const int n = o->o.items * o->o.samples;

    o->exec = x;
    ae_feed_init(&o->feed, x);
    ae_contractive_bind(&o->contractive, x);
    o->out = first_items(ae_exec_output(x, NULL), n);
    o->dout = first_items(ae_exec_doutput(x, NULL), n);
    o->logvar = ae_exec_output(x, "logvar");
    o->dlogvar = ae_exec_doutput(x, "logvar");
}

/* ---------------------------------------------------------------- passes */

/* Perturbed items follow all others of the whole batch, too. */
void ae_objective_place(struct ae_objective *o, int first, int of)
{
    const int samples = o->o.samples;
    const struct ae_part_of_batch part = {first * samples, o->o.items * samples,
                                          of * samples};

    o->first = first;
    ae_exec_set_part(o->exec, &part);
}

/* Samples of an item lie side by side, perturbed items after all others. */
void ae_objective_feed(struct ae_objective *o, const struct ae_batch *b,
                       int first, uint64_t seed, uint64_t step)
{
    const int n = o->o.items;

    ae_feed_put(&o->feed, b, first, n, 0, o->o.samples);
    ae_neighbours_feed(&o->neighbours, b, first);
    o->plane = ae_batch_weight(b, first, n);
    if (ae_contractive_perturbs(&o->contractive)) {
        ae_feed_put(&o->feed, b, first, n, n, 1);
        ae_contractive_perturb(&o->contractive, o->first, n, seed, step);
    }
}

/* Computes each sample's part in the bound of its item: with log weights
 * -nll - ratio the bound is the log of their mean, and its gradient is split
 * among the samples by their share of the sum.  Returns minus the sum of the
 * bounds. */
static double weight_samples(const struct ae_objective *o, double by)
{
    const int k = o->o.samples;
    double sum = 0;

    for (int i = 0; i < o->o.items; i++) {
        const double *nll = o->nll + i * k, *ratio = o->ratio + i * k;
        double *weight = o->weight + i * k, most = -INFINITY, total = 0;
        for (int s = 0; s < k; s++)
            most = fmax(most, -nll[s] - ratio[s]);
        for (int s = 0; s < k; s++)
            total += weight[s] = exp(-nll[s] - ratio[s] - most);
        for (int s = 0; s < k; s++)
            weight[s] *= by / total;
        sum -= most + log(total / k);
    }
    return sum;
}

/* The likelihood's share of the objective, and its gradients. */
static double eval_likelihood(struct ae_objective *o,
                              const struct ae_view *clean)
{
    const struct ae_view *plane = o->plane.data ? &o->plane : NULL;
    const double elements = ae_loss_weight(clean, plane) * clean->c;
    struct ae_likelihood io = {.pred = &o->out,
                               .target = clean,
                               .plane = plane,
                               .k = 1,
                               .dpred = &o->dout};

    if (ae_loss_wants_logvar(o->loss)) {
        io.logvar = &o->logvar;
        io.dlogvar = &o->dlogvar;
    }
    if (o->o.samples == 1)
        return ae_loss_likelihood(o->loss, o->ctx, &io, NULL) / elements;
    io.k = o->o.samples;
    io.dpred = io.dlogvar = NULL;
    ae_loss_likelihood(o->loss, o->ctx, &io, o->nll);
    const double bound = weight_samples(o, 1 / elements);
    if (o->dout.data) { /* once more, now that the weights are known */
        io.weight = o->weight;
        io.dpred = &o->dout;
        io.dlogvar = io.logvar ? &o->dlogvar : NULL;
        ae_loss_likelihood(o->loss, o->ctx, &io, o->nll);
    }
    return bound / elements;
}

double ae_objective_forward(struct ae_objective *o, const struct ae_view *clean,
                            uint64_t seed, uint64_t step, double ramp)
{
    const struct ae_code_options how = {.draw = o->variational,
                                        .beta = o->o.beta * ramp,
                                        .free_nats = o->o.free_nats,
                                        .ratio = o->ratio,
                                        .weight = o->weight};

    for (int i = 0; o->ratio && i < o->o.items * o->o.samples; i++)
        o->ratio[i] = 0;
    ae_exec_set_code(o->exec, &how);
    double terms = ae_exec_forward(o->exec, seed, step);
    terms += ae_contractive_forward(&o->contractive, o->o.items);
    terms += o->loss->kind->nll
                 ? eval_likelihood(o, clean)
                 : ae_loss_eval_weighted(o->loss, o->ctx, &o->out, clean,
                                         o->plane.data ? &o->plane : NULL, 1,
                                         &o->dout);
    if (o->neighbours.items && ramp > 0)
        terms += ae_neighbours_term(&o->neighbours, o->loss, &o->out, &o->dout,
                                    GAMMA * ramp);
    return terms;
}

void ae_objective_backward(const struct ae_objective *o)
{
    ae_exec_backward(o->exec);
    ae_contractive_backward(&o->contractive);
}
