/* png_chunks.c - see png_chunks.h.  A chunk that stays true when samples
 * change is copied, and so is an unknown one whose name calls it safe to copy
 * (PNG, third edition, 5.4); a note names the others, which are left out. */
#include "image/png/png_chunks.h"

#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "image/png/png_text.h"
#include "image/meta/xmp.h"

static const char xmp_keyword[] = "XML:com.adobe.xmp";

/* COPY_EARLY: copied only before the picture, since it means nothing later. */
enum policy { COPY, COPY_EARLY, DROP, ANIMATION, UNSAFE };

static enum policy policy_of(const char type[4])
{
    static const struct {
        const char *type;
        enum policy policy;
    } known[] = {
        {"gAMA", COPY_EARLY}, {"cHRM", COPY_EARLY}, {"sRGB", COPY_EARLY},
        {"cICP", COPY_EARLY}, {"mDCV", COPY_EARLY}, {"cLLI", COPY_EARLY},
        {"mDCv", COPY_EARLY}, {"cLLi", COPY_EARLY}, {"sBIT", COPY_EARLY},
        {"bKGD", COPY_EARLY}, {"oFFs", COPY_EARLY}, {"pCAL", COPY_EARLY},
        {"sCAL", COPY_EARLY}, {"sTER", COPY_EARLY}, {"tIME", COPY},
        {"hIST", DROP},       {"sPLT", DROP},       {"iDOT", DROP},
        {"acTL", ANIMATION},  {"fcTL", ANIMATION},  {"fdAT", ANIMATION},
    };

    for (size_t i = 0; i < AE_LEN(known); i++)
        if (memcmp(type, known[i].type, 4) == 0)
            return known[i].policy;
    return type[3] & 32 ? COPY : UNSAFE;
}

static int has_chunk(const struct ae_meta *m, const char type[4])
{
    for (int i = 0; i < m->count; i++)
        if (m->blobs[i].kind == AE_BLOB_CHUNK &&
            memcmp(m->blobs[i].data, type, 4) == 0)
            return 1;
    return 0;
}

/* Returns 0, so that it can end a function. */
static int note_left_out(const struct ae_reader *r, const char type[4],
                         const char *why)
{
    ae_log(r->ctx, AE_LOG_NOTE, "%s: png: %.4s is left out: %s",
           ae_io_name(r->io), type, why);
    return 0;
}

static int add_chunk(struct ae_reader *r, const char type[4], const void *data,
                     size_t n, struct ae_err *e)
{
    char *all = ae_alloc(n + 4, 1, e);
    char name[5] = {0};

    if (!all)
        return AE_EMEM;
    memcpy(name, type, 4);
    memcpy(all, type, 4);
    if (n)
        memcpy(all + 4, data, n);
    const int rc = ae_reader_add_blob(r, AE_BLOB_CHUNK, all, n + 4, name, e);
    free(all);
    return rc;
}

static void read_density(struct ae_meta *m, const unsigned char *p, size_t n)
{
    if (n != 9 || m->has_density)
        return;
    m->has_density = 1;
    m->density_x = ae_be32(p);
    m->density_y = ae_be32(p + 4);
    m->density_unit = p[8];
}

/* iCCP is a name, a zero, the method (0) and a zlib stream.  A damaged one is
 * left out, since the picture is whole. */
static int read_icc(struct ae_reader *r, const unsigned char *p, size_t n,
                    struct ae_err *e)
{
    const unsigned char *end = memchr(p, 0, n < 80 ? n : 80);
    const size_t name = end ? (size_t)(end - p) + 2 : n;
    struct ae_io *io = NULL;
    struct ae_err why = {0};
    void *icc = NULL;
    size_t size = 0;
    int rc;

    if (name >= n || p[name - 1] != 0) {
        ae_fail(&why, AE_EFORMAT, "no name or method");
    } else {
        AE_TRY(ae_io_open_memory(p + name, n - name, "iCCP", &io, e));
        ae_gunzip(io, AE_PNG_TEXT_MAX, &icc, &size, &why);
        ae_io_close(io);
    }
    if (why.code || size == 0)
        ae_log(r->ctx, AE_LOG_NOTE,
               "%s: png: the ICC profile is damaged and is left out: %s",
               ae_io_name(r->io), why.msg);
    rc = why.code || size == 0 ? 0
                               : ae_reader_add_blob(r, AE_BLOB_ICC, icc, size,
                                                    "the ICC profile", e);
    free(icc);
    return rc;
}

