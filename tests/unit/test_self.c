/* Training without clean pictures: how examples are cut, and the second term of
 * neighbours, by its definition and by differences. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kernel/ctx.h"
#include "model/level.h"
#include "train/data/self.h"
#include "train/loop/neighbours.h"
#include "models.h"

enum { WIDE = 24, SIDE = 4, C = 3, ITEMS = 6, VALUES = SIDE * SIDE * C };

/* A picture all of whose samples differ: its pixel i has 3 i, 3 i + 1,
 * 3 i + 2. */
static uint16_t px[WIDE * WIDE * C];
static struct ae_item item = {
    .name = "a", .h = WIDE, .w = WIDE, .c = C, .bytes = 2, .px = px};

static struct ae_sampler new_sampler(struct ae_ctx *ctx, enum ae_self self)
{
    static struct ae_dataset items = {.item = &item, .count = 1};
    struct ae_sampler s;

    for (int i = 0; i < WIDE * WIDE * C; i++)
        px[i] = (uint16_t)i;
    cr_assert_eq(ae_sampler_init(&s, ctx, &items, AE_SIDE_BOTH, NULL), 0);
    s.h = s.w = SIDE;
    s.c = C;
    s.self = self;
    s.augment = AE_AUGMENT_NONE;
    s.seed = 3;
    return s;
}

/* Which pixel of the picture a pixel of an example is. */
static int place_of(const float *v)
{
    const int i = (int)lrintf(v[0] * 65535);

    cr_assert_eq(i % C, 0);
    for (int c = 1; c < C; c++)
        cr_assert_eq((int)lrintf(v[c] * 65535), i + c);
    return i / C;
}

/* Input and target take two pixels that touch, of the same square; each of the
 * eight ways comes up. */
Test(self, neighbours_touch_within_a_square)
{
    struct ae_ctx *ctx;
    struct ae_batch b;
    int ways[4][4] = {{0}}, used = 0;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    struct ae_sampler s = new_sampler(ctx, AE_SELF_NEIGHBOURS);
    cr_assert_eq(ae_batch_init(&b, &s, ITEMS, NULL), 0);
    cr_assert_eq(ae_batch_fill(&b, &s, 0, NULL), 0);
    for (int i = 0; i < ITEMS * SIDE * SIDE; i++) {
        const int u = place_of(b.noisy + i * C), v = place_of(b.clean + i * C);
        const int first = place_of(b.whole + (i / (SIDE * SIDE)) * 4 * VALUES);
        const int y = i / SIDE % SIDE, x = i % SIDE;
        const int at = first + 2 * y * WIDE + 2 * x; /* of the square */
        int place[2] = {-1, -1};
        for (int k = 0; k < 4; k++) {
            place[0] = at + k / 2 * WIDE + k % 2 == u ? k : place[0];
            place[1] = at + k / 2 * WIDE + k % 2 == v ? k : place[1];
        }
        cr_assert(place[0] >= 0 && place[1] >= 0);
        ways[place[0]][place[1]]++;
        cr_assert_eq(b.sigma[i / (SIDE * SIDE)], AE_LEVEL_UNKNOWN);
    }
    for (int k = 0; k < 4; k++) {
        used += (ways[k][0] > 0) + (ways[k][1] > 0) + (ways[k][2] > 0) +
                (ways[k][3] > 0);
        cr_assert_eq(ways[k][k] + ways[k][3 - k], 0, "the same, or across");
    }
    cr_assert_eq(used, 8);
    ae_batch_release(&b);
    ae_sampler_release(&s);
    ae_ctx_free(ctx);
}

/* One pixel of each square of 8 x 8 is hidden behind another one near it, and
 * alone has a weight; all others are as they were. */
