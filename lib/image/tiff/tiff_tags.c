/* tiff_tags.c - metadata between a page's directory and ae_meta.
 *
 * An ICC profile becomes a blob.  Tags of cameras and editors, with the EXIF
 * and GPS directories, become EXIF.  All other tags that don't describe the
 * layout of samples are copied to a TIFF as they are.  Values that lie outside
 * the file are left out with a note. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/meta/photoshop.h"
#include "image/tiff/tiff.h"

enum {
    XMP = 700,
    IPTC = 33723,
    PHOTOSHOP = 34377,
    ICC = 34675,
    LAYERS = 37724, /* Photoshop's layers, each a picture */
    ORIENTATION = 274,
    X_RESOLUTION = 282,
    Y_RESOLUTION = 283,
    RESOLUTION_UNIT = 296
};

#define MAX_BYTES ((uint64_t)64 << 20) /* bytes of all values */

/* Tags that libtiff writes, or that are true only of the source's samples, and
 * so are never copied. */
static int is_structure(unsigned tag)
{
    static const uint16_t tags[] = {
        254, 255, 256, 257, 258,   259,   262,   263,   264,   265,   266, 273,
        277, 278, 279, 280, 281,   284,   288,   289,   290,   291,   292, 293,
        301, 317, 320, 322, 323,   324,   325,   326,   327,   328,   330, 332,
        333, 334, 336, 338, 339,   340,   341,   342,   343,   344,   345, 346,
        347, 351, 512, 513, 514,   515,   517,   518,   519,   520,   521, 529,
        530, 531, 532, 559, 32995, 32996, 32997, 32998, 50674, 65535,
    };

    for (size_t i = 0; i < AE_LEN(tags); i++)
        if (tags[i] == tag)
            return 1;
    return 0;
}

/* Tags whose values are bytes, whatever type their writer gave them. */
static int is_bytes(unsigned tag)
{
    return tag == XMP || tag == IPTC || tag == PHOTOSHOP || tag == ICC;
}

/* Tags of a page's directory that EXIF 2.32 and editors have in EXIF's first
 * one. */
static int is_exif(const struct ae_ifd_entry *en)
{
    static const uint16_t tags[] = {
        269,        270,   271,   272,   274,   285,   305,   306,
        315,        316,   318,   319,   18246, 18249, 33432, AE_IFD_EXIF,
        AE_IFD_GPS, 40091, 40092, 40093, 40094, 40095, 50341,
    };

    for (size_t i = 0; i < AE_LEN(tags); i++)
        if (tags[i] == en->tag)
            return en->tag != ORIENTATION || ae_ifd_number(en, 0, 1) != 1;
    return 0;
}

/* --------------------------------------------------------------- reading */

static double rational(const struct ae_ifd_entry *en)
{
    uint32_t v[2];

    if (!en || !en->data || en->type != AE_IFD_RATIONAL)
        return 0;
    memcpy(v, en->data, 8);
    return v[1] ? (double)v[0] / v[1] : 0;
}

static void read_density(const struct ae_ifd *d, struct ae_meta *m)
{
    const double x = rational(ae_ifd_find(d, X_RESOLUTION));
    const double y = rational(ae_ifd_find(d, Y_RESOLUTION));
    const uint64_t unit = ae_ifd_number(ae_ifd_find(d, RESOLUTION_UNIT), 0, 2);

    if (x < 0.5 || y < 0.5 || x > 65535 || y > 65535 || unit < 1 || unit > 3)
        return;
    m->has_density = 1;
    m->density_is_jfif = 1;
    m->density_unit = (int)unit - 1;
    m->density_x = (uint32_t)(x + 0.5);
    m->density_y = (uint32_t)(y + 0.5);
}

/* Loads the values to be copied; *lost counts those that are too large or lie
 * outside the file. */
static int load_values(struct ae_tiff *t, const struct ae_ifd_form *form,
                       struct ae_ifd *d, int *lost, struct ae_err *e)
{
    const uint64_t share = ae_tiff_band_memory(t->ctx) / 2;
    size_t left = (size_t)(share < MAX_BYTES ? share : MAX_BYTES);

    for (int i = 0; i < d->count; i++) {
        struct ae_ifd_entry *en = &d->entry[i];
        if (is_structure(en->tag) || en->tag == AE_IFD_EXIF ||
            en->tag == AE_IFD_GPS || en->tag == LAYERS ||
            en->type == AE_IFD_IFD || en->type == AE_IFD_IFD8)
            continue;
        if (en->size == 0 || en->size > left) {
            *lost += en->count > 0;
            continue;
        }
        left -= en->size;
        if (is_bytes(en->tag)) {
            en->type = AE_IFD_UNDEFINED;
            en->count = en->size;
        }
        const int rc = ae_ifd_load(t->spool, form, en, left + en->size, e);
        if (rc)
            return ae_err_at(e, rc, "tiff");
    }
    return ae_ifd_load_below(t->spool, form, d, left, e);
}

