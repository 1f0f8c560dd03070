/* describe.c - describes a model as JSON and as lines of text, for ae-info. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "model/model.h"
#include "model/weights.h"
#include "nn/graph/graph.h"

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
            json_array_append_new(list,
                                  json_pack("{s:s, s:o}", "name",
                                            in->name ? in->name : nd->name,
                                            "shape", shape_json(&nd->shape)));
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
                            "node", nd->name, "shape", shape_json(&nd->shape)));
    }
    return list;
}

/* The tensors' names and shapes, as in the file. */
static json_t *tensors_json(const struct ae_graph *g)
{
    json_t *list = json_array();

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        for (int p = 0; p < nd->nparam; p++) {
            const struct ae_param *q = &nd->param[p];
            json_t *shape = json_array();
            for (int d = 0; d < q->ndims; d++)
                json_array_append_new(shape, json_integer(q->dims[q->axes[d]]));
            json_array_append_new(
                list, json_pack("{s:o, s:o}", "name",
                                json_sprintf("%s.%s", nd->name, q->suffix),
                                "shape", shape));
        }
    }
    return list;
}

static json_t *fits_json(const struct ae_fits *f)
{
    static const char *const names[AE_FITS] = {"gauss", "mixture"};
    json_t *all = json_object();

    for (int i = 0; i < AE_FITS; i++)
        if (f->at[i])
            json_object_set_new(all, names[i],
                                json_pack("{s:i, s:i}", "components",
                                          f->at[i]->k, "code", f->at[i]->d));
    return all;
}

static size_t count_weights(const struct ae_node *nd)
{
    size_t n = 0;

    for (int p = 0; p < nd->nparam; p++)
        n += nd->param[p].count;
    return n;
}

/* Multiplications for each pixel of the input, as ae_graph_macs() counts
 * them. */
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
            json_array_append_new(from, json_string(g->node[nd->in[k]].name));
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:I, s:f, s:[f, f]}", "name",
                            nd->name, "kind", nd->kind->name, "inputs", from,
                            "shape", shape_json(&nd->shape), "weights",
                            (json_int_t)count_weights(nd), "macs_per_pixel",
                            macs_of(g, nd), "reach", nd->receptive_field[0],
                            nd->receptive_field[1]));
    }
    return list;
}

int ae_model_describe(const struct ae_model *m, int layers, char **json,
                      struct ae_err *e)
{
    const struct ae_graph *g = m->graph;
    json_t *train = json_object_get(m->meta, "train"), *all;
    size_t weights = 0;
    int reach[2], align[2], rc;

    *json = NULL;
    ae_graph_receptive_field(g, reach, align);
    for (int i = 0; i < g->count; i++)
        weights += count_weights(&g->node[i]);
    all = json_pack(
        "{s:s, s:i, s:I, s:f, s:[i, i], s:[i, i], s:b, s:o, s:o, s:o, s:s, "
        "s:o, s:O, s:O}",
        "type", json_object_get(m->meta, "checkpoint") ? "checkpoint" : "model",
        "nodes", g->count, "weights", (json_int_t)weights, "macs_per_pixel",
        ae_graph_macs(g), "reach", reach[0], reach[1], "multiple", align[0],
        align[1], "any_size", ae_graph_is_fully_convolutional(g), "inputs",
        inputs_json(g), "outputs", outputs_json(g), "tensors", tensors_json(g),
        "spec", g->text, "fits", fits_json(&m->fits), "train",
        train ? train : json_null(), "meta", m->meta);
    if (all && (!layers || !json_object_set_new(all, "layers", layers_json(g))))
        rc = ae_json_print(all, 0, json, e);
    else
        rc = ae_fail(e, AE_EMEM, "out of memory (description)");
    json_decref(all);
    return rc;
}

/* ------------------------------------------------------------------ text */

enum { WIDTH = 79, INDENT = 9 };

/* "28 x 28 x 1", or "any x 3" where the size is free. */
static void shape_text(char *buf, size_t size, const struct ae_shape *s)
{
    if (s->h && s->w)
        ae_format(buf, size, "%d x %d x %d", s->h, s->w, s->c);
    else
        ae_format(buf, size, "any x %d", s->c);
}

