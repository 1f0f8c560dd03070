/* tune_run.c - the course of a search: takes up parts of trials, watches their
 * processes, tells the study what came of them. */
#include <math.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tune.h"

enum {
    TRIES = 3, /* of a process that is killed without coming further */
    LINE = 1024
};
/* Seconds: a lease is of sixty; and of a study that others work on. */
static const double RENEW = 15, LOOK = 1, PAGE = 5;
static const double PAGE_SHARE = 0.05; /* of the time, for pages, at most */

/* A trial that this process works on. */
struct slot {
    uint64_t trial, until; /* trial 0: free */
    const char *value[TUNE_SETTINGS];
    char *model, *metrics, *printed, *log;
    pid_t pid;
    int measures; /* 1: the process is the objective's */
    int tries;
    int left; /* 1: another process began it */
    double renewed;
    uint64_t step; /* of the last score */
};

struct course {
    struct tune_run *r;
    struct slot slot[TUNE_JOBS];
    int running;
    int over; /* nothing is to be taken up any more */
    double began, looked, drawn;
    double pause; /* seconds from one page to the next */
};

/* ----------------------------------------------------------------- a slot */

static void release(struct course *c, struct slot *s)
{
    for (int i = 0; i < TUNE_SETTINGS; i++)
        free((char *)(uintptr_t)s->value[i]);
    free(s->model);
    free(s->metrics);
    free(s->printed);
    free(s->log);
    *s = (struct slot){0};
    c->running--;
    c->looked = 0; /* there may be more to do now */
}

/* A call on the study that failed ends the run, but for a trial that another
 * process has taken up: 1. */
static int is_lost(struct course *c, struct slot *s, int rc,
                   const struct ae_err *e)
{
    if (rc == 0)
        return 0;
    if (rc < 0) {
        cmd_error(NULL, e);
        c->r->failed = c->over = 1;
    } else {
        cmd_warn("trial %llu: its lease ran out, another process has it",
                 (unsigned long long)s->trial);
    }
    if (s->pid > 0 && kill(-s->pid, SIGKILL) == 0)
        waitpid(s->pid, NULL, 0);
    release(c, s);
    return 1;
}

static void train(const struct tune_plan *p, struct slot *s)
{
    struct tune_words w = {0};

    tune_words_add(&w, "%s", p->train);
    tune_plan_words(p, s->value, s->model, &w);
    tune_words_add(&w, "--until=%llu", (unsigned long long)s->until);
    tune_words_add(&w, "--metrics=%s", s->metrics);
    tune_words_add(&w, "--resume");
    tune_words_add(&w, "--quiet");
    for (size_t i = 0; i < p->machine.count; i++)
        tune_words_add(&w, "%s", p->machine.at[i]);
    tune_words_data(&w, p);
    s->measures = 0;
    s->pid = tune_spawn(w.at, s->model, "/dev/null", s->log);
    tune_words_release(&w);
}

static void measure(const struct tune_plan *p, struct slot *s)
{
    char shell[] = "/bin/sh", option[] = "-c";
    char *command = cmd_copy(p->a->objective);
    char *argv[] = {shell, option, command, NULL};

    s->measures = 1;
    s->pid = tune_spawn(argv, s->model, s->printed, s->log);
    free(command);
}

static void take_up(struct course *c, struct slot *s,
                    const struct ae_study_job *job)
{
    const struct tune_plan *p = c->r->plan;
    struct ae_trial_facts f;
    char *folder = tune_plan_path(p, job->trial, "");

    *s = (struct slot){
        .trial = job->trial,
        .until = job->until,
        .model = tune_plan_path(p, job->trial, "model.safetensors"),
        .metrics = tune_plan_path(p, job->trial, "metrics.csv"),
        .printed = tune_plan_path(p, job->trial, "objective"),
        .log = tune_plan_path(p, job->trial, "log"),
        .renewed = cmd_now()};
    for (int i = 0; i < p->settings; i++)
        s->value[i] = job->value[i] ? cmd_copy(job->value[i]) : NULL;
    if (ae_study_trial(c->r->study, job->trial - 1, &f))
        s->step = f.step;
    struct stat st;
    s->left = stat(folder, &st) == 0;
    cmd_make_folder(folder);
    free(folder);
    c->running++;
    train(p, s);
}

/* ----------------------------------------------------------------- scores */

/* A row of the metrics; 0: it isn't whole, or has no score.  A score that is
 * no finite number is none: ae-train keeps no model of it, either. */
