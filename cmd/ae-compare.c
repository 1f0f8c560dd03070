/* ae-compare - how far images are from their references. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

enum { CELLS = 16, TERMS = 16 };

struct args {
    struct cmd_common common;
    const char *metric, *threshold;
    int tsv, json, runs, view; /* enum cmd_compare_view */
    double gain;
    const char *html;
    int worst;
    uint64_t pixels;
};

static const char *const views[] = {"none", "side", "split", "diff", NULL};

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
             .help = "write a page that shows all pairs, the worst first, with "
                     "a slider between the two pictures; of --runs with "
                     "their best, the settings that differ, and curves",
             .arg = "FILE"),
    AE_FIELD("worst", INT, args, worst, .def = "16", .max = 1000,
             .help = "of --html: pairs whose pictures the page holds in full",
             .arg = "N"),
    AE_FIELD("pixels", COUNT, args, pixels, .def = "1M", .min = 4096,
             .max = 1e9,
             .help = "of --html: show larger pictures by the window of so many "
                     "pixels in which they differ most (k, M)",
             .arg = "N"),
    AE_FIELD("image", ENUM, args, view, .def = "none", .names = views,
             .help = "write a picture of both with -o or -d: side by side, "
                     "the left half of one and the right half of the other, "
                     "or their difference",
             .arg = "side|split|diff"),
    AE_FIELD("gain", REAL, args, gain, .max = 255,
             .help = "of --image=diff: factor of the differences; 0 chooses a "
                     "power of two, which is said",
             .arg = "X"),
    {0}};

static const struct cmd_table tables[] = {{fields, 0},
                                          {cmd_list_fields, 0},
                                          {cmd_null_fields, 0},
                                          {cmd_made_fields, 0},
                                          {cmd_folder_fields, 0},
                                          {cmd_log_fields, 0},
                                          {cmd_machine_fields, 0},
                                          {cmd_talk_fields, 0},
                                          {NULL, 0}};

static void list_metrics(void)
{
    const struct ae_metric *m;

    puts("\nMetrics:");
    for (size_t i = 0; (m = ae_metric_at(i)) != NULL; i++)
        printf("%-12s%s\n", m->name, m->help);
}

