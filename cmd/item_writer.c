/* item_writer.c - the items that a model makes, written as a stream of
 * pictures, files of a folder, one array, one picture of all, or rows of a
 * table. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct cmd_item_writer {
    struct ae_ctx *ctx;
    struct ae_item_type *type;
    const struct cmd_common *c;
    const struct ae_format *format;
    struct cmd_items items; /* what is written */
    float *grid;
    int table;         /* 1: rows of csv are written */
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

/* Without the axes of 1 before and after the others.  An array on a
 * pipe begins with the count. */
static int open_array(struct cmd_item_writer *w, struct ae_err *e)
{
    const uint64_t count = w->items.count;
    int shape[3], n = 0;

    if (w->items.h > 1)
        shape[n++] = w->items.h;
    shape[n++] = w->items.w;
    if (w->items.c > 1)
        shape[n++] = w->items.c;
    const int rc = ae_array_open(w->out, shape, n, 0, &w->array, e);
    return rc == AE_EARG && count
               ? ae_array_open(w->out, shape, n, count, &w->array, e)
               : rc;
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

static void check_options(struct cmd_item_writer *w)
{
    const enum ae_item_kind kind = ae_item_type_kind(w->type);
    const int npy = w->c->to && strcmp(w->c->to, "npy") == 0;
    const char *to = w->c->to, *out = w->c->output;

    if (out && w->c->folder)
        cmd_usage("-o and -d exclude each other");
    cmd_check_outputs(w->c);
    if (w->items.columns && (w->c->folder || kind == AE_ITEM_TABLE))
        cmd_usage("--grid makes one picture, without -d and not of tables");
    if (kind != AE_ITEM_TABLE)
        return;
    if (to && !npy && strcmp(to, "csv") != 0)
        cmd_usage(
            "option '--to': '%s' is not one of csv, npy, which a model of "
            "tables makes",
            to);
    cmd_check_table_name(w->c, 1);
    w->table = !npy && !(!to && out &&
                         ae_format_by_ending(out) == ae_format_by_name("npy"));
    if (w->c->folder)
        cmd_usage("-d writes pictures; a model of tables makes rows: -o FILE");
}

static void open_output(struct cmd_item_writer *w)
{
    const struct ae_format *npy = ae_format_by_name("npy");
    struct ae_err e = {0};

    if (!w->table)
        w->format = cmd_format(w->c, w->c->output ? w->c->output : w->c->name,
                               ae_item_type_kind(w->type) == AE_ITEM_IMAGE
                                   ? ae_format_by_name("png")
                                   : npy);
    if (w->c->folder) {
        cmd_make_folder(w->c->folder);
        return;
    }
    if (!w->table)
        cmd_check_terminal(w->c);
    w->out = cmd_create_output(w->c);
    if (w->format == npy && !w->items.columns && open_array(w, &e)) {
        cmd_drop(w->out);
        cmd_die(CMD_USAGE, "%s", e.msg);
    }
}

struct cmd_item_writer *cmd_item_writer_open(struct ae_ctx *ctx,
                                             const struct ae_model *m,
                                             const struct cmd_common *c,
                                             const struct cmd_items *items)
{
    struct cmd_item_writer *w = cmd_need(calloc(1, sizeof(*w)));
    const double pixels = (double)items->columns * items->rows * items->h *
                          items->w;
    struct ae_err e = {0};

    *w = (struct cmd_item_writer){.ctx = ctx, .c = c, .items = *items};
    if (ae_item_type_new(m, &w->type, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    check_options(w);
    if (pixels > (double)c->max_pixels)
        cmd_die(CMD_USAGE, "a grid of %.0f pixels is past --max-pixels",
                pixels);
    if (items->columns)
        w->grid = cmd_need(
            calloc((size_t)pixels, (size_t)items->c * sizeof(float)));
    open_output(w);
    return w;
}

/* ------------------------------------------------------------- pictures */

static struct ae_image image_of(const struct cmd_item_writer *w, float *x,
                                int height, int width)
{
    return (struct ae_image){.info = {.w = width,
                                      .h = height,
                                      .channels = w->items.c,
                                      .maxval = is_float(w->format) ? 0 : 255},
                             .data = x};
}

static struct ae_write_options options_of(const struct cmd_item_writer *w)
{
    return (struct ae_write_options){
        .quality = w->c->quality,
        .subsampling = (enum ae_subsampling)w->c->subsampling};
}

static int write_image(struct cmd_item_writer *w, float *x, int height,
                       int width, struct ae_err *e)
{
    const struct ae_image im = image_of(w, x, height, width);
    const struct ae_write_options o = options_of(w);

    return ae_image_write(w->ctx, w->out, w->format, &im, NULL, &o, e);
}

/* Writes an item to a file of its own, by its name or else its number; a fault
 * of one leaves the others alone. */
static void put_file(struct cmd_item_writer *w, const char *name, float *x)
{
    const struct ae_image im = image_of(w, x, w->items.h, w->items.w);
    const struct ae_write_options o = options_of(w);
    char number[32];

    snprintf(number, sizeof(number), "%06llu", (unsigned long long)w->count);
    const int rc = cmd_mirror_put(w->ctx, w->c, w->c->folder,
                                  name && *name ? name : number, w->count + 1,
                                  w->format, &im, &o);
    w->bad += rc < 0;
    w->written += !rc;
}

static void put_cell(struct cmd_item_writer *w, const float *x)
{
    const size_t row = (size_t)w->items.w * (size_t)w->items.c;
    const uint64_t columns = (uint64_t)w->items.columns;

    if (w->count >= columns * (uint64_t)w->items.rows)
        return;
    const size_t at = (size_t)(w->count % columns) * row;
    const size_t top = (size_t)(w->count / columns) * (size_t)w->items.h;
    for (size_t y = 0; y < (size_t)w->items.h; y++)
        memcpy(w->grid + (top + y) * row * columns + at, x + y * row,
               row * sizeof(*x));
    w->written++;
}

/* --------------------------------------------------------------- tables */

static int put_text(struct cmd_item_writer *w, const char *text,
                    struct ae_err *e)
{
    return ae_io_write(w->out, text, strlen(text), e);
}

static int put_name(struct cmd_item_writer *w, const char *name,
                    struct ae_err *e)
{
    char *field;
    int rc = ae_csv_quote(name, ',', &field, e);

    if (!rc)
        rc = put_text(w, field, e);
    free(field);
    return rc;
}

/* Writes the columns' names, where the model knows them. */
static int put_header(struct cmd_item_writer *w, int columns, struct ae_err *e)
{
    const char *name;
    int rc = 0;

    for (int k = 0; !rc && k < columns; k++) {
        if (!(name = ae_item_type_column(w->type, k)))
            return 0;
        rc = put_name(w, name, e);
        if (!rc)
            rc = put_text(w, k + 1 == columns ? "\n" : ",", e);
    }
    return rc;
}

/* Writes rows of a table; each is a pixel of a window, or the whole item. */
static int put_rows(struct cmd_item_writer *w, const float *x, struct ae_err *e)
{
    const struct cmd_items *i = &w->items;
    const int columns = i->c > 1 || i->w == 1 ? i->c : i->w;
    const int n = i->h * i->w * i->c / columns * columns;
    char text[32];
    int rc = w->count ? 0 : put_header(w, columns, e);

    for (int k = 0; !rc && k < n; k++) {
        snprintf(text, sizeof(text), "%.9g%s", (double)x[k],
                 (k + 1) % columns ? "," : "\n");
        rc = put_text(w, text, e);
    }
    w->written++;
    return rc;
}

/* ------------------------------------------------------------------ all */

static int put_stream(struct cmd_item_writer *w, float *x, struct ae_err *e)
{
    int rc = w->table   ? put_rows(w, x, e)
             : w->array ? ae_array_put(w->array, x, e)
                        : write_image(w, x, w->items.h, w->items.w, e);

    w->written += !w->table && !rc;
    return rc;
}

int cmd_item_writer_put(struct cmd_item_writer *w, const char *name, float *x,
                        int more, struct ae_err *e)
{
    const size_t n = (size_t)w->items.h * (size_t)w->items.w *
                     (size_t)w->items.c;
    int rc = 0;

    ae_item_type_unscale(w->type, x, w->items.h, w->items.w, w->items.c);
    for (size_t k = 0; k < n; k++)
        if (!isfinite(x[k])) {
            cmd_warn("%s: the model's result is not a number",
                     name ? name : "item");
            w->bad++;
            w->count++;
            return 0;
        }
    if (w->items.columns)
        put_cell(w, x);
    else if (w->c->folder)
        put_file(w, name, x);
    else
        rc = put_stream(w, x, e);
    w->count++;
    if (!rc && !more && w->out)
        rc = ae_io_flush(w->out, e);
    if (rc)
        cmd_name_output(w->out, e);
    w->broken |= rc != 0;
    return rc;
}

static int finish_stream(struct cmd_item_writer *w, struct ae_err *e)
{
    const uint64_t cells = (uint64_t)w->items.columns * (uint64_t)w->items.rows;

    if (w->items.columns && w->count > cells)
        cmd_note("%llu items are more than the grid's %llu; the rest is left "
                 "out",
                 (unsigned long long)w->count, (unsigned long long)cells);
    if (w->items.columns)
        return write_image(w, w->grid, w->items.rows * w->items.h,
                           w->items.columns * w->items.w, e);
    return w->array ? ae_array_finish(w->array, e) : 0;
}

int cmd_item_writer_finish(struct cmd_item_writer *w, int status)
{
    const char *where = w->c->output ? w->c->output : "stdout";
    struct ae_err e = {0};
    int rc = 0;

    if (w->out && (w->broken || w->written == 0)) {
        cmd_drop(w->out);
    } else if (w->out) {
        rc = finish_stream(w, &e);
        if (rc)
            cmd_drop(w->out);
        else
            rc = cmd_commit(w->out, &e);
    }
    if (rc)
        cmd_error(where, &e);
    if (w->bad || w->broken || rc)
        status = CMD_FAILED;
    ae_array_free(w->array);
    ae_item_type_free(w->type);
    free(w->grid);
    free(w);
    return status;
}
