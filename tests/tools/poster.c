/* poster - labelled rows of pictures on one sheet, as PNG on stdout:
 * `poster LABEL FILE... / LABEL FILE... > SHEET.png`.
 *
 * What `make tour` shows.  A file may hold several pictures; small ones are
 * enlarged by a whole number, each row by the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page/canvas.h"

enum {
    MARGIN = 12,
    GAP = 6,     /* pixels of the sheet */
    LABEL = 210, /* width of the column of labels */
    SMALL = 56,  /* pictures are enlarged to this height */
    MOST = 256   /* pictures in a row, rows */
};

struct row {
    const char *label;
    struct ae_image im[MOST];
    int n, by, w, h; /* pictures, enlargement, size in all */
};

static int fail(const struct ae_err *e)
{
    fprintf(stderr, "poster: %s\n", e->msg);
    return 1;
}

static void paste(struct ae_image *to, const struct ae_image *im, int x0,
                  int y0, int by)
{
    const int c = im->info.channels;

    for (int y = 0; y < im->info.h * by; y++)
        for (int x = 0; x < im->info.w * by; x++) {
            const float *p = im->data + (size_t)c * ((size_t)(y / by) *
                                                         (size_t)im->info.w +
                                                     (size_t)(x / by));
            float *q = to->data + 3 * ((size_t)(y0 + y) * (size_t)to->info.w +
                                       (size_t)(x0 + x));
            for (int k = 0; k < 3; k++)
                q[k] = p[c < 3 ? 0 : k];
        }
}

/* All pictures of a file. */
static int load(struct ae_ctx *ctx, const char *path, struct row *r,
                struct ae_err *e)
{
    struct ae_io *io = NULL;
    int rc = ae_io_open_path(path, &io, e);

    for (int first = 1; rc == 0 && r->n < MOST; first = 0)
        if ((rc = ae_image_read(ctx, io, first, &r->im[r->n], NULL, e)) == 0)
            r->n++;
    ae_io_close(io);
    if (rc < 0)
        fprintf(stderr, "poster: %s:\n", path);
    return rc < 0 ? rc : 0;
}

static void measure(struct row *r)
{
    int tallest = 1;

    for (int i = 0; i < r->n; i++)
        if (r->im[i].info.h > tallest)
            tallest = r->im[i].info.h;
    r->by = tallest < SMALL ? SMALL / tallest : 1;
    r->h = tallest * r->by;
    r->w = LABEL;
    for (int i = 0; i < r->n; i++)
        r->w += r->im[i].info.w * r->by + GAP;
}

static int draw(struct ae_ctx *ctx, const struct row *row, int rows,
                struct ae_image *sheet, struct ae_err *e)
{
    static const float white[3] = {1, 1, 1}, black[3] = {0, 0, 0};
    struct ae_image_info info = {
        .w = 1, .h = MARGIN, .channels = 3, .maxval = 255};
    int y = MARGIN;

    for (int i = 0; i < rows; i++) {
        info.w = row[i].w > info.w ? row[i].w : info.w;
        info.h += row[i].h + MARGIN;
    }
    info.w += 2 * MARGIN;
    if (ae_image_alloc(ctx, sheet, &info, e))
        return e->code;
    struct ae_canvas canvas = {sheet->data, info.w, info.h};
    ae_canvas_clear(&canvas, white);
    for (int i = 0; i < rows; y += row[i++].h + MARGIN) {
        ae_canvas_text(&canvas, MARGIN, y + (row[i].h < SMALL ? 0 : 20),
                       row[i].label, black);
        for (int k = 0, x = MARGIN + LABEL; k < row[i].n; k++) {
            paste(sheet, &row[i].im[k], x, y, row[i].by);
            x += row[i].im[k].info.w * row[i].by + GAP;
        }
    }
    return 0;
}

static int save(struct ae_ctx *ctx, const struct ae_image *sheet,
                struct ae_err *e)
{
    struct ae_io *io = NULL;
    int rc = ae_io_open_fd(STDOUT_FILENO, 0, "stdout", &io, e);

    if (!rc)
        rc = ae_image_write(ctx, io, ae_format_by_name("png"), sheet, NULL,
                            NULL, e);
    if (!rc)
        rc = ae_io_flush(io, e);
    ae_io_close(io);
    return rc;
}

int main(int argc, char **argv)
{
    static struct row row[MOST];
    struct ae_ctx *ctx = NULL;
    struct ae_image sheet = {0};
    struct ae_err e = {0};
    int rows = 0, begins = 1;

    int rc = ae_ctx_new(NULL, &ctx, &e);
    for (int i = 1; !rc && i < argc; i++) {
        if (strcmp(argv[i], "/") == 0) {
            begins = 1;
        } else if (begins) {
            if (rows == MOST)
                break;
            row[rows++].label = argv[i];
            begins = 0;
        } else {
            rc = load(ctx, argv[i], &row[rows - 1], &e);
        }
    }
    for (int i = 0; i < rows; i++)
        measure(&row[i]);
    if (!rc)
        rc = draw(ctx, row, rows, &sheet, &e);
    if (!rc)
        rc = save(ctx, &sheet, &e);
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < row[i].n; k++)
            ae_image_release(&row[i].im[k]);
    ae_image_release(&sheet);
    ae_ctx_free(ctx);
    return rc ? fail(&e) : 0;
}
