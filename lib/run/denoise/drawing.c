/* drawing.c - see drawing.h.
 *
 * The bounds were set on rendered text of many sizes, codes and pixel art on
 * one side, and on the other on photographs with noise of 1 to 50, clipped,
 * quantised to 2 to 5 bits or to palettes, in JPEG of any quality, scans of
 * noisy text with white paper clipped, and pairs of real noisy photographs. */
#include "run/denoise/drawing.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    SIDE = 16,               /* pixels of a block */
    PAIRS = 2 * SIDE * SIDE, /* with the left and the upper neighbours */
    FEW = 16,                /* colours that are looked at one by one */
    MANY = 64,               /* more than these aren't told apart */
    TABLE = 256,             /* slots for them */
    LEAST_PIXELS = 256
};

/* Pixels of which these shares of the pairs in a block are equal are flat:
 * with a neighbour; with two neighbours in line.  (Pixels of a picture that was
 * doubled have equal neighbours, but no two in line.) */
static const double PAIRED = 0.5, FLAT = 0.2;
/* The share of blocks that may be otherwise. */
static const double OTHER = 0.02;
/* Neighbours that differ by no more than this share of the range nearly do
 * not: noise makes such pairs of what was equal. */
static const double SLIGHT = 8.0 / 255;
/* In a noisy picture at least this many to a pair that is equal; in drawings
 * about one. */
static const double MORE = 3;

struct block {
    uint16_t equal, flat; /* pairs */
    uint16_t mixed;       /* its pixels aren't all one */
};

struct ae_drawing {
    int w, h, colours, full, slight;
    int y;                /* rows so far */
    int32_t *above;       /* the row before */
    uint8_t *equal_above; /* by column: whether the last two rows were equal */
    struct block *block;  /* of the present row of them */
    int across;           /* whole blocks in a row of them */
    int64_t blocks;       /* in the picture, ... */
    int64_t mixed, unpaired, uneven; /* ... and those of them so far */
    uint64_t equal, slightly; /* pairs, equal ones only between the ends */
    int values, value[2];     /* of samples; 3: more than two */
    /* colours in the order in which they were found; MANY + 1: more */
    int count, is_gray;
    int32_t colour[MANY][4];
    uint64_t seen[MANY];
    uint64_t beside[FEW][FEW]; /* pairs of a colour left of another */
    int16_t slot[TABLE];       /* number of a colour + 1 */
};

uint64_t ae_drawing_bytes(int w, int colours)
{
    return sizeof(struct ae_drawing) +
           (uint64_t)w * ((uint64_t)colours * sizeof(int32_t) + 1) +
           (uint64_t)(w / SIDE) * sizeof(struct block);
}

struct ae_drawing *ae_drawing_new(int w, int h, int colours, int full,
                                  struct ae_err *e)
{
    struct ae_drawing *d = ae_alloc(1, sizeof(*d), e);

    if (!d)
        return NULL;
    d->w = w;
    d->h = h;
    d->colours = colours;
    d->full = full;
    d->slight = (int)(SLIGHT * full);
    d->across = w / SIDE;
    d->blocks = (int64_t)d->across * (h / SIDE);
    d->is_gray = 1;
    d->above = ae_alloc((size_t)w, (size_t)colours * sizeof(*d->above), e);
    d->equal_above = ae_alloc((size_t)w, 1, e);
    d->block = ae_alloc((size_t)d->across, sizeof(*d->block), e);
    if (d->above && d->equal_above && d->block)
        return d;
    ae_drawing_free(d);
    return NULL;
}

void ae_drawing_free(struct ae_drawing *d)
{
    if (!d)
        return;
    free(d->above);
    free(d->equal_above);
    free(d->block);
    free(d);
}

/* ---------------------------------------------------------------- colours */

static void add_value(struct ae_drawing *d, int v)
{
    for (int i = 0; i < d->values; i++)
        if (i > 1 || d->value[i] == v)
            return;
    if (d->values < 2)
        d->value[d->values] = v;
    d->values++;
}

static void add_colour(struct ae_drawing *d, const int32_t *p)
{
    const int k = d->count++;

    if (k == MANY)
        return;
    for (int c = 0; c < d->colours; c++) {
        d->colour[k][c] = p[c];
        d->is_gray &= p[c] == p[0];
        add_value(d, p[c]);
    }
}

/* The number of a pixel's colour, or MANY where there are too many. */
static int find_colour(struct ae_drawing *d, const int32_t *p)
{
    const size_t size = (size_t)d->colours * sizeof(*p);
    uint32_t hash = 0;

    for (int c = 0; c < d->colours; c++)
        hash = (hash + (uint32_t)p[c]) * 2654435761u;
    for (uint32_t at = hash >> 24; d->count <= MANY; at = (at + 1) % TABLE) {
        if (d->slot[at] == 0) {
            add_colour(d, p);
            d->slot[at] = (int16_t)d->count;
        }
        const int k = d->slot[at] - 1;
        if (k == MANY || memcmp(d->colour[k], p, size) == 0)
            return k;
    }
    return MANY;
}

/* Counts the colours of a row, and which lie beside which. */
static void add_colours(struct ae_drawing *d, const int32_t *row)
{
    const size_t size = (size_t)d->colours * sizeof(*row);
    int before = -1;

    for (int x = 0; x < d->w && d->count <= MANY; x++, row += d->colours) {
        int k = -1;
        if (row[0] != AE_DRAWING_HIDDEN)
            k = before >= 0 && memcmp(row, row - d->colours, size) == 0
                    ? before
                    : find_colour(d, row);
        if (k >= 0 && k < MANY)
            d->seen[k]++;
        if (k >= 0 && k < FEW && before >= 0 && before < FEW)
            d->beside[before][k]++;
        before = k;
    }
}