/* Adds Photoshop's resources, which lack IPTC data, with those appended. */
static int join_iptc(struct ae_reader *r, const struct ae_ifd_entry *all,
                     const struct ae_ifd_entry *iptc, struct ae_err *e)
{
    void *p;
    size_t n;

    AE_TRY(ae_photoshop_add_iptc(all->data, all->size, iptc->data, iptc->size,
                                 &p, &n, e));
    const int rc = ae_reader_add_blob(r, AE_BLOB_PHOTOSHOP, p, n,
                                      "what Photoshop and IPTC say", e);
    free(p);
    return rc;
}

static int add_photoshop(struct ae_reader *r, const struct ae_ifd *d,
                         struct ae_tiff_source *s, struct ae_err *e)
{
    const struct ae_ifd_entry *all = ae_ifd_find(d, PHOTOSHOP);
    const struct ae_ifd_entry *iptc = ae_ifd_find(d, IPTC);
    size_t n;

    if (iptc && !iptc->data)
        iptc = NULL;
    s->photoshop = all && all->data;
    if (!s->photoshop)
        return iptc ? ae_meta_add_iptc(r->meta, iptc->data, iptc->size, e) : 0;
    if (iptc && !ae_photoshop_find(all->data, all->size, AE_PHOTOSHOP_IPTC, &n))
        return join_iptc(r, all, iptc, e);
    return ae_reader_add_blob(r, AE_BLOB_PHOTOSHOP, all->data, all->size,
                              "what Photoshop says", e);
}

/* Distributes the entries to blobs, EXIF and `other`; those that stay in `d`
 * aren't copied. */
static int distribute(struct ae_reader *r, struct ae_ifd *d,
                      struct ae_ifd *exif, struct ae_ifd *other,
                      struct ae_err *e)
{
    for (int i = 0; i < d->count; i++) {
        struct ae_ifd_entry *en = &d->entry[i];
        if ((!en->data && !en->sub) || is_structure(en->tag))
            continue;
        if (en->tag == ICC)
            AE_TRY(ae_reader_add_blob(r, AE_BLOB_ICC, en->data, en->size,
                                      "the ICC profile", e));
        else if (en->tag == XMP)
            AE_TRY(ae_reader_add_blob(r, AE_BLOB_XMP, en->data, en->size, "XMP",
                                      e));
        else if (!is_bytes(en->tag))
            AE_TRY(ae_ifd_move(is_exif(en) ? exif : other, en, e));
    }
    return 0;
}

static int add_exif(struct ae_reader *r, const struct ae_ifd *exif,
                    const struct ae_ifd_form *form, struct ae_err *e)
{
    void *bytes;
    size_t size;

    if (exif->count == 0)
        return 0;
    int rc = ae_ifd_to_exif(exif, form, &bytes, &size, e);
    if (!rc)
        rc = ae_reader_add_blob(r, AE_BLOB_EXIF, bytes, size, "EXIF", e);
    free(bytes);
    return rc;
}

/* Reads the directory into `d`, and from there into the metadata. */
static int read_directory(struct ae_reader *r, struct ae_tiff *t, uint64_t at,
                          struct ae_tiff_source *s, struct ae_ifd *d,
                          struct ae_ifd *exif, struct ae_err *e)
{
    const struct ae_ifd_form *form = &s->layout.form;
    uint64_t next;
    int lost = 0;

    AE_TRY(ae_ifd_read(t->spool, form, at, d, &next, e));
    AE_TRY(load_values(t, form, d, &lost, e));
    if (lost)
        ae_log(t->ctx, AE_LOG_NOTE,
               "%s: tiff: %d tag%s left out, whose values are too large or lie "
               "outside the file",
               t->name, lost, lost > 1 ? "s are" : " is");
    if (ae_ifd_find(d, LAYERS))
        ae_log(t->ctx, AE_LOG_NOTE,
               "%s: tiff: Photoshop's layers are left out, which show the "
               "picture as it was",
               t->name);
    read_density(d, r->meta);
    AE_TRY(add_photoshop(r, d, s, e));
    AE_TRY(distribute(r, d, exif, &s->other, e));
    return add_exif(r, exif, form, e);
}

int ae_tiff_read_tags(struct ae_reader *r, struct ae_tiff *t, uint64_t at,
                      struct ae_tiff_source *s, struct ae_err *e)
{
    struct ae_ifd d = {0}, exif = {0};
    const int rc = read_directory(r, t, at, s, &d, &exif, e);

    ae_ifd_release(&d);
    ae_ifd_release(&exif);
    return rc;
}

/* --------------------------------------------------------------- writing */

/* The entries of EXIF's first directory go into the page's own. */
static int write_exif(const struct ae_meta *m, struct ae_ifd *d,
                      struct ae_err *e)
{
    const struct ae_blob *b = ae_meta_get(m, AE_BLOB_EXIF);
    struct ae_ifd_form form;
    struct ae_ifd x;
    struct ae_err why;
    int rc = 0;

    if (!b)
        return 0;
    if (ae_ifd_from_exif(b->data, b->size, &x, &form, &why))
        return why.code == AE_EMEM ? ae_fail(e, AE_EMEM, "%s", why.msg) : 0;
    for (int i = 0; !rc && i < x.count; i++)
        if (!is_structure(x.entry[i].tag))
            rc = ae_ifd_move(d, &x.entry[i], e);
    ae_ifd_release(&x);
    return rc;
}

