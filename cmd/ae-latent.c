/* ae-latent - latents to latents: points between, means, sums, differences,
 * walks along one number, what their numbers are like, and a map of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *format, *labels;
    int n, dim, json, size[2];
};

static const struct ae_field own[] = {
    AE_FIELD("number", INT, args, n, .def = "10", .min = 2, .max = 1e9,
             .help = "lerp, slerp: latents from one to the next, both included",
             .arg = "N", .letter = 'n'),
    AE_FIELD("format", STR, args, format, .group = "Output",
             .help = "one of %s; else by the ending of -o, else jsonl",
             .arg = "FORMAT"),
    AE_FIELD("to", STR, args, common.to,
             .help = "plot: svg or %s; else by the ending of -o, else png",
             .arg = "FORMAT", .letter = 'T'),
    AE_FIELD("dim", INT, args, dim, .group = "Options", .def = "0",
             .max = 1 << 24,
             .help = "numbers in a latent, which f32 doesn't say; 0: as the "
                     "first has",
             .arg = "N"),
    AE_FIELD("json", BOOL, args, json,
             .help = "stats: print JSON, an object a line, instead of TSV"),
    AE_FIELD("labels", STR, args, labels, .file = AE_FILE_READ,
             .help = "plot: classes, one each: idx, lines, or the last column "
                     "of tsv",
             .arg = "FILE"),
    AE_FIELD("size", PAIR, args, size, .def = "800x640", .min = 320,
             .max = 8192, .help = "plot: width and height in pixels",
             .arg = "WxH"),
    {0}};

static void list_operations(void)
{
    fputs("\nOperations:\n"
          "  lerp               -n latents from each to the next, straight\n"
          "  slerp              the same along an arc, for normal codes\n"
          "  mean               one latent, the mean of all\n"
          "  add A B, sub A B   each of A with its partner in B, or with\n"
          "                     the only one in B\n"
          "  traverse DIM:LO:HI:N  of each, N with number DIM (from 0) at\n"
          "                     LO to HI\n"
          "  stats              mean, std, min and max of each number\n"
          "  plot               a picture: their two numbers, or their two\n"
          "                     principal axes\n",
          stdout);
}

static const struct cmd_table tables[] = {
    {own, 0}, {cmd_file_fields, 0}, {cmd_talk_fields, 0}, {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-latent", "OPERATION [OPTION...] [LATENTS...]",
    "Computes with latents; stdin to stdout with no LATENTS", tables,
    list_operations};

struct run {
    const struct args *a;
    const struct ae_latent_format *format;
    struct ae_io *out;
    struct ae_latent_writer *writer;
    int d;              /* 0: none came yet */
    uint64_t count;     /* of latents that came */
    int stopped;        /* 1: one of them was an error */
    float *last, *made; /* d each */
    double *sum, *square, *low, *high;
    /* traverse */
    int at, steps;
    double from, to;
    /* add, sub: the second stream */
    struct ae_latents *other;
    struct ae_io *other_io;
    float *partner;
    uint64_t partners, faults; /* read from it; faulty among them */
    int unpaired;              /* the last was faulty */
    int minus;
    /* plot */
    struct ae_ctx *ctx;
    struct ae_map *map;
    const struct ae_format *picture; /* NULL: svg */
    int drawn;
};

/* -------------------------------------------------------------- writing */

static int put_latent(struct run *r, const char *name, const float *z,
                      struct ae_err *e)
{
    const struct ae_latent one = {name, z, NULL, r->d};
    int rc = 0;

    if (!r->writer)
        rc = ae_latent_writer_open(r->out, r->format, r->d, 0, &r->writer, e);
    return rc ? rc : ae_latent_writer_put(r->writer, &one, e);
}

/* Allocates memory for latents of the first one's size. */
static void begin_latents(struct run *r, const struct ae_latent *z)
{
    const size_t d = (size_t)z->d;

    r->d = z->d;
    r->last = cmd_need(calloc(d, sizeof(*r->last)));
    r->made = cmd_need(calloc(d, sizeof(*r->made)));
    r->partner = cmd_need(calloc(d, sizeof(*r->partner)));
    r->sum = cmd_need(calloc(4 * d, sizeof(*r->sum)));
    r->square = r->sum + d;
    r->low = r->square + d;
    r->high = r->low + d;
}

/* ----------------------------------------------------------- operations */

