/* png_chunks.h - PNG's ancillary chunks as metadata, and metadata as chunks.
 * A chunk is its type and its bytes; libpng isn't needed here. */
#ifndef AE_IMAGE_PNG_CHUNKS_H
#define AE_IMAGE_PNG_CHUNKS_H

#include "image/format.h"

struct ae_png_chunk {
    char type[5]; /* "" where there is no chunk */
    const void *data;
    size_t size;
    void *buffer; /* NULL or `data`, to be freed with free() */
};

/* The samples in the file, and as they come out. */
struct ae_png_shape {
    int type;           /* colour type of IHDR: 0, 2, 3, 4 or 6 */
    int bits, new_bits; /* of a sample in the file, and as it comes out */
    int alpha;          /* 1: tRNS becomes an alpha channel */
    const unsigned char *palette; /* red, green, blue, ...; may be NULL */
    int colours;                  /* in the palette */
};

/* Adds what the chunk carries to the reader's metadata, or notes that it is
 * left out. */
int ae_png_read_chunk(struct ae_reader *r, const char type[4], const void *data,
                      size_t n, int after_picture, struct ae_err *e);
/* Rewrites sBIT and bKGD, which describe samples, for the samples as they come
 * out. */
void ae_png_adapt_chunks(struct ae_reader *r, const struct ae_png_shape *s);
/* The chunk for a blob; out->type is "" where PNG has none for it. */
int ae_png_make_chunk(const struct ae_writer *w, const struct ae_blob *b,
                      struct ae_png_chunk *out, struct ae_err *e);

/* See struct ae_format. */
int ae_png_can_hold(const struct ae_meta *m, const struct ae_blob *b);

/* Whether the picture in another format, without the chunk, would lose colours
 * or words.  A chunk that says sRGB isn't missed, since readers assume it. */
int ae_png_chunk_is_missed(const struct ae_meta *m, const struct ae_blob *b);

#endif
