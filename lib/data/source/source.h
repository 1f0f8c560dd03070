/* source.h - examples, read from files, streams and folders and pushed to a
 * sink one by one.
 *
 * A source is a kind of file (images of any format, idx, ...); a path is a
 * file, "-" or a folder, which is walked in sorted order.  Each example goes
 * to the sink as soon as it is complete, so that a stream can be followed, and
 * nothing else is kept.  Nothing here knows of noise, patches or networks.
 *
 * One bad item costs one item.  Where a row of a file can't be used and the
 * file can be read on behind it (a number that isn't finite, a line that isn't
 * text, a picture that the sink can't fit), the kind says so by
 * ae_source_leave_out() and goes on; an error that read() returns is that of
 * the whole file, which ends there.  What was left out is named, counted and
 * summed up as left_out.h says.
 *
 *     static int count(void *arg, struct ae_item *it, struct ae_err *e)
 *     {
 *         ++*(int *)arg;
 *         free(it->px);
 *         return 0;
 *     }
 *
 *     const struct ae_source_options o = {.min_side = 16};
 *     const struct ae_item_sink sink = {.take = count, .arg = &n};
 *     struct ae_source s = {
 *         .ctx = ctx, .o = &o, .sink = &sink, .prep = &prep};
 *     int rc = ae_source_read(&s, "photos", e);
 *     ae_preprocessing_release(&prep);
 */
#ifndef AE_DATA_SOURCE_H
#define AE_DATA_SOURCE_H

#include "base/mem.h"
#include "data/preprocessing.h"
#include "data/source/left_out.h"
#include "data/source/naming.h"
#include "data/select.h"
#include "kernel/ctx.h"

/* A table, as it was found. */
struct ae_table_layout {
    char separator;     /* 0 or a blank: runs of blanks */
    char decimal;       /* of numbers: a comma, else a point */
    int width;          /* fields of a row */
    char *const *name;  /* of its columns, NULL: no header */
    char *const *units; /* of the row below it, NULL: none */
    const int *at;      /* columns of the values, from 0 */
    int values;
};

/* A row of a table as it was read. */
struct ae_table_row {
    const char *name, *label; /* as it is printed; NULL: no label */
    /* its texts one after the other, each with its NUL */
    const char *fields;
    size_t size; /* of all of them */
    int context; /* 1: it isn't wanted itself, see o->context */
};

/* Held_out of windows that share rows with windows held out, see split.c. */
enum { AE_NEITHER_SIDE = -1 };

/* Samples stay in the depth they came in, as photographs by the hundred
 * million pixels would fill the memory as floats: u8 in units of 1/255, u16
 * of 1/65535, float as it is. */
struct ae_item {
    /* below its folder, or the file's own; the split hashes it */
    const char *name;
    /* what it is called in print, see naming.h; NULL: ae_source_push() says */
    const char *shown;
    const char *line;  /* a line of text itself, lent; NULL: it isn't one */
    const char *label; /* text of its class, lent; NULL: none */
    /* those of one group are held out together; 0: those of one name */
    uint64_t group;
    int h, w, c;
    int bytes;    /* a sample: 1, 2 or 4 */
    int held_out; /* 1: held out for validation, or AE_NEITHER_SIDE */
    int class;    /* place among the labels of the preprocessing */
    void *px;     /* h * w * c */
    int spilled;  /* 1: they lie in a file of the data set's, to be read only */
    const struct ae_item *noisy; /* its noisy version, lent; NULL: none */
    const struct ae_table_layout *table; /* of csv, with o->steps; lent */
    const struct ae_table_row *step;     /* its rows, likewise */
    /* number of the last of them in its file, from 1; the file's among those
     * that were read */
    uint64_t last, file;
    uint64_t items; /* of an array that come in all; 0: unknown */
};

static inline size_t ae_item_values(const struct ae_item *it)
{
    return (size_t)it->h * (size_t)it->w * (size_t)it->c;
}

static inline size_t ae_item_bytes(const struct ae_item *it)
{
    return ae_item_values(it) * (size_t)it->bytes;
}

struct ae_item_sink {
    /* it->px becomes the taker's, even if it fails; names are lent.  An
     * error is the item's fault unless the taker sets `stopped`. */
    int (*take)(void *arg, struct ae_item *it, struct ae_err *e);
    /* The source is about to wait for more of its input; may be NULL. */
    int (*idle)(void *arg, struct ae_err *e);
    /* The last `count` items were of a file that turned out to be faulty as a
     * whole; NULL where they are gone already. */
    void (*undo)(void *arg, uint64_t count);
    void *arg;
};

struct ae_source_stats {
    /* files, images and files of no known format that were left out */
    size_t unreadable, small, unknown;
    size_t rows;    /* of files that could be read, left out as faulty */
    uint64_t files; /* that were opened */
    int images;     /* 1: pictures of files, whose sizes may vary */
    int outside;    /* 1: some float sample is outside 0..1 */
};

