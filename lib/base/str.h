/* str.h - a growing string, and numbers from text whatever the locale. */
#ifndef AE_BASE_STR_H
#define AE_BASE_STR_H

#include <locale.h>
#include <stdarg.h>

#include "base/base.h"

struct ae_str {
    char *p;
    size_t len, cap;
}; /* p is NUL-terminated */

int ae_str_add(struct ae_str *s, const char *text, struct ae_err *e);
int ae_str_addn(struct ae_str *s, const void *bytes, size_t n,
                struct ae_err *e);
int ae_str_printf(struct ae_str *s, struct ae_err *e, const char *fmt, ...)
    AE_PRINTF(3, 4);
int ae_str_vprintf(struct ae_str *s, struct ae_err *e, const char *fmt,
                   va_list ap);
void ae_str_release(struct ae_str *s);

/* vsnprintf() and strtod() as in the C locale, whatever the program's is. */
int ae_vformat(char *buf, size_t size, const char *fmt, va_list ap);
int ae_format(char *buf, size_t size, const char *fmt, ...) AE_PRINTF(3, 4);
double ae_strtod(const char *text, char **end);

/* The calling thread's locale becomes C until it's left, for libraries that
 * read and print numbers. */
locale_t ae_enter_c_locale(void);
void ae_leave_c_locale(locale_t before);

/* Whole text must be the number; range inclusive.  Always with a point. */
int ae_parse_real(const char *text, double lo, double hi, double *out,
                  struct ae_err *e);
int ae_parse_int(const char *text, int64_t lo, int64_t hi, int64_t *out,
                 struct ae_err *e);
/* Shortest decimal that reads back as the same double, with a point. */
int ae_print_real(char *buf, size_t size, double v);

#endif
