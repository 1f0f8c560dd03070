/* model_path.h - where models lie: files in the known folders, then those that
 * are compiled in. */
#ifndef AE_MODEL_PLACES_H
#define AE_MODEL_PLACES_H

#include "base/base.h"
#include "base/str.h"
#include "model/embedded.h"

struct ae_location {
    char *name, *path; /* path NULL: compiled in, as `own` */
    const struct ae_embedded *embedded;
    int alias; /* a line that says what it stands for */
};

void ae_location_release(struct ae_location *p);
/* A file; an alias by its ending. */
int ae_location_file(const char *path, struct ae_location *out,
                     struct ae_err *e);
/* A model that is compiled in, or AE_END. */
int ae_location_embedded(const char *name, struct ae_location *out,
                         struct ae_err *e);
/* Where a name leads; with `aliases` also to one of those.  AE_END when there
 * is no such model: then `tried` lists the folders. */
int ae_location_find(const char *name, int aliases, struct ae_location *out,
                     struct ae_str *tried, struct ae_err *e);
/* All models, each where its name leads: by folder, by name. */
int ae_locations_list(struct ae_location **out, size_t *n, struct ae_err *e);
void ae_locations_free(struct ae_location *p, size_t n);
/* Names of those compiled in, " a b c". */
int ae_locations_embedded(struct ae_str *list, struct ae_err *e);

#endif
