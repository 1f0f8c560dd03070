/* png_text.c - see png_text.h.  PNG (Third Edition), 11.3.3; the raw profiles
 * are as ImageMagick writes them. */
#include "image/png/png_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/gzip.h"
#include "base/mem.h"
#include "base/str.h"

int ae_png_is_text(const char type[4])
{
    return memcmp(type, "tEXt", 4) == 0 || memcmp(type, "zTXt", 4) == 0 ||
           memcmp(type, "iTXt", 4) == 0;
}

/* The offset after the next zero from `at` on; 0: there is none. */
static size_t after_zero(const char *p, size_t n, size_t at)
{
    const char *end = at < n ? memchr(p + at, 0, n - at) : NULL;

    return end ? (size_t)(end - p) + 1 : 0;
}

static int inflate_text(struct ae_png_text *t, uint64_t most, struct ae_err *e)
{
    struct ae_io *io;
    void *out;

    AE_TRY(ae_io_open_memory(t->text, t->size, "text", &io, e));
    int rc = ae_gunzip(io, most, &out, &t->size, e);
    ae_io_close(io);
    t->text = t->buffer = out;
    return rc;
}

int ae_png_text_read(const char type[4], const void *data, size_t n,
                     uint64_t most, struct ae_png_text *out, struct ae_err *e)
{
    const char *p = data;
    size_t at = after_zero(p, n, 0);
    int packed = memcmp(type, "zTXt", 4) == 0, rc = 0;

    memset(out, 0, sizeof(*out));
    out->utf8 = memcmp(type, "iTXt", 4) == 0;
    if (at < 2 || at > 80 || (packed && at >= n))
        return ae_fail(e, AE_EFORMAT, "no keyword");
    if (packed && p[at++] != 0)
        return ae_fail(e, AE_EFORMAT, "an unknown method of compression");
    if (out->utf8 && n - at >= 2) {
        packed = p[at] != 0;
        at = after_zero(p, n, at + 2);      /* skips the language, ... */
        at = at ? after_zero(p, n, at) : 0; /* ... the keyword in it */
    } else if (out->utf8) {
        at = 0;
    }
    if (at == 0)
        return ae_fail(e, AE_EFORMAT, "cut short");
    out->keyword = p;
    out->text = p + at;
    out->size = n - at;
    if (packed)
        rc = inflate_text(out, most, e);
    return rc;
}

/* ----------------------------------------------------------- raw profiles */

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Decodes the hexadecimal digits after "\nNAME\n  LENGTH\n". */
static int decode_hex(const struct ae_png_text *t, unsigned char **out,
                      size_t *size, struct ae_err *e)
{
    const char *p = t->text, *end = p + t->size;
    size_t promised = 0, n = 0;
    int half = -1, lines = 0;

    while (p < end && lines < 2) /* up to the length */
        lines += *p++ == '\n';
    while (p < end && *p == ' ')
        p++;
    for (; p < end && *p >= '0' && *p <= '9' && promised <= t->size; p++)
        promised = promised * 10 + (size_t)(*p - '0');
    if (promised == 0 || promised > t->size / 2)
        return ae_fail(e, AE_EFORMAT, "says a wrong length");
    *out = ae_alloc(promised, 1, e);
    if (!*out)
        return AE_EMEM;
    for (; p < end && n < promised; p++) {
        const int v = nibble(*p);
        if (v < 0)
            continue;
        if (half >= 0)
            (*out)[n++] = (unsigned char)(half << 4 | v);
        half = half >= 0 ? -1 : v;
    }
    *size = n;
    return n == promised ? 0 : ae_fail(e, AE_EFORMAT, "is cut short");
}

/* The blob kind of a profile, by its first bytes and its name; *skip bytes at
 * its start are the name of a JPEG segment.  Returns 0 for unknown names. */
static int profile_kind(const char *name, const unsigned char *p, size_t n,
                        enum ae_blob_kind *kind, size_t *skip)
{
    static const char xap[] = "http://ns.adobe.com/xap/1.0/";
    static const char shop[] = "Photoshop 3.0";

    *skip = 0;
    if (n > sizeof(xap) && memcmp(p, xap, sizeof(xap)) == 0) {
        *skip = sizeof(xap);
        *kind = AE_BLOB_XMP;
    } else if (strcmp(name, "exif") == 0 || strcmp(name, "APP1") == 0) {
        *kind = AE_BLOB_EXIF;
    } else if (strcmp(name, "xmp") == 0) {
        *kind = AE_BLOB_XMP;
    } else if (strcmp(name, "icc") == 0 || strcmp(name, "icm") == 0) {
        *kind = AE_BLOB_ICC;
    } else if (strcmp(name, "iptc") == 0 || strcmp(name, "8bim") == 0) {
        *kind = AE_BLOB_PHOTOSHOP;
        if (n > sizeof(shop) && memcmp(p, shop, sizeof(shop)) == 0)
            *skip = sizeof(shop);
    } else {
        return 0;
    }
    return 1;
}

