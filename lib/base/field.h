/* field.h - "name:key=value,key=value" against a table of fields. */
#ifndef AE_BASE_FIELD_H
#define AE_BASE_FIELD_H

#include "base/base.h"

/* Defaults, then each key=value of `list`, separated by `sep` (',' or ' ');
 * list may be NULL.  Unknown, repeated and out-of-range keys are errors that
 * name the key and list the known ones.  A field of text (AE_F_STR) has no
 * place in such a list, since the list isn't cut up. */
int ae_fields_parse(const struct ae_field *table, void *obj, const char *list,
                    char sep, struct ae_err *e);
/* The same over a list that is cut up in place and that AE_F_STR borrows. */
int ae_fields_cut(const struct ae_field *table, void *obj, char *list, char sep,
                  struct ae_err *e);
/* key=value for every field that differs from its default. */
struct ae_str;
int ae_fields_print(const struct ae_field *table, const void *obj, char sep,
                    struct ae_str *out, struct ae_err *e);
const struct ae_field *ae_field_find(const struct ae_field *table,
                                     const char *name);

#endif
