/* tiff.h - what the files of the TIFF format share.
 *
 * libtiff decodes and encodes strips and tiles; the directories, which say
 * what is a page, and all tags that don't tell how samples lie are read and
 * written by ifd.c, so that nothing of them is lost or believed.  Bytes come
 * from a spool, since TIFF must seek. */
#ifndef AE_IMAGE_TIFF_H
#define AE_IMAGE_TIFF_H

#include <tiffio.h>

#include "base/spool.h"
#include "image/format.h"
#include "image/meta/ifd.h"

#if TIFFLIB_VERSION < 20221213
#error "libtiff 4.5 or later is needed; make TIFF=0 builds without"
#endif

/* Baseline has 8 bytes of a header and the smallest directory behind. */
enum { AE_TIFF_MAX_PAGES = 65535 };

/* How the samples of a page lie in the file. */
struct ae_tiff_layout {
    struct ae_ifd_form form;
    uint32_t w, h;
    unsigned bits, samples; /* of a sample; a pixel */
    int is_float;
    int photometric, planar, extra; /* extra: EXTRASAMPLE_*, -1: none */
    /* associated alpha, but colours are beyond it, so nothing was
     * multiplied */
    int straight;
    int compression, predictor, fill_order;
    uint32_t t4;             /* T4Options */
    uint32_t tile_w, tile_h; /* 0: strips */
    uint32_t strip;          /* rows of a strip */
    int quality;             /* of JPEG, by its tables; 0: unknown */
    unsigned sub_h, sub_v;   /* chroma subsampling of YCbCr */
};

/* Goes along in ae_meta. */
struct ae_tiff_source {
    struct ae_tiff_layout layout;
    struct ae_ifd other; /* tags that no blob has */
    int photoshop;       /* it has Photoshop's resources */
    /* Rows of floats that were divided by alpha, as they were, since the
     * product needn't be what it was; NULL where there are none. */
    struct ae_spool *premultiplied;
};

/* A libtiff handle on a spool, and what libtiff said. */
struct ae_tiff {
    struct ae_ctx *ctx;
    const char *name;
    struct ae_spool *spool;
    uint64_t at; /* where it reads and writes */
    TIFF *tif;
    char message[256]; /* first error since ae_tiff_clear_errors() */
    int lossy;         /* a warning that means lost samples */
    int failed;        /* code of a stream's error, ... */
    struct ae_err why; /* ... and its words */
};

/* tiff_io.c.  The largest block that libtiff may ask for is `most`. */
int ae_tiff_open(struct ae_tiff *t, const char *mode, size_t most,
                 struct ae_err *e);
void ae_tiff_close(struct ae_tiff *t);
/* Forgets what was said. */
void ae_tiff_clear_errors(struct ae_tiff *t);
/* The stream's error, or what libtiff said, or `else_what`. */
int ae_tiff_fail(struct ae_tiff *t, const char *else_what, struct ae_err *e);
/* Of memory, the share for one band of rows, for spooling... */
size_t ae_tiff_band_memory(const struct ae_ctx *ctx);

/* tiff_layout_read.c: from the directory that libtiff has read;
 * AE_EUNSUPPORTED for a layout that isn't read here. */
int ae_tiff_read_layout(struct ae_tiff *t, struct ae_tiff_layout *l,
                        struct ae_err *e);
/* Colours of a pixel: 1 or 3. */
int ae_tiff_colours(const struct ae_tiff_layout *l);

/* tiff_tags.c: of the directory at `at`; s->layout is known. */
int ae_tiff_read_tags(struct ae_reader *r, struct ae_tiff *t, uint64_t at,
                      struct ae_tiff_source *s, struct ae_err *e);
/* Adds to `d` what the page carries. */
int ae_tiff_write_tags(const struct ae_tiff *t, const struct ae_meta *m,
                       struct ae_ifd *d, struct ae_err *e);

/* tiff_band.c: the rows of one strip, or of one row of tiles, of all
 * planes. */
struct ae_tiff_band {
    const struct ae_tiff_layout *layout;
    struct ae_tiff *t;
    unsigned char *data;
    unsigned char *tile; /* one */
    size_t stride;       /* bytes of a row of a plane */
    size_t plane;        /* ... of a plane */
    uint32_t rows;       /* that it holds */
    uint32_t from, to;   /* rows that are in it: from..to-1 */
    int planes;
    int by_row;   /* too large: one row at a time, ... */
    int in_place; /* ... that lies uncompressed in the file */
};
int ae_tiff_band_init(struct ae_tiff_band *b, struct ae_tiff *t,
                      const struct ae_tiff_layout *l, struct ae_err *e);
void ae_tiff_band_release(struct ae_tiff_band *b);
/* Row y, which is the last or a later one. */
int ae_tiff_band_read(struct ae_tiff_band *b, uint32_t y, struct ae_err *e);
static inline unsigned char *ae_tiff_band_row(const struct ae_tiff_band *b,
                                              uint32_t y, int plane)
{
    return b->data + (size_t)plane * b->plane +
           (size_t)(y - b->from) * b->stride;
}
/* Writes its rows, which begin at `from`. */
int ae_tiff_band_write(struct ae_tiff_band *b, struct ae_err *e);

/* tiff_samples.c: samples of 1 to 16 bits, and floats of 16 and 32, in the
 * machine's order between bytes and arrays. */
void ae_tiff_unpack(uint16_t *out, size_t step, const unsigned char *in,
                    unsigned bits, size_t n);
void ae_tiff_pack(unsigned char *out, const uint16_t *in, size_t step,
                  unsigned bits, size_t n);
void ae_tiff_unpack_floats(float *out, size_t step, const unsigned char *in,
                           unsigned bits, size_t n);
void ae_tiff_pack_floats(unsigned char *out, const float *in, size_t step,
                         unsigned bits, size_t n);
/* Colours over alpha, the last of `samples`; both ways exact for whole
 * numbers as long as no colour is beyond its alpha.  Under alpha 0 they stay
 * as they are. */
void ae_tiff_unpremultiply(uint16_t *v, int samples, unsigned maxval, size_t n);
void ae_tiff_premultiply(uint16_t *v, int samples, unsigned maxval, size_t n);
void ae_tiff_unpremultiply_floats(float *v, int samples, size_t n);
/* A pixel that is still what `was`, divided, is becomes what it was. */
void ae_tiff_premultiply_floats(float *v, int samples, size_t n,
                                const float *was);
/* 1 where a colour is beyond its alpha, which isn't 0. */
int ae_tiff_exceeds_alpha(const uint16_t *v, int samples, size_t n);

/* tiff_layout_write.c: for what the writer gets; ... */
void ae_tiff_choose_layout(const struct ae_writer *w, struct ae_tiff_layout *l);
/* ... as fields of libtiff's next directory: 0 where it wants none of it. */
int ae_tiff_write_layout(TIFF *tif, const struct ae_tiff_layout *l);

/* tiff_write.c */
int ae_tiff_open_writer(struct ae_writer *w, struct ae_err *e);
int ae_tiff_write_row(struct ae_writer *w, const float *row, struct ae_err *e);
int ae_tiff_finish_writer(struct ae_writer *w, struct ae_err *e);
void ae_tiff_close_writer(struct ae_writer *w);

#endif
