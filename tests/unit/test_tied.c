/* Tied dense layers: the other's weights turned, kept once; as an untied net
 * of equal weights; mirrored stacks; norms beside them; what is refused. */
#include "model/coder.h"
#include "models.h"
#include "nn/graph/exec.h"

enum { ITEMS = 5, IN = 12, UNITS = 37, CODE = 3 };

#define NET(tie)                                                               \
    "ae 1\nx input c=1 h=3 w=4\na dense c=37 act=tanh\nc dense c=3\n"          \
    "z code\nd dense c=37 act=tanh" tie "\np dense c=12" tie "\n"              \
    "y reshape h=3 w=4 c=1\noutput y\noutput z name=code\n"

static struct ae_ctx *context(void)
{
    struct ae_ctx *ctx;
    struct ae_err e = {0};

    cr_assert_eq(ae_ctx_new(NULL, &ctx, &e), 0, "%s", e.msg);
    return ctx;
}

static float *weights(const struct ae_model *m, const char *node, int param)
{
    const int i = ae_graph_find(m->graph, node);

    cr_assert(i >= 0 && param < m->graph->node[i].nparam);
    return m->weights + m->graph->node[i].param[param].offset;
}

/* The whole net, norms as outside training. */
static void run(struct ae_ctx *ctx, const struct ae_graph *g, float *w,
                const float *x, size_t in, float *y, size_t out)
{
    struct ae_exec *r;
    struct ae_err e = {0};

    cr_assert_eq(ae_exec_new(ctx, g, w, ITEMS, 0, 0, 0, &r, &e), 0, "%s",
                 e.msg);
    memcpy(ae_exec_input(r, NULL).data, x, ITEMS * in * sizeof(*x));
    ae_exec_forward(r, 0, 0);
    memcpy(y, ae_exec_output(r, NULL).data, ITEMS * out * sizeof(*y));
    ae_exec_free(r);
}

static void fill(float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (float)((i * 7919) % 101) / 101 - 0.4f;
}

/* The weights of a node of `to` are those of another of `from`, turned. */
static void turn(const struct ae_model *to, const char *node,
                 const struct ae_model *from, const char *other, int in,
                 int out)
{
    float *a = weights(to, node, 0), *b = weights(from, other, 0);

    for (int i = 0; i < in; i++)
        for (int j = 0; j < out; j++)
            a[i * out + j] = b[j * in + i];
}

Test(tied, as_an_untied_net_of_equal_weights)
{
    struct ae_ctx *ctx = context();
    struct ae_model *tied = new_model(NET(" tie=1")), *own = new_model(NET(""));
    float x[ITEMS * IN], y[2][ITEMS * IN], z[ITEMS * CODE];
    struct ae_coder *c;

    fill(x, ITEMS * IN);
    fill(weights(tied, "d", 0), UNITS); /* biases */
    fill(weights(tied, "p", 0), IN);
    fill(weights(own, "d", 1), UNITS);
    fill(weights(own, "p", 1), IN);
    turn(own, "d", tied, "c", CODE, UNITS);
    turn(own, "p", tied, "a", UNITS, IN);
    run(ctx, tied->graph, tied->weights, x, IN, y[0], IN);
    run(ctx, own->graph, own->weights, x, IN, y[1], IN);
    cr_assert_arr_eq(y[0], y[1], sizeof(y[0]));
    /* and so do its halves */
    cr_assert_eq(ae_coder_new(ctx, tied, 0, 0, 2, &c, NULL), 0);
    cr_assert_eq(ae_coder_encode(c, x, NULL, ITEMS, z, NULL, NULL), 0);
    cr_assert_eq(ae_coder_decode(c, z, NULL, ITEMS, y[1], NULL), 0);
    cr_assert_arr_eq(y[0], y[1], sizeof(y[0]));
    ae_coder_free(c);
    ae_model_free(tied);
    ae_model_free(own);
    ae_ctx_free(ctx);
}