/* Adds the first blob of a kind; others are left out. */
static int add_first(struct ae_reader *r, enum ae_blob_kind kind,
                     const void *data, size_t n, struct ae_err *e)
{
    const char *const what = kind == AE_BLOB_EXIF ? "EXIF" : "XMP or IPTC";
    const unsigned char *p = data;

    if (ae_meta_get(r->meta, kind)) {
        ae_log(r->ctx, AE_LOG_INFO,
               "%s: png: a second set of %s data is left out",
               ae_io_name(r->io), what);
        return 0;
    }
    if (kind == AE_BLOB_PHOTOSHOP && n && p[0] == 0x1C &&
        n < r->meta->limit / 2)
        return ae_meta_add_iptc(r->meta, p, n, e);
    return ae_reader_add_blob(r, kind, data, n, what, e);
}

/* XMP and raw profiles are unwrapped; other texts stay chunks as they came,
 * compressed or not. */
static int read_text(struct ae_reader *r, const char type[4], const void *data,
                     size_t n, struct ae_err *e)
{
    const char *key = data;
    const int named = n > 0 && memchr(key, 0, n) != NULL;
    const int xmp = named && strcmp(key, xmp_keyword) == 0;
    const int raw = named && strncmp(key, "Raw profile type ", 17) == 0;
    enum ae_blob_kind kind = AE_BLOB_XMP;
    struct ae_png_text t = {0};
    struct ae_err why = {0};
    void *profile = NULL;
    size_t size;

    if (!xmp && !raw)
        return add_chunk(r, type, data, n, e);
    int rc = ae_png_text_read(type, data, n, AE_PNG_TEXT_MAX, &t, &why);
    if (!rc && raw)
        rc = ae_png_raw_profile(&t, &kind, &profile, &size, &why);
    if (rc == AE_EFORMAT || rc == AE_ELIMIT) /* a text like others */
        rc = add_chunk(r, type, data, n, e);
    else if (!rc)
        rc = raw ? add_first(r, kind, profile, size, e)
                 : add_first(r, kind, t.text, t.size, e);
    else if (e)
        *e = why;
    free(t.buffer);
    free(profile);
    return rc;
}

static int note_animation(struct ae_reader *r, const char type[4],
                          const unsigned char *p, size_t n)
{
    if (memcmp(type, "acTL", 4) == 0 && n >= 4)
        ae_log(r->ctx, AE_LOG_NOTE,
               "%s: png: of an animation of %u pictures only the first is read",
               ae_io_name(r->io), (unsigned)ae_be32(p));
    return 0;
}

int ae_png_read_chunk(struct ae_reader *r, const char type[4], const void *data,
                      size_t n, int after_picture, struct ae_err *e)
{
    const enum policy policy = policy_of(type);

    if (memcmp(type, "eXIf", 4) == 0)
        return add_first(r, AE_BLOB_EXIF, data, n, e);
    if (ae_png_is_text(type))
        return read_text(r, type, data, n, e);
    if (policy == ANIMATION)
        return note_animation(r, type, data, n);
    if (memcmp(type, "iCCP", 4) == 0 && !after_picture)
        return ae_meta_get(r->meta, AE_BLOB_ICC) || n == 0
                   ? 0
                   : read_icc(r, data, n, e);
    if (memcmp(type, "pHYs", 4) == 0 && !after_picture) {
        read_density(r->meta, data, n);
        return 0;
    }
    if (policy == UNSAFE)
        return note_left_out(r, type,
                             after_picture
                                 ? "out of place"
                                 : "it may depend on the samples that change");
    if (policy == DROP ||
        (policy == COPY_EARLY && (after_picture || has_chunk(r->meta, type)))) {
        ae_log(r->ctx, AE_LOG_INFO, "%s: png: %.4s is left out",
               ae_io_name(r->io), type);
        return 0;
    }
    return add_chunk(r, type, data, n, e);
}

/* ------------------------------------------------------------ adaptation */

/* sBIT: significant bits of each channel; all bits of alpha from tRNS are.
 * Returns the number of bytes in `out`, 0 where the chunk is wrong. */