Test(self, blind_spots_hide_a_pixel_of_each_square)
{
    enum { LARGE = 16 };
    struct ae_ctx *ctx;
    struct ae_batch b;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    struct ae_sampler s = new_sampler(ctx, AE_SELF_BLIND);
    s.h = s.w = LARGE;
    cr_assert_eq(ae_batch_init(&b, &s, ITEMS, NULL), 0);
    cr_assert_eq(ae_batch_fill(&b, &s, 0, NULL), 0);
    for (int i = 0; i < ITEMS; i++) {
        int hidden[4] = {0};
        for (int p = 0; p < LARGE * LARGE; p++) {
            const int at = i * LARGE * LARGE + p;
            const int was = place_of(b.clean + at * C);
            const int is = place_of(b.noisy + at * C);
            const int dy = abs(is / WIDE - was / WIDE);
            const int dx = abs(is % WIDE - was % WIDE);
            cr_assert(b.weight[at] == 1 ? is != was : is == was);
            cr_assert(dy <= 2 && dx <= 2);
            hidden[p / LARGE / 8 * 2 + p % LARGE / 8] += b.weight[at] == 1;
        }
        for (int q = 0; q < 4; q++)
            cr_assert_eq(hidden[q], 1);
    }
    ae_batch_release(&b);
    ae_sampler_release(&s);
    ae_ctx_free(ctx);
}

/* A draw is a function of its number, whatever batch it comes in. */
Test(self, draws_depend_on_their_number)
{
    struct ae_ctx *ctx;
    struct ae_batch a, b;

    cr_assert_eq(ae_ctx_new(&(struct ae_ctx_options){.threads = 3}, &ctx, NULL),
                 0);
    struct ae_sampler s = new_sampler(ctx, AE_SELF_NEIGHBOURS);
    cr_assert_eq(ae_batch_init(&a, &s, ITEMS, NULL), 0);
    cr_assert_eq(ae_batch_init(&b, &s, 1, NULL), 0);
    cr_assert_eq(ae_batch_fill(&a, &s, 40, NULL), 0);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(ae_batch_fill(&b, &s, (uint64_t)(40 + i), NULL), 0);
        cr_assert_arr_eq(b.noisy, a.noisy + i * VALUES, sizeof(float) * VALUES);
        cr_assert_arr_eq(b.clean, a.clean + i * VALUES, sizeof(float) * VALUES);
    }
    ae_batch_release(&a);
    ae_batch_release(&b);
    ae_sampler_release(&s);
    ae_ctx_free(ctx);
}

/* ------------------------------------------------------ correlated noise */

enum { BIG = 128 };

/* What is found in a picture that rises to one side and has a busy half, with
 * noise that is averaged over `across` by `down` pixels; without noise it is
 * flat. */
static double found(int across, int down, double sigma)
{
    static float noise[2 * BIG * 2 * BIG], out[BIG * BIG];
    struct ae_item it = {
        .name = "a", .h = BIG, .w = BIG, .c = 1, .bytes = 4, .px = out};
    const struct ae_dataset items = {.item = &it, .count = 1};
    struct ae_ctx *ctx;
    struct ae_rng rng;
    double like = -1;

    ae_rng_init(&rng, 5, 0);
    for (size_t i = 0; i < AE_LEN(noise); i++)
        noise[i] = (float)(sigma / 255 * ae_rng_normal(&rng));
    for (int y = 0; y < BIG; y++)
        for (int x = 0; x < BIG; x++) {
            float *v = &out[y * BIG + x];
            *v = 0.3f;
            if (sigma > 0)
                *v += 0.002f * (float)x + (y < BIG / 2 && (x ^ y) & 4) / 4.0f;
            for (int k = 0; k < across * down; k++)
                *v += noise[(y + k / across) * 2 * BIG + x + k % across] /
                      (float)(across * down);
        }
    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    cr_assert_eq(ae_self_likeness(ctx, &items, &like, NULL), 0);
    ae_ctx_free(ctx);
    return like;
}

Test(self, white_noise_is_told_from_correlated)
{
    cr_assert_lt(found(1, 1, 2), 0.06);
    cr_assert_lt(found(1, 1, 20), 0.06);
    /* half of what a pixel is its neighbour has as well */
    cr_assert_gt(found(2, 1, 20), 0.3);
    cr_assert_gt(found(1, 2, 20), 0.3);
    cr_assert_gt(found(2, 2, 2), 0.3);
    /* nothing can be told where all is flat */
    cr_assert_eq(found(1, 1, 0), 0);
}

/* ------------------------------------------------------- the second term */

struct bench {
    struct ae_ctx *ctx;
    struct ae_model *m;
    struct ae_sampler s;
    struct ae_batch b;
    struct ae_loss loss;
    struct ae_neighbours n;
    float out[ITEMS * VALUES], dout[ITEMS * VALUES];
};

