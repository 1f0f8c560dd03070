/* tune.h - the parts of ae-tune: what is searched (tune_plan.c), the processes
 * that train (tune_process.c), their course (tune_run.c), what is shown and
 * written (tune_show.c). */
#ifndef AE_CMD_TUNE_H
#define AE_CMD_TUNE_H

#include <sys/types.h>

#include "ae_tune.h"
#include "cmd.h"

enum { TUNE_SETTINGS = 20, TUNE_JOBS = 256 };

struct tune_args {
    struct cmd_common common;
    struct ae_train_options train; /* what all trials have */
    const char *space, *study, *objective, *report;
    int search, prune, eta, minimise, maximise;
    uint64_t steps, first, every, trials, steps_total, seed;
    double time_limit;
};

/* Options of ae-train that are passed on to trials, as rows without help of
 * struct tune_args. */
const struct ae_field *tune_passed_fields(void);

/* Words of a command line, NULL-terminated. */
struct tune_words {
    char **at;
    size_t count;
};
void tune_words_add(struct tune_words *w, const char *fmt, ...) AE_PRINTF(2, 3);
void tune_words_release(struct tune_words *w);
/* The words as a shell takes them; free() it. */
char *tune_words_join(const struct tune_words *w);

/* ---------------------------------------------------------------- the plan */

struct tune_plan {
    const struct tune_args *a;
    char *space_text, *study_path, *folder; /* FOLDER/N: trial N */
    char *train;                            /* ae-train's path */
    struct ae_space *space;
    int settings;
    /* of ae-train; NULL: the setting is a variable of the spec */
    const struct ae_field *field[TUNE_SETTINGS];
    char *usual[TUNE_SETTINGS]; /* values in the defaults; NULL: not known */
    struct tune_words fixed;    /* options of all trials, ... */
    struct tune_words machine;  /* ... and those that change no result */
    char *fixed_text;           /* `fixed` and the data, as one text */
    char *const *data;
    int data_count;
    uint64_t first, every;
};
/* Ends with status 2 where the options are wrong.  Names the study in `a`. */
void tune_plan_make(struct tune_plan *p, struct tune_args *a, char *const *data,
                    int count);
void tune_plan_release(struct tune_plan *p);
int tune_plan_open(const struct tune_plan *p, struct ae_study **out,
                   struct ae_err *e);
/* The command line that trains a trial, up to its data, into `output`. */
void tune_plan_words(const struct tune_plan *p, const char *const *value,
                     const char *output, struct tune_words *w);
/* And its data, which may look like options. */
void tune_words_data(struct tune_words *w, const struct tune_plan *p);
/* FOLDER/TRIAL/NAME; free() it. */
char *tune_plan_path(const struct tune_plan *p, uint64_t trial,
                     const char *name);

/* ------------------------------------------------------------- a process */

/* Starts a command in a group of its own, which dies with this process; output
 * goes to `out`, messages to the end of `log`.  Ends the run where it can't. */
pid_t tune_spawn(char *const *argv, const char *model, const char *out,
                 const char *log);
/* Waits until a child may have ended, a signal has come, or so many seconds are
 * over. */
void tune_wait(double seconds);
/* From here on a first SIGINT, SIGTERM or SIGHUP only asks for the end. */
void tune_catch(void);
/* The signal that asked; 0: none. */
int tune_stopped(void);
/* The last line of a file, escaped, without its end; "" where there is none. */
void tune_last_line(const char *path, char *line, size_t size);

/* ------------------------------------------------------------------- a run */

/* Works on the study until it is over, or a signal or the time limit comes.
 * What went wrong is said, and counted. */
struct tune_run {
    const struct tune_plan *plan;
    struct ae_study *study;
    int failed; /* the defaults failed, or the study can't go on */
    int faults; /* trials that failed here */
};
void tune_run(struct tune_run *r);

/* ----------------------------------------------------------------- results */

/* A row of the live table; 0: its head. */
void tune_show_row(const struct tune_run *r, uint64_t trial);
void tune_show_progress(const struct tune_run *r, int running, double seconds,
                        int last);
/* The page; what goes wrong is said. */
int tune_write_page(const struct tune_run *r, int refresh);
/* BEST, its command line, the table of all trials; the status. */
int tune_finish(const struct tune_run *r);

#endif
