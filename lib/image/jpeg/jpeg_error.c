/* jpeg_error.c - libjpeg's errors and warnings as a code and a line of text.
 *
 * A warning that means lost or damaged samples is an error here, since the
 * picture that comes out must be the one that went in. */
#include "image/jpeg/jpeg.h"

#include <jerror.h>

void ae_jpeg_throw(struct jpeg_error *err, int code)
{
    err->code = code;
    longjmp(err->jump, 1);
}

uint64_t ae_jpeg_position(const struct jpeg_decoder *s)
{
    return ae_io_offset(s->error.io) + s->lag + s->peeked -
           (s->ended ? 0 : s->src.bytes_in_buffer);
}

static int code_of(int msg)
{
    switch (msg) {
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
        return AE_EUNSUPPORTED;
    case JERR_OUT_OF_MEMORY:
        return AE_EMEM;
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW:
    case JERR_NO_BACKING_STORE:
        return AE_ELIMIT;
    default:
        return AE_EFORMAT;
    }
}

static void on_error(j_common_ptr c)
{
    struct jpeg_error *t = (struct jpeg_error *)c->err;
    char text[JMSG_LENGTH_MAX];
    const uint64_t at = t->decoder ? ae_jpeg_position(t->decoder)
                                   : ae_io_offset(t->io);

    c->err->format_message(c, text);
    ae_jpeg_throw(t, ae_fail(t->e, code_of(c->err->msg_code),
                             "jpeg: %s (offset %llu)", text,
                             (unsigned long long)at));
}

/* The file is odd, but every sample is there. */
static int is_harmless(int msg)
{
    return msg == JWRN_EXTRANEOUS_DATA || msg == JWRN_ADOBE_XFORM ||
           msg == JWRN_JFIF_MAJOR || msg == JWRN_BOGUS_ICC;
}

static void on_message(j_common_ptr c, int level)
{
    struct jpeg_error *t = (struct jpeg_error *)c->err;
    char text[JMSG_LENGTH_MAX];

    if (level >= 0)
        return;
    const int lost = !is_harmless(c->err->msg_code);
    if (lost && t->decoder && t->decoder->ended &&
        c->err->msg_code == JWRN_HIT_MARKER && !t->ctx->salvage)
        ae_jpeg_throw(t, ae_jpeg_fail_end(t->decoder));
    if (lost && (!t->reader || !t->ctx->salvage))
        on_error(c);
    c->err->format_message(c, text);
    if (lost)
        ae_reader_salvage(t->reader, AE_EFORMAT, text, AE_JPEG_REST);
    if (t->noted || lost)
        return;
    t->noted = 1;
    ae_log(t->ctx, AE_LOG_INFO, "%s: jpeg: %s", ae_io_name(t->io), text);
}

struct jpeg_error_mgr *ae_jpeg_error_init(struct jpeg_error *t,
                                          struct ae_ctx *ctx, struct ae_io *io,
                                          struct ae_err *e)
{
    jpeg_std_error(&t->mgr);
    t->mgr.error_exit = on_error;
    t->mgr.emit_message = on_message;
    t->ctx = ctx;
    t->io = io;
    t->e = e;
    return &t->mgr;
}
