/* meta.h - the metadata of a picture file, kept as bytes.
 *
 * They are the same for all formats: open_reader() adds them, and a writer
 * writes those that its format can hold and names the others in a note.  A
 * blob holds what the datum's own standard defines, without the wrapping of a
 * file format (no "Exif\0\0", no chunk names, no pieces), so that any writer
 * can wrap it anew.  reader.c calls ae_meta_remove_stale() on what a format
 * added, so that no writer gets a stale thumbnail or a profile of another
 * colour space. */
#ifndef AE_IMAGE_META_H
#define AE_IMAGE_META_H

#include "base/base.h"

enum ae_blob_kind {
    /* An ICC profile.  JPEG: APP2; PNG: iCCP; TIFF: tag 34675; WebP: ICCP. */
    AE_BLOB_ICC,
    /* EXIF as a TIFF stream, from its byte-order mark "II" or "MM" on;
     * ae_meta_add() removes a prefix "Exif\0\0".  The orientation of the
     * picture is its tag 0x112 and nowhere else: a reader whose format has it
     * elsewhere calls ae_meta_set_orientation().  JPEG: APP1; PNG: eXIf;
     * WebP: EXIF. */
    AE_BLOB_EXIF,
    /* An XMP packet, UTF-8.  JPEG: APP1; PNG: iTXt "XML:com.adobe.xmp"; TIFF:
     * tag 700; WebP: "XMP ". */
    AE_BLOB_XMP,
    /* The extended XMP of a JPEG, joined; its MD5 is the one in the packet.
     * Other formats don't limit the length of XMP and have no extension:
     * their writers call ae_meta_join_xmp(). */
    AE_BLOB_XMP_EXTENSION,
    /* Photoshop's image resources, "8BIM" ...; resource 0x0404 is IPTC-IIM,
     * see ae_meta_iptc().  JPEG: APP13; TIFF: tag 34377; PNG: "Raw profile
     * type iptc". */
    AE_BLOB_PHOTOSHOP,
    /* A comment: text of unknown coding, which may end with a zero; there may
     * be several.  JPEG: COM; PNG: text "Comment". */
    AE_BLOB_COMMENT,
    /* Another chunk of a PNG: four bytes of type, then its data; several. */
    AE_BLOB_CHUNK,
    /* Another segment of a JPEG, which only a JPEG can hold: its marker's
     * second byte, then its content; several. */
    AE_BLOB_SEGMENT
};

struct ae_tiff_source; /* image/tiff/tiff.h */

struct ae_blob {
    enum ae_blob_kind kind;
    void *data;
    size_t size;
    int checked; /* by ae_meta_remove_stale() */
};

struct ae_meta {
    struct ae_blob *blobs; /* in the order of the file */
    int count;
    uint64_t bytes, limit; /* of all of them, and the bound on that */
    /* The reader may add more until it has finished: a PNG may have eXIf and
     * texts after the picture.  Writers whose format wants metadata first
     * delay the picture. */
    int open_ended;
    /* Pixel density, as in pHYs of PNG (unit 1: a metre) or, density_is_jfif,
     * as in JFIF (unit 1: an inch, 2: a cm); unit 0: only an aspect ratio. */
    int has_density, density_unit;
    uint32_t density_x, density_y;
    int density_is_jfif;
    int lossy;        /* 1: a WebP that was coded with loss */
    double pfm_scale; /* the size of PFM's `scale`; 0: not a PFM */
    /* An array's axes of images and of channels, which are there though there
     * may be one of them. */
    int image_axis, channel_axis;
    /* JPEG: the source's quantisation tables in natural order, the table that
     * each component uses, and sampling factors. */
    int is_jpeg, components, progressive;
    int is_rgb; /* 1: coded as RGB, 0: as YCbCr */
    uint16_t quant[4][64];
    int quant_index[4], sampling_h[4], sampling_v[4];
    /* TIFF: the layout of the source's samples, and its other tags.  tiff_free
     * is NULL in a copy, which only borrows them. */
    unsigned strip; /* enum ae_strip_kind: tags that aren't written */
    struct ae_tiff_source *tiff;
    void (*tiff_free)(struct ae_tiff_source *);
};

/* Bytes that a file's metadata may have, unless the memory allows less. */
#define AE_META_LIMIT ((uint64_t)64 << 20)

int ae_meta_new(struct ae_meta **out, struct ae_err *e);
/* Adds a copy of the bytes; AE_ELIMIT past m->limit, of which
 * ae_reader_add_blob() (image/format.h) makes a note. */
int ae_meta_add(struct ae_meta *m, enum ae_blob_kind kind, const void *data,
                size_t size, struct ae_err *e);
/* The first blob of a kind, or NULL; m may be NULL. */
const struct ae_blob *ae_meta_get(const struct ae_meta *m,
                                  enum ae_blob_kind kind);
int ae_meta_copy(const struct ae_meta *m, struct ae_meta **out,
                 struct ae_err *e);
/* Makes *to what is left of *from without those of enum ae_strip_kind, but for
 * the orientation, from its blob *taken on; a later call adds those that came
 * since.  It borrows from *from. */
int ae_meta_strip(const struct ae_meta *from, unsigned what, int *taken,
                  struct ae_meta *to, struct ae_err *e);
/* Removes blob i. */
void ae_meta_remove(struct ae_meta *m, int i);
/* Removes thumbnails, which would show the picture as it was, from EXIF and
 * Photoshop's resources, and a profile of another colour space than the
 * picture's; notes name the stream.  A second call checks only blobs that were
 * added since the first. */
void ae_meta_remove_stale(struct ae_meta *m, const struct ae_ctx *ctx,
                          const char *name, const struct ae_image_info *info);
/* Whether a profile is whole and one of 1 (gray) or 3 (RGB) channels. */
int ae_icc_fits(const void *icc, size_t size, int colours);

/* IPTC-IIM without Photoshop's wrapping, as in TIFF's tag 33723; points into
 * the blob of resources; NULL: there is none. */
const void *ae_meta_iptc(const struct ae_meta *m, size_t *size);
/* Adds IPTC-IIM as AE_BLOB_PHOTOSHOP, unless there is such a blob. */
int ae_meta_add_iptc(struct ae_meta *m, const void *iim, size_t size,
                     struct ae_err *e);

/* Packet and extension as one packet, to be freed with free(), for formats
 * that hold XMP of any length.  *out is NULL where there is no extension or,
 * with a note, where the two can't be joined. */
int ae_meta_join_xmp(const struct ae_meta *m, const struct ae_ctx *ctx,
                     const char *name, void **out, size_t *size,
                     struct ae_err *e);

/* The orientation that EXIF says, 1..8; 1 where it says none. */
int ae_meta_orientation(const struct ae_meta *m);
/* Sets it in EXIF and in XMP, where they have such a tag.  EXIF is added where
 * there is none, unless the orientation is 1. */
int ae_meta_set_orientation(struct ae_meta *m, int orientation,
                            struct ae_err *e);
/* Swaps what goes along width and height: densities, sides in EXIF and XMP, a
 * JPEG's tables and sampling factors. */
int ae_meta_swap_sides(struct ae_meta *m, struct ae_err *e);

#endif
