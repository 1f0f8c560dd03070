/* text.c - see text.h.
 *
 * The library never calls setlocale(); a program that did (to de_DE, say)
 * still gets points in numbers, since printing and parsing go through the C
 * locale of the calling thread only. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The C locale is a constant of the C library: making it allocates nothing
 * and needs no release. */
locale_t ae_enter_c_locale(void)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    return c == (locale_t)0 ? c : uselocale(c);
}

void ae_leave_c_locale(locale_t before)
{
    if (before != (locale_t)0)
        uselocale(before);
}

int ae_vformat(char *buf, size_t size, const char *fmt, va_list ap)
{
    locale_t before = ae_enter_c_locale();
    int n = vsnprintf(buf, size, fmt, ap);

    ae_leave_c_locale(before);
    return n;
}

int ae_format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = ae_vformat(buf, size, fmt, ap);
    va_end(ap);
    return n;
}

double ae_strtod(const char *text, char **end)
{
    locale_t before = ae_enter_c_locale();
    double v = strtod(text, end);

    ae_leave_c_locale(before);
    return v;
}

size_t ae_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    const size_t n = *s < 0x80   ? 1
                     : *s < 0xc2 ? 0
                     : *s < 0xe0 ? 2
                     : *s < 0xf0 ? 3
                     : *s < 0xf5 ? 4
                                 : 0;

    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] >= 0xa0) ||
        (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] >= 0x90))
        return 0;
    return n;
}

const char *ae_text_end(const char *text, size_t n)
{
    const size_t size = strlen(text);
    const char *at = size > n ? text + size - n : text;

    while (at > text && ((unsigned char)*at & 0xc0) == 0x80)
        at++;
    return at;
}