static const struct cmd_spec spec = {
    "ae-compare", "[OPTION...] REF IMG... | REFDIR IMGDIR | --runs FILE...",
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
    int silent;                     /* stdout has the picture, not the rows */
    struct cmd_compare_image image; /* without a view: none is made */
    struct ae_gallery *gallery;     /* of --html; NULL: none */
    struct ae_io *page;             /* where it goes */
    int w, h;             /* of the present file's first image; 0: unknown */
    struct ae_err reason; /* why it fails, first of all */
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
    char *text = cmd_copy(list ? list : "");

    for (size_t i = 0; !list && (m = ae_metric_at(i)) != NULL; i++)
        add_metric(p, "--metric", m->name);
    for (char *s = strtok(text, ","); s; s = strtok(NULL, ","))
        add_metric(p, "--metric", s);
    free(text);
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
    size_t n = 0;

    if (!list)
        return;
    char *text = cmd_copy(list);
    for (const char *at = list; *at; at++)
        if (*at != ' ')
            text[n++] = *at;
    text[n] = '\0';
    for (char *s = strtok(text, ","); s; s = strtok(NULL, ","))
        take_term(p, s);
    free(text);
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

static void blame(struct plan *p, const struct ae_err *why)
{
    if (!p->reason.code)
        p->reason = *why;
}

/* Says why something couldn't be compared. */
static void fault(struct plan *p, const char *name, const struct ae_err *why)
{
    struct ae_err shown = *why, e;

    cmd_error(name, why);
    blame(p, why);
    p->failed = 1;
    cmd_name_options(shown.msg);
    if (p->gallery && ae_gallery_add_fault(p->gallery, name, shown.msg, &e))
        cmd_die(CMD_FAILED, "%s", e.msg);
}

/* Adds the pair to the page. */
static int show(struct plan *p, const struct ae_image *ref,
                const struct ae_image *img, const char *name,
                const struct cmd_cell *cell, struct ae_err *e)
{
    double value[CELLS];

    for (int i = 0; i < p->shown; i++)
        value[i] = cell[i].value;
    return p->gallery ? ae_gallery_add(p->gallery, name, ref, img, value, e)
                      : 0;
}

/* Says which conditions of --threshold aren't met. */
static void check_terms(struct plan *p, const char *name,
                        const struct cmd_cell *cell)
{
    for (int i = 0; i < p->terms; i++) {
        const struct term *t = &p->term[i];
        const struct cmd_cell *c = &cell[t->cell];
        struct ae_err e = {.code = AE_EARG};

        if (meets(t, c->value))
            continue;
        snprintf(e.msg, sizeof(e.msg), "%s is %.6g, not %s", c->key, c->value,
                 t->text);
        cmd_error(name, &e);
        blame(p, &e);
        p->unmet = 1;
    }
}

/* A test that has seen nothing hasn't passed. */
static void check_count(struct plan *p)
{
    if (!p->terms || p->rows || p->failed)
        return;
    cmd_warn("--threshold: nothing was compared");
    p->unmet = 1;
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
    if (!p->silent)
        cmd_table_row(p->style, name, cell, p->shown);
    fflush(stdout); /* the next image may be long in coming */
    p->rows++;
    for (int i = 0; i < p->metrics; i++)
        p->sum[i] += cell[i].value;
    check_terms(p, name, cell);
    if (!p->w) {
        p->w = img->info.w;
        p->h = img->info.h;
    }
    if (p->image.view)
        p->failed |= cmd_compare_image(p->ctx, &p->image, name, ref, img) != 0;
    return show(p, ref, img, name, cell, e);
}

/* Compares two images, or says why that can't be. */
static void compare_pair(struct plan *p, const struct ae_image *a,
                         const struct ae_image *b, const char *name)
{
    struct ae_err e = {0};

    if (compare(p, a, b, name, &e))
        fault(p, name, &e);
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

    if (rc < 0)
        fault(p, cmd_image_name(io, n, name), &e);
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
    if (rc)
        fault(p, where, &e);
    ae_io_close(a);
    ae_io_close(b);
}

static int compare_runs(const struct args *a, char *const *operand, int count)
{
    if (count < 1)
        cmd_usage("--runs: which? Name files that ae-train --metrics or "
                  "--report wrote");
    if (a->metric || a->threshold || a->view || a->common.output ||
        a->common.folder || a->common.files_from || a->common.log_json)
        cmd_usage("--runs compares no images: of the options for these only "
                  "--html, --tsv and --json belong to it");
    cmd_files(NULL, NULL, operand, count);
    return cmd_compare_runs(operand, count,
                            a->json  ? CMD_JSON
                            : a->tsv ? CMD_TSV
                                     : CMD_TEXT,
                            a->html);
}

/* ------------------------------------------------------------------ main */

static void check_options(const struct args *a, char *const *operand, int count)
{
    int dashes = 0;

    if (count < (a->common.files_from ? 1 : 2)) /* a list may be empty */
        cmd_usage("a reference and an image are needed");
    for (int i = 0; i < count; i++)
        dashes += strcmp(operand[i], "-") == 0;
    if (dashes > 1 || (strcmp(operand[0], "-") == 0 && count > 2))
        cmd_usage("stdin can be read once only");
    if (a->common.output && a->common.folder)
        cmd_usage("-o and -d exclude each other");
    if (a->view && !a->common.output && !a->common.folder)
        cmd_usage("--image needs -o FILE or -d DIR");
    if (!a->view && (a->common.output || a->common.folder))
        cmd_usage("-o and -d are for --image");
    if (a->html && strcmp(a->html, "-") == 0)
        cmd_usage("--html needs a file: stdout has the figures");
    cmd_log_check(&a->common, !a->view || a->common.folder);
}

/* Where the pictures go; the figures aren't printed where that is stdout. */
static void open_image(struct plan *p, const struct args *a)
{
    const struct cmd_common *c = &a->common;

    if (!a->view)
        return;
    p->image = (struct cmd_compare_image){
        .common = c,
        .format = cmd_format(c, c->output, ae_format_by_name("png")),
        .view = (enum cmd_compare_view)a->view,
        .gain = a->gain};
    if (c->folder) {
        cmd_make_folder(c->folder);
        return;
    }
    p->silent = strcmp(c->output, "-") == 0;
    if (p->silent)
        cmd_check_terminal(c);
    p->image.out = cmd_create_output(c);
}

/* The page of --html is named after what is compared. */
static void open_page(struct plan *p, const struct args *a,
                      char *const *operand, int count)
{
    static char title[2 * CMD_NAME];
    static const char *column[CELLS], *unit[CELLS];
    static int higher[CELLS];
    struct ae_gallery_options o = {.title = title,
                                   .column = column,
                                   .unit = unit,
                                   .higher = higher,
                                   .columns = p->shown,
                                   .worst = a->worst,
                                   .pixels = a->pixels};
    struct ae_err e = {0};

    if (!a->html)
        return;
    for (int i = 0; i < p->shown; i++) {
        column[i] = p->metric[i]->name;
        unit[i] = p->metric[i]->unit;
        higher[i] = p->metric[i]->higher_is_better;
    }
    if (count == 2)
        snprintf(title, sizeof(title), "%s and %s", operand[0], operand[1]);
    else
        snprintf(title, sizeof(title), "%s and %d images", operand[0],
                 count - 1);
    p->page = cmd_create_page(&a->common, a->html);
    if (p->page && ae_gallery_new(p->ctx, &o, &p->gallery, &e))
        cmd_die(CMD_FAILED, "%s", e.msg);
}

static void close_page(struct plan *p, const char *path)
{
    struct ae_err e = {0};

    if (!p->page)
        return;
    int rc = ae_gallery_write(p->gallery, p->page, &e);
    if (rc)
        cmd_drop(p->page);
    else
        rc = cmd_commit(p->page, &e);
    if (rc) {
        cmd_error(path, &e);
        p->failed = 1;
    }
    ae_gallery_free(p->gallery);
}

/* Before any work: no picture of -d may be a file that is read. */
static void plan_folder(const struct cmd_common *c,
                        const struct ae_format *format,
                        const struct cmd_pairs *pairs)
{
    struct ae_err e = {0};

    for (size_t i = 0; c->folder && i < pairs->count; i++) {
        const struct cmd_pair *pair = &pairs->pair[i];
        char *path = cmd_mirror_path(c->folder, pair->img + pair->folder,
                                     ae_format_ending(format));
        if (ae_file_set_add(cmd_file_set(), AE_USE_MADE, "dir", path, &e) < 0)
            cmd_usage("%s", e.msg);
        free(path);
    }
}

static void lone(struct plan *p, const struct cmd_pair *pair)
{
    struct ae_err e = {.code = AE_EARG};

    snprintf(e.msg, sizeof(e.msg), "%s", pair->lack);
    fault(p, pair->img, &e);
}

static void log_pair(const struct plan *p, const struct cmd_pair *pair,
                     double seconds)
{
    const struct cmd_compare_image *o = &p->image;
    const int failed = p->reason.code != 0, made = o->view && !failed;
    char *path = made && o->common->folder
                     ? cmd_mirror_path(o->common->folder,
                                       pair->img + pair->folder,
                                       ae_format_ending(o->format))
                     : NULL;

    cmd_log_put(&(struct cmd_log_line){
        .input = pair->img,
        .output = made && !path ? o->common->output : path,
        .w = p->w,
        .h = p->h,
        .seconds = seconds,
        .status = failed ? CMD_LOG_FAILED : CMD_LOG_OK,
        .error = failed ? p->reason.msg : NULL});
    free(path);
}

static void compare_pairs(struct plan *p, const struct cmd_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        const struct cmd_pair *pair = &pairs->pair[i];
        const double start = cmd_now();
        p->w = p->h = p->reason.code = 0;
        p->image.below = pair->folder;
        if (pair->ref)
            compare_files(p, pair->ref, pair->img);
        else
            lone(p, pair);
        log_pair(p, pair, cmd_now() - start);
    }
}

