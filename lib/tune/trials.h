/* trials.h - the state of a study, as the events of its journal have made it.
 *
 * Each event is a line of JSON: `event`, `trial`, and who writes it (`host`,
 * `pid`), until when the trial is his (`lease`, in the file system's seconds
 * since 1970; 0: it is free).
 *
 *   start    its part up to `until` begins; `settings` the first time
 *   report   its model at `step` has `value`, whose name is `score`; or a rung
 *            lets it go on to `until`; without either only the lease is renewed
 *   prune    it halts, the best of those there go on
 *   done     it has come to its end
 *   fail     it can't go on, for a `reason` */
#ifndef AE_TUNE_TRIALS_H
#define AE_TUNE_TRIALS_H

#include "base/json.h"
#include "tune/space.h"

enum ae_event { AE_START, AE_REPORT, AE_PRUNE, AE_DONE, AE_FAIL };
extern const char *const ae_event_names[]; /* NULL-terminated */

struct ae_report_point {
    uint64_t step;
    double value;
};

struct ae_trial {
    enum ae_trial_state state;
    uint64_t step, until;
    double lease;
    char *host, *reason;
    long pid;
    struct ae_report_point *report; /* [reports], by step */
    size_t reports;
    char *setting[AE_SPACE_SETTINGS]; /* NULL: not known */
    double u[AE_SPACE_SETTINGS];      /* their places, or NaN */
};

struct ae_trials {
    const struct ae_space *space; /* lent */
    struct ae_trial *at;          /* [count], by number */
    size_t count;
    char score[32]; /* of the first report; "" before it */
    int high;       /* 1: large values are good */
};

void ae_trials_release(struct ae_trials *t);
/* An event of line `number`. */
int ae_trials_apply(struct ae_trials *t, const char *line, size_t n,
                    uint64_t number, struct ae_err *e);
/* The value of the trial's model as it was at a step, NaN where it has none;
 * and what is to be small. */
double ae_trial_value(const struct ae_trial *t, uint64_t step);
double ae_trials_cost(const struct ae_trials *all, const struct ae_trial *t,
                      uint64_t step);

#endif
