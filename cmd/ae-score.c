/* ae-score - items to anomaly scores, and how well these separate the outliers
 * that labels name. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score.h"

enum { ODDEST = 40 }; /* items of a page, unless --oddest says how many */

struct args {
    struct cmd_common common;
    const char *model, *reference, *reference_labels, *threshold, *map;
    const char *normal, *html, *sheet;
    double contamination;
    int summary, json, channels, lines, oddest;
    struct ae_score_options score;
    struct ae_examples_options examples;
};

static const struct ae_field own[] = {
    AE_FIELD("model", STR, args, model, .file = AE_FILE_MODEL,
             .help = "model file, or a name to look up", .arg = "MODEL",
             .letter = 'm'),
    AE_FIELD("reference", STR, args, reference, .file = AE_FILE_ITEMS,
             .help = "data that knn and knn-input measure distances from: what "
                     "the model was trained on",
             .arg = "DATA"),
    AE_FIELD("reference-labels", STR, args, reference_labels,
             .file = AE_FILE_READ,
             .help = "classes of the items of --reference, idx or text, for a "
                     "model that takes each item's",
             .arg = "FILE"),
    AE_FIELD("channels", BOOL, args, channels, .group = "Output",
             .help = "add the squared error of each channel or column"),
    AE_FIELD("lines", BOOL, args, lines,
             .help = "add the line itself, for a model of text"),
    AE_FIELD("map", STR, args, map, .file = AE_FILE_FOLDER,
             .help = "write a picture of each item's errors into DIR",
             .arg = "DIR"),
    AE_FIELD("html", STR, args, html, .file = AE_FILE_WRITTEN,
             .help = "write a page that shows the scores' histogram, a series "
                     "with its odd stretches, the oddest items",
             .arg = "FILE"),
    AE_FIELD("sheet", STR, args, sheet, .file = AE_FILE_WRITTEN,
             .help = "write the oddest pictures, arrays or windows as one "
                     "picture",
             .arg = "FILE"),
    AE_FIELD("oddest", INT, args, oddest, .min = 1, .max = 200,
             .help = "items that --html and --sheet show; 40 if not given",
             .arg = "N"),
    AE_FIELD("threshold", STR, args, threshold, .group = "Outliers",
             .help = "add whether each score is above X, or above N % of those "
                     "of the items held out in training",
             .arg = "X|qN"),
    AE_FIELD("contamination", REAL, args, contamination, .max = 0.5,
             .help = "add whether each score is among the highest, by their "
                     "share of all; lines are printed at the end",
             .arg = "SHARE"),
    AE_FIELD("normal", STR, args, normal,
             .help = "the class that is normal, 0 by default; with --labels or "
                     "--label-column it is also printed how well scores "
                     "separate the others; for a model that takes these "
                     "classes, only with this option",
             .arg = "LABEL"),
    AE_FIELD("summary", BOOL, args, summary, .group = "Output",
             .help = "print only the number of items, their mean (mse, elbo, "
                     "iw:K...) and what the labels show"),
    AE_FIELD("json", BOOL, args, json, .help = "print JSON, an object a line"),
    {0}};

struct run {
    const struct args *a;
    struct ae_ctx *ctx;
    struct ae_scorer *scorer;
    struct ae_item_type *items;
    struct cmd_score_page *page; /* NULL: none */
    enum cmd_style style;
    double threshold, sum;
    double expected; /* share of items that the threshold is to mark, or 0 */
    uint64_t marked;
    int has_threshold, bad;
    int ranks; /* 1: labels say which items are outliers */
    const char *normal;
    struct cmd_cell *cell; /* score, outlier, channels */
    char (*key)[64];       /* the channels' names */
    int cells;
    uint64_t count;
    double *score;          /* all of them, where they are needed */
    unsigned char *outlier; /* 1: its label isn't the normal one */
    char **name, **line;    /* with --contamination: all names and lines */
    double *kept;           /* with --contamination: the channels' errors */
    size_t cap, channels;   /* scores that fit; numbers of kept for each */
};

/* ------------------------------------------------------------------ rows */

