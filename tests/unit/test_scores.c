/* What a page keeps of scores: the oddest items, of windows that overlap one,
 * and of a series of any length as many places as it has room for. */
#include "page/scores.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

enum { ROWS = 5 * AE_LINE_PLACES / 2 };

/* The highest score of all rows has its place, its name and its neighbours. */
Test(scores, a_long_series_keeps_its_peaks)
{
    struct ae_score_line line;
    struct ae_stretch s[2];
    char name[32];

    cr_assert_eq(ae_score_line_init(&line, 1, NULL), 0);
    for (int i = 0; i < ROWS; i++) {
        const float value = (float)i;
        const double score = i == 30001 ? 9 : i == 8 || i == 9 ? 7 : 1;
        snprintf(name, sizeof(name), "row %d", i);
        cr_assert_eq(ae_score_line_add(&line, name, score, &value, NULL), 0);
    }
    cr_assert_eq(line.each, 4);
    cr_assert_eq(line.count, (ROWS + 3) / 4);
    cr_assert_eq(ae_score_line_stretches(&line, 5, s, 2), 2);
    cr_assert_eq(s[0].peak, 30001 / 4);
    cr_assert_str_eq(line.place[s[0].peak].name, "row 30001");
    cr_assert_str_eq(line.place[s[1].peak].name, "row 8");
    cr_assert_eq(ae_score_line_stretches(&line, 5, s, 1), 2);
    cr_assert_eq(s[0].first, 30001 / 4);
    for (size_t i = 0; i < line.count; i++) {
        cr_assert_eq(line.range[2 * i], (float)(4 * i));
        cr_assert_eq(line.range[2 * i + 1],
                     fminf((float)(4 * i + 3), (float)(ROWS - 1)));
    }
    ae_score_line_release(&line);
}

static void add(struct ae_score_page *p, const char *name, double value)
{
    const float x[] = {1, 2, 3}, y[] = {0, 0, 0};
    const struct ae_score s = {.name = name,
                               .index = p->count % 5, /* of files of five */
                               .value = value,
                               .h = 1,
                               .w = 3,
                               .c = 1,
                               .x = x,
                               .y = y};

    cr_assert_eq(ae_score_page_add(p, &s, 0, NULL), 0);
}

static struct ae_score_page *begin(struct ae_ctx *ctx, int window)
{
    const struct ae_score_page_options o = {.kind = window ? AE_ITEM_TABLE
                                                           : AE_ITEM_ARRAY,
                                            .window = window,
                                            .stride = window ? 2 : 0,
                                            .oddest = 3};
    struct ae_score_page *p;

    cr_assert_eq(ae_score_page_new(ctx, &o, &p, NULL), 0);
    return p;
}

/* In order, equal ones as they came, what is no number before all. */
Test(scores, the_oddest_are_kept_in_order)
{
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    struct ae_score_page *p = begin(ctx, 0);
    add(p, "a", 2);
    add(p, "b", 5);
    add(p, "c", 1);
    add(p, "d", 5);
    add(p, "e", NAN);
    add(p, "f", 4);
    cr_assert_eq(p->odds, 3);
    cr_assert_str_eq(p->odd[0].name, "e");
    cr_assert_str_eq(p->odd[1].name, "b");
    cr_assert_str_eq(p->odd[2].name, "d");
    cr_assert_eq(p->finite, 5);
    ae_score_page_free(p);
    ae_ctx_free(ctx);
}

/* Windows of three rows, two apart: neighbours overlap. */
Test(scores, of_windows_that_overlap_the_oddest_is_kept)
{
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    struct ae_score_page *p = begin(ctx, 3);
    add(p, "a", 2);
    add(p, "b", 3);
    add(p, "c", 1);
    add(p, "d", 2);
    add(p, "e", 2);
    cr_assert_eq(p->odds, 2);
    cr_assert_str_eq(p->odd[0].name, "b");
    cr_assert_str_eq(p->odd[1].name, "d");
    ae_score_page_free(p);
    ae_ctx_free(ctx);
}

/* The last window of a file and the first one of the next don't overlap. */
Test(scores, windows_of_two_files_do_not_overlap)
{
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    struct ae_score_page *p = begin(ctx, 3);
    for (int i = 0; i < 5; i++)
        add(p, "a", i);
    add(p, "b", 3);
    cr_assert_str_eq(p->odd[1].name, "b");
    ae_score_page_free(p);
    ae_ctx_free(ctx);
}

/* A place keeps the score of those of its rows that have one. */
Test(scores, what_is_no_number_hides_none)
{
    struct ae_score_line line;

    cr_assert_eq(ae_score_line_init(&line, 0, NULL), 0);
    for (int i = 0; i <= AE_LINE_PLACES; i++)
        cr_assert_eq(
            ae_score_line_add(&line, i ? "b" : "a", i ? 1 : NAN, NULL, NULL),
            0);
    cr_assert_eq(line.place[0].score, 1);
    cr_assert_str_eq(line.place[0].name, "b");
    ae_score_line_release(&line);
}
