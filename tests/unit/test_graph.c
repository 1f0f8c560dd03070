/* Graphs: what is refused and how it is said; shapes, reach, steps between
 * pixels, work per pixel, places of weights. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/graph/graph.h"

static struct ae_graph *graph(void)
{
    struct ae_graph *g;
    cr_assert_eq(ae_graph_new(&g, NULL), 0);
    return g;
}

/* Appends a node that reads the one before, or `in`. */
static int add(struct ae_graph *g, const char *kind, const char *name,
               const char *attrs, int in)
{
    struct ae_err e = {0, ""};
    int input = in < 0 ? g->count - 1 : in;
    int none = strcmp(kind, "input") == 0;
    int rc = ae_graph_add(g, kind, name, attrs, &input, !none, 9, &e);
    cr_assert_eq(rc, 0, "%s", e.msg);
    return g->count - 1;
}

struct refusal {
    const char *kind, *name, *attrs;
    int nin, code;
    const char *says;
};

Test(graph, refusals_say_line_node_and_reason)
{
    static const struct refusal cases[] = {
        {"convo", "b", "c=3", 1, AE_EARG, "convo"},
        {"conv", "x", "c=3", 1, AE_EARG, "taken"},
        {"conv", "", "c=3", 1, AE_EARG, "name"},
        {"conv", "a/b", "c=3", 1, AE_EARG, "a/b"},
        {"conv", "1a", "c=3", 1, AE_EARG, "1a"},
        {"conv", "b", "c=3 q=1", 1, AE_EARG, "q"},
        {"conv", "b", "c=0", 1, AE_EARG, "c"},
        {"conv", "b", "", 1, AE_EARG, "c="},
        {"conv", "b", "c=3", 0, AE_EARG, "inputs"},
        {"conv", "b", "c=3", 2, AE_EARG, "inputs"},
        {"conv", "b", "c=70000", 1, AE_EARG, "c"},
        {"conv", "b", "c=65536 k=31", 1, AE_ELIMIT, "weights"},
        {"add", "b", "", 1, AE_EARG, "inputs"},
        {"sub", "b", "", 3, AE_EARG, "inputs"},
        {"unshuffle", "b", "k=64", 1, AE_ELIMIT, "1048576"},
        {"shuffle", "b", "", 1, AE_EARG, "multiple"},
        {"pool", "b", "k=2 s=3", 1, AE_EARG, "3x3"},
        {"pool", "b", "kind=median", 1, AE_EARG, "median"},
        {"reshape", "b", "c=4", 1, AE_EARG, "become"},
        {"dense", "b", "c=4", 1, AE_EARG, "known"},
        {"input", "b", "h=3", 0, AE_EARG, "both"},
        {"latent", "b", "c=7", 2, AE_EARG, "c=7"},
        {"bnorm", "b", "eps=-1", 1, AE_EARG, "eps"},
    };
    for (size_t i = 0; i < AE_LEN(cases); i++) {
        const struct refusal *c = &cases[i];
        struct ae_graph *g = graph();
        struct ae_err e = {0, ""};
        int in[3] = {0, 0, 0};
        add(g, "input", "x", "c=257", -1);
        int rc = ae_graph_add(g, c->kind, c->name, c->attrs, in, c->nin, 41,
                              &e);
        cr_assert_eq(rc, c->code, "%s %s: %d", c->kind, c->attrs, rc);
        cr_assert(strstr(e.msg, c->says), "%s %s: '%s' lacks '%s'", c->kind,
                  c->attrs, e.msg, c->says);
        cr_assert(strstr(e.msg, "line 41"), "%s", e.msg);
        cr_assert_eq(g->count, 1);
        ae_graph_free(g);
    }
}

Test(graph, joins_need_equal_sizes)
{
    struct ae_graph *g = graph();
    struct ae_err e;
    add(g, "input", "x", "c=3", -1);
    int in[2] = {0, add(g, "conv", "a", "c=4", -1)};
    cr_assert_eq(ae_graph_add(g, "add", "s", "", in, 2, 3, &e), AE_EARG);
    cr_assert(strstr(e.msg, "broadcast"));
    cr_assert_eq(ae_graph_add(g, "cat", "j", "", in, 2, 3, &e), 0);
    cr_assert_eq(g->node[2].shape.c, 7);
    ae_graph_free(g);
}

Test(graph, ends)
{
    struct ae_graph *g = graph();
    struct ae_err e;
    cr_assert_eq(ae_graph_finish(g, &e), AE_EARG);
    add(g, "input", "x", "c=3", -1);
    cr_assert_eq(ae_graph_finish(g, &e), AE_EARG);
    cr_assert(strstr(e.msg, "output"));
    cr_assert_eq(ae_graph_output(g, 1, NULL, &e), AE_EARG);
    cr_assert_eq(ae_graph_output(g, 0, NULL, &e), 0);
    cr_assert_eq(ae_graph_output(g, 0, "output", &e), AE_EARG);
    cr_assert_eq(ae_graph_finish(g, &e), 0);
    ae_graph_free(g);
}