static void make_cells(struct run *r, int channels)
{
    const int n = channels + 3;

    if (r->cell)
        return;
    r->cell = cmd_need(calloc((size_t)n, sizeof(*r->cell)));
    r->key = cmd_need(calloc((size_t)n, sizeof(*r->key)));
    r->cell[r->cells++].key = "score";
    if (r->has_threshold)
        r->cell[r->cells++].key = "outlier";
    for (int k = 0; k < channels && r->a->channels; k++) {
        const char *name = ae_item_type_column(r->items, k);
        if (name)
            snprintf(r->key[k], sizeof(r->key[k]), "%s", name);
        else
            snprintf(r->key[k], sizeof(r->key[k]), "channel%d", k + 1);
        r->cell[r->cells++].key = r->key[k];
    }
    if (r->a->lines)
        r->cell[r->cells++].key = "line";
    if (!r->a->summary && cmd_is_first_shard(r->a->common.shard))
        cmd_table_head(r->style, r->cell, r->cells);
}

/* Scores of nothing have the header that others have, where nothing failed; in
 * a first shard, which has that of all, in any case. */
static void end_header(struct run *r)
{
    int n = 0;

    while (ae_item_type_column(r->items, n))
        n++;
    if ((r->a->common.shard || !r->bad) && (n > 0 || !r->a->channels))
        make_cells(r, n);
}

static void print_row(struct run *r, const char *name, double score,
                      const double *channel, const char *line)
{
    const int numbers = r->cells - r->a->lines;
    int n = 0;

    r->cell[n++].value = score;
    if (r->has_threshold)
        r->cell[n++].value = score > r->threshold;
    r->marked += r->has_threshold && score > r->threshold;
    for (int k = 0; n < numbers; k++)
        r->cell[n++].value = channel[k];
    if (r->a->lines)
        r->cell[n].text = line ? line : "";
    if (!r->a->summary)
        cmd_table_row(r->style, name, r->cell, r->cells);
}

static void grow_kept(struct run *r, size_t channels)
{
    if (r->count < r->cap)
        return;
    r->cap = r->cap ? 2 * r->cap : 1024;
    r->score = cmd_need(realloc(r->score, r->cap * sizeof(*r->score)));
    r->outlier = cmd_need(realloc(r->outlier, r->cap));
    if (!(r->a->contamination > 0))
        return;
    r->name = cmd_need(realloc(r->name, r->cap * sizeof(*r->name)));
    r->line = cmd_need(realloc(r->line, r->cap * sizeof(*r->line)));
    r->kept = cmd_need(
        realloc(r->kept, r->cap * (channels + 1) * sizeof(*r->kept)));
}

/* Keeps what the ranking and --contamination need of all items. */
static void keep_score(struct run *r, const struct ae_score *s, int outlier)
{
    const size_t n = (size_t)s->channels;

    r->channels = n;
    grow_kept(r, n);
    r->score[r->count] = s->value;
    r->outlier[r->count] = (unsigned char)outlier;
    if (!(r->a->contamination > 0))
        return;
    r->name[r->count] = cmd_copy(s->name);
    r->line[r->count] = r->a->lines && s->line ? cmd_copy(s->line) : NULL;
    for (size_t k = 0; k < n; k++)
        r->kept[r->count * n + k] = s->channel[k];
}

static int put_score(void *arg, const struct ae_score *s, struct ae_err *e)
{
    struct run *r = arg;
    const int outlier = s->label && !ae_label_is(s->label, r->normal);

    (void)e;
    if (s->fault || !r->a->score.points) /* which has rows, not items */
        cmd_item_log_put(s->fault);
    if (s->fault) {
        cmd_error(s->name, s->fault);
        cmd_score_page_fault(r->page, s->name, s->fault);
        r->bad = 1;
        return 0;
    }
    make_cells(r, s->channels);
    if (r->ranks || r->a->contamination > 0)
        keep_score(r, s, outlier);
    if (!(r->a->contamination > 0))
        print_row(r, s->name, s->value, s->channel, s->line);
    cmd_score_page_add(r->page, s, r->ranks && outlier);
    r->sum += s->value;
    r->count++;
    if (!s->more)
        fflush(stdout); /* a write that failed is reported at the end */
    if (r->a->map && cmd_heat_put(r->ctx, &r->a->common, r->a->map, s))
        r->bad = 1;
    return 0;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

/* Finds the threshold that leaves the share above it, and prints all rows. */
static void print_kept(struct run *r)
{
    const size_t n = r->count, k = (size_t)(r->a->contamination * (double)n);
    double *sorted = cmd_need(malloc(n * sizeof(*sorted)));

    memcpy(sorted, r->score, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), descending);
    r->threshold = sorted[k < n ? k : n - 1];
    free(sorted);
    cmd_detail("threshold %.6g", r->threshold);
    for (size_t i = 0; i < n; i++) {
        print_row(r, r->name[i], r->score[i], r->kept + i * r->channels,
                  r->line[i]);
        free(r->name[i]);
        free(r->line[i]);
    }
}

