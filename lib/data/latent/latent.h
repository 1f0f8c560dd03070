/* latent.h - one row of the table of latent formats, and what the formats
 * share: a reader's buffered bytes, a writer's line.
 *
 * To add a format: a file latent_NAME.c with a struct ae_latent_format, and
 * its name in the table of latents.c. */
#ifndef AE_DATA_LATENT_H
#define AE_DATA_LATENT_H

#include "base/csv.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/array/npy.h"

enum {
    AE_LATENT_MOST = 1 << 24, /* numbers in one */
    AE_LATENT_BYTES = 1 << 28 /* of one as text */
};

/* A list of numbers that grows. */
struct ae_float_list {
    float *p;
    int n, cap;
};
int ae_float_list_add(struct ae_float_list *l, float v, struct ae_err *e);

struct ae_latents {
    struct ae_io *io;
    const struct ae_latent_format *format;
    /* Bytes taken from the stream; those from `pos` on are to be parsed, those
     * up to `scan` hold no end of a record, `quoted` tells how they end. */
    char *buf;
    size_t len, cap, pos, scan;
    int quoted;
    int eof, ended;       /* the stream; what can be found in it */
    int d;                /* 0: not known */
    int bad;              /* records in a row */
    uint64_t line, count; /* lines begun; records read or refused */
    struct ae_float_list z, logvar;
    struct ae_str name;
    struct ae_csv row;   /* csv, tsv: the cells of a record */
    int headed;          /* ... whose first was read */
    int nameless;        /* ... and begins with a number of the code */
    int variances;       /* ... and has so many columns of them */
    struct ae_npy array; /* npy: the one that is read */
    uint64_t rows;       /* ... and its rows that are still to come */
};

struct ae_latent_writer {
    struct ae_io *io;
    const struct ae_latent_format *format;
    int d, variances;
    struct ae_str text;
    struct ae_array *array; /* npy */
};

struct ae_latent_format {
    const char *name; /* and its ending */
    int variances;    /* can hold them */
    /* Reads one record, or returns AE_END.  A fault after which no record can
     * be found sets `ended`. */
    int (*read)(struct ae_latents *r, struct ae_latent *out, struct ae_err *e);
    /* Whether a whole record is buffered. */
    int (*whole)(struct ae_latents *r);
    int (*begin)(struct ae_latent_writer *w, struct ae_err *e); /* or NULL */
    int (*put)(struct ae_latent_writer *w, const struct ae_latent *z,
               struct ae_err *e);
    int (*finish)(struct ae_latent_writer *w, struct ae_err *e); /* or NULL */
};
extern const struct ae_latent_format ae_latent_npy, ae_latent_jsonl,
    ae_latent_tsv, ae_latent_csv, ae_latent_f32, ae_latent_fvecs;

/* Takes more of the stream, waiting if need be; at its end `eof` is set. */
int ae_latents_fill(struct ae_latents *r, struct ae_err *e);
/* Buffers at least n bytes; fewer only at the end. */
int ae_latents_need(struct ae_latents *r, size_t n, struct ae_err *e);
/* Bytes that are buffered. */
static inline size_t ae_latents_have(const struct ae_latents *r)
{
    return r->len - r->pos;
}
/* The next line (of csv: record, which may hold lines), its end cut off and
 * NUL-terminated; AE_END at the end. */
int ae_latents_line(struct ae_latents *r, char **line, size_t *n,
                    struct ae_err *e);
int ae_latents_line_whole(struct ae_latents *r);
/* A number of text from p to end, as JSON allows it, in single precision. */
int ae_latents_number(const char *p, const char *end, float *out,
                      struct ae_err *e);
/* Checks n against the size of the latents before, or settles it. */
int ae_latents_count(struct ae_latents *r, int n, struct ae_err *e);

#endif
