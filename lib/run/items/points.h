/* points.h - scores of a table's rows from those of the windows that cover
 * them: a row's score is the mean over its windows, of its own error where
 * there is one, else of the windows' scores. */
#ifndef AE_RUN_ITEMS_POINTS_H
#define AE_RUN_ITEMS_POINTS_H

#include "run/items/window_mean.h"

struct ae_points {
    struct ae_window_mean mean; /* of score and channels' errors */
    int steps, channels;        /* rows of a window, values of a row */
    int errors;                 /* 1: fn gets the channels' errors */
    double *value;              /* [steps][1 + channels], of one window */
    uint64_t count;             /* rows that fn got */
    int more;                   /* the last window's */
    ae_score_fn *fn;
    void *arg;
};

/* A window that was scored. */
struct ae_points_window {
    const float *x, *y;  /* [steps][channels]; y NULL: no errors */
    const double *score; /* of each of its rows; NULL: their own errors */
    uint64_t last;       /* number of its last row */
    int stride;          /* rows to the next window */
    int more;            /* as for an example */
};

/* Makes room for windows of `steps` rows of `channels` values. */
int ae_points_resize(struct ae_points *p, int steps, int channels,
                     struct ae_err *e);
void ae_points_release(struct ae_points *p);
/* Calls fn for the rows that no later window covers. */
int ae_points_add(struct ae_points *p, const struct ae_points_window *w,
                  struct ae_err *e);
/* Ends a file: calls fn for the rows that are left. */
int ae_points_end(struct ae_points *p, int more, struct ae_err *e);

#endif
