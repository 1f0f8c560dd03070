/* The halves of models: what they give together and apart, for any batch and
 * any number of threads; what is refused and how. */
#include <math.h>

#include "base/rng.h"
#include "models.h"
#include "nn/graph/exec.h"

enum { ITEMS = 5, MOST = 4096 };

/* A convolutional one whose decoder takes its sizes from encoder nodes. */
static const char conv[] =
    "ae 1\nx input h=7 w=5 c=2\ne1 conv c=4 k=3\nn1 bnorm\n"
    "p1 pool k=2\nz dense c=6\nd0 dense c=4*3*4 act=relu\n"
    "d1 reshape h=4 w=3 c=4\nu1 up k=2 < d1 e1\ny conv c=2 k=3\n"
    "output y\noutput z name=code\n";
static const char free_size[] =
    "ae 1\nx input c=1\ne1 conv c=4 k=3 act=relu\np1 pool k=2\n"
    "z conv c=2 k=1\nu1 up k=2 < z x\ny conv c=1 k=3\noutput y\n"
    "output z name=code\n";
static const char gauss[] =
    "ae 1\nx input h=3 w=3 c=1\nlabel input h=1 w=1 c=3\nf dense c=9 < x\n"
    "j cat < f label\nmu dense c=2 < j\nlv dense c=2 < j\n"
    "z latent < mu lv\nk cat < z label\nd dense c=9 < k\n"
    "y reshape h=3 w=3 c=1\noutput y\n";

static struct ae_ctx *context(int threads)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    return ctx;
}

static struct ae_coder *coder(struct ae_ctx *ctx, const char *spec, int h,
                              int w, int batch)
{
    struct ae_model *m = new_model(spec);
    struct ae_coder *c;
    struct ae_err e = {0};

    cr_assert_eq(ae_coder_new(ctx, m, h, w, batch, &c, &e), 0, "%s", e.msg);
    ae_model_free(m); /* the coder has what it needs */
    return c;
}

static void fill(float *x, size_t n)
{
    for (size_t i = 0; i < n; i += 64)
        ae_rng_normals(7, 1, i, x + i, n - i < 64 ? n - i : 64);
}

/* The whole net on item `at`. */
static void whole(struct ae_ctx *ctx, const char *spec, const float *x,
                  const struct ae_coder_info *i, int at, float *y)
{
    struct ae_model *m = new_model(spec);
    struct ae_graph *g;
    struct ae_exec *run;
    const size_t item = (size_t)(i->h * i->w * i->c);
    float *w;

    cr_assert_eq(ae_graph_fold(m->graph, m->weights, &g, &w, NULL), 0);
    cr_assert_eq(ae_exec_new(ctx, g, w, 1, i->h, i->w, 0, &run, NULL), 0);
    memcpy(ae_exec_input(run, "x").data, x + (size_t)at * item,
           item * sizeof(*x));
    ae_exec_forward(run, 0, 0);
    const struct ae_view v = ae_exec_output(run, NULL);
    memcpy(y, v.data, item * sizeof(*y));
    ae_exec_free(run);
    ae_graph_free(g);
    ae_free_aligned(w);
    ae_model_free(m);
}

static void check_halves(const char *spec, int h, int w)
{
    struct ae_ctx *ctx = context(2);
    struct ae_coder *c = coder(ctx, spec, h, w, 3);
    const struct ae_coder_info *i = ae_coder_info(c);
    const size_t item = (size_t)(i->h * i->w * i->c);
    static float x[MOST], y[MOST], z[MOST], want[MOST];

    cr_assert_leq(ITEMS * item, MOST);
    fill(x, ITEMS * item);
    cr_assert_eq(ae_coder_encode(c, x, NULL, ITEMS, z, NULL, NULL), 0);
    cr_assert_eq(ae_coder_decode(c, z, NULL, ITEMS, y, NULL), 0);
    for (int k = 0; k < ITEMS; k++) {
        whole(ctx, spec, x, i, k, want);
        cr_assert_eq(memcmp(want, y + (size_t)k * item, item * sizeof(*y)), 0,
                     "item %d", k);
    }
    cr_assert_neq(memcmp(y, y + item, item * sizeof(*y)), 0);
    ae_coder_free(c);
    ae_ctx_free(ctx);
}

Test(coder, two_halves_are_the_whole)
{
    check_halves(conv, 0, 0);
    check_halves(free_size, 13, 6);
}

