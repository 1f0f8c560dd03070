/* jpeg_meta_write.c - writes metadata as a JPEG's segments, after APP0 and
 * APP14.
 *
 * A segment holds 65,533 bytes.  Profiles, resources, XMP and comments that
 * are longer go on in the next one, each in its own way; EXIF can't. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

#include "base/md5.h"
#include "image/png/png_chunks.h"
#include "image/png/png_text.h"
#include "image/meta/xmp.h"

enum { SEGMENT_MAX = 65533 };

/* One segment: marker, length, then its content in two parts. */
static int write_segment(const struct ae_writer *w, int marker, const void *a,
                         size_t n, const void *b, size_t m, struct ae_err *e)
{
    const size_t size = n + m + 2;
    const unsigned char head[4] = {0xFF, (unsigned char)marker,
                                   (unsigned char)(size >> 8),
                                   (unsigned char)size};

    assert(n + m <= SEGMENT_MAX);
    AE_TRY(ae_io_write(w->io, head, 4, e));
    if (n)
        AE_TRY(ae_io_write(w->io, a, n, e));
    return m ? ae_io_write(w->io, b, m, e) : 0;
}

static void note_left_out(const struct ae_writer *w, const char *what)
{
    ae_log(w->ctx, AE_LOG_NOTE, "%s: jpeg: %s left out", ae_io_name(w->io),
           what);
}

/* As many segments as the data need, each with the name. */
static int write_segments(const struct ae_writer *w, int marker,
                          const char *name, size_t n, const void *data,
                          size_t size, struct ae_err *e)
{
    const char *p = data;

    while (size) {
        const size_t k = size < SEGMENT_MAX - n ? size : SEGMENT_MAX - n;
        AE_TRY(write_segment(w, marker, name, n, p, k, e));
        p += k;
        size -= k;
    }
    return 0;
}

static int write_exif(const struct ae_writer *w, const struct ae_blob *b,
                      struct ae_err *e)
{
    if (b->size <= SEGMENT_MAX - 6)
        return write_segment(w, JPEG_APP0 + 1, "Exif\0", 6, b->data, b->size,
                             e);
    note_left_out(w, "the EXIF data are too long for JPEG and are");
    return 0;
}

static int write_icc(const struct ae_writer *w, const struct ae_blob *b,
                     struct ae_err *e)
{
    enum { PIECE = SEGMENT_MAX - 14 };
    const size_t n = (b->size + PIECE - 1) / PIECE;
    char head[14] = "ICC_PROFILE";

    if (n > 255) {
        note_left_out(w, "the ICC profile is too long for JPEG and is");
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t left = b->size - i * PIECE;
        head[12] = (char)(i + 1);
        head[13] = (char)n;
        AE_TRY(write_segment(w, JPEG_APP0 + 2, head, 14,
                             (char *)b->data + i * PIECE,
                             left < PIECE ? left : PIECE, e));
    }
    return 0;
}

/* -------------------------------------------------------------------- XMP */

/* Each piece has the digest and the length of the whole, and its offset. */
static int write_extension(const struct ae_writer *w, const void *data,
                           size_t size, struct ae_err *e)
{
    enum { HEAD = 75, PIECE = 65400 };
    char name[HEAD + 1] = "http://ns.adobe.com/xmp/extension/";
    unsigned char *head = (unsigned char *)name;

    ae_md5_hex(data, size, name + 35);
    ae_put_be32(head + 67, (uint32_t)size);
    for (size_t at = 0; at < size; at += PIECE) {
        ae_put_be32(head + 71, (uint32_t)at);
        AE_TRY(write_segment(w, JPEG_APP0 + 1, head, HEAD,
                             (const char *)data + at,
                             size - at < PIECE ? size - at : PIECE, e));
    }
    return 0;
}

static int write_xmp(const struct ae_writer *w, const struct ae_blob *b,
                     struct ae_err *e)
{
    static const char name[] = "http://ns.adobe.com/xap/1.0/";
    const struct ae_blob *more = ae_meta_get(w->meta, AE_BLOB_XMP_EXTENSION);
    const void *extension = more ? more->data : NULL, *xmp = b->data;
    size_t n = b->size, m = more ? more->size : 0;
    void *made = NULL;
    int rc = 0;

    if (n > AE_XMP_MAX && more) {
        note_left_out(w, "the XMP is too long for JPEG and is");
        return 0;
    }
    if (n > AE_XMP_MAX)
        rc = ae_xmp_split(xmp, b->size, &made, &n, &extension, &m, e);
    if (rc < 0 || (rc = write_segment(w, JPEG_APP0 + 1, name, sizeof(name),
                                      made ? made : xmp, n, e)) < 0)
        goto out;
    if (extension)
        rc = write_extension(w, extension, m, e);
out:
    free(made);
    return rc;
}

