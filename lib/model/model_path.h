/* model_path.h - where models are: files in the known folders, then those that
 * are compiled in. */
#ifndef AE_MODEL_PATH_H
#define AE_MODEL_PATH_H

#include "base/base.h"
#include "base/str.h"
#include "model/embedded.h"

struct ae_location {
    char *name, *path; /* path NULL: compiled in, as `own` */
    const struct ae_embedded *embedded;
    int alias; /* 1: an alias of another model, see model_load.c */
};

void ae_location_release(struct ae_location *p);
/* A file, which is an alias by its ending. */
int ae_location_file(const char *path, struct ae_location *out,
                     struct ae_err *e);
/* A model that is compiled in; AE_END where there is none of that name. */
int ae_location_embedded(const char *name, struct ae_location *out,
                         struct ae_err *e);
/* The model of a name or, with `aliases`, an alias.  AE_END when there is
 * neither: then `tried` lists the folders. */
int ae_location_find(const char *name, int aliases, struct ae_location *out,
                     struct ae_str *tried, struct ae_err *e);
/* All models that names lead to, sorted by folder and by name. */
int ae_locations_list(struct ae_location **out, size_t *n, struct ae_err *e);
void ae_locations_free(struct ae_location *p, size_t n);
/* Names of models that are compiled in, " a b c". */
int ae_locations_embedded(struct ae_str *list, struct ae_err *e);

#endif
