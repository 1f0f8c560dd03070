/* spec_vars.h - variables of a spec and the values that are computed from
 * them. */
#ifndef AE_MODEL_VARS_H
#define AE_MODEL_VARS_H

#include "base/mem.h"
#include "base/str.h"

enum { AE_MAX_VARS = 64 };

struct ae_var {
    const char *name, *value;
    int used; /* 1: an expression has referred to it */
};

struct ae_vars {
    struct ae_var at[AE_MAX_VARS];
    int count;
};

/* Adds the variables of "name=value,name=value"; the arena gets a copy of the
 * text. */
int ae_vars_list(struct ae_vars *v, const char *list, struct ae_arena *a,
                 struct ae_err *e);
int ae_vars_add(struct ae_vars *v, const char *name, const char *value,
                struct ae_err *e);
struct ae_var *ae_vars_find(struct ae_vars *v, const char *name);
/* The length of the name at s: letters, digits and _, but no digit first. */
size_t ae_vars_name(const char *s);
/* Appends to `out` the value of `text`, its variables and expressions being
 * computed. */
int ae_vars_eval(struct ae_vars *v, const char *text, struct ae_str *out,
                 struct ae_err *e);
/* The value of `text`, which must be an integer of lo..hi. */
int ae_vars_int(struct ae_vars *v, const char *text, int64_t lo, int64_t hi,
                int *out, struct ae_err *e);

#endif