static void close_image(struct plan *p)
{
    struct ae_err e = {0};

    if (!p->image.out)
        return;
    if (p->rows == 0) {
        cmd_drop(p->image.out);
    } else if (cmd_commit(p->image.out, &e)) {
        cmd_error(p->image.common->output, &e);
        p->failed = 1;
    }
}

static void print_head(const struct plan *p)
{
    struct cmd_cell cell[CELLS] = {{0}};

    for (int i = 0; i < p->shown; i++)
        cell[i].key = p->metric[i]->name;
    if (!p->silent)
        cmd_table_head(p->style, cell, p->shown);
}

static void print_mean(const struct plan *p)
{
    struct cmd_cell cell[CELLS] = {{0}};

    for (int i = 0; i < p->shown; i++)
        cell[i].value = p->sum[i] / p->rows;
    if (p->style == CMD_TEXT && p->rows > 1 && !p->silent)
        cmd_table_row(p->style, "mean", cell, p->shown);
}

int main(int argc, char **argv)
{
    struct args a = {0};
    struct plan p = {0};
    struct cmd_pairs pairs;
    struct cmd_inputs in;
    const int first = cmd_parse(&spec, &a, argc, argv);

    if (a.tsv && a.json)
        cmd_usage("--tsv and --json exclude each other");
    if (a.runs) {
        cmd_sandbox_enter(&a.common);
        return cmd_close(compare_runs(&a, argv + first, argc - first));
    }
    cmd_inputs_find(&in, &a.common, NULL, argv + first, argc - first);
    check_options(&a, in.name, in.count);
    take_metrics(&p, a.metric);
    take_threshold(&p, a.threshold);
    p.style = a.json ? CMD_JSON : a.tsv ? CMD_TSV : CMD_TEXT;
    cmd_files(NULL, NULL, in.name, in.count);
    p.ctx = cmd_context(&a.common);
    cmd_pairs_find(&pairs, p.ctx, &a.common, in.name, in.count);
    open_image(&p, &a);
    plan_folder(&a.common, p.image.format, &pairs);
    open_page(&p, &a, in.name, in.count);
    cmd_log_open(&a.common);
    cmd_log_begin();
    print_head(&p);
    compare_pairs(&p, &pairs);
    check_count(&p);
    print_mean(&p);
    close_image(&p);
    close_page(&p, a.html);
    p.failed |= cmd_log_close() != CMD_OK;
    cmd_pairs_release(&pairs);
    cmd_inputs_release(&in);
    ae_ctx_free(p.ctx);
    return cmd_close(p.failed || p.unmet ? CMD_FAILED : CMD_OK);
}
