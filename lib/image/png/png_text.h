/* png_text.h - PNG's texts: tEXt, zTXt and iTXt, and the profiles that
 * programs wrote into them as hexadecimal digits before there was eXIf. */
#ifndef AE_IMAGE_PNG_TEXT_H
#define AE_IMAGE_PNG_TEXT_H

#include "image/meta/meta.h"

/* Bytes that a text may have once it is unpacked. */
#define AE_PNG_TEXT_MAX ((uint64_t)32 << 20)

struct ae_png_text {
    const char *keyword; /* NUL-terminated; text isn't */
    const char *text;
    size_t size;
    int utf8;     /* else Latin-1 */
    void *buffer; /* to be freed with free() */
};

/* The text of a chunk.  AE_EFORMAT where the chunk is malformed, AE_ELIMIT
 * where the text has more than `most` bytes once it is unpacked. */
int ae_png_text_read(const char type[4], const void *data, size_t n,
                     uint64_t most, struct ae_png_text *out, struct ae_err *e);
int ae_png_is_text(const char type[4]);

/* The profile of a text "Raw profile type X"; AE_EFORMAT where it is broken or
 * of no known type.  *data is to be freed with free(). */
int ae_png_raw_profile(const struct ae_png_text *t, enum ae_blob_kind *kind,
                       void **data, size_t *size, struct ae_err *e);
/* The content of a zTXt chunk that holds the bytes as such a profile. */
int ae_png_make_raw(const char *name, const void *bytes, size_t n, void **data,
                    size_t *size, struct ae_err *e);
/* The type and the content of a chunk that holds a text: iTXt for UTF-8, tEXt
 * for ASCII and unknown codings; AE_EFORMAT where the text holds a zero. */
int ae_png_make_text(const char *keyword, const void *bytes, size_t n,
                     const char **type, void **data, size_t *size,
                     struct ae_err *e);

#endif
