/* err.c - errors as a code and one line of text.
 *
 * Messages quote names and words from files and arguments, so whatever could
 * steer a terminal is escaped here, once: control bytes, the C1 controls and
 * bytes that aren't UTF-8. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Length of the harmless UTF-8 sequence at s, 0 when there is none. */
static size_t plain_bytes(const unsigned char *s)
{
    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    size_t n = s[0] >= 0xf0 && s[0] <= 0xf4  ? 4
               : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
               : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0)
        return 0; /* C1 controls */
    if (n == 3 &&
        ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
        return 0; /* overlong, surrogates */
    return n;
}

void ae_escape(char *out, size_t size, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t at = 0;

    while (*s) {
        size_t n = plain_bytes(s);
        if (at + (n ? n : 4) >= size)
            break;
        if (n) {
            memcpy(out + at, s, n);
        } else {
            static const char hex[] = "0123456789abcdef";
            memcpy(out + at, "\\x", 2);
            out[at + 2] = hex[*s >> 4];
            out[at + 3] = hex[*s & 15];
        }
        at += n ? n : 4;
        s += n ? n : 1;
    }
    out[at] = '\0';
}

int ae_fail(struct ae_err *e, int code, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (e == NULL)
        return code;
    va_start(ap, fmt);
    ae_vformat(text, sizeof(text), fmt, ap);
    va_end(ap);
    e->code = code;
    ae_escape(e->msg, sizeof(e->msg), text);
    return code;
}

int ae_fail_errno(struct ae_err *e, const char *fmt, ...)
{
    int number = errno;
    int code = number == ENOMEM ? AE_EMEM : AE_EIO;
    char text[1024], why[128];
    va_list ap;

    if (e == NULL)
        return code;
    va_start(ap, fmt);
    ae_vformat(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (strerror_r(number, why, sizeof(why)) != 0)
        snprintf(why, sizeof(why), "error %d", number);
    return ae_fail(e, code, "%s: %s", text, why);
}

int ae_err_at(struct ae_err *e, int code, const char *fmt, ...)
{
    char where[1024], what[sizeof(e->msg)];
    va_list ap;

    if (e == NULL)
        return code;
    va_start(ap, fmt);
    ae_vformat(where, sizeof(where), fmt, ap);
    va_end(ap);
    memcpy(what, e->msg, sizeof(what));
    return ae_fail(e, e->code ? e->code : code, "%s: %s", where, what);
}
