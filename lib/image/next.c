/* next.c - finds the next picture of a stream within bytes that nobody can
 * read: behind the mark that ends the damaged one, or where another begins.
 *
 * Only signatures count that samples and coded data don't hold by chance: six
 * bytes or more, or the numbers of a header.  TIFF's four bytes are too few. */
#include <string.h>

#include "image/format.h"
#include "image/netpbm/tokens.h"

/* Whether bytes begin with a pattern, in which '?' is any byte: 1 or 0; -1
 * where there are too few of them to tell. */
static int begins(const unsigned char *p, size_t n, const char *pattern,
                  size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (i == n)
            return -1;
        if (pattern[i] != '?' && p[i] != (unsigned char)pattern[i])
            return 0;
    }
    return 1;
}

static int begins_any(const unsigned char *p, size_t n)
{
    static const struct {
        const char *bytes;
        size_t size;
    } known[] = {
        {"\211PNG\r\n\032\n", 8},
        {"\223NUMPY", 6},
        {"RIFF????WEBPVP8", 15},
        {"\377\330\377\340??JFIF", 10},
        {"\377\330\377\341??Exif", 10},
        {"\377\330\377\341??http", 10},
        {"\377\330\377\342??ICC_", 10},
        {"\377\330\377\342??MPF", 9},
        {"\377\330\377\355??Photoshop", 15},
        {"\377\330\377\356\0\16Adobe", 11},
        {"\377\330\377\333\0\103\0", 7},
        {"\377\330\377\333\0\204\0", 7},
        {"P7\nWIDTH ", 9},
        {"P7\nHEIGHT ", 10},
        {"P7\nDEPTH ", 9},
        {"P7\nMAXVAL ", 10},
        {"P7\nTUPLTYPE ", 12},
    };
    int some = 0;

    for (size_t i = 0; i < AE_LEN(known); i++) {
        const int is = begins(p, n, known[i].bytes, known[i].size);
        if (is > 0)
            return 1;
        some |= is < 0;
    }
    return -some;
}

/* Skips blanks and comments, one at least, of a header that is at most
 * HEADER bytes long. */
enum { HEADER = 512 };

static int pass_blanks(const unsigned char *p, size_t n, size_t *at)
{
    const size_t from = *at;

    for (int comment = 0; *at < n && *at < HEADER; ++*at) {
        const int c = p[*at];
        if (c == '\n' || c == '\r')
            comment = 0;
        else if (c == '#')
            comment = 1;
        else if (!comment && !ae_is_blank(c))
            return *at > from;
        else if (comment && c < ' ' && c != '\t')
            return 0;
    }
    return *at == n && n < HEADER ? -1 : 0;
}

static int pass_number(const unsigned char *p, size_t n, size_t *at, int real)
{
    const size_t from = *at;

    if (real && *at < n && (p[*at] == '-' || p[*at] == '+'))
        ++*at;
    while (*at < n &&
           ((p[*at] >= '0' && p[*at] <= '9') || (real && p[*at] == '.')))
        ++*at;
    return *at == n ? -1 : *at > from && *at - from < 12;
}

/* PNM and PFM: two numbers, or three, and a blank. */
static int begins_header(const unsigned char *p, size_t n)
{
    const int kind = n > 1 ? p[1] : '6';
    const int real = kind == 'F' || kind == 'f';
    const int numbers = kind == '1' || kind == '4' ? 2 : 3;
    size_t at = 2;

    if (!real && (kind < '1' || kind > '6'))
        return 0;
    if (n < 2)
        return -1;
    for (int i = 0; i < numbers; i++) {
        int is = pass_blanks(p, n, &at);
        if (is > 0)
            is = pass_number(p, n, &at, real && i == 2);
        if (is <= 0)
            return is;
    }
    return ae_is_blank(p[at]) || p[at] == '#';
}

int ae_begins_picture(const unsigned char *p, size_t n)
{
    switch (p[0]) {
    case 0x89:
    case 0x93:
    case 0xFF:
    case 'R':
        return begins_any(p, n);
    case 'P':
        return n > 1 && p[1] == '7' ? begins_any(p, n) : begins_header(p, n);
    default:
        return 0;
    }
}

int ae_skip_to(struct ae_io *io, uint64_t to, struct ae_err *e)
{
    while (ae_io_offset(io) < to) {
        const void *p;
        size_t n;
        const uint64_t left = to - ae_io_offset(io);

        AE_TRY(ae_io_peek(io, &p, left < 16384 ? (size_t)left : 16384, &n, e));
        if (n == 0)
            break;
        AE_TRY(ae_io_skip(io, n, e));
    }
    return 0;
}

/* Goes through what is there; *at bytes of it are done with. */
static int search(const unsigned char *p, size_t n, int all, ae_step_fn *step,
                  const void *arg, size_t *at)
{
    int end = 0;

    while (*at < n && !end) {
        const int is = ae_begins_picture(p + *at, n - *at);
        if (is > 0)
            return 1;
        if (is < 0 && !all)
            return 0;
        const size_t k = step ? step(arg, p + *at, n - *at, &end) : 1;
        if (k == 0 && !end && !all)
            return 0;
        *at += k || end ? k : 1;
    }
    return end;
}

int ae_skip_to_picture(struct ae_io *io, ae_step_fn *step, const void *arg,
                       struct ae_err *e)
{
    size_t least = 1;

    for (;;) {
        const void *p;
        size_t n, at = 0;

        AE_TRY(ae_io_peek_some(io, least, &p, &n, e));
        if (n == 0)
            return AE_END;
        const int found = search(p, n, n < least, step, arg, &at);
        AE_TRY(ae_skip_to(io, ae_io_offset(io) + at, e));
        if (found)
            return 0;
        least = at < n ? n - at + 1 : 1;
    }
}
