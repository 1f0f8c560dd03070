/* tokens.h - the words and numbers of headers and plain rasters, read from a
 * stream without taking a byte too much. */
#ifndef AE_IMAGE_TOKENS_H
#define AE_IMAGE_TOKENS_H

#include "image/format.h"

struct ae_tokens {
    struct ae_io *io;
    const unsigned char *p; /* peeked bytes; valid until the io moves */
    size_t at, n;
    int error; /* the stream's, kept */
};

/* The next byte, or -1 at the end or after an error. */
int ae_tokens_next(struct ae_tokens *t, struct ae_err *e);
/* The next byte without taking it. */
int ae_tokens_peek(struct ae_tokens *t, struct ae_err *e);
/* Takes from the stream what was read; call before using the io. */
int ae_tokens_finish(struct ae_tokens *t, struct ae_err *e);
/* The next word after blanks and #-comments, and the one blank behind it;
 * AE_EFORMAT when it is empty or longer than size - 1. */
int ae_tokens_word(struct ae_tokens *t, char *buf, size_t size,
                   const char *what, struct ae_err *e);
/* Such a word as a decimal number of lo..hi. */
int ae_tokens_number(struct ae_tokens *t, const char *what, unsigned lo,
                     unsigned hi, unsigned *out, struct ae_err *e);
int ae_is_blank(int c);

#endif
