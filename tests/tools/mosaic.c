/* mosaic - pictures of one sort, side by side and below each other again and
 * again until W x H are full: `mosaic WxH FORMAT PICTURE... > out`.
 *
 * So large pictures are made of small ones: rows are written as they come.
 * Each time round the pictures are flipped another way, so that PNG finds no
 * more repeated than in photographs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ae.h"

enum { MOST = 64 };

struct mosaic {
    struct ae_image tile[MOST];
    int count, tw, th;         /* of tiles; what all of them have */
    struct ae_image_info info; /* of the whole */
};

static int read_tile(struct ae_ctx *ctx, struct mosaic *m, const char *path,
                     struct ae_err *e)
{
    struct ae_image *t = &m->tile[m->count];
    struct ae_io *io;
    int rc = ae_io_open_path(path, &io, e);

    if (rc)
        return rc;
    rc = ae_image_read(ctx, io, 1, t, NULL, e);
    ae_io_close(io);
    if (rc)
        return rc;
    const struct ae_image_info *i = &t->info;
    m->tw = m->count && m->tw < i->w ? m->tw : i->w;
    m->th = m->count && m->th < i->h ? m->th : i->h;
    if (m->count++ && i->channels != m->tile[0].info.channels) {
        strcpy(e->msg, "a picture of another sort");
        return e->code = AE_EARG;
    }
    return 0;
}

/* Row y of tile number i: turned left to right in every second round, upside
 * down in every second pair of rounds. */
static void put_tile(const struct mosaic *m, int i, int y, int n, float *to)
{
    const struct ae_image *t = &m->tile[i % m->count];
    const int c = m->info.channels, round = i / m->count;
    const int from = round & 2 ? m->th - 1 - y : y;
    const float *row = t->data + (ptrdiff_t)from * t->info.w * c;

    for (int x = 0; x < n; x++)
        memcpy(to + x * c, row + (round & 1 ? m->tw - 1 - x : x) * c,
               (size_t)c * sizeof(*to));
}

/* Row y of the whole: a tile's number counts on along rows of tiles. */
static void make_row(const struct mosaic *m, int y, float *row)
{
    const int across = (m->info.w + m->tw - 1) / m->tw;

    for (int i = 0; i < across; i++) {
        const int left = m->info.w - i * m->tw;
        put_tile(m, y / m->th * across + i, y % m->th,
                 left < m->tw ? left : m->tw,
                 row + (ptrdiff_t)i * m->tw * m->info.channels);
    }
}

static int write_all(struct ae_ctx *ctx, const struct mosaic *m,
                     const struct ae_format *format, struct ae_err *e)
{
    float *row = malloc((size_t)m->info.w * (size_t)m->info.channels *
                        sizeof(*row));
    struct ae_writer *w = NULL;
    struct ae_io *io = NULL;
    int rc = row ? ae_io_open_fd(STDOUT_FILENO, 0, "stdout", &io, e) : AE_EMEM;

    if (!rc)
        rc = ae_writer_open(ctx, io, format, &m->info, NULL, NULL, &w, e);
    for (int y = 0; !rc && y < m->info.h; y++) {
        make_row(m, y, row);
        rc = ae_writer_row(w, row, e);
    }
    if (!rc)
        rc = ae_writer_finish(w, e);
    if (!rc)
        rc = ae_io_flush(io, e);
    ae_writer_free(w);
    ae_io_close(io);
    free(row);
    return rc;
}

int main(int argc, char **argv)
{
    struct mosaic m = {0};
    struct ae_ctx *ctx = NULL;
    struct ae_err e = {0};
    const struct ae_format *format = argc > 3 ? ae_format_by_name(argv[2])
                                              : NULL;
    int w, h;

    if (!format || argc > MOST + 3 || sscanf(argv[1], "%dx%d", &w, &h) != 2) {
        fputs("usage: mosaic WxH FORMAT PICTURE... > out\n", stderr);
        return 2;
    }
    int rc = ae_ctx_new(NULL, &ctx, &e);
    for (int i = 3; !rc && i < argc; i++)
        rc = read_tile(ctx, &m, argv[i], &e);
    m.info = m.tile[0].info;
    m.info.w = w;
    m.info.h = h;
    m.info.format = format;
    if (!rc)
        rc = write_all(ctx, &m, format, &e);
    for (int i = 0; i < m.count; i++)
        ae_image_release(&m.tile[i]);
    ae_ctx_free(ctx);
    if (rc)
        fprintf(stderr, "mosaic: %s\n", e.msg);
    return rc != 0;
}
