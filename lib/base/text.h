/* text.h - numbers printed and read as in the C locale, whatever the
 * program's locale is; text.c has ae_utf8_length(), too.
 *
 * It lies below errors and memory, which print by it. */
#ifndef AE_BASE_TEXT_H
#define AE_BASE_TEXT_H

#include <locale.h>
#include <stdarg.h>

#include "base/base.h"

/* vsnprintf(), snprintf() and strtod() of the C locale. */
int ae_vformat(char *buf, size_t size, const char *fmt, va_list ap);
int ae_format(char *buf, size_t size, const char *fmt, ...) AE_PRINTF(3, 4);
double ae_strtod(const char *text, char **end);

/* The end of a text: its last n bytes at most, from the beginning of a
 * character of UTF-8 on. */
const char *ae_text_end(const char *text, size_t n);

/* The calling thread's locale becomes C until it is left, for libraries that
 * read and print numbers. */
locale_t ae_enter_c_locale(void);
void ae_leave_c_locale(locale_t before);

#endif