static int read_row(const char *line, double *step, double *score)
{
    char cell[64];

    if (sscanf(line, "%lf,%*[^,],%*[^,],%63[^,],", step, cell) != 2 ||
        !strchr(line, '\n'))
        return 0;
    *score = strtod(cell, NULL);
    return isfinite(*score);
}

/* Tells the study of the scores that are new in the metrics: the best so far,
 * which is that of the model.  1: the slot is free. */
static int report_scores(struct course *c, struct slot *s)
{
    FILE *f = fopen(s->metrics, "r");
    char line[LINE], name[64] = "";
    double best = NAN, step, score;
    struct ae_err e = {0};
    int rc = 0;

    if (f && fgets(line, sizeof(line), f))
        sscanf(line, "step,loss,lr,%63[^,],", name);
    while (f && !rc && *name && fgets(line, sizeof(line), f)) {
        const int high = strcmp(name, "psnr") == 0;
        if (!read_row(line, &step, &score))
            continue;
        if (isnan(best) || (high ? score > best : score < best))
            best = score;
        if ((uint64_t)step <= s->step || c->r->plan->a->objective)
            continue;
        s->step = (uint64_t)step;
        s->tries = 0;
        s->renewed = cmd_now();
        rc = ae_study_report(c->r->study, s->trial, s->step, best, name, &e);
    }
    if (f)
        fclose(f);
    return is_lost(c, s, rc, &e);
}

static void show(const struct course *c, uint64_t trial)
{
    tune_show_row(c->r, trial);
}

static void fail(struct course *c, struct slot *s, const char *reason)
{
    const uint64_t trial = s->trial;
    struct ae_err e = {0};

    cmd_warn("trial %llu: %s", (unsigned long long)trial, reason);
    s->pid = 0;
    if (is_lost(c, s, ae_study_fail(c->r->study, trial, reason, &e), &e))
        return;
    release(c, s);
    c->r->faults++;
    show(c, trial);
    if (trial == 1) {
        cmd_warn("trial 1 has the defaults, so no other can be compared with "
                 "it: the search ends");
        c->r->failed = c->over = 1;
    }
}

/* It came to its halt.  By a trial without a value nothing can be decided. */
static void halt(struct course *c, struct slot *s)
{
    const uint64_t trial = s->trial;
    struct ae_trial_facts f;
    struct ae_err e = {0};

    if (ae_study_trial(c->r->study, trial - 1, &f) && isnan(f.value)) {
        fail(c, s, "ae-train gave it no score that is a finite number");
        return;
    }
    char *ckpt = tune_plan_path(c->r->plan, trial, "model.safetensors.ckpt");
    const int over = access(ckpt, F_OK) != 0;

    free(ckpt);
    s->pid = 0;
    if (is_lost(c, s, ae_study_halt(c->r->study, trial, over, &e), &e))
        return;
    release(c, s);
    show(c, trial);
}

/* The number that the objective printed; 0: it printed none. */
static int read_number(const char *path, double *out, char text[LINE])
{
    FILE *f = fopen(path, "r");
    const size_t n = f ? fread(text, 1, LINE - 1, f) : 0;
    char *end;

    if (f)
        fclose(f);
    text[n] = '\0';
    *out = strtod(text, &end);
    const int bare = end > text && !end[strspn(end, " \t\r\n")];
    text[strcspn(text, "\r\n")] = '\0';
    return bare && isfinite(*out);
}

static void take_number(struct course *c, struct slot *s)
{
    char text[LINE], reason[LINE + 64];
    struct ae_err e = {0};
    double value;

    if (!read_number(s->printed, &value, text)) {
        snprintf(reason, sizeof(reason),
                 "the objective printed no number%s%.200s%s",
                 *text ? ", but '" : "", text, *text ? "'" : "");
        fail(c, s, reason);
        return;
    }
    s->pid = 0;
    if (!is_lost(c, s,
                 ae_study_report(c->r->study, s->trial, s->until, value,
                                 "objective", &e),
                 &e))
        halt(c, s);
}

/* -------------------------------------------------------------- processes */

/* Why a process ended, by its status and its last words. */
static void explain(const struct slot *s, int status, char *reason, size_t size)
{
    const char *what = s->measures ? "the objective" : "ae-train";
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    char line[LINE];

    tune_last_line(s->log, line, sizeof(line));
    if (number)
        snprintf(reason, size, "%s was killed by signal %d%s", what, number,
                 number == SIGKILL ? ", as the system does where memory runs "
                                     "out"
                                   : "");
    else
        snprintf(reason, size, "%s ended with status %d%s%s", what,
                 WEXITSTATUS(status), *line ? ": " : "", line);
}