static void bench_init(struct bench *t, const char *loss)
{
    const struct ae_shape shape = {SIDE, SIDE, C};

    cr_assert_eq(
        ae_ctx_new(&(struct ae_ctx_options){.threads = 2}, &t->ctx, NULL), 0);
    t->m = new_model("ae 1\nx input c=3\na conv c=5 k=3 act=tanh\n"
                     "y conv c=3 k=3\noutput y\n");
    t->s = new_sampler(t->ctx, AE_SELF_NEIGHBOURS);
    cr_assert_eq(ae_batch_init(&t->b, &t->s, ITEMS, NULL), 0);
    cr_assert_eq(ae_batch_fill(&t->b, &t->s, 0, NULL), 0);
    cr_assert_eq(ae_loss_parse(loss, &t->loss, NULL), 0);
    cr_assert_eq(ae_neighbours_init(&t->n, t->ctx, t->m->graph, t->m->weights,
                                    ITEMS, shape, NULL),
                 0);
    ae_neighbours_feed(&t->n, &t->b, 0);
    for (int i = 0; i < ITEMS * VALUES; i++)
        t->out[i] = (float)(i * 37 % 100) / 100;
}

static void bench_release(struct bench *t)
{
    ae_neighbours_release(&t->n);
    ae_loss_release(&t->loss);
    ae_batch_release(&t->b);
    ae_sampler_release(&t->s);
    ae_model_free(t->m);
    ae_ctx_free(t->ctx);
}

static double term(struct bench *t, float *grad)
{
    const struct ae_shape shape = {SIDE, SIDE, C};
    const struct ae_view out = ae_view_of(t->out, ITEMS, shape);
    const struct ae_view dout = ae_view_of(grad, ITEMS, shape);

    return ae_neighbours_term(&t->n, &t->loss, &out, &dout, 1.5);
}

/* || out - b - (f(whole) cut as a - f(whole) cut as b) ||^2, by the paper. */
Test(self, second_term_is_as_defined)
{
    struct bench t;
    struct ae_exec *x;
    float f[4 * VALUES], a[VALUES], b[VALUES];
    double sum = 0;

    bench_init(&t, "l2");
    cr_assert_eq(ae_exec_new(t.ctx, t.m->graph, t.m->weights, 1, 2 * SIDE,
                             2 * SIDE, 0, &x, NULL),
                 0);
    ae_exec_pack(x);
    for (int i = 0; i < ITEMS; i++) {
        const struct ae_view in = ae_exec_input(x, "x");
        ae_view_put(&in, 0, 1, t.b.whole + i * 4 * VALUES);
        ae_exec_forward(x, 0, 0);
        const struct ae_view y = ae_exec_output(x, NULL);
        ae_view_get(&y, 0, 1, f);
        ae_neighbours_split(f, t.b.pick + i * SIDE * SIDE, t.b.shape, a, b);
        for (int k = 0; k < VALUES; k++) {
            const double d = (double)t.out[i * VALUES + k] -
                             t.b.clean[i * VALUES + k] - (a[k] - b[k]);
            sum += d * d;
        }
    }
    cr_assert_float_eq(term(&t, NULL), 1.5 * sum / (ITEMS * VALUES), 1e-6);
    ae_exec_free(x);
    bench_release(&t);
}

/* Its gradient is added to what is there. */
Test(self, second_term_has_its_gradient)
{
    static const char *const losses[] = {"l2", "huber:delta=0.3",
                                         "charbonnier:eps=0.1"};

    for (size_t l = 0; l < AE_LEN(losses); l++) {
        struct bench t;
        bench_init(&t, losses[l]);
        for (int i = 0; i < ITEMS * VALUES; i++)
            t.dout[i] = 0.25f;
        term(&t, t.dout);
        for (int i = 0; i < ITEMS * VALUES; i += 17) {
            const float old = t.out[i], h = 0.01f;
            t.out[i] = old + h;
            double d = term(&t, NULL);
            t.out[i] = old - h;
            d -= term(&t, NULL);
            t.out[i] = old;
            cr_assert_float_eq((double)t.dout[i] - 0.25, d / (2 * (double)h),
                               2e-5, "%s: value %d", losses[l], i);
        }
        bench_release(&t);
    }
}
