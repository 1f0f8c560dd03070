/* png_chunks.h - PNG's ancillary chunks and the metadata that they are.
 * Knows no libpng: a chunk is its type and its bytes. */
#ifndef AE_IMAGE_PNG_CHUNKS_H
#define AE_IMAGE_PNG_CHUNKS_H

#include "image/format.h"

struct ae_png_chunk {
    char type[5]; /* with a zero; "": none */
    const void *data;
    size_t size;
    void *buffer; /* to be freed with free() */
};

/* What samples are in the file, and what becomes of them. */
struct ae_png_shape {
    int type;                     /* of colour, as in IHDR: 0 2 3 4 6 */
    int bits, new_bits;           /* of a sample */
    int alpha;                    /* tRNS becomes an alpha channel */
    const unsigned char *palette; /* red, green, blue ..., NULL: none */
    int colours;                  /* in it */
};

/* Keeps what the chunk carries; `late`: it stands behind the picture. */
int ae_png_read_chunk(struct ae_reader *r, const char type[4], const void *data,
                      size_t n, int after_picture, struct ae_err *e);
/* Lets sBIT and bKGD say what they said of the samples as they come out. */
void ae_png_adapt_chunks(struct ae_reader *r, const struct ae_png_shape *s);
/* The chunk that holds a blob in the picture that is written, if any. */
int ae_png_make_chunk(const struct ae_writer *w, const struct ae_blob *b,
                      struct ae_png_chunk *out, struct ae_err *e);

/* See struct ae_format. */
int ae_png_can_hold(const struct ae_meta *m, const struct ae_blob *b);

/* Whether a picture in another format, without the chunk, loses colours or
 * words; what says sRGB doesn't matter, since that is taken for granted. */
int ae_png_chunk_is_missed(const struct ae_meta *m, const struct ae_blob *b);

#endif
