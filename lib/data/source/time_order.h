/* time_order.h - do the times of a table's rows follow one another evenly?
 *
 * Windows run over rows as they stand; what their times say against that is
 * counted here and told in one line. */
#ifndef AE_DATA_TIME_ORDER_H
#define AE_DATA_TIME_ORDER_H

#include "kernel/ctx.h"

enum { AE_TIME_STEPS = 16 }; /* different ones that are told apart */

/* One way to read the times. */
struct ae_time_course {
    int bad;          /* 1: some row had no time */
    double last;      /* seconds */
    uint64_t back;    /* rows earlier than the one above them */
    char back_at[64]; /* name of the first of them */
    struct {
        double seconds;
        uint64_t count;
        char at[64]; /* name of the row before the first of them */
    } step[AE_TIME_STEPS];
    int steps;
};

struct ae_time_order {
    uint64_t rows, same; /* same: with the time of the row above */
    char last[128];      /* name of the row above */
    char again[128];     /* of the first row with the time of the one above */
    struct ae_time_course course[2]; /* 3/4/2020 in March, in April */
};

/* The next row's name, which is its time where it has one.  first: 1 where no
 * window spans it and the row before. */
void ae_time_order_add(struct ae_time_order *o, const char *name, int first);
/* A note on what was found in the table `path`, if anything. */
void ae_time_order_tell(const struct ae_time_order *o, const struct ae_ctx *ctx,
                        const char *path);

#endif
