/* Nearest neighbours against every distance taken and sorted. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/neighbours.h"
#include "base/rng.h"

enum { POINTS = 700, QUERIES = 41, MOST = 24, K = 7 };

static float point[POINTS * MOST], query[QUERIES * MOST];

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void check(size_t n, int d, int k)
{
    static double all[POINTS], got[QUERIES * POINTS];
    struct ae_neighbours *nb;

    cr_assert_eq(ae_neighbours_new(point, n, d, &nb, NULL), 0);
    cr_assert_eq(ae_neighbours_find(nb, NULL, query, QUERIES, k, got, NULL), 0);
    for (int q = 0; q < QUERIES; q++) {
        for (size_t p = 0; p < n; p++) {
            double sum = 0;
            for (int i = 0; i < d; i++) {
                const double x = (double)query[q * d + i] -
                                 point[(int)p * d + i];
                sum += x * x;
            }
            all[p] = sqrt(sum);
        }
        qsort(all, n, sizeof(*all), ascending);
        for (int i = 0; i < k; i++)
            cr_assert_eq(got[q * k + i], all[i], "query %d, neighbour %d", q,
                         i);
    }
    ae_neighbours_free(nb);
}

/* Far from the origin the products cancel: screening must not lose any. */
Test(neighbours, exact_wherever_the_points_lie)
{
    static const float offset[] = {0, 10, 3e4f, 1e20f};

    for (size_t c = 0; c < AE_LEN(offset); c++) {
        ae_rng_normals(3, 1, 0, point, AE_LEN(point));
        ae_rng_normals(3, 2, 0, query, AE_LEN(query));
        for (size_t i = 0; i < AE_LEN(point); i++)
            point[i] += offset[c];
        for (size_t i = 0; i < AE_LEN(query); i++)
            query[i] += offset[c];
        check(POINTS, 24, K);
        check(257, 3, 1);
        check(5, 1, 5);
        check(1, 24, 1);
    }
}

Test(neighbours, itself_is_at_distance_zero)
{
    double d[2 * 100];
    struct ae_neighbours *nb;

    ae_rng_normals(4, 1, 0, point, AE_LEN(point));
    cr_assert_eq(ae_neighbours_new(point, 100, MOST, &nb, NULL), 0);
    cr_assert_eq(ae_neighbours_find(nb, NULL, point, 100, 2, d, NULL), 0);
    for (int i = 0; i < 100; i++)
        cr_assert(d[2 * i] == 0 && d[2 * i + 1] > 0);
    ae_neighbours_free(nb);
}

Test(neighbours, batch_and_threads_change_nothing)
{
    static double a[QUERIES * K], b[QUERIES * K], c[QUERIES * K];
    struct ae_neighbours *nb;
    struct ae_pool *pool;

    ae_rng_normals(6, 1, 0, point, AE_LEN(point));
    ae_rng_normals(6, 2, 0, query, AE_LEN(query));
    cr_assert_eq(ae_pool_new(3, &pool, NULL), 0);
    cr_assert_eq(ae_neighbours_new(point, POINTS, MOST, &nb, NULL), 0);
    cr_assert_eq(ae_neighbours_find(nb, NULL, query, QUERIES, K, a, NULL), 0);
    cr_assert_eq(ae_neighbours_find(nb, pool, query, QUERIES, K, b, NULL), 0);
    for (int q = 0; q < QUERIES; q++)
        cr_assert_eq(ae_neighbours_find(nb, pool, query + q * MOST, 1, K,
                                        c + q * K, NULL),
                     0);
    cr_assert_eq(memcmp(a, b, sizeof(a)), 0);
    cr_assert_eq(memcmp(a, c, sizeof(a)), 0);
    ae_neighbours_free(nb);
    ae_pool_free(pool);
}
