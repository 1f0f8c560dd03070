/* jpeg_meta.c - what a JPEG carries beside its samples.
 *
 * EXIF (first APP1 "Exif"), ICC (APP2, in numbered pieces) and the MPF index
 * (APP2) are taken as bytes by marker processors of our own, whose memory is
 * bounded by the 255 pieces that a profile can have; everything else is
 * skipped.  Broken metadata never breaks the picture. */
#include "image/jpeg_codec.h"

#include <stdlib.h>
#include <string.h>

static const char exif_id[] = "Exif\0";        /* six bytes with the end */
static const char icc_id[] = "ICC_PROFILE";    /* twelve */
static const char mpf_id[] = "MPF";            /* four */

/* The decoder is the second member of its struct. */
static struct jpeg_in *decoder(j_decompress_ptr d)
{
    return d->client_data;
}

uint64_t ae_jpeg_position(const struct jpeg_in *s)
{
    return ae_io_offset(s->trap.io) + s->given - s->src.bytes_in_buffer;
}

static void take(struct jpeg_in *s, unsigned char *to, size_t n)
{
    while (n) {
        if (s->src.bytes_in_buffer == 0)
            s->src.fill_input_buffer(&s->d);
        const size_t k = n < s->src.bytes_in_buffer
            ? n : s->src.bytes_in_buffer;
        memcpy(to, s->src.next_input_byte, k);
        s->src.next_input_byte += k;
        s->src.bytes_in_buffer -= k;
        to += k;
        n -= k;
    }
}

/* The rest of a segment into *slot; the slot owns it before a byte is read,
 * since reading may leave by the trap. */
static void keep(struct jpeg_in *s, unsigned char **slot, size_t *size,
                 size_t n)
{
    *slot = ae_alloc(n ? n : 1, 1, s->trap.e);
    if (!*slot)
        ae_jpeg_leave(&s->trap, AE_EMEM);
    *size = n;
    take(s, *slot, n);
}

static void keep_icc(struct jpeg_in *s, size_t n)
{
    struct jpeg_segments *g = &s->segments;
    unsigned char place[2];      /* number from 1, of how many */
    take(s, place, 2);
    n -= 2;
    const int i = place[0];
    if (g->icc_count == 0)
        g->icc_count = place[1];
    if (i == 0 || i > g->icc_count || place[1] != g->icc_count || g->icc[i]) {
        g->icc_bad = 1;
        s->src.skip_input_data(&s->d, (long)n);
        return;
    }
    keep(s, &g->icc[i], &g->icc_size[i], n);
}

static boolean on_segment(j_decompress_ptr d)
{
    struct jpeg_in *s = decoder(d);
    struct jpeg_segments *g = &s->segments;
    unsigned char b[12];
    const int app1 = d->unread_marker == JPEG_APP0 + 1;
    take(s, b, 2);
    size_t n = (size_t)b[0] << 8 | b[1];
    n = n < 2 ? 0 : n - 2;
    size_t id = n < 4 ? n : 4;
    take(s, b, id);
    n -= id;
    if (!app1 && id == 4 && memcmp(b, mpf_id, 4) == 0 && !g->mpf) {
        g->mpf_at = ae_jpeg_position(s);
        keep(s, &g->mpf, &g->mpf_size, n);
        return TRUE;
    }
    const size_t want = app1 ? 2 : 10;   /* the rest of the name, ... */
    if (id == 4 && n >= want) {
        take(s, b + 4, want < 8 ? want : 8);
        n -= want < 8 ? want : 8;
        if (app1 && memcmp(b, exif_id, 6) == 0 && !g->exif) {
            keep(s, &g->exif, &g->exif_size, n);
            return TRUE;
        }
        if (!app1 && memcmp(b, icc_id, 12) == 0) {  /* ... and its place */
            keep_icc(s, n);
            return TRUE;
        }
    }
    if (n)
        s->src.skip_input_data(d, (long)n);
    return TRUE;
}

void ae_jpeg_keep(struct jpeg_in *s)
{
    s->d.client_data = s;
    jpeg_set_marker_processor(&s->d, JPEG_APP0 + 1, on_segment);
    jpeg_set_marker_processor(&s->d, JPEG_APP0 + 2, on_segment);
}

