/* network.c - from -m to a model: presets, spec files, trained models, which
 * are recognised by content. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/rng.h"
#include "base/str.h"
#include "model/safetensors.h"
#include "model/spec.h"
#include "nn/graph/graph.h"
#include "train/loop/network.h"
#include "train/fit/pca.h"

enum { SEED_WEIGHTS = 11 };

static int is_trained(const char *path)
{
    struct ae_io *io = NULL;
    const void *head;
    size_t got = 0;

    if (ae_io_open_path(path, &io, NULL) < 0)
        return 0;
    const int r = ae_io_peek(io, &head, 9, &got, NULL);
    const int yes = r >= 0 && ae_st_begins(head, got);
    ae_io_close(io);
    return yes;
}

int ae_origin_find(struct ae_ctx *ctx, const char *name, struct ae_origin *o,
                   struct ae_err *e)
{
    memset(o, 0, sizeof(*o));
    if (is_trained(name))
        return ae_model_load(ctx, name, &o->model, e);
    return ae_spec_find(name, &o->text, &o->vars, e);
}

void ae_origin_release(struct ae_origin *o)
{
    free(o->text);
    free(o->vars);
    ae_model_free(o->model);
    memset(o, 0, sizeof(*o));
}

static int parse(const struct ae_origin *o, const char *soft,
                 struct ae_graph **out, struct ae_err *e)
{
    return ae_spec_parse(o->text, strlen(o->text), o->vars, soft, out, e);
}

/* The graph of the trained model, or one of the spec as it stands; to be given
 * back. */
static int lend(const struct ae_origin *o, struct ae_graph **g,
                struct ae_err *e)
{
    *g = o->model ? o->model->graph : NULL;
    return *g ? 0 : parse(o, NULL, g, e);
}

static void give_back(const struct ae_origin *o, struct ae_graph *g)
{
    if (!o->model)
        ae_graph_free(g);
}

int ae_origin_is_free(const struct ae_origin *o, int *align, struct ae_err *e)
{
    struct ae_graph *g;
    int reach[2], both[2], r = lend(o, &g, e);

    if (r < 0)
        return r;
    r = ae_graph_is_fully_convolutional(g);
    ae_graph_receptive_field(g, reach, both);
    *align = ae_max(both[0], both[1]);
    give_back(o, g);
    return r;
}

int ae_origin_asks(const struct ae_origin *o, const char *input,
                   struct ae_err *e)
{
    struct ae_graph *g;
    int found = 0, r = lend(o, &g, e);

    for (int i = 0; r >= 0 && i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        const struct ae_input *in = nd->attr;
        found |= nd->flags & AE_IS_INPUT &&
                 strcmp(in->name ? in->name : nd->name, input) == 0;
    }
    if (r >= 0)
        give_back(o, g);
    return r < 0 ? r : found;
}

int ae_origin_fits(const struct ae_origin *o, struct ae_err *e)
{
    struct ae_graph *g = NULL;

    if (o->model)
        return 0;
    const int r = parse(o, NULL, &g, e);
    const int found = r >= 0 && ae_pca_asked(g);
    ae_graph_free(g);
    return r < 0 ? r : found;
}

static const char *loss_of(const struct ae_graph *g, int outside)
{
    if (ae_graph_find_output(g, "logvar") >= 0)
        return "gauss";
    if (ae_graph_is_variational(g))
        return outside ? NULL : "bernoulli";
    return ae_graph_is_fully_convolutional(g) ? "l1" : "l2";
}

int ae_origin_loss(const struct ae_origin *o, int outside, char **loss,
                   struct ae_err *e)
{
    const char *name = o->model ? ae_model_setting(o->model, "loss") : NULL;
    struct ae_str copy = {0};
    struct ae_graph *g;
    int r = lend(o, &g, e);

    if (r < 0)
        return r;
    if (!name)
        name = loss_of(g, outside);
    give_back(o, g);
    if (name)
        r = ae_str_printf(&copy, e, "%s", name);
    else
        r = ae_fail(e, AE_EARG,
                    "what is the noise of data outside 0..1? `loss` "
                    "gauss:sigma=X, X being the error that may stay, in units "
                    "of the scaled data; or -m vae:lv=1, which learns it");
    *loss = copy.p;
    return r;
}

/* Sets an attribute of every node of a kind. */
static int set_attr(const struct ae_graph *g, const char *kind,
                    const char *attr, double v, const char *option,
                    struct ae_err *e)
{
    char text[32];
    int found = 0, r = 0;

