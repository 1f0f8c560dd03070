/* Charts: what an axis shows, its ticks, where points lie in SVG and in
 * pixels, odd figures, names that are markup. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "page/axis.h"
#include "page/page.h"
#include "page/pen.h"

static void shows(const struct ae_axis *axis, double lo, double hi,
                  double want_lo, double want_hi)
{
    const struct ae_ruler s = ae_ruler_for(axis, lo, hi);

    cr_assert_float_eq(s.lo, want_lo, 1e-9, "%g, not %g", s.lo, want_lo);
    cr_assert_float_eq(s.hi, want_hi, 1e-9, "%g, not %g", s.hi, want_hi);
}

Test(axis, ends_at_round_numbers)
{
    const struct ae_axis plain = {.name = "x", .kind = AE_AXIS_LINEAR};

    shows(&plain, 0.3, 9.1, 0, 10);
    shows(&plain, -37, 12, -40, 20);
    shows(&plain, 100, 200, 100, 200);
}

/* A loss that fell from 0.2 to 0.19 looks like it; a level may look close. */
Test(axis, small_changes_look_small)
{
    const struct ae_axis loss = {.from_zero = 1}, level = {.least = 5};

    shows(&loss, 0.19, 0.2, 0, 0.2);
    shows(&level, 30, 30.1, 27, 33);
    shows(&level, 20, 30, 20, 30);
}

Test(axis, is_logarithmic_where_it_may_be_and_helps)
{
    const struct ae_axis any = {.name = "x"}, linear = {.kind = AE_AXIS_LINEAR};

    cr_assert(ae_ruler_for(&any, 0.01, 1).log);
    cr_assert_not(ae_ruler_for(&any, 1, 9).log);
    cr_assert_not(ae_ruler_for(&any, -1, 100).log);
    cr_assert_not(ae_ruler_for(&linear, 0.01, 1).log);
}

Test(axis, ticks_are_1_2_or_5)
{
    struct ae_ruler s = {.lo = 0, .hi = 1};
    double tick[AE_TICKS];

    cr_assert_eq(ae_ruler_ticks(&s, 5, tick), 6);
    cr_assert_float_eq(tick[1], 0.2, 1e-12);
    s = (struct ae_ruler){.lo = 0.04, .hi = 2, .log = 1};
    cr_assert_eq(ae_ruler_ticks(&s, 5, tick), 6);
    cr_assert_float_eq(tick[0], 0.05, 1e-12);
    s = (struct ae_ruler){.lo = 1e-300, .hi = 1e300, .log = 1};
    cr_assert_leq(ae_ruler_ticks(&s, 5, tick), AE_TICKS);
}

/* Whatever the figures, every number drawn is one. */
static void draw(const double *y, size_t n, enum ae_mark mark)
{
    static const double x[] = {1, 2, 3, 4};
    static const char *const note[] = {"a<b", NULL, "c", "d"};
    const struct ae_series s = {
        .name = "a & b", .x = x, .y = y, .n = n, .mark = mark, .note = note};
    const struct ae_chart c = {.series = &s, .count = 1};
    struct ae_html h = {0};

    ae_html_chart(&h, &c);
    cr_assert_eq(h.failed, 0);
    cr_assert_null(strstr(h.s.p, "nan"), "%s", h.s.p);
    cr_assert_null(strstr(h.s.p, "inf"), "%s", h.s.p);
    cr_assert_not_null(strstr(h.s.p, "a &amp; b"));
    cr_assert_lt(h.s.len, 20000);
    ae_html_release(&h);
}

Test(chart, any_figures_give_numbers)
{
    for (enum ae_mark m = AE_MARK_LINE; m <= AE_MARK_BARS; m++) {
        draw((const double[]){1, 2, 3, 4}, 4, m);
        draw((const double[]){0, 0, 0, 0}, 4, m);
        draw((const double[]){5, 5}, 2, m);
        draw((const double[]){-3}, 1, m);
        draw((const double[]){NAN, 1e-12, 1e12}, 3, m);
        draw((const double[]){1e300, -1e300}, 2, m);
        draw((const double[]){1, 1 + 1e-15}, 2, m);
        draw((const double[]){NAN, NAN}, 2, m);
        draw((const double[]){INFINITY, 1, -INFINITY, 2}, 4, m);
        draw(NULL, 0, m);
    }
}

/* The frame of 400 x 200 without names: right at 384, bottom at 174, and the
 * line in the same place in pixels as in SVG. */
