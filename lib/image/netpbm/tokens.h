/* tokens.h - words and numbers of headers and plain rasters, read from a
 * stream without consuming a byte too many. */
#ifndef AE_IMAGE_TOKENS_H
#define AE_IMAGE_TOKENS_H

#include "image/format.h"

struct ae_tokens {
    struct ae_io *io;
    const unsigned char *p; /* n peeked bytes, of which `at` are read */
    size_t at, n;
    int error; /* the stream's first error */
};

/* The next byte, or -1 at the end or after an error. */
int ae_tokens_next(struct ae_tokens *t, struct ae_err *e);
/* The same byte without reading it. */
int ae_tokens_peek(struct ae_tokens *t, struct ae_err *e);
/* Consumes what was read; to be called before the stream is used directly. */
int ae_tokens_finish(struct ae_tokens *t, struct ae_err *e);
/* The next word after blanks and comments, and the one blank after it;
 * AE_EFORMAT when it is empty or longer than size - 1. */
int ae_tokens_word(struct ae_tokens *t, char *buf, size_t size,
                   const char *what, struct ae_err *e);
/* A word that must be a decimal number of lo..hi; `what` names it in errors. */
int ae_tokens_number(struct ae_tokens *t, const char *what, unsigned lo,
                     unsigned hi, unsigned *out, struct ae_err *e);
int ae_is_blank(int c);

#endif
