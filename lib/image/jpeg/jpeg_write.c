/* jpeg_write.c - writes JPEG: with the source's tables, sampling, density and
 * coding where that was a JPEG, else with quality 95 and 4:4:4.
 *
 * Small pictures get Huffman tables of their own.  Large ones get the
 * standard's, since libjpeg would hold all coefficients to count them. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

/* Pixels up to which all coefficients (2 bytes each) are held: a constant, so
 * that a file's bytes don't depend on any bound on memory. */
#define OPTIMISE_UP_TO (8 << 20)

static void on_start(j_compress_ptr c)
{
    struct jpeg_encoder *s = c->client_data;

    s->dst.next_output_byte = s->buffer;
    s->dst.free_in_buffer = sizeof(s->buffer);
}

static void flush_buffer(struct jpeg_encoder *s, size_t n)
{
    int rc;

    if (s->delays) {
        ae_row_store_put(&s->delayed, s->blocks++, 0, s->buffer, n);
        s->last_block = n;
        rc = ae_row_store_check(&s->delayed, s->error.e);
    } else {
        rc = ae_io_write(s->error.io, s->buffer, n, s->error.e);
    }
    if (rc)
        ae_jpeg_throw(&s->error, rc);
}

static boolean on_full(j_compress_ptr c)
{
    flush_buffer(c->client_data, sizeof(((struct jpeg_encoder *)0)->buffer));
    on_start(c);
    return TRUE;
}

static void on_end(j_compress_ptr c)
{
    struct jpeg_encoder *s = c->client_data;

    flush_buffer(s, sizeof(s->buffer) - s->dst.free_in_buffer);
}

/* Whether libjpeg can write these sampling factors in one interleaved scan. */
static int can_sample(const struct ae_meta *m)
{
    int hmax = 1, vmax = 1, blocks = 0;

    for (int i = 0; i < m->components; i++) {
        hmax = ae_max(hmax, m->sampling_h[i]);
        vmax = ae_max(vmax, m->sampling_v[i]);
        blocks += m->sampling_h[i] * m->sampling_v[i];
    }
    for (int i = 0; i < m->components; i++)
        if (hmax % m->sampling_h[i] || vmax % m->sampling_v[i])
            return 0;
    return m->components == 1 || blocks <= C_MAX_BLOCKS_IN_MCU;
}

static void copy_source_tables(struct jpeg_encoder *s, const struct ae_meta *m,
                               int quality)
{
    for (int i = 0; i < m->components; i++) {
        jpeg_component_info *c = &s->c.comp_info[i];
        const int k = m->quant_index[i];
        unsigned table[64];
        if (can_sample(m)) {
            c->h_samp_factor = m->sampling_h[i];
            c->v_samp_factor = m->sampling_v[i];
        }
        if (quality)
            continue;
        for (int j = 0; j < 64; j++)
            table[j] = m->quant[k][j];
        jpeg_add_quant_table(&s->c, k, table, 100, FALSE);
        c->quant_tbl_no = k;
    }
}

static void set_density(struct jpeg_encoder *s, const struct ae_meta *m)
{
    double k = 1;
    int unit = m->density_unit;

    if (!m->has_density) {
        s->c.write_JFIF_header = s->c.write_JFIF_header && !m->is_jpeg;
        return;
    }
    if (!m->density_is_jfif && unit == 1)
        k = 0.0254; /* dots a metre to dots an inch */
    const double x = m->density_x * k + 0.5, y = m->density_y * k + 0.5;
    if (x < 1 || y < 1 || x > 65535 || y > 65535)
        return;
    s->c.density_unit = (UINT8)unit;
    s->c.X_density = (UINT16)x;
    s->c.Y_density = (UINT16)y;
}

/* The subsampling that the user asks for; gray has no chroma. */
static void set_sampling(struct jpeg_encoder *s, enum ae_subsampling asked)
{
    static const int factors[][2] = {
        [AE_SUBSAMPLING_444] = {1, 1}, [AE_SUBSAMPLING_440] = {1, 2},
        [AE_SUBSAMPLING_422] = {2, 1}, [AE_SUBSAMPLING_420] = {2, 2},
        [AE_SUBSAMPLING_411] = {4, 1},
    };

    if (asked == AE_SUBSAMPLING_SOURCE || s->c.num_components != 3)
        return;
    for (int i = 0; i < 3; i++) {
        s->c.comp_info[i].h_samp_factor = i ? 1 : factors[asked][0];
        s->c.comp_info[i].v_samp_factor = i ? 1 : factors[asked][1];
    }
}

static void set_parameters(struct jpeg_encoder *s, const struct ae_writer *w)
{
    const struct ae_meta *m = w->meta;
    const int same = m && m->is_jpeg && m->components == w->channels;
    const int quality = w->options.quality;

    s->c.image_width = (JDIMENSION)w->info.w;
    s->c.image_height = (JDIMENSION)w->info.h;
    s->c.input_components = w->channels;
    s->c.in_color_space = w->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&s->c);
    jpeg_set_quality(&s->c, quality ? quality : 95, TRUE);
    s->c.dct_method = JDCT_ISLOW;
    s->c.comp_info[0].h_samp_factor = 1;
    s->c.comp_info[0].v_samp_factor = 1;
    if (same && m->is_rgb && w->options.subsampling <= AE_SUBSAMPLING_444)
        jpeg_set_colorspace(&s->c, JCS_RGB);
    if (same)
        copy_source_tables(s, m, quality);
    set_sampling(s, w->options.subsampling);
    if (m)
        set_density(s, m);
    s->c.optimize_coding = (uint64_t)w->info.w * (uint64_t)w->info.h <=
                           OPTIMISE_UP_TO;
    if (same && m->progressive)
        jpeg_simple_progression(&s->c);
}

