/* coder.c - a model's two halves: items to codes, codes to items.
 *
 * Each half is a part of the graph with a plan of its own, made when it is
 * first used.  Norms are folded, so the two together give what the whole net
 * gives.  Knows nothing of where items and codes come from. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "model/coder.h"
#include "nn/graph/exec.h"
#include "nn/graph/graph.h"
#include "nn/layer/gauss.h"

struct ae_coder {
    struct ae_ctx *ctx;
    struct ae_graph *graph; /* norms folded */
    float *weights;
    int h, w;                        /* as asked */
    int x, label, code, logvar, out; /* nodes; -1: none */
    int out_logvar;                  /* an output, of the items; -1: none */
    struct ae_exec *encode, *decode; /* NULL before the first use */
    struct ae_coder_info info;
};

enum { BATCH = 64 }; /* items, where the caller doesn't say */

/* ------------------------------------------------------------ the nodes */

static int find_code(const struct ae_graph *g, struct ae_err *e)
{
    int code = -1;

    for (int i = 0; i < g->count; i++) {
        if (!(g->node[i].flags & AE_IS_CODE))
            continue;
        if (code >= 0)
            return ae_fail(e, AE_EUNSUPPORTED,
                           "the model has two codes, '%s' and '%s'; one can be "
                           "used",
                           g->node[code].name, g->node[i].name);
        code = i;
    }
    if (code < 0)
        code = ae_graph_find_output(g, "code");
    if (code < 0)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model has no code: no node of its spec is a latent "
                       "or code, and no output is named code");
    return code;
}

/* The input x is an item, `label` its class; `sigma`, the level of noise, is
 * 0 here. */
static int find_inputs(struct ae_coder *c, struct ae_err *e)
{
    const struct ae_graph *g = c->graph;

    c->x = ae_graph_input(g, "x");
    c->label = ae_graph_input(g, "label");
    for (int i = 0; i < g->count; i++) {
        const char *name = ae_graph_input_name(g, i);
        if (name && i != c->x && i != c->label && strcmp(name, "sigma") != 0)
            return ae_fail(e, AE_EUNSUPPORTED,
                           "the model has an input '%s', which can't be filled "
                           "here",
                           name);
    }
    if (c->x < 0)
        return ae_fail(e, AE_EUNSUPPORTED, "the model has no input 'x'");
    return 0;
}

static int find_nodes(struct ae_coder *c, struct ae_err *e)
{
    const struct ae_graph *g = c->graph;

    c->code = find_code(g, e);
    if (c->code < 0)
        return c->code;
    const struct ae_node *code = &g->node[c->code];
    c->out = g->output[0];
    c->info.gaussian = code->flags & AE_IS_CODE && code->nin == 2;
    c->logvar = c->info.gaussian ? code->in[1] : -1;
    c->out_logvar = ae_graph_find_output(g, "logvar");
    return find_inputs(c, e);
}

static int check_shapes(const struct ae_shape *x, const struct ae_shape *z,
                        struct ae_err *e)
{
    if (x->h < 1 || x->w < 1)
        return ae_fail(e, AE_EARG,
                       "the model takes any height and width: a size must be "
                       "given");
    if ((double)z->h * z->w * z->c > 1 << 28)
        return ae_fail(e, AE_ELIMIT, "a code of %d x %d x %d is too large",
                       z->h, z->w, z->c);
    return 0;
}

static int find_shapes(struct ae_coder *c, struct ae_err *e)
{
    const struct ae_graph *g = c->graph;
    struct ae_shape *s = ae_alloc((size_t)g->count, sizeof(*s), e);

    if (!s)
        return AE_EMEM;
    int rc = ae_graph_shapes(g, c->h, c->w, s, e);
    const struct ae_shape x = s[c->x], z = s[c->code];
    const int labels = c->label < 0 ? 0 : s[c->label].c;
    free(s);
    if (!rc)
        rc = check_shapes(&x, &z, e);
    if (rc)
        return rc;
    struct ae_coder_info *i = &c->info;
    i->h = x.h;
    i->w = x.w;
    i->c = x.c;
    i->item = (size_t)x.h * (size_t)x.w * (size_t)x.c;
    i->code_h = z.h;
    i->code_w = z.w;
    i->code_c = z.c;
    i->code = z.h * z.w * z.c;
    i->labels = labels;
    return 0;
}

