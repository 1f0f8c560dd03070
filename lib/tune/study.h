/* study.h - a study's parts, for those that read them (study_page.c). */
#ifndef AE_TUNE_STUDY_H
#define AE_TUNE_STUDY_H

#include "tune/journal.h"
#include "tune/prune.h"
#include "tune/trials.h"

struct ae_study {
    struct ae_study_options o; /* its texts are those below */
    char *model, *space_text, *settings, *objective;
    char *usual[AE_SPACE_SETTINGS];
    struct ae_space space;
    struct ae_rungs rungs;
    struct ae_journal journal;
    struct ae_trials trials;
    int begun; /* the first line was read */
};

/* header.c: the first line of the journal; and whether one is that of this very
 * study. */
int ae_study_header(const struct ae_study *s, struct ae_str *out,
                    struct ae_err *e);
int ae_study_check_header(const struct ae_study *s, const char *line, size_t n,
                          struct ae_err *e);

/* next.c: what is to be done now, with the journal read: the trial, from 0,
 * which may be a new one, and where it halts; 0: nothing now.  AE_END: nothing
 * any more. */
int ae_study_choose(const struct ae_study *s, double now, size_t *trial,
                    uint64_t *until, struct ae_err *e);
/* The values of a new trial, as texts and not yet freed ones of `text`. */
int ae_study_sample(const struct ae_study *s, size_t trial,
                    char text[][AE_SPACE_VALUE], struct ae_err *e);
/* untried.c: puts other values in the place of ones that a trial has had, while
 * there are any. */
int ae_study_avoid_tried(const struct ae_study *s, char text[][AE_SPACE_VALUE],
                         struct ae_err *e);

/* Whether a trial that halted at its rung is pruned there. */
int ae_study_is_pruned(const struct ae_study *s, size_t trial, int *yes,
                       struct ae_err *e);

/* The cost of the trial at a rung; NaN: it hasn't come there, or failed. */
double ae_study_cost(const struct ae_study *s, size_t trial, int rung);

/* importance.c: share[k]: of the variance of the trials' ranks at their first
 * common rung that the k-th setting's groups explain, NaN where that can't be
 * told; the number of trials. */
int ae_study_importance(const struct ae_study *s, double *share, size_t *trials,
                        struct ae_err *e);

/* parallel.c: a drawing of all trials as lines over one axis a setting. */
struct ae_html;
void ae_study_put_parallel(struct ae_html *h, const struct ae_study *s);

#endif
