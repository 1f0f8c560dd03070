/* xmp.c - see xmp.h.  XMP Specification, parts 1 (serialisation) and 3
 * (storage in files); ISO 16684-1. */
#include "image/xmp.h"

#include <string.h>

/* First place of `what` in from..n, n: none. */
static size_t find(const char *p, size_t n, size_t from, const char *what,
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

/* The prefix that the packet gives to a namespace, else the usual one. */
static size_t prefix_of(const char *p, size_t n, const char *uri,
                        const char *usual, const char **out)
{
    size_t end = find(p, n, 0, uri, strlen(uri)), from;

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

/* Where the value of a name that ends at `at` begins, as attribute or as
 * element; n: neither. */
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

    for (size_t at = 0; (at = find(p, n, at, name, LEN)) < n; at += LEN) {
        const size_t v = value_at(p, n, at + LEN);
        if (at < m || memcmp(p + at - m, prefix, m) != 0)
            continue;
        if (v < n && p[v] >= '1' && p[v] <= '8' &&
            (v + 1 == n || p[v + 1] < '0' || p[v + 1] > '9'))
            p[v] = (char)('0' + orientation);
    }
}
