/* jpeg.h - what the files of the JPEG format share: the states of a
 * decoder and of an encoder around libjpeg's, and the markers kept.
 *
 * libjpeg leaves by error_exit; every function that calls it arms `jump`
 * first and keeps nothing in locals across it. */
#ifndef AE_IMAGE_JPEG_H
#define AE_IMAGE_JPEG_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "base/row_store.h"
#include "image/format.h"

struct jpeg_decoder;

/* How an error gets from libjpeg to the caller; `mgr` comes first, so that
 * libjpeg's pointer is also ours. */
struct jpeg_error {
    struct jpeg_error_mgr mgr;
    jmp_buf jump;
    struct ae_ctx *ctx;
    struct ae_io *io;
    const struct jpeg_decoder *in; /* NULL in an encoder */
    struct ae_err *e;              /* of the call in progress */
    int code;
    int noted; /* a harmless oddity was mentioned */
};

struct jpeg_marker {
    int marker;
    unsigned char *data;
    size_t size;
    uint64_t at; /* offset of the data in the stream */
};

/* Segments as they came, and what of them the index of pictures is. */
struct jpeg_markers {
    struct jpeg_marker *list;
    int count, cap;
    uint64_t bytes, limit;    /* of all of them, and the bound on that */
    int left_out;             /* of them, for that bound */
    int read;                 /* of both when the picture began */
    const unsigned char *mpf; /* in the list; NULL: none */
    size_t mpf_size;
    uint64_t mpf_at; /* offset of its byte-order mark */
};

struct jpeg_decoder {
    struct jpeg_error error;
    struct jpeg_decompress_struct d;
    struct jpeg_source_mgr src;
    struct jpeg_progress_mgr progress;
    size_t peeked; /* bytes peeked, not yet skipped */
    struct jpeg_markers markers;
    struct jpeg_cmyk *cmyk; /* NULL: gray or RGB comes out */
    unsigned char *row;
};

struct jpeg_encoder {
    struct jpeg_error error;
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr dst;
    unsigned char *row;
    unsigned char buffer[16384];
    /* The picture, while what goes before it isn't known: blocks as large as
     * the buffer, the last one of `last_block` bytes. */
    int delays;
    struct ae_row_store delayed;
    int blocks;
    size_t last_block;
};

/* jpeg_error.c */
struct jpeg_error_mgr *ae_jpeg_error_init(struct jpeg_error *t,
                                          struct ae_ctx *ctx, struct ae_io *io,
                                          struct ae_err *e);
/* Leaves libjpeg with `code`, the message being in the trap's error. */
_Noreturn void ae_jpeg_throw(struct jpeg_error *t, int code);

/* jpeg_markers.c: call before jpeg_read_header(); bound in bytes */
void ae_jpeg_save_markers(struct jpeg_decoder *s, uint64_t limit);
void ae_jpeg_markers_release(struct jpeg_markers *g);
/* Offset in the stream of the byte libjpeg reads next. */
uint64_t ae_jpeg_position(const struct jpeg_decoder *s);

/* jpeg_meta_read.c */
int ae_jpeg_read_meta(struct jpeg_decoder *s, struct ae_reader *r,
                      struct ae_err *e);
/* Names what came after that. */
void ae_jpeg_note_late_markers(const struct jpeg_decoder *s);

/* jpeg_meta_write.c: the metadata as segments, right into the stream */
int ae_jpeg_write_meta(const struct ae_writer *w, struct ae_err *e);
int ae_jpeg_can_hold(const struct ae_meta *m, const struct ae_blob *b);

/* jpeg_mpf.c: skips the further pictures that the index lists; the stream
 * stands behind the first picture's EOI. */
int ae_jpeg_skip_mpf(struct ae_ctx *ctx, struct ae_io *io,
                     const struct jpeg_markers *g, struct ae_err *e);

/* jpeg_cmyk.c: inks to sRGB.  open() after the metadata were read, of which it
 * takes the profile; a row of inks is decoded into row(), and becomes RGB by
 * convert(). */
int ae_jpeg_cmyk_open(struct jpeg_decoder *s, struct ae_meta *m,
                      struct ae_err *e);
unsigned char *ae_jpeg_cmyk_row(const struct jpeg_decoder *s);
void ae_jpeg_cmyk_convert(const struct jpeg_decoder *s, unsigned char *rgb);
void ae_jpeg_cmyk_close(struct jpeg_decoder *s);

/* jpeg_write.c */
int ae_jpeg_open_writer(struct ae_writer *w, struct ae_err *e);
int ae_jpeg_write_row(struct ae_writer *w, const float *row, struct ae_err *e);
int ae_jpeg_finish_writer(struct ae_writer *w, struct ae_err *e);
void ae_jpeg_close_writer(struct ae_writer *w);

#endif
