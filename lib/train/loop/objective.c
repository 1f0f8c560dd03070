/* objective.c - see objective.h. */
#include "train/loop/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "nn/graph/graph.h"
#include "train/loop/validation.h"

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

static int check(const struct ae_objective *o, struct ae_err *e)
{
    const struct ae_objective_options *how = &o->o;

    if (!o->draws && (how->beta < 1 || how->beta > 1 || how->free_nats > 0 ||
                      how->samples > 1))
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
                               .draws = ae_graph_is_variational(g)};
    int r = check(o, e);
    if (r >= 0)
        r = ae_contractive_init(&o->contract, g, how->contractive, how->weights,
                                e);
    if (r < 0 || how->samples == 1)
        return r;
    const size_t n = (size_t)how->items * (size_t)how->samples;
    o->nats = ae_alloc(3 * n, sizeof(double), e);
    if (!o->nats)
        return AE_EMEM;
    o->ratio = o->nats + n;
    o->weight = o->nats + 2 * n;
    return 0;
}

void ae_objective_release(struct ae_objective *o)
{
    ae_contractive_release(&o->contract);
    free(o->nats);
    memset(o, 0, sizeof(*o));
}

int ae_objective_copies(const struct ae_objective *o)
{
    return ae_contractive_moves(&o->contract) ? 2 : o->o.samples;
}

/* ---------------------------------------------------------------- passes */

/* Samples of an item lie side by side; moved items behind the others. */
void ae_objective_feed(const struct ae_objective *o, struct ae_exec *x,
                       const struct ae_batch *b, int first, uint64_t seed,
                       uint64_t step)
{
    const int n = o->o.items;

    ae_feed(x, b, first, n, 0, o->o.samples);
    if (ae_contractive_moves(&o->contract)) {
        ae_feed(x, b, first, n, n, 1);
        ae_contractive_move(x, n, seed, step);
    }
}

static struct ae_view first_items(struct ae_view v, int n)
{
    v.n = n;
    return v;
}

/* Items' shares of the bound: with log weights -nats - ratio it is the log of
 * their mean, and its slopes go by each sample's part in that.  Returns minus
 * the sum of the bounds. */
static double share_out(const struct ae_objective *o, double by)
{
    const int k = o->o.samples;
    double sum = 0;

    for (int i = 0; i < o->o.items; i++) {
        const double *nats = o->nats + i * k, *ratio = o->ratio + i * k;
        double *weight = o->weight + i * k, most = -INFINITY, total = 0;
        for (int s = 0; s < k; s++)
            most = fmax(most, -nats[s] - ratio[s]);
        for (int s = 0; s < k; s++)
            total += weight[s] = exp(-nats[s] - ratio[s] - most);
        for (int s = 0; s < k; s++)
            weight[s] *= by / total;
        sum -= most + log(total / k);
    }
    return sum;
}

double ae_objective_forward(struct ae_objective *o, struct ae_exec *x,
                            const struct ae_view *clean, uint64_t seed,
                            uint64_t step, double ramp)
{
    const int n = o->o.items * o->o.samples;
    const struct ae_code_options how = {.draw = o->draws,
                                        .beta = o->o.beta * ramp,
                                        .free_nats = o->o.free_nats,
                                        .ratio = o->ratio,
                                        .weight = o->weight};
    const double elements = (double)clean->n * clean->h * clean->w * clean->c;

    for (int i = 0; o->ratio && i < n; i++)
        o->ratio[i] = 0;
    ae_exec_set_code(x, &how);
    double terms = ae_exec_forward(x, seed, step);
    const struct ae_view out = first_items(ae_exec_output(x, NULL), n);
    const struct ae_view dout = first_items(ae_exec_doutput(x, NULL), n);
    const struct ae_view lv = ae_exec_output(x, "logvar");
    const struct ae_view dlv = ae_exec_doutput(x, "logvar");
    struct ae_likelihood io = {
        .pred = &out, .target = clean, .k = 1, .dpred = &dout};

    if (ae_loss_wants_logvar(o->loss)) {
        io.logvar = &lv;
        io.dlogvar = &dlv;
    }
    terms += ae_contractive_forward(&o->contract, x, o->o.items);
    if (!o->loss->kind->nll)
        return terms + ae_loss_eval(o->loss, o->ctx, &out, clean, 1, &dout);
    if (o->o.samples == 1)
        return terms +
               ae_loss_likelihood(o->loss, o->ctx, &io, NULL) / elements;
    io.k = o->o.samples;
    io.dpred = io.dlogvar = NULL;
    ae_loss_likelihood(o->loss, o->ctx, &io, o->nats);
    const double bound = share_out(o, 1 / elements);
    if (dout.data) { /* once more, now that weights are known */
        io.weight = o->weight;
        io.dpred = &dout;
        io.dlogvar = io.logvar ? &dlv : NULL;
        ae_loss_likelihood(o->loss, o->ctx, &io, o->nats);
    }
    return terms + bound / elements;
}

void ae_objective_backward(const struct ae_objective *o, struct ae_exec *x)
{
    ae_exec_backward(x);
    ae_contractive_backward(&o->contract, x);
}