/* Writes latents from the last one to z, named by number.  The first of a pair
 * is the last of the pair before, and is written once. */
static int put_between(struct run *r, const float *z, int arc, struct ae_err *e)
{
    char name[64];
    int rc = 0;

    for (int i = r->count > 1; !rc && i < r->a->n; i++) {
        const double t = (double)i / (r->a->n - 1);
        (arc ? ae_latent_slerp : ae_latent_lerp)(r->last, z, t, r->d, r->made);
        snprintf(name, sizeof(name), "%06llu",
                 (unsigned long long)(r->count - 1) *
                         (unsigned long long)(r->a->n - 1) +
                     (unsigned)i);
        rc = put_latent(r, name, r->made, e);
    }
    return rc;
}

static int interpolate(struct run *r, const struct ae_latent *z, int arc,
                       struct ae_err *e)
{
    const int rc = r->count ? put_between(r, z->z, arc, e) : 0;

    memcpy(r->last, z->z, (size_t)r->d * sizeof(*r->last));
    return rc;
}

static int lerp(struct run *r, const struct ae_latent *z, struct ae_err *e)
{
    return interpolate(r, z, 0, e);
}

static int slerp(struct run *r, const struct ae_latent *z, struct ae_err *e)
{
    return interpolate(r, z, 1, e);
}

static int check_two(struct run *r, struct ae_err *e)
{
    if (r->count > 1)
        return 0;
    e->code = AE_EARG;
    snprintf(e->msg, sizeof(e->msg),
             "only one latent: there is no next one to go to");
    return e->code;
}

/* Means and squared deviations as they come (Welford 1962). */
static int add_statistics(struct run *r, const struct ae_latent *z,
                          struct ae_err *e)
{
    (void)e;
    for (int i = 0; i < r->d; i++) {
        const double v = z->z[i], off = v - r->sum[i];
        r->sum[i] += off / ((double)r->count + 1);
        r->square[i] += off * (v - r->sum[i]);
        r->low[i] = r->count ? fmin(r->low[i], v) : v;
        r->high[i] = r->count ? fmax(r->high[i], v) : v;
    }
    return 0;
}

static int put_mean(struct run *r, struct ae_err *e)
{
    for (int i = 0; i < r->d; i++)
        r->made[i] = (float)r->sum[i];
    return put_latent(r, "mean", r->made, e);
}

static int print_stats(struct run *r, struct ae_err *e)
{
    const enum cmd_style style = r->a->json ? CMD_JSON : CMD_TSV;

    (void)e;
    for (int i = 0; i < r->d; i++) {
        const struct cmd_cell cell[] = {
            {.key = "mean", .value = r->sum[i]},
            {.key = "std", .value = sqrt(r->square[i] / (double)r->count)},
            {.key = "min", .value = r->low[i]},
            {.key = "max", .value = r->high[i]}};
        char name[32];
        snprintf(name, sizeof(name), "z%d", i);
        if (i == 0)
            cmd_table_head(style, cell, 4);
        cmd_table_row(style, name, cell, 4);
    }
    return 0;
}

static int traverse(struct run *r, const struct ae_latent *z, struct ae_err *e)
{
    char name[4096];
    int rc = 0;

    if (r->at >= r->d) {
        e->code = AE_EARG;
        snprintf(e->msg, sizeof(e->msg),
                 "traverse: number %d of latents of %d, 0 to %d", r->at, r->d,
                 r->d - 1);
        return e->code;
    }
    memcpy(r->made, z->z, (size_t)r->d * sizeof(*r->made));
    for (int i = 0; !rc && i < r->steps; i++) {
        const double t = r->steps > 1 ? (double)i / (r->steps - 1) : 0;
        r->made[r->at] = (float)(r->from + t * (r->to - r->from));
        snprintf(name, sizeof(name), "%.4000s-%04d", z->name ? z->name : "", i);
        rc = put_latent(r, name, r->made, e);
    }
    return rc;
}

static int fail_count(struct ae_err *e, const char *what, uint64_t n)
{
    e->code = AE_EFORMAT;
    snprintf(e->msg, sizeof(e->msg), what, (unsigned long long)n);
    return e->code;
}

/* Reads one more of the second input, AE_END after its last.  A faulty one is
 * reported and keeps its place. */
