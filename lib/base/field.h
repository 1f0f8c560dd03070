/* field.h - "name:key=value,key=value" against a table of fields. */
#ifndef AE_BASE_FIELD_H
#define AE_BASE_FIELD_H

#include "base/base.h"

/* Fills obj with the defaults, then with each key=value of `list`, separated by
 * `sep` (',' or ' '); list may be NULL.  An unknown, repeated or out-of-range
 * key is AE_EARG with the key's name and the known ones.  A table for this
 * call may have no AE_F_STR: the list is copied, so nothing of it can be
 * borrowed. */
int ae_fields_parse(const struct ae_field *table, void *obj, const char *list,
                    char sep, struct ae_err *e);
/* The same, but `list` is cut up in place, so that AE_F_STR may borrow from it;
 * the list must live as long as obj. */
int ae_fields_cut(const struct ae_field *table, void *obj, char *list, char sep,
                  struct ae_err *e);
/* Copies a caller's options, obj of `size` bytes, and checks them; from NULL:
 * fills in the defaults. */
int ae_fields_copy(const struct ae_field *table, void *obj, size_t size,
                   const void *from, struct ae_err *e);
/* Appends key=value for every field that differs from its default. */
struct ae_str;
int ae_fields_print(const struct ae_field *table, const void *obj, char sep,
                    struct ae_str *out, struct ae_err *e);
const struct ae_field *ae_field_find(const struct ae_field *table,
                                     const char *name);

#endif
