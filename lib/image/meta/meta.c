/* meta.c - blobs of metadata, and the few data in them that are read. */
#include "image/meta/meta.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/meta/exif.h"
#include "image/meta/photoshop.h"
#include "image/meta/xmp.h"
#include "kernel/ctx.h"

int ae_meta_new(struct ae_meta **out, struct ae_err *e)
{
    *out = ae_alloc(1, sizeof(**out), e);
    if (*out)
        (*out)->limit = AE_META_LIMIT;
    return *out ? 0 : AE_EMEM;
}

void ae_meta_free(struct ae_meta *m)
{
    if (!m)
        return;
    for (int i = 0; i < m->count; i++)
        free(m->blobs[i].data);
    free(m->blobs);
    if (m->tiff && m->tiff_free)
        m->tiff_free(m->tiff);
    free(m);
}

/* Bytes of the name of JPEG's segment, which some writers put before EXIF data
 * in other formats, too. */
static size_t exif_prefix(enum ae_blob_kind kind, const void *data, size_t size)
{
    return kind == AE_BLOB_EXIF && size >= 6 && memcmp(data, "Exif\0\0", 6) == 0
               ? 6
               : 0;
}

int ae_meta_add(struct ae_meta *m, enum ae_blob_kind kind, const void *data,
                size_t size, struct ae_err *e)
{
    const size_t skip = exif_prefix(kind, data, size);

    if (size > m->limit - m->bytes)
        return ae_fail(e, AE_ELIMIT, "metadata of more than %llu bytes",
                       (unsigned long long)m->limit);
    void *copy = ae_alloc(size ? size : 1, 1, e);
    if (!copy)
        return AE_EMEM;
    const int rc = ae_realloc(&m->blobs, (size_t)m->count + 1,
                              sizeof(*m->blobs), e);
    if (rc) {
        free(copy);
        return rc;
    }
    if (size > skip)
        memcpy(copy, (const char *)data + skip, size - skip);
    m->blobs[m->count++] = (struct ae_blob){kind, copy, size - skip, 0};
    m->bytes += size - skip;
    return 0;
}

int ae_meta_copy(const struct ae_meta *m, struct ae_meta **out,
                 struct ae_err *e)
{
    struct ae_meta *c = *out = ae_alloc(1, sizeof(*c), e);
    int rc = c ? 0 : AE_EMEM;

    if (rc)
        return rc;
    *c = *m;
    c->blobs = NULL;
    c->count = 0;
    c->bytes = 0;
    c->limit = UINT64_MAX;
    c->tiff_free = NULL; /* m still owns it */
    for (int i = 0; !rc && i < m->count; i++)
        rc = ae_meta_add(c, m->blobs[i].kind, m->blobs[i].data,
                         m->blobs[i].size, e);
    return rc;
}

/* Which of enum ae_strip_kind takes the blob away; 0: none does, since it says
 * what the samples mean. */
static unsigned strip_kind(const struct ae_blob *b)
{
    static const char texts[][5] = {"tEXt", "zTXt", "iTXt", "tIME"};
    static const unsigned kinds[] = {
        [AE_BLOB_ICC] = AE_STRIP_ICC,
        [AE_BLOB_EXIF] = AE_STRIP_EXIF,
        [AE_BLOB_XMP] = AE_STRIP_XMP,
        [AE_BLOB_XMP_EXTENSION] = AE_STRIP_XMP,
        [AE_BLOB_PHOTOSHOP] = AE_STRIP_TEXT,
        [AE_BLOB_COMMENT] = AE_STRIP_TEXT,
        [AE_BLOB_SEGMENT] = AE_STRIP_TEXT,
        [AE_BLOB_CHUNK] = 0,
    };
    enum { PRIVATE = 0x20 }; /* in the second letter of a chunk's type */
    const char *type = b->data;

    if (b->kind != AE_BLOB_CHUNK)
        return kinds[b->kind];
    for (size_t i = 0; i < AE_LEN(texts); i++)
        if (memcmp(type, texts[i], 4) == 0)
            return AE_STRIP_TEXT;
    return type[1] & PRIVATE ? AE_STRIP_TEXT : 0;
}

