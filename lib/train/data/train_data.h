/* train_data.h - what a run learns from: items, those held out, and the
 * samplers that draw examples from both.
 *
 * ae-train photos -m unet -n gauss reads the folder, holds one photograph in
 * twenty out by a hash of its name, draws patches of 64 pixels from the
 * others and larger crops from those held out. */
#ifndef AE_TRAIN_DATA_TRAIN_DATA_H
#define AE_TRAIN_DATA_TRAIN_DATA_H

#include "data/preprocessing.h"
#include "train/data/sampler.h"

/* What the net asks of its data. */
struct ae_data_needs {
    /* the model that training goes on from, whose preprocessing is kept;
     * NULL: none */
    const struct ae_model *model;
    int classes;  /* 1: the net has an input for the class */
    int any_size; /* 1: it runs on any height and width that are ... */
    int align;    /* ... multiples of this */
};

struct ae_train_data {
    struct ae_ctx *ctx;
    struct ae_train_options *o; /* of the run; patch and augment are set here */
    struct ae_preprocessing prep;
    struct ae_dataset items, val_items; /* val_items: where val is a path */
    struct ae_dataset noisy_items;      /* noisy versions of items, or none */
    struct ae_sampler train, held_out;
    struct ae_shape shape; /* of a training example */
    int outside;           /* 1: some values lie outside 0..1 */
};

/* Reads, splits, scales and labels the data, and makes the samplers.  `o` is
 * borrowed: where its patch or augment say "auto" they become definite.
 * After a failure release what there is.  AE_EARG: options, data and net
 * don't go together. */
int ae_train_data_init(struct ae_train_data *d, struct ae_ctx *ctx,
                       struct ae_train_options *o,
                       const struct ae_data_needs *needs,
                       const struct ae_noise *noise, struct ae_err *e);
/* Only reads and splits them. */
int ae_train_data_read(struct ae_train_data *d, struct ae_ctx *ctx,
                       struct ae_train_options *o, struct ae_err *e);
void ae_train_data_release(struct ae_train_data *d);
/* AE_EFORMAT where more than a tenth of all files and rows couldn't be used. */
int ae_train_data_check_faults(const struct ae_train_data *d, struct ae_err *e);
/* Of the items in memory. */
uint64_t ae_train_data_bytes(const struct ae_train_data *d);
/* One number for all items, by which a resumed run knows its data. */
uint64_t ae_train_data_digest(const struct ae_train_data *d);

/* auto_window.c: finds the window's rows, the dominant period of the data, for
 * which all of them are read once. */
int ae_train_data_find_window(struct ae_train_data *d,
                              const struct ae_source_options *so,
                              struct ae_err *e);

/* one_size.c: settles what `fit` and `size` ask for, before anything is read;
 * model: that training goes on from, or NULL.  AE_EARG: they contradict. */
int ae_train_data_choose_size(struct ae_train_data *d,
                              const struct ae_model *model, struct ae_err *e);
/* one_size.c: fits all pictures that were read to a size found among them. */
int ae_train_data_fit(struct ae_train_data *d, struct ae_err *e);

/* noisy_pairs.c: reads the data set that o->noisy names and gives each of the
 * items, which are all read by now, its noisy version.  AE_EARG where the two
 * sides differ in number, names or shapes. */
int ae_train_data_read_noisy(struct ae_train_data *d, struct ae_err *e);

/* Whether `val` is a path, not a share. */
int ae_train_data_is_path(const char *val);
/* dump.c: reads FILE or FILE:SIZE (0: none); a name may have colons itself.
 * *path is to be freed with free(), also after a failure. */
int ae_dump_target(const char *text, char **path, uint64_t *size,
                   struct ae_err *e);
/* Packs the photographs that a run would learn from into the file that
 * o->dump_data names. */
int ae_dump_data(struct ae_ctx *ctx, const struct ae_train_options *o,
                 struct ae_err *e);

#endif
