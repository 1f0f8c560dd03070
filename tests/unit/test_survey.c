/* What is known of a picture before its first row goes through a net: where
 * its floats lie, whether it is drawn. */
#include <float.h>
#include <math.h>

#include "base/rng.h"
#include "pictures.h"
#include "run/denoise/drawing.h"
#include "run/denoise/float_range.h"

/* -------------------------------------------------------- range of floats */

enum { N = 20000 };

/* Evenly spread samples of lo..hi, and some at `odd`. */
static struct ae_transfer range_of(double lo, double hi, int odds, float odd)
{
    struct ae_float_range *r = ae_float_range_new(NULL);
    struct ae_transfer t = ae_transfer_find(NULL, -1);
    struct ae_err e = {0};

    for (int i = 0; i < N; i++)
        ae_float_range_add(r, i < odds ? odd
                                       : (float)(lo + (hi - lo) * i / (N - 1)));
    cr_assert_eq(ae_float_range_map(r, 1, &t, &e), 0, "%s", e.msg);
    ae_float_range_free(r);
    return t;
}

/* What a sample becomes for the net. */
static float seen(const struct ae_transfer *t, float v)
{
    ae_transfer_encode(t, &v, 1, 1, 1);
    return v;
}

Test(range, within_0_to_1_stays)
{
    const struct ae_transfer t = range_of(-0.05, 1.05, 0, 0);

    cr_assert(!ae_transfer_converts(&t));
}

Test(range, others_become_0_to_1)
{
    static const double range[][2] = {{0, 255},    {0, 8},      {0, 1.5},
                                      {-0.5, 0.5}, {3, 4},      {-9, -5},
                                      {0, 1e6},    {1000, 1001}};

    for (size_t i = 0; i < sizeof(range) / sizeof(*range); i++) {
        const double lo = range[i][0], hi = range[i][1];
        const struct ae_transfer t = range_of(lo, hi, 0, 0);
        const double far = hi > 2 || lo < -1;
        cr_assert_float_eq(seen(&t, (float)lo), 0, 1e-4, "%g..%g", lo, hi);
        cr_assert_float_eq(seen(&t, (float)hi), 1, 1e-4, "%g..%g", lo, hi);
        cr_assert_eq(t.own, far);
    }
}

/* 3e38 stands for "unknown", 40 is a lamp. */
Test(range, few_samples_dont_set_it)
{
    static const struct {
        double hi;
        int odds;
        float odd;
    } c[] = {{1, 1, 3e38f}, {1, 1, -3e38f}, {255, 3, 3e38f}, {1, N / 200, 40},
             {1, 9, 2.5f},  {1, 3, -40},    {0.01, 2, 3e38f}};

    for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
        const struct ae_transfer t = range_of(0, c[i].hi, c[i].odds, c[i].odd);
        const float half = (float)c[i].hi / 2;
        float back = c[i].odd, in = seen(&t, back);
        cr_assert(seen(&t, half) > 0.24f && seen(&t, half) < 0.6f, "%g",
                  c[i].hi);
        /* the net sees such a sample as an end; it comes back as it was */
        cr_assert(in >= -0.3f && in <= 1.3f, "%g", (double)in);
        in = 0.3f;
        ae_transfer_decode(&t, &in, &back, 1, 1, 1);
        cr_assert(in <= back && in >= back);
    }
}

Test(range, dark_is_brightened)
{
    const struct ae_transfer t = range_of(0, 0.01, 0, 0);

    cr_assert_float_eq(seen(&t, 0.01f), 0.5, 0.01);
    cr_assert(!t.own);
}

Test(range, of_all_floats_is_refused)
{
    struct ae_float_range *r = ae_float_range_new(NULL);
    struct ae_transfer t = ae_transfer_find(NULL, -1);
    struct ae_err e = {0};

    for (int i = 0; i < N; i++)
        ae_float_range_add(r, i % 2 ? 3e38f : -3e38f);
    cr_assert_eq(ae_float_range_map(r, 1, &t, &e), AE_EFORMAT);
    cr_assert(strstr(e.msg, "order of its bytes"));
    ae_float_range_free(r);
}

