/* score_page.c - ae-score --html and --sheet: the outputs, and items in the
 * units of their data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"

struct cmd_score_page {
    struct cmd_score_page_options o;
    struct ae_ctx *ctx;
    struct ae_score_page *page;
    struct ae_io *html, *sheet;     /* NULL: not asked for, or skipped */
    const struct ae_format *format; /* of the sheet */
    const char **column;
    float *x, *y; /* an item and its reconstruction, in units of the data */
    size_t room;  /* numbers that x and y hold */
    size_t heard; /* faults of the present input */
    char title[2 * CMD_NAME];
};

static void need(int rc, const struct ae_err *e)
{
    if (rc)
        cmd_die(CMD_FAILED, "%s", e->msg);
}

/* ------------------------------------------------------------------- open */

static void describe(struct cmd_score_page *p, struct ae_score_page_options *to)
{
    const struct ae_item_type *items = p->o.items;
    const int columns = ae_item_type_columns(items);

    p->column = cmd_need(calloc((size_t)columns + 1, sizeof(*p->column)));
    for (int k = 0; k < columns; k++)
        p->column[k] = ae_item_type_column(items, k);
    snprintf(p->title, sizeof(p->title), "%s scored by %s", p->o.input,
             p->o.model);
    *to = (struct ae_score_page_options){
        .title = p->title,
        .method = p->o.score->method,
        .kind = ae_item_type_kind(items),
        .points = p->o.score->points != 0,
        .units = ae_item_type_unscale(items, NULL, 0, 0, 0),
        .column = p->column,
        .columns = columns,
        .oddest = p->o.oddest};
    ae_item_type_window(items, &to->window, &to->stride);
    if (p->o.stride)
        to->stride = p->o.stride;
    to->series = to->window != 0;
}

struct cmd_score_page *cmd_score_page_open(
    struct ae_ctx *ctx, const struct cmd_score_page_options *o)
{
    struct cmd_score_page *p;
    struct ae_score_page_options options;
    struct ae_err e = {0};

    if (!o->html && !o->sheet)
        return NULL;
    p = cmd_need(calloc(1, sizeof(*p)));
    p->ctx = ctx;
    p->o = *o;
    describe(p, &options);
    need(ae_score_page_new(ctx, &options, &p->page, &e), &e);
    if (o->sheet && !ae_score_page_draws(p->page))
        cmd_usage("--sheet shows pictures, arrays and windows; rows and lines "
                  "are listed by --html");
    if (o->sheet) {
        p->format = cmd_format(o->common, o->sheet, ae_format_by_name("png"));
        p->sheet = cmd_create_page(o->common, o->sheet);
    }
    if (o->html)
        p->html = cmd_create_page(o->common, o->html);
    return p;
}

/* ------------------------------------------------------------------ items */

static void make_room(struct cmd_score_page *p, size_t n)
{
    if (n <= p->room)
        return;
    p->x = cmd_need(realloc(p->x, n * sizeof(*p->x)));
    p->y = cmd_need(realloc(p->y, n * sizeof(*p->y)));
    p->room = n;
}

/* The item's numbers as the data have them. */
static void unscale_item(struct cmd_score_page *p, struct ae_score *s)
{
    const size_t n = (size_t)s->h * (size_t)s->w * (size_t)s->c;

    make_room(p, n);
    memcpy(p->x, s->x, n * sizeof(*p->x));
    ae_item_type_unscale(p->o.items, p->x, s->h, s->w, s->c);
    s->x = p->x;
    if (!s->y) /* a row */
        return;
    memcpy(p->y, s->y, n * sizeof(*p->y));
    ae_item_type_unscale(p->o.items, p->y, s->h, s->w, s->c);
    s->y = p->y;
}

void cmd_score_page_add(struct cmd_score_page *p, const struct ae_score *s,
                        int outlier)
{
    struct ae_score one = *s;
    struct ae_err e = {0};

    if (!p)
        return;
    if (s->x)
        unscale_item(p, &one);
    need(ae_score_page_add(p->page, &one, outlier, &e), &e);
}

/* ----------------------------------------------------------------- faults */

/* A reason may begin with the name, as messages have it. */
static void add_fault(struct cmd_score_page *p, const char *name,
                      const struct ae_err *why)
{
    struct ae_err e = *why;
    char safe[CMD_NAME];
    const char *reason = e.msg;

    ae_escape(safe, sizeof(safe), name);
    const size_t n = strlen(safe);
    cmd_name_options(e.msg);
    if (strncmp(reason, safe, n) == 0 && strncmp(reason + n, ": ", 2) == 0)
        reason += n + 2;
    need(ae_score_page_add_fault(p->page, name, reason, &e), &e);
}

void cmd_score_page_fault(struct cmd_score_page *p, const char *name,
                          const struct ae_err *why)
{
    if (p)
        add_fault(p, name, why);
}

static void hear_fault(void *arg, const char *path, const struct ae_err *why)
{
    struct cmd_score_page *p = arg;

    p->heard++;
    add_fault(p, path, why);
}

void cmd_score_page_listen(struct cmd_score_page *p,
                           struct ae_examples_options *o)
{
    if (!p)
        return;
    o->left_out = hear_fault;
    o->left_out_arg = p;
}

void cmd_score_page_end_input(struct cmd_score_page *p, const char *path,
                              const struct ae_err *why)
{
    if (!p)
        return;
    if (why && !p->heard)
        add_fault(p, path, why);
    p->heard = 0;
}

/* ------------------------------------------------------------------ close */

static int write_sheet(struct cmd_score_page *p, struct ae_err *e)
{
    struct ae_image im = {0};
    int rc = ae_score_page_sheet(p->page, &im, e);

    if (!rc)
        rc = ae_image_write(p->ctx, p->sheet, p->format, &im, NULL, NULL, e);
    ae_image_release(&im);
    return rc;
}

/* Completes an output that was written with rc, or drops it. */
static int end_output(struct ae_io *io, const char *path, int rc,
                      struct ae_err *e)
{
    if (rc)
        cmd_drop(io);
    else
        rc = cmd_commit(io, e);
    if (rc)
        cmd_error(path, e);
    return rc != 0;
}

int cmd_score_page_close(struct cmd_score_page *p,
                         const struct ae_score_threshold *t)
{
    struct ae_err e = {0};
    int bad = 0;

    if (!p)
        return 0;
    if (p->html)
        bad |= end_output(p->html, p->o.html,
                          ae_score_page_write(p->page, t, p->html, &e), &e);
    if (p->sheet)
        bad |= end_output(p->sheet, p->o.sheet, write_sheet(p, &e), &e);
    ae_score_page_free(p->page);
    free(p->column);
    free(p->x);
    free(p->y);
    free(p);
    return bad;
}
