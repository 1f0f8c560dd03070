/* tile.c - see tile.h.  Knows sizes only, nothing of nets or samples. */
#include "run/denoise/tile.h"

#include <inttypes.h>

#include "base/err.h"

static int round_to(int64_t n, int to)
{
    return (int)((n + to - 1) / to * to);
}

void ae_cut_make(struct ae_cut *c, int size, int reach, int align, int count)
{
    /* Rows that the mirrored ones repeat must lie in the same piece. */
    c->reach = round_to(ae_max(reach, align - 1), align);
    c->total = round_to(size, align);
    const int64_t both = 2 * (int64_t)c->reach;
    const int64_t covered = c->total + both * (count - 1);
    const int piece = round_to((covered + count - 1) / count, align);
    const int64_t least = both + align;
    c->piece = (int)(piece < least ? least : piece);
    if (count == 1 || c->piece >= c->total) {
        c->piece = c->total;
        c->count = 1;
        return;
    }
    const int64_t step = c->piece - both;
    c->count = (int)((c->total - both + step - 1) / step);
}

int ae_cut_start(const struct ae_cut *c, int i)
{
    const int64_t at = (int64_t)i * (c->piece - 2 * (int64_t)c->reach);
    const int last = c->total - c->piece;
    return at < last ? (int)at : last;
}

int ae_cut_from(const struct ae_cut *c, int i)
{
    return i == 0 ? 0 : ae_cut_to(c, i - 1);
}

int ae_cut_to(const struct ae_cut *c, int i)
{
    return i == c->count - 1 ? c->total
                             : ae_cut_start(c, i) + c->piece - c->reach;
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
    const int *size, *reach, *align;
    int least[2], most[2]; /* pieces an axis */
    uint64_t memory;
    ae_piece_bytes_fn *fn;
    void *arg;
};

static void cut_axis(const struct choice *c, struct ae_cut *cut, int axis,
                     int count)
{
    ae_cut_make(cut, c->size[axis], c->reach[axis], c->align[axis], count);
}

/* The bounds of the counts: by the tile, and by the smallest piece. */
static void bounds(struct choice *c, int axis, int tile)
{
    const int align = c->align[axis];
    struct ae_cut cut;
    cut_axis(c, &cut, axis, 1);
    const int inner = ae_max(align, cut.total - 2 * cut.reach);
    c->least[axis] = 1;
    if (tile > 0 && tile < cut.total)
        c->least[axis] = ae_max(1, (inner + round_to(tile, align) - 1) /
                                       round_to(tile, align));
    c->most[axis] = ae_max(c->least[axis], inner / align);
}

/* The fewest rows of pieces that fit under nx columns of them; 0 and *least
 * bytes when none does. */
static int fewest_rows(const struct choice *c, struct ae_cut cut[2], int nx,
                       int *ny, uint64_t *least, struct ae_err *e)
{
    int lo = c->least[0], hi = c->most[0], rc = 0;
    uint64_t bytes;
    cut_axis(c, &cut[1], 1, nx);
    *ny = 0;
    while (!rc && lo <= hi) {
        /* the fewest first: most pictures fit whole */
        const int mid = *ny == 0 && lo == c->least[0] && hi == c->most[0]
                            ? lo
                            : lo + (hi - lo) / 2;
        cut_axis(c, &cut[0], 0, mid);
        rc = c->fn(c->arg, cut[0].piece, cut[1].piece, &bytes, e);
        if (!rc && bytes <= c->memory) {
            *ny = mid;
            hi = mid - 1;
        } else {
            lo = mid + 1;
            *least = bytes < *least ? bytes : *least;
        }
    }
    return rc;
}

static double area(const struct ae_cut cut[2])
{
    return (double)cut[0].piece * cut[0].count * cut[1].piece * cut[1].count;
}

int ae_grid_choose(struct ae_cut cut[2], const int size[2], const int reach[2],
                   const int align[2], const int tile[2], uint64_t memory,
                   ae_piece_bytes_fn *fn, void *arg, struct ae_err *e)
{
    struct choice c = {size, reach, align, {0, 0}, {0, 0}, memory, fn, arg};
    struct ae_cut now[2];
    uint64_t least = UINT64_MAX;
    double best = 0;
    int rc = 0;
    bounds(&c, 0, tile[0]);
    bounds(&c, 1, tile[1]);
    for (int nx = c.least[1]; !rc && nx <= c.most[1];) {
        int ny;
        rc = fewest_rows(&c, now, nx, &ny, &least, e);
        if (!rc && ny > 0) {
            cut_axis(&c, &now[0], 0, ny);
            if (best == 0 || area(now) < best) {
                best = area(now);
                cut[0] = now[0];
                cut[1] = now[1];
            }
            if (ny == c.least[0])
                break; /* more columns only repeat more */
        }
        /* all counts up to 32, then ever fewer of them, and the most */
        const int step = nx < 32 ? 1 : nx / 8;
        nx = nx < c.most[1] ? ae_min(nx + step, c.most[1]) : nx + 1;
    }
    if (!rc && best == 0)
        rc = ae_fail(e, AE_EMEM,
                     "needs at least %" PRIu64 " MB of memory "
                     "for a piece, the bound leaves %" PRIu64,
                     least >> 20, memory >> 20);
    return rc;
}
