/* ae_tune.h - what ae-tune needs of libae: spaces of settings, and studies,
 * which are searches in them.  The conventions of ae.h hold.
 */
#ifndef AE_TUNE_H
#define AE_TUNE_H

#include "ae.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --------------------------------------------------------------- studies */

/* What a search varies: settings with their values, from "lr=log:1e-4..1e-2
 * z=2|8|32"; see ae-tune(1). */
struct ae_space;
AE_API int ae_space_new(const char *text, struct ae_space **out,
                        struct ae_err *e);
AE_API void ae_space_free(struct ae_space *s);
/* The i-th setting's name, NULL past the end. */
AE_API const char *ae_space_name(const struct ae_space *s, int i);
/* The k-th value by which the setting can be checked: a choice, or an end of
 * its range; NULL past the last one. */
AE_API const char *ae_space_probe(const struct ae_space *s, int i, int k);

/* Of the spec "dense:z=8,h=64", or of a file's: the variable's value, to be
 * freed; AE_EUNKNOWN where it has none of that name. */
AE_API int ae_spec_variable(const char *spec, const char *name, char **out,
                            struct ae_err *e);
/* The spec with that value of a variable, to be freed; AE_EARG where no network
 * comes of it. */
AE_API int ae_spec_with(const char *spec, const char *name, const char *value,
                        char **out, struct ae_err *e);

/* A search for good settings by trials, whose journal is one file.  Any number
 * of processes, on any hosts that share the folder, may work on one study.  The
 * first trial has the defaults, and goes to the end. */
enum ae_search { AE_SEARCH_RANDOM, AE_SEARCH_SOBOL, AE_SEARCH_TPE };
enum ae_pruning { AE_PRUNING_NONE, AE_PRUNING_MEDIAN, AE_PRUNING_ASHA };
struct ae_study_options {
    const char *model;    /* the spec of all trials */
    const char *space;    /* as for ae_space_new() */
    const char *settings; /* what else all trials have, as a text */
    /* a command that prints a trial's value; NULL: its score on held-out
     * data */
    const char *objective;
    int maximise;   /* the command's number is to be large */
    int search;     /* enum ae_search */
    int pruning;    /* enum ae_pruning */
    int eta;        /* of ASHA: one of so many trials goes on */
    uint64_t steps; /* of a whole trial */
    uint64_t first; /* the first halt of ASHA is not before it */
    uint64_t every; /* halts are multiples of it */
    uint64_t seed;  /* of the choice of settings */
    /* limits, which may differ from process to process; 0: none */
    uint64_t trials, steps_total;
    /* [settings of the space] their values in the first trial; NULL: not
     * known */
    const char *const *usual;
};
struct ae_study;
/* Reads a study, or begins one where there is no file.  AE_EARG where it was
 * begun with other options, AE_EFORMAT where the file is no study,
 * AE_EUNSUPPORTED where a newer version wrote it.  o's texts are copied. */
AE_API int ae_study_open(const char *path, const struct ae_study_options *o,
                         struct ae_study **out, struct ae_err *e);
AE_API void ae_study_free(struct ae_study *s);

struct ae_study_job {
    uint64_t trial; /* from 1; 0: there is nothing to do now */
    uint64_t until; /* the step to halt at */
    /* [settings], lent until the next call; NULL: none is to be given */
    const char *const *value;
};
/* Takes up a trial's next part, under a lease of a minute.  AE_END: there is
 * nothing to do any more, here or elsewhere. */
AE_API int ae_study_next(struct ae_study *s, struct ae_study_job *out,
                         struct ae_err *e);
/* The next five are for a trial that ae_study_next() gave, and renew its lease.
 * AE_END: it has run out, and another process has taken the trial up. */
AE_API int ae_study_renew(struct ae_study *s, uint64_t trial, struct ae_err *e);
/* Its model as it is at a step has that value; score: the value's name.  NaN
 * and infinity are AE_ENUMERIC. */
AE_API int ae_study_report(struct ae_study *s, uint64_t trial, uint64_t step,
                           double value, const char *score, struct ae_err *e);
/* It came to the step to halt at; or, over, to its end. */
AE_API int ae_study_halt(struct ae_study *s, uint64_t trial, int over,
                         struct ae_err *e);
/* It will be taken up again, by whoever comes next. */
AE_API int ae_study_leave(struct ae_study *s, uint64_t trial, struct ae_err *e);
AE_API int ae_study_fail(struct ae_study *s, uint64_t trial, const char *reason,
                         struct ae_err *e);
/* Reads what others have added. */
AE_API int ae_study_refresh(struct ae_study *s, struct ae_err *e);

enum ae_trial_state {
    AE_TRIAL_OPEN,   /* runs, or is to be taken up */
    AE_TRIAL_PRUNED, /* halted, and may go on yet with ASHA */
    AE_TRIAL_DONE,
    AE_TRIAL_FAILED
};
struct ae_trial_facts {
    enum ae_trial_state state;
    uint64_t step, until;       /* reached, to be reached */
    double value;               /* NaN: none yet */
    const char *host, *reason;  /* of a failure */
    const char *const *setting; /* [settings]; NULL: not known */
};
/* Of the i-th trial, from 0; 0 past the last one, else 1.  Lent until the next
 * call that changes the study. */
AE_API int ae_study_trial(const struct ae_study *s, size_t i,
                          struct ae_trial_facts *out);
/* The number of the best trial, from 1; 0: none has a value. */
AE_API uint64_t ae_study_best(const struct ae_study *s);
/* Whether trials have had all combinations of the settings' values, so that no
 * new one begins. */
AE_API int ae_study_is_exhausted(const struct ae_study *s, int *yes,
                                 struct ae_err *e);
/* Steps that all trials have taken. */
AE_API uint64_t ae_study_steps(const struct ae_study *s);
/* "" before the first report. */
AE_API const char *ae_study_score(const struct ae_study *s);
/* Writes a page: curves, parallel coordinates, the share that each setting has
 * in the differences, all trials.  refresh: seconds; 0: it is complete. */
AE_API int ae_study_page(const struct ae_study *s, const char *title,
                         int refresh, struct ae_io *io, struct ae_err *e);

#ifdef __cplusplus
}
#endif
#endif
