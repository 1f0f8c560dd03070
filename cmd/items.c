/* items.c - what models make, on its way out: a stream of pictures, a folder,
 * one array, one picture of all, or rows of a table. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

struct cmd_items {
    struct ae_ctx *ctx;
    struct ae_item_type *items;
    const struct cmd_common *c;
    const struct ae_format *format;
    int h, w, ch;
    int columns, rows; /* of the grid; 0: none */
    float *grid;
    int table;         /* rows of csv */
    struct ae_io *out; /* NULL with -d */
    struct ae_array *array;
    uint64_t count, written; /* items that came; that are out */
    int bad, broken;
};

static int is_float(const struct ae_format *f)
{
    const char *name = ae_format_name(f);

    return strcmp(name, "npy") == 0 || strcmp(name, "pfm") == 0;
}

/* Axes of 1 before others, and behind, are left out. */
static int open_array(struct cmd_items *i, uint64_t count, struct ae_err *e)
{
    int shape[3], n = 0, err;

    if (i->h > 1)
        shape[n++] = i->h;
    shape[n++] = i->w;
    if (i->ch > 1)
        shape[n++] = i->ch;
    err = ae_array_open(i->out, shape, n, 0, &i->array, e);
    return err == AE_EARG && count
               ? ae_array_open(i->out, shape, n, count, &i->array, e)
               : err;
}