/* --------------------------------------------------------------- summary */

static int add_ranking(struct run *r, struct cmd_cell *out, int *n)
{
    struct ae_ranking k;
    struct ae_err e = {0};

    if (ae_rank(r->score, r->outlier, r->count, &k, &e)) {
        cmd_error("labels", &e);
        return 1;
    }
    out[(*n)++] = (struct cmd_cell){.key = "auroc", .value = k.auroc};
    out[(*n)++] = (struct cmd_cell){.key = "average_precision",
                                    .value = k.average_precision};
    out[(*n)++] = (struct cmd_cell){.key = "best_f1", .value = k.best_f1};
    out[(*n)++] = (struct cmd_cell){.key = "best_threshold",
                                    .value = k.best_threshold};
    if (!r->has_threshold)
        return 0;
    out[(*n)++] = (struct cmd_cell){.key = "threshold", .value = r->threshold};
    out[(*n)++] = (struct cmd_cell){
        .key = "f1",
        .value = ae_rank_f1(r->score, r->outlier, r->count, r->threshold)};
    return 0;
}

static void print_summary(const struct run *r, const struct cmd_cell *cell,
                          int n)
{
    const int json = r->a->json;

    printf(json ? "{" : "items\t");
    if (json)
        printf("\"items\":%llu", (unsigned long long)r->count);
    for (int i = 0; i < n; i++)
        if (json)
            printf(",\"%s\":%.9g", cell[i].key, cell[i].value);
        else
            printf("%s%c", cell[i].key, i + 1 < n ? '\t' : '\n');
    if (!json)
        printf("%llu", (unsigned long long)r->count);
    for (int i = 0; !json && i < n; i++)
        printf("\t%.9g", cell[i].value);
    puts(json ? "}" : "");
}

/* Prints the summary on stdout with --summary, else the ranking on stderr. */
static int summarise(struct run *r)
{
    const char *method = r->a->score.method;
    const int bound = strncmp(method, "elbo", 4) == 0 || method[0] == 'i';
    const double mean = r->sum / (double)r->count;
    struct cmd_cell cell[8] = {
        {strcmp(method, "reconstruction") == 0 ? "mse" : method,
         bound ? -mean : mean, NULL}};
    int n = 1;
    const int bad = r->ranks ? add_ranking(r, cell, &n) : 0;

    if (r->a->summary)
        print_summary(r, cell, n);
    for (int i = 1; !r->a->summary && i < n; i++)
        cmd_summary("%s %.6g", cell[i].key, cell[i].value);
    return bad;
}

/* X, or qN: the score below which N % of the training data lie. */
static void parse_threshold(struct run *r, const char *text)
{
    const int is_share = text[0] == 'q';
    struct ae_err e;
    char *end;
    double v;

    errno = 0;
    v = strtod(text + is_share, &end);
    if (end == text + is_share || *end || errno || !isfinite(v) ||
        (is_share && !(v >= 0 && v <= 100)))
        cmd_usage("option '--threshold': '%s' is neither a score nor q0 to "
                  "q100",
                  text);
    r->threshold = v;
    r->expected = is_share ? 1 - v / 100 : 0;
    if (is_share && ae_scorer_quantile(r->scorer, v / 100, &r->threshold, &e))
        cmd_usage("option '--threshold': %s", e.msg);
    if (is_share && r->a->score.points && r->a->examples.stride)
        cmd_note(
            "--threshold %s is of rows that windows in training's --stride "
            "cover",
            text);
    cmd_detail("threshold %.6g", r->threshold);
}

/* Many alarms rather say that the data aren't those that the model knows. */
static void note_marked(const struct run *r)
{
    const double share = (double)r->marked / (double)r->count;

    if (r->a->threshold && share > 0.1 && share > 2 * r->expected)
        cmd_note("%.0f %% of %llu scores are above --threshold %s: the data "
                 "aren't like those learned, or the threshold is too low",
                 100 * share, (unsigned long long)r->count, r->a->threshold);
}

/* The threshold that the page shows: what was asked for, else where one in a
 * hundred of training's items lies above. */
