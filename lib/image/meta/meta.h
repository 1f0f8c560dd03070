/* meta.h - what a picture file carries beside its samples, kept as bytes.
 *
 * One notion for all formats: a reader's open() fills it, a writer takes what
 * its format can hold and names in a note what it can't.  What is kept is
 * what the datum's own standard calls it, without the wrapping of a format
 * (no "Exif\0\0", no chunk names, no pieces), so that any writer can wrap it
 * anew.  reader.c calls ae_meta_remove_stale() on what a format added, so that
 * no writer gets a stale thumbnail or a profile of another colour space. */
#ifndef AE_IMAGE_META_H
#define AE_IMAGE_META_H

#include "base/base.h"

enum ae_blob_kind {
    /* An ICC profile.  JPEG: APP2; PNG: iCCP; TIFF: tag 34675; WebP: ICCP. */
    AE_BLOB_ICC,
    /* EXIF as a TIFF stream, from its byte-order mark "II" or "MM" on; a
     * prefix "Exif\0\0" is taken off by ae_meta_add().  The orientation of
     * the picture is its tag 0x112 and nowhere else: a reader whose format
     * has it elsewhere calls ae_meta_set_orientation().  JPEG: APP1; PNG:
     * eXIf; WebP: EXIF. */
    AE_BLOB_EXIF,
    /* An XMP packet, UTF-8.  JPEG: APP1; PNG: iTXt "XML:com.adobe.xmp"; TIFF:
     * tag 700; WebP: "XMP ". */
    AE_BLOB_XMP,
    /* The extended XMP of a JPEG, whole and with the MD5 that the packet
     * names.  Other formats have no limit of length and none of this: their
     * writers call ae_meta_join_xmp(). */
    AE_BLOB_XMP_EXTENSION,
    /* Photoshop's image resources, "8BIM" ..., of which 0x0404 is IPTC-IIM;
     * see ae_meta_iptc().  JPEG: APP13; TIFF: tag 34377; PNG: "Raw profile
     * type iptc". */
    AE_BLOB_PHOTOSHOP,
    /* One comment, text of unknown coding, now and then with a zero at the
     * end; there may be several.  JPEG: COM; PNG: text "Comment". */
    AE_BLOB_COMMENT,
    /* Chunk of a PNG: four bytes of type, then its data; several. */
    AE_BLOB_CHUNK,
    /* Segment of a JPEG: its marker's second byte, then its content; for a
     * JPEG alone; several. */
    AE_BLOB_SEGMENT
};

struct ae_tiff_source; /* image/tiff/tiff.h */

struct ae_blob {
    enum ae_blob_kind kind;
    void *data;
    size_t size;
    int checked; /* ae_meta_remove_stale() has seen it */
};

struct ae_meta {
    struct ae_blob *blobs; /* in the order of the file */
    int count;
    uint64_t bytes, limit; /* of all of them, and the bound on that */
    /* The reader may add more until it has finished (PNG, whose eXIf and text
     * may stand behind the picture): writers whose format wants metadata in
     * front hold the picture back. */
    int open_ended;
    /* density: PNG pHYs (unit 1: metre) or JFIF (unit 1: inch, 2: cm) */
    int has_density, density_unit;
    uint32_t density_x, density_y;
    int density_is_jfif;
    int lossy;        /* a WebP whose samples weren't kept exactly */
    double pfm_scale; /* the unit of PFM's samples; 0: none said */
    /* JPEG: the source's tables in natural order, which of them each
     * component uses, and sampling factors */
    int is_jpeg, components, progressive;
    int is_rgb; /* coded as RGB, not YCbCr */
    uint16_t quant[4][64];
    int quant_index[4], sampling_h[4], sampling_v[4];
    /* TIFF: how the source's samples lie, and its other tags; tiff_free is
     * NULL where they are another's */
    struct ae_tiff_source *tiff;
    void (*tiff_free)(struct ae_tiff_source *);
};

int ae_meta_new(struct ae_meta **out, struct ae_err *e);
/* A copy of the bytes; AE_ELIMIT beyond m->limit, which readers answer with a
 * note: see ae_reader_add_blob() in image/format.h. */
int ae_meta_add(struct ae_meta *m, enum ae_blob_kind kind, const void *data,
                size_t size, struct ae_err *e);
/* The first of that kind, NULL: none. */
const struct ae_blob *ae_meta_get(const struct ae_meta *m,
                                  enum ae_blob_kind kind);
int ae_meta_copy(const struct ae_meta *m, struct ae_meta **out,
                 struct ae_err *e);
/* Forgets blob i. */
void ae_meta_remove(struct ae_meta *m, int i);
/* Takes thumbnails, which would show the picture as it was, out of EXIF and
 * Photoshop's resources, and lets a profile of another colour space than the
 * picture's go, with notes that name the stream.  Again for what was added
 * since. */
void ae_meta_remove_stale(struct ae_meta *m, const struct ae_ctx *ctx,
                          const char *name, const struct ae_image_info *info);
/* Whether a profile is whole and one of 1 (gray) or 3 (RGB) channels. */
int ae_icc_fits(const void *icc, size_t size, int colours);

/* IPTC-IIM without Photoshop's wrapping, as in TIFF's tag 33723: the bytes
 * among the resources, NULL: none ... */
const void *ae_meta_iptc(const struct ae_meta *m, size_t *size);
/* ... and wrapped as AE_BLOB_PHOTOSHOP, unless there is such a blob. */
int ae_meta_add_iptc(struct ae_meta *m, const void *iim, size_t size,
                     struct ae_err *e);

/* For formats that hold XMP of any length: packet and extension as one, to be
 * freed with free(); *out becomes NULL where there is no extension, or, with a
 * note, where the two can't be joined. */
int ae_meta_join_xmp(const struct ae_meta *m, const struct ae_ctx *ctx,
                     const char *name, void **out, size_t *size,
                     struct ae_err *e);

/* Orientation of the EXIF data, 1..8; 1 where there are none. */
int ae_meta_orientation(const struct ae_meta *m);
/* In EXIF, which is made where there is none, and in XMP; where either has no
 * such tag it gets none. */
int ae_meta_set_orientation(struct ae_meta *m, int orientation,
                            struct ae_err *e);
/* Width and height, and what goes along them, change places: densities, sides
 * in EXIF and XMP, a JPEG's tables and sampling. */
int ae_meta_swap_sides(struct ae_meta *m, struct ae_err *e);

#endif