/* ----------------------------------------------------------------- pairs */

/* Whether all samples are black, white or hidden, as clipped noise is. */
static int is_end(const struct ae_drawing *d, const int32_t *p)
{
    for (int c = 0; c < d->colours; c++)
        if (p[c] > 0 && p[c] < d->full)
            return 0;
    return 1;
}

/* The greatest difference of a colour. */
static int difference(const struct ae_drawing *d, const int32_t *a,
                      const int32_t *b)
{
    int most = 0;

    for (int c = 0; c < d->colours; c++)
        most = ae_max(most, abs(a[c] - b[c]));
    return most;
}

/* Counts the pair of p and a neighbour; returns whether they are equal. */
static int add_pair(struct ae_drawing *d, const int32_t *p, const int32_t *q)
{
    const int by = difference(d, p, q);

    if (by > 0)
        d->slightly += by <= d->slight;
    else
        d->equal += !is_end(d, p);
    return by == 0;
}

static void add_pairs(struct ae_drawing *d, const int32_t *row)
{
    const int k = d->colours;
    int before = 0;

    for (int x = 0; x < d->w; x++) {
        const int32_t *p = row + (ptrdiff_t)x * k;
        const int left = x > 0 && add_pair(d, p, p - k);
        const int up = d->y > 0 && add_pair(d, p, d->above + (ptrdiff_t)x * k);
        if (x / SIDE < d->across) {
            struct block *b = &d->block[x / SIDE];
            b->equal = (uint16_t)(b->equal + left + up);
            b->flat = (uint16_t)(b->flat + (left && before) +
                                 (up && d->equal_above[x]));
            b->mixed |= (!left && x % SIDE) || (!up && d->y % SIDE);
        }
        d->equal_above[x] = (uint8_t)up;
        before = left;
    }
    memcpy(d->above, row, (size_t)d->w * (size_t)k * sizeof(*row));
}

static void end_blocks(struct ae_drawing *d)
{
    for (int i = 0; i < d->across; i++) {
        const struct block *b = &d->block[i];
        d->mixed += b->mixed;
        d->unpaired += b->mixed && b->equal < PAIRED * PAIRS;
        d->uneven += b->mixed && b->flat < FLAT * PAIRS;
    }
    memset(d->block, 0, (size_t)d->across * sizeof(*d->block));
}

int ae_drawing_add(struct ae_drawing *d, const int32_t *row)
{
    add_colours(d, row);
    add_pairs(d, row);
    if (++d->y % SIDE == 0)
        end_blocks(d);
    return d->count > MANY && (double)d->uneven >= OTHER * (double)d->blocks;
}

/* --------------------------------------------------------------- the kinds */

static double all_pixels(const struct ae_drawing *d)
{
    double n = 0;

    for (int k = 0; k < ae_min(d->count, MANY); k++)
        n += (double)d->seen[k];
    return n;
}

/* How many of few colours are less than colour k. */
static int rank_of(const struct ae_drawing *d, int k)
{
    int rank = 0;

    for (int i = 0; i < d->count; i++)
        rank += d->colour[i][0] < d->colour[k][0];
    return rank;
}

/* Whether neighbours that differ often do so by more than one step: noise that
 * is quantised so coarsely hardly leaves one out. */
static int jumps(const struct ae_drawing *d)
{
    double differ = 0, far = 0;

    for (int a = 0; a < d->count; a++)
        for (int b = 0; b < d->count; b++) {
            const int steps = abs(rank_of(d, a) - rank_of(d, b));
            differ += steps > 0 ? (double)d->beside[a][b] : 0;
            far += steps > 1 ? (double)d->beside[a][b] : 0;
        }
    return far >= SIDE && far > differ / 4;
}

/* Whether colours are drawn at random, so that those of neighbours are equal
 * hardly more often than of any two pixels. */
static int is_random(const struct ae_drawing *d)
{
    const double n = all_pixels(d);
    double pairs = 0, equal = 0, chance = 0;

    for (int a = 0; a < d->count; a++) {
        for (int b = 0; b < d->count; b++)
            pairs += (double)d->beside[a][b];
        equal += (double)d->beside[a][a];
        chance += (double)d->seen[a] / n * ((double)d->seen[a] / n);
    }
    return equal <= 1.2 * chance * pairs;
}

static int is_rare(const struct ae_drawing *d, int64_t blocks)
{
    return d->mixed > 0 && (double)blocks <= OTHER * (double)d->mixed;
}

/* Of three to FEW colours: grays that a photograph could be quantised to must
 * be very few. */
static int has_few_colours(const struct ae_drawing *d)
{
    enum { GRAYS = 4 };

    if (d->is_gray)
        return d->count <= GRAYS && jumps(d);
    return is_rare(d, d->unpaired) || is_random(d);
}

const char *ae_drawing_kind(const struct ae_drawing *d)
{
    if ((int64_t)d->w * d->h < LEAST_PIXELS || d->count == 0)
        return NULL;
    if (d->count <= 2)
        return d->count == 1 ? "only one colour" : "only two colours";
    if (d->values <= 2 && d->count <= MANY)
        return "only two values of samples";
    if (d->count <= FEW)
        return has_few_colours(d) ? "drawn in few colours" : NULL;
    if (d->count <= MANY || !is_rare(d, d->uneven))
        return NULL;
    return (double)d->slightly <= MORE * (double)d->equal
               ? "drawn, with flat areas everywhere"
               : NULL;
}
