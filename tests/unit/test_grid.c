/* test_grid.c - pieces own every pixel once, aligned, with whole overlaps. */
#include <criterion/criterion.h>

#include "run/denoise/grid.h"

static void check_axis(int size, int overlap, int align, int count)
{
    struct ae_grid_axis c;
    ae_grid_axis_make(&c, size, overlap, align, count);
    cr_assert(c.count >= 1 && c.count <= count);
    cr_assert(c.total >= size && c.total < size + align);
    cr_assert(c.piece % align == 0 && c.overlap % align == 0);
    for (int i = 0; i < c.count; i++) {
        const int start = ae_grid_piece_start(&c, i);
        const int from = ae_grid_piece_from(&c, i),
                  to = ae_grid_piece_to(&c, i);
        cr_assert(start % align == 0 && start >= 0);
        cr_assert(start + c.piece <= c.total);
        cr_assert(from < to, "piece %d of %d: %d..%d", i, c.count, from, to);
        cr_assert(from == 0 || from - start >= overlap);
        cr_assert(to == c.total || start + c.piece - to >= overlap);
        /* rows that stand in for those past the end are in the piece */
        for (int y = size; y < start + c.piece; y++)
            cr_assert(ae_mirror(y, size) >= start);
    }
    cr_assert_eq(ae_grid_piece_to(&c, c.count - 1), c.total);
}

Test(grid, pieces_cover)
{
    static const int sizes[] = {1, 5, 7, 16, 17, 64, 100, 101, 257};
    for (size_t s = 0; s < AE_LEN(sizes); s++)
        for (int overlap = 0; overlap <= 20; overlap += 5)
            for (int align = 1; align <= 8; align *= 2)
                for (int count = 1; count <= 9; count++)
                    check_axis(sizes[s], overlap, align, count);
}

Test(grid, mirror)
{
    cr_assert_eq(ae_mirror(3, 4), 3);
    cr_assert_eq(ae_mirror(4, 4), 2);
    cr_assert_eq(ae_mirror(6, 4), 0);
    cr_assert_eq(ae_mirror(7, 4), 1);
    cr_assert_eq(ae_mirror(5, 1), 0);
}

static int area_bytes(void *arg, int h, int w, uint64_t *bytes,
                      struct ae_err *e)
{
    (void)arg;
    (void)e;
    *bytes = (uint64_t)h * (uint64_t)w;
    return 0;
}

Test(grid, grid_fits)
{
    static const int size[2] = {400, 600}, overlap[2] = {10, 10};
    static const int align[2] = {8, 8}, any[2] = {0, 0}, tile[2] = {40, 80};
    struct ae_grid_axis axis[2];
    struct ae_err e;
    cr_assert_eq(ae_grid_choose(axis, size, overlap, align, any, 240000,
                                area_bytes, NULL, &e),
                 0);
    cr_assert(axis[0].count == 1 && axis[1].count == 1);
    for (uint64_t memory = 2000; memory < 240000; memory += 7919) {
        cr_assert_eq(ae_grid_choose(axis, size, overlap, align, any, memory,
                                    area_bytes, NULL, &e),
                     0);
        cr_assert((uint64_t)axis[0].piece * (uint64_t)axis[1].piece <= memory);
    }
    cr_assert_eq(ae_grid_choose(axis, size, overlap, align, tile, 240000,
                                area_bytes, NULL, &e),
                 0);
    cr_assert(axis[0].piece <= 40 + 2 * axis[0].overlap);
    cr_assert(axis[1].piece <= 80 + 2 * axis[1].overlap);
    cr_assert_eq(ae_grid_choose(axis, size, overlap, align, any, 1000,
                                area_bytes, NULL, &e),
                 AE_EMEM);
}