Test(coder, sizes)
{
    struct ae_ctx *ctx = context(1);
    struct ae_coder *c = coder(ctx, free_size, 13, 6, 1);
    const struct ae_coder_info *i = ae_coder_info(c);

    cr_assert(i->h == 13 && i->w == 6 && i->c == 1);
    cr_assert(i->code_h == 7 && i->code_w == 3 && i->code_c == 2);
    cr_assert(i->code == 42 && !i->gaussian && i->labels == 0);
    ae_coder_free(c);
    ae_ctx_free(ctx);
}

Test(coder, batch_and_threads_change_nothing)
{
    static float x[MOST], z[3][ITEMS * 6], y[3][MOST];
    static const int batch[3] = {1, 2, 64}, threads[3] = {1, 3, 2};
    const size_t item = 7 * 5 * 2;

    fill(x, ITEMS * item);
    for (int k = 0; k < 3; k++) {
        struct ae_ctx *ctx = context(threads[k]);
        struct ae_coder *c = coder(ctx, conv, 0, 0, batch[k]);
        cr_assert_eq(ae_coder_encode(c, x, NULL, ITEMS, z[k], NULL, NULL), 0);
        cr_assert_eq(ae_coder_decode(c, z[k], NULL, ITEMS, y[k], NULL), 0);
        /* Again in single steps, after more items than one. */
        for (int j = 0; j < ITEMS; j++) {
            float one[6];
            cr_assert_eq(ae_coder_encode(c, x + (size_t)j * item, NULL, 1, one,
                                         NULL, NULL),
                         0);
            cr_assert_eq(memcmp(one, z[k] + 6 * j, sizeof(one)), 0);
        }
        ae_coder_free(c);
        ae_ctx_free(ctx);
    }
    for (int k = 1; k < 3; k++) {
        cr_assert_eq(memcmp(z[0], z[k], sizeof(z[0])), 0);
        cr_assert_eq(memcmp(y[0], y[k], ITEMS * item * sizeof(float)), 0);
    }
}

Test(coder, gaussian_with_labels)
{
    struct ae_ctx *ctx = context(1);
    struct ae_coder *c = coder(ctx, gauss, 0, 0, 2);
    const struct ae_coder_info *i = ae_coder_info(c);
    static const int one[3] = {0, 1, 2}, other[3] = {1, 1, 2};
    float x[3 * 9], mu[2][6], lv[2][6], y[2][27];
    struct ae_err e;

    cr_assert(i->gaussian && i->labels == 3 && i->code == 2);
    fill(x, 27);
    cr_assert_eq(ae_coder_encode(c, x, one, 3, mu[0], lv[0], NULL), 0);
    cr_assert_eq(ae_coder_encode(c, x, other, 3, mu[1], lv[1], NULL), 0);
    cr_assert_neq(memcmp(mu[0], mu[1], 2 * sizeof(float)), 0);
    cr_assert_neq(memcmp(lv[0], lv[1], 2 * sizeof(float)), 0);
    cr_assert_eq(memcmp(mu[0] + 2, mu[1] + 2, 4 * sizeof(float)), 0);
    cr_assert_eq(ae_coder_decode(c, mu[0], one, 3, y[0], NULL), 0);
    cr_assert_eq(ae_coder_decode(c, mu[0], other, 3, y[1], NULL), 0);
    cr_assert_neq(memcmp(y[0], y[1], 9 * sizeof(float)), 0);
    cr_assert_eq(memcmp(y[0] + 9, y[1] + 9, 18 * sizeof(float)), 0);
    cr_assert_eq(ae_coder_decode(c, mu[0], NULL, 3, y[0], &e), AE_EARG);
    cr_assert(strstr(e.msg, "label"));
    static const int wrong[1] = {3};
    cr_assert_eq(ae_coder_encode(c, x, wrong, 1, mu[0], NULL, &e), AE_EARG);
    cr_assert(strstr(e.msg, "0 to 2"), "%s", e.msg);
    ae_coder_free(c);
    ae_ctx_free(ctx);
}

Test(coder, log_variances_stay_in_bounds)
{
    struct ae_ctx *ctx = context(1);
    struct ae_coder *c = coder(ctx, gauss, 0, 0, 1);
    float x[9], mu[2], lv[2];
    static const int label[1] = {0};

    for (int i = 0; i < 9; i++)
        x[i] = 1e6f * (float)(i + 1);
    cr_assert_eq(ae_coder_encode(c, x, label, 1, mu, lv, NULL), 0);
    cr_assert(fabsf(lv[0]) == 20 && fabsf(lv[1]) == 20);
    ae_coder_free(c);
    ae_ctx_free(ctx);
}