int ae_png_raw_profile(const struct ae_png_text *t, enum ae_blob_kind *kind,
                       void **data, size_t *size, struct ae_err *e)
{
    static const char raw[] = "Raw profile type ";
    unsigned char *p = NULL;
    size_t skip;
    int rc;

    *data = NULL;
    if (strncmp(t->keyword, raw, sizeof(raw) - 1) != 0)
        return ae_fail(e, AE_EFORMAT, "is not a profile");
    rc = decode_hex(t, &p, size, e);
    if (!rc &&
        !profile_kind(t->keyword + sizeof(raw) - 1, p, *size, kind, &skip))
        rc = ae_fail(e, AE_EFORMAT, "is of no known kind");
    if (rc) {
        free(p);
        return rc;
    }
    *size -= skip;
    memmove(p, p + skip, *size);
    *data = p;
    return 0;
}

/* zTXt: keyword, zero, the method (0), a zlib stream. */
static int make_ztxt(const char *keyword, const struct ae_str *text,
                     void **data, size_t *size, struct ae_err *e)
{
    const size_t k = strlen(keyword) + 2;
    void *z;
    size_t n;

    AE_TRY(ae_deflate(text->p, text->len, &z, &n, e));
    *data = ae_alloc(k + n, 1, e);
    if (*data) {
        memcpy(*data, keyword, k - 1);
        memcpy((char *)*data + k, z, n);
        *size = k + n;
    }
    free(z);
    return *data ? 0 : AE_EMEM;
}

int ae_png_make_raw(const char *name, const void *bytes, size_t n, void **data,
                    size_t *size, struct ae_err *e)
{
    enum { IN_LINE = 36 };
    const unsigned char *p = bytes;
    char line[2 * IN_LINE + 2], keyword[40];
    struct ae_str s = {0};
    int rc = ae_str_printf(&s, e, "\n%s\n%8zu", name, n);

    if (rc < 0)
        goto out;
    for (size_t at = 0; at < n; at += IN_LINE) {
        size_t k = 0;
        line[k++] = '\n';
        for (size_t i = at; i < n && i < at + IN_LINE; i++) {
            line[k++] = "0123456789abcdef"[p[i] >> 4];
            line[k++] = "0123456789abcdef"[p[i] & 15];
        }
        if ((rc = ae_str_addn(&s, line, k, e)) < 0)
            goto out;
    }
    if ((rc = ae_str_add(&s, "\n", e)) < 0)
        goto out;
    ae_format(keyword, sizeof(keyword), "Raw profile type %s", name);
    rc = make_ztxt(keyword, &s, data, size, e);
out:
    ae_str_release(&s);
    return rc;
}

/* ------------------------------------------------------------------ texts */

/* Bytes of the UTF-8 character at p; 0: there is none. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    const size_t k = p[0] < 0x80                   ? 1
                     : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
                     : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
                     : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                                   : 0;

    if (k > n)
        return 0;
    for (size_t i = 1; i < k; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return k;
}

/* Whether it is UTF-8 with characters beyond ASCII. */
static int is_utf8(const unsigned char *p, size_t n)
{
    int more = 0;

    for (size_t at = 0; at < n;) {
        const size_t k = utf8_length(p + at, n - at);
        if (k == 0)
            return 0;
        more |= k > 1;
        at += k;
    }
    return more;
}

int ae_png_make_text(const char *keyword, const void *bytes, size_t n,
                     const char **type, void **data, size_t *size,
                     struct ae_err *e)
{
    const int utf8 = is_utf8(bytes, n);
    const size_t k = strlen(keyword) + 1, gap = utf8 ? 4 : 0;

    if (n && memchr(bytes, 0, n))
        return ae_fail(e, AE_EFORMAT, "is not text");
    *type = utf8 ? "iTXt" : "tEXt";
    *data = ae_alloc(k + gap + n, 1, e);
    if (!*data)
        return AE_EMEM;
    memcpy(*data, keyword, k);
    if (n)
        memcpy((char *)*data + k + gap, bytes, n);
    *size = k + gap + n;
    return 0;
}