int ae_meta_strip(const struct ae_meta *from, unsigned what, int *taken,
                  struct ae_meta *to, struct ae_err *e)
{
    const struct ae_meta own = *to;

    *to = *from;
    to->blobs = own.blobs;
    to->count = own.count;
    to->bytes = own.bytes;
    to->limit = UINT64_MAX;
    to->tiff_free = NULL; /* the other still owns it */
    to->strip = what;
    for (; *taken < from->count; ++*taken) {
        const struct ae_blob *b = &from->blobs[*taken];
        if (!(strip_kind(b) & what))
            AE_TRY(ae_meta_add(to, b->kind, b->data, b->size, e));
    }
    const int orientation = ae_meta_orientation(from);
    return orientation != ae_meta_orientation(to)
               ? ae_meta_set_orientation(to, orientation, e)
               : 0;
}

void ae_meta_remove(struct ae_meta *m, int i)
{
    m->bytes -= m->blobs[i].size;
    free(m->blobs[i].data);
    m->count--;
    memmove(m->blobs + i, m->blobs + i + 1,
            (size_t)(m->count - i) * sizeof(*m->blobs));
}

const struct ae_blob *ae_meta_get(const struct ae_meta *m,
                                  enum ae_blob_kind kind)
{
    for (int i = 0; m && i < m->count; i++)
        if (m->blobs[i].kind == kind)
            return &m->blobs[i];
    return NULL;
}

/* ------------------------------------------------------------ stale blobs */

/* Length, signature and colour space of the header (ICC.1:2022, 7.2). */
int ae_icc_fits(const void *icc, size_t size, int colours)
{
    const unsigned char *p = icc;

    if (size < 132 || memcmp(p + 36, "acsp", 4) != 0)
        return 0;
    return ae_be32(p) <= size &&
           memcmp(p + 16, colours == 1 ? "GRAY" : "RGB ", 4) == 0;
}

/* Removes the thumbnail; returns 1 where the whole blob is to be removed. */
static int check_blob(struct ae_blob *b, const struct ae_ctx *ctx,
                      const char *name, const struct ae_image_info *info)
{
    const int colours = info->channels - info->alpha;
    int found = 0;

    if (b->kind == AE_BLOB_ICC && !ae_icc_fits(b->data, b->size, colours)) {
        ae_log(ctx, AE_LOG_NOTE,
               "%s: the ICC profile is cut short, or of another colour space "
               "than the picture, and is left out",
               name);
        return 1;
    }
    if (b->kind == AE_BLOB_EXIF)
        b->size = ae_exif_remove_thumbnail(b->data, b->size, &found);
    if (b->kind == AE_BLOB_PHOTOSHOP)
        b->size = ae_photoshop_remove_thumbnail(b->data, b->size, &found);
    if (found)
        ae_log(ctx, AE_LOG_INFO,
               "%s: the thumbnail in the metadata is left out", name);
    return b->size == 0;
}

void ae_meta_remove_stale(struct ae_meta *m, const struct ae_ctx *ctx,
                          const char *name, const struct ae_image_info *info)
{
    for (int i = 0; i < m->count;) {
        struct ae_blob *b = &m->blobs[i];
        const size_t before = b->size;
        const int gone = !b->checked && check_blob(b, ctx, name, info);
        m->bytes -= before - b->size;
        b->checked = 1;
        if (gone)
            ae_meta_remove(m, i);
        else
            i++;
    }
}

/* ------------------------------------------------------------------ IPTC */

const void *ae_meta_iptc(const struct ae_meta *m, size_t *size)
{
    const struct ae_blob *b = ae_meta_get(m, AE_BLOB_PHOTOSHOP);

    return b ? ae_photoshop_find(b->data, b->size, AE_PHOTOSHOP_IPTC, size)
             : NULL;
}

