/* jpeg_codec.h - what the files of the JPEG format share: the states of a
 * decoder and of an encoder around libjpeg's, and the markers kept.
 *
 * libjpeg leaves by error_exit; every function that calls it arms `jump`
 * first and keeps nothing in locals across it. */
#ifndef AE_IMAGE_JPEG_CODEC_H
#define AE_IMAGE_JPEG_CODEC_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "image/format.h"

struct jpeg_in;

/* How an error gets from libjpeg to the caller; `mgr` comes first, so that
 * libjpeg's pointer is also ours. */
struct jpeg_trap {
    struct jpeg_error_mgr mgr;
    jmp_buf jump;
    struct ae_ctx *ctx;
    struct ae_io *io;
    const struct jpeg_in *in;    /* NULL in an encoder */
    struct ae_err *e;            /* of the call in progress */
    int code;
    int noted;                   /* a harmless oddity was mentioned */
};

/* Segments APP1 and APP2 as they came. */
struct jpeg_segments {
    unsigned char *exif, *mpf, *icc[256];
    size_t exif_size, mpf_size, icc_size[256];
    int icc_count;               /* that the first of them promised */
    int icc_bad;
    uint64_t mpf_at;             /* offset of its byte-order mark */
};

struct jpeg_in {
    struct jpeg_trap trap;
    struct jpeg_decompress_struct d;
    struct jpeg_source_mgr src;
    struct jpeg_progress_mgr progress;
    size_t given;                /* bytes peeked, not yet skipped */
    struct jpeg_segments segments;
    unsigned char *row;
};

struct jpeg_out {
    struct jpeg_trap trap;
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr dst;
    unsigned char *row;
    unsigned char buffer[16384];
};

/* jpeg_trap.c */
struct jpeg_error_mgr *ae_jpeg_trap(struct jpeg_trap *t, struct ae_ctx *ctx,
                                      struct ae_io *io, struct ae_err *e);
/* Leaves libjpeg with `code`, the message being in the trap's error. */
_Noreturn void ae_jpeg_leave(struct jpeg_trap *t, int code);

/* jpeg_meta.c: call before jpeg_read_header() */
void ae_jpeg_keep(struct jpeg_in *s);
int ae_jpeg_read_meta(const struct jpeg_in *s, struct ae_meta *m,
                   struct ae_err *e);
void ae_jpeg_write_meta(struct jpeg_out *s, const struct ae_meta *m);
void ae_jpeg_segments_release(struct jpeg_segments *g);
/* Offset in the stream of the byte libjpeg reads next. */
uint64_t ae_jpeg_position(const struct jpeg_in *s);

/* jpeg_mpf.c: skips the further pictures that the index lists; the stream
 * stands behind the first picture's EOI. */
int ae_jpeg_skip_listed(struct ae_ctx *ctx, struct ae_io *io,
                     const struct jpeg_segments *g, struct ae_err *e);

/* jpeg_write.c */
int ae_jpeg_create(struct ae_writer *w, struct ae_err *e);
int ae_jpeg_put(struct ae_writer *w, const float *row, struct ae_err *e);
int ae_jpeg_end(struct ae_writer *w, struct ae_err *e);
void ae_jpeg_drop(struct ae_writer *w);

#endif
