/* prune.c - see prune.h. */
#include "tune/prune.h"

#include <math.h>
#include <stdlib.h>

#include "base/sort.h"

static uint64_t multiple(uint64_t step, uint64_t every)
{
    return step / every * every;
}

static void find_halvings(struct ae_rungs *r, uint64_t steps, uint64_t first,
                          uint64_t every, int eta)
{
    uint64_t down[AE_RUNGS], step = steps;
    int n = 1;

    down[0] = steps;
    while (n < AE_RUNGS) {
        step /= (uint64_t)eta;
        if (step < first || multiple(step, every) == 0)
            break;
        if (multiple(step, every) < down[n - 1])
            down[n++] = multiple(step, every);
    }
    for (r->count = 0; r->count < n; r->count++)
        r->step[r->count] = down[n - 1 - r->count];
}

static void find_milestones(struct ae_rungs *r, uint64_t steps, uint64_t every)
{
    r->count = 0;
    for (uint64_t k = 1; k < AE_MILESTONES; k++) {
        const uint64_t step = multiple(steps / AE_MILESTONES * k, every);
        if (step > (r->count ? r->step[r->count - 1] : 0))
            r->step[r->count++] = step;
    }
    r->step[r->count++] = steps;
}

void ae_rungs_find(struct ae_rungs *r, int pruning, uint64_t steps,
                   uint64_t first, uint64_t every, int eta)
{
    if (pruning == AE_PRUNING_ASHA)
        find_halvings(r, steps, first, every, eta);
    else if (pruning == AE_PRUNING_MEDIAN)
        find_milestones(r, steps, every);
    else
        *r = (struct ae_rungs){.step = {steps}, .count = 1};
}

uint64_t ae_rungs_next(const struct ae_rungs *r, uint64_t step)
{
    for (int i = 0; i < r->count; i++)
        if (r->step[i] > step)
            return r->step[i];
    return r->step[r->count - 1];
}

int ae_halving_next(const double *cost, const unsigned char *went, int n,
                    int eta)
{
    int here = 0, best = -1, rank = 0;

    for (int i = 0; i < n; i++)
        here += !isnan(cost[i]);
    for (int i = 0; i < n; i++)
        if (!isnan(cost[i]) && !went[i] && (best < 0 || cost[i] < cost[best]))
            best = i;
    for (int i = 0; best >= 0 && i < n; i++)
        rank += cost[i] < cost[best] || (cost[i] <= cost[best] && i < best);
    return rank < here / eta ? best : -1;
}

int ae_median_stops(double cost, double *others, int n)
{
    if (n < AE_MEDIAN_LEAST)
        return 0;
    qsort(others, (size_t)n, sizeof(*others), ae_by_double);
    return cost > (others[(n - 1) / 2] + others[n / 2]) / 2;
}