/* --------------------------------------------------------------- drawings */

enum { W = 192, H = 160, FULL = 255 };

struct picture {
    int32_t v[H][W][3];
};

/* A sample between the ends. */
static int32_t clip(double v)
{
    return (int32_t)lrint(fmin(fmax(v, 0), FULL));
}

/* The kind of a picture, gray (k = 1) or of three colours; *rows that it
 * took. */
static const char *kind_of(const struct picture *p, int k, int *rows)
{
    struct ae_drawing *d = ae_drawing_new(W, H, k, FULL, NULL);
    int32_t row[3 * W];

    for (*rows = 0; *rows < H;) {
        for (int x = 0; x < W; x++)
            for (int c = 0; c < k; c++)
                row[x * k + c] = p->v[*rows][x][c];
        ++*rows;
        if (ae_drawing_add(d, row))
            break;
    }
    const char *kind = ae_drawing_kind(d);
    ae_drawing_free(d);
    return kind;
}

/* Shapes with soft edges of 100 grays on white, as text is: the higher of two
 * waves, where it is high. */
static void draw(struct picture *p)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const double a = sin(x * 0.45 + (y / 16) * 1.3) *
                             (y % 16 > 4 ? 1 : -1);
            for (int c = 0; c < 3; c++)
                p->v[y][x][c] = clip(255 - 900 * (a - 0.6 + 0.02 * c));
        }
}

static void add_noise(struct picture *p, double sigma, int from)
{
    struct ae_rng rng;

    ae_rng_init(&rng, 5, 1);
    for (int y = from; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int c = 0; c < 3; c++)
                p->v[y][x][c] = clip(p->v[y][x][c] +
                                     sigma * ae_rng_normal(&rng));
}

/* Random pixels of so many random colours. */
static void draw_random(struct picture *p, int colours, int gray)
{
    struct ae_rng rng;
    int32_t of[16][3];

    ae_rng_init(&rng, 9, 1);
    for (int i = 0; i < colours; i++)
        for (int c = 0; c < 3; c++)
            of[i][c] = gray && c ? of[i][0]
                                 : (int32_t)(ae_rng_uniform(&rng) * FULL);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            memcpy(p->v[y][x], of[(int)(ae_rng_uniform(&rng) * colours)],
                   sizeof(of[0]));
}

static void quantise(struct picture *p, int levels)
{
    const double step = (double)FULL / (levels - 1);

    for (int32_t *v = p->v[0][0]; v < p->v[H - 1][W - 1] + 3; v++)
        *v = (int32_t)lrint(rint(*v / step) * step);
}

/* A slope, as skies have. */
static void shade(struct picture *p)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int c = 0; c < 3; c++)
                p->v[y][x][c] = 40 + x / 2 + y / 2 + 20 * c;
}

Test(drawing, of_few_values)
{
    struct picture p;
    int rows;

    draw_random(&p, 1, 0);
    cr_assert_str_eq(kind_of(&p, 1, &rows), "only one colour");
    draw_random(&p, 2, 1);
    cr_assert_str_eq(kind_of(&p, 1, &rows), "only two colours");
    cr_assert_str_eq(kind_of(&p, 3, &rows), "only two colours");
    cr_assert_eq(rows, H, "only the last row tells");
    for (int k = 3; k <= 16; k++) {
        draw_random(&p, k, 0);
        cr_assert_str_eq(kind_of(&p, 3, &rows), "drawn in few colours");
        draw_random(&p, k, 1);
        cr_assert(k > 4 || kind_of(&p, 1, &rows));
    }
}