static int print_inputs_outputs(const struct ae_graph *g, struct ae_str *out,
                                struct ae_err *e)
{
    char shape[64];

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        const struct ae_input *in = nd->attr;
        if (!(nd->flags & AE_IS_INPUT))
            continue;
        shape_text(shape, sizeof(shape), &nd->shape);
        AE_TRY(ae_str_printf(out, e, "  input   %s, %s\n",
                             in->name ? in->name : nd->name, shape));
    }
    for (int i = 0; i < g->noutputs; i++) {
        const struct ae_node *nd = &g->node[g->output[i]];
        shape_text(shape, sizeof(shape), &nd->shape);
        AE_TRY(ae_str_printf(out, e, "  output  %s, %s\n", g->output_name[i],
                             shape));
    }
    return 0;
}

static int print_layers(const struct ae_graph *g, struct ae_str *out,
                        struct ae_err *e)
{
    char shape[64];
    int rc = ae_str_printf(out, e, "  %-12s %-10s %-18s %9s %12s %6s\n",
                           "layer", "kind", "shape", "weights", "macs/pixel",
                           "reach");

    for (int i = 0; !rc && i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        shape_text(shape, sizeof(shape), &nd->shape);
        rc = ae_str_printf(out, e, "  %-12s %-10s %-18s %9zu %12.1f %6.1f\n",
                           nd->name, nd->kind->name, shape, count_weights(nd),
                           macs_of(g, nd), nd->receptive_field[0]);
    }
    return rc;
}

/* Words that are joined by blanks and wrapped, all lines indented alike. */
struct wrapped {
    struct ae_str *out;
    size_t column; /* of the line's end */
};

static int add_word(struct wrapped *w, const char *word, struct ae_err *e)
{
    const size_t n = strlen(word);
    const int fits = w->column + 1 + n <= WIDTH;

    w->column = (fits ? w->column : INDENT) + 1 + n;
    return ae_str_printf(w->out, e, "%s %s", fits ? "" : "\n         ", word);
}

/* "key=value"; the texts come from a file. */
static int add_setting(struct wrapped *w, const char *key, const json_t *value,
                       struct ae_err *e)
{
    char text[1024], safe[4096], *json = NULL;

    if (!json_is_string(value))
        AE_TRY(ae_json_print(value, 0, &json, e));
    ae_format(text, sizeof(text), "%s=%s", key,
              json ? json : json_string_value(value));
    ae_escape(safe, sizeof(safe), text);
    free(json);
    return add_word(w, safe, e);
}

static int print_settings(const json_t *train, struct ae_str *out,
                          struct ae_err *e)
{
    /* jansson walks through objects that it may change */
    json_t *all = json_object_get(train, "settings"), *value;
    struct wrapped w = {out, INDENT};
    const char *key;

    if (!json_object_size(all))
        return 0;
    AE_TRY(ae_str_printf(out, e, "  with   "));
    json_object_foreach(all, key, value) AE_TRY(add_setting(&w, key, value, e));
    return ae_str_printf(out, e, "\n");
}

/* How items are made of data that aren't pictures, but for long lists of
 * numbers. */
static int print_data(const struct ae_model *m, struct ae_str *out,
                      struct ae_err *e)
{
    static const char *const keys[] = {
        "kind",      "window",  "stride", "buckets", "columns", "name",
        "separator", "decimal", "header", "missing", "scale"};
    const json_t *all = json_object_get(m->meta, "input");
    struct wrapped w = {out, INDENT};

    const char *kind = json_string_value(json_object_get(all, "kind"));
    if (!kind || strcmp(kind, "image") == 0)
        return 0;
    AE_TRY(ae_str_printf(out, e, "  data   "));
    for (size_t i = 0; i < AE_LEN(keys); i++) {
        const json_t *value = json_object_get(all, keys[i]);
        if (value)
            AE_TRY(add_setting(&w, keys[i], value, e));
    }
    return ae_str_printf(out, e, "\n");
}

