/* coder.c - a model's two halves: items to codes, codes to items.
 *
 * Each half is a part of the graph with a plan of its own, made when it is
 * first used.  Norms are folded, so both give what the whole net would.
 * Knows nothing of where items and codes come from. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "model/coder.h"
#include "nn/graph/exec.h"
#include "nn/graph/graph.h"

struct ae_coder {
    struct ae_ctx *ctx;
    struct ae_graph *graph; /* norms folded */
    float *weights;
    int batch, h, w;                 /* as asked */
    int x, label, code, logvar, out; /* nodes; -1: none */
    int spread;                      /* the output `logvar`, of the items */
    struct ae_exec *encode, *decode; /* NULL before the first use */
    struct ae_coder_info info;
};

/* Log-variances beyond this say nothing and would overflow exp(); `latent`
 * holds them to the same. */
static const float MOST_LOGVAR = 20;

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

/* Inputs: x is an item, label its class; sigma, the level of noise, is fed
 * as none. */
static int find_inputs(struct ae_coder *c, struct ae_err *e)
{
    const struct ae_graph *g = c->graph;

    c->x = c->label = -1;
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (!(nd->flags & AE_IS_INPUT))
            continue;
        const struct ae_input *a = nd->attr;
        const char *name = a->name ? a->name : nd->name;
        if (strcmp(name, "x") == 0)
            c->x = i;
        else if (strcmp(name, "label") == 0)
            c->label = i;
        else if (strcmp(name, "sigma") != 0)
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
    int rc = find_code(g, e);

    if (rc < 0)
        return rc;
    c->code = rc;
    const struct ae_node *code = &g->node[c->code];
    c->out = g->output[0];
    c->info.gaussian = code->flags & AE_IS_CODE && code->nin == 2;
    c->logvar = c->info.gaussian ? code->in[1] : -1;
    c->spread = ae_graph_find_output(g, "logvar");
    return find_inputs(c, e);
}

static int find_shapes(struct ae_coder *c, struct ae_err *e)
{
    const struct ae_graph *g = c->graph;
    struct ae_coder_info *i = &c->info;
    struct ae_shape *s = ae_alloc((size_t)g->count, sizeof(*s), e);

    if (!s)
        return AE_EMEM;
    int rc = ae_graph_shapes(g, c->h, c->w, s, e);
    const struct ae_shape x = s[c->x], z = s[c->code];
    if (!rc && (x.h < 1 || x.w < 1))
        rc = ae_fail(e, AE_EARG,
                     "the model takes any height and width: a size must be "
                     "given");
    if (!rc && (double)z.h * z.w * z.c > 1 << 28)
        rc = ae_fail(e, AE_ELIMIT, "a code of %d x %d x %d is too large", z.h,
                     z.w, z.c);
    i->h = x.h;
    i->w = x.w;
    i->c = x.c;
    i->code_h = z.h;
    i->code_w = z.w;
    i->code_c = z.c;
    i->code = rc ? 0 : z.h * z.w * z.c;
    i->labels = c->label < 0 ? 0 : s[c->label].c;
    free(s);
    return rc;
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
    c->batch = batch;
    int rc = ae_graph_fold(m->graph, m->weights, &c->graph, &c->weights, e);
    if (!rc)
        rc = find_nodes(c, e);
    if (!rc)
        rc = find_shapes(c, e);
    if (rc)
        ae_coder_free(c);
    else
        *out = c;
    return rc;
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

static int check_labels(const struct ae_coder *c, const int *label, int n,
                        struct ae_err *e)
{
    if (!c->info.labels || n == 0)
        return 0;
    if (!label)
        return ae_fail(e, AE_EARG,
                       "the model asks for a label, one of %d classes",
                       c->info.labels);
    for (int i = 0; i < n; i++)
        if (label[i] < 0 || label[i] >= c->info.labels)
            return ae_fail(e, AE_EARG, "label %d: the model knows 0 to %d",
                           label[i], c->info.labels - 1);
    return 0;
}

/* Runs n <= batch items from node `from`; the results wait in the nodes. */
static void run(const struct ae_coder *c, struct ae_exec *x, int from,
                const float *in, const int *label, int n)
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
                ae_view_one_hot(&v, k, label[k]);
            else
                ae_view_fill(&v, k, 0);
    }
    ae_exec_forward(x, 0, 0);
}

/* ------------------------------------------------------------ the halves */

