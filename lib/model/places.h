/* places.h - where models lie: files in the known folders, then those that
 * are compiled in. */
#ifndef AE_MODEL_PLACES_H
#define AE_MODEL_PLACES_H

#include "base/base.h"
#include "base/str.h"
#include "model/embedded.h"

struct ae_place {
    char *name, *path; /* path NULL: compiled in, as `own` */
    const struct ae_embedded *own;
    int alias; /* a line that says what it stands for */
};

void ae_place_release(struct ae_place *p);
/* A file; an alias by its ending. */
int ae_place_file(const char *path, struct ae_place *out, struct ae_err *e);
/* A model that is compiled in, or AE_END. */
int ae_place_own(const char *name, struct ae_place *out, struct ae_err *e);
/* Where a name leads; with `aliases` also to one of those.  AE_END when there
 * is no such model: then `tried` lists the folders. */
int ae_place_find(const char *name, int aliases, struct ae_place *out,
                  struct ae_str *tried, struct ae_err *e);
/* All models, each where its name leads: by folder, by name. */
int ae_places_list(struct ae_place **out, size_t *n, struct ae_err *e);
void ae_places_free(struct ae_place *p, size_t n);
/* Names of those compiled in, " a b c". */
int ae_places_own(struct ae_str *list, struct ae_err *e);

#endif
