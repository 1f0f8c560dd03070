/* points.h - scores of a table's rows from those of the windows that cover
 * them: the least of the windows' scores, or a mean over the windows, of the
 * row's own error where there is one, else of the windows' scores.
 *
 * A window's score is high if one of its rows is odd.  A row that is odd itself
 * lies in such windows only, so the least of their scores is high; one beside
 * it lies in others too. */
#ifndef AE_DATA_POINTS_H
#define AE_DATA_POINTS_H

#include "data/window_rows.h"

struct ae_points {
    struct ae_window_rows rows; /* of score and channels' errors */
    int how;                    /* enum ae_point_score, not NONE */
    int steps, channels;        /* rows of a window, values of a row */
    int errors;      /* 1: fn gets the channels' errors, and a row's values */
    uint64_t fewest; /* rows that fewer windows cover aren't given to fn */
    float *row;      /* [channels], what a row holds */
    double *value;   /* [steps][1 + 2 channels], of one window */
    uint64_t count;  /* rows that fn got */
    int more;        /* the last window's */
    ae_score_fn *fn;
    void *arg;
};

/* A window that was scored. */
struct ae_points_window {
    const float *x, *y; /* [steps][channels]; y NULL: no errors */
    double score;
    int own;       /* 1: AE_POINTS_MEAN takes the rows' own errors */
    uint64_t last; /* number of its last row */
    int stride;    /* rows to the next window */
    int more;      /* as for an example */
};

/* For rows of so many columns; how: enum ae_point_score. */
void ae_points_init(struct ae_points *p, int how, int columns);
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
