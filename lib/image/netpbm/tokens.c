/* tokens.c - words and numbers from a stream by netpbm's rules: blanks
 * separate them, and # begins a comment up to the end of its line.  A number
 * that isn't plain decimal digits is refused. */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "image/netpbm/tokens.h"

int ae_is_blank(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int ae_tokens_finish(struct ae_tokens *t, struct ae_err *e)
{
    const int rc = t->error ? t->error : ae_io_skip(t->io, t->at, e);

    t->p = NULL;
    t->at = t->n = 0;
    return rc;
}

int ae_tokens_peek(struct ae_tokens *t, struct ae_err *e)
{
    const void *p;

    if (t->error)
        return -1;
    if (t->at == t->n) {
        t->error = ae_tokens_finish(t, e);
        if (!t->error)
            t->error = ae_io_peek_some(t->io, 1, &p, &t->n, e);
        if (t->error || t->n == 0)
            return -1;
        t->p = p;
    }
    return t->p[t->at];
}

int ae_tokens_next(struct ae_tokens *t, struct ae_err *e)
{
    const int c = ae_tokens_peek(t, e);

    if (c < 0)
        return c;
    t->at++;
    t->crlf |= c == '\n' && t->last == '\r';
    t->last = c;
    return c;
}

int ae_tokens_end_header(struct ae_tokens *t, uint64_t raster, int *unsure,
                         struct ae_err *e)
{
    const void *p;
    size_t n;

    *unsure = 0;
    AE_TRY(ae_tokens_finish(t, e));
    if (t->last != '\r')
        return 0;
    AE_TRY(ae_io_peek(t->io, &p, 1, &n, e));
    if (n == 0 || *(const char *)p != '\n')
        return 0;
    const int64_t left = ae_io_left(t->io);
    if (left >= 0 && (uint64_t)left == raster)
        return 0;
    const int one_more = left >= 0 && (uint64_t)left == raster + 1;
    if (!one_more && !t->crlf)
        return 0;
    *unsure = !one_more;
    return ae_io_skip(t->io, 1, e);
}

int ae_tokens_check_end(struct ae_io *io, struct ae_err *e)
{
    const void *p;
    size_t n;

    AE_TRY(ae_io_peek(io, &p, AE_FORMAT_PEEK, &n, e));
    if (n == 0 || ae_is_blank(*(const char *)p) || ae_format_by_content(p, n))
        return 0;
    return ae_fail(e, AE_EFORMAT,
                   "lines end by CR LF, and so do bytes within the samples, "
                   "it seems: the file isn't as it was written");
}

/* The next byte; a comment counts as the end of its line. */
static int get_past_comment(struct ae_tokens *t, struct ae_err *e)
{
    int c = ae_tokens_next(t, e);

    if (c == '#')
        while (c >= 0 && c != '\n' && c != '\r')
            c = ae_tokens_next(t, e);
    return c;
}

int ae_tokens_word(struct ae_tokens *t, char *buf, size_t size,
                   const char *what, struct ae_err *e)
{
    size_t n = 0;
    int c;

    do
        c = get_past_comment(t, e);
    while (ae_is_blank(c));
    while (c >= 0 && !ae_is_blank(c) && n < size - 1) {
        buf[n++] = (char)c;
        c = get_past_comment(t, e);
    }
    buf[n] = 0;
    if (t->error)
        return t->error;
    if (n == 0)
        return ae_fail(e, AE_EFORMAT, "ends before the %s", what);
    if (c >= 0 && !ae_is_blank(c))
        return ae_fail(e, AE_EFORMAT, "the %s is too long: \"%s...\"", what,
                       buf);
    return 0;
}

int ae_tokens_number(struct ae_tokens *t, const char *what, unsigned lo,
                     unsigned hi, unsigned *out, struct ae_err *e)
{
    char word[24];
    uint64_t v = 0;

    AE_TRY(ae_tokens_word(t, word, sizeof(word), what, e));
    for (const char *p = word; *p; p++) {
        if (*p < '0' || *p > '9')
            return ae_fail(e, AE_EFORMAT, "the %s is not a number: \"%s\"",
                           what, word);
        if (v <= UINT32_MAX)
            v = v * 10 + (unsigned)(*p - '0');
    }
    if (v < lo || v > hi)
        return ae_fail(e, AE_EFORMAT, "the %s is %s, which is not %u to %u",
                       what, word, lo, hi);
    *out = (unsigned)v;
    return 0;
}
