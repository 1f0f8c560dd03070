/* jpeg_meta_read.c - a JPEG's saved segments and tables as metadata.
 *
 * ICC profiles, Photoshop's resources and extended XMP come in pieces, which
 * are joined here.  Broken metadata never break the picture: a note names
 * what can't be joined, and it is left out. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

#include "base/md5.h"
#include "image/meta/xmp.h"

enum segment_kind {
    OTHER,
    EXIF,
    XMP,
    EXTENSION,
    ICC,
    MPF,
    PHOTOSHOP,
    GAIN_MAP,
    STALE
};

/* A segment's kind by the name that it begins with; *name is the length of
 * that name with its closing zeros. */
static enum segment_kind identify_segment(const struct jpeg_marker *g,
                                          size_t *name)
{
    static const struct {
        int app;
        const char *name;
        size_t n;
        enum segment_kind kind;
    } known[] = {
        {1, "Exif\0", 6, EXIF},
        {1, "http://ns.adobe.com/xap/1.0/", 29, XMP},
        {1, "http://ns.adobe.com/xmp/extension/", 35, EXTENSION},
        {2, "ICC_PROFILE", 12, ICC},
        {2, "MPF", 4, MPF},
        {2, "urn:iso:std:iso:ts:21496:-1", 28, GAIN_MAP},
        {11, "JP", 2, STALE}, /* JUMBF: signatures */
        {13, "Photoshop 3.0", 14, PHOTOSHOP},
    };

    for (size_t i = 0; i < AE_LEN(known); i++)
        if (g->code == JPEG_APP0 + known[i].app && g->size >= known[i].n &&
            memcmp(g->data, known[i].name, known[i].n) == 0) {
            *name = known[i].n;
            return known[i].kind;
        }
    *name = 0;
    return OTHER;
}

/* Whether XMP has properties of Google's or Adobe's gain maps. */
static int tells_of_gain_map(const struct jpeg_marker *g)
{
    static const char prefix[] = "hdrgm:";
    const size_t n = sizeof(prefix) - 1;

    for (size_t i = 0; i + n <= g->size; i++)
        if (memcmp(g->data + i, prefix, n) == 0)
            return 1;
    return 0;
}

/* Returns 0, so that it can end a function. */
static int note_left_out(const struct jpeg_decoder *s, const char *what)
{
    ae_log(s->error.ctx, AE_LOG_NOTE, "%s: jpeg: %s left out",
           ae_io_name(s->error.io), what);
    return 0;
}

/* ------------------------------------------------------------------ pieces */

/* Each piece of a profile has its number, from 1, and the number of pieces in
 * two bytes after the name.  An incomplete profile is left out. */
static int read_icc(struct jpeg_decoder *s, struct ae_reader *r,
                    struct ae_err *e)
{
    const struct jpeg_marker *piece[256] = {NULL};
    size_t size = 0, at = 0, name;
    int count = 0, bad = 0;

    for (int i = 0; i < s->markers.count; i++) {
        const struct jpeg_marker *g = &s->markers.list[i];
        if (identify_segment(g, &name) != ICC)
            continue;
        if (g->size < 14 || g->data[12] == 0 || piece[g->data[12]] ||
            (count && g->data[13] != count) || g->data[12] > g->data[13]) {
            bad = 1;
            continue;
        }
        count = g->data[13];
        piece[g->data[12]] = g;
        size += g->size - 14;
    }
    for (int i = 1; i <= count; i++)
        bad |= !piece[i];
    if (bad)
        return note_left_out(s, "the ICC profile is incomplete and is");
    if (size == 0)
        return 0;
    unsigned char *all = ae_alloc(size, 1, e);
    if (!all)
        return AE_EMEM;
    for (int i = 1; i <= count; i++) {
        memcpy(all + at, piece[i]->data + 14, piece[i]->size - 14);
        at += piece[i]->size - 14;
    }
    const int rc = ae_reader_add_blob(r, AE_BLOB_ICC, all, size,
                                      "the ICC profile", e);
    free(all);
    return rc;
}

/* Photoshop's resources may go on from segment to segment. */
static int read_photoshop(struct jpeg_decoder *s, struct ae_reader *r,
                          struct ae_err *e)
{
    size_t size = 0, name;

