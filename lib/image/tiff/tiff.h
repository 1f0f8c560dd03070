/* tiff.h - what the files of the TIFF format share.
 *
 * libtiff decodes and encodes strips and tiles.  The directories, and all tags
 * that don't describe the layout of samples, are read and written by ifd.c,
 * which loses none of them and trusts none.  Bytes come from a spool, since
 * TIFF must seek. */
#ifndef AE_IMAGE_TIFF_H
#define AE_IMAGE_TIFF_H

#include <tiffio.h>

#include "base/spool.h"
#include "image/format.h"
#include "image/meta/ifd.h"

#if TIFFLIB_VERSION < 20221213
#error "libtiff 4.5 or later is needed; make TIFF=0 builds without"
#endif

enum { AE_TIFF_MAX_PAGES = 65535 };

/* The layout of a page's samples in the file. */
struct ae_tiff_layout {
    struct ae_ifd_form form;
    uint32_t w, h;
    unsigned bits;    /* of a sample */
    unsigned samples; /* of a pixel */
    int is_float;
    int photometric, planar, extra; /* extra: EXTRASAMPLE_*, -1: none */
    /* Alpha claims to be associated, but some colour exceeds it, so it is
     * straight: colours weren't multiplied. */
    int straight;
    int compression, predictor, fill_order;
    uint32_t t4;             /* T4Options */
    uint32_t tile_w, tile_h; /* 0: strips */
    uint32_t strip;          /* rows of a strip */
    int quality;             /* of JPEG, guessed from tables; 0: unknown */
    unsigned sub_h, sub_v;   /* chroma subsampling of YCbCr */
};

/* What ae_meta carries of a TIFF for a TIFF that is written. */
struct ae_tiff_source {
    struct ae_tiff_layout layout;
    struct ae_ifd other; /* tags that are in no blob */
    int photoshop;       /* 1: it has Photoshop's resources */
    /* Rows of floats before they were divided by their alpha, since the
     * product may not be what it was; NULL where alpha isn't associated. */
    struct ae_spool *premultiplied;
};

/* A libtiff handle on a spool, and the messages of libtiff. */
struct ae_tiff {
    struct ae_ctx *ctx;
    const char *name;
    struct ae_spool *spool;
    uint64_t at; /* offset at which it reads and writes */
    TIFF *tif;
    char message[256]; /* first error since ae_tiff_clear_errors() */
    int failed;        /* code of the stream's error, ... */
    struct ae_err why; /* ... and its message */
};

/* tiff_io.c.  libtiff may allocate blocks of up to `most` bytes. */
int ae_tiff_open(struct ae_tiff *t, const char *mode, size_t most,
                 struct ae_err *e);
void ae_tiff_close(struct ae_tiff *t);
/* Forgets libtiff's messages. */
void ae_tiff_clear_errors(struct ae_tiff *t);
/* Fails with the stream's error, or libtiff's message, or `else_what`. */
int ae_tiff_fail(struct ae_tiff *t, const char *else_what, struct ae_err *e);
/* The bytes that a band of rows, or a spool, may have. */
size_t ae_tiff_band_memory(const struct ae_ctx *ctx);

/* tiff_layout_read.c: from the directory that libtiff has read;
 * AE_EUNSUPPORTED for a layout that isn't read here. */
int ae_tiff_read_layout(struct ae_tiff *t, struct ae_tiff_layout *l,
                        struct ae_err *e);
/* Colours of a pixel: 1 or 3. */
int ae_tiff_colours(const struct ae_tiff_layout *l);

/* tiff_tags.c: metadata of the directory at offset `at`; s->layout is known. */
int ae_tiff_read_tags(struct ae_reader *r, struct ae_tiff *t, uint64_t at,
                      struct ae_tiff_source *s, struct ae_err *e);
/* Adds the metadata to the page's directory. */
int ae_tiff_write_tags(const struct ae_tiff *t, const struct ae_meta *m,
                       struct ae_ifd *d, struct ae_err *e);

/* tiff_band.c: the decoded rows of one strip, or of one row of tiles, of all
 * planes. */
struct ae_tiff_band {
    const struct ae_tiff_layout *layout;
    struct ae_tiff *t;
    unsigned char *data;
    unsigned char *tile; /* one tile */
    size_t stride;       /* bytes of a row of a plane */
    size_t plane;        /* bytes of a plane */
    uint32_t rows;       /* rows that it has room for */
    uint32_t from, to;   /* rows that are in it: from..to-1 */
    int planes;
    int by_row;   /* strips are too large: one row at a time, ... */
    int in_place; /* ... right from the file, which isn't compressed */
};
int ae_tiff_band_init(struct ae_tiff_band *b, struct ae_tiff *t,
                      const struct ae_tiff_layout *l, struct ae_err *e);
void ae_tiff_band_release(struct ae_tiff_band *b);
/* Makes the band hold row y; rows must be asked for in order. */
int ae_tiff_band_read(struct ae_tiff_band *b, uint32_t y, struct ae_err *e);
static inline unsigned char *ae_tiff_band_row(const struct ae_tiff_band *b,
                                              uint32_t y, int plane)
{
    return b->data + (size_t)plane * b->plane +
           (size_t)(y - b->from) * b->stride;
}
/* Writes rows from..to-1. */
int ae_tiff_band_write(struct ae_tiff_band *b, struct ae_err *e);

/* tiff_samples.c: between packed bytes and arrays, samples of 1 to 16 bits and
 * floats of 16 and 32 bits in the machine's order; `step` is the distance of
 * samples in the array. */
void ae_tiff_unpack(uint16_t *out, size_t step, const unsigned char *in,
                    unsigned bits, size_t n);
void ae_tiff_pack(unsigned char *out, const uint16_t *in, size_t step,
                  unsigned bits, size_t n);
void ae_tiff_unpack_floats(float *out, size_t step, const unsigned char *in,
                           unsigned bits, size_t n);
void ae_tiff_pack_floats(unsigned char *out, const float *in, size_t step,
                         unsigned bits, size_t n);
/* Divide colours by alpha, the last of the `samples` of each of n pixels, and
 * multiply them; whole numbers come back exactly if no colour exceeds its
 * alpha.  Colours of alpha 0 stay as they are. */
void ae_tiff_unpremultiply(uint16_t *v, int samples, unsigned maxval, size_t n);
void ae_tiff_premultiply(uint16_t *v, int samples, unsigned maxval, size_t n);
void ae_tiff_unpremultiply_floats(float *v, int samples, size_t n);
/* `was`: the pixels before division, or NULL; a pixel that is still their
 * quotient becomes exactly what it was. */
void ae_tiff_premultiply_floats(float *v, int samples, size_t n,
                                const float *was);
/* 1 where a colour exceeds its alpha, which isn't 0. */
int ae_tiff_exceeds_alpha(const uint16_t *v, int samples, size_t n);

/* tiff_layout_write.c: the layout for the writer's picture, like the source's
 * as far as possible. */
void ae_tiff_choose_layout(const struct ae_writer *w, struct ae_tiff_layout *l);
/* Sets it in libtiff's next directory; returns 0 where libtiff refuses. */
int ae_tiff_write_layout(TIFF *tif, const struct ae_tiff_layout *l);

/* tiff_write.c */
int ae_tiff_open_writer(struct ae_writer *w, struct ae_err *e);
int ae_tiff_write_row(struct ae_writer *w, const float *row, struct ae_err *e);
int ae_tiff_finish_writer(struct ae_writer *w, struct ae_err *e);
void ae_tiff_close_writer(struct ae_writer *w);
int ae_tiff_end_stream(struct ae_io *io, struct ae_err *e);

#endif
