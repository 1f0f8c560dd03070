/* meta.h - what a picture file carries beside its samples, kept as bytes.
 * Filled by a reader, handed unread to a writer, which takes what its format
 * can hold. */
#ifndef AE_IMAGE_META_H
#define AE_IMAGE_META_H

#include "base/base.h"

enum ae_blob_kind { AE_BLOB_ICC, AE_BLOB_EXIF };

struct ae_blob {
    enum ae_blob_kind kind;
    void *data;
    size_t size;
};

struct ae_meta {
    struct ae_blob *blobs;
    int count;
    /* density: PNG pHYs (unit 1: metre) or JFIF (unit 1: inch, 2: cm) */
    int has_density, density_unit;
    uint32_t density_x, density_y;
    int density_is_jfif;
    /* JPEG: the source's tables in natural order, which of them each
     * component uses, and sampling factors */
    int is_jpeg, components, progressive;
    int is_rgb;                  /* coded as RGB, not YCbCr */
    uint16_t quant[4][64];
    int quant_index[4], sampling_h[4], sampling_v[4];
};

int ae_meta_new(struct ae_meta **out, struct ae_err *e);
int ae_meta_add(struct ae_meta *m, enum ae_blob_kind kind, const void *data,
                size_t size, struct ae_err *e);
const struct ae_blob *ae_meta_get(const struct ae_meta *m,
                                  enum ae_blob_kind kind);

#endif
