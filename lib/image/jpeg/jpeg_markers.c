/* jpeg_markers.c - saves a JPEG's segments of metadata as they come.
 *
 * APP1 to APP13, APP15 and comments are saved whole by a marker processor of
 * our own, since libjpeg's knows no bound on all of them.  APP0 and APP14 say
 * how to decode and are left to libjpeg. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

/* A new entry of n bytes.  The list owns it before a byte is read, since
 * reading may jump. */
static struct jpeg_marker *append_marker(struct jpeg_decoder *s, size_t n)
{
    struct jpeg_markers *g = &s->markers;

    if (g->count == g->cap) {
        const int cap = g->cap ? 2 * g->cap : 16;
        if (ae_realloc(&g->list, (size_t)cap, sizeof(*g->list), s->error.e))
            ae_jpeg_throw(&s->error, AE_EMEM);
        g->cap = cap;
    }
    struct jpeg_marker *one = &g->list[g->count];
    one->data = ae_alloc(n ? n : 1, 1, s->error.e);
    if (!one->data)
        ae_jpeg_throw(&s->error, AE_EMEM);
    g->count++;
    return one;
}

static boolean on_marker(j_decompress_ptr d)
{
    struct jpeg_decoder *s = d->client_data;
    struct jpeg_markers *g = &s->markers;
    unsigned char b[2];

    ae_jpeg_source_pass(s, b, 2);
    size_t n = (size_t)b[0] << 8 | b[1];
    n = n < 2 ? 0 : n - 2;
    if (n + sizeof(*g->list) > g->limit - g->bytes) {
        g->left_out++;
        s->src.skip_input_data(d, (long)n);
        return TRUE;
    }
    g->bytes += n + sizeof(*g->list);
    struct jpeg_marker *one = append_marker(s, n);
    one->code = d->unread_marker;
    one->at = ae_jpeg_position(s);
    one->size = n;
    ae_jpeg_source_pass(s, one->data, n);
    return TRUE;
}

void ae_jpeg_save_markers(struct jpeg_decoder *s, uint64_t limit)
{
    s->d.client_data = s;
    s->markers.limit = limit;
    for (int i = 1; i <= 15; i++)
        if (i != 14)
            jpeg_set_marker_processor(&s->d, JPEG_APP0 + i, on_marker);
    jpeg_set_marker_processor(&s->d, JPEG_COM, on_marker);
}

void ae_jpeg_markers_release(struct jpeg_markers *g)
{
    for (int i = 0; i < g->count; i++)
        free(g->list[i].data);
    free(g->list);
}
