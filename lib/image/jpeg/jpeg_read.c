/* jpeg_read.c - reads JPEG through libjpeg-turbo: baseline and progressive;
 * gray, YCbCr, RGB, CMYK and YCCK; by the slow integer transform and smooth
 * upsampling.
 *
 * Consumes exactly the file's bytes and the further pictures that its MPF
 * index lists.  A file that is cut short or damaged is an error, never a
 * picture made of guesses. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

/* Each scan walks the whole picture, so a small file of thousands of empty
 * scans would take hours; encoders write about ten. */
#define MAX_SCANS 100

static int is_jpeg(const unsigned char *p, size_t n)
{
    return n >= 3 && memcmp(p, "\377\330\377", 3) == 0;
}

static void on_progress(j_common_ptr c)
{
    struct jpeg_decoder *s = c->client_data;

    if (s->d.input_scan_number > MAX_SCANS)
        ae_jpeg_throw(&s->error,
                      ae_fail(s->error.e, AE_ELIMIT, "jpeg: more than %d scans",
                              MAX_SCANS));
}

static int read_header(struct jpeg_decoder *s, uint64_t limit)
{
    if (setjmp(s->error.jump))
        return s->error.code;
    jpeg_create_decompress(&s->d);
    ae_jpeg_save_markers(s, limit);
    ae_jpeg_source_init(s);
    s->progress.progress_monitor = on_progress;
    s->d.progress = &s->progress;
    jpeg_read_header(&s->d, TRUE);
    return 0;
}

/* A picture of several scans is held whole, as coefficients. */
static int check_memory(struct jpeg_decoder *s)
{
    uint64_t bytes = 0;

    if (!jpeg_has_multiple_scans(&s->d))
        return 0;
    for (int i = 0; i < s->d.num_components; i++) {
        const jpeg_component_info *c = &s->d.comp_info[i];
        bytes += (uint64_t)c->width_in_blocks * c->height_in_blocks *
                 sizeof(JBLOCK);
    }
    s->error.reader->held = bytes;
    if (bytes <= s->error.ctx->memory)
        return 0;
    return ae_fail(s->error.e, AE_ELIMIT,
                   "jpeg: has several scans, so all of its %llu bytes are "
                   "needed at once, which is past the bound on memory",
                   (unsigned long long)bytes);
}

static int check_colour(const struct jpeg_decoder *s)
{
    switch (s->d.jpeg_color_space) {
    case JCS_GRAYSCALE:
    case JCS_YCbCr:
    case JCS_RGB:
    case JCS_CMYK:
    case JCS_YCCK:
        return 0;
    default:
        return ae_fail(s->error.e, AE_EUNSUPPORTED,
                       "jpeg: %d components of no known colour",
                       s->d.num_components);
    }
}

static int start_decompress(struct jpeg_decoder *s)
{
    if (setjmp(s->error.jump))
        return s->error.code;
    const int gray = s->d.jpeg_color_space == JCS_GRAYSCALE;
    s->d.out_color_space = gray                       ? JCS_GRAYSCALE
                           : s->d.num_components == 4 ? JCS_CMYK
                                                      : JCS_RGB;
    s->d.dct_method = JDCT_ISLOW;
    s->d.do_fancy_upsampling = TRUE;
    jpeg_start_decompress(&s->d);
    return 0;
}

/* Whether every coefficient has come, to its last bit.  libjpeg keeps a
 * component's table from its first scan on, and counts bits only of progressive
 * files: -1 is none yet, 0 all. */
static int is_complete(const struct jpeg_decompress_struct *d)
{
    for (int i = 0; i < d->num_components; i++) {
        if (!d->comp_info[i].quant_table)
            return 0;
        for (int k = 0; d->coef_bits && k < DCTSIZE2; k++)
            if (d->coef_bits[i][k])
                return 0;
    }
    return 1;
}

/* Refuses a picture of several scans, which libjpeg has read by now, whose end
 * marker isn't there if one of its scans may be missing, too. */
static int check_scans(struct jpeg_decoder *s)
{
    if (!s->ended || !jpeg_has_multiple_scans(&s->d) || is_complete(&s->d))
        return 0;
    if (!s->error.ctx->salvage)
        return ae_jpeg_fail_end(s);
    ae_reader_salvage(s->error.reader, AE_EFORMAT, "jpeg: scans are missing",
                      AE_JPEG_REST);
    return 0;
}