void ae_jpeg_segments_release(struct jpeg_segments *g)
{
    free(g->exif);
    free(g->mpf);
    for (int i = 0; i < 256; i++)
        free(g->icc[i]);
}

/* Joins the pieces of the profile; an incomplete one is left out. */
static int read_icc(const struct jpeg_in *s, struct ae_meta *m,
                    struct ae_err *e)
{
    const struct jpeg_segments *g = &s->segments;
    size_t size = 0, at = 0;
    int bad = g->icc_bad;
    for (int i = 1; i <= g->icc_count; i++) {
        bad |= !g->icc[i];
        size += g->icc_size[i];
    }
    if (bad)
        ae_log(s->trap.ctx, AE_LOG_NOTE, "%s: jpeg: the ICC profile is "
               "incomplete and is left out", ae_io_name(s->trap.io));
    if (bad || size == 0)
        return 0;
    unsigned char *all = ae_alloc(size, 1, e);
    if (!all)
        return AE_EMEM;
    for (int i = 1; i <= g->icc_count; i++) {
        memcpy(all + at, g->icc[i], g->icc_size[i]);
        at += g->icc_size[i];
    }
    const int rc = ae_meta_add(m, AE_BLOB_ICC, all, size, e);
    free(all);
    return rc;
}

/* Each component's table by content: a file may redefine one between scans,
 * and two components may share one. */
static void read_tables(const struct jpeg_decompress_struct *d,
                        struct ae_meta *m)
{
    int used = 0;
    for (int i = 0; i < d->num_components; i++) {
        const jpeg_component_info *c = &d->comp_info[i];
        const JQUANT_TBL *q = c->quant_table;
        int k = 0;
        m->sampling_h[i] = c->h_samp_factor;
        m->sampling_v[i] = c->v_samp_factor;
        if (!q)
            return;              /* a component that no scan brought */
        for (int j = 0; j < 64; j++)
            m->quant[used][j] = q->quantval[j];
        while (memcmp(m->quant[k], m->quant[used], sizeof(m->quant[k])) != 0)
            k++;
        m->quant_index[i] = k;
        used += k == used;
    }
    m->is_jpeg = 1;
    m->components = d->num_components;
    m->progressive = d->progressive_mode;
    m->is_rgb = d->jpeg_color_space == JCS_RGB;
}

int ae_jpeg_read_meta(const struct jpeg_in *s, struct ae_meta *m,
                      struct ae_err *e)
{
    read_tables(&s->d, m);
    if (s->d.saw_JFIF_marker) {
        m->has_density = 1;
        m->density_is_jfif = 1;
        m->density_unit = s->d.density_unit;
        m->density_x = s->d.X_density;
        m->density_y = s->d.Y_density;
    }
    int rc = read_icc(s, m, e);
    if (!rc && s->segments.exif)
        rc = ae_meta_add(m, AE_BLOB_EXIF, s->segments.exif,
                         s->segments.exif_size, e);
    return rc;
}

void ae_jpeg_write_meta(struct jpeg_out *s, const struct ae_meta *m)
{
    const struct ae_blob *exif = ae_meta_get(m, AE_BLOB_EXIF);
    const struct ae_blob *icc = ae_meta_get(m, AE_BLOB_ICC);
    if (exif && exif->size > 65533 - 6)
        ae_log(s->trap.ctx, AE_LOG_NOTE, "jpeg: the EXIF data are too long "
               "for JPEG and are left out");
    else if (exif) {
        jpeg_write_m_header(&s->c, JPEG_APP0 + 1, (unsigned)exif->size + 6);
        for (size_t i = 0; i < 6; i++)
            jpeg_write_m_byte(&s->c, exif_id[i]);
        for (size_t i = 0; i < exif->size; i++)
            jpeg_write_m_byte(&s->c, ((unsigned char *)exif->data)[i]);
    }
    if (icc && icc->size > 255 * 65519u)
        ae_log(s->trap.ctx, AE_LOG_NOTE, "jpeg: the ICC profile is too long "
               "for JPEG and is left out");
    else if (icc && icc->size)
        jpeg_write_icc_profile(&s->c, icc->data, (unsigned)icc->size);
}