/* Each of R, G and B dithered by itself. */
Test(drawing, of_two_values_a_colour)
{
    struct picture p;
    int rows;

    shade(&p);
    add_noise(&p, 40, 0);
    quantise(&p, 2);
    cr_assert_str_eq(kind_of(&p, 3, &rows), "only two values of samples");
}

Test(drawing, with_soft_edges)
{
    struct picture p;
    int rows;

    draw(&p);
    cr_assert(kind_of(&p, 1, &rows));
    cr_assert(kind_of(&p, 3, &rows));
}

Test(drawing, that_is_noisy_isnt_left)
{
    static const double sigma[] = {1, 3, 10, 40};
    struct picture p;
    int rows;

    for (size_t i = 0; i < sizeof(sigma) / sizeof(*sigma); i++) {
        draw(&p);
        add_noise(&p, sigma[i], 0);
        cr_assert_null(kind_of(&p, 3, &rows), "sigma %g", sigma[i]);
        cr_assert_null(kind_of(&p, 1, &rows), "sigma %g", sigma[i]);
        draw(&p);
        add_noise(&p, sigma[i], H / 2);
        cr_assert_null(kind_of(&p, 3, &rows), "half of it, %g", sigma[i]);
        draw_random(&p, 2, 1);
        add_noise(&p, sigma[i], 0);
        cr_assert_null(kind_of(&p, 1, &rows), "two values, %g", sigma[i]);
    }
}

/* White paper is clipped, so that only what is drawn shows noise. */
Test(drawing, that_is_scanned_isnt_left)
{
    struct picture p;
    int rows;

    draw(&p);
    for (int32_t *v = p.v[0][0]; v < p.v[H - 1][W - 1] + 3; v++)
        *v = 30 + *v * 245 / 255;
    add_noise(&p, 5, 0);
    cr_assert_null(kind_of(&p, 1, &rows));
    cr_assert_null(kind_of(&p, 3, &rows));
}

/* Quantised, doubled, between bars, known from a few rows. */
Test(drawing, photographs_arent)
{
    struct picture p;
    int rows;

    for (int levels = 4; levels <= 32; levels *= 2) {
        shade(&p);
        add_noise(&p, 15, 0);
        quantise(&p, levels);
        cr_assert_null(kind_of(&p, 1, &rows), "%d levels", levels);
        shade(&p);
        add_noise(&p, 40, 0);
        quantise(&p, levels);
        cr_assert_null(kind_of(&p, 1, &rows), "%d levels", levels);
    }
    shade(&p);
    add_noise(&p, 0.7, 0);
    cr_assert_null(kind_of(&p, 1, &rows), "so faint that many are equal");
    shade(&p);
    cr_assert_null(kind_of(&p, 3, &rows), "not even clean");
    add_noise(&p, 5, 0);
    cr_assert_null(kind_of(&p, 3, &rows));
    cr_assert_leq(rows, 16);
    for (int y = H - 1; y >= 0; y--)
        for (int x = W - 1; x >= 0; x--)
            memcpy(p.v[y][x], p.v[y / 2][x / 2], sizeof(p.v[0][0]));
    cr_assert_null(kind_of(&p, 3, &rows), "doubled");
    cr_assert_null(kind_of(&p, 1, &rows), "doubled");
    shade(&p);
    add_noise(&p, 5, 0);
    memset(p.v, 0, sizeof(p.v) * 2 / 5);
    cr_assert_null(kind_of(&p, 3, &rows), "below a bar");
    cr_assert_gt(rows, 64);
}

Test(drawing, hidden_samples_are_none)
{
    struct picture p;
    int rows;

    draw_random(&p, 2, 1);
    for (int y = 20; y < 90; y++)
        for (int x = 30; x < 70; x++)
            for (int c = 0; c < 3; c++)
                p.v[y][x][c] = AE_DRAWING_HIDDEN;
    cr_assert_str_eq(kind_of(&p, 3, &rows), "only two colours");
}
