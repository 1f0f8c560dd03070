/* tune_show.c - what a search shows: a table that grows while it goes on, and
 * its results. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tune.h"

enum { LINE = 2048, CHUNK = 1 << 16 };

static const char *const states[] = {"open", "pruned", "done", "failed"};

/* "lr=0.01 h=64" */
static void print_settings(const struct tune_plan *p,
                           const struct ae_trial_facts *f, char *text,
                           size_t size)
{
    size_t n = 0;

    *text = '\0';
    for (int i = 0; i < p->settings && n < size; i++)
        if (f->setting[i])
            n += (size_t)snprintf(text + n, size - n, "%s%s=%s", n ? " " : "",
                                  ae_space_name(p->space, i), f->setting[i]);
}

void tune_show_row(const struct tune_run *r, uint64_t trial)
{
    struct ae_trial_facts f;
    char text[LINE], value[32] = "";

    if (!trial) {
        cmd_summary("%6s %9s %-11s %-7s settings", "trial", "step", "value",
                    "state");
        return;
    }
    if (!ae_study_trial(r->study, trial - 1, &f))
        return;
    print_settings(r->plan, &f, text, sizeof(text));
    if (!isnan(f.value))
        snprintf(value, sizeof(value), "%.6g", f.value);
    cmd_summary("%6llu %9llu %-11s %-7s %s%s", (unsigned long long)trial,
                (unsigned long long)f.step, value, states[f.state], text,
                trial == 1                         ? " (the defaults)"
                : ae_study_best(r->study) == trial ? " (the best so far)"
                                                   : "");
}

void tune_show_progress(const struct tune_run *r, int running, double seconds,
                        int last)
{
    const uint64_t best = ae_study_best(r->study);
    struct ae_trial_facts f;
    char clock[32], text[64] = "";
    uint64_t n = 0;

    while (ae_study_trial(r->study, n, &f))
        n++;
    if (best && ae_study_trial(r->study, best - 1, &f))
        snprintf(text, sizeof(text), "  best %.6g (trial %llu)", f.value,
                 (unsigned long long)best);
    cmd_progress(last, "%llu trials  %d running  %llu steps%s  %s",
                 (unsigned long long)n, running,
                 (unsigned long long)ae_study_steps(r->study), text,
                 cmd_clock(seconds, clock));
}

/* ------------------------------------------------------------------- files */

int tune_write_page(const struct tune_run *r, int refresh)
{
    const char *path = r->plan->a->report;
    struct ae_io *io = NULL;
    struct ae_err e = {0};

    if (!path)
        return 0;
    int rc = cmd_create(path, &io, &e);
    if (!rc)
        rc = ae_study_page(r->study, r->plan->a->train.output, refresh, io, &e);
    if (!rc)
        rc = cmd_commit(io, &e);
    else if (io)
        cmd_drop(io);
    if (rc < 0)
        cmd_error(path, &e);
    return rc;
}

static int copy_stream(struct ae_io *in, struct ae_io *out, struct ae_err *e)
{
    char *part = cmd_need(malloc(CHUNK));
    size_t got = 1;
    int rc = 0;

    while (!rc && got) {
        rc = ae_io_read_some(in, part, CHUNK, &got, e);
        if (!rc)
            rc = ae_io_write(out, part, got, e);
    }
    free(part);
    return rc;
}

/* BEST becomes a trial's model. */
static int copy_model(const char *from, const char *to)
{
    struct ae_io *in = NULL, *out = NULL;
    struct ae_err e = {0};
    int rc = ae_io_open_path(from, &in, &e);

    if (!rc)
        rc = cmd_create(to, &out, &e);
    if (!rc)
        rc = copy_stream(in, out, &e);
    if (!rc)
        rc = cmd_commit(out, &e);
    else if (out)
        cmd_drop(out);
    ae_io_close(in);
    if (rc < 0)
        cmd_error(to, &e);
    return rc;
}

/* The command that trains the best model again. */
static void show_command(const struct tune_run *r, uint64_t trial,
                         const struct ae_trial_facts *f)
{
    static const char *const none[TUNE_SETTINGS];
    const struct tune_plan *p = r->plan;
    struct tune_words w = {0};

    tune_words_add(&w, "ae-train");
    tune_plan_words(p, trial == 1 ? none : f->setting, p->a->train.output, &w);
    if (f->state != AE_TRIAL_DONE)
        tune_words_add(&w, "--until=%llu", (unsigned long long)f->step);
    tune_words_data(&w, p);
    char *line = tune_words_join(&w);
    cmd_summary("%s", line);
    free(line);
    tune_words_release(&w);
}

static int finish_best(const struct tune_run *r)
{
    const uint64_t best = ae_study_best(r->study);
    struct ae_trial_facts f;

    if (!best || !ae_study_trial(r->study, best - 1, &f)) {
        cmd_warn("no trial has a value");
        return -1;
    }
    char *model = tune_plan_path(r->plan, best, "model.safetensors");
    const int rc = copy_model(model, r->plan->a->train.output);
    free(model);
    if (rc < 0)
        return rc;
    cmd_summary("trial %llu is the best: %s %.6g; to train it again:",
                (unsigned long long)best, ae_study_score(r->study), f.value);
    show_command(r, best, &f);
    return 0;
}

/* All trials on stdout. */
static void print_table(const struct tune_run *r)
{
    const struct tune_plan *p = r->plan;
    struct ae_trial_facts f;

    printf("trial\tstate\tstep\tvalue");
    for (int i = 0; i < p->settings; i++)
        printf("\t%s", ae_space_name(p->space, i));
    putchar('\n');
    for (size_t k = 0; ae_study_trial(r->study, k, &f); k++) {
        printf("%zu\t%s\t%llu\t", k + 1, states[f.state],
               (unsigned long long)f.step);
        if (!isnan(f.value))
            printf("%.9g", f.value);
        for (int i = 0; i < p->settings; i++)
            printf("\t%s", f.setting[i] ? f.setting[i] : "");
        putchar('\n');
    }
}

/* A search that ended early because nothing was left to try says so. */
static void tell_exhausted(const struct tune_run *r)
{
    const uint64_t limit = r->plan->a->trials;
    struct ae_trial_facts f;
    int yes = 0;

    if (ae_study_is_exhausted(r->study, &yes, NULL) == 0 && yes &&
        !(limit && ae_study_trial(r->study, limit - 1, &f)))
        cmd_note("all combinations of the settings were tried");
}

int tune_finish(const struct tune_run *r)
{
    struct ae_err e = {0};
    const int stale = r->failed ? 0 : ae_study_refresh(r->study, &e);

    if (stale < 0)
        cmd_error(NULL, &e);
    tell_exhausted(r);
    const int none = finish_best(r) < 0, page = tune_write_page(r, 0) < 0;
    print_table(r);
    return none                                      ? CMD_USAGE
           : page || stale || r->failed || r->faults ? CMD_FAILED
                                                     : CMD_OK;
}
