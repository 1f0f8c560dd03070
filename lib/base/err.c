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

#include "base/text.h"

/* Length of the UTF-8 character at s, 0 where it could steer a terminal. */
static size_t harmless_bytes(const char *s)
{
    const unsigned char a = (unsigned char)s[0], b = (unsigned char)s[1];

    if (a < 0x20 || a == 0x7f || (a == 0xc2 && b < 0xa0)) /* C0, C1, DEL */
        return 0;
    return ae_utf8_length(s);
}

void ae_escape(char *out, size_t size, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    size_t at = 0, n;

    for (const char *s = text; *s; s += n ? n : 1) {
        n = harmless_bytes(s);
        if (at + (n ? n : 4) >= size)
            break;
        if (n) {
            memcpy(out + at, s, n);
        } else {
            memcpy(out + at, "\\x", 2);
            out[at + 2] = hex[(unsigned char)*s >> 4];
            out[at + 3] = hex[(unsigned char)*s & 15];
        }
        at += n ? n : 4;
    }
    out[at] = '\0';
}

/* Shortens a place, such as a long path, so that the reason after it is
 * whole. */
static void make_room(char *text, size_t size, const char *after)
{
    const size_t n = strlen(after) + 3, least = 64;
    const size_t most = size > n + least ? size - n : least;

    if (strlen(text) > most)
        memcpy(text + most - 3, "...", 4);
}

/* The message becomes the text, or "TEXT: after". */
static void set_message(struct ae_err *e, int code, const char *after,
                        const char *fmt, va_list ap)
{
    char text[1024 + sizeof(e->msg)];

    ae_vformat(text, 1024, fmt, ap);
    if (after) {
        make_room(text, sizeof(e->msg), after);
        const size_t n = strlen(text);
        snprintf(text + n, sizeof(text) - n, ": %s", after);
    }
    e->code = code;
    ae_escape(e->msg, sizeof(e->msg), text);
}

static int put_message(struct ae_err *e, int code, const char *after,
                       const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_message(e, code, after, fmt, ap);
    va_end(ap);
    return code;
}

#undef ae_fail
#undef ae_fail_errno
int ae_fail(struct ae_err *e, int code, const char *fmt, ...)
{
    va_list ap;

    if (!e)
        return code;
    va_start(ap, fmt);
    set_message(e, code, NULL, fmt, ap);
    va_end(ap);
    return code;
}

int ae_fail_errno(struct ae_err *e, const char *fmt, ...)
{
    const int number = errno, code = number == ENOMEM ? AE_EMEM : AE_EIO;
    char why[128];
    va_list ap;

    if (!e)
        return code;
    if (strerror_r(number, why, sizeof(why)) != 0)
        ae_format(why, sizeof(why), "error %d", number);
    va_start(ap, fmt);
    set_message(e, code, why, fmt, ap);
    va_end(ap);
    return code;
}

/* The message behind a name that it begins with, where that is the one in
 * "NAME" or "NAME: ...", or the last parts of its path: of "g.png: is damaged"
 * and "fd/g.png" the two last words, of "g.png#2: ..." what begins with #. */
static const char *skip_name(const char *msg, const char *where)
{
    const char *end = strstr(where, ": "), *slash;

    end = end ? end : where + strlen(where);
    for (const char *name = where; name && name < end; name = slash) {
        const size_t n = (size_t)(end - name);
        if (strncmp(msg, name, n) == 0 && msg[n] == '#')
            return msg + n;
        if (strncmp(msg, name, n) == 0 && strncmp(msg + n, ": ", 2) == 0)
            return msg + n + 2;
        slash = memchr(name, '/', n);
        slash = slash ? slash + 1 : NULL;
    }
    return msg;
}

int ae_err_at(struct ae_err *e, int code, const char *fmt, ...)
{
    char what[sizeof(e->msg)], where[1024];
    va_list ap;

    if (!e)
        return code;
    memcpy(what, e->msg, sizeof(what));
    va_start(ap, fmt);
    ae_vformat(where, sizeof(where), fmt, ap);
    va_end(ap);
    return put_message(e, e->code ? e->code : code, skip_name(what, where),
                       "%s", where);
}
