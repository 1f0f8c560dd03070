/* jpeg_markers.c - a JPEG's segments of metadata, gathered as they come.
 *
 * APP1 to APP13, APP15 and comments are taken whole by a marker processor of
 * our own, within a bound on all of them; APP0 and APP14 say how to decode
 * and are libjpeg's. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

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
        const size_t k = n < s->src.bytes_in_buffer ? n
                                                    : s->src.bytes_in_buffer;
        memcpy(to, s->src.next_input_byte, k);
        s->src.next_input_byte += k;
        s->src.bytes_in_buffer -= k;
        to += k;
        n -= k;
    }
}

/* A new entry of n bytes, which the list owns before a byte is read, since
 * reading may leave by the trap. */
static struct jpeg_segment *append(struct jpeg_in *s, size_t n)
{
    struct jpeg_segments *g = &s->segments;

    if (g->count == g->cap) {
        const int cap = g->cap ? 2 * g->cap : 16;
        if (ae_realloc(&g->list, (size_t)cap, sizeof(*g->list), s->trap.e))
            ae_jpeg_leave(&s->trap, AE_EMEM);
        g->cap = cap;
    }
    struct jpeg_segment *one = &g->list[g->count];
    one->data = ae_alloc(n ? n : 1, 1, s->trap.e);
    if (!one->data)
        ae_jpeg_leave(&s->trap, AE_EMEM);
    g->count++;
    return one;
}

static boolean on_segment(j_decompress_ptr d)
{
    struct jpeg_in *s = decoder(d);
    struct jpeg_segments *g = &s->segments;
    unsigned char b[2];

    take(s, b, 2);
    size_t n = (size_t)b[0] << 8 | b[1];
    n = n < 2 ? 0 : n - 2;
    if (n + sizeof(*g->list) > g->most - g->bytes) {
        g->left_out++;
        s->src.skip_input_data(d, (long)n);
        return TRUE;
    }
    g->bytes += n + sizeof(*g->list);
    struct jpeg_segment *one = append(s, n);
    one->marker = d->unread_marker;
    one->at = ae_jpeg_position(s);
    one->size = n;
    take(s, one->data, n);
    return TRUE;
}

void ae_jpeg_keep(struct jpeg_in *s, uint64_t most)
{
    s->d.client_data = s;
    s->segments.most = most;
    for (int i = 1; i <= 15; i++)
        if (i != 14)
            jpeg_set_marker_processor(&s->d, JPEG_APP0 + i, on_segment);
    jpeg_set_marker_processor(&s->d, JPEG_COM, on_segment);
}

void ae_jpeg_segments_release(struct jpeg_segments *g)
{
    for (int i = 0; i < g->count; i++)
        free(g->list[i].data);
    free(g->list);
}
