/* run_files.c - what a training run may write, asked before it reads its data.
 *
 * Options name their files by their fields.  Besides, OUTPUT.ckpt is written,
 * `val` may be data, `dump-data` may end in a size, and a run that is resumed
 * reads its own checkpoint, metrics and report. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "data/preprocessing.h"
#include "model/safetensors.h"
#include "train/data/train_data.h"
#include "train/loop/checkpoint.h"

struct files {
    const struct ae_train_options *o;
    struct ae_file_set *all;
    /* what is never one of a folder's items, even in a run that is resumed */
    struct ae_file_set *strict;
    int any; /* 1: a folder's files are all items */
};

/* ------------------------------------------------------------- outputs */

static int add_output(struct files *f, const char *what, const char *path,
                      int own, struct ae_err *e)
{
    if (!(own && f->o->resume))
        AE_TRY(ae_file_set_add(f->strict, AE_USE_WRITTEN, what, path, e));
    return ae_file_set_add(f->all, AE_USE_WRITTEN, what, path, e);
}

static int add_checkpoint(struct files *f, struct ae_err *e)
{
    const char *from = f->o->resume;
    struct stat a, b;
    char *path;
    int rc = ae_checkpoint_path(f->o->output, &path, e);

    if (rc >= 0)
        rc = add_output(f, "output", path, 1, e);
    if (rc >= 0 && from && *from &&
        !(stat(path, &a) == 0 && stat(from, &b) == 0 && a.st_dev == b.st_dev &&
          a.st_ino == b.st_ino))
        rc = ae_file_set_add(f->all, AE_USE_READ, "resume", from, e);
    free(path);
    return rc;
}

static int add_dump(struct files *f, struct ae_err *e)
{
    uint64_t size;
    char *path;
    int rc = ae_dump_target(f->o->dump_data, &path, &size, e);

    if (rc >= 0)
        rc = add_output(f, "dump-data", path, 0, e);
    free(path);
    return rc;
}

static int add_outputs(struct files *f, struct ae_err *e)
{
    const struct ae_train_options *o = f->o;

    if (o->dump_data)
        return add_dump(f, e);
    AE_TRY(add_output(f, "output", o->output, 0, e));
    AE_TRY(add_checkpoint(f, e));
    if (o->metrics)
        AE_TRY(add_output(f, "metrics", o->metrics, 1, e));
    return o->report ? add_output(f, "report", o->report, 1, e) : 0;
}

/* -------------------------------------------------------------- inputs */

static int add_items(struct files *f, const char *what, const char *path,
                     struct ae_err *e)
{
    struct stat st;
    const int folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

    return ae_file_set_add_items(folder ? f->strict : f->all, what, path,
                                 f->any, f->o->filter, e);
}

static int add_inputs(struct files *f, struct ae_err *e)
{
    const struct ae_train_options *o = f->o;

    for (size_t i = 0; o->data && o->data[i]; i++)
        AE_TRY(add_items(f, NULL, o->data[i], e));
    if (o->clean)
        AE_TRY(add_items(f, "clean", o->clean, e));
    if (o->noisy)
        AE_TRY(add_items(f, "noisy", o->noisy, e));
    if (ae_train_data_is_path(o->val))
        AE_TRY(add_items(f, "val", o->val, e));
    if (o->select.labels)
        AE_TRY(ae_file_set_add(f->all, AE_USE_READ, "labels", o->select.labels,
                               e));
    return o->model ? ae_file_set_add_model(f->all, "model", o->model, e) : 0;
}

/* Whether the items are rows or lines. */
static int takes_any(const struct ae_train_options *o,
                     const struct ae_model *from)
{
    struct ae_preprocessing prep = {.kind = o->input};

    if (from && ae_preprocessing_get(from->meta, &prep, NULL) < 0)
        return 0;
    const int any = prep.kind == AE_INPUT_CSV || prep.kind == AE_INPUT_TEXT;
    ae_preprocessing_release(&prep);
    return any;
}

/* ----------------------------------------------------- what is replaced */

static int is_model(const char *path)
{
    struct ae_io *io = NULL;
    struct ae_st *st = NULL;

    if (ae_io_open_path(path, &io, NULL) < 0)
        return 0;
    const int yes = ae_st_open(io, &st, NULL) >= 0 && st->meta &&
                    json_object_get(st->meta, "spec");
    ae_st_free(st);
    ae_io_close(io);
    return yes;
}

/* A model, an empty file or nothing is replaced. */
static int check_replaced(const char *path, struct ae_err *e)
{
    struct stat st;

    if (stat(path, &st) || !S_ISREG(st.st_mode) || !st.st_size ||
        is_model(path))
        return 0;
    return ae_fail(e, AE_EARG,
                   "%s: isn't a model, so it isn't replaced: give another "
                   "`output`, or remove it",
                   path);
}

static int check_all_replaced(const char *output, struct ae_err *e)
{
    char *path;

    AE_TRY(check_replaced(output, e));
    int rc = ae_checkpoint_path(output, &path, e);
    if (rc >= 0)
        rc = check_replaced(path, e);
    free(path);
    return rc;
}

/* ------------------------------------------------------------ the whole */

int ae_train_check_files(const struct ae_train_options *o,
                         const struct ae_model *from, struct ae_err *e)
{
    struct files f = {.o = o, .any = takes_any(o, from)};
    int rc;

    if ((rc = ae_file_set_new(&f.all, e)) < 0 ||
        (rc = ae_file_set_new(&f.strict, e)) < 0 ||
        (rc = add_outputs(&f, e)) < 0 || (rc = add_inputs(&f, e)) < 0)
        goto out;
    rc = o->output ? check_all_replaced(o->output, e) : 0;
out:
    ae_file_set_free(f.all);
    ae_file_set_free(f.strict);
    return rc;
}