static int start_compress(struct jpeg_encoder *s, const struct ae_writer *w)
{
    if (setjmp(s->error.jump))
        return s->error.code;
    jpeg_create_compress(&s->c);
    s->c.client_data = s;
    s->c.dest = &s->dst;
    s->dst.init_destination = on_start;
    s->dst.empty_output_buffer = on_full;
    s->dst.term_destination = on_end;
    set_parameters(s, w);
    jpeg_start_compress(&s->c, TRUE);
    /* This writes SOI, APP0 and APP14, after which metadata come. */
    flush_buffer(s, sizeof(s->buffer) - s->dst.free_in_buffer);
    on_start(&s->c);
    return 0;
}

/* Where the source may carry metadata after the picture, the coded picture
 * waits: in memory if it is small, else in a file.  A coefficient takes 26
 * bits at most, and each of their bytes may need a second one. */
static int delay_picture(struct jpeg_encoder *s, const struct ae_writer *w,
                         struct ae_err *e)
{
    const uint64_t side = 31;
    const uint64_t samples = (((uint64_t)w->info.w + side) & ~side) *
                             (((uint64_t)w->info.h + side) & ~side) *
                             (uint64_t)w->channels;
    const uint64_t blocks = (samples * 7 + 65536) / sizeof(s->buffer) + 1;
    const int file = blocks * sizeof(s->buffer) > w->ctx->memory / 16;

    s->delays = 1;
    return ae_row_store_init(&s->delayed, sizeof(s->buffer),
                             file ? 1 : (int)blocks, file, e);
}

/* Writes the metadata, then the picture that has waited. */
static int write_delayed(struct jpeg_encoder *s, const struct ae_writer *w,
                         struct ae_err *e)
{
    AE_TRY(ae_jpeg_write_meta(w, e));
    for (int i = 0; i < s->blocks; i++) {
        const size_t n = i + 1 < s->blocks ? sizeof(s->buffer) : s->last_block;
        ae_row_store_get(&s->delayed, i, 0, s->buffer, n);
        AE_TRY(ae_row_store_check(&s->delayed, e));
        AE_TRY(ae_io_write(w->io, s->buffer, n, e));
    }
    return 0;
}

int ae_jpeg_open_writer(struct ae_writer *w, struct ae_err *e)
{
    const int colours = w->info.channels - w->info.alpha;

    if (colours != 1 && colours != 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "jpeg holds gray or colour, not %d channels: write npy "
                       "or pam",
                       colours);
    if (w->info.w > JPEG_MAX_DIMENSION || w->info.h > JPEG_MAX_DIMENSION)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "jpeg holds at most %ld pixels a side, not %d x %d: "
                       "write png",
                       JPEG_MAX_DIMENSION, w->info.w, w->info.h);
    struct jpeg_encoder *s = w->state = ae_alloc(1, sizeof(*s), e);
    if (!s)
        return AE_EMEM;
    s->c.err = ae_jpeg_error_init(&s->error, w->ctx, w->io, e);
    w->channels = colours;
    w->maxval = 255;
    s->row = ae_alloc((size_t)w->info.w, (size_t)colours, e);
    if (!s->row)
        return AE_EMEM;
    if (w->info.alpha)
        ae_log(w->ctx, AE_LOG_NOTE, "%s: jpeg holds no alpha: it is left out",
               ae_io_name(w->io));
    const int rc = start_compress(s, w);
    if (rc || !w->meta)
        return rc;
    return w->meta->open_ended ? delay_picture(s, w, e)
                               : ae_jpeg_write_meta(w, e);
}

int ae_jpeg_write_row(struct ae_writer *w, const float *row, struct ae_err *e)
{
    struct jpeg_encoder *s = w->state;

    s->error.e = e;
    ae_samples_from_float(w->ctx, s->row, row, 255,
                          (size_t)w->info.w * (size_t)w->channels);
    if (setjmp(s->error.jump))
        return s->error.code;
    jpeg_write_scanlines(&s->c, &s->row, 1);
    return 0;
}

static int finish_compress(struct jpeg_encoder *s)
{
    if (setjmp(s->error.jump))
        return s->error.code;
    jpeg_finish_compress(&s->c);
    return 0;
}

int ae_jpeg_finish_writer(struct ae_writer *w, struct ae_err *e)
{
    struct jpeg_encoder *s = w->state;

    s->error.e = e;
    const int rc = finish_compress(s);
    return rc || !s->delays ? rc : write_delayed(s, w, e);
}

void ae_jpeg_close_writer(struct ae_writer *w)
{
    struct jpeg_encoder *s = w->state;

    jpeg_destroy_compress(&s->c);
    ae_row_store_release(&s->delayed);
    free(s->row);
    free(s);
}