static int adapt_bits(const struct ae_png_shape *s, const unsigned char *p,
                      size_t n, unsigned char out[6])
{
    static const unsigned char sizes[] = {1, 0, 3, 3, 2, 0, 4};
    const int most = s->type == 3 ? 8 : s->bits;

    if (n != sizes[s->type])
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 1 || p[i] > most)
            return 0;
        out[i] = p[i];
    }
    if (s->alpha)
        out[n++] = (unsigned char)s->new_bits;
    return (int)n;
}

/* bKGD: an index becomes the palette's colour, gray is scaled as its samples
 * are.  Returns as adapt_bits(). */
static int adapt_background(const struct ae_png_shape *s,
                            const unsigned char *p, size_t n,
                            unsigned char out[6])
{
    const size_t want = s->type == 3 ? 1 : s->type == 0 || s->type == 4 ? 2 : 6;

    if (n != want || (s->type == 3 && p[0] >= s->colours))
        return 0;
    if (s->type == 3) {
        for (int c = 0; c < 3; c++) {
            out[2 * c] = 0;
            out[2 * c + 1] = s->palette[3 * p[0] + c];
        }
        return 6;
    }
    memcpy(out, p, n);
    if (s->type == 0 && s->bits < s->new_bits) {
        const unsigned top = (1u << s->bits) - 1;
        const unsigned v = p[1] & top;
        out[0] = 0;
        out[1] = (unsigned char)(v * 255 / top);
    }
    return (int)n;
}

void ae_png_adapt_chunks(struct ae_reader *r, const struct ae_png_shape *s)
{
    struct ae_meta *m = r->meta;

    for (int i = 0; i < m->count; i++) {
        struct ae_blob *b = &m->blobs[i];
        unsigned char *p = b->data, new[6];
        const int bits = b->kind == AE_BLOB_CHUNK && memcmp(p, "sBIT", 4) == 0;
        const int back = b->kind == AE_BLOB_CHUNK && memcmp(p, "bKGD", 4) == 0;
        int n;
        if (!bits && !back)
            continue;
        n = bits ? adapt_bits(s, p + 4, b->size - 4, new)
                 : adapt_background(s, p + 4, b->size - 4, new);
        unsigned char *grown = n ? realloc(p, 4 + (size_t)n) : NULL;
        if (!grown) {
            note_left_out(r, (const char *)p, "it doesn't fit the samples");
            ae_meta_remove(m, i--);
            continue;
        }
        memcpy(grown + 4, new, (size_t)n);
        m->bytes += (size_t)n + 4 - b->size;
        b->data = grown;
        b->size = 4 + (size_t)n;
    }
}

/* --------------------------------------------------------------- writing */

static int make_icc(const struct ae_blob *b, struct ae_png_chunk *c,
                    struct ae_err *e)
{
    void *z;
    size_t n;

    AE_TRY(ae_deflate(b->data, b->size, &z, &n, e));
    char *all = ae_alloc(n + 5, 1, e);
    if (all) {
        memcpy(all, "icc", 3); /* and two zeros */
        memcpy(all + 5, z, n);
        memcpy(c->type, "iCCP", 5);
        c->data = c->buffer = all;
        c->size = n + 5;
    }
    free(z);
    return all ? 0 : AE_EMEM;
}

/* iTXt: keyword 0, not compressed 0 0, no language 0, no translated keyword 0,
 * text. */
static int make_xmp(const struct ae_writer *w, const struct ae_blob *b,
                    struct ae_png_chunk *c, struct ae_err *e)
{
    const size_t head = sizeof(xmp_keyword) + 4;
    void *joined = NULL;
    const void *xmp = b->data;
    size_t n = b->size;

    AE_TRY(
        ae_meta_join_xmp(w->meta, w->ctx, ae_io_name(w->io), &joined, &n, e));
    xmp = joined ? joined : xmp;
    char *all = ae_alloc(head + n, 1, e);
    if (all) {
        memcpy(all, xmp_keyword, sizeof(xmp_keyword));
        memcpy(all + head, xmp, n);
        memcpy(c->type, "iTXt", 5);
        c->data = c->buffer = all;
        c->size = head + n;
    }
    free(joined);
    return all ? 0 : AE_EMEM;
}

