/* jpeg.h - what the files of the JPEG format share: the states of a decoder
 * and of an encoder around libjpeg's own, and the saved markers.
 *
 * libjpeg reports an error by a call of error_exit(), which must not return:
 * ours jumps.  So every function that calls libjpeg sets `jump` first, and
 * keeps nothing that it needs after a jump in local variables. */
#ifndef AE_IMAGE_JPEG_H
#define AE_IMAGE_JPEG_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "base/row_store.h"
#include "image/format.h"

struct jpeg_decoder;

/* How an error gets from libjpeg to the caller.  `mgr` comes first, so that
 * libjpeg's pointer to it is one to this struct, too. */
struct jpeg_error {
    struct jpeg_error_mgr mgr;
    jmp_buf jump;
    struct ae_ctx *ctx;
    struct ae_io *io;
    const struct jpeg_decoder *decoder; /* NULL in an encoder */
    struct ae_reader *reader;           /* of the decoder */
    struct ae_err *e;                   /* of the call in progress */
    int code;                           /* what ae_jpeg_throw() was given */
    int noted;                          /* a harmless warning was logged */
};

/* A marker segment: APPn or COM. */
struct jpeg_marker {
    int code; /* JPEG_APP0 + n or JPEG_COM */
    unsigned char *data;
    size_t size;
    uint64_t at; /* offset of the data in the stream */
};

/* Marker segments in the order of the file, and the index of further pictures
 * (MPF), which is in one of them. */
struct jpeg_markers {
    struct jpeg_marker *list;
    int count, cap;
    uint64_t bytes, limit;    /* of memory for all of them, and its bound */
    int left_out;             /* segments that the bound had no room for */
    int before_picture;       /* count + left_out when the picture began */
    const unsigned char *mpf; /* points into a segment; NULL: no index */
    size_t mpf_size;
    uint64_t mpf_at; /* offset in the stream of its byte-order mark */
    int gain_map;    /* XMP or a segment tells of one */
    int gain_data;   /* a segment does */
};

struct jpeg_decoder {
    struct jpeg_error error;
    struct jpeg_decompress_struct d;
    struct jpeg_source_mgr src;
    struct jpeg_progress_mgr progress;
    /* Of the stream libjpeg has read `lag` bytes, and is shown `peeked` bytes
     * behind them. */
    size_t lag, peeked;
    int begun;      /* it was shown the first marker */
    int in_segment; /* of metadata, which may hold anything */
    int in_scans;   /* the header is read, and coded data follow */
    int ended;      /* libjpeg was shown an end marker that isn't there */
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
    /* The coded picture waits here while the metadata that go before it
     * aren't complete: as blocks of the buffer's size, of which the last one
     * has `last_block` bytes. */
    int delays;
    struct ae_row_store delayed;
    int blocks;
    size_t last_block;
};

/* jpeg_error.c */
struct jpeg_error_mgr *ae_jpeg_error_init(struct jpeg_error *err,
                                          struct ae_ctx *ctx, struct ae_io *io,
                                          struct ae_err *e);
/* Jumps out of libjpeg with `code`; the message is in err->e already. */
_Noreturn void ae_jpeg_throw(struct jpeg_error *err, int code);
/* Offset in the stream of the byte that libjpeg reads next. */
uint64_t ae_jpeg_position(const struct jpeg_decoder *s);

/* jpeg_source.c: the stream for libjpeg; read_header() comes first. */
void ae_jpeg_source_init(struct jpeg_decoder *s);
int ae_jpeg_source_begin_scans(struct jpeg_decoder *s, struct ae_err *e);
/* Skips what libjpeg has read. */
int ae_jpeg_source_sync(struct jpeg_decoder *s, struct ae_err *e);
/* n bytes of metadata, to `to` or (NULL) nowhere; may jump. */
void ae_jpeg_source_pass(struct jpeg_decoder *s, unsigned char *to, size_t n);
/* AE_EFORMAT: the picture ends here. */
int ae_jpeg_fail_end(const struct jpeg_decoder *s);

/* What a note calls the rows of a picture that is cut short. */
#define AE_JPEG_REST "the rest is gray or coarse"

/* jpeg_markers.c: lets jpeg_read_header() save markers, in `limit` bytes. */
void ae_jpeg_save_markers(struct jpeg_decoder *s, uint64_t limit);
void ae_jpeg_markers_release(struct jpeg_markers *m);

/* jpeg_meta_read.c: the saved markers, tables and density as metadata. */
int ae_jpeg_read_meta(struct jpeg_decoder *s, struct ae_reader *r,
                      struct ae_err *e);
/* Notes markers that were saved after that, which nobody reads. */
void ae_jpeg_note_late_markers(const struct jpeg_decoder *s);

/* jpeg_meta_write.c: the metadata as segments, written to the stream. */
int ae_jpeg_write_meta(const struct ae_writer *w, struct ae_err *e);
int ae_jpeg_can_hold(const struct ae_meta *m, const struct ae_blob *b);

/* jpeg_mpf.c: skips the further pictures that the index lists; the stream
 * stands after the first picture's end marker (EOI). */
int ae_jpeg_skip_mpf(struct ae_ctx *ctx, struct ae_io *io,
                     const struct jpeg_markers *m, struct ae_err *e);

/* jpeg_cmyk.c: CMYK to sRGB.  open() is called after the metadata were read,
 * from which it takes the profile away.  libjpeg decodes a row of CMYK into
 * row(), and convert() makes RGB of it. */
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
