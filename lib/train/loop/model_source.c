/* model_source.c - presets, spec files and trained models: a file is what its
 * content says, and a name that is neither preset nor file is looked up as
 * other commands do. */
#include "train/loop/model_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/rng.h"
#include "model/model_path.h"
#include "model/safetensors.h"
#include "model/spec.h"
#include "nn/graph/graph.h"
#include "train/fit/fit.h"

enum { SEED_WEIGHTS = 11 };

/* --------------------------------------------------------------- finding */

static int is_trained(const char *path)
{
    struct ae_io *io = NULL;
    const void *head;
    size_t got = 0;

    if (ae_io_open_path(path, &io, NULL) < 0)
        return 0;
    const int yes = ae_io_peek(io, &head, 9, &got, NULL) >= 0 &&
                    ae_st_begins(head, got);
    ae_io_close(io);
    return yes;
}

/* Whether a model is found by that name; a file's path is looked up nowhere. */
static int is_found(const char *name)
{
    struct ae_location p = {0};
    struct ae_str tried = {0};
    const int yes = !strchr(name, '/') &&
                    ae_location_find(name, 1, &p, &tried, NULL) == 0;

    ae_location_release(&p);
    ae_str_release(&tried);
    return yes;
}

static int parse_spec(const struct ae_model_source *s, const char *soft,
                      struct ae_graph **out, struct ae_err *e)
{
    return ae_spec_parse(s->text, strlen(s->text), s->vars, soft, out, e);
}

static void note_facts(struct ae_model_source *s, const struct ae_graph *g)
{
    int field[2], align[2];

    ae_graph_receptive_field(g, field, align);
    s->align = ae_max(align[0], align[1]);
    s->any_size = ae_graph_is_fully_convolutional(g);
    s->has_label = ae_graph_input(g, "label") >= 0;
    s->variational = ae_graph_is_variational(g);
    s->has_logvar = ae_graph_find_output(g, "logvar") >= 0;
    s->pca = !s->model && ae_pca_size(g) > 0;
}

static int load_trained(struct ae_model_source *s, struct ae_ctx *ctx,
                        const char *name, struct ae_err *e)
{
    AE_TRY(ae_model_load(ctx, name, &s->model, e));
    note_facts(s, s->model->graph);
    return 0;
}

int ae_model_source_find(struct ae_ctx *ctx, const char *name,
                         struct ae_model_source *s, struct ae_err *e)
{
    struct ae_graph *g;

    memset(s, 0, sizeof(*s));
    if (is_trained(name))
        return load_trained(s, ctx, name, e);
    const int rc = ae_spec_find(name, &s->text, &s->vars, e);
    if (rc < 0 && is_found(name))
        return load_trained(s, ctx, name, e);
    AE_TRY(rc);
    AE_TRY(parse_spec(s, NULL, &g, e));
    note_facts(s, g);
    ae_graph_free(g);
    return 0;
}

void ae_model_source_release(struct ae_model_source *s)
{
    free(s->text);
    free(s->vars);
    ae_model_free(s->model);
    memset(s, 0, sizeof(*s));
}

const char *ae_model_source_loss(const struct ae_model_source *s, int outside)
{
    const char *loss = s->model ? ae_model_setting(s->model, "loss") : NULL;

    if (loss)
        return loss;
    if (s->has_logvar)
        return "gauss";
    if (s->variational)
        return outside ? NULL : "bernoulli";
    return s->any_size ? "l1" : "l2";
}

/* -------------------------------------------------------------- checking */

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

static int check_items(const struct ae_node *nd, struct ae_shape shape,
                       struct ae_err *e)
{
    if (nd->shape.c != shape.c)
        return ae_fail(e, AE_EARG,
                       "the net takes %d channel(s), the data have %d: give "
                       "its spec the variable ch=%d, if it has one, or convert "
                       "the data",
                       nd->shape.c, shape.c, shape.c);
    if ((nd->shape.h && nd->shape.h != shape.h) ||
        (nd->shape.w && nd->shape.w != shape.w))
        return ae_fail(e, AE_EARG,
                       "the net takes items of %dx%d, the data give %dx%d: "
                       "`patch` %d, or the variables rows and cols, if its "
                       "spec has them",
                       nd->shape.h, nd->shape.w, shape.h, shape.w, nd->shape.h);
    return 0;
}