int ae_meta_add_iptc(struct ae_meta *m, const void *iim, size_t size,
                     struct ae_err *e)
{
    void *all;
    size_t n;

    if (ae_meta_get(m, AE_BLOB_PHOTOSHOP))
        return 0;
    if (size > m->limit)
        return ae_fail(e, AE_ELIMIT, "metadata of more than %llu bytes",
                       (unsigned long long)m->limit);
    AE_TRY(ae_photoshop_add_iptc(NULL, 0, iim, size, &all, &n, e));
    const int rc = ae_meta_add(m, AE_BLOB_PHOTOSHOP, all, n, e);
    free(all);
    return rc;
}

/* ------------------------------------------------------------------- XMP */

int ae_meta_join_xmp(const struct ae_meta *m, const struct ae_ctx *ctx,
                     const char *name, void **out, size_t *size,
                     struct ae_err *e)
{
    const struct ae_blob *x = ae_meta_get(m, AE_BLOB_XMP);
    const struct ae_blob *more = ae_meta_get(m, AE_BLOB_XMP_EXTENSION);
    struct ae_err why = {0};

    *out = NULL;
    if (!x || !more)
        return 0;
    const int rc = ae_xmp_join(x->data, x->size, more->data, more->size, out,
                               size, &why);
    if (rc == AE_EFORMAT)
        ae_log(ctx, AE_LOG_NOTE, "%s: the extension of the XMP is left out: %s",
               name, why.msg);
    if (rc && rc != AE_EFORMAT && e)
        *e = why;
    return rc == AE_EFORMAT ? 0 : rc;
}

/* ----------------------------------------------------------- orientation */

int ae_meta_orientation(const struct ae_meta *m)
{
    const struct ae_blob *b = ae_meta_get(m, AE_BLOB_EXIF);
    const int o = b ? ae_exif_orientation(b->data, b->size) : 0;

    return o ? o : 1;
}

int ae_meta_set_orientation(struct ae_meta *m, int orientation,
                            struct ae_err *e)
{
    unsigned char plain[26];
    int has_exif = 0;

    for (int i = 0; i < m->count; i++) {
        struct ae_blob *b = &m->blobs[i];
        has_exif |= b->kind == AE_BLOB_EXIF;
        if (b->kind == AE_BLOB_EXIF)
            ae_exif_set_orientation(b->data, b->size, orientation);
        if (b->kind == AE_BLOB_XMP)
            ae_xmp_set_orientation(b->data, b->size, orientation);
    }
    if (has_exif || orientation == 1)
        return 0;
    return ae_meta_add(m, AE_BLOB_EXIF, plain, ae_exif_make(plain, orientation),
                       e);
}

static void swap_int(int *a, int *b)
{
    const int tmp = *a;

    *a = *b;
    *b = tmp;
}

static void transpose_tables(struct ae_meta *m)
{
    for (int i = 0; i < 4; i++) {
        const uint16_t *from = m->quant[i];
        uint16_t turned[64];
        for (int j = 0; j < 64; j++)
            turned[j] = from[j % 8 * 8 + j / 8];
        memcpy(m->quant[i], turned, sizeof(turned));
        swap_int(&m->sampling_h[i], &m->sampling_v[i]);
    }
}

int ae_meta_swap_sides(struct ae_meta *m, struct ae_err *e)
{
    const uint32_t x = m->density_x;
    int rc = 0;

    m->density_x = m->density_y;
    m->density_y = x;
    transpose_tables(m);
    for (int i = 0; !rc && i < m->count; i++) {
        struct ae_blob *b = &m->blobs[i];
        if (b->kind == AE_BLOB_EXIF)
            ae_exif_swap_sides(b->data, b->size);
        if (b->kind == AE_BLOB_XMP)
            rc = ae_xmp_swap_sides(&b->data, b->size, e);
    }
    return rc;
}
