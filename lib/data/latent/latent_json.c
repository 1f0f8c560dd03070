/* latent_json.c - latents as JSON lines: {"name":"3.png","z":[0.5,-1.25]}.
 *
 * One object a line with a list "z", at will a string "name" and a list
 * "logvar"; other members are read over.  Strict, by RFC 8259, but for names:
 * they are bytes, and one that is no UTF-8 is written as Python writes it,
 * byte 80 as the lone surrogate DC80 (PEP 383), and read back.  Numbers have
 * nine digits, which are enough for single precision. */
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "data/latent/latent.h"

enum { DEPTH = 32 };

struct json {
    struct ae_latents *r;
    const char *p, *end, *start;
    struct ae_err *e;
};

static int wrong(const struct json *j, const char *what)
{
    return ae_fail(j->e, AE_EFORMAT, "column %zu: %s",
                   (size_t)(j->p - j->start) + 1, what);
}

static void blanks(struct json *j)
{
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\t'))
        j->p++;
}

/* Takes `c` if it comes next. */
static int next(struct json *j, char c)
{
    blanks(j);
    if (j->p == j->end || *j->p != c)
        return 0;
    j->p++;
    return 1;
}

/* -------------------------------------------------------------- strings */

/* Four hexadecimal digits, or -1. */
static int hex4(struct json *j)
{
    int v = 0;

    for (int i = 0; i < 4; i++, j->p++) {
        static const char digit[] = "0123456789abcdefABCDEF";
        const char *d = j->p < j->end && *j->p ? strchr(digit, *j->p) : NULL;
        if (!d)
            return -1;
        const int k = (int)(d - digit);
        v = v * 16 + (k < 16 ? k : k - 6);
    }
    return v;
}

static int add_code(struct ae_str *s, unsigned c, struct ae_err *e)
{
    unsigned char b[4];
    size_t n = 0;

    if (c >= 0xdc80 && c <= 0xdcff) /* a byte that is no UTF-8 */
        b[n++] = (unsigned char)(c - 0xdc00);
    else if (c < 0x80)
        b[n++] = (unsigned char)c;
    else if (c < 0x800)
        b[n++] = (unsigned char)(0xc0 | c >> 6);
    else if (c < 0x10000)
        b[n++] = (unsigned char)(0xe0 | c >> 12);
    else
        b[n++] = (unsigned char)(0xf0 | c >> 18);
    if (c >= 0x10000)
        b[n++] = (unsigned char)(0x80 | (c >> 12 & 63));
    if (c >= 0x800 && (c < 0xdc80 || c > 0xdcff))
        b[n++] = (unsigned char)(0x80 | (c >> 6 & 63));
    if (c >= 0x80 && (c < 0xdc80 || c > 0xdcff))
        b[n++] = (unsigned char)(0x80 | (c & 63));
    return ae_str_addn(s, b, n, e);
}

/* Behind "\u". */
static int unicode(struct json *j, struct ae_str *to)
{
    const char *at = j->p;
    int c = hex4(j);

    if (c >= 0xd800 && c < 0xdc00 && j->end - j->p >= 6 && j->p[0] == '\\' &&
        j->p[1] == 'u') {
        j->p += 2;
        const int low = hex4(j);
        c = low >= 0xdc00 && low < 0xe000
                ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)
                : -1;
    }
    if (c <= 0 || (c >= 0xd800 && c < 0xdc80) || (c > 0xdcff && c < 0xe000)) {
        j->p = at;
        return wrong(j, c ? "no character is escaped so"
                          : "a zero byte in a string");
    }
    return add_code(to, (unsigned)c, j->e);
}

static int escape(struct json *j, struct ae_str *to)
{
    static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";

    if (j->p < j->end && *j->p == 'u') {
        j->p++;
        return unicode(j, to);
    }
    const char *c = j->p < j->end && *j->p ? strchr(from, *j->p) : NULL;
    if (!c)
        return wrong(j, "an escape that JSON doesn't know");
    j->p++;
    return ae_str_addn(to, &is[c - from], 1, j->e);
}

static int string(struct json *j, struct ae_str *to)
{
    int rc = 0;

    to->len = 0;
    if (!next(j, '"'))
        return wrong(j, "a string is missing");
    while (!rc) {
        const char *from = j->p;
        while (j->p < j->end && *j->p != '"' && *j->p != '\\' &&
               (unsigned char)*j->p >= 32)
            j->p++;
        rc = ae_str_addn(to, from, (size_t)(j->p - from), j->e);
        if (rc || next(j, '"'))
            return rc;
        if (j->p == j->end)
            return wrong(j, "the string isn't closed");
        if (*j->p++ != '\\') {
            j->p--;
            return wrong(j, "a control byte in a string");
        }
        rc = escape(j, to);
    }
    return rc;
}

/* --------------------------------------------------------------- values */

/* Where the word or number that comes next ends. */
static const char *word_end(const struct json *j)
{
    const char *p = j->p;

    while (p < j->end && !strchr(" \t,]}", *p))
        p++;
    return p;
}

