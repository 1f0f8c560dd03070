/* tiff_band.c - the rows of one strip or of one row of tiles, which are decoded
 * or encoded together.
 *
 * A band that is larger than ae_tiff_band_memory() is read row by row where
 * its coding allows that, else refused; the writer makes strips that fit. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/tiff/tiff.h"

static uint32_t tiles_across(const struct ae_tiff_layout *l)
{
    return (uint32_t)(((uint64_t)l->w + l->tile_w - 1) / l->tile_w);
}

/* Bytes of a row of a plane of a strip or of a tile. */
static size_t row_bytes(const struct ae_tiff_band *b)
{
    const struct ae_tiff_layout *l = b->layout;
    const uint64_t samples = b->planes > 1 ? 1 : l->samples;
    const uint64_t n = l->tile_w ? l->tile_w : l->w;

    return (size_t)((n * samples * l->bits + 7) / 8);
}

static int fail_too_large(const struct ae_tiff_band *b, size_t bytes,
                          struct ae_err *e)
{
    return ae_fail(e, AE_ELIMIT,
                   "tiff: a %s needs %zu bytes at once, which is past a "
                   "quarter of the bound on memory",
                   b->layout->tile_w ? "row of its tiles" : "strip of it",
                   bytes);
}

int ae_tiff_band_init(struct ae_tiff_band *b, struct ae_tiff *t,
                      const struct ae_tiff_layout *l, struct ae_err *e)
{
    const size_t most = ae_tiff_band_memory(t->ctx);
    size_t all = 0;

    memset(b, 0, sizeof(*b));
    b->t = t;
    b->layout = l;
    b->planes = l->planar == PLANARCONFIG_SEPARATE ? (int)l->samples : 1;
    b->rows = l->tile_w ? l->tile_h : l->strip;
    AE_TRY(
        ae_mul(row_bytes(b), l->tile_w ? tiles_across(l) : 1, &b->stride, e));
    AE_TRY(ae_mul(b->stride, b->rows, &b->plane, e));
    AE_TRY(ae_mul(b->plane, (size_t)b->planes, &all, e));
    if (all > most) {
        b->in_place = l->compression == COMPRESSION_NONE;
        if (l->tile_w || (b->planes > 1 && !b->in_place))
            return fail_too_large(b, all, e);
        b->by_row = 1;
        b->rows = 1;
        b->plane = b->stride;
        all = b->plane * (size_t)b->planes;
    }
    b->data = ae_alloc(all, 1, e);
    if (l->tile_w)
        b->tile = ae_alloc(row_bytes(b), l->tile_h, e);
    return b->data && (b->tile || !l->tile_w) ? 0 : AE_EMEM;
}

void ae_tiff_band_release(struct ae_tiff_band *b)
{
    free(b->data);
    free(b->tile);
    memset(b, 0, sizeof(*b));
}

/* Copies a tile to its place in the band, or (out) from there. */
static void move_tile(const struct ae_tiff_band *b, int plane, size_t column,
                      int out)
{
    const size_t n = row_bytes(b);
    unsigned char *at = b->data + (size_t)plane * b->plane + column * n;

    for (size_t y = 0; y < b->rows; y++)
        if (out)
            memcpy(b->tile + y * n, at + y * b->stride, n);
        else
            memcpy(at + y * b->stride, b->tile + y * n, n);
}

/* --------------------------------------------------------------- reading */

static int check_decoded(struct ae_tiff_band *b, tmsize_t got, size_t want,
                         struct ae_err *e)
{
    struct ae_tiff *t = b->t;

    if (got >= 0 && (size_t)got == want && !t->message[0] && !t->failed)
        return 0;
    return ae_tiff_fail(t, "has too few samples", e);
}

static int read_tiles(struct ae_tiff_band *b, int plane, struct ae_err *e)
{
    const struct ae_tiff_layout *l = b->layout;
    const size_t size = row_bytes(b) * l->tile_h;
    int rc = 0;

    for (uint32_t i = 0; !rc && i < tiles_across(l); i++) {
        const uint32_t tile = TIFFComputeTile(b->t->tif, i * l->tile_w, b->from,
                                              0, (uint16_t)plane);
        rc = check_decoded(
            b, TIFFReadEncodedTile(b->t->tif, tile, b->tile, (tmsize_t)size),
            size, e);
        if (!rc)
            move_tile(b, plane, i, 0);
    }
    return rc;
}