void cmd_refuse_text(const struct ae_model *m)
{
    struct ae_item_type *items;
    struct ae_err e = {0};

    if (ae_item_type_new(m, &items, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (ae_item_type_kind(items) == AE_ITEM_TEXT)
        cmd_die(CMD_USAGE, "the model is one of text: its items are counts of "
                           "hashed words, from which no text can be made");
    ae_item_type_free(items);
}

static void check(struct cmd_items *i)
{
    const enum ae_item_kind kind = ae_item_type_kind(i->items);
    const int npy = i->c->to && strcmp(i->c->to, "npy") == 0;
    const char *to = i->c->to, *out = i->c->output;

    if (out && i->c->folder)
        cmd_usage("-o and -d exclude each other");
    if (i->columns && (i->c->folder || kind == AE_ITEM_TABLE))
        cmd_usage("--grid makes one picture, without -d and not of tables");
    if (kind != AE_ITEM_TABLE)
        return;
    if (to && !npy && strcmp(to, "csv") != 0)
        cmd_usage("option '--to': '%s' is none of csv, npy, which a model of "
                  "tables makes",
                  to);
    i->table = !npy && !(!to && out &&
                         ae_format_by_ending(out) == ae_format_by_name("npy"));
    if (i->c->folder)
        cmd_usage("-d writes pictures; a model of tables makes rows: -o FILE");
}

static void open_output(struct cmd_items *i, uint64_t count)
{
    const struct ae_format *npy = ae_format_by_name("npy");
    struct ae_err e = {0};

    if (!i->table)
        i->format = cmd_format(i->c, i->c->output,
                               ae_item_type_kind(i->items) == AE_ITEM_IMAGE
                                   ? ae_format_by_name("png")
                                   : npy);
    if (i->c->folder) {
        if (mkdir(i->c->folder, 0777) && errno != EEXIST)
            cmd_die(CMD_USAGE, "%s: can't be made: %s", i->c->folder,
                    strerror(errno));
        return;
    }
    if (!i->table)
        cmd_check_terminal(i->c);
    if (i->c->output && strcmp(i->c->output, "-") != 0 &&
        (i->c->existing == CMD_ERROR || i->c->existing == CMD_SKIP) &&
        access(i->c->output, F_OK) == 0)
        cmd_die(i->c->existing == CMD_SKIP ? CMD_OK : CMD_FAILED, "%s: exists",
                i->c->output);
    if (cmd_create(i->c->output, &i->out, &e))
        cmd_die(CMD_FAILED, "%s: %s", i->c->output, e.msg);
    if (i->format == npy && !i->columns && open_array(i, count, &e)) {
        cmd_drop(i->out);
        cmd_die(CMD_USAGE, "%s", e.msg);
    }
}

struct cmd_items *cmd_items_open(struct ae_ctx *ctx, const struct ae_model *m,
                                 const struct cmd_common *c, const int grid[2],
                                 int h, int w, int ch, uint64_t count)
{
    struct cmd_items *i = cmd_need(calloc(1, sizeof(*i)));
    struct ae_err e = {0};

    i->ctx = ctx;
    i->c = c;
    i->h = h;
    i->w = w;
    i->ch = ch;
    i->columns = grid[0];
    i->rows = grid[1];
    if (ae_item_type_new(m, &i->items, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    check(i);
    if (i->columns) {
        const double n = (double)i->columns * i->rows * h * w;
        if (n > (double)c->max_pixels)
            cmd_die(CMD_USAGE, "a grid of %.0f pixels is past --max-pixels", n);
        i->grid = cmd_need(calloc((size_t)n, (size_t)ch * sizeof(float)));
    }
    open_output(i, count);
    return i;
}

/* ------------------------------------------------------------- pictures */

static int write_image(struct cmd_items *i, struct ae_io *io, float *x, int h,
                       int w, struct ae_err *e)
{
    const struct ae_image im = {
        .info = {.w = w,
                 .h = h,
                 .channels = i->ch,
                 .maxval = is_float(i->format) ? 0 : 255},
        .data = x};
    const struct ae_write_options o = {
        .quality = i->c->quality,
        .subsampling = (enum ae_subsampling)i->c->subsampling};

    return ae_image_write(i->ctx, io, i->format, &im, NULL, &o, e);
}

/* A latent's name as a file's: never out of the folder, never hidden, with
 * the format's ending. */
static char *path_of(const struct cmd_items *i, const char *name)
{
    const char *ending = ae_format_ending(i->format);
    char number[32];

    snprintf(number, sizeof(number), "%06llu", (unsigned long long)i->count);
    name = name && *name ? name : number;
    const struct ae_format *now = ae_format_by_ending(name);
    const size_t stem = now ? (size_t)(strrchr(name, '.') - name)
                            : strlen(name);
    const size_t size = strlen(i->c->folder) + stem + strlen(ending) + 8;
    char *p = cmd_need(malloc(size));
    const int at = snprintf(p, size, "%s/%s", i->c->folder,
                            name[0] == '.' ? "_" : "");
    snprintf(p + at, size - (size_t)at, "%.*s.%s", (int)stem, name, ending);
    for (char *s = p + strlen(i->c->folder) + 1; *s; s++)
        if (*s == '/')
            *s = '_';
    return p;
}

static int write_file(struct cmd_items *i, const char *path, float *x,
                      struct ae_err *e)
{
    struct ae_io *io;
    int err = cmd_create(path, &io, e);

    if (err)
        return err;
    err = write_image(i, io, x, i->h, i->w, e);
    if (!err)
        return cmd_commit(io, e);
    cmd_drop(io);
    return err;
}

/* One item's own file; what is wrong with it leaves the others be. */
static void put_file(struct cmd_items *i, const char *name, float *x)
{
    char *path = path_of(i, name);
    struct ae_err e = {0};
    struct stat st;
    const int exists = lstat(path, &st) == 0;

    if (exists && i->c->existing == CMD_SKIP) {
        cmd_detail("%s: exists, skipped", path);
    } else if (exists && i->c->existing != CMD_OVERWRITE) {
        cmd_warn("%s: exists (--existing=skip or overwrite goes on)", path);
        i->bad++;
    } else if (write_file(i, path, x, &e)) {
        cmd_error(path, &e);
        i->bad++;
    } else {
        i->written++;
    }
    free(path);
}

static void put_cell(struct cmd_items *i, const float *x)
{
    const size_t row = (size_t)i->w * (size_t)i->ch;
    const uint64_t columns = (uint64_t)i->columns;

    if (i->count >= columns * (uint64_t)i->rows)
        return;
    const size_t at = (size_t)(i->count % columns) * row;
    const size_t top = (size_t)(i->count / columns) * (size_t)i->h;
    for (size_t y = 0; y < (size_t)i->h; y++)
        memcpy(i->grid + (top + y) * row * columns + at, x + y * row,
               row * sizeof(*x));
    i->written++;
}

/* --------------------------------------------------------------- tables */

static int put_text(struct cmd_items *i, const char *text, struct ae_err *e)
{
    return ae_io_write(i->out, text, strlen(text), e);
}

static int put_column(struct cmd_items *i, const char *name, struct ae_err *e)
{
    char *field;
    int err = ae_csv_quote(name, ',', &field, e);

    if (!err)
        err = put_text(i, field, e);
    free(field);
    return err;
}

/* A row of the table is a pixel of a window, or the whole item. */
static int put_rows(struct cmd_items *i, const float *x, struct ae_err *e)
{
    const int cells = i->ch > 1 || i->w == 1 ? i->ch : i->w;
    const int lines = i->h * i->w * i->ch / cells;
    char text[32];
    int err = 0;

    for (int k = 0; !err && i->count == 0 && k < cells; k++) {
        const char *name = ae_item_type_column(i->items, k);
        if (!name)
            break;
        if (k)
            err = put_text(i, ",", e);
        if (!err)
            err = put_column(i, name, e);
        if (!err && k + 1 == cells)
            err = put_text(i, "\n", e);
    }
    for (int k = 0; !err && k < lines * cells; k++) {
        snprintf(text, sizeof(text), "%.9g%s", (double)x[k],
                 k % cells + 1 == cells ? "\n" : ",");
        err = put_text(i, text, e);
    }
    i->written++;
    return err;
}

/* ------------------------------------------------------------------ all */

static int put_stream(struct cmd_items *i, float *x, struct ae_err *e)
{
    int err = i->table   ? put_rows(i, x, e)
              : i->array ? ae_array_put(i->array, x, e)
                         : write_image(i, i->out, x, i->h, i->w, e);

    i->written += !i->table && !err;
    return err;
}

int cmd_items_put(struct cmd_items *i, const char *name, float *x, int more,
                  struct ae_err *e)
{
    const size_t n = (size_t)i->h * (size_t)i->w * (size_t)i->ch;
    int err = 0;

    ae_item_type_unscale(i->items, x, i->h, i->w, i->ch);
    for (size_t k = 0; k < n; k++)
        if (!isfinite(x[k])) {
            cmd_warn("%s: the model's result is no number",
                     name ? name : "item");
            i->bad++;
            i->count++;
            return 0;
        }
    if (i->columns)
        put_cell(i, x);
    else if (i->c->folder)
        put_file(i, name, x);
    else
        err = put_stream(i, x, e);
    i->count++;
    if (!err && !more && i->out)
        err = ae_io_flush(i->out, e);
    i->broken |= err != 0;
    return err;
}

static int finish_stream(struct cmd_items *i, struct ae_err *e)
{
    const uint64_t cells = (uint64_t)i->columns * (uint64_t)i->rows;

    if (i->columns && i->count > cells)
        cmd_note("%llu items are more than the grid's %llu; the rest is left "
                 "out",
                 (unsigned long long)i->count, (unsigned long long)cells);
    if (i->columns)
        return write_image(i, i->out, i->grid, i->rows * i->h,
                           i->columns * i->w, e);
    return i->array ? ae_array_finish(i->array, e) : 0;
}

int cmd_items_finish(struct cmd_items *i, int status)
{
    const char *where = i->c->output ? i->c->output : "stdout";
    struct ae_err e = {0};
    int err = 0;

    if (i->out && (i->broken || i->written == 0)) {
        cmd_drop(i->out);
    } else if (i->out) {
        err = finish_stream(i, &e);
        if (err)
            cmd_drop(i->out);
        else
            err = cmd_commit(i->out, &e);
    }
    if (err)
        cmd_error(where, &e);
    if (i->bad || i->broken || err)
        status = CMD_FAILED;
    ae_array_free(i->array);
    ae_item_type_free(i->items);
    free(i->grid);
    free(i);
    return status;
}
