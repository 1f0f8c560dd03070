/* grid.c - see grid.h.  Knows sizes only, nothing of nets or samples. */
#include "run/denoise/grid.h"

#include <inttypes.h>

#include "base/err.h"

static int round_to(int64_t n, int to)
{
    return (int)((n + to - 1) / to * to);
}

void ae_grid_axis_make(struct ae_grid_axis *a, int size, int overlap, int align,
                       int count)
{
    /* Rows that the mirrored ones repeat must lie in the same piece. */
    a->overlap = round_to(ae_max(overlap, align - 1), align);
    a->total = round_to(size, align);
    const int64_t both = 2 * (int64_t)a->overlap;
    const int64_t covered = a->total + both * (count - 1);
    const int piece = round_to((covered + count - 1) / count, align);
    const int64_t least = both + align;

    a->piece = (int)(piece < least ? least : piece);
    if (count == 1 || a->piece >= a->total) {
        a->piece = a->total;
        a->count = 1;
        return;
    }
    const int64_t step = a->piece - both;
    a->count = (int)((a->total - both + step - 1) / step);
}

int ae_grid_piece_start(const struct ae_grid_axis *a, int i)
{
    const int64_t at = (int64_t)i * (a->piece - 2 * (int64_t)a->overlap);
    const int last = a->total - a->piece;

    return at < last ? (int)at : last;
}

int ae_grid_piece_from(const struct ae_grid_axis *a, int i)
{
    return i == 0 ? 0 : ae_grid_piece_to(a, i - 1);
}

int ae_grid_piece_to(const struct ae_grid_axis *a, int i)
{
    return i == a->count - 1
               ? a->total
               : ae_grid_piece_start(a, i) + a->piece - a->overlap;
}

int ae_mirror(int i, int size)
{
    if (size == 1)
        return 0;
    i %= 2 * (size - 1);
    return i < size ? i : 2 * (size - 1) - i;
}

/* ------------------------------------------------------------ the choice */

struct choice {
    const int *size, *overlap, *align;
    int least[2], most[2]; /* pieces on each axis */
    uint64_t memory;
    ae_piece_bytes_fn *fn;
    void *arg;
};

static void make_axis(const struct choice *c, struct ae_grid_axis *a, int k,
                      int count)
{
    ae_grid_axis_make(a, c->size[k], c->overlap[k], c->align[k], count);
}

/* The bounds of the counts: by the tile, and by the smallest piece. */
static void set_bounds(struct choice *c, int k, int tile)
{
    const int align = c->align[k];
    struct ae_grid_axis one;

    make_axis(c, &one, k, 1);
    const int inner = ae_max(align, one.total - 2 * one.overlap);
    c->least[k] = 1;
    if (tile > 0 && tile < one.total)
        c->least[k] = ae_max(1, (inner + round_to(tile, align) - 1) /
                                    round_to(tile, align));
    c->most[k] = ae_max(c->least[k], inner / align);
}

/* The fewest rows of pieces that fit beside nx columns of them; 0 when none
 * does, with the bytes that the smallest would take in *least. */
static int find_fewest_rows(const struct choice *c, struct ae_grid_axis axis[2],
                            int nx, int *ny, uint64_t *least, struct ae_err *e)
{
    int lo = c->least[0], hi = c->most[0];
    uint64_t bytes;

    make_axis(c, &axis[1], 1, nx);
    *ny = 0;
    while (lo <= hi) {
        /* the fewest first: most pictures fit whole */
        const int mid = *ny == 0 && lo == c->least[0] && hi == c->most[0]
                            ? lo
                            : lo + (hi - lo) / 2;
        make_axis(c, &axis[0], 0, mid);
        AE_TRY(c->fn(c->arg, axis[0].piece, axis[1].piece, &bytes, e));
        if (bytes <= c->memory) {
            *ny = mid;
            hi = mid - 1;
        } else {
            lo = mid + 1;
            *least = bytes < *least ? bytes : *least;
        }
    }
    return 0;
}

static double area(const struct ae_grid_axis axis[2])
{
    return (double)axis[0].piece * axis[0].count * axis[1].piece *
           axis[1].count;
}

int ae_grid_choose(struct ae_grid_axis axis[2], const int size[2],
                   const int overlap[2], const int align[2], const int tile[2],
                   uint64_t memory, ae_piece_bytes_fn *fn, void *arg,
                   struct ae_err *e)
{
    struct choice c = {size, overlap, align, {0, 0}, {0, 0}, memory, fn, arg};
    struct ae_grid_axis now[2];
    uint64_t least = UINT64_MAX;
    double best = 0;

    set_bounds(&c, 0, tile[0]);
    set_bounds(&c, 1, tile[1]);
    for (int nx = c.least[1], ny; nx <= c.most[1];) {
        AE_TRY(find_fewest_rows(&c, now, nx, &ny, &least, e));
        if (ny > 0) {
            make_axis(&c, &now[0], 0, ny);
            if (best == 0 || area(now) < best) {
                best = area(now);
                axis[0] = now[0];
                axis[1] = now[1];
            }
            if (ny == c.least[0])
                break; /* more columns only repeat more */
        }
        /* all counts up to 32, then ever fewer of them, and the most */
        const int step = nx < 32 ? 1 : nx / 8;
        nx = nx < c.most[1] ? ae_min(nx + step, c.most[1]) : nx + 1;
    }
    return best > 0 ? 0
                    : ae_fail(e, AE_EMEM,
                              "needs at least %" PRIu64 " MB of memory "
                              "for a piece, the bound leaves %" PRIu64,
                              least >> 20, memory >> 20);
}