static int read_partner(struct run *r, struct ae_err *e)
{
    struct ae_latent z;
    int rc = ae_latents_read(r->other, &z, e);

    if (rc == AE_END)
        return rc;
    if (rc < 0)
        cmd_error(ae_io_name(r->other_io), e);
    else if (z.d != r->d)
        return fail_count(
            e,
            "latents of %llu numbers in the second input, others in the first",
            (uint64_t)z.d);
    else
        memcpy(r->partner, z.z, (size_t)r->d * sizeof(*z.z));
    r->unpaired = rc < 0;
    r->faults += rc < 0;
    r->partners++;
    return 0;
}

/* Pairs z with the latent of the second input that has the same place, where
 * faulty ones count, too; or with the only one there. */
static int combine(struct run *r, const struct ae_latent *z, struct ae_err *e)
{
    const uint64_t place = r->count + cmd_latents_left_out();
    int rc = 0;

    while (!rc && r->partners <= place)
        rc = read_partner(r, e);
    if (rc == AE_END && r->partners != 1)
        return fail_count(e,
                          "the second input ends after %llu latents, the first "
                          "goes on",
                          r->partners);
    if (rc < 0 || r->unpaired)
        return rc < 0 ? rc : 0;
    for (int i = 0; i < r->d; i++)
        r->made[i] = r->minus ? z->z[i] - r->partner[i]
                              : z->z[i] + r->partner[i];
    return put_latent(r, z->name, r->made, e);
}

/* All pairs are written already, so latents that are left in the second input
 * are only reported. */
static int check_second(struct run *r, struct ae_err *e)
{
    const uint64_t places = r->count + cmd_latents_left_out();

    while (r->partners <= places) {
        const int rc = read_partner(r, e);
        if (rc)
            return rc == AE_END ? 0 : rc;
    }
    fail_count(e, "the first input ends after %llu latents, the second goes on",
               places);
    cmd_error(NULL, e);
    r->faults++;
    return 0;
}

static int add_to_map(struct run *r, const struct ae_latent *z,
                      struct ae_err *e)
{
    return ae_map_add(r->map, r->count + cmd_latents_left_out(),
                      r->picture ? NULL : z->name, z->z, z->d, e);
}

static int draw_picture(struct run *r, uint64_t rows, struct ae_err *e)
{
    const struct ae_write_options o = {0};
    struct ae_image im = {0};
    int rc = ae_map_draw(r->ctx, r->map, rows, r->a->size[0], r->a->size[1],
                         &im, e);

    if (!rc)
        rc = ae_image_write(r->ctx, r->out, r->picture, &im, NULL, &o, e);
    ae_image_release(&im);
    return rc;
}

static int put_map(struct run *r, struct ae_err *e)
{
    const uint64_t rows = r->count + cmd_latents_left_out();
    const int rc = r->picture ? draw_picture(r, rows, e)
                              : ae_map_write_svg(r->map, rows, r->a->size[0],
                                                 r->a->size[1], r->out, e);

    r->drawn = !rc;
    return rc;
}

enum { PRINTS, WRITES, DRAWS };

struct operation {
    const char *name;
    int operands; /* before the latents: OP and its own */
    int does;     /* what it makes: text, latents, a picture */
    int (*take)(struct run *r, const struct ae_latent *z, struct ae_err *e);
    int (*end)(struct run *r, struct ae_err *e);
};
static const struct operation operations[] = {
    {"lerp", 1, WRITES, lerp, check_two},
    {"slerp", 1, WRITES, slerp, check_two},
    {"mean", 1, WRITES, add_statistics, put_mean},
    {"add", 1, WRITES, combine, check_second},
    {"sub", 1, WRITES, combine, check_second},
    {"traverse", 2, WRITES, traverse, NULL},
    {"stats", 1, PRINTS, add_statistics, print_stats},
    {"plot", 1, DRAWS, add_to_map, put_map}};

struct job {
    struct run *r;
    const struct operation *op;
};

static int take_latent(void *arg, const struct ae_latent *z, int more,
                       struct ae_err *e)
{
    const struct job *j = arg;
    struct run *r = j->r;

    if (!r->d)
        begin_latents(r, z);
    const int rc = j->op->take(r, z, e);
    r->stopped = rc != 0;
    r->count++;
    return !rc && !more && r->out ? ae_io_flush(r->out, e) : rc;
}

/* --------------------------------------------------------------- set up */

