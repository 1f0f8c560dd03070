/* format.h - what one picture format gives to the table, and the readers
 * and writers that run it.
 *
 * A format is one file: it recognises its first bytes, turns its bytes into
 * rows of floats and back.  Sizes, order of rows, mapping of channels and
 * the end of the stream are image.c's work, the same for all formats. */
#ifndef AE_IMAGE_FORMAT_H
#define AE_IMAGE_FORMAT_H

#include "base/base.h"
#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "image/meta/meta.h"
#include "kernel/ctx.h"

/* Bytes that recognition may look at. */
#define AE_FORMAT_PEEK 64

struct ae_reader {
    struct ae_ctx *ctx;
    struct ae_io *io;
    struct ae_image_info info; /* open() fills all but format */
    struct ae_meta *meta;      /* open() adds what the file carries */
    void *state;               /* the format's own; close() frees it */
    int y;                     /* next row */
    int failed;                /* the code of the first error */
};

struct ae_turn;

struct ae_writer {
    struct ae_ctx *ctx;
    struct ae_io *io;
    const struct ae_format *format;
    struct ae_image_info info;  /* of the rows that come in */
    const struct ae_meta *meta; /* may be NULL */
    struct ae_write_options options;
    int channels;    /* of the rows that put() gets, ... */
    unsigned maxval; /* ... and their depth: create() sets both */
    void *state;
    struct ae_turn *turn; /* NULL: the picture isn't turned */
    float *row;           /* h, when channels differ */
    int y;
    int failed;
};

struct ae_format {
    const char *name;
    const char *endings[4]; /* of file names, usual one first, or NULL */
    const char *library;    /* that does the work, NULL: ours */
    enum ae_many many;      /* nothing follows a file of pages */
    int (*is)(const unsigned char *p, size_t n);
    int (*open)(struct ae_reader *r, struct ae_err *e);
    int (*row)(struct ae_reader *r, float *row, struct ae_err *e);
    int (*finish)(struct ae_reader *r, struct ae_err *e); /* or NULL */
    void (*close)(struct ae_reader *r);
    int (*create)(struct ae_writer *w, struct ae_err *e);
    int (*put)(struct ae_writer *w, const float *row, struct ae_err *e);
    int (*end)(struct ae_writer *w, struct ae_err *e);
    void (*drop)(struct ae_writer *w);
    /* Whether a file of this format can hold the blob: 1, or 0, which is
     * noted; -1: nothing is lost without it.  NULL: holds none, as is known
     * of the format. */
    int (*holds)(const struct ae_meta *m, const struct ae_blob *b);
};

extern const struct ae_format ae_fmt_png, ae_fmt_jpeg, ae_fmt_pbm, ae_fmt_pgm,
    ae_fmt_ppm, ae_fmt_pam, ae_fmt_pnm, ae_fmt_pfm, ae_fmt_npy, ae_fmt_idx,
    ae_fmt_webp, ae_fmt_tiff;

/* What a format attaches to a stream in the middle of a file of several
 * images begins so; the next image is then that format's. */
struct ae_pending {
    const struct ae_format *format;
};

/* The format whose files begin so, or NULL. */
const struct ae_format *ae_format_by_content(const unsigned char *p, size_t n);
/* refused.c.  AE_EUNSUPPORTED with the command that converts it when the
 * bytes begin as a picture format that is known but not read here; else 0. */
int ae_format_refuse(const unsigned char *p, size_t n, struct ae_err *e);
/* The same for what is TIFF by content: a camera's raw, by the Make of its
 * first directory, "" where it has none, or a DNG. */
int ae_format_refuse_raw(const char *make, int dng, struct ae_err *e);
/* Format i of those that this build lacks; 0 past the end. */
int ae_format_lacking(size_t i, struct ae_format_facts *out);

/* Adds a blob to what the reader carries; past the bound on memory it is left
 * out, with a note that calls it `what`. */
int ae_reader_keep(struct ae_reader *r, enum ae_blob_kind kind,
                   const void *data, size_t size, const char *what,
                   struct ae_err *e);

/* Integer samples to floats and back; in memory u8 up to 255, else u16 in
 * the machine's order. */
void ae_samples_in(const struct ae_ctx *ctx, float *out, const void *in,
                   unsigned maxval, size_t n);
void ae_samples_out(const struct ae_ctx *ctx, void *out, const float *in,
                    unsigned maxval, size_t n);
/* Turns n values of `size` bytes between the machine's order and big or
 * little endian. */
void ae_big_endian(void *p, size_t size, size_t n);
void ae_little_endian(void *p, size_t size, size_t n);
/* `size` bytes to be freed with free(), in steps, so that a header that lies
 * costs no more memory than the stream has bytes. */
int ae_read_block(struct ae_io *io, size_t size, void **out, struct ae_err *e);
/* AE_ENUMERIC when a sample is infinite or not a number. */
int ae_check_finite(const float *row, size_t n, struct ae_err *e);

static inline size_t ae_sample_size(unsigned maxval)
{
    return maxval == 0 ? 4 : maxval > 255 ? 2 : 1;
}

#endif