static int numbers(struct json *j, struct ae_float_list *to)
{
    if (to->n)
        return wrong(j, "a member comes twice");
    if (!next(j, '['))
        return wrong(j, "a list of numbers is missing");
    if (next(j, ']'))
        return wrong(j, "the list is empty");
    do {
        float v = 0;
        blanks(j);
        const char *end = word_end(j);
        const int rc = ae_latents_number(j->p, end, &v, j->e);
        if (rc)
            return ae_err_at(j->e, rc, "column %zu",
                             (size_t)(j->p - j->start) + 1);
        j->p = end;
        AE_TRY(ae_float_list_add(to, v, j->e));
    } while (next(j, ','));
    if (!next(j, ']'))
        return wrong(j, "the list isn't closed (one object a line: jq -c)");
    return 0;
}

static int key_of(struct json *j, struct ae_str *key)
{
    AE_TRY(string(j, key));
    return next(j, ':') ? 0 : wrong(j, "a colon is missing");
}

/* A value that nobody asked for. */
static int pass(struct json *j, struct ae_str *scratch, int depth)
{
    static const char *const word[] = {"true", "false", "null"};
    float v;

    blanks(j);
    if (depth > DEPTH)
        return wrong(j, "nested too deep");
    if (j->p < j->end && *j->p == '"')
        return string(j, scratch);
    const char open = j->p < j->end ? *j->p : 0;
    if (open == '[' || open == '{') {
        const char close = open == '[' ? ']' : '}';
        j->p++;
        if (next(j, close))
            return 0;
        do {
            if (open == '{')
                AE_TRY(key_of(j, scratch));
            AE_TRY(pass(j, scratch, depth + 1));
        } while (next(j, ','));
        return next(j, close) ? 0 : wrong(j, "isn't closed");
    }
    const char *end = word_end(j);
    const size_t n = (size_t)(end - j->p);
    for (size_t i = 0; i < AE_LEN(word); i++)
        if (n == strlen(word[i]) && memcmp(j->p, word[i], n) == 0) {
            j->p = end;
            return 0;
        }
    if (ae_latents_number(j->p, end, &v, NULL) == AE_EFORMAT)
        return wrong(j, "a value is missing");
    j->p = end;
    return 0;
}

static int member(struct json *j, struct ae_str *key, int *named)
{
    AE_TRY(key_of(j, key));
    if (strcmp(key->p, "z") == 0)
        return numbers(j, &j->r->z);
    if (strcmp(key->p, "logvar") == 0)
        return numbers(j, &j->r->logvar);
    if (strcmp(key->p, "name") != 0)
        return pass(j, key, 0);
    if ((*named)++)
        return wrong(j, "a member comes twice");
    return string(j, &j->r->name);
}

static int members(struct json *j, struct ae_str *key, int *named)
{
    if (next(j, '}'))
        return 0;
    do
        AE_TRY(member(j, key, named));
    while (next(j, ','));
    if (!next(j, '}'))
        return wrong(j, "the object isn't closed (one a line: jq -c)");
    return 0;
}

static int object(struct json *j, int *named)
{
    struct ae_str key = {0};

    if (!next(j, '{'))
        return wrong(j, "an object is missing");
    const int rc = members(j, &key, named);
    ae_str_release(&key);
    AE_TRY(rc);
    blanks(j);
    if (j->p < j->end)
        return wrong(j, "more than an object");
    if (j->r->z.n == 0)
        return ae_fail(j->e, AE_EFORMAT, "the object has no \"z\"");
    return 0;
}

/* A bare list of numbers is a code without a name. */
static int record(struct json *j, int *named)
{
    blanks(j);
    if (j->p == j->end || *j->p != '[')
        return object(j, named);
    AE_TRY(numbers(j, &j->r->z));
    blanks(j);
    return j->p < j->end ? wrong(j, "more than a list") : 0;
}

static int read_json(struct ae_latents *r, struct ae_latent *out,
                     struct ae_err *e)
{
    char *line;
    size_t n;
    int rc, named = 0;

    do
        rc = ae_latents_line(r, &line, &n, e);
    while (!rc && n == 0);
    if (rc)
        return rc;
    struct json j = {r, line, line + n, line, e};
    rc = record(&j, &named);
    out->name = named ? r->name.p : NULL;
    return rc;
}

/* -------------------------------------------------------------- writing */

static int put_json(struct ae_latent_writer *w, const struct ae_latent *z,
                    struct ae_err *e)
{
    struct ae_str *s = &w->text;

    AE_TRY(ae_str_add(s, z->name ? "{\"name\":" : "{", e));
    if (z->name)
        AE_TRY(ae_json_add_string(s, z->name, e));
    AE_TRY(ae_str_add(s, z->name ? ",\"z\":" : "\"z\":", e));
    AE_TRY(ae_json_add_floats(s, z->z, z->d, e));
    if (w->variances) {
        AE_TRY(ae_str_add(s, ",\"logvar\":", e));
        AE_TRY(ae_json_add_floats(s, z->logvar, z->d, e));
    }
    return ae_str_add(s, "}\n", e);
}

const struct ae_latent_format ae_latent_jsonl = {.name = "jsonl",
                                                 .variances = 1,
                                                 .read = read_json,
                                                 .whole = ae_latents_line_whole,
                                                 .put = put_json};