/* Reads a row of a strip that isn't compressed right from the file. */
static int read_in_place(struct ae_tiff_band *b, int plane, struct ae_err *e)
{
    const struct ae_tiff_layout *l = b->layout;
    TIFF *tif = b->t->tif;
    const uint32_t strip = TIFFComputeStrip(tif, b->from, (uint16_t)plane);
    const uint64_t skip = (uint64_t)(b->from % l->strip) * b->stride;
    unsigned char *to = ae_tiff_band_row(b, b->from, plane);

    if (skip + b->stride > TIFFGetStrileByteCount(tif, strip))
        return ae_fail(e, AE_EFORMAT, "tiff: a strip ends before its last row");
    const int rc = ae_spool_read(
        b->t->spool, TIFFGetStrileOffset(tif, strip) + skip, to, b->stride, e);
    if (rc)
        return ae_err_at(e, rc, "tiff");
    if (l->fill_order == FILLORDER_LSB2MSB)
        TIFFReverseBits(to, (tmsize_t)b->stride);
    if (TIFFIsByteSwapped(tif) && l->bits == 16)
        TIFFSwabArrayOfShort((uint16_t *)(void *)to, (tmsize_t)(b->stride / 2));
    if (TIFFIsByteSwapped(tif) && l->bits == 32)
        TIFFSwabArrayOfLong((uint32_t *)(void *)to, (tmsize_t)(b->stride / 4));
    return 0;
}

static int read_one_row(struct ae_tiff_band *b, struct ae_err *e)
{
    TIFF *tif = b->t->tif;
    const uint32_t strip = TIFFComputeStrip(tif, b->from, 0);
    const uint64_t bytes = TIFFGetStrileByteCount(tif, strip);

    if (bytes > ae_tiff_band_memory(b->t->ctx))
        return fail_too_large(b, (size_t)bytes, e);
    const int got = TIFFReadScanline(tif, b->data, b->from, 0);
    return check_decoded(b, got == 1 ? (tmsize_t)b->stride : -1, b->stride, e);
}

static int read_strip(struct ae_tiff_band *b, int plane, struct ae_err *e)
{
    const uint32_t strip = TIFFComputeStrip(b->t->tif, b->from,
                                            (uint16_t)plane);
    const size_t size = (size_t)(b->to - b->from) * b->stride;

    return check_decoded(
        b,
        TIFFReadEncodedStrip(b->t->tif, strip,
                             ae_tiff_band_row(b, b->from, plane),
                             (tmsize_t)size),
        size, e);
}

int ae_tiff_band_read(struct ae_tiff_band *b, uint32_t y, struct ae_err *e)
{
    const struct ae_tiff_layout *l = b->layout;
    int rc = 0;

    if (y >= b->from && y < b->to)
        return 0;
    b->from = y / b->rows * b->rows;
    b->to = l->h - b->from < b->rows ? l->h : b->from + b->rows;
    ae_tiff_clear_errors(b->t);
    for (int p = 0; !rc && p < b->planes; p++)
        rc = l->tile_w     ? read_tiles(b, p, e)
             : b->in_place ? read_in_place(b, p, e)
             : b->by_row   ? read_one_row(b, e)
                           : read_strip(b, p, e);
    if (rc)
        b->to = b->from; /* it holds no rows */
    return rc;
}

/* --------------------------------------------------------------- writing */

static int write_tiles(struct ae_tiff_band *b, int plane, struct ae_err *e)
{
    const struct ae_tiff_layout *l = b->layout;
    const tmsize_t size = (tmsize_t)(row_bytes(b) * l->tile_h);

    for (uint32_t i = 0; i < tiles_across(l); i++) {
        const uint32_t tile = TIFFComputeTile(b->t->tif, i * l->tile_w, b->from,
                                              0, (uint16_t)plane);
        move_tile(b, plane, i, 1);
        if (TIFFWriteEncodedTile(b->t->tif, tile, b->tile, size) < 0)
            return ae_tiff_fail(b->t, "a tile can't be written", e);
    }
    return 0;
}

static int write_strip(struct ae_tiff_band *b, int plane, struct ae_err *e)
{
    const uint32_t strip = TIFFComputeStrip(b->t->tif, b->from,
                                            (uint16_t)plane);
    const tmsize_t size = (tmsize_t)((b->to - b->from) * b->stride);

    if (TIFFWriteEncodedStrip(b->t->tif, strip,
                              ae_tiff_band_row(b, b->from, plane), size) < 0)
        return ae_tiff_fail(b->t, "a strip can't be written", e);
    return 0;
}

/* Fills the last row of tiles below the picture with the last row. */
static void pad_below(struct ae_tiff_band *b, int plane)
{
    const unsigned char *last = ae_tiff_band_row(b, b->to - 1, plane);

    for (uint32_t y = b->to - b->from; y < b->rows; y++)
        memcpy(b->data + (size_t)plane * b->plane + y * b->stride, last,
               b->stride);
}

int ae_tiff_band_write(struct ae_tiff_band *b, struct ae_err *e)
{
    int rc = 0;

    ae_tiff_clear_errors(b->t);
    for (int p = 0; !rc && p < b->planes; p++) {
        if (b->layout->tile_w)
            pad_below(b, p);
        rc = b->layout->tile_w ? write_tiles(b, p, e) : write_strip(b, p, e);
    }
    return rc;
}
