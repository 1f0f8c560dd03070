/* alpha_fill.c - see alpha_fill.h.  Which pixel is the nearest depends on the
 * picture only, not on the piece that asks: rows are searched by their
 * distance, the upper one first, each from left to right and back. */
#include "run/denoise/alpha_fill.h"

#include <string.h>

enum { NOT_FOUND = UINT16_MAX };

/* A row of a piece whose hidden pixels are filled. */
struct search {
    const struct ae_image_info *info;
    int x0, n;
    float *line;
    /* squared distance of what was found; 0: the pixel is visible itself */
    uint16_t *distance;
};

/* The colours of a visible pixel that lies dx, dy away, for column x. */
static void offer_colours(const struct search *s, int x, const float *colours,
                          int dx, int dy)
{
    const int px = x - s->x0, distance = dx * dx + dy * dy;
    const int channels = s->info->channels;

    if (px < 0 || px >= s->n || dx > AE_ALPHA_FILL_ROWS ||
        distance >= s->distance[px])
        return;
    s->distance[px] = (uint16_t)distance;
    memcpy(s->line + (ptrdiff_t)px * channels, colours,
           (size_t)(channels - 1) * sizeof(*colours));
}

/* Columns a..b-1 of a row dy rows away. */
static void search_row(const struct search *s, const float *row, int a, int b,
                       int dy)
{
    const int channels = s->info->channels;

    for (int back = 0; back < 2; back++) {
        int seen = -1;
        for (int i = 0; i < b - a; i++) {
            const int x = back ? b - a - 1 - i : i;
            if (row[(ptrdiff_t)x * channels + channels - 1] > 0)
                seen = x;
            if (seen >= 0)
                offer_colours(s, a + x, row + (ptrdiff_t)seen * channels,
                              back ? seen - x : x - seen, dy);
        }
    }
}

/* Whether pixels further than so many rows away may still be the nearest. */
static int is_open(const struct search *s, int rows)
{
    for (int px = 0; px < s->n; px++)
        if (s->distance[px] > rows * rows)
            return 1;
    return 0;
}

/* Visible pixels keep their colours; the others begin as gray. */
static void begin_search(const struct search *s)
{
    const int channels = s->info->channels;

    for (int px = 0; px < s->n; px++) {
        float *p = s->line + (ptrdiff_t)px * channels;
        s->distance[px] = p[channels - 1] > 0 ? 0 : NOT_FOUND;
        for (int c = 0; s->distance[px] && c < channels - 1; c++)
            p[c] = 0.5f;
    }
}

void ae_alpha_fill(struct ae_net_input *in, int y, int x0, int n, float *line,
                   void *bytes, float *other, uint16_t *distance)
{
    const struct ae_image_info *i = in->rows.info;
    const struct search s = {i, x0, n, line, distance};
    const int a = ae_max(x0 - AE_ALPHA_FILL_ROWS, 0);
    const int b = ae_min(x0 + n + AE_ALPHA_FILL_ROWS, i->w);

    begin_search(&s);
    for (int dy = 0; dy <= AE_ALPHA_FILL_ROWS && is_open(&s, dy); dy++)
        for (int side = dy ? -1 : 1; side <= 1; side += 2) {
            const int from = y + side * dy;
            if (from < 0 || from >= i->h)
                continue;
            ae_net_input_get(in, from, a, b - a, bytes, other);
            search_row(&s, other, a, b, dy);
        }
}