static int check_input(const struct ae_node *nd, struct ae_shape shape,
                       int classes, struct ae_err *e)
{
    const struct ae_input *in = nd->attr;
    const char *name = in->name ? in->name : nd->name;

    if (strcmp(name, "x") == 0)
        return check_items(nd, shape, e);
    if (strcmp(name, "label") == 0)
        return check_classes(nd, classes, e);
    if (strcmp(name, "sigma") == 0)
        return 0;
    return ae_fail(e, AE_EARG,
                   "the net has an input '%s'; only 'x', 'sigma' and 'label' "
                   "can be fed",
                   name);
}

static int check_output(const struct ae_graph *g, struct ae_shape shape,
                        struct ae_err *e)
{
    struct ae_shape *all = ae_alloc((size_t)g->count, sizeof(*all), e);

    if (!all)
        return AE_EMEM;
    int rc = ae_graph_shapes(g, shape.h, shape.w, all, e);
    const struct ae_shape out = all[g->output[0]];
    if (rc >= 0 && (out.h != shape.h || out.w != shape.w || out.c != shape.c))
        rc = ae_fail(e, AE_EARG,
                     "the net makes %dx%dx%d (rows, columns, channels) of "
                     "%dx%dx%d: input and output must agree",
                     out.h, out.w, out.c, shape.h, shape.w, shape.c);
    free(all);
    return rc;
}

int ae_model_source_check(const struct ae_graph *g, struct ae_shape shape,
                          int classes, struct ae_err *e)
{
    for (int i = 0; i < g->count; i++)
        if (g->node[i].flags & AE_IS_INPUT)
            AE_TRY(check_input(&g->node[i], shape, classes, e));
    if (ae_graph_input(g, "x") < 0)
        return ae_fail(e, AE_EARG, "the net has no input 'x'");
    return check_output(g, shape, e);
}

/* --------------------------------------------------------------- making */

/* Sets an attribute of every node of a kind; `field` names the option. */
static int set_attr(const struct ae_graph *g, const char *kind,
                    const char *attr, double v, const char *field,
                    struct ae_err *e)
{
    char text[32];
    int found = 0;

    if (!(v > 0))
        return 0; /* as the spec says */
    snprintf(text, sizeof(text), "%.9g", v);
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (strcmp(nd->kind->name, kind) != 0)
            continue;
        const struct ae_field *f = ae_field_find(nd->kind->fields, attr);
        if (f)
            AE_TRY(ae_field_parse(f, nd->attr, text, e));
        found = 1;
    }
    if (found)
        return 0;
    return ae_fail(e, AE_EARG,
                   "`%s`: the spec has no %s node; add a line 'NAME %s %s=%g' "
                   "where it shall act",
                   field, kind, kind, attr, v);
}

static int adapt(const struct ae_model *m, struct ae_shape shape, int classes,
                 const struct ae_train_options *o, struct ae_err *e)
{
    AE_TRY(set_attr(m->graph, "dropout", "p", o->dropout, "dropout", e));
    AE_TRY(set_attr(m->graph, "code", "l1", o->l1_code, "l1-code", e));
    AE_TRY(ae_spec_write(m->graph, e));
    return ae_model_source_check(m->graph, shape, classes, e);
}

static int make_fresh(const struct ae_model_source *s, struct ae_ctx *ctx,
                      struct ae_shape shape, int outside, int classes,
                      uint64_t seed, struct ae_model **out, struct ae_err *e)
{
    struct ae_graph *g = NULL;
    char soft[96];

    snprintf(soft, sizeof(soft), "rows=%d,cols=%d,ch=%d,classes=%d%s", shape.h,
             shape.w, shape.c, ae_max(classes, 1), outside ? ",out=none" : "");
    AE_TRY(parse_spec(s, soft, &g, e));
    AE_TRY(ae_model_new(ctx, g, out, e));
    ae_graph_init(g, (*out)->weights, ae_mix(seed, SEED_WEIGHTS));
    return 0;
}

int ae_model_source_make(struct ae_model_source *s, struct ae_ctx *ctx,
                         struct ae_shape shape, int outside, int classes,
                         const struct ae_train_options *o,
                         struct ae_model **out, struct ae_err *e)
{
    *out = s->model;
    s->model = NULL;
    if (!*out)
        AE_TRY(make_fresh(s, ctx, shape, outside, classes, o->seed, out, e));
    const int rc = adapt(*out, shape, classes, o, e);
    if (rc < 0) {
        ae_model_free(*out);
        *out = NULL;
    }
    return rc;
}