static int make_comment(const struct ae_writer *w, const struct ae_blob *b,
                        struct ae_png_chunk *c, struct ae_err *e)
{
    const char *type = "", *text = b->data;
    struct ae_err why = {0};
    size_t n = b->size;

    while (n && text[n - 1] == 0)
        n--;
    const int rc = ae_png_make_text("Comment", text, n, &type, &c->buffer,
                                    &c->size, &why);

    if (rc == AE_EFORMAT) {
        ae_log(w->ctx, AE_LOG_NOTE, "%s: png: a comment is left out: it %s",
               ae_io_name(w->io), why.msg);
        return 0;
    }
    if (rc && e)
        *e = why;
    memcpy(c->type, type, strlen(type) + 1);
    c->data = c->buffer;
    return rc;
}

/* Whether a chunk that describes samples fits those that are written. */
static int fits_picture(const struct ae_writer *w, const struct ae_blob *b)
{
    const size_t n = b->size - 4, channels = (size_t)w->channels;

    if (memcmp(b->data, "sBIT", 4) == 0)
        return n == channels;
    if (memcmp(b->data, "bKGD", 4) == 0)
        return n == (channels <= 2 ? 2 : 6);
    return 1;
}

int ae_png_make_chunk(const struct ae_writer *w, const struct ae_blob *b,
                      struct ae_png_chunk *c, struct ae_err *e)
{
    memset(c, 0, sizeof(*c));
    if (b->size > 0x7FFFFFFF - 100)
        return 0;
    switch (b->kind) {
    case AE_BLOB_ICC:
        return make_icc(b, c, e);
    case AE_BLOB_XMP:
        return make_xmp(w, b, c, e);
    case AE_BLOB_COMMENT:
        return make_comment(w, b, c, e);
    case AE_BLOB_PHOTOSHOP:
        memcpy(c->type, "zTXt", 5);
        const int rc = ae_png_make_raw("iptc", b->data, b->size, &c->buffer,
                                       &c->size, e);
        c->data = c->buffer;
        return rc;
    case AE_BLOB_EXIF:
        memcpy(c->type, "eXIf", 5);
        c->data = b->data;
        c->size = b->size;
        return 0;
    case AE_BLOB_CHUNK:
        if (b->size < 4 || !fits_picture(w, b))
            return 0;
        memcpy(c->type, b->data, 4);
        c->data = (const char *)b->data + 4;
        c->size = b->size - 4;
        return 0;
    default:
        return 0;
    }
}

int ae_png_can_hold(const struct ae_meta *m, const struct ae_blob *b)
{
    (void)m;
    return b->kind != AE_BLOB_SEGMENT;
}

/* ------------------------------------------------------ in other formats */

/* Whether the chunk says what readers assume without it. */
static int is_srgb(const char *type, const unsigned char *p, size_t n)
{
    static const unsigned char chrm[32] =
        "\0\0\x7A\x26\0\0\x80\x84\0\0\xFA\0\0\0\x80\xE8"
        "\0\0\x75\x30\0\0\xEA\x60\0\0\x3A\x98\0\0\x17\x70";

    if (memcmp(type, "gAMA", 4) == 0)
        return n == 4 && memcmp(p, "\0\0\xB1\x8F", 4) == 0;
    if (memcmp(type, "cICP", 4) == 0)
        return n == 4 && memcmp(p, "\1\15\0\1", 4) == 0;
    if (memcmp(type, "cHRM", 4) == 0)
        return n == 32 && memcmp(p, chrm, 32) == 0;
    return memcmp(type, "sRGB", 4) == 0;
}

int ae_png_chunk_is_missed(const struct ae_meta *m, const struct ae_blob *b)
{
    static const char *const minor[] = {"tIME", "bKGD", "sBIT", "oFFs",
                                        "sTER", "pCAL", "sCAL"};
    const char *type = b->data;

    for (size_t i = 0; i < AE_LEN(minor); i++)
        if (memcmp(type, minor[i], 4) == 0)
            return 0;
    if (memcmp(type, "gAMA", 4) == 0 || memcmp(type, "cHRM", 4) == 0)
        if (has_chunk(m, "sRGB") || ae_meta_get(m, AE_BLOB_ICC))
            return 0; /* both override gAMA and cHRM */
    return !is_srgb(type, (const unsigned char *)type + 4, b->size - 4);
}
