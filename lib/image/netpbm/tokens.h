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
    int last;  /* the last byte that was read, or 0 */
    int crlf;  /* a line has ended by CR and LF */
};

/* The next byte, or -1 at the end or after an error. */
int ae_tokens_next(struct ae_tokens *t, struct ae_err *e);
/* The same byte without reading it. */
int ae_tokens_peek(struct ae_tokens *t, struct ae_err *e);
/* Consumes what was read; to be called before the stream is used directly. */
int ae_tokens_finish(struct ae_tokens *t, struct ae_err *e);
/* After a header that ended by CR: skips the LF that belongs to it; where lines
 * end by CR alone it is the raster's first byte.  `raster` bytes and the end
 * of a file tell, else the header's other lines do; *unsure is 1 then, and
 * ae_tokens_check_end() is to be called behind the raster. */
int ae_tokens_end_header(struct ae_tokens *t, uint64_t raster, int *unsure,
                         struct ae_err *e);
/* AE_EFORMAT where neither the end nor a picture follows: then the raster has
 * other line ends, too, and its samples are shifted. */
int ae_tokens_check_end(struct ae_io *io, struct ae_err *e);
/* The next word after blanks and comments, and the one blank after it;
 * AE_EFORMAT when it is empty or longer than size - 1. */
int ae_tokens_word(struct ae_tokens *t, char *buf, size_t size,
                   const char *what, struct ae_err *e);
/* A word that must be a decimal number of lo..hi; `what` names it in errors. */
int ae_tokens_number(struct ae_tokens *t, const char *what, unsigned lo,
                     unsigned hi, unsigned *out, struct ae_err *e);
int ae_is_blank(int c);

#endif