int ae_coder_batch(size_t item, int most)
{
    const size_t fit = ((size_t)1 << 22) / item;

    return fit < 1 ? 1 : fit > (size_t)most ? most : (int)fit;
}

int ae_coder_new(struct ae_ctx *ctx, const struct ae_model *m, int h, int w,
                 int batch, struct ae_coder **out, struct ae_err *e)
{
    struct ae_coder *c = ae_alloc(1, sizeof(*c), e);

    *out = NULL;
    if (!c)
        return AE_EMEM;
    c->ctx = ctx;
    c->h = h;
    c->w = w;
    int rc = ae_graph_fold(m->graph, m->weights, &c->graph, &c->weights, e);
    if (rc < 0 || (rc = find_nodes(c, e)) < 0 || (rc = find_shapes(c, e)) < 0) {
        ae_coder_free(c);
        return rc;
    }
    c->info.batch = batch ? batch : ae_coder_batch(c->info.item, BATCH);
    *out = c;
    return 0;
}

void ae_coder_free(struct ae_coder *c)
{
    if (!c)
        return;
    ae_exec_free(c->encode);
    ae_exec_free(c->decode);
    ae_graph_free(c->graph);
    ae_free_aligned(c->weights);
    free(c);
}

const struct ae_coder_info *ae_coder_info(const struct ae_coder *c)
{
    return &c->info;
}

/* --------------------------------------------------------------- running */

static int check_classes(const struct ae_coder *c, const int *class, int n,
                         struct ae_err *e)
{
    if (!c->info.labels || n == 0)
        return 0;
    if (!class)
        return ae_fail(e, AE_EARG,
                       "the model asks for a label, one of %d classes",
                       c->info.labels);
    for (int i = 0; i < n; i++)
        if (class[i] < 0 || class[i] >= c->info.labels)
            return ae_fail(e, AE_EARG, "label %d: the model knows 0 to %d",
                           class[i], c -> info.labels - 1);
    return 0;
}

/* Runs n <= batch items from node `from`; the results stay in the nodes. */
static void run(const struct ae_coder *c, struct ae_exec *x, int from,
                const float *in, const int *class, int n)
{
    ae_exec_set_items(x, n);
    const struct ae_view first = ae_exec_node(x, from);
    ae_view_put(&first, 0, n, in);
    for (int i = 0; i < c->graph->count; i++) {
        const struct ae_view v = ae_exec_node(x, i);
        if (!(c->graph->node[i].flags & AE_IS_INPUT) || i == from || !v.data)
            continue;
        for (int k = 0; k < n; k++)
            if (i == c->label)
                ae_view_one_hot(&v, k, class[k]);
            else
                ae_view_fill(&v, k, 0);
    }
    ae_exec_forward(x, 0, 0);
}

/* ------------------------------------------------------------ the halves */

static int make_encoder(struct ae_coder *c, struct ae_err *e)
{
    /* Outside training a Gaussian's value is its mean. */
    const int want[2] = {c->code, c->logvar};
    const struct ae_subgraph part = {NULL, want, 0, c->logvar < 0 ? 1 : 2};

    if (c->encode)
        return 0;
    return ae_exec_new_part(c->ctx, c->graph, c->weights, &part, c->info.batch,
                            c->h, c->w, &c->encode, e);
}

static void get_logvar(const struct ae_coder *c, int n, float *to)
{
    const struct ae_view v = ae_exec_node(c->encode, c->logvar);

    ae_view_get(&v, 0, n, to);
    for (size_t i = 0; i < (size_t)n * (size_t)c->info.code; i++)
        to[i] = ae_gauss_logvar(to[i]);
}

