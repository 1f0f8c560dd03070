/* ae-compare - how far images are from their references. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

enum { CELLS = 16, TERMS = 16 };

struct args {
    struct cmd_common common;
    const char *metric, *threshold, *html;
    int tsv, json, runs;
};

static const struct ae_field fields[] = {
    AE_FIELD("metric", STR, args, metric,
             .help = "print only these, separated by commas", .arg = "LIST"),
    AE_FIELD("threshold", STR, args, threshold,
             .help = "end with status 1 unless every image meets it, as "
                     "'psnr>30,ssim>=0.9'",
             .arg = "EXPR"),
    AE_FIELD("tsv", BOOL, args, tsv, .help = "print tab-separated values"),
    AE_FIELD("json", BOOL, args, json, .help = "print JSON, an object a line"),
    AE_FIELD("runs", BOOL, args, runs,
             .help = "compare runs of ae-train instead, by their files of "
                     "--metrics or --report"),
    AE_FIELD("html", STR, args, html, .group = "Output",
             .file = AE_FILE_WRITTEN,
             .help = "of --runs: also write a page with the best of each, the "
                     "settings that differ, and curves",
             .arg = "FILE"),
    {0}};

static const struct cmd_table tables[] = {
    {fields, 0}, {cmd_machine_fields, 0}, {cmd_talk_fields, 0}, {NULL, 0}};

static void list_metrics(void)
{
    const struct ae_metric *m;

    puts("\nMetrics:");
    for (size_t i = 0; (m = ae_metric_at(i)) != NULL; i++)
        printf("%-12s%s\n", m->name, m->help);
}

static const struct cmd_spec spec = {
    "ae-compare", "[OPTION...] REF IMG... | --runs FILE...",
    "Compares images with a reference", tables, list_metrics};

/* A condition of --threshold. */
struct term {
    int cell;           /* the metric it looks at */
    int greater, equal; /* >, >=, < or <= */
    double bound;
    char text[64];
};

struct plan {
    struct ae_ctx *ctx;
    const struct ae_metric *metric[CELLS];
    int metrics, shown; /* the first `shown` are printed */
    struct term term[TERMS];
    int terms;
    enum cmd_style style;
    double sum[CELLS]; /* over all rows, for the mean */
    int rows, failed, unmet;
};

/* ------------------------------------------------------------- options */

/* The metric's place in the plan, where it is added if need be. */
static int add_metric(struct plan *p, const char *option, const char *name)
{
    const struct ae_metric *m = ae_metric_by_name(name);

    if (!m)
        cmd_usage("option '%s': metric '%s' is unknown (see --help)", option,
                  name);
    for (int i = 0; i < p->metrics; i++)
        if (p->metric[i] == m)
            return i;
    if (p->metrics == CELLS)
        cmd_usage("option '%s': too many metrics", option);
    p->metric[p->metrics] = m;
    return p->metrics++;
}

static void take_metrics(struct plan *p, const char *list)
{
    const struct ae_metric *m;
    char text[512];

    for (size_t i = 0; !list && (m = ae_metric_at(i)) != NULL; i++)
        add_metric(p, "--metric", m->name);
    snprintf(text, sizeof(text), "%s", list ? list : "");
    for (char *s = strtok(text, ","); s; s = strtok(NULL, ","))
        add_metric(p, "--metric", s);
    p->shown = p->metrics;
    if (p->shown == 0)
        cmd_usage("option '--metric': the list is empty");
}

/* NAME, one of > >= < <=, NUMBER. */
static void take_term(struct plan *p, char *text)
{
    static const struct ae_field number = {.name = "threshold",
                                           .type = AE_F_REAL};
    struct term *t = &p->term[p->terms];
    char *op = strpbrk(text, "<>");
    struct ae_err e;

    if (!op || op == text || p->terms == TERMS)
        cmd_usage("option '--threshold': '%s' is not like psnr>30", text);
    snprintf(t->text, sizeof(t->text), "%s", op);
    t->greater = *op == '>';
    t->equal = op[1] == '=';
    if (ae_field_parse(&number, &t->bound, op + 1 + t->equal, &e))
        cmd_usage("option '--threshold': '%s': %s", text, e.msg);
    *op = '\0';
    t->cell = add_metric(p, "--threshold", text);
    p->terms++;
}

static void take_threshold(struct plan *p, const char *list)
{
    char text[512];

    size_t n = 0;

    if (!list)
        return;
    for (; *list && n < sizeof(text) - 1; list++)
        if (*list != ' ')
            text[n++] = *list;
    text[n] = '\0';
    for (char *s = strtok(text, ","); s; s = strtok(NULL, ","))
        take_term(p, s);
    if (p->terms == 0)
        cmd_usage("option '--threshold': there is no condition");
}

/* ------------------------------------------------------------- compare */

/* False for NaN, whatever the condition. */
static int meets(const struct term *t, double v)
{
    return (t->greater ? v > t->bound : v < t->bound) ||
           (t->equal && v == t->bound);
}

static int compare(struct plan *p, const struct ae_image *ref,
                   const struct ae_image *img, const char *name,
                   struct ae_err *e)
{
    struct cmd_cell cell[CELLS] = {{0}};

