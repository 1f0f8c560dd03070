/* preprocessing.h - how a model's items are made of data: settings that
 * training found or was given, saved in the model and used by all commands.
 *
 * In a model's metadata it is the object "input"; a model without one takes
 * pictures as they are. */
#ifndef AE_DATA_PREPROCESSING_H
#define AE_DATA_PREPROCESSING_H

#include "base/json.h"
#include "base/mem.h"
#include "data/dialect.h"

/* Of enum ae_input_kind. */
extern const char *const ae_input_names[];

/* Of enum ae_scale. */
extern const char *const ae_scale_names[];

/* Of enum ae_fit. */
extern const char *const ae_fit_names[];

struct ae_column {
    const char *name; /* NULL: the file had no header */
    int at;           /* place in the file, from 1 */
};

enum {
    AE_MAX_WINDOW = 1 << 16, /* time steps */
    AE_MAX_COLUMNS = 1 << 20,
    AE_MAX_BUCKETS = 1 << 20,
    AE_BUCKETS = 2048 /* of text, by default */
};

struct ae_preprocessing {
    struct ae_arena arena;    /* of all text and arrays here */
    int kind;                 /* enum ae_input_kind, not AUTO */
    int window, stride;       /* time steps of csv; 0: a row is an item */
    struct ae_column *column; /* the values of a row of csv, in order */
    int columns;
    struct ae_dialect dialect; /* of csv */
    /* that name a row, their texts joined by a blank; NULL: found in each
     * file */
    struct ae_column *name;
    int names;
    double *mean; /* of the columns in training; NULL: not learned */
    int means;
    int fit;     /* enum ae_fit, of pictures of another size */
    int buckets; /* of text */
    int scale;   /* enum ae_scale, not AUTO */
    /* of unit and global: a value v becomes (v - shift) / unit; one a
     * channel, or one for each value of an item */
    double *shift, *unit;
    int scales;
    const char **label; /* classes that were learned, or none */
    int labels;
};

/* From a model's metadata.  What isn't plausible is AE_EFORMAT. */
int ae_preprocessing_get(const json_t *meta, struct ae_preprocessing *out,
                         struct ae_err *e);
/* What options say of tables takes the place of what the model says.  AE_EARG
 * where they say nothing that can be. */
int ae_preprocessing_obey(struct ae_preprocessing *r,
                          const struct ae_select_options *o, struct ae_err *e);
/* The object "input"; NULL with *e set. */
json_t *ae_preprocessing_json(const struct ae_preprocessing *r,
                              struct ae_err *e);
void ae_preprocessing_release(struct ae_preprocessing *r);
/* The place of a class among the labels, or -1. */
int ae_preprocessing_label(const struct ae_preprocessing *r, const char *label);

#endif