Test(chart, points_lie_where_they_should)
{
    static const double x[] = {0, 5, 10}, y[] = {0, 5, 10};
    const struct ae_series s = {.x = x, .y = y, .n = 3, .tone = 3};
    const struct ae_chart c = {.series = &s, .count = 1, .w = 400, .h = 200};
    struct ae_html h = {0};
    struct ae_image im;
    struct ae_ctx *ctx;

    ae_html_chart(&h, &c);
    cr_assert_not_null(strstr(h.s.p, "L384.0 12.0\""), "%s", h.s.p);
    cr_assert_not_null(strstr(h.s.p, "d=\"M32.0 174.0L"), "%s", h.s.p);
    cr_assert_not_null(strstr(h.s.p, "class=\"stroke t3\""), "%s", h.s.p);
    ae_html_release(&h);
    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    cr_assert_eq(ae_chart_draw(ctx, &c, &im, NULL), 0);
    const float *end = im.data + 3 * (12 * 400 + 384);
    cr_assert_float_eq(end[0], 210 / 255.0, 1e-3);
    cr_assert_float_eq(end[1], 35 / 255.0, 1e-3);
    ae_image_release(&im);
    ae_ctx_free(ctx);
}

static const char *name_of(const void *arg, double v)
{
    return v > 0 ? "later" : arg;
}

/* Spans are shaded over the height of the frame, ticks are named, and a
 * script finds where the data begin and end; bars may be counted in powers. */
Test(chart, spans_and_names_of_ticks)
{
    static const double x[] = {0, 5, 10}, y[] = {1, 1000, 1};
    const struct ae_series s = {.x = x, .y = y, .n = 3, .mark = AE_MARK_BARS};
    const struct ae_band band = {.from = 5, .to = 10, .note = "odd"};
    const struct ae_chart c = {.x = {.kind = AE_AXIS_LINEAR,
                                     .tick = name_of,
                                     .arg = "begin",
                                     .margin = 1e-9},
                               .y = {.kind = AE_AXIS_LOG, .lo = 0.5, .hi = 1},
                               .series = &s,
                               .count = 1,
                               .band = &band,
                               .bands = 1,
                               .w = 400,
                               .h = 200};
    struct ae_html h = {0};
    double from;

    ae_html_chart(&h, &c);
    const char *data = strstr(h.s.p, "data-from=\"");
    cr_assert_not_null(data, "%s", h.s.p);
    from = strtod(data + 11, NULL);
    cr_assert_not_null(strstr(h.s.p, "data-to=\"384.0\""), "%s", h.s.p);
    const char *shade = strstr(h.s.p, "class=\"fill band\"><title>odd</title>");
    cr_assert_not_null(shade, "%s", h.s.p);
    while (strncmp(shade, "<rect x=\"", 9) != 0)
        shade--;
    cr_assert_float_eq(strtod(shade + 9, NULL), (from + 384) / 2, 0.11);
    cr_assert_not_null(strstr(h.s.p, ">begin</text>"));
    cr_assert_not_null(strstr(h.s.p, ">later</text>"));
    cr_assert_not_null(strstr(h.s.p, ">1000</text>"), "%s", h.s.p);
    cr_assert_not_null(strstr(h.s.p, ">1</text>"), "%s", h.s.p);
    ae_html_release(&h);
}

/* The style of pages has the colours that files and pixels have. */
Test(chart, a_page_has_the_same_colours)
{
    char rule[64];

    for (int i = 0; i < AE_TONES; i++) {
        const unsigned char *c = ae_tone(i);
        snprintf(rule, sizeof(rule), ".t%d{--t:#%02x%02x%02x}", i, c[0], c[1],
                 c[2]);
        cr_assert_not_null(strstr(ae_page_css, rule), "%s", rule);
    }
}

/* A file has its colours and its size in itself. */
Test(chart, a_file_stands_alone)
{
    static const double x[] = {0, 1}, y[] = {1, 2};
    const struct ae_series s = {.x = x, .y = y, .n = 2, .tone = 1};
    const struct ae_chart c = {.title = "it", .series = &s, .count = 1};
    struct ae_io *io;
    size_t size;

    cr_assert_eq(ae_io_create_memory(&io, NULL), 0);
    cr_assert_eq(ae_chart_write_svg(&c, io, NULL), 0);
    const char *svg = ae_io_memory(io, &size);
    char *text = strndup(svg, size);
    cr_assert_eq(strncmp(text, "<svg xmlns=", 11), 0);
    cr_assert_not_null(strstr(text, "stroke=\"#f0780a\""));
    cr_assert_null(strstr(text, "class="));
    free(text);
    ae_io_close(io);
}
