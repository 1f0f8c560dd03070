/* png_text.h - PNG's texts: tEXt, zTXt, iTXt, and the profiles that programs
 * wrote into them as hexadecimal digits before there was eXIf. */
#ifndef AE_IMAGE_PNG_TEXT_H
#define AE_IMAGE_PNG_TEXT_H

#include "image/meta/meta.h"

struct ae_png_text {
    const char *keyword; /* ends in a zero */
    const char *text;
    size_t size;
    int utf8;     /* else Latin-1 */
    void *buffer; /* to be freed with free() */
};

/* AE_EFORMAT where the chunk isn't as it should be, AE_ELIMIT where the text
 * unpacks to more than `most` bytes. */
int ae_png_text_read(const char type[4], const void *data, size_t n,
                     uint64_t most, struct ae_png_text *out, struct ae_err *e);
int ae_png_is_text(const char type[4]);

/* "Raw profile type X" as a blob; returns AE_EFORMAT where it is none, or
 * broken.  *data is to be freed with free(). */
int ae_png_raw_profile(const struct ae_png_text *t, enum ae_blob_kind *kind,
                       void **data, size_t *size, struct ae_err *e);
/* The content of a zTXt that holds the bytes so. */
int ae_png_make_raw(const char *name, const void *bytes, size_t n, void **data,
                    size_t *size, struct ae_err *e);
/* The content of a chunk that holds a text of UTF-8 (iTXt), or of ASCII or
 * unknown coding (tEXt); AE_EFORMAT for what is no text.  *type becomes the
 * chunk's. */
int ae_png_make_text(const char *keyword, const void *bytes, size_t n,
                     const char **type, void **data, size_t *size,
                     struct ae_err *e);

#endif