    for (int i = 0; i < s->markers.count; i++)
        if (identify_segment(&s->markers.list[i], &name) == PHOTOSHOP)
            size += s->markers.list[i].size - name;
    if (size == 0)
        return 0;
    unsigned char *all = ae_alloc(size, 1, e);
    if (!all)
        return AE_EMEM;
    size = 0;
    for (int i = 0; i < s->markers.count; i++) {
        const struct jpeg_marker *g = &s->markers.list[i];
        if (identify_segment(g, &name) != PHOTOSHOP || g->size == name)
            continue;
        memcpy(all + size, g->data + name, g->size - name);
        size += g->size - name;
    }
    const int rc = ae_reader_add_blob(r, AE_BLOB_PHOTOSHOP, all, size, "IPTC",
                                      e);
    free(all);
    return rc;
}

/* A piece of extended XMP: a name of 35 bytes, a digest of 32, the length of
 * the whole, the offset of the piece, the piece. */
enum { GUID_AT = 35, LENGTH_AT = 67, OFFSET_AT = 71, DATA_AT = 75 };

static int by_offset(const void *a, const void *b)
{
    const struct jpeg_marker *const *x = a, *const *y = b;
    const uint32_t i = ae_be32((*x)->data + OFFSET_AT);
    const uint32_t j = ae_be32((*y)->data + OFFSET_AT);

    return (i > j) - (i < j);
}

/* The pieces joined in order; NULL where they leave gaps, overlap, or don't
 * have the digest. */
static unsigned char *join_extension(const struct jpeg_marker **piece, int n,
                                     const char *guid, size_t *size,
                                     struct ae_err *e)
{
    uint64_t at = 0, sum = 0;
    char digest[33];

    qsort(piece, (size_t)n, sizeof(*piece), by_offset);
    *size = ae_be32(piece[0]->data + LENGTH_AT);
    for (int i = 0; i < n; i++)
        sum += piece[i]->size - DATA_AT;
    unsigned char *all = sum == *size && sum ? ae_alloc(*size, 1, e) : NULL;
    for (int i = 0; all && i < n; i++) {
        const size_t len = piece[i]->size - DATA_AT;
        if (ae_be32(piece[i]->data + OFFSET_AT) != at ||
            ae_be32(piece[i]->data + LENGTH_AT) != *size)
            break;
        memcpy(all + at, piece[i]->data + DATA_AT, len);
        at += len;
    }
    if (all && at == *size)
        ae_md5_hex(all, *size, digest);
    if (all && at == *size && strcmp(digest, guid) == 0)
        return all;
    free(all);
    return NULL;
}

static int has_digest(const struct jpeg_marker *g, const char *guid)
{
    for (int i = 0; i < AE_XMP_GUID; i++) {
        const int c = g->data[GUID_AT + i];
        if ((c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c) != guid[i])
            return 0;
    }
    return 1;
}

/* Joins the pieces that the XMP packet names by their digest. */
static int read_extension(struct jpeg_decoder *s, struct ae_reader *r,
                          struct ae_err *e)
{
    const struct ae_blob *xmp = ae_meta_get(r->meta, AE_BLOB_XMP);
    const struct jpeg_marker **piece = ae_alloc((size_t)s->markers.count + 1,
                                                sizeof(*piece), e);
    char guid[AE_XMP_GUID + 1];
    int n = 0, unnamed = 0, rc = 0;
    size_t size, name;

    if (!piece)
        return AE_EMEM;
    const int named = xmp && ae_xmp_extension_guid(xmp->data, xmp->size, guid);
    for (int i = 0; i < s->markers.count; i++) {
        const struct jpeg_marker *g = &s->markers.list[i];
        if (identify_segment(g, &name) != EXTENSION)
            continue;
        if (g->size >= DATA_AT && named && has_digest(g, guid))
            piece[n++] = g;
        else
            unnamed = 1;
    }
    unsigned char *all = n ? join_extension(piece, n, guid, &size, e) : NULL;
    if (all)
        rc = ae_reader_add_blob(r, AE_BLOB_XMP_EXTENSION, all, size,
                                "the extended XMP", e);
    else if (n)
        note_left_out(
            s, "the extended XMP has pieces missing, pieces that overlap, or "
               "another digest, and is");
    if (unnamed || (named && n == 0))
        note_left_out(s, unnamed
                             ? "extended XMP that the XMP doesn't name is"
                             : "the XMP names an extension that isn't there: "
                               "nothing of it is");
    free(all);
    free(piece);
    return rc;
}

/* --------------------------------------------------------- whole segments */