struct ae_source_options {
    int min_side; /* smaller pictures are left out, counted */
    /* pictures above this on a side are kept at a half and at three
     * quarters of their size instead (two items, one name); 0: never */
    int downscale_above;
    /* of csv: columns (used where `prep` names none yet), label_column and
     * name_column are read here; NULL: by looks */
    const struct ae_select_options *select;
    /* 1: what `prep` leaves open of a table may be learned of its first MiB;
     * 0: rows are understood as they come */
    int learn;
    int silent; /* 1: another reading tells the user what was found */
    /* of rows, which it counts; pictures in a folder are the rows of it.
     * NULL: all */
    struct ae_selection *selection;
    int several; /* 1: other paths are read too; see naming.h */
    int found;   /* 1: the path was found in a folder */
    int steps;   /* 1: items of csv bear their rows */
    /* 1: windows also begin among the rows before the first that `selection`
     * wants, so that its windows are those of the whole table */
    int context;
    /* 1: a file's fault is an error, unless the file was found in a folder */
    int strict;
    const struct ae_file_filter *filter; /* of folders' files; NULL: all */
    int windows;              /* 1: a named array of three axes holds windows */
    int fail_fast;            /* 1: so is any fault, of a file or a row */
    const volatile int *stop; /* nonzero: AE_EINTR; may be NULL */
    ae_file_done_fn *done;    /* may be NULL */
    void *done_arg;
    ae_left_out_fn *left_out; /* may be NULL */
    void *left_out_arg;
};

/* A reading of one path or several. */
struct ae_source {
    struct ae_ctx *ctx;
    const struct ae_source_options *o;
    const struct ae_item_sink *sink;
    /* the first file settles what isn't yet */
    struct ae_preprocessing *prep;
    struct ae_source_stats stats;
    const char *path;    /* of this file */
    uint64_t taken;      /* items of this file so far, */
    int w, h;            /* the first picture's size, */
    struct ae_err fault; /* and the first fault of its rows */
    int in_folder;       /* 1: it was found there, not named */
    int has_rows;        /* 1: its items are rows of it; 0: it is a picture */
    int stopped;         /* an error is the fault of no file */
    /* of these readings: faults; pictures that are too small */
    struct ae_left_out left_out, small;
    struct ae_naming naming;
};

enum { AE_SOURCE_DEPTH = 64 }; /* of folders in folders */
/* Whether the filter, or NULL, takes such an entry of a folder, which lies
 * `depth` folders below the one that was named. */
int ae_filter_wants(const struct ae_file_filter *f, const char *path,
                    size_t root, int depth, int is_folder);

/* Pushes all that `path` holds.  A path that doesn't exist is an error; what
 * was left out isn't, s->left_out knows of it. */
int ae_source_read(struct ae_source *s, const char *path, struct ae_err *e);
/* The same of a stream, whose own fault is an error. */
int ae_source_read_io(struct ae_source *s, struct ae_io *io, const char *name,
                      struct ae_err *e);

/* 1 where the first bytes of a file, 16 or all, are those of an idx file, an
 * array or a picture. */
int ae_source_is_known(const void *head, size_t n);

/* For the kinds: counts a row, whose class the file says (or NULL: --labels
 * may); *wanted becomes 0 where nobody asks for it, and it need not be whole
 * then. */
int ae_source_select_row(struct ae_source *s, const char **label, int *wanted,
                         struct ae_err *e);
/* For the kinds: one item to the sink, of rows that were counted.  It is left
 * out where the sink can't take it. */
int ae_source_push(struct ae_source *s, struct ae_item *it, struct ae_err *e);
/* For the kinds: both, of an item that is a row of its file. */
int ae_source_push_row(struct ae_source *s, struct ae_item *it,
                       struct ae_err *e);
/* For the kinds: a row that was counted can't be used for the reason *why, and
 * the file can be read on behind it; or so many rows, which the file promised,
 * aren't there.  Returns 0 when that is noted; or the error that ends the
 * reading: *why where the sink gave up or no memory is left, and with
 * fail_fast. */
int ae_source_leave_out(struct ae_source *s, uint64_t rows,
                        const struct ae_err *why, struct ae_err *e);

/* One row of the table of sources.  To add one: a file, its name below, a line
 * in source.c, a word of enum ae_input_kind. */
struct ae_source_kind {
    const char *name;
    int (*match)(const unsigned char *head, size_t n); /* NULL: never */
    int (*read)(struct ae_source *s, struct ae_io *io, const char *name,
                struct ae_err *e);
};
extern const struct ae_source_kind ae_source_image, ae_source_idx,
    ae_source_npy, ae_source_csv, ae_source_text;

#endif