    snprintf(text, sizeof(text), "%.9g", v);
    for (int i = 0; i < g->count && r >= 0; i++) {
        const struct ae_node *nd = &g->node[i];
        if (strcmp(nd->kind->name, kind) != 0)
            continue;
        const struct ae_field *f = ae_field_find(nd->kind->fields, attr);
        r = f ? ae_field_parse(f, nd->attr, text, e) : 0;
        found = 1;
    }
    if (r >= 0 && !found)
        r = ae_fail(e, AE_EARG,
                    "%s: the spec has no %s node; add a line 'NAME %s %s=%g' "
                    "where it shall act",
                    option, kind, kind, attr, v);
    return r;
}

int ae_network_new(struct ae_ctx *ctx, struct ae_origin *o,
                   struct ae_shape shape, int outside, int classes,
                   const struct ae_train_options *to, struct ae_model **out,
                   struct ae_err *e)
{
    struct ae_graph *g = NULL;
    char soft[96];
    int r = 0;

    *out = o->model;
    o->model = NULL;
    if (!*out) {
        snprintf(soft, sizeof(soft), "rows=%d,cols=%d,ch=%d,classes=%d%s",
                 shape.h, shape.w, shape.c, ae_max(classes, 1),
                 outside ? ",out=none" : "");
        if ((r = parse(o, soft, &g, e)) < 0)
            return r;
        if ((r = ae_model_new(ctx, g, out, e)) < 0)
            return r;
        ae_graph_init(g, (*out)->weights, ae_mix(to->seed, SEED_WEIGHTS));
    }
    if (to->dropout > 0)
        r = set_attr((*out)->graph, "dropout", "p", to->dropout, "`dropout`",
                     e);
    if (r >= 0 && to->l1_code > 0)
        r = set_attr((*out)->graph, "code", "l1", to->l1_code, "`l1-code`", e);
    if (r >= 0)
        r = ae_spec_write((*out)->graph, e);
    if (r < 0) {
        ae_model_free(*out);
        *out = NULL;
    }
    return r;
}

static int check_classes(const struct ae_node *nd, int classes,
                         struct ae_err *e)
{
    if (nd->shape.c == classes)
        return 0;
    return ae_fail(e, AE_EARG,
                   "the net's input 'label' has %d classes, the data have %d: "
                   "give its spec the variable classes, if it has one",
                   nd->shape.c, classes);
}

static int check_inputs(const struct ae_graph *g, struct ae_shape shape,
                        int classes, struct ae_err *e)
{
    int found = 0;

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (!(nd->flags & AE_IS_INPUT))
            continue;
        const struct ae_input *in = nd->attr;
        const char *name = in->name ? in->name : nd->name;
        if (strcmp(name, "label") == 0 && check_classes(nd, classes, e) < 0)
            return AE_EARG;
        if (strcmp(name, "sigma") == 0 || strcmp(name, "label") == 0)
            continue;
        if (strcmp(name, "x") != 0)
            return ae_fail(e, AE_EARG,
                           "the net has an input '%s'; only 'x', 'sigma' and "
                           "'label' can be fed",
                           name);
        found = 1;
        if (nd->shape.c != shape.c)
            return ae_fail(e, AE_EARG,
                           "the net takes %d channel(s), the data have %d: "
                           "give its spec the variable ch=%d, if it has one, "
                           "or convert the data",
                           nd->shape.c, shape.c, shape.c);
        if ((nd->shape.h && nd->shape.h != shape.h) ||
            (nd->shape.w && nd->shape.w != shape.w))
            return ae_fail(e, AE_EARG,
                           "the net takes items of %dx%d, the data give %dx%d: "
                           "`patch` %d, or the variables rows and cols, if its "
                           "spec has them",
                           nd->shape.h, nd->shape.w, shape.h, shape.w,
                           nd->shape.h);
    }
    if (!found)
        return ae_fail(e, AE_EARG, "the net has no input 'x'");
    return 0;
}

int ae_network_check(const struct ae_graph *g, struct ae_shape shape,
                     int classes, struct ae_err *e)
{
    struct ae_shape *all;

    int r = check_inputs(g, shape, classes, e);
    if (r < 0)
        return r;
    if (!(all = ae_alloc((size_t)g->count, sizeof(*all), e)))
        return AE_EMEM;
    r = ae_graph_shapes(g, shape.h, shape.w, all, e);
    const struct ae_shape out = all[g->output[0]];
    if (r >= 0 && (out.h != shape.h || out.w != shape.w || out.c != shape.c))
        r = ae_fail(e, AE_EARG,
                    "the net makes %dx%dx%d (rows, columns, channels) of "
                    "%dx%dx%d: input and output must agree",
                    out.h, out.w, out.c, shape.h, shape.w, shape.c);
    free(all);
    return r;
}