static int write_density(const struct ae_meta *m, struct ae_ifd *d,
                         struct ae_err *e)
{
    uint32_t x[2] = {m->density_x, 1}, y[2] = {m->density_y, 1};
    uint16_t unit = (uint16_t)(m->density_unit + 1);

    if (!m->has_density || ae_ifd_find(d, X_RESOLUTION))
        return 0;
    if (!m->density_is_jfif && m->density_unit) { /* a metre is 100 cm */
        x[1] = y[1] = 100;
        unit = 3;
    }
    if (unit < 1 || unit > 3)
        return 0;
    AE_TRY(ae_ifd_add(d, X_RESOLUTION, AE_IFD_RATIONAL, 1, x, e));
    AE_TRY(ae_ifd_add(d, Y_RESOLUTION, AE_IFD_RATIONAL, 1, y, e));
    return ae_ifd_add(d, RESOLUTION_UNIT, AE_IFD_SHORT, 1, &unit, e);
}

static int write_blob(const struct ae_meta *m, enum ae_blob_kind kind,
                      unsigned tag, enum ae_ifd_type type, struct ae_ifd *d,
                      struct ae_err *e)
{
    const struct ae_blob *b = ae_meta_get(m, kind);

    return b && b->size ? ae_ifd_add(d, tag, type, b->size, b->data, e) : 0;
}

static int write_xmp(const struct ae_tiff *t, const struct ae_meta *m,
                     struct ae_ifd *d, struct ae_err *e)
{
    void *all;
    size_t n;
    int rc = ae_meta_join_xmp(m, t->ctx, t->name, &all, &n, e);

    if (rc || !all)
        return rc ? rc : write_blob(m, AE_BLOB_XMP, XMP, AE_IFD_BYTE, d, e);
    rc = ae_ifd_add(d, XMP, AE_IFD_BYTE, n, all, e);
    free(all);
    return rc;
}

static int write_blobs(const struct ae_tiff *t, const struct ae_meta *m,
                       int photoshop, struct ae_ifd *d, struct ae_err *e)
{
    size_t n = 0;
    const void *iptc = ae_meta_iptc(m, &n);

    AE_TRY(write_blob(m, AE_BLOB_ICC, ICC, AE_IFD_UNDEFINED, d, e));
    AE_TRY(write_xmp(t, m, d, e));
    if (photoshop)
        AE_TRY(write_blob(m, AE_BLOB_PHOTOSHOP, PHOTOSHOP, AE_IFD_BYTE, d, e));
    return iptc && n ? ae_ifd_add(d, IPTC, AE_IFD_UNDEFINED, n, iptc, e) : 0;
}

/* Whether the picture was turned by 90 degrees, judged by its densities. */
static int is_turned(const struct ae_meta *m, const struct ae_ifd *other)
{
    struct ae_meta was = {0};

    read_density(other, &was);
    return was.has_density && m->has_density &&
           was.density_x != was.density_y && was.density_x == m->density_y &&
           was.density_y == m->density_x;
}

/* Whether a tag goes with what is stripped: cameras', and those of programs
 * for themselves, with EXIF, those that people read with text. */
static int is_stripped(const struct ae_meta *m, unsigned tag)
{
    static const unsigned texts[] = {269, 270, 285, 305, 315, 316, 33432};
    enum { MAKE = 271, MODEL = 272, DATE_TIME = 306, PRIVATE = 32768 };

    for (size_t i = 0; i < AE_LEN(texts); i++)
        if (tag == texts[i])
            return (m->strip & AE_STRIP_TEXT) != 0;
    return (m->strip & AE_STRIP_EXIF) != 0 &&
           (tag == MAKE || tag == MODEL || tag == DATE_TIME || tag >= PRIVATE);
}

static int write_other(const struct ae_meta *m, const struct ae_ifd *other,
                       struct ae_ifd *d, struct ae_err *e)
{
    const int turned = is_turned(m, other);

    for (int i = 0; i < other->count; i++) {
        const struct ae_ifd_entry *en = &other->entry[i];
        unsigned tag = en->tag;
        if (is_stripped(m, tag))
            continue;
        if (turned && (tag == X_RESOLUTION || tag == Y_RESOLUTION))
            tag = X_RESOLUTION + Y_RESOLUTION - tag;
        AE_TRY(ae_ifd_add(d, tag, (enum ae_ifd_type)en->type, en->count,
                          en->data, e));
    }
    return 0;
}

int ae_tiff_write_tags(const struct ae_tiff *t, const struct ae_meta *m,
                       struct ae_ifd *d, struct ae_err *e)
{
    const struct ae_tiff_source *s = m->tiff;

    AE_TRY(write_exif(m, d, e));
    if (s)
        AE_TRY(write_other(m, &s->other, d, e));
    AE_TRY(write_density(m, d, e));
    return write_blobs(t, m, !s || s->photoshop, d, e);
}
