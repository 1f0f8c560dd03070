/* What a teacher makes of the examples: the mean over all turns, mixed with the
 * clean ones; each example in each of its turns; a function of the step. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "train/loop/teacher.h"
#include "models.h"

enum { WIDE = 24, SIDE = 4, ITEMS = 2, VALUES = SIDE * SIDE, STEPS = 800 };

static uint8_t px[WIDE * WIDE];
static struct ae_item item = {
    .name = "a", .h = WIDE, .w = WIDE, .c = 1, .bytes = 1, .px = px};

/* Patches of a picture of random samples, as they are. */
static struct ae_sampler new_sampler(struct ae_ctx *ctx)
{
    static struct ae_dataset items = {.item = &item, .count = 1};
    struct ae_sampler s;
    struct ae_rng rng;

    ae_rng_init(&rng, 1, 0);
    for (int i = 0; i < WIDE * WIDE; i++)
        px[i] = (uint8_t)ae_rng_below(&rng, 256);
    cr_assert_eq(ae_sampler_init(&s, ctx, &items, AE_SIDE_BOTH, NULL), 0);
    s.h = s.w = SIDE;
    s.c = 1;
    s.augment = AE_AUGMENT_TURNS;
    s.seed = 3;
    return s;
}

/* A teacher that looks one pixel to the left: y = 2 x - left + 0.1. */
static const char left_spec[] = "ae 1\nx input c=1\ny conv c=1 k=3\noutput y\n";

static struct ae_teacher new_teacher(const struct ae_sampler *s, double share)
{
    struct ae_teacher t = {
        .share = share, .turns = 8, .batch = ITEMS, .items = ITEMS, .end = 1};
    const float kernel[9] = {[3] = -1, [4] = 2};

    t.model = new_model(left_spec);
    const struct ae_node *y = &t.model->graph->node[1];
    memcpy(t.model->weights + y->param[0].offset, kernel, sizeof(kernel));
    t.model->weights[y->param[1].offset] = 0.1F;
    cr_assert_eq(ae_teacher_init(&t, s, NULL), 0);
    return t;
}

struct lessons {
    struct ae_ctx *ctx;
    struct ae_sampler s;
    struct ae_teacher t;
    struct ae_batch b; /* of a step */
};

static void begin(struct lessons *l, double share)
{
    cr_assert_eq(ae_ctx_new(NULL, &l->ctx, NULL), 0);
    l->s = new_sampler(l->ctx);
    l->t = new_teacher(&l->s, share);
    cr_assert_eq(ae_batch_init(&l->b, &l->s, ITEMS, NULL), 0);
}

static void fill(struct lessons *l, uint64_t step)
{
    cr_assert_eq(ae_teacher_fill(&l->t, &l->b, &l->s, step, 0, NULL), 0);
}

static void end(struct lessons *l)
{
    ae_batch_release(&l->b);
    ae_teacher_release(&l->t);
    ae_sampler_release(&l->s);
    ae_ctx_free(l->ctx);
}

/* Pixel (y, x) of a patch; 0 outside, as the net pads. */
static double at(const float *p, int y, int x)
{
    return y < 0 || x < 0 || y >= SIDE || x >= SIDE ? 0
                                                    : (double)p[y * SIDE + x];
}

/* The mean over the eight turns looks to all four sides alike. */
Test(teacher, answers_are_the_mean_over_all_turns)
{
    struct lessons l;

    begin(&l, 0.75);
    for (uint64_t step = 0; step < 20; step++) {
        fill(&l, step);
        for (int i = 0; i < ITEMS * VALUES; i++) {
            const float *p = l.b.noisy + i / VALUES * VALUES;
            const int y = i % VALUES / SIDE, x = i % SIDE;
            const double around = at(p, y, x - 1) + at(p, y, x + 1) +
                                  at(p, y - 1, x) + at(p, y + 1, x);
            const double answer = 2 * at(p, y, x) - around / 4 + 0.1;
            const double want = 0.75 * answer + 0.25 * at(p, y, x);
            cr_assert_float_eq(l.b.clean[i], want, 1e-5);
        }
    }
    end(&l);
}

/* How often patch p turned by `turn` is among n patches. */
static int times_seen(const float *seen, int n, const float *p, int turn)
{
    float turned[VALUES];
    int found = 0;

    ae_augment_turn(turned, p, SIDE, SIDE, 1, turn);
    for (int i = 0; i < n; i++)
        found += memcmp(turned, seen + i * VALUES, sizeof(turned)) == 0;
    return found;
}

/* Of a run of 800 steps, those in the middle show nothing whose other turns
 * aren't shown as well. */
Test(teacher, each_example_is_used_in_each_turn)
{
    static float seen[STEPS * ITEMS * VALUES];
    struct lessons l;

    begin(&l, 1);
    for (int i = 0; i < STEPS; i++) {
        fill(&l, (uint64_t)i);
        memcpy(seen + (size_t)i * ITEMS * VALUES, l.b.noisy,
               sizeof(float) * ITEMS * VALUES);
    }
    for (int i = STEPS / 2 * ITEMS; i < (STEPS / 2 + 16) * ITEMS; i++)
        for (int turn = 0; turn < 8; turn++)
            cr_assert_geq(
                times_seen(seen, STEPS * ITEMS, seen + i * VALUES, turn), 1,
                "use %d, turn %d", i, turn);
    end(&l);
}

/* A run that goes on from step 101 sees what one that never stopped sees. */
Test(teacher, examples_depend_on_the_step)
{
    struct lessons a, b;

    begin(&a, 0.5);
    begin(&b, 0.5);
    for (uint64_t step = 0; step < 140; step++) {
        fill(&a, step);
        if (step < 101)
            continue;
        fill(&b, step);
        cr_assert_arr_eq(a.b.noisy, b.b.noisy, sizeof(float) * ITEMS * VALUES);
        cr_assert_arr_eq(a.b.clean, b.b.clean, sizeof(float) * ITEMS * VALUES);
        cr_assert_arr_eq(a.b.sigma, b.b.sigma, sizeof(float) * ITEMS);
    }
    end(&a);
    end(&b);
}