static json_int_t count_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* " of 4000": a number, or the course of a run that had a time limit. */
static int print_steps(const json_t *object, struct ae_str *out,
                       struct ae_err *e)
{
    const char *course = json_string_value(json_object_get(object, "steps"));
    char safe[1024];

    if (!course)
        return ae_str_printf(out, e, " of %lld",
                             (long long)count_of(object, "steps"));
    ae_escape(safe, sizeof(safe), course);
    return ae_str_printf(out, e, " of %s", safe);
}

/* Where a run that isn't complete stands. */
static int print_checkpoint(const json_t *state, struct ae_str *out,
                            struct ae_err *e)
{
    AE_TRY(ae_str_printf(out, e, "  state   checkpoint of a run, step %lld",
                         (long long)count_of(state, "step")));
    if (count_of(state, "steps") ||
        json_is_string(json_object_get(state, "steps")))
        AE_TRY(print_steps(state, out, e));
    AE_TRY(ae_str_printf(out, e, "\n"));
    return print_settings(state, out, e);
}

/* How it was trained: length, data, score, then the settings. */
static int print_train(const struct ae_model *m, struct ae_str *out,
                       struct ae_err *e)
{
    const json_t *state = json_object_get(m->meta, "checkpoint");
    const json_t *train = json_object_get(m->meta, "train");
    const json_t *data = json_object_get(train, "data");
    const json_t *score = json_object_get(train, "score");
    const char *name = json_string_value(json_object_get(score, "name"));
    char safe[64];

    if (json_is_object(state))
        return print_checkpoint(state, out, e);
    if (!json_is_object(train))
        return 0;
    AE_TRY(ae_str_printf(out, e, "  train   step %lld",
                         (long long)count_of(train, "step")));
    AE_TRY(print_steps(train, out, e));
    if (data)
        AE_TRY(ae_str_printf(out, e, "; %lld examples, %lld held out",
                             (long long)count_of(data, "items"),
                             (long long)count_of(data, "held_out")));
    ae_escape(safe, sizeof(safe), name ? name : "");
    if (name)
        AE_TRY(
            ae_str_printf(out, e, "; %s %.5g", safe,
                          json_number_value(json_object_get(score, "value"))));
    AE_TRY(ae_str_printf(out, e, "\n"));
    return print_settings(train, out, e);
}

static int print_model(const struct ae_model *m, int layers, struct ae_str *out,
                       struct ae_err *e)
{
    const struct ae_graph *g = m->graph;
    size_t weights = 0;
    int reach[2], align[2];

    ae_graph_receptive_field(g, reach, align);
    for (int i = 0; i < g->count; i++)
        weights += count_weights(&g->node[i]);
    AE_TRY(print_inputs_outputs(g, out, e));
    AE_TRY(ae_str_printf(out, e,
                         "  layers  %d, with %zu weights\n"
                         "  work    %.0f multiplications a pixel\n",
                         g->count, weights, ae_graph_macs(g)));
    if (ae_graph_is_fully_convolutional(g))
        AE_TRY(ae_str_printf(out, e,
                             "  reach   %d x %d pixels, in steps of %d x %d\n",
                             reach[0], reach[1], align[0], align[1]));
    for (int i = 0; i < AE_FITS; i++)
        if (m->fits.at[i])
            AE_TRY(ae_str_printf(
                out, e, "  fit     %d Gaussian%s over codes of %d\n",
                m->fits.at[i]->k, m->fits.at[i]->k > 1 ? "s" : "",
                m->fits.at[i]->d));
    AE_TRY(print_data(m, out, e));
    AE_TRY(print_train(m, out, e));
    return layers ? print_layers(g, out, e) : 0;
}

int ae_model_print(const struct ae_model *m, int layers, char **text,
                   struct ae_err *e)
{
    struct ae_str out = {0};
    const int rc = print_model(m, layers, &out, e);

    if (rc)
        ae_str_release(&out);
    *text = out.p;
    return rc;
}
