/* The report's parts: points that are merged, kept by a page and found again;
 * escaped text, bytes as base64, drawings of odd figures. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page/plot.h"
#include "train/report/history.h"

static struct ae_history history;

static void add(double step, double loss, double val)
{
    const struct ae_point p = {.step = step,
                               .seconds = step / 10,
                               .loss = loss,
                               .val = val,
                               .reconstruction = NAN,
                               .divergence = NAN};
    ae_history_add(&history, &p);
}

Test(history, merges_by_twos_when_it_is_full)
{
    for (int i = 1; i <= AE_HISTORY; i++)
        add(i, i, i % 2 ? (double)NAN : i);
    cr_assert_eq(history.n, AE_HISTORY);
    add(AE_HISTORY + 1, 7, NAN);
    cr_assert_eq(history.n, AE_HISTORY / 2 + 1);
    cr_assert_eq(history.point[0].step, 2);
    cr_assert_eq(history.point[0].loss, 1.5);
    cr_assert_eq(history.point[0].val, 2);
    cr_assert_eq(history.point[AE_HISTORY / 2 - 1].step, AE_HISTORY);
    cr_assert_eq(history.point[AE_HISTORY / 2].loss, 7);
}

Test(history, a_score_outlives_a_neighbour_without)
{
    for (int i = 1; i <= AE_HISTORY + 1; i++)
        add(i, 0, i % 2 ? i : (double)NAN);
    cr_assert_eq(history.point[0].val, 1);
    cr_assert_eq(history.point[0].step, 2);
}

/* A page with the points of three steps, of which two are taken back. */
Test(history, a_page_gives_back_what_it_carries)
{
    char path[] = "/tmp/ae-report-XXXXXX";
    struct ae_html h = {0};

    add(100, 0.1, NAN);
    add(200, 1.0 / 3, 41.5);
    add(300, 0.05, 40);
    ae_html_put(&h, "<p>before</p>");
    ae_history_put(&history, &h);
    ae_html_put(&h, "<p>after</p>");
    cr_assert_eq(h.failed, 0);
    const int fd = mkstemp(path);
    cr_assert_eq(write(fd, h.s.p, h.s.len), (ssize_t)h.s.len);
    cr_assert_eq(ae_history_load(&history, path, 250, NULL), 0);
    cr_assert_eq(history.n, 2);
    cr_assert(isnan(history.point[0].val));
    cr_assert_float_eq(history.point[1].loss, 1.0 / 3, 1e-9);
    cr_assert_eq(history.point[1].seconds, 20);
    cr_assert_eq(history.point[1].val, 41.5);
    for (size_t cut = 1; cut < h.s.len; cut += 3) { /* any half page */
        cr_assert_eq(ftruncate(fd, (off_t)(h.s.len - cut)), 0);
        cr_assert_eq(ae_history_load(&history, path, 250, NULL), 0);
    }
    cr_assert_eq(history.n, 0);
    close(fd);
    unlink(path);
    cr_assert_eq(ae_history_load(&history, path, 250, NULL), 0);
    ae_html_release(&h);
}

Test(html, texts_and_bytes)
{
    struct ae_html h = {0};

    ae_html_text(&h, "a<b & \"c\"\x1b[1m");
    ae_html_put(&h, "|");
    for (size_t n = 0; n <= 4; n++)
        ae_html_data(&h, "x", "\xff\x00zA", n);
    cr_assert_str_eq(h.s.p, "a&lt;b &amp; &quot;c&quot;\\x1b[1m|"
                            "data:x;base64,data:x;base64,/w=="
                            "data:x;base64,/wA=data:x;base64,/wB6"
                            "data:x;base64,/wB6QQ==");
    ae_html_release(&h);
}

/* Whatever the figures, every number drawn is one. */
static void draw(const double *y, size_t n)
{
    const unsigned char lit[4] = {1, 0, 1, 0};
    struct ae_html h = {0};
    double bar[4];
    float v[4];

    for (size_t i = 0; i < n; i++)
        v[i] = (float)(bar[i] = isnan(y[i]) ? 0
                                            : fmax(fmin(y[i], 1e30), -1e30));
    const struct ae_trace t = {"a", v, 1};
    ae_plot_traces(&h, &t, 1, (int)n);
    ae_plot_bars(&h, "number", bar, lit, (int)n);
    cr_assert_eq(h.failed, 0);
    cr_assert_null(strstr(h.s.p, "nan"), "%s", h.s.p);
    cr_assert_null(strstr(h.s.p, "inf"), "%s", h.s.p);
    cr_assert_lt(h.s.len, 20000);
    ae_html_release(&h);
}

Test(plot, any_figures_give_numbers)
{
    draw((const double[]){1, 2, 3, 4}, 4);
    draw((const double[]){0, 0, 0, 0}, 4);
    draw((const double[]){5, 5}, 2);
    draw((const double[]){-3}, 1);
    draw((const double[]){NAN, 1e-12, 1e12}, 3);
    draw((const double[]){1e300, -1e300}, 2);
    draw((const double[]){1, 1 + 1e-15}, 2);
    draw((const double[]){NAN, NAN}, 2);
}
