/* sched.c - the table of schedules.  To add one: a function, a line in each
 * of the two lists. */
#include <math.h>

#include "train/sched.h"

enum { BLIND_WARMUP = 100 };     /* steps, while their number isn't known */

/* t: share of the steps after the warm-up that is behind us, 0..1 */
static double constant(double t)
{
    (void)t;
    return 1;
}

/* A tenth after 60 % and a hundredth after 85 %. */
static double stairs(double t)
{
    return t < 0.6 ? 1 : t < 0.85 ? 0.1 : 0.01;
}

/* Loshchilov, Hutter: SGDR, 2017, without restarts. */
static double cosine(double t)
{
    return 0.5 * (1 + cos(3.14159265358979323846 * t));
}

const char *const ae_sched_names[] = {"const", "step", "cosine", NULL};
static double (*const functions[])(double) = {constant, stairs, cosine};

double ae_sched(int kind, uint64_t step, uint64_t steps, double warmup)
{
    const double ramp = steps ? warmup * (double)steps
                              : warmup > 0 ? BLIND_WARMUP : 0;

    if ((double)step < ramp)
        return ((double)step + 1) / (ramp + 1);
    if (!steps)
        return 1;
    return functions[kind](((double)step - ramp) / ((double)steps - ramp));
}