static int add_first(struct jpeg_decoder *s, struct ae_reader *r,
                     enum ae_blob_kind kind, const struct jpeg_marker *g,
                     size_t name, struct ae_err *e)
{
    const char *what = kind == AE_BLOB_EXIF ? "EXIF" : "XMP";

    if (ae_meta_get(r->meta, kind))
        return note_left_out(s, kind == AE_BLOB_EXIF
                                    ? "a second set of EXIF data is"
                                    : "a second XMP packet is");
    return g->size == name ? 0
                           : ae_reader_add_blob(r, kind, g->data + name,
                                                g->size - name, what, e);
}

/* An unknown segment is kept whole, after its marker's second byte. */
static int add_unknown(struct ae_reader *r, const struct jpeg_marker *g,
                       struct ae_err *e)
{
    unsigned char *all = ae_alloc(g->size + 1, 1, e);

    if (!all)
        return AE_EMEM;
    all[0] = (unsigned char)g->code;
    memcpy(all + 1, g->data, g->size);
    const int rc = ae_reader_add_blob(r, AE_BLOB_SEGMENT, all, g->size + 1,
                                      "a segment", e);
    free(all);
    return rc;
}

static int read_segment(struct jpeg_decoder *s, struct ae_reader *r,
                        const struct jpeg_marker *g, struct ae_err *e)
{
    size_t name;
    const enum segment_kind kind = identify_segment(g, &name);
    char text[64];

    if (g->code == JPEG_COM)
        return ae_reader_add_blob(r, AE_BLOB_COMMENT, g->data, g->size,
                                  "a comment", e);
    switch (kind) {
    case EXIF:
        return add_first(s, r, AE_BLOB_EXIF, g, name, e);
    case XMP:
        s->markers.gain_map |= tells_of_gain_map(g);
        return add_first(s, r, AE_BLOB_XMP, g, name, e);
    case MPF:
        if (s->markers.mpf)
            return 0;
        s->markers.mpf = g->data + name;
        s->markers.mpf_size = g->size - name;
        s->markers.mpf_at = g->at + name;
        return 0;
    case GAIN_MAP:
        s->markers.gain_map = s->markers.gain_data = 1;
        return 0;
    case STALE:
        snprintf(text, sizeof(text),
                 "APP%d tells of samples that change and is",
                 g->code - JPEG_APP0);
        return note_left_out(s, text);
    case OTHER:
        return add_unknown(r, g, e);
    default:
        return 0; /* a piece, which is joined with the others below */
    }
}

/* Components' tables are told apart by content, not by number: a file may
 * redefine a table between scans, and two components may share one. */
static void read_tables(const struct jpeg_decompress_struct *d,
                        struct ae_meta *m)
{
    int used = 0;

    for (int i = 0; i < d->num_components; i++) {
        const jpeg_component_info *c = &d->comp_info[i];
        const JQUANT_TBL *q = c->quant_table;
        int k = 0;
        m->sampling_h[i] = c->h_samp_factor;
        m->sampling_v[i] = c->v_samp_factor;
        if (!q)
            return; /* no scan brought this component */
        for (int j = 0; j < 64; j++)
            m->quant[used][j] = q->quantval[j];
        while (memcmp(m->quant[k], m->quant[used], sizeof(m->quant[k])) != 0)
            k++;
        m->quant_index[i] = k;
        used += k == used;
    }
    m->is_jpeg = 1;
    m->components = d->num_components;
    m->progressive = d->progressive_mode;
    m->is_rgb = d->jpeg_color_space == JCS_RGB;
}

static void read_density(const struct jpeg_decompress_struct *d,
                         struct ae_meta *m)
{
    if (!d->saw_JFIF_marker)
        return;
    m->has_density = 1;
    m->density_is_jfif = 1;
    m->density_unit = d->density_unit;
    m->density_x = d->X_density;
    m->density_y = d->Y_density;
}

int ae_jpeg_read_meta(struct jpeg_decoder *s, struct ae_reader *r,
                      struct ae_err *e)
{
    struct jpeg_markers *g = &s->markers;

    read_tables(&s->d, r->meta);
    read_density(&s->d, r->meta);
    if (g->left_out)
        note_left_out(s, "metadata past the bound on memory are");
    g->before_picture = g->count + g->left_out;
    for (int i = 0; i < g->count; i++)
        AE_TRY(read_segment(s, r, &g->list[i], e));
    AE_TRY(read_icc(s, r, e));
    AE_TRY(read_photoshop(s, r, e));
    return read_extension(s, r, e);
}

void ae_jpeg_note_late_markers(const struct jpeg_decoder *s)
{
    if (s->markers.count + s->markers.left_out > s->markers.before_picture)
        note_left_out(s, "metadata behind the picture are");
}