static int ready_encode(struct ae_coder *c, struct ae_err *e)
{
    /* Without training a Gaussian's value is its mean. */
    const int want[2] = {c->code, c->logvar};
    const struct ae_subgraph part = {NULL, want, 0, c->logvar < 0 ? 1 : 2};

    if (c->encode)
        return 0;
    return ae_exec_new_part(c->ctx, c->graph, c->weights, &part, c->batch, c->h,
                            c->w, &c->encode, e);
}

int ae_coder_encode(struct ae_coder *c, const float *x, const int *label, int n,
                    float *mu, float *logvar, struct ae_err *e)
{
    const size_t item = (size_t)c->info.h * (size_t)c->info.w *
                        (size_t)c->info.c,
                 code = (size_t)c->info.code;
    int rc = check_labels(c, label, n, e);

    if (!rc)
        rc = ready_encode(c, e);
    if (!rc && logvar && c->logvar < 0)
        rc = ae_fail(e, AE_EUNSUPPORTED,
                     "the model's codes have no variance: its code is no "
                     "Gaussian");
    for (int i = 0, k; !rc && i < n; i += k) {
        k = ae_min(c->batch, n - i);
        const size_t at = (size_t)i;
        run(c, c->encode, c->x, x + at * item, label ? label + i : NULL, k);
        const struct ae_view z = ae_exec_node(c->encode, c->code);
        ae_view_get(&z, 0, k, mu + at * code);
        if (!logvar)
            continue;
        const struct ae_view v = ae_exec_node(c->encode, c->logvar);
        float *to = logvar + at * code;
        ae_view_get(&v, 0, k, to);
        for (size_t j = 0; j < (size_t)k * code; j++)
            to[j] = fminf(fmaxf(to[j], -MOST_LOGVAR), MOST_LOGVAR);
    }
    return rc;
}

static int ready_decode(struct ae_coder *c, struct ae_err *e)
{
    const int want[2] = {c->out, c->spread};
    const struct ae_subgraph part = {&c->code, want, 1, c->spread < 0 ? 1 : 2};
    const struct ae_coder_info *i = &c->info;

    if (c->decode)
        return 0;
    int rc = ae_exec_new_part(c->ctx, c->graph, c->weights, &part, c->batch,
                              c->h, c->w, &c->decode, e);
    if (rc)
        return rc;
    const struct ae_view y = ae_exec_node(c->decode, c->out);
    if (ae_exec_node(c->decode, c->x).data)
        rc = ae_fail(e, AE_EUNSUPPORTED,
                     "the model can't decode: its output needs the item, too, "
                     "past the code");
    else if (y.h != i->h || y.w != i->w || y.c != i->c)
        rc = ae_fail(e, AE_EUNSUPPORTED,
                     "the model can't decode: of items %d x %d x %d it makes "
                     "%d x %d x %d (rows, columns, channels)",
                     i->h, i->w, i->c, y.h, y.w, y.c);
    if (rc) {
        ae_exec_free(c->decode);
        c->decode = NULL;
    }
    return rc;
}

int ae_coder_decode(struct ae_coder *c, const float *z, const int *label, int n,
                    float *x, struct ae_err *e)
{
    const size_t item = (size_t)c->info.h * (size_t)c->info.w *
                        (size_t)c->info.c,
                 code = (size_t)c->info.code;
    int rc = check_labels(c, label, n, e);

    if (!rc)
        rc = ready_decode(c, e);
    for (int i = 0, k; !rc && i < n; i += k) {
        k = ae_min(c->batch, n - i);
        const size_t at = (size_t)i;
        run(c, c->decode, c->code, z + at * code, label ? label + i : NULL, k);
        const struct ae_view y = ae_exec_node(c->decode, c->out);
        ae_view_get(&y, 0, k, x + at * item);
    }
    return rc;
}

int ae_coder_nll(struct ae_coder *c, const struct ae_loss *loss, const float *z,
                 const int *label, int n, float *x, int k, double *nats,
                 struct ae_err *e)
{
    const struct ae_coder_info *i = &c->info;
    int rc = check_labels(c, label, n, e);

    assert(n <= c->batch);
    if (!rc)
        rc = ready_decode(c, e);
    if (rc)
        return rc;
    run(c, c->decode, c->code, z, label, n);
    const struct ae_view target = ae_view_of(
        x, n / k, (struct ae_shape){i->h, i->w, i->c});
    struct ae_view y = ae_exec_node(c->decode, c->out), v = {0};
    if (c->spread >= 0)
        v = ae_exec_node(c->decode, c->spread);
    y.n = v.n = n;
    return ae_loss_nll(loss, c->ctx, &y, &v, &target, k, nats, e);
}