static int open_jpeg_reader(struct ae_reader *r, struct ae_err *e)
{
    struct jpeg_decoder *s = r->state = ae_alloc(1, sizeof(*s), e);

    if (!s)
        return AE_EMEM;
    s->d.err = ae_jpeg_error_init(&s->error, r->ctx, r->io, e);
    s->error.decoder = s;
    s->error.reader = r;
    AE_TRY(read_header(s, r->meta->limit));
    AE_TRY(ae_ctx_check_size(r->ctx, s->d.image_width, s->d.image_height, e));
    r->info.w = (int)s->d.image_width;
    r->info.h = (int)s->d.image_height;
    AE_TRY(check_colour(s));
    AE_TRY(check_memory(s));
    AE_TRY(ae_jpeg_source_begin_scans(s, e));
    AE_TRY(start_decompress(s));
    AE_TRY(check_scans(s));
    const int is_cmyk = s->d.out_color_space == JCS_CMYK;
    r->info.channels = is_cmyk ? 3 : s->d.output_components;
    r->info.maxval = 255;
    s->row = ae_alloc((size_t)r->info.w, (size_t)r->info.channels, e);
    int rc = s->row ? ae_jpeg_read_meta(s, r, e) : AE_EMEM;
    return rc || !is_cmyk ? rc : ae_jpeg_cmyk_open(s, r->meta, e);
}

static int decode_row(struct jpeg_decoder *s)
{
    if (setjmp(s->error.jump))
        return s->error.code;
    unsigned char *row = s->cmyk ? ae_jpeg_cmyk_row(s) : s->row;
    jpeg_read_scanlines(&s->d, &row, 1);
    if (s->cmyk)
        ae_jpeg_cmyk_convert(s, s->row);
    return 0;
}

static int read_jpeg_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    struct jpeg_decoder *s = r->state;

    s->error.e = e;
    const int rc = decode_row(s);
    if (rc)
        return ae_err_at(e, rc, "row %d", r->y);
    ae_samples_to_float(r->ctx, row, s->row, 255,
                        (size_t)r->info.w * (size_t)r->info.channels);
    return 0;
}

static int finish_decompress(struct jpeg_decoder *s)
{
    if (setjmp(s->error.jump))
        return s->error.code;
    jpeg_finish_decompress(&s->d);
    return 0;
}

static int finish_jpeg_reader(struct ae_reader *r, struct ae_err *e)
{
    struct jpeg_decoder *s = r->state;

    s->error.e = e;
    int rc = finish_decompress(s);
    if (!rc)
        rc = ae_jpeg_source_sync(s, e);
    if (!rc && s->ended)
        ae_log(r->ctx, AE_LOG_NOTE,
               "%s: jpeg: its end marker is missing, though every sample is "
               "there",
               ae_io_name(r->io));
    ae_jpeg_note_late_markers(s);
    if (!rc)
        rc = ae_jpeg_skip_mpf(r->ctx, r->io, &s->markers, e);
    return rc;
}

/* The end of a damaged picture: its end marker, or the start of another.  In a
 * header segments are passed by their lengths, since a thumbnail may lie in
 * one; coded data hold no markers but those that count restarts. */
static size_t find_end(const void *arg, const unsigned char *p, size_t n,
                       int *end)
{
    const struct jpeg_decoder *s = arg;

    if (p[0] != 0xFF)
        return 1;
    if (n < 2)
        return 0;
    const int marker = p[1];
    *end = marker == 0xD9 || (marker == 0xD8 && n > 2 && p[2] == 0xFF);
    if (*end)
        return marker == 0xD9 ? 2 : 0;
    if (marker == 0xD8)
        return n > 2 ? 1 : 0;
    if (s->in_scans || marker < 0xC0 || marker == 0xFF ||
        (marker >= 0xD0 && marker <= 0xD7))
        return marker == 0xFF ? 1 : 2;
    return n < 4 ? 0 : 2 + ((size_t)p[2] << 8 | p[3]);
}

static int recover_jpeg(struct ae_reader *r, struct ae_err *e)
{
    struct jpeg_decoder *s = r->state;

    if (!s)
        return AE_END;
    if (!s->in_scans)
        AE_TRY(ae_jpeg_source_sync(s, e));
    const int rc = ae_skip_to_picture(r->io, find_end, s, e);
    return rc ? rc : ae_jpeg_skip_mpf(r->ctx, r->io, &s->markers, e);
}

static void close_jpeg_reader(struct ae_reader *r)
{
    struct jpeg_decoder *s = r->state;

    jpeg_destroy_decompress(&s->d);
    ae_jpeg_markers_release(&s->markers);
    ae_jpeg_cmyk_close(s);
    free(s->row);
    free(s);
}

const struct ae_format ae_fmt_jpeg = {
    .name = "jpeg",
    .endings = {"jpg", "jpeg", "jpe"},
    .library = "libjpeg",
    .marked = 1,
    .matches = is_jpeg,
    .open_reader = open_jpeg_reader,
    .read_row = read_jpeg_row,
    .finish_reader = finish_jpeg_reader,
    .close_reader = close_jpeg_reader,
    .recover = recover_jpeg,
    .open_writer = ae_jpeg_open_writer,
    .write_row = ae_jpeg_write_row,
    .finish_writer = ae_jpeg_finish_writer,
    .close_writer = ae_jpeg_close_writer,
    .can_hold = ae_jpeg_can_hold,
};
