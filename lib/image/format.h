/* format.h - what a picture format gives to the table, and the readers and
 * writers that run it.
 *
 * A format recognises its first bytes, turns bytes into rows of floats, and
 * back.  Limits of size, the order of calls, missing channels and the end of
 * the stream are the work of reader.c and writer.c, the same for all.
 *
 * A worked example: "flat" is "FLAT", width and height in two bytes each,
 * highest byte first, and a byte a pixel.  lib/image/flat/flat.c reads it so:
 *
 *     static int is_flat(const unsigned char *p, size_t n)
 *     {
 *         return n >= 4 && memcmp(p, "FLAT", 4) == 0;
 *     }
 *
 *     static int open_flat_reader(struct ae_reader *r, struct ae_err *e)
 *     {
 *         unsigned char b[8];
 *
 *         AE_TRY(ae_io_read(r->io, b, sizeof(b), e));
 *         r->info.w = b[4] << 8 | b[5];
 *         r->info.h = b[6] << 8 | b[7];
 *         r->info.channels = 1;
 *         r->info.maxval = 255;
 *         AE_TRY(ae_ctx_check_size(r->ctx, (uint64_t)r->info.w,
 *                                  (uint64_t)r->info.h, e));
 *         r->state = ae_alloc((size_t)r->info.w, 1, e);
 *         return r->state ? 0 : AE_EMEM;
 *     }
 *
 *     static int read_flat_row(struct ae_reader *r, float *row,
 *                              struct ae_err *e)
 *     {
 *         AE_TRY(ae_io_read(r->io, r->state, (size_t)r->info.w, e));
 *         ae_samples_to_float(r->ctx, row, r->state, 255,
 *                             (size_t)r->info.w);
 *         return 0;
 *     }
 *
 *     static void close_flat_reader(struct ae_reader *r)
 *     {
 *         free(r->state);
 *     }
 *
 *     const struct ae_format ae_fmt_flat = {
 *         .name = "flat",
 *         .endings = {"flat"},
 *         .matches = is_flat,
 *         .open_reader = open_flat_reader,
 *         .read_row = read_flat_row,
 *         .close_reader = close_flat_reader,
 *         ... and four functions that write it
 *     };
 *
 * and F(flat) in the list of format.c makes it known everywhere. */
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

/* A format attaches something that begins with this to a stream that stands
 * within a file of several images; the next image is then of that format.
 * NULL: the next image must be found first (reader.c). */
struct ae_pending {
    const struct ae_format *format;
};

struct ae_reader {
    /* It is attached to its stream where it was freed before its end, together
     * with what was attached by then. */
    struct ae_pending pending;
    struct ae_io_thing attached;
    struct ae_ctx *ctx;
    struct ae_io *io;
    struct ae_image_info info; /* open_reader() fills all but format */
    struct ae_meta *meta;      /* open_reader() adds what the file carries */
    void *state;               /* the format's own, NULL: nothing to close */
    uint64_t held;             /* bytes of a whole image, where it keeps one */
    uint64_t begin;            /* offset of the image */
    uint64_t end;              /* and of what follows it; 0: unknown */
    struct ae_kept_rows *kept; /* all rows, read ahead; NULL: none */
    int y;                     /* next row */
    int failed;                /* the code of the first error */
    int salvaged;              /* the same, of which the caller isn't told */
    int lost;                  /* the rest of the rows is */
    int finished;              /* the stream stands behind the image */
};

struct ae_writer {
    struct ae_ctx *ctx;
    struct ae_io *io;
    const struct ae_format *format;
    struct ae_image_info info;  /* of the rows that come in */
    const struct ae_meta *meta; /* may be NULL */
    struct ae_write_options options;
    /* Of the rows that write_row() gets: as in `info`, unless open_writer()
     * sets other ones, which the format can hold. */
    int channels;
    unsigned maxval;
    void *state;                  /* as a reader's */
    uint64_t held;                /* as a reader's */
    struct ae_meta *stripped;     /* what `meta` is then, ... */
    const struct ae_meta *source; /* ... of this, ... */
    int taken;                    /* ... of which it has so many blobs */
    struct ae_orienter *orienter; /* NULL: rows go straight to the format */
    float *row;                   /* one row, when channels differ */
    struct ae_kept_rows *kept;    /* rows for the format, until the end */
    int y;
    int failed;
};

