/* jpeg_mpf.c - skips the further pictures of a JPEG by its MPF index.
 *
 * Cameras and phones append previews, other views and gain maps to the
 * picture and list them in an APP2 segment (CIPA DC-007-2009, Multi-Picture
 * Format).  Pictures that are listed belong to the file and are skipped.  An
 * index that points at no picture is ignored: an editor moved or removed
 * them. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

struct mpf_picture {
    uint64_t start, end; /* offsets in the stream */
    int preview;         /* of the first picture */
};

struct mpf_index {
    const unsigned char *p;
    size_t n;
    int little;
};

/* A number of `bytes` bytes; 0 outside the index, which is no valid offset or
 * count. */
static uint32_t number(const struct mpf_index *b, size_t at, int bytes)
{
    uint32_t v = 0;

    if (at > b->n || b->n - at < (size_t)bytes)
        return 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | b->p[at + (size_t)(b->little ? bytes - 1 - i : i)];
    return v;
}

/* The offset of the list of pictures (tag B002), with their number in *count;
 * 0: there is no list. */
static size_t find_entries(const struct mpf_index *b, size_t *count)
{
    const size_t ifd = number(b, 4, 4);
    const size_t tags = number(b, ifd, 2);

    for (size_t i = 0; i < tags; i++) {
        const size_t at = ifd + 2 + 12 * i;
        if (number(b, at, 2) != 0xB002)
            continue;
        *count = number(b, at + 4, 4) / 16;
        return number(b, at + 8, 4);
    }
    return 0;
}

static int by_start(const void *a, const void *b)
{
    const struct mpf_picture *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

/* The pictures after the first one, sorted by their offsets. */
static int read_index(const struct jpeg_markers *g, struct mpf_picture **out,
                      size_t *n, struct ae_err *e)
{
    struct mpf_index b = {g->mpf, g->mpf_size, 0};
    size_t count = 0, at = 0;

    *out = NULL;
    *n = 0;
    if (b.n >= 8 && (b.p[0] == 'I' || b.p[0] == 'M')) {
        b.little = b.p[0] == 'I';
        at = find_entries(&b, &count);
    }
    if (at == 0 || at > b.n)
        return 0;
    if (count > (b.n - at) / 16)
        count = (b.n - at) / 16;
    *out = ae_alloc(count + 1, sizeof(**out), e);
    if (!*out)
        return AE_EMEM;
    for (size_t i = 0; i < count; i++) {
        /* types 010001 and 010002: large thumbnails */
        const uint32_t type = number(&b, at + 16 * i, 4) >> 8 & 0xFFFF;
        const uint32_t size = number(&b, at + 16 * i + 4, 4);
        const uint32_t start = number(&b, at + 16 * i + 8, 4);
        if (start && size)
            (*out)[(*n)++] = (struct mpf_picture){
                g->mpf_at + start, g->mpf_at + start + size, type == 0x0100};
    }
    qsort(*out, *n, sizeof(**out), by_start);
    return 0;
}

static int begins_picture(struct ae_io *io, int *yes, struct ae_err *e)
{
    const void *p;
    size_t n;
    const int rc = ae_io_peek(io, &p, AE_FORMAT_PEEK, &n, e);

    *yes = !rc && ae_format_by_content(p, n) != NULL;
    return rc;
}

/* Skips padding up to offset `to`, unless a picture begins right here. */
static int skip_padding(struct ae_io *io, uint64_t to, struct ae_err *e)
{
    int picture;
    const int rc = begins_picture(io, &picture, e);

    return rc || picture ? rc : ae_skip_to(io, to, e);
}

/* Skips a picture from SOI through EOI, or to offset `end`, or to the end of
 * the stream: segments by their lengths, coded data up to the next marker. */
static int skip_picture(struct ae_io *io, uint64_t end, struct ae_err *e)
{
    const void *p;
    size_t n;

    while (ae_io_offset(io) < end) {
        int rc = ae_io_peek(io, &p, 4096, &n, e);
        if (rc || n < 2)
            return rc ? rc : ae_skip_to(io, end, e);
        const unsigned char *b = p;
        const unsigned char *ff = memchr(b, 0xFF, n - 1);
        const size_t before = ff ? (size_t)(ff - b) : n - 1;
        const int marker = ff ? ff[1] : 0;
        uint64_t step = before;
        if (before == 0) {
            step = marker == 0xFF ? 1 : 2;
            if (marker >= 0xC0 && marker <= 0xFE &&
                !(marker >= 0xD0 && marker <= 0xD9) && n >= 4)
                step += (uint64_t)b[2] << 8 | b[3];
        }
        rc = ae_skip_to(io, ae_io_offset(io) + step, e);
        if (rc || (before == 0 && marker == 0xD9))
            return rc;
    }
    return 0;
}

/* A preview shows what the picture shows; anything else is missed. */
static void note_skipped(const struct ae_ctx *ctx, const struct ae_io *io,
                         const struct jpeg_markers *g, size_t skipped,
                         size_t previews)
{
    const size_t n = skipped - previews;

    if (previews)
        ae_log(ctx, AE_LOG_INFO, "%s: jpeg: %zu preview%s passed over",
               ae_io_name(io), previews, previews == 1 ? "" : "s");
    if (g->gain_map && n == 1)
        ae_log(ctx, AE_LOG_NOTE, "%s: jpeg: its gain map is left out",
               ae_io_name(io));
    else if (n)
        ae_log(ctx, AE_LOG_NOTE,
               "%s: jpeg: holds %zu more picture%s (%s), left out",
               ae_io_name(io), n, n == 1 ? "" : "s",
               g->gain_map ? "a gain map and others"
                           : "another view, depth or the like");
    else if (g->gain_data)
        ae_log(ctx, AE_LOG_NOTE, "%s: jpeg: data of a gain map are left out",
               ae_io_name(io));
}

int ae_jpeg_skip_mpf(struct ae_ctx *ctx, struct ae_io *io,
                     const struct jpeg_markers *g, struct ae_err *e)
{
    struct mpf_picture *list;
    size_t n, skipped = 0, previews = 0;
    int rc = read_index(g, &list, &n, e);

    for (size_t i = 0; !rc && i < n; i++) {
        const uint64_t at = ae_io_offset(io);
        const void *p;
        size_t got;
        if (list[i].start < at)
            continue;
        rc = skip_padding(io, list[i].start, e);
        if (rc || ae_io_offset(io) != list[i].start)
            break;
        rc = ae_io_peek(io, &p, 3, &got, e);
        if (rc || got < 3 || memcmp(p, "\377\330\377", 3) != 0)
            break;
        rc = skip_picture(io, list[i].end, e);
        if (!rc)
            rc = skip_padding(io, list[i].end, e);
        skipped++;
        previews += (size_t)list[i].preview;
    }
    note_skipped(ctx, io, g, skipped, previews);
    free(list);
    return rc;
}
