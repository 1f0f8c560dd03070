/* xmp.c - see xmp.h.  XMP Specification, parts 1 (serialisation) and 3
 * (storage in files); ISO 16684-1. */
#include "image/meta/xmp.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/md5.h"
#include "base/mem.h"
#include "base/str.h"

/* The first offset of `what` in from..n; n: it isn't there. */
static size_t find_text(const char *p, size_t n, size_t from, const char *what,
                        size_t len)
{
    for (size_t i = from; len <= n && i <= n - len; i++) {
        const char *c = memchr(p + i, what[0], n - len - i + 1);
        if (!c)
            return n;
        i = (size_t)(c - p);
        if (memcmp(c, what, len) == 0)
            return i;
    }
    return n;
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_space(const char *p, size_t n, size_t at)
{
    while (at < n && is_space(p[at]))
        at++;
    return at;
}

/* The prefix that the packet declares for a namespace, or the usual one;
 * returns its length. */
static size_t prefix_of(const char *p, size_t n, const char *uri,
                        const char *usual, const char **out)
{
    size_t end = find_text(p, n, 0, uri, strlen(uri)), from;

    *out = usual;
    if (end == n || end < 2 || p[end - 2] != '=')
        return strlen(usual);
    end -= 2;
    for (from = end; from && p[from - 1] != ':' && !is_space(p[from - 1]);)
        from--;
    if (from == 0 || from == end || p[from - 1] != ':')
        return strlen(usual);
    *out = p + from;
    return end - from;
}

/* The offset of the value of a name that ends at `at`, which may be an
 * attribute or an element; n: it is neither. */
static size_t value_at(const char *p, size_t n, size_t at)
{
    at = skip_space(p, n, at);
    if (at < n && p[at] == '>')
        return skip_space(p, n, at + 1);
    if (at >= n || p[at] != '=')
        return n;
    at = skip_space(p, n, at + 1);
    return at < n && (p[at] == '"' || p[at] == '\'') ? at + 1 : n;
}

void ae_xmp_set_orientation(void *xmp, size_t n, int orientation)
{
    static const char name[] = ":Orientation";
    enum { LEN = sizeof(name) - 1 };
    const char *prefix;
    char *p = xmp;
    const size_t m = prefix_of(p, n, "http://ns.adobe.com/tiff/1.0/", "tiff",
                               &prefix);

    for (size_t at = 0; (at = find_text(p, n, at, name, LEN)) < n; at += LEN) {
        const size_t v = value_at(p, n, at + LEN);
        if (at < m || memcmp(p + at - m, prefix, m) != 0)
            continue;
        if (v < n && p[v] >= '1' && p[v] <= '8' &&
            (v + 1 == n || p[v + 1] < '0' || p[v + 1] > '9'))
            p[v] = (char)('0' + orientation);
    }
}

/* The offset and the number of digits of the value of PREFIX:name; 0 digits:
 * there is none. */
static size_t find_digits(const char *p, size_t n, const char *name,
                          size_t *from)
{
    const size_t at = find_text(p, n, 0, name, strlen(name));
    size_t k = 0;

    *from = at < n ? value_at(p, n, at + strlen(name)) : n;
    while (*from + k < n && p[*from + k] >= '0' && p[*from + k] <= '9')
        k++;
    return k;
}

static int swap_values(void **xmp, size_t n, const char *x, const char *y,
                       struct ae_err *e)
{
    char *p = *xmp;
    size_t a, b;
    size_t ka = find_digits(p, n, x, &a), kb = find_digits(p, n, y, &b);

    if (!ka || !kb)
        return 0;
    if (a > b) {
        const size_t at = a, k = ka;
        a = b;
        b = at;
        ka = kb;
        kb = k;
    }
    char *new = ae_alloc(n, 1, e);
    if (!new)
        return AE_EMEM;
    const size_t between = b - a - ka;
    memcpy(new, p, a);
    memcpy(new + a, p + b, kb);
    memcpy(new + a + kb, p + a + ka, between);
    memcpy(new + a + kb + between, p + a, ka);
    memcpy(new + b + kb, p + b + kb, n - b - kb);
    free(p);
    *xmp = new;
    return 0;
}

int ae_xmp_swap_sides(void **xmp, size_t n, struct ae_err *e)
{

    AE_TRY(swap_values(xmp, n, ":PixelXDimension", ":PixelYDimension", e));
    return swap_values(xmp, n, ":ImageWidth", ":ImageLength", e);
}

/* ------------------------------------------------------------- extensions */

static const char has_extended[] = ":HasExtendedXMP";

static int is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
           (c >= 'a' && c <= 'f');
}

int ae_xmp_extension_guid(const void *xmp, size_t n, char guid[AE_XMP_GUID + 1])
{
    const char *p = xmp;
    const size_t len = sizeof(has_extended) - 1;
    const size_t at = find_text(p, n, 0, has_extended, len);
    const size_t v = at < n ? value_at(p, n, at + len) : n;

    if (v >= n || n - v < AE_XMP_GUID)
        return 0;
    for (int i = 0; i < AE_XMP_GUID; i++) {
        const char c = p[v + (size_t)i];
        if (!is_hex(c))
            return 0;
        guid[i] = c >= 'a' ? (char)(c - 'a' + 'A') : c;
    }
    guid[AE_XMP_GUID] = 0;
    return 1;
}