    for (int i = 0; i < p->metrics; i++) {
        CMD_TRY(p->metric[i]->eval(p->ctx, ref, img, &cell[i].value, e));
        cell[i].key = p->metric[i]->name;
    }
    cmd_table_row(p->style, name, cell, p->shown);
    fflush(stdout); /* the next image may be long in coming */
    p->rows++;
    for (int i = 0; i < p->metrics; i++)
        p->sum[i] += cell[i].value;
    for (int i = 0; i < p->terms; i++) {
        const struct term *t = &p->term[i];

        if (meets(t, cell[t->cell].value))
            continue;
        cmd_warn("%s: %s is %.6g, not %s", name, cell[t->cell].key,
                 cell[t->cell].value, t->text);
        p->unmet = 1;
    }
    return 0;
}

/* Compares two images, or says why that can't be. */
static void compare_pair(struct plan *p, const struct ae_image *a,
                         const struct ae_image *b, const char *name)
{
    struct ae_err e = {0};

    if (compare(p, a, b, name, &e)) {
        cmd_error(name, &e);
        p->failed = 1;
    }
}

static int too_many(struct ae_err *e, const char *which)
{
    e->code = AE_EARG;
    snprintf(e->msg, sizeof(e->msg), "has more images than the %s", which);
    return e->code;
}

/* Reads the next image, or says why that can't be. */
static int read_image(struct plan *p, struct ae_io *io, int n,
                      struct ae_image *im)
{
    struct ae_err e = {0};
    char name[CMD_NAME];
    const int rc = ae_image_read(p->ctx, io, n == 1, im, NULL, &e);

    if (rc < 0) {
        cmd_error(cmd_image_name(io, n, name), &e);
        p->failed = 1;
    }
    return rc;
}

/* All images of two streams, pair by pair, without those pairs of which one
 * can't be read; *where names the one that an error is about. */
static int compare_streams(struct plan *p, struct ae_io *ref, struct ae_io *img,
                           const char **where, struct ae_err *e)
{
    for (int n = 1;; n++) {
        struct ae_image a, b;
        char name[CMD_NAME];
        const int one = read_image(p, ref, n, &a);
        const int other = read_image(p, img, n, &b);
        int rc = 0;

        *where = ae_io_name(one == AE_END ? img : ref);
        if (one == AE_END && other != AE_END)
            rc = too_many(e, "reference");
        else if (other == AE_END && one != AE_END)
            rc = too_many(e, "image that is compared");
        else if (!one && !other)
            compare_pair(p, &a, &b, cmd_image_name(img, n, name));
        ae_image_release(&a);
        ae_image_release(&b);
        if (rc || one == AE_END)
            return rc;
    }
}

static void compare_files(struct plan *p, const char *ref, const char *img)
{
    struct ae_io *a = NULL, *b = NULL;
    const char *where = ref;
    struct ae_err e = {0};
    int rc = cmd_open(ref, &a, &e);

    if (rc)
        goto out;
    where = img;
    if ((rc = cmd_open(img, &b, &e)))
        goto out;
    rc = compare_streams(p, a, b, &where, &e);
out:
    if (rc) {
        cmd_error(where, &e);
        p->failed = 1;
    }
    ae_io_close(a);
    ae_io_close(b);
}

static int compare_runs(const struct args *a, char *const *operand, int count)
{
    if (count < 1)
        cmd_usage("--runs: which? Name files that ae-train --metrics or "
                  "--report wrote");
    if (a->metric || a->threshold)
        cmd_usage("--runs compares no images: of the options for these only "
                  "--html, --tsv and --json belong to it");
    cmd_files(NULL, NULL, operand, count);
    return cmd_compare_runs(operand, count,
                            a->json  ? CMD_JSON
                            : a->tsv ? CMD_TSV
                                     : CMD_TEXT,
                            a->html);
}

int main(int argc, char **argv)
{
    struct args a = {0};
    struct plan p = {0};
    struct cmd_cell cell[CELLS] = {{0}};
    const int first = cmd_parse(&spec, &a, argc, argv);
    const int count = argc - first - 1;
    char **img = argv + first + 1;
    int dashes = 0;

    if (a.tsv && a.json)
        cmd_usage("--tsv and --json exclude each other");
    if (a.runs)
        return cmd_close(compare_runs(&a, argv + first, argc - first));
    if (a.html)
        cmd_usage("--html belongs to --runs");
    if (count < 1)
        cmd_usage("a reference and an image are needed");
    for (int i = -1; i < count; i++)
        dashes += strcmp(img[i], "-") == 0;
    if (dashes > 1 || (strcmp(img[-1], "-") == 0 && count > 1))
        cmd_usage("stdin can be read once only");
    take_metrics(&p, a.metric);
    take_threshold(&p, a.threshold);
    p.style = a.json ? CMD_JSON : a.tsv ? CMD_TSV : CMD_TEXT;
    cmd_files(NULL, NULL, img - 1, count + 1);
    p.ctx = cmd_context(&a.common);
    for (int i = 0; i < p.shown; i++)
        cell[i].key = p.metric[i]->name;
    cmd_table_head(p.style, cell, p.shown);
    for (int i = 0; i < count; i++)
        compare_files(&p, img[-1], img[i]);
    for (int i = 0; i < p.shown; i++)
        cell[i].value = p.sum[i] / p.rows;
    if (p.style == CMD_TEXT && p.rows > 1)
        cmd_table_row(p.style, "mean", cell, p.shown);
    ae_ctx_free(p.ctx);
    return cmd_close(p.failed || p.unmet ? CMD_FAILED : CMD_OK);
}