/* What was killed goes on from its checkpoint, unless that leads nowhere; so
 * does what fails at the first try after another process was killed, which may
 * just be ending. */
static int is_tried_again(struct slot *s, int status)
{
    const int most = WIFSIGNALED(status) ? TRIES : s->left;

    return !s->measures && s->tries++ < most;
}

static void leave(struct course *c, struct slot *s)
{
    struct ae_err e = {0};

    s->pid = 0;
    if (!is_lost(c, s, ae_study_leave(c->r->study, s->trial, &e), &e))
        release(c, s);
}

static void handle_end(struct course *c, struct slot *s, int status)
{
    char reason[2 * LINE];
    const int good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

    s->pid = 0;
    if (!s->measures && report_scores(c, s))
        return;
    if (good && s->measures) {
        take_number(c, s);
    } else if (good && !c->r->plan->a->objective) {
        halt(c, s);
    } else if (c->over) {
        leave(c, s);
    } else if (good) {
        measure(c->r->plan, s);
    } else if (is_tried_again(s, status)) {
        if (!WIFSIGNALED(status))
            tune_wait(LOOK);
        train(c->r->plan, s);
    } else {
        explain(s, status, reason, sizeof(reason));
        fail(c, s, reason);
    }
}

/* Renews the lease, and tells of scores meanwhile. */
static void renew(struct course *c, struct slot *s)
{
    struct ae_err e = {0};

    if (cmd_now() - s->renewed < RENEW || report_scores(c, s) ||
        cmd_now() - s->renewed < RENEW)
        return;
    s->renewed = cmd_now();
    is_lost(c, s, ae_study_renew(c->r->study, s->trial, &e), &e);
}

static void look_after(struct course *c, struct slot *s)
{
    int status;

    if (!s->trial)
        return;
    if (waitpid(s->pid, &status, WNOHANG) == s->pid)
        handle_end(c, s, status);
    else
        renew(c, s);
}

/* ------------------------------------------------------------------- a run */

/* 1: a trial was taken up. */
static int take_next(struct course *c)
{
    struct ae_study_job job;
    struct ae_err e = {0};
    struct slot *s = c->slot;
    const int rc = ae_study_next(c->r->study, &job, &e);

    c->looked = cmd_now();
    if (rc < 0) {
        cmd_error(NULL, &e);
        c->r->failed = 1;
    }
    c->over |= rc != 0;
    if (rc || !job.trial)
        return 0;
    while (s->trial)
        s++;
    take_up(c, s, &job);
    return 1;
}

static void stop_all(struct course *c)
{
    c->over = 1;
    for (int i = 0; i < TUNE_JOBS; i++)
        if (c->slot[i].trial && c->slot[i].pid > 0)
            kill(-c->slot[i].pid, SIGTERM);
}

static int is_time_up(const struct course *c)
{
    const double limit = c->r->plan->a->time_limit;

    return limit > 0 && cmd_now() - c->began >= limit;
}

static void draw(struct course *c, int last)
{
    tune_show_progress(c->r, c->running, cmd_now() - c->began, last);
    const double now = cmd_now();

    if (!c->r->plan->a->report || last || now - c->drawn < c->pause)
        return;
    tune_write_page(c->r, (int)(2 * c->pause));
    c->drawn = cmd_now();
    c->pause = fmax(PAGE, (c->drawn - now) / PAGE_SHARE);
}

void tune_run(struct tune_run *r)
{
    struct course *c = cmd_need(calloc(1, sizeof(*c)));
    int stopped = 0;

    c->r = r;
    c->began = cmd_now();
    c->pause = PAGE;
    tune_show_row(r, 0);
    while (!c->over || c->running) {
        while (!c->over && c->running < r->plan->a->common.jobs &&
               cmd_now() - c->looked >= LOOK && take_next(c))
            c->looked = 0;
        if (!stopped &&
            (tune_stopped() || is_time_up(c) || (r->failed && c->running))) {
            stopped = 1;
            stop_all(c);
        }
        if (c->running || !c->over)
            tune_wait(c->looked > 0 || stopped ? LOOK : 0.05);
        for (int i = 0; i < TUNE_JOBS; i++)
            look_after(c, &c->slot[i]);
        draw(c, 0);
    }
    draw(c, 1);
    free(c);
}