static int close_page(struct run *r)
{
    struct ae_score_threshold t = {.value = r->threshold, .origin = ""};
    struct ae_err e;
    int known = r->has_threshold;

    if (r->a->threshold && r->a->threshold[0] == 'q')
        t.origin = r->a->threshold;
    if (r->page && !known) {
        t.origin = "q99 of training";
        known = !ae_scorer_quantile(r->scorer, 0.99, &t.value, &e);
    }
    return cmd_score_page_close(r->page, known ? &t : NULL);
}

static int read_input(void *arg, const char *path, struct ae_err *e)
{
    struct run *r = arg;

    cmd_private_to(path);
    const int rc = ae_scorer_read(r->scorer, path, &r->a->examples, put_score,
                                  r, e);
    cmd_score_page_end_input(r->page, path,
                             rc < 0 && !cmd_is_stopped() ? e : NULL);
    return rc;
}

/* What is said when all are read; the status. */
static int end_run(struct run *r)
{
    struct ae_err e = {0};

    end_header(r);
    if (r->count && r->a->contamination > 0)
        print_kept(r);
    r->bad |= close_page(r);
    if (r->count)
        note_marked(r);
    if (ae_selection_end(r->a->examples.selection, &e)) {
        if (!r->bad)
            cmd_error(NULL, &e);
        return CMD_FAILED;
    }
    if (r->count && (r->a->summary || r->ranks))
        r->bad |= summarise(r);
    return r->bad ? CMD_FAILED : CMD_OK;
}

/* ------------------------------------------------------------------ main */