Test(graph, too_many_nodes)
{
    struct ae_graph *g = graph();
    struct ae_err e = {0, ""};
    char name[16];
    int in = 0, rc = 0;
    add(g, "input", "x", "", -1);
    for (int i = 1; !rc && i < 5000; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        rc = ae_graph_add(g, "act", name, "", &in, 1, i, &e);
    }
    cr_assert_eq(rc, AE_ELIMIT);
    cr_assert_eq(g->count, ae_graph_limits.nodes);
    ae_graph_free(g);
}

/* Nodes without weights, each within the other limits; n of them. */
static int finish(const char *kind, const char *attrs, int n, struct ae_err *e)
{
    struct ae_graph *g = graph();
    char name[16];

    add(g, "input", "x", "c=64", -1);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        add(g, kind, name, attrs, -1);
    }
    cr_assert_eq(ae_graph_output(g, n, NULL, e), 0);
    const int rc = ae_graph_finish(g, e);
    ae_graph_free(g);
    return rc;
}

Test(graph, work_is_limited)
{
    struct ae_err e;

    /* 64 * 4096 values a pixel each, 2^18 */
    cr_expect_eq(finish("pool", "k=64 s=1", 63, &e), 0);
    cr_expect_eq(finish("pool", "k=64 s=1", 64, &e), AE_ELIMIT);
    cr_expect(strstr(e.msg, "multiplications a pixel"), "%s", e.msg);
    /* 2^6, 2^18 and 2^30 values a pixel */
    cr_expect_eq(finish("up", "k=64", 1, &e), 0);
    cr_expect_eq(finish("up", "k=64", 2, &e), AE_ELIMIT);
}

Test(graph, strides_are_limited)
{
    struct ae_err e;

    cr_expect_eq(finish("pool", "k=32", 4, &e), 0);
    cr_expect_eq(finish("pool", "k=32", 5, &e), AE_ELIMIT);
    cr_expect(strstr(e.msg, "common multiple"), "%s", e.msg);
    cr_expect_eq(finish("pool", "k=64", 8, &e), AE_ELIMIT);
}

/* A weight may be used once, however many there are. */
Test(graph, dense_layers_take_what_they_weigh)
{
    struct ae_graph *g = graph();
    struct ae_err e;

    add(g, "input", "x", "h=1 w=1 c=8192", -1);
    add(g, "dense", "d", "c=8192", -1);
    add(g, "dense", "o", "c=1", -1);
    cr_assert_eq(ae_graph_output(g, 2, NULL, &e), 0);
    cr_expect_eq(ae_graph_finish(g, &e), 0, "%s", e.msg);
    ae_graph_free(g);
}

Test(graph, weights_do_not_overlap)
{
    struct ae_graph *g = graph();
    add(g, "input", "x", "c=3", -1);
    add(g, "conv", "a", "c=5 k=3", -1);
    add(g, "bnorm", "n", "", -1);
    add(g, "conv", "b", "c=2 k=1 bias=0", -1);
    cr_assert_eq(ae_graph_output(g, 3, NULL, NULL), 0);
    cr_assert_eq(ae_graph_finish(g, NULL), 0);
    size_t end = 0;
    for (int i = 0; i < g->count; i++)
        for (int p = 0; p < g->node[i].nparam; p++) {
            const struct ae_param *q = &g->node[i].param[p];
            cr_assert_eq(q->offset % 16, 0);
            cr_assert_geq(q->offset, end);
            end = q->offset + q->count;
        }
    cr_assert_leq(end, g->weights);
    cr_assert_eq(g->node[1].param[0].count, 3 * 3 * 3 * 5);
    ae_graph_free(g);
}

Test(graph, init_depends_on_seed_and_name)
{
    float w[3][2048];
    for (int i = 0; i < 3; i++) {
        struct ae_graph *g = graph();
        add(g, "input", "x", "c=8", -1);
        add(g, "conv", "a", "c=16 act=relu", -1);
        if (i) /* a layer elsewhere changes none */
            add(g, "conv", "b", "c=16", 0);
        cr_assert_eq(ae_graph_output(g, 1, NULL, NULL), 0);
        cr_assert_eq(ae_graph_finish(g, NULL), 0);
        float *all = ae_alloc_aligned(g->weights, sizeof(*all), NULL);
        ae_graph_init(g, all, i < 2 ? 5 : 6);
        memcpy(w[i], all, g->node[1].param[0].count * sizeof(*all));
        ae_free_aligned(all);
        ae_graph_free(g);
    }
    double sum = 0, want = 2.0 / (9 * 8);
    for (int i = 0; i < 9 * 8 * 16; i++)
        sum += (double)w[0][i] * (double)w[0][i] / (9 * 8 * 16);
    cr_assert_eq(memcmp(w[0], w[1], 9 * 8 * 16 * sizeof(float)), 0);
    cr_assert_neq(memcmp(w[0], w[2], 9 * 8 * 16 * sizeof(float)), 0);
    cr_assert(fabs(sum / want - 1) < 0.15, "variance %g, not %g", sum, want);
}

