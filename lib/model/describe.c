/* describe.c - a model as JSON: what ae-info prints. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "model/model.h"
#include "model/weights.h"
#include "nn/input.h"

static json_t *shape_json(const struct ae_shape *s)
{
    return json_pack("[i, i, i]", s->h, s->w, s->c);
}

static json_t *inputs_json(const struct ae_graph *g)
{
    json_t *list = json_array();

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        const struct ae_input *in = nd->attr;
        if (nd->flags & AE_IS_INPUT)
            json_array_append_new(
                list, json_pack("{s:s, s:o}", "name",
                                in->name ? in->name : nd->name, "shape",
                                shape_json(&nd->shape)));
    }
    return list;
}

static json_t *outputs_json(const struct ae_graph *g)
{
    json_t *list = json_array();

    for (int i = 0; i < g->noutputs; i++) {
        const struct ae_node *nd = &g->node[g->output[i]];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o}", "name", g->output_name[i],
                            "node", nd->name, "shape",
                            shape_json(&nd->shape)));
    }
    return list;
}

/* Names and shapes as in the file. */
static json_t *tensors_json(const struct ae_graph *g)
{
    json_t *list = json_array();

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        for (int p = 0; p < nd->nparam; p++) {
            const struct ae_param *q = &nd->param[p];
            json_t *shape = json_array();
            for (int d = 0; d < q->ndims; d++)
                json_array_append_new(shape,
                                      json_integer(q->dims[q->axes[d]]));
            json_array_append_new(
                list, json_pack("{s:o, s:o}", "name",
                                json_sprintf("%s.%s", nd->name, q->suffix),
                                "shape", shape));
        }
    }
    return list;
}

static size_t weights_of(const struct ae_node *nd)
{
    size_t n = 0;

    for (int p = 0; p < nd->nparam; p++)
        n += nd->param[p].count;
    return n;
}

/* Multiplications a pixel of the input, as ae_graph_macs() has them. */
static double macs_of(const struct ae_graph *g, const struct ae_node *nd)
{
    const struct ae_shape *in = &g->node[0].shape;

    return in->h && in->w ? nd->macs / ((double)in->h * in->w) : nd->macs;
}

static json_t *layers_json(const struct ae_graph *g)
{
    json_t *list = json_array();

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        json_t *from = json_array();
        for (int k = 0; k < nd->nin; k++)
            json_array_append_new(from,
                                  json_string(g->node[nd->in[k]].name));
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:o, s:o, s:I, s:f, s:[f, f]}", "name",
                      nd->name, "kind", nd->kind->name, "inputs", from,
                      "shape", shape_json(&nd->shape), "weights",
                      (json_int_t)weights_of(nd), "macs_per_pixel",
                      macs_of(g, nd), "reach", nd->reach[0], nd->reach[1]));
    }
    return list;
}

int ae_model_describe(const struct ae_model *m, int layers, char **json,
                      struct ae_err *e)
{
    const struct ae_graph *g = m->graph;
    json_t *train = json_object_get(m->meta, "train"), *all;
    size_t weights = 0;
    int reach[2], align[2], err;

    *json = NULL;
    ae_graph_reach(g, reach, align);
    for (int i = 0; i < g->count; i++)
        weights += weights_of(&g->node[i]);
    all = json_pack(
        "{s:s, s:i, s:I, s:f, s:[i, i], s:[i, i], s:b, s:o, s:o, s:o, s:s, "
        "s:O, s:O}", "type", "model", "nodes", g->count, "weights",
        (json_int_t)weights, "macs_per_pixel", ae_graph_macs(g), "reach",
        reach[0], reach[1], "multiple", align[0], align[1], "any_size",
        ae_graph_is_free(g), "inputs", inputs_json(g), "outputs",
        outputs_json(g), "tensors", tensors_json(g), "spec", g->text, "train",
        train ? train : json_null(), "meta", m->meta);
    err = all ? 0 : ae_fail(e, AE_EMEM, "out of memory (description)");
    if (!err && layers && json_object_set_new(all, "layers", layers_json(g)))
        err = ae_fail(e, AE_EMEM, "out of memory (description)");
    if (!err)
        err = ae_json_print(all, 2, json, e);
    json_decref(all);
    return err;
}