/* Overwrites the property that names the extension with blanks, be it an
 * attribute or an element. */
static void blank_extension(char *p, size_t n)
{
    const size_t len = sizeof(has_extended) - 1;
    size_t at = find_text(p, n, 0, has_extended, len), from = at, to;

    if (at == n)
        return;
    while (from && !is_space(p[from - 1]) && p[from - 1] != '<')
        from--;
    if (from && p[from - 1] == '<') {
        from--;
        to = find_text(p, n, at + len, has_extended, len);
        to = to < n ? find_text(p, n, to, ">", 1) : n;
    } else {
        const size_t v = value_at(p, n, at + len);
        to = v < n ? find_text(p, n, v, p[v - 1] == '"' ? "\"" : "'", 1) : n;
    }
    if (to < n)
        memset(p + from, ' ', to + 1 - from);
}

/* The content between <rdf:RDF ...> and </rdf:RDF>; returns 0 where it isn't
 * found, or needs prefixes that are declared outside of it. */
static int rdf_body(const char *p, size_t n, size_t *from, size_t *to)
{
    const size_t open = find_text(p, n, 0, "<rdf:RDF", 8);
    const size_t end = open < n ? find_text(p, n, open, ">", 1) : n;
    size_t names = 0;

    if (end == n || p[end - 1] == '/')
        return 0;
    for (size_t at = 0; (at = find_text(p, end, at, "xmlns:", 6)) < end;
         at += 6)
        names += strncmp(p + at + 6, "rdf", 3) != 0 &&
                 strncmp(p + at + 6, "x=", 2) != 0;
    *from = end + 1;
    for (size_t at = *to = end; (at = find_text(p, n, at, "</rdf:RDF", 9)) < n;
         at++)
        *to = at;
    return names == 0 && *to > end;
}

int ae_xmp_join(const void *xmp, size_t n, const void *extension, size_t m,
                void **out, size_t *size, struct ae_err *e)
{
    size_t from, to, a, b;

    if (!rdf_body(extension, m, &from, &to))
        return ae_fail(e, AE_EFORMAT, "the extended XMP isn't understood");
    const size_t n_body = to - from;
    char *all = ae_alloc(n + n_body + 1, 1, e);
    if (!all)
        return AE_EMEM;
    memcpy(all, xmp, n);
    blank_extension(all, n);
    const size_t open = find_text(all, n, 0, "<rdf:RDF", 8);
    for (a = b = open; b < n && (b = find_text(all, n, b, "</rdf:RDF", 9)) < n;
         b++)
        a = b;
    if (a == open || a == n) {
        free(all);
        return ae_fail(e, AE_EFORMAT, "the XMP isn't understood");
    }
    memmove(all + a + n_body, all + a, n - a);
    memcpy(all + a, (const char *)extension + from, n_body);
    *out = all;
    *size = n + n_body;
    return 0;
}

/* The end of the content, before the padding; *close is the offset of the
 * closing <?xpacket end. */
static size_t content_end(const char *p, size_t n, size_t *close)
{
    size_t at = 0, end;

    *close = n;
    while ((at = find_text(p, n, at, "<?xpacket end", 13)) < n)
        *close = at++;
    for (end = *close; end && (is_space(p[end - 1]) || p[end - 1] == 0);)
        end--;
    return end;
}

static int make_stub(const char *p, size_t n, struct ae_str *s,
                     struct ae_err *e)
{
    char guid[AE_XMP_GUID + 1];

    ae_md5_hex(p, n, guid);
    return ae_str_printf(
        s, e,
        "<?xpacket begin='\xEF\xBB\xBF' id='W5M0MpCehiHzreSzNTczkc9d'?>\n"
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>\n<rdf:RDF xmlns:rdf="
        "'http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n"
        "<rdf:Description rdf:about=''\n"
        " xmlns:xmpNote='http://ns.adobe.com/xmp/note/'\n"
        " xmpNote:HasExtendedXMP='%s'/>\n"
        "</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end='w'?>",
        guid);
}

int ae_xmp_split(const void *xmp, size_t n, void **out, size_t *size,
                 const void **extension, size_t *m, struct ae_err *e)
{
    const char *p = xmp;
    struct ae_str s = {0};
    size_t close, from = 0;
    const size_t end = content_end(p, n, &close);
    int rc;

    *extension = NULL;
    if (end + 1 + (n - close) <= AE_XMP_MAX) {
        rc = ae_str_addn(&s, p, end, e);
        rc = rc ? rc : ae_str_add(&s, "\n", e);
        rc = rc ? rc : ae_str_addn(&s, p + close, n - close, e);
    } else {
        if (find_text(p, n, 0, "<?xpacket begin", 15) < n)
            from = find_text(p, n, 0, "?>", 2) + 2;
        from = skip_space(p, end, from < end ? from : 0);
        *extension = p + from;
        *m = end - from;
        rc = make_stub(p + from, *m, &s, e);
    }
    if (rc)
        ae_str_release(&s);
    *out = s.p;
    *size = s.len;
    return rc;
}
