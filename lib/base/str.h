/* str.h - a growing string, and numbers from text. */
#ifndef AE_BASE_STR_H
#define AE_BASE_STR_H

#include "base/text.h"

struct ae_str {
    char *p; /* ends with a NUL; NULL while nothing was added */
    size_t len, cap;
};

int ae_str_add(struct ae_str *s, const char *text, struct ae_err *e);
int ae_str_addn(struct ae_str *s, const void *bytes, size_t n,
                struct ae_err *e);
int ae_str_printf(struct ae_str *s, struct ae_err *e, const char *fmt, ...)
    AE_PRINTF(3, 4);
int ae_str_vprintf(struct ae_str *s, struct ae_err *e, const char *fmt,
                   va_list ap);
void ae_str_release(struct ae_str *s);

/* The number that the whole text is, lo and hi among those allowed; AE_EARG
 * otherwise.  A real has a point in any locale, and is finite. */
int ae_parse_real(const char *text, double lo, double hi, double *out,
                  struct ae_err *e);
int ae_parse_int(const char *text, int64_t lo, int64_t hi, int64_t *out,
                 struct ae_err *e);
/* Shortest decimal that reads back as the same double, with a point. */
int ae_print_real(char *buf, size_t size, double v);

#endif