static const struct operation *find_operation(const char *name)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    cmd_usage(
        "'%s' is not an operation: lerp, slerp, mean, add, sub, traverse, "
        "stats and plot are",
        name);
}

static void parse_traverse(struct run *r, const char *text)
{
    char rest;

    if (sscanf(text, "%9d:%lf:%lf:%9d%c", &r->at, &r->from, &r->to, &r->steps,
               &rest) != 4 ||
        r->at < 0 || r->steps < 1 || !isfinite(r->from) || !isfinite(r->to))
        cmd_usage("traverse: '%s' is not DIM:LO:HI:N, as 0:-3:3:9", text);
}

/* add and sub have two inputs, of which one may be stdin. */
static void open_other(struct run *r, const char *name)
{
    struct ae_err e = {0};

    int rc = cmd_open(name, &r->other_io, &e);
    if (!rc)
        rc = ae_latents_open(r->other_io, NULL, r->a->dim, &r->other, &e);
    if (rc)
        cmd_die(CMD_USAGE, "%s: %s", name, e.msg);
}

static void check_options(const struct args *a, const struct operation *op)
{
    if (a->json && op->does != PRINTS)
        cmd_usage("--json belongs to stats");
    if (op->does == PRINTS && (a->format || a->common.output))
        cmd_usage("stats prints; it takes no --format and no -o");
    if (op->does == DRAWS && a->format)
        cmd_usage("plot draws a picture, whose format -T or -o's name says");
    if (op->does != DRAWS && (a->labels || a->common.to))
        cmd_usage("--labels and --to belong to plot");
}

static void open_map(struct run *r)
{
    const struct args *a = r->a;
    struct ae_err e = {0};

    cmd_check_terminal(&a->common);
    r->picture = cmd_plot_format(a->common.to, a->common.output);
    ae_libraries_load();
    r->ctx = cmd_context(&a->common);
    if (ae_map_new(r->ctx, a->labels, &r->map, &e))
        cmd_die(CMD_USAGE, "--labels: %s", e.msg);
}

static int finish(struct run *r, const struct operation *op, int status)
{
    const char *where = r->a->common.output ? r->a->common.output : "stdout";
    struct ae_err e = {0};
    int rc = 0;

    if (r->count && op->end && !r->stopped)
        rc = op->end(r, &e);
    if (rc && op->does == WRITES)
        where = NULL; /* the latents are at fault */
    if (!rc && r->writer)
        rc = ae_latent_writer_finish(r->writer, &e);
    const int wrote = r->writer || r->drawn;
    ae_latent_writer_free(r->writer);
    if (r->out && (rc || !wrote))
        cmd_drop(r->out);
    else if (r->out)
        rc = cmd_commit(r->out, &e);
    if (rc)
        cmd_error(where, &e);
    return rc || r->faults ? CMD_FAILED : status;
}

int main(int argc, char **argv)
{
    struct args a = {0};
    int first = cmd_parse(&spec, &a, argc, argv), count = argc - first;
    struct run r = {.a = &a};

    if (count < 1)
        cmd_usage("an operation is needed");
    const struct operation *op = find_operation(argv[first]);
    if (count < op->operands)
        cmd_usage("traverse DIM:LO:HI:N is needed");
    if (op->operands == 2)
        parse_traverse(&r, argv[first + 1]);
    first += op->operands;
    count -= op->operands;
    r.minus = strcmp(op->name, "sub") == 0;
    if (op->take == combine && count != 2)
        cmd_usage("%s takes two inputs, as '%s faces.jsonl -'", op->name,
                  op->name);
    check_options(&a, op);
    cmd_files(NULL, NULL, argv + first, count);
    if (op->does == WRITES)
        r.format = cmd_latent_format(&a.common, a.format);
    if (op->does == DRAWS)
        open_map(&r);
    else
        cmd_sandbox_enter(&a.common);
    if (op->take == combine)
        open_other(&r, argv[first + --count]);
    if (op->does != PRINTS)
        r.out = cmd_create_output(&a.common);
    struct job j = {&r, op};
    const int status = finish(
        &r, op, cmd_latents(argv + first, count, a.dim, take_latent, &j));
    free(r.last);
    free(r.made);
    free(r.partner);
    free(r.sum);
    ae_map_free(r.map);
    ae_ctx_free(r.ctx);
    ae_latents_free(r.other);
    ae_io_close(r.other_io);
    return cmd_close(status);
}
