/* mosaic.c - see mosaic.h. */
#include "noise/mosaic.h"

#include <string.h>

enum { E = AE_MOSAIC_EDGE };

size_t ae_mosaic_size(int w, int h)
{
    return ((size_t)w + 2 * E) * ((size_t)h + 2 * E);
}

float *ae_mosaic_row(const struct ae_mosaic *m, int y)
{
    return m->data + (size_t)(y + E) * ((size_t)m->w + 2 * E) + E;
}

int ae_mosaic_colour(const struct ae_mosaic *m, int y, int x)
{
    return ((y + m->y0) & 1) + ((x + m->x0) & 1);
}

/* A picture of one row or column has nothing to mirror but itself. */
static int mirror(int i, int n)
{
    return ae_clamp(i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i, 0, n - 1);
}

void ae_mosaic_frame(const struct ae_mosaic *m)
{
    for (int y = 0; y < m->h; y++) {
        float *row = ae_mosaic_row(m, y);

        for (int i = 1; i <= E; i++) {
            row[-i] = row[mirror(-i, m->w)];
            row[m->w - 1 + i] = row[mirror(m->w - 1 + i, m->w)];
        }
    }
    for (int i = 1; i <= E; i++)
        for (int end = 0; end < 2; end++) {
            const int y = end ? m->h - 1 + i : -i;

            memcpy(ae_mosaic_row(m, y) - E,
                   ae_mosaic_row(m, mirror(y, m->h)) - E,
                   ((size_t)m->w + 2 * E) * sizeof(float));
        }
}

/* Sums of neighbours of the sample at p, whose row is `pitch` long: beside,
 * above and below, diagonal, two beside, two above and below. */
struct around {
    float side, rise, cross, side2, rise2;
};

static struct around sum_neighbours(const float *p, ptrdiff_t pitch)
{
    return (struct around){p[-1] + p[1], p[-pitch] + p[pitch],
                           p[-pitch - 1] + p[-pitch + 1] + p[pitch - 1] +
                               p[pitch + 1],
                           p[-2] + p[2], p[-2 * pitch] + p[2 * pitch]};
}

/* The missing colours of a pixel: green at red or blue; that of its row's
 * and that of its column's neighbours at green; the opposite one, of its
 * diagonal neighbours, at red or blue. */
struct guess {
    float green, of_row, of_column, opposite;
};

static struct guess bilinear(const float *p, ptrdiff_t pitch)
{
    const struct around a = sum_neighbours(p, pitch);

    return (struct guess){0.25f * (a.side + a.rise), 0.5f * a.side,
                          0.5f * a.rise, 0.25f * a.cross};
}

/* Bilinear, and a share of what the pixel's own colour lies above the mean
 * of its next ones: their equations 2 to 4, with their weights. */
static struct guess gradient(const float *p, ptrdiff_t pitch)
{
    const struct around a = sum_neighbours(p, pitch);
    const float two = a.side2 + a.rise2;

    return (struct guess){
        0.125f * (4 * *p + 2 * (a.side + a.rise) - two),
        0.125f * (5 * *p + 4 * a.side - a.cross - a.side2 + 0.5f * a.rise2),
        0.125f * (5 * *p + 4 * a.rise - a.cross - a.rise2 + 0.5f * a.side2),
        0.125f * (6 * *p + 2 * a.cross - 1.5f * two)};
}

void ae_mosaic_demosaic(const struct ae_mosaic *m, enum ae_demosaic how, int y,
                        float *rgb)
{
    const ptrdiff_t pitch = m->w + 2 * E;
    const float *row = ae_mosaic_row(m, y);
    const int blue_row = (y + m->y0) & 1; /* else it has red and green */

    for (int x = 0; x < m->w; x++, rgb += 3) {
        const struct guess g = how == AE_DEMOSAIC_BILINEAR
                                   ? bilinear(row + x, pitch)
                                   : gradient(row + x, pitch);
        const int colour = ae_mosaic_colour(m, y, x);

        rgb[1] = colour == 1 ? row[x] : g.green;
        rgb[blue_row ? 2 : 0] = colour == 1 ? g.of_row : row[x];
        rgb[blue_row ? 0 : 2] = colour == 1 ? g.of_column : g.opposite;
    }
}
