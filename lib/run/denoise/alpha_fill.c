/* alpha_fill.c - see alpha_fill.h.  Which pixel is the nearest depends on the
 * picture alone, not on the piece that asks: rows are looked at by their
 * distance, the upper one first, each from left to right and back. */
#include "run/denoise/alpha_fill.h"

#include <string.h>

enum { NOWHERE = UINT16_MAX };

/* What is sought for a row of a piece. */
struct search {
    const struct ae_image_info *info;
    int x0, n;
    float *line;
    /* squared distance to what was found; 0: the pixel is visible itself */
    uint16_t *far;
};

static void offer(const struct search *s, int x, const float *colours, int dx,
                  int dy)
{
    const int px = x - s->x0, far = dx * dx + dy * dy;
    const int channels = s->info->channels;

    if (px < 0 || px >= s->n || dx > AE_ALPHA_FILL_ROWS || far >= s->far[px])
        return;
    s->far[px] = (uint16_t)far;
    memcpy(s->line + (ptrdiff_t)px * channels, colours,
           (size_t)(channels - 1) * sizeof *colours);
}

/* Columns a..b-1 of a row dy rows away. */
static void look(const struct search *s, const float *row, int a, int b, int dy)
{
    const int channels = s->info->channels;

    for (int back = 0; back < 2; back++) {
        int seen = -1;
        for (int i = 0; i < b - a; i++) {
            const int x = back ? b - a - 1 - i : i;
            if (row[(ptrdiff_t)x * channels + channels - 1] > 0)
                seen = x;
            if (seen >= 0)
                offer(s, a + x, row + (ptrdiff_t)seen * channels,
                      back ? seen - x : x - seen, dy);
        }
    }
}

/* Whether pixels further than so many rows away may still be the nearest. */
static int is_open(const struct search *s, int rows)
{
    for (int px = 0; px < s->n; px++)
        if (s->far[px] > rows * rows)
            return 1;
    return 0;
}

void ae_alpha_fill(struct ae_window *w, int y, int x0, int n, float *line,
                   void *bytes, float *other, uint16_t *far)
{
    const struct search s = {w->info, x0, n, line, far};
    const int channels = w->info->channels;
    const int a = ae_max(x0 - AE_ALPHA_FILL_ROWS, 0);
    const int b = ae_min(x0 + n + AE_ALPHA_FILL_ROWS, w->info->w);

    for (int px = 0; px < n; px++) {
        float *p = line + (ptrdiff_t)px * channels;
        far[px] = p[channels - 1] > 0 ? 0 : NOWHERE;
        for (int c = 0; far[px] && c < channels - 1; c++)
            p[c] = 0.5f;
    }
    for (int dy = 0; dy <= AE_ALPHA_FILL_ROWS && is_open(&s, dy); dy++)
        for (int side = dy ? -1 : 1; side <= 1; side += 2) {
            const int from = y + side * dy;
            if (from < 0 || from >= w->info->h)
                continue;
            ae_window_get(w, from, a, b - a, bytes, other);
            look(&s, other, a, b, dy);
        }
}