struct refusal {
    const char *spec;
    int h, w, code;
    const char *says;
};

Test(coder, refusals_say_why)
{
    static const struct refusal cases[] = {
        {SMALL_SPEC, 8, 8, AE_EUNSUPPORTED, "no code"},
        {free_size, 0, 0, AE_EARG, "size"},
        {conv, 8, 8, AE_EARG, "7 x 5"},
        {"ae 1\nx input h=2 w=2\nq input h=2 w=2\ny add < x q\noutput y\n"
         "output x name=code\n",
         0, 0, AE_EUNSUPPORTED, "'q'"},
        {"ae 1\ns input h=2 w=2 name=sigma\ny conv c=1\noutput y\n"
         "output y name=code\n",
         0, 0, AE_EUNSUPPORTED, "'x'"},
        {"ae 1\nx input h=1 w=1 c=2\na latent < x x\nb latent < a a\n"
         "output b\n",
         0, 0, AE_EUNSUPPORTED, "two codes"},
    };
    struct ae_ctx *ctx = context(1);

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        struct ae_model *m = new_model(cases[i].spec);
        struct ae_coder *c;
        struct ae_err e = {0};
        cr_expect_eq(ae_coder_new(ctx, m, cases[i].h, cases[i].w, 1, &c, &e),
                     cases[i].code, "case %zu", i);
        cr_expect(strstr(e.msg, cases[i].says), "'%s' lacks '%s'", e.msg,
                  cases[i].says);
        cr_assert_null(c);
        ae_model_free(m);
    }
    ae_ctx_free(ctx);
}

Test(coder, a_decoder_that_needs_the_item_is_refused)
{
    static const char skip[] =
        "ae 1\nx input h=4 w=4\nz conv c=1 k=3\ny add < x z\noutput y\n"
        "output z name=code\n";
    static const char other[] =
        "ae 1\nx input h=4 w=4\nz conv c=1 k=3\ny pool k=2\noutput y\n"
        "output z name=code\n";
    struct ae_ctx *ctx = context(1);
    struct ae_err e;
    struct ae_coder *c = coder(ctx, skip, 0, 0, 1);

    cr_assert_eq(ae_coder_encode(c, NULL, NULL, 0, NULL, NULL, &e), 0);
    cr_assert_eq(ae_coder_decode(c, NULL, NULL, 0, NULL, &e), AE_EUNSUPPORTED);
    cr_assert(strstr(e.msg, "past the code"), "%s", e.msg);
    ae_coder_free(c);
    c = coder(ctx, other, 0, 0, 1);
    cr_assert_eq(ae_coder_decode(c, NULL, NULL, 0, NULL, &e), AE_EUNSUPPORTED);
    cr_assert(strstr(e.msg, "2 x 2 x 1"), "%s", e.msg);
    ae_coder_free(c);
    c = coder(ctx, other, 0, 0, 1);
    float x[16] = {0}, z[16];
    cr_assert_eq(ae_coder_encode(c, x, NULL, 1, z, z, &e), AE_EUNSUPPORTED);
    cr_assert(strstr(e.msg, "no Gaussian"), "%s", e.msg);
    ae_coder_free(c);
    ae_ctx_free(ctx);
}

/* A part plans less than the whole: the decoder's activations don't count. */
Test(coder, a_part_takes_only_its_own_memory)
{
    struct ae_model *m = new_model(
        "ae 1\nx input c=1\nz conv c=1 k=1\nd conv c=64 k=3\n"
        "y conv c=1 k=1\noutput y\noutput z name=code\n");
    struct ae_arena arena = {NULL};
    struct ae_shape s[4];
    struct ae_plan all, half;
    const int z = 1;
    const struct ae_subgraph part = {NULL, &z, 0, 1};

    cr_assert_eq(ae_graph_shapes(m->graph, 16, 16, s, NULL), 0);
    cr_assert_eq(ae_plan_make(&all, m->graph, NULL, s, 2, 0, &arena, NULL), 0);
    cr_assert_eq(ae_plan_make(&half, m->graph, &part, s, 2, 0, &arena, NULL),
                 0);
    cr_assert_eq(half.floats, 2 * 2 * 16 * 16);
    cr_assert_gt(all.floats, 64 * 2 * 16 * 16);
    cr_assert(half.runs[1] && !half.runs[2] && !half.runs[3]);
    cr_assert_eq(half.out[2].slot, -1);
    ae_arena_release(&arena);
    ae_model_free(m);
}