static const struct cmd_table tables[] = {
    {own, 0},
    {ae_score_fields, offsetof(struct args, score)},
    {ae_examples_fields, offsetof(struct args, examples)},
    {cmd_list_fields, 0},
    {cmd_null_fields, 0},
    {cmd_choice_fields, 0},
    {cmd_shard_fields, 0},
    {cmd_watch_fields, 0},
    {ae_select_fields, offsetof(struct args, examples.select)},
    {cmd_existing_fields, 0},
    {cmd_log_fields, 0},
    {cmd_machine_fields, 0},
    {cmd_talk_fields, 0},
    {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-score", "-m MODEL [OPTION...] [INPUT...]",
    "Prints anomaly scores of items; stdin with no INPUT", tables, NULL};

static void check_options(const struct args *a)
{
    cmd_log_check(&a->common, 1);
    if (!a->model)
        cmd_usage("-m MODEL is needed");
    if (!a->reference && strncmp(a->score.method, "knn", 3) == 0)
        cmd_usage("--method %s needs --reference DATA", a->score.method);
    if (a->threshold && a->contamination > 0)
        cmd_usage("--threshold and --contamination exclude each other");
    if (a->common.shard &&
        (a->contamination > 0 || a->summary || a->html || a->sheet))
        cmd_usage("--shard has only some scores; --contamination, --summary, "
                  "--html and --sheet are of all, and exclude it");
    if (a->common.existing != CMD_EXISTING_UNSET && !a->map && !a->html &&
        !a->sheet)
        cmd_usage("--existing belongs to --map, --html and --sheet");
    if (a->oddest && !a->html && !a->sheet)
        cmd_usage("--oddest belongs to --html and --sheet");
    if ((a->html && strcmp(a->html, "-") == 0) ||
        (a->sheet && strcmp(a->sheet, "-") == 0))
        cmd_usage("--html and --sheet need a file: stdout has the scores");
    if (a->sheet && a->score.points)
        cmd_usage("--sheet and --points exclude each other");
    if (a->map && a->common.watch)
        cmd_usage("--map and --watch exclude each other");
    if (a->map && a->score.points)
        cmd_usage("--map and --points exclude each other");
}

/* Labels are the classes that a conditional model asks for, or say which items
 * are outliers; with --only all are of one class, and there is no ranking. */
static void use_labels(struct run *r)
{
    const struct args *a = r->a;
    const struct ae_select_options *o = &a->examples.select;
    const int asks = ae_scorer_classes(r->scorer);
    const int labelled = o->labels || o->label_column;

    if (asks && !labelled)
        cmd_usage("the model asks for each item's class: --label, --labels or "
                  "--label-column");
    if (a->reference_labels && !(asks && a->reference))
        cmd_usage("--reference-labels is for --reference and a model that "
                  "takes each item's class");
    if (asks && a->reference && !a->reference_labels && !o->label_column)
        cmd_usage("the model asks for each item's class: --reference-labels");
    r->ranks = labelled && !o->only && (!asks || a->normal);
    r->normal = a->normal ? a->normal : "0";
}

/* Reads all of the reference: --rows and --only are for what is scored. */
static void read_reference(struct run *r)
{
    const struct args *a = r->a;
    struct ae_examples_options whole = a->examples;
    struct ae_err e = {0};

    whole.select = (struct ae_select_options){
        .columns = a->examples.select.columns, .labels = a->reference_labels};
    if (ae_scorer_classes(r->scorer) && !a->reference_labels)
        whole.select.label_column = a->examples.select.label_column;
    if (ae_selection_new(r->ctx, &whole.select, &whole.selection, &e) ||
        ae_scorer_refer(r->scorer, a->reference, &whole, &e) ||
        ae_selection_end(whole.selection, &e))
        cmd_die(CMD_USAGE, "--reference: %s", e.msg);
    ae_selection_free(whole.selection);
}

static void open_page(struct run *r, struct args *a,
                      const struct cmd_inputs *in)
{
    const int oddest = a->oddest ? a->oddest : ODDEST;
    char input[CMD_NAME];

    snprintf(input, sizeof(input), in->count > 1 ? "%s and %d more" : "%s",
             in->count ? in->name[0] : "nothing", in->count - 1);
    r->page = cmd_score_page_open(
        r->ctx, &(struct cmd_score_page_options){.common = &a->common,
                                                 .html = a->html,
                                                 .sheet = a->sheet,
                                                 .input = input,
                                                 .model = a->model,
                                                 .items = r->items,
                                                 .score = &a->score,
                                                 .stride = a->examples.stride,
                                                 .oddest = oddest});
    cmd_score_page_listen(r->page, &a->examples);
}

/* Makes the scorer of the inputs; ends with status 2 where that fails. */
static void open_scorer(struct run *r, struct args *a, struct ae_model *model)
{
    struct ae_err e = {0};

    if (ae_item_type_new(model, &r->items, &e))
        cmd_die(CMD_USAGE, "%s: %s", a->model, e.msg);
    a->score.errors = a->channels || a->map ||
                      ((a->html || a->sheet) &&
                       ae_item_type_kind(r->items) != AE_ITEM_TEXT);
    if (ae_scorer_new(r->ctx, model, &a->score, &r->scorer, &e))
        cmd_die(CMD_USAGE, "%s: %s", a->model, e.msg);
    if (a->lines && ae_item_type_kind(r->items) != AE_ITEM_TEXT)
        cmd_usage("--lines is for models of text");
    use_labels(r);
    if (a->map)
        cmd_heat_open(a->map, r->items);
    if (a->reference)
        read_reference(r);
    if (a->threshold)
        parse_threshold(r, a->threshold);
    r->has_threshold = a->threshold || a->contamination > 0;
}

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(&spec, &a, argc, argv);
    struct run r = {.a = &a, .style = a.json ? CMD_JSON : CMD_TSV};
    const struct cmd_item_source source = {read_input, &r, NULL, &a.examples};
    struct cmd_inputs in;
    struct ae_model *model;
    struct ae_err e = {0};

    check_options(&a);
    if (a.reference)
        ae_libraries_load();
    r.ctx = cmd_context(&a.common);
    if (ae_model_load(r.ctx, a.model, &model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (ae_selection_new(r.ctx, &a.examples.select, &a.examples.selection, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    cmd_inputs_find(&in, &a.common, a.examples.selection, argv + first,
                    argc - first);
    cmd_items_check_watch(&a.common, &in, a.examples.selection);
    cmd_files(model, &in.filter, in.name, in.count);
    if (a.map)
        cmd_heat_plan(r.ctx, &a.common, a.map, &in);
    open_scorer(&r, &a, model);
    open_page(&r, &a, &in);
    a.examples.several = in.count > 1;
    a.examples.filter = &in.filter;
    cmd_item_log_open(&a.common, &a.examples);
    r.bad |= cmd_items_read(&in, &source) > 0;
    int status = end_run(&r);
    if (cmd_log_close())
        status = CMD_FAILED;
    cmd_inputs_release(&in);
    free(r.cell);
    free(r.key);
    free(r.score);
    free(r.outlier);
    free(r.name);
    free(r.line);
    free(r.kept);
    ae_selection_free(a.examples.selection);
    ae_scorer_free(r.scorer);
    ae_item_type_free(r.items);
    ae_model_free(model);
    ae_ctx_free(r.ctx);
    return cmd_close(status);
}