Test(graph, reach_and_align)
{
    struct ae_graph *g = graph();
    int reach[2], align[2];
    add(g, "input", "x", "c=3", -1);
    add(g, "conv", "a", "c=4 k=5x3", -1); /* 2, 1 */
    add(g, "pool", "p", "k=2", -1);       /* + 1 */
    add(g, "conv", "b", "c=4 k=3", -1);   /* + 2 */
    add(g, "up", "u", "k=2", -1);         /* + 1 */
    add(g, "conv", "c", "c=3 k=3", -1);   /* + 1 */
    cr_assert_eq(ae_graph_output(g, 5, NULL, NULL), 0);
    cr_assert_eq(ae_graph_finish(g, NULL), 0);
    ae_graph_receptive_field(g, reach, align);
    cr_assert_eq(reach[0], 7);
    cr_assert_eq(reach[1], 6);
    cr_assert_eq(align[0], 2);
    cr_assert_eq(align[1], 2);
    cr_assert(ae_graph_is_fully_convolutional(g));
    double macs = 15 * 3 * 4 + 9 * 4 * 4 / 4.0 + 9 * 4 * 3;
    cr_assert_float_eq(ae_graph_macs(g), macs, 1e-9);
    ae_graph_free(g);
}

Test(graph, sizes)
{
    struct ae_graph *g = graph();
    struct ae_shape s[4];
    struct ae_err e;
    add(g, "input", "x", "c=3", -1);
    add(g, "pool", "p", "k=2", -1);
    int in[2] = {1, 0};
    cr_assert_eq(ae_graph_add(g, "up", "u", "", in, 2, 1, NULL), 0);
    cr_assert_eq(ae_graph_add(g, "unshuffle", "q", "", in + 1, 1, 2, NULL), 0);
    cr_assert_eq(ae_graph_output(g, 2, NULL, NULL), 0);
    cr_assert_eq(ae_graph_finish(g, NULL), 0);
    cr_assert_eq(ae_graph_shapes(g, 8, 6, s, &e), 0);
    cr_assert(s[1].h == 4 && s[1].w == 3 && s[2].h == 8 && s[3].c == 12);
    cr_assert_eq(ae_graph_shapes(g, 7, 6, s, &e), AE_EARG);
    cr_assert(strstr(e.msg, "q: ") && strstr(e.msg, "7x6"), "%s", e.msg);
    cr_assert(s[1].h == 4 && s[2].h == 7);
    ae_graph_free(g);
}

Test(graph, fixed_sizes)
{
    struct ae_graph *g = graph();
    struct ae_shape s[2];
    struct ae_err e;
    add(g, "input", "x", "c=1 h=4 w=5", -1);
    add(g, "dense", "d", "c=3", -1);
    cr_assert_eq(ae_graph_output(g, 1, NULL, NULL), 0);
    cr_assert_eq(ae_graph_finish(g, NULL), 0);
    cr_assert_not(ae_graph_is_fully_convolutional(g));
    cr_assert_eq(ae_graph_shapes(g, 0, 0, s, &e), 0);
    cr_assert_eq(ae_graph_shapes(g, 4, 6, s, &e), AE_EARG);
    cr_assert(strstr(e.msg, "4 x 5"), "%s", e.msg);
    cr_assert_float_eq(ae_graph_macs(g), 3, 1e-9);
    ae_graph_free(g);
}

Test(graph, freezing_stops_a_node_and_what_it_is_computed_from)
{
    static const int trained[] = {0, 0, 0, 1, 1};
    struct ae_graph *g = graph();
    struct ae_err e;
    const int x = add(g, "input", "x", "c=1", -1);
    const int a = add(g, "conv", "a", "c=2", x);
    add(g, "conv", "b", "c=2", a);
    add(g, "conv", "beside", "c=2", a);
    add(g, "conv", "last", "c=2", -1);
    cr_assert_eq(ae_graph_freeze(g, "nowhere", &e), AE_EARG);
    cr_assert(strstr(e.msg, "nowhere"), "%s", e.msg);
    cr_assert_eq(ae_graph_freeze(g, "b", &e), 0);
    for (int i = 0; i < g->count; i++)
        for (int p = 0; p < g->node[i].nparam; p++)
            cr_assert_eq(g->node[i].param[p].trainable, trained[i], "node %d",
                         i);
    cr_assert_eq(ae_graph_freeze(g, "last", &e), AE_EARG);
    cr_assert(strstr(e.msg, "nothing is left"), "%s", e.msg);
    ae_graph_free(g);
}

Test(graph, layer_table)
{
    for (size_t i = 0; ae_layer_at(i); i++) {
        const struct ae_layer_kind *k = ae_layer_at(i);
        cr_assert_eq(ae_layer_by_name(k->name), k);
        cr_assert(k->help && k->help[0] && k->shape);
        cr_assert_eq(!k->forward, !!(k->flags & AE_IS_INPUT));
    }
    cr_assert_null(ae_layer_by_name("none"));
}
