/* pace.h - how many steps a run has that is to end at a time, by readings of a
 * clock alone.
 *
 * A run gets its length before its first step.  It is looked at again whenever
 * a quarter of the time left has passed or half of the steps left are done, and
 * changed where the run would end too early or too late.  Slower steps shorten
 * the run; a standstill (a stopped process) takes its own time and no more: an
 * interval that is many times as long as those before it counts as a few of
 * them. */
#ifndef AE_TRAIN_LOOP_PACE_H
#define AE_TRAIN_LOOP_PACE_H

#include <stdint.h>

/* Seconds are counted from the run's beginning. */
struct ae_pace {
    double limit;       /* when the run is to end */
    uint64_t every;     /* steps from score to score */
    double each, score; /* what a step and a score take, as tried */
    /* From the last step to the end: so many scores, linear algebra, and PCA,
     * which can be left out. */
    double scores, algebra, pca;

    double slow;   /* times that a step takes longer now; at least 1 */
    double began;  /* the first step */
    double seen;   /* the last interval's end */
    double next;   /* when the length is looked at again, at the latest ... */
    uint64_t half; /* ... and after which step */
    struct ae_pace_mean {
        double seconds;
        uint64_t n;
    } plain, scored; /* intervals since then: steps, steps with a score */
};

/* Sets the rest of p, whose first lines are given, and gives the length.  The
 * next step is the first after `step`. */
uint64_t ae_pace_begin(struct ae_pace *p, double now, uint64_t step);
/* The length from now on, after a step of a run of `steps`; `step` itself where
 * it has to end. */
uint64_t ae_pace_judge(struct ae_pace *p, double now, uint64_t step,
                       uint64_t steps);
/* Whether the run would end too late if it ended now with PCA. */
int ae_pace_is_late(const struct ae_pace *p, double now);

#endif
