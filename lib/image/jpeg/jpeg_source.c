/* jpeg_source.c - lets libjpeg read a stream of pictures.
 *
 * Bytes are shown and not read, so that what follows the picture stays in the
 * stream.  Where another picture begins, or the stream ends, libjpeg is shown
 * an end marker once: it knows whether it still needs bits by then. */
#include "image/jpeg/jpeg.h"

#include <string.h>

/* Bytes of coded data that stay in the stream behind what libjpeg has read:
 * where the data turn out to be damaged, another picture may have begun in
 * them. */
enum { LAG = 8192 };

static void do_nothing(j_decompress_ptr d)
{
    (void)d;
}

int ae_jpeg_fail_end(const struct jpeg_decoder *s)
{
    return ae_fail(s->error.e, AE_EFORMAT,
                   "jpeg: ends too early, at offset %llu",
                   (unsigned long long)ae_jpeg_position(s));
}

/* Whether a picture begins: 1 or 0; -1: more bytes must tell.  In coded data
 * two bytes are enough; what is left of a header may hold them by chance. */
static int begins_picture(const struct jpeg_decoder *s, const unsigned char *p,
                          size_t n)
{
    if (p[0] != 0xFF || (n > 1 && p[1] != 0xD8))
        return 0;
    if (n < 2)
        return -1;
    return s->in_scans ? 1 : ae_begins_picture(p, n);
}

/* Whether p[i] begins the thumbnail of JFIF's extension, in a segment that
 * libjpeg reads itself. */
static int is_thumbnail(const unsigned char *p, size_t i)
{
    return i >= 6 && memcmp(p + i - 6, "JFXX\0\20", 6) == 0;
}

/* The bytes before the next picture; *sure: it begins there, else it may. */
static size_t count_before_next(const struct jpeg_decoder *s,
                                const unsigned char *p, size_t n, int *sure)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char *ff = memchr(p + i, 0xFF, n - i);
        if (!ff)
            break;
        i = (size_t)(ff - p);
        const int is = is_thumbnail(p, i) ? 0 : begins_picture(s, ff, n - i);
        *sure = is > 0;
        if (is)
            return i;
    }
    return n;
}

/* Shows an end marker, if that may end the picture: not within the header, not
 * twice, and not in arithmetic coding, which leaves out zeros at its end and
 * so can't be told from a part of it. */
static int show_end(struct jpeg_decoder *s)
{
    static const JOCTET marker[2] = {0xFF, JPEG_EOI};
    const int salvages = s->error.ctx->salvage;

    if (!s->in_scans || s->ended || (s->d.arith_code && !salvages))
        return ae_jpeg_fail_end(s);
    s->ended = 1;
    s->src.next_input_byte = marker;
    s->src.bytes_in_buffer = sizeof(marker);
    return 0;
}

/* Shows what is there, and the end of a picture only as such. */
static int show_more(struct jpeg_decoder *s)
{
    struct ae_io *io = s->error.io;
    size_t n = 0, least = 1, show = 0;
    const void *p;
    int sure = 0;

    while (!show) {
        AE_TRY(ae_io_peek_some(io, s->lag + least, &p, &n, s->error.e));
        n -= s->lag;
        const unsigned char *at = (const unsigned char *)p + s->lag;
        show = !s->begun       ? 2
               : s->in_segment ? n
                               : count_before_next(s, at, n, &sure);
        if (n < least && !sure) /* the stream ends */
            show = n;
        if (!show && (sure || n < least))
            return show_end(s);
        least = n + 1;
    }
    s->begun = 1;
    s->peeked = show;
    s->src.next_input_byte = (const JOCTET *)p + s->lag;
    s->src.bytes_in_buffer = show;
    return 0;
}

static boolean on_empty(j_decompress_ptr d)
{
    struct jpeg_decoder *s = d->client_data;
    const size_t shown = s->lag + s->peeked;
    int rc;

    s->lag = s->in_scans && shown > LAG ? LAG : s->in_scans ? shown : 0;
    s->peeked = s->src.bytes_in_buffer = 0;
    rc = ae_io_skip(s->error.io, shown - s->lag, s->error.e);
    if (!rc)
        rc = show_more(s);
    if (rc)
        ae_jpeg_throw(&s->error, rc);
    return TRUE;
}

int ae_jpeg_source_sync(struct jpeg_decoder *s, struct ae_err *e)
{
    const size_t left = s->ended ? 0 : s->src.bytes_in_buffer;
    const size_t n = s->lag + s->peeked - left;

    s->lag = s->peeked = s->src.bytes_in_buffer = 0;
    return ae_io_skip(s->error.io, n, e);
}

int ae_jpeg_source_begin_scans(struct jpeg_decoder *s, struct ae_err *e)
{
    s->in_scans = 1;
    return ae_jpeg_source_sync(s, e);
}

void ae_jpeg_source_pass(struct jpeg_decoder *s, unsigned char *to, size_t n)
{
    s->in_segment = 1;
    while (n) {
        if (s->src.bytes_in_buffer == 0)
            on_empty(&s->d);
        const size_t k = n < s->src.bytes_in_buffer ? n
                                                    : s->src.bytes_in_buffer;
        if (to) {
            memcpy(to, s->src.next_input_byte, k);
            to += k;
        }
        s->src.next_input_byte += k;
        s->src.bytes_in_buffer -= k;
        n -= k;
    }
    s->in_segment = 0;
    const int rc = s->ended ? 0 : ae_jpeg_source_sync(s, s->error.e);
    if (rc)
        ae_jpeg_throw(&s->error, rc);
}

static void on_skip(j_decompress_ptr d, long n)
{
    if (n > 0)
        ae_jpeg_source_pass(d->client_data, NULL, (size_t)n);
}

void ae_jpeg_source_init(struct jpeg_decoder *s)
{
    s->src.init_source = do_nothing;
    s->src.fill_input_buffer = on_empty;
    s->src.skip_input_data = on_skip;
    s->src.resync_to_restart = jpeg_resync_to_restart;
    s->src.term_source = do_nothing;
    s->d.src = &s->src;
}
