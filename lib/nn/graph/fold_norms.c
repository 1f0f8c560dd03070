/* fold_norms.c - batch norms folded into the layers before them, for inference.
 *
 * y = s (W x + b - mean) + beta, with s = weight / sqrt(var + eps), is the
 * same layer with weights s W and bias s (b - mean) + beta.  The layer must
 * have no activation, feed only the norm and share its weights with no
 * other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/str.h"
#include "nn/graph/graph.h"
#include "nn/layer/layer.h"

/* Kinds whose weights have the output channel as their last axis. */
static const char *const foldable[] = {"conv", "dwconv", "dense"};

static int is_foldable(const struct ae_node *nd)
{
    for (size_t i = 0; i < AE_LEN(foldable); i++)
        if (strcmp(nd->kind->name, foldable[i]) == 0)
            return 1;
    return 0;
}

/* Nodes and outputs that read the node. */
static int count_readers(const struct ae_graph *g, int node)
{
    int n = 0;

    for (int i = 0; i < g->count; i++)
        for (int k = 0; k < g->node[i].nin; k++)
            n += g->node[i].in[k] == node;
    for (int i = 0; i < g->noutputs; i++)
        n += g->output[i] == node;
    return n;
}

static int is_tied(const struct ae_graph *g, int node)
{
    int tied = g->node[node].tie >= 0;

    for (int i = node + 1; i < g->count; i++)
        tied |= g->node[i].tie == node;
    return tied;
}

/* The layer that norm `i` can be folded into, or -1. */
static int fold_target(const struct ae_graph *g, int i)
{
    const struct ae_node *nd = &g->node[i];

    if (nd->kind != &ae_layer_bnorm)
        return -1;
    int a = nd->in[0];
    return is_foldable(&g->node[a]) && !ae_node_int(&g->node[a], "act") &&
                   count_readers(g, a) == 1 && !is_tied(g, a)
               ? a
               : -1;
}

int ae_graph_can_fold(const struct ae_graph *g)
{
    for (int i = 0; i < g->count; i++)
        if (fold_target(g, i) >= 0)
            return 1;
    return 0;
}

/* A copy of node i, with a bias where `bias` asks for one. */
static int copy_node(struct ae_graph *to, const struct ae_graph *g, int i,
                     const int *map, int bias, struct ae_err *e)
{
    const struct ae_node *nd = &g->node[i];
    const struct ae_field *fields = nd->kind->fields;
    struct ae_str text = {NULL, 0, 0};
    int in[AE_MAX_INPUTS], rc;
    char *attr = ae_alloc(1, nd->kind->size + 1, e);

    if (!attr)
        return AE_EMEM;
    memcpy(attr, nd->attr, nd->kind->size);
    for (int k = 0; k < nd->nin; k++)
        in[k] = map[nd->in[k]];
    if (bias &&
        (rc = ae_field_parse(ae_field_find(fields, "bias"), attr, "1", e)) < 0)
        goto out;
    if (fields && (rc = ae_fields_print(fields, attr, ' ', &text, e)) < 0)
        goto out;
    rc = ae_graph_add(to, nd->kind->name, nd->name, text.p ? text.p : "", in,
                      nd->nin, nd->line, e);
out:
    ae_str_release(&text);
    free(attr);
    return rc;
}

/* norm[a]: the norm that is folded into node a, or -1. */
static int copy_graph(struct ae_graph *to, const struct ae_graph *g,
                      const int *norm, int *map, struct ae_err *e)
{
    for (int i = 0; i < g->count; i++) {
        const int a = fold_target(g, i);

        map[i] = a >= 0 ? map[a] : to->count;
        if (a < 0)
            AE_TRY(copy_node(to, g, i, map, norm[i] >= 0, e));
    }
    for (int i = 0; i < g->noutputs; i++)
        AE_TRY(ae_graph_output(to, map[g->output[i]], g->output_name[i], e));
    return ae_graph_finish(to, e);
}

/* Applies the norm to the weights and bias of `to`. */
static void scale_by_norm(const struct ae_node *to, float *w,
                          const struct ae_node *norm, const float *old)
{
    const float *gamma = old + norm->param[0].offset;
    const float *beta = old + norm->param[1].offset;
    const float *mean = old + norm->param[2].offset;
    const float *var = old + norm->param[3].offset;
    const struct ae_param *p = &to->param[0];
    float *bias = w + to->param[1].offset;
    size_t nc = (size_t)to->shape.c;

    for (size_t c = 0; c < nc; c++) {
        double s = gamma[c] / sqrt(fmax(var[c], 0) + ae_bnorm_eps(norm));
        for (size_t i = c; i < p->count; i += nc)
            w[p->offset + i] = (float)(s * w[p->offset + i]);
        bias[c] = (float)(s * (bias[c] - mean[c]) + beta[c]);
    }
}

static void copy_weights(const struct ae_graph *to, float *w,
                         const struct ae_graph *g, const float *old,
                         const int *norm, const int *map)
{
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *a = &g->node[i], *b = &to->node[map[i]];
        if (fold_target(g, i) >= 0)
            continue;
        for (int k = 0; k < a->nparam; k++)
            memcpy(w + b->param[k].offset, old + a->param[k].offset,
                   a->param[k].count * sizeof(*w));
        if (norm[i] >= 0)
            scale_by_norm(b, w, &g->node[norm[i]], old);
    }
}

int ae_graph_fold(const struct ae_graph *g, const float *weights,
                  struct ae_graph **out, float **out_weights, struct ae_err *e)
{
    int rc = AE_EMEM, *map = ae_alloc((size_t)g->count, sizeof(*map), e);
    int *norm = ae_alloc((size_t)g->count, sizeof(*norm), e);

    *out = NULL;
    *out_weights = NULL;
    if (!map || !norm)
        goto out;
    for (int i = 0; i < g->count; i++)
        norm[i] = -1;
    for (int i = 0; i < g->count; i++)
        if (fold_target(g, i) >= 0)
            norm[fold_target(g, i)] = i;
    if ((rc = ae_graph_new(out, e)) < 0 ||
        (rc = copy_graph(*out, g, norm, map, e)) < 0)
        goto out;
    *out_weights = ae_alloc_aligned((*out)->weights, sizeof(float), e);
    if (*out_weights)
        copy_weights(*out, *out_weights, g, weights, norm, map);
    else
        rc = AE_EMEM;
out:
    if (rc < 0) {
        ae_graph_free(*out);
        *out = NULL;
    }
    free(map);
    free(norm);
    return rc;
}