int ae_coder_encode(struct ae_coder *c, const float *x, const int *class, int n,
                    float *mu, float *logvar, struct ae_err *e)
{
    const size_t item = c->info.item, code = (size_t)c->info.code;

    AE_TRY(check_classes(c, class, n, e));
    AE_TRY(make_encoder(c, e));
    if (logvar && c->logvar < 0)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model's codes have no variance: its code is no "
                       "Gaussian");
    for (int i = 0, k; i < n; i += k) {
        const size_t at = (size_t)i;
        k = ae_min(c->info.batch, n - i);
        run(c, c->encode, c->x, x + at * item, class ? class + i : NULL, k);
        const struct ae_view z = ae_exec_node(c->encode, c->code);
        ae_view_get(&z, 0, k, mu + at * code);
        if (logvar)
            get_logvar(c, k, logvar + at * code);
    }
    return 0;
}

/* Whether what comes out of the half is an item, made of a code only. */
static int check_decoder(const struct ae_coder *c, struct ae_err *e)
{
    const struct ae_coder_info *i = &c->info;
    const struct ae_view y = ae_exec_node(c->decode, c->out);

    if (ae_exec_node(c->decode, c->x).data)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model can't decode: its output needs the item, "
                       "too, past the code");
    if (y.h != i->h || y.w != i->w || y.c != i->c)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model can't decode: of items %d x %d x %d it makes "
                       "%d x %d x %d (rows, columns, channels)",
                       i->h, i->w, i->c, y.h, y.w, y.c);
    return 0;
}

static int make_decoder(struct ae_coder *c, struct ae_err *e)
{
    const int want[2] = {c->out, c->out_logvar};
    const struct ae_subgraph part = {&c->code, want, 1,
                                     c->out_logvar < 0 ? 1 : 2};

    if (c->decode)
        return 0;
    AE_TRY(ae_exec_new_part(c->ctx, c->graph, c->weights, &part, c->info.batch,
                            c->h, c->w, &c->decode, e));
    const int rc = check_decoder(c, e);
    if (rc) {
        ae_exec_free(c->decode);
        c->decode = NULL;
    }
    return rc;
}

int ae_coder_decode(struct ae_coder *c, const float *z, const int *class, int n,
                    float *x, struct ae_err *e)
{
    const size_t item = c->info.item, code = (size_t)c->info.code;

    AE_TRY(check_classes(c, class, n, e));
    AE_TRY(make_decoder(c, e));
    for (int i = 0, k; i < n; i += k) {
        const size_t at = (size_t)i;
        k = ae_min(c->info.batch, n - i);
        run(c, c->decode, c->code, z + at * code, class ? class + i : NULL, k);
        const struct ae_view y = ae_exec_node(c->decode, c->out);
        ae_view_get(&y, 0, k, x + at * item);
    }
    return 0;
}

int ae_coder_nll(struct ae_coder *c, const struct ae_loss *loss,
                 const struct ae_coder_codes *codes, double *nll,
                 struct ae_err *e)
{
    const struct ae_coder_info *i = &c->info;
    const struct ae_view target = ae_view_of(
        codes->x, codes->n / codes->each, (struct ae_shape){i->h, i->w, i->c});

    assert(codes->n <= i->batch);
    AE_TRY(check_classes(c, codes->class, codes->n, e));
    AE_TRY(make_decoder(c, e));
    run(c, c->decode, c->code, codes->z, codes->class, codes->n);
    struct ae_view y = ae_exec_node(c->decode, c->out), logvar = {0};
    if (c->out_logvar >= 0)
        logvar = ae_exec_node(c->decode, c->out_logvar);
    y.n = logvar.n = codes->n;
    return ae_loss_nll(loss, c->ctx, &y, &logvar, &target, codes->each, nll, e);
}
