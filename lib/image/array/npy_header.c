/* npy_header.c - parses NumPy's header text strictly, and prints it (NumPy
 * Enhancement Proposal 1, 2007).
 *
 * The text is a Python dictionary with exactly the keys descr, fortran_order
 * and shape.  Nothing is evaluated, and nothing nests deeper than the shape's
 * tuple. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "image/array/npy.h"

enum { MAX_HEADER = 10000 }; /* bytes, as in NumPy */

struct cursor {
    const char *p, *end, *start;
    struct ae_err *e;
};

static int syntax_error(const struct cursor *c, const char *what)
{
    return ae_fail(c->e, AE_EFORMAT, "npy: header, column %zu: %s",
                   (size_t)(c->p - c->start), what);
}

static void skip_blanks(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t'))
        c->p++;
}

/* Consumes `ch` if it comes next. */
static int accept(struct cursor *c, char ch)
{
    skip_blanks(c);
    if (c->p == c->end || *c->p != ch)
        return 0;
    c->p++;
    return 1;
}

static int accept_word(struct cursor *c, const char *w)
{
    const size_t n = strlen(w);

    skip_blanks(c);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, w, n) != 0)
        return 0;
    c->p += n;
    return 1;
}

/* A quoted string without escapes, of 1..size-1 bytes. */
static int parse_string(struct cursor *c, char *buf, size_t size)
{
    skip_blanks(c);
    const char quote = c->p < c->end ? *c->p : 0;
    if (quote != '\'' && quote != '"')
        return syntax_error(c, "a quoted string is missing");
    const char *from = ++c->p;
    while (c->p < c->end && *c->p != quote && *c->p != '\\')
        c->p++;
    const size_t n = (size_t)(c->p - from);
    if (c->p == c->end || *c->p != quote || n == 0 || n >= size ||
        memchr(from, 0, n))
        return syntax_error(c, "not a string of the header");
    memcpy(buf, from, n);
    buf[n] = 0;
    c->p++;
    return 0;
}

static int parse_descr(struct cursor *c, struct ae_npy *out)
{
    static const char *const known[] = {"f2", "f4", "f8", "i1", "i2", "i4",
                                        "i8", "u1", "u2", "u4", "u8", "b1"};
    char d[16] = "";

    AE_TRY(parse_string(c, d, sizeof(d)));
    for (size_t i = 0; i < AE_LEN(known); i++) {
        if (!strchr("<>|", d[0]) || strcmp(d + 1, known[i]) != 0 ||
            (d[0] == '|' && d[2] != '1'))
            continue;
        out->kind = d[1];
        out->size = d[2] - '0';
        out->big = d[0] == '>';
        return 0;
    }
    return ae_fail(c->e, AE_EUNSUPPORTED,
                   "npy: values of type \"%s\" aren't read: f2, f4, f8, "
                   "integers (i1 to i8, u1 to u8) and b1 are",
                   d);
}

static int parse_axis(struct cursor *c, uint64_t *out)
{
    uint64_t v = 0;

    skip_blanks(c);
    const char *from = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        if (v > UINT32_MAX)
            return syntax_error(c, "an axis is too long");
        v = v * 10 + (uint64_t)(*c->p++ - '0');
    }
    if (c->p == from)
        return syntax_error(c, "a length of an axis is missing");
    *out = v;
    return 0;
}

static int parse_shape(struct cursor *c, struct ae_npy *out)
{
    if (!accept(c, '('))
        return syntax_error(c, "the shape is not a tuple");
    while (!accept(c, ')')) {
        if (out->axes == 4)
            return syntax_error(c, "more than four axes");
        AE_TRY(parse_axis(c, &out->shape[out->axes++]));
        if (accept(c, ','))
            continue;
        if (!accept(c, ')'))
            return syntax_error(c, "the shape is not closed");
        break;
    }
    if (out->axes < 1)
        return ae_fail(c->e, AE_EUNSUPPORTED,
                       "npy: a single number, without an axis");
    return 0;
}

static int parse_pair(struct cursor *c, struct ae_npy *out, int *seen)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    char key[32];
    int i = 0, rc = parse_string(c, key, sizeof(key));

    if (rc)
        return rc;
    while (i < 3 && strcmp(key, keys[i]) != 0)
        i++;
    if (i == 3 || *seen & 1 << i)
        return syntax_error(c, "a key that is unknown or comes twice");
    *seen |= 1 << i;
    if (!accept(c, ':'))
        return syntax_error(c, "a colon is missing");
    if (i == 0)
        return parse_descr(c, out);
    if (i == 2)
        return parse_shape(c, out);
    out->fortran = accept_word(c, "True");
    return out->fortran || accept_word(c, "False")
               ? 0
               : syntax_error(c, "fortran_order is neither True nor False");
}

int ae_npy_locate_header(const unsigned char *b, size_t *at, size_t *size,
                         struct ae_err *e)
{
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return ae_fail(e, AE_EFORMAT,
                       "npy: version %d.%d is not one of 1.0, 2.0 and 3.0",
                       b[6], b[7]);
    *at = b[6] > 1 ? 12 : 10;
    *size = (size_t)b[8] | (size_t)b[9] << 8;
    if (b[6] > 1)
        *size |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (*size == 0 || *size > MAX_HEADER)
        return ae_fail(e, AE_EFORMAT,
                       "npy: a header of %zu bytes: 1 to %d are allowed", *size,
                       MAX_HEADER);
    return 0;
}

int ae_npy_parse(const char *text, size_t size, struct ae_npy *out,
                 struct ae_err *e)
{
    struct cursor c = {text, text + size, text, e};
    int seen = 0;

    memset(out, 0, sizeof(*out));
    if (!accept(&c, '{'))
        return syntax_error(&c, "no dictionary");
    while (!accept(&c, '}')) {
        AE_TRY(parse_pair(&c, out, &seen));
        if (accept(&c, ','))
            continue;
        if (!accept(&c, '}'))
            return syntax_error(&c, "the dictionary is not closed");
        break;
    }
    skip_blanks(&c);
    if (c.p != c.end)
        return syntax_error(&c, "more than a dictionary");
    if (seen != 7)
        return syntax_error(&c, "descr, fortran_order or shape is missing");
    return 0;
}

size_t ae_npy_print(const struct ae_npy *h, unsigned char *out)
{
    char text[200];
    int n = snprintf(text, sizeof(text),
                     "{'descr': '%c%c%d', 'fortran_order': False, 'shape': (",
                     h->size == 1 ? '|' : '<', h->kind, h->size);

    for (int i = 0; i < h->axes; i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%llu",
                      i ? ", " : "", (unsigned long long)h->shape[i]);
    n += snprintf(text + n, sizeof(text) - (size_t)n, "), }");
    /* Data begin at a multiple of 64, after blanks and a newline. */
    const size_t all = ae_round_up(10 + (size_t)n + 1, 64);
    memcpy(out, "\223NUMPY\1\0", 8);
    out[8] = (unsigned char)((all - 10) & 255);
    out[9] = (unsigned char)((all - 10) >> 8);
    memset(out + 10, ' ', all - 10);
    memcpy(out + 10, text, (size_t)n);
    out[all - 1] = '\n';
    return all;
}

void ae_npy_widen(unsigned char *out, size_t size, size_t room)
{
    memset(out + size - 1, ' ', room - size);
    out[room - 1] = '\n';
    out[8] = (unsigned char)((room - 10) & 255);
    out[9] = (unsigned char)((room - 10) >> 8);
}
