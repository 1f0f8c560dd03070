/* poster - labelled rows of pictures on one sheet, as PNG on stdout:
 * `poster LABEL FILE... / LABEL FILE... > SHEET.png`.
 *
 * What `make tour` shows.  A file may hold several pictures; small ones are
 * enlarged by a whole number, each row by the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ae.h"

enum {
    MARGIN = 12, GAP = 6,        /* pixels of the sheet */
    LABEL = 210,                 /* width of the column of labels */
    SMALL = 56,                  /* pictures are enlarged to this height */
    DOT = 2,                     /* of the letters */
    MOST = 256                   /* pictures in a row, rows */
};

/* Five columns of seven dots each, the lowest bit on top. */
static const unsigned char digits[][5] = {
    {0x3e, 0x51, 0x49, 0x45, 0x3e}, {0x00, 0x42, 0x7f, 0x40, 0x00},
    {0x42, 0x61, 0x51, 0x49, 0x46}, {0x21, 0x41, 0x45, 0x4b, 0x31},
    {0x18, 0x14, 0x12, 0x7f, 0x10}, {0x27, 0x45, 0x45, 0x45, 0x39},
    {0x3c, 0x4a, 0x49, 0x49, 0x30}, {0x01, 0x71, 0x09, 0x05, 0x03},
    {0x36, 0x49, 0x49, 0x49, 0x36}, {0x06, 0x49, 0x49, 0x29, 0x1e},
};
static const unsigned char letters[][5] = {
    {0x20, 0x54, 0x54, 0x54, 0x78}, {0x7f, 0x48, 0x44, 0x44, 0x38},
    {0x38, 0x44, 0x44, 0x44, 0x20}, {0x38, 0x44, 0x44, 0x48, 0x7f},
    {0x38, 0x54, 0x54, 0x54, 0x18}, {0x08, 0x7e, 0x09, 0x01, 0x02},
    {0x0c, 0x52, 0x52, 0x52, 0x3e}, {0x7f, 0x08, 0x04, 0x04, 0x78},
    {0x00, 0x44, 0x7d, 0x40, 0x00}, {0x20, 0x40, 0x44, 0x3d, 0x00},
    {0x7f, 0x10, 0x28, 0x44, 0x00}, {0x00, 0x41, 0x7f, 0x40, 0x00},
    {0x7c, 0x04, 0x18, 0x04, 0x78}, {0x7c, 0x08, 0x04, 0x04, 0x78},
    {0x38, 0x44, 0x44, 0x44, 0x38}, {0x7c, 0x14, 0x14, 0x14, 0x08},
    {0x08, 0x14, 0x14, 0x18, 0x7c}, {0x7c, 0x08, 0x04, 0x04, 0x08},
    {0x48, 0x54, 0x54, 0x54, 0x20}, {0x04, 0x3f, 0x44, 0x40, 0x20},
    {0x3c, 0x40, 0x40, 0x20, 0x7c}, {0x1c, 0x20, 0x40, 0x20, 0x1c},
    {0x3c, 0x40, 0x30, 0x40, 0x3c}, {0x44, 0x28, 0x10, 0x28, 0x44},
    {0x0c, 0x50, 0x50, 0x50, 0x3c}, {0x44, 0x64, 0x54, 0x4c, 0x44},
};
static const unsigned char dash[5] = {0x08, 0x08, 0x08, 0x08, 0x08};
static const unsigned char blank[5];

struct row {
    const char *label;
    struct ae_image im[MOST];
    int n, by, w, h;             /* pictures, enlargement, size in all */
};

static int fail(const struct ae_err *e)
{
    fprintf(stderr, "poster: %s\n", e->msg);
    return 1;
}

static const unsigned char *glyph(char c)
{
    return c >= '0' && c <= '9' ? digits[c - '0']
           : c >= 'a' && c <= 'z' ? letters[c - 'a']
           : c == '-' ? dash : blank;
}

static void dot(struct ae_image *to, int x, int y)
{
    for (int i = 0; i < DOT * DOT; i++) {
        const int px = x + i % DOT, py = y + i / DOT;
        if (px < to->info.w && py < to->info.h)
            memset(to->data + 3 * ((size_t)py * (size_t)to->info.w +
                                   (size_t)px), 0, 3 * sizeof(float));
    }
}

static void write_label(struct ae_image *to, int x, int y, const char *text)
{
    for (; *text; text++, x += 6 * DOT)
        for (int i = 0; i < 5 * 7; i++)
            if (glyph(*text)[i / 7] >> i % 7 & 1)
                dot(to, x + i / 7 * DOT, y + i % 7 * DOT);
}

static void paste(struct ae_image *to, const struct ae_image *im, int x0,
                  int y0, int by)
{
    const int c = im->info.channels;

    for (int y = 0; y < im->info.h * by; y++)
        for (int x = 0; x < im->info.w * by; x++) {
            const float *p = im->data + (size_t)c *
                ((size_t)(y / by) * (size_t)im->info.w + (size_t)(x / by));
            float *q = to->data + 3 * ((size_t)(y0 + y) *
                                       (size_t)to->info.w + (size_t)(x0 + x));
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
    struct ae_image_info info = {.w = 1, .h = MARGIN, .channels = 3,
                                 .maxval = 255};
    int y = MARGIN;

    for (int i = 0; i < rows; i++) {
        info.w = row[i].w > info.w ? row[i].w : info.w;
        info.h += row[i].h + MARGIN;
    }
    info.w += 2 * MARGIN;
    if (ae_image_alloc(ctx, sheet, &info, e))
        return e->code;
    for (size_t i = 0; i < 3 * (size_t)info.w * (size_t)info.h; i++)
        sheet->data[i] = 1;
    for (int i = 0; i < rows; y += row[i++].h + MARGIN) {
        write_label(sheet, MARGIN, y + (row[i].h < SMALL ? 0 : 20),
                    row[i].label);
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