/* ------------------------------------------------------------------ texts */

/* "Keyword: text" in UTF-8, or only the text where the keyword is "Comment".
 * Keywords are Latin-1, and so are texts unless t->utf8. */
static int make_comment(const struct ae_png_text *t, char **out, size_t *size,
                        struct ae_err *e)
{
    const size_t k = strlen(t->keyword);
    char *p = ae_alloc(2 * k + 2 * t->size + 3, 1, e);
    size_t n = 0;

    *out = p;
    if (!p)
        return AE_EMEM;
    for (size_t part = strcmp(t->keyword, "Comment") == 0; part < 2; part++) {
        const char *from = part ? t->text : t->keyword;
        const size_t len = part ? t->size : k;
        for (size_t i = 0; i < len; i++) {
            const unsigned char c = (unsigned char)from[i];
            if (c < 0x80 || (part && t->utf8)) {
                p[n++] = (char)c;
            } else {
                p[n++] = (char)(0xC0 | c >> 6);
                p[n++] = (char)(0x80 | (c & 0x3F));
            }
        }
        if (!part) {
            p[n++] = ':';
            p[n++] = ' ';
        }
    }
    *size = n;
    return 0;
}

static int write_text(const struct ae_writer *w, const struct ae_blob *b,
                      struct ae_err *e)
{
    const char *type = b->data;
    struct ae_png_text t = {0};
    struct ae_err why = {0};
    char *text = NULL;
    size_t n = 0;
    int rc = ae_png_text_read(type, type + 4, b->size - 4, AE_PNG_TEXT_MAX, &t,
                              &why);

    if (!rc)
        rc = make_comment(&t, &text, &n, &why);
    if (!rc)
        rc = write_segments(w, JPEG_COM, NULL, 0, text, n, &why);
    else if (rc == AE_EFORMAT || rc == AE_ELIMIT) {
        note_left_out(w, "a text that can't be read is");
        rc = 0;
    }
    if (rc && e)
        *e = why;
    free(t.buffer);
    free(text);
    return rc;
}

/* ------------------------------------------------------------------- both */

static int write_blob(const struct ae_writer *w, const struct ae_blob *b,
                      struct ae_err *e)
{
    const unsigned char *p = b->data;

    switch (b->kind) {
    case AE_BLOB_EXIF:
        return write_exif(w, b, e);
    case AE_BLOB_XMP:
        return write_xmp(w, b, e);
    case AE_BLOB_ICC:
        return write_icc(w, b, e);
    case AE_BLOB_PHOTOSHOP:
        return write_segments(w, JPEG_APP0 + 13, "Photoshop 3.0", 14, p,
                              b->size, e);
    case AE_BLOB_COMMENT:
        return write_segments(w, JPEG_COM, NULL, 0, p, b->size, e);
    case AE_BLOB_SEGMENT:
        return write_segment(w, p[0], p + 1, b->size - 1, NULL, 0, e);
    case AE_BLOB_CHUNK:
        return ae_png_is_text(b->data) ? write_text(w, b, e) : 0;
    default:
        return 0; /* extended XMP is written with its packet */
    }
}

/* EXIF comes first, where readers look for it, and the profile early. */
int ae_jpeg_write_meta(const struct ae_writer *w, struct ae_err *e)
{
    static const int rank[] = {
        [AE_BLOB_EXIF] = 0,          [AE_BLOB_XMP] = 1,
        [AE_BLOB_XMP_EXTENSION] = 1, [AE_BLOB_ICC] = 2,
        [AE_BLOB_PHOTOSHOP] = 3,     [AE_BLOB_SEGMENT] = 4,
        [AE_BLOB_COMMENT] = 5,       [AE_BLOB_CHUNK] = 5,
    };

    for (int r = 0; r <= 5; r++)
        for (int i = 0; i < w->meta->count; i++)
            if (rank[w->meta->blobs[i].kind] == r)
                AE_TRY(write_blob(w, &w->meta->blobs[i], e));
    return 0;
}

int ae_jpeg_can_hold(const struct ae_meta *m, const struct ae_blob *b)
{
    if (b->kind != AE_BLOB_CHUNK || ae_png_is_text(b->data))
        return 1;
    return ae_png_chunk_is_missed(m, b) ? 0 : -1;
}