Test(tied, weights_are_kept_once)
{
    struct ae_ctx ctx = log_context(NULL, NULL);
    struct ae_model *m = new_model(NET(" tie=1")), *back;
    const struct bytes b = write_model(m, 32);
    struct ae_err e;

    cr_assert(strstr(m->graph->text, "d dense c=37 act=tanh tie=c\n"), "%s",
              m->graph->text);
    cr_assert(strstr(m->graph->text, "p dense c=12 tie=a\n"));
    cr_assert_eq(m->graph->node[ae_graph_find(m->graph, "p")].nparam, 1);
    cr_assert_eq(read_model(&ctx, b.p, b.n, &back, &e), 0, "%s", e.msg);
    cr_assert_eq(back->graph->weights, m->graph->weights);
    cr_assert_arr_eq(back->weights, m->weights,
                     m->graph->weights * sizeof(float));
    cr_assert_str_eq(back->graph->text, m->graph->text);
    free(b.p);
    ae_model_free(back);
    ae_model_free(m);
}

Test(tied, the_preset_mirrors_its_encoder)
{
    struct ae_graph *g;
    struct ae_err e = {0};
    char *text, *vars;

    cr_assert_eq(ae_spec_find("dense:tied=1,h=9,z=2", &text, &vars, &e), 0);
    cr_assert_eq(ae_spec_parse(text, strlen(text), vars, NULL, &g, &e), 0, "%s",
                 e.msg);
    cr_assert(strstr(g->text, "d.1 dense c=9 act=relu tie=c\n"), "%s", g->text);
    cr_assert(strstr(g->text, "d.2 dense c=9 act=relu tie=e.2\n"));
    cr_assert(strstr(g->text, "act=sigmoid tie=e.1\n"));
    ae_graph_free(g);
    free(text);
    free(vars);
}

/* A norm is folded into weights that nobody else uses only. */
Test(tied, norms_stay_beside_shared_weights)
{
    static const char spec[] =
        "ae 1\nx input c=6 h=1 w=1\na dense c=4\nn bnorm\n"
        "d dense c=6 tie=a\nm bnorm\noutput m\n";
    struct ae_ctx *ctx = context();
    struct ae_model *m = new_model(spec);
    struct ae_graph *g;
    float *w, x[ITEMS * 6], y[2][ITEMS * 6];

    fill(x, ITEMS * 6);
    for (int k = 0; k < 4; k++) {
        fill(weights(m, "n", k), 4);
        fill(weights(m, "m", k), 6);
    }
    for (int i = 0; i < 4; i++)
        weights(m, "n", 3)[i] = weights(m, "m", 3)[i] = 2;
    cr_assert_eq(ae_graph_fold(m->graph, m->weights, &g, &w, NULL), 0);
    cr_assert_eq(g->count, m->graph->count);
    run(ctx, m->graph, m->weights, x, 6, y[0], 6);
    run(ctx, g, w, x, 6, y[1], 6);
    cr_assert_arr_eq(y[0], y[1], sizeof(y[0]));
    ae_free_aligned(w);
    ae_graph_free(g);
    ae_model_free(m);
    ae_ctx_free(ctx);
}

struct refusal {
    const char *node, *says;
};

Test(tied, refusals_say_why)
{
    static const struct refusal cases[] = {
        {"d dense c=6 tie=q", "no such node above"},
        {"d dense c=6 tie=d", "no such node above"},
        {"d dense c=6 tie=x", "no weights of its own"},
        {"d dense c=5 tie=a", "makes 4 of 6 numbers, this one 5 of 4"},
        {"d dense c=6 tie=1 < x", "makes 4 of 6 numbers, this one 6 of 6"},
        {"d dense c=6 tie=a\ne dense c=4 tie=1", "no such node above"},
        {"d dense c=6 tie=a\ne dense c=4 tie=d", "no weights of its own"},
        {"d conv c=6 tie=a", "tie"},
    };

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        char spec[200];
        struct ae_graph *g;
        struct ae_err e = {0};
        snprintf(spec, sizeof(spec),
                 "ae 1\nx input c=6 h=1 w=1\n"
                 "a dense c=4\n%s\noutput d\n",
                 cases[i].node);
        cr_expect_eq(ae_spec_parse(spec, strlen(spec), NULL, NULL, &g, &e),
                     AE_EARG, "case %zu", i);
        cr_expect(strstr(e.msg, cases[i].says), "'%s' lacks '%s'", e.msg,
                  cases[i].says);
        cr_assert_null(g);
    }
}