struct ae_format {
    const char *name;
    const char *endings[4]; /* of file names, usual one first, then NULLs */
    const char *library;    /* that codes it; NULL: none but this one */
    enum ae_multi multi;    /* nothing follows a file of pages */
    int marked; /* a mark ends each file: what follows one isn't its own */
    /* Whether a file begins with these bytes, of which there are n, up to
     * AE_FORMAT_PEEK.  NULL: the format is only written. */
    int (*matches)(const unsigned char *p, size_t n);
    /* close_reader() is called whenever `state` was set, also after an
     * error; finish_reader() only after the last row, and may be NULL. */
    int (*open_reader)(struct ae_reader *r, struct ae_err *e);
    int (*read_row)(struct ae_reader *r, float *row, struct ae_err *e);
    int (*finish_reader)(struct ae_reader *r, struct ae_err *e);
    void (*close_reader)(struct ae_reader *r);
    /* From anywhere in an image that can't be read (`state` may be NULL) to
     * where the next one may begin; AE_END: there is none.  NULL: to `end`,
     * or by ae_skip_to_picture(). */
    int (*recover)(struct ae_reader *r, struct ae_err *e);
    /* The same for writers, except that finish_writer() must be there. */
    int (*open_writer)(struct ae_writer *w, struct ae_err *e);
    int (*write_row)(struct ae_writer *w, const float *row, struct ae_err *e);
    int (*finish_writer)(struct ae_writer *w, struct ae_err *e);
    void (*close_writer)(struct ae_writer *w);
    /* Fewer images came than were promised to what is attached to the stream.
     * NULL where nothing is. */
    int (*end_stream)(struct ae_io *io, struct ae_err *e);
    /* Whether a file can hold the blob: 1; 0, and its loss is a note; -1, and
     * nobody would miss it.  NULL: -1 for all. */
    int (*can_hold)(const struct ae_meta *m, const struct ae_blob *b);
};

/* The format whose files begin with these bytes, or NULL. */
const struct ae_format *ae_format_by_content(const unsigned char *p, size_t n);
/* The names of all formats that are read, "png, jpeg, ...". */
void ae_format_list_readable(char *buf, size_t size);

/* refused.c: AE_EUNSUPPORTED, with the command that converts it, when the
 * bytes begin a picture format that is known but not read here; else 0. */
int ae_format_refuse(const unsigned char *p, size_t n, struct ae_err *e);
/* The same for a camera's raw that is a TIFF by its first bytes: told by the
 * Make of its first directory, "" where there is none, or by being a DNG. */
int ae_format_refuse_raw(const char *make, int dng, struct ae_err *e);
/* Format i of those that this build lacks; 0 past the end. */
int ae_format_missing(size_t i, struct ae_format_facts *out);

/* next.c: skips to an offset, or to the end of the stream. */
int ae_skip_to(struct ae_io *io, uint64_t to, struct ae_err *e);
/* Whether bytes, n >= 1, begin a picture by a signature or header that others
 * don't hold by chance: 1 or 0; -1: too few of them to tell. */
int ae_begins_picture(const unsigned char *p, size_t n);
/* Skips to where a picture surely begins, or to where `step` sees the end of
 * the damaged one; AE_END at the end of the stream.  step(arg, p, n, &end):
 * how many of n >= 1 bytes to pass, more than n at times; 0: it needs more of
 * them, unless it says end, which comes behind those bytes.  NULL: 1. */
typedef size_t ae_step_fn(const void *arg, const unsigned char *p, size_t n,
                          int *end);
int ae_skip_to_picture(struct ae_io *io, ae_step_fn *step, const void *arg,
                       struct ae_err *e);

/* reader.c: whether what an image lacks is to be made up for: the context
 * salvages, and the code is that of an image that is cut short or damaged. */
int ae_reader_salvages(const struct ae_reader *r, int code);
/* The same for an image that lost samples in row r->y, though its rows go on;
 * the note is given once. */
void ae_reader_salvage(struct ae_reader *r, int code, const char *why,
                       const char *rest);
/* reader.c: adds a blob to the reader's metadata; past the bound on memory it
 * is left out, with a note that calls it `what`. */
int ae_reader_add_blob(struct ae_reader *r, enum ae_blob_kind kind,
                       const void *data, size_t size, const char *what,
                       struct ae_err *e);

/* samples.c: integer samples to floats of 0..1 and back; in memory they are
 * bytes for a maxval up to 255, else uint16_t in the machine's order. */
void ae_samples_to_float(const struct ae_ctx *ctx, float *out, const void *in,
                         unsigned maxval, size_t n);
void ae_samples_from_float(const struct ae_ctx *ctx, void *out, const float *in,
                           unsigned maxval, size_t n);
/* Swaps the bytes of n values of `size` bytes each where the machine's order
 * isn't the one named. */
void ae_big_endian(void *p, size_t size, size_t n);
void ae_little_endian(void *p, size_t size, size_t n);
/* AE_ENUMERIC when a sample is infinite or not a number. */
int ae_check_finite(const float *row, size_t n, struct ae_err *e);

/* Bytes of a sample in memory; maxval 0: a float. */
static inline size_t ae_sample_size(unsigned maxval)
{
    return maxval == 0 ? 4 : maxval > 255 ? 2 : 1;
}
/* Bits of a sample, 8 or 16, in a file whose samples use all their range: so
 * many that 0..maxval, 1 or more, is spread over them exactly, so that an odd
 * maxval of PNM comes back as it was. */
static inline int ae_whole_bits(unsigned maxval)
{
    return maxval <= 255 && 255 % maxval == 0 ? 8 : 16;
}

#endif
