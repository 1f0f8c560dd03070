/* Studies of ae-tune: what is tried next, what the journal survives, two
 * processes on one study. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tune/link_lock.h"
#include "tune/study.h"
#include "folder.h"

static const struct ae_study_options options = {.model = "dense:z=4",
                                                .space = "a=0.0..1.0 b=x|y",
                                                .settings = "",
                                                .search = AE_SEARCH_TPE,
                                                .pruning = AE_PRUNING_ASHA,
                                                .eta = 3,
                                                .steps = 90,
                                                .first = 10,
                                                .every = 5,
                                                .trials = 15};

static struct ae_study *opened(const char *name,
                               const struct ae_study_options *o)
{
    struct ae_study *s;
    struct ae_err e = {0};
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    cr_assert_eq(ae_study_open(path, o, &s, &e), 0, "%s", e.msg);
    return s;
}

/* A value that falls with the steps, by the settings. */
static double value_of(const struct ae_study_job *job, uint64_t step)
{
    const double a = job->value[0] ? atof(job->value[0]) : 0.5;
    const int y = job->value[1] && strcmp(job->value[1], "y") == 0;

    return fabs(a - 0.7) + 0.3 * !y + 1.0 / (double)step;
}

/* Runs the study to its end, or so many parts of trials. */
static int run(struct ae_study *s, int parts)
{
    struct ae_study_job job;
    struct ae_err e = {0};
    int rc = 0, n = 0;

    while (n < parts && (rc = ae_study_next(s, &job, &e)) == 0) {
        cr_assert(job.trial > 0, "nothing to do, and nobody works");
        cr_assert_eq(ae_study_report(s, job.trial, job.until,
                                     value_of(&job, job.until), "l2", &e),
                     0, "%s", e.msg);
        cr_assert_eq(ae_study_halt(s, job.trial, 0, &e), 0, "%s", e.msg);
        n++;
    }
    cr_assert(rc >= 0, "%s", e.msg);
    return n;
}

static char *contents(const char *name)
{
    char path[256], *text = calloc(1 << 20, 1);

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f);
    cr_assert_gt(fread(text, 1, (1 << 20) - 1, f), 0);
    fclose(f);
    return text;
}

static void append(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "ab");
    cr_assert_not_null(f);
    cr_assert_gt(fputs(text, f), -1);
    fclose(f);
}

TestSuite(study, .init = folder_set_up, .fini = folder_tear_down);

Test(study, halves)
{
    struct ae_study *s = opened("a", &options);
    struct ae_trial_facts f;
    int at[4] = {0};

    run(s, 1000);
    cr_assert_eq(s->trials.count, 15);
    for (size_t i = 0; ae_study_trial(s, i, &f); i++) {
        at[0] += f.step >= 10;
        at[1] += f.step >= 30;
        at[2] += f.step >= 90;
        cr_assert_eq(f.state, f.step < 90 ? AE_TRIAL_PRUNED : AE_TRIAL_DONE);
    }
    cr_assert_eq(at[0], 15);
    cr_assert(at[1] >= 5 && at[1] <= 12, "%d", at[1]);
    cr_assert(at[2] >= 1 && ae_study_steps(s) < 900, "%d", at[2]);
    ae_study_trial(s, 0, &f); /* the defaults */
    cr_assert_eq(f.step, 90);
    ae_study_trial(s, ae_study_best(s) - 1, &f);
    cr_assert_str_eq(f.setting[1], "y");
    cr_assert(fabs(atof(f.setting[0]) - 0.7) < 0.1, "%s", f.setting[0]);
    ae_study_free(s);
}

/* What ended at a rung before it was decided on is taken up there once more,
 * not let go on. */
Test(study, left_at_a_rung)
{
    struct ae_study *s = opened("a", &options);
    struct ae_study_job job, again;
    struct ae_trial_facts f;
    struct ae_err e = {0};

    while (ae_study_next(s, &job, &e) == 0 && job.trial == 1) {
        ae_study_report(s, 1, job.until, 1.0 / (double)job.until, "l2", &e);
        cr_assert_eq(ae_study_halt(s, 1, 0, &e), 0, "%s", e.msg);
    }
    cr_assert_eq(job.trial, 2);
    cr_assert_eq(ae_study_report(s, 2, job.until, 1, "l2", &e), 0);
    cr_assert_eq(ae_study_leave(s, 2, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_study_next(s, &again, &e), 0, "%s", e.msg);
    cr_assert_eq(again.trial, 2);
    cr_assert_eq(again.until, job.until);
    cr_assert_eq(ae_study_halt(s, 2, 0, &e), 0, "%s", e.msg);
    cr_assert(ae_study_trial(s, 1, &f));
    cr_assert_eq(f.state, AE_TRIAL_PRUNED);
    ae_study_free(s);
}

/* The settings of all trials of a journal. */
static void list(const struct ae_study *s, char *out, size_t size)
{
    struct ae_trial_facts f;
    size_t n = 0;

    for (size_t i = 0; ae_study_trial(s, i, &f); i++)
        n += (size_t)snprintf(out + n, size - n, "%s %s %d\n",
                              f.setting[0] ? f.setting[0] : "",
                              f.setting[1] ? f.setting[1] : "", (int)f.step);
}

/* One seed chooses the same, also where each part is another process'. */
Test(study, repeats)
{
    static const enum ae_search searches[] = {AE_SEARCH_RANDOM, AE_SEARCH_SOBOL,
                                              AE_SEARCH_TPE};
    char a[4096], b[4096], c[4096], name[16];

    for (size_t k = 0; k < AE_LEN(searches); k++) {
        struct ae_study_options o = options;
        o.search = (int)searches[k];
        snprintf(name, sizeof(name), "a%zu", k);
        struct ae_study *s = opened(name, &o);
        run(s, 1000);
        list(s, a, sizeof(a));
        ae_study_free(s);
        snprintf(name, sizeof(name), "b%zu", k);
        while (s = opened(name, &o), run(s, 1))
            ae_study_free(s);
        list(s, b, sizeof(b));
        ae_study_free(s);
        o.seed = 1;
        snprintf(name, sizeof(name), "c%zu", k);
        s = opened(name, &o);
        run(s, 1000);
        list(s, c, sizeof(c));
        ae_study_free(s);
        cr_assert_str_eq(a, b);
        cr_assert_str_neq(a, c);
    }
}

Test(study, keeps_to_its_steps)
{
    struct ae_study_options o = options;

    o.trials = 0;
    o.steps_total = 300;
    struct ae_study *s = opened("a", &o);
    run(s, 1000);
    cr_assert(ae_study_steps(s) <= 300 && ae_study_steps(s) > 280, "%d",
              (int)ae_study_steps(s));
    ae_study_free(s);
}

Test(study, stops_by_the_median)
{
    struct ae_study_options o = options;
    struct ae_trial_facts f;
    int pruned = 0, done = 0;

    o.pruning = AE_PRUNING_MEDIAN;
    struct ae_study *s = opened("a", &o);
    run(s, 1000);
    for (size_t i = 0; ae_study_trial(s, i, &f); i++) {
        pruned += f.state == AE_TRIAL_PRUNED;
        done += f.state == AE_TRIAL_DONE;
        cr_assert(i >= 4 || f.state == AE_TRIAL_DONE);
    }
    cr_assert(pruned >= 3 && done >= 6, "%d and %d", pruned, done);
    ae_study_free(s);
}

/* What is unknown beside an event stays, a cut line goes. */
Test(study, survives_a_cut)
{
    struct ae_study *s = opened("a", &options);

    run(s, 3);
    ae_study_free(s);
    append("a", "{\"event\":\"report\",\"trial\":1,\"host\":\"x\",\"pid\":1,"
                "\"lease\":0,\"mood\":\"fine\"}\n{\"event\":\"sta");
    s = opened("a", &options);
    cr_assert_eq(run(s, 1000) > 10, 1);
    cr_assert_eq(s->trials.count, 15);
    ae_study_free(s);
    char *text = contents("a");
    cr_assert(strstr(text, "\"mood\":\"fine\"}\n{\"event\":\"start\""));
    cr_assert(!strstr(text, "\"sta{"));
    free(text);
}

static void refused(const char *name, const struct ae_study_options *o,
                    int code, const char *says)
{
    struct ae_study *s;
    struct ae_err e = {0};
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    cr_assert_eq(ae_study_open(path, o, &s, &e), code, "%s: %s", name, e.msg);
    cr_assert_null(s);
    cr_assert(strstr(e.msg, says), "%s: %s", name, e.msg);
    snprintf(path, sizeof(path), "%s/%s.lock", dir, name);
    cr_assert_neq(access(path, F_OK), 0);
}

Test(study, refuses_what_it_does_not_know)
{
    struct ae_study_options other = options;
    struct ae_study *s = opened("a", &options);

    run(s, 2);
    ae_study_free(s);
    other.space = "a=0.0..2.0 b=x|y";
    refused("a", &other, AE_EARG, "`space` is \"a=0.0..2.0 b=x|y\" now");
    append("a", "{\"event\":\"sing\",\"trial\":1}\n");
    refused("a", &options, AE_EUNSUPPORTED, "unknown event 'sing'");
    append("b", "{\"ae_tune\":2,\"version\":\"9.1\"}\n");
    refused("b", &options, AE_EUNSUPPORTED, "newer version (9.1, format 2)");
    append("c", "my only copy");
    refused("c", &options, AE_EFORMAT, "is no study");
    char *text = contents("c");
    cr_assert_str_eq(text, "my only copy");
    free(text);
    append("d", "{\"ae_tune\":\"x\"}\n");
    refused("d", &options, AE_EFORMAT, "is no study");
    append("e", "{\"ae_tune\":1,\n");
    refused("e", &options, AE_EFORMAT, "json");
    s = opened("f", &options);
    ae_study_free(s);
    append("f", "{\"event\":\"done\",\"trial\":7}\n");
    refused("f", &options, AE_EFORMAT, "line 2: trial 7 hasn't begun");
}

/* A trial of a process that is gone is free at once, that of another host when
 * its minute is over; who lost one is told so. */
Test(study, takes_up_what_was_left)
{
    struct ae_study *s = opened("a", &options);
    struct ae_study_job job;
    char line[256];

    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 1);
    cr_assert_eq(ae_study_report(s, 1, 5, 1.0, "l2", NULL), 0);
    snprintf(line, sizeof(line),
             "{\"event\":\"start\",\"trial\":1,\"host\":\"%s\",\"pid\":%d,"
             "\"lease\":9e12,\"until\":90}\n",
             ae_this_host(), 0x3ffffffe);
    append("a", line);
    cr_assert_eq(ae_study_renew(s, 1, NULL), AE_END);
    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 1);
    cr_assert_eq(job.until, 90);
    append("a", "{\"event\":\"start\",\"trial\":1,\"host\":\"elsewhere\","
                "\"pid\":1,\"lease\":9e12,\"until\":90}\n");
    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 2, "%d", (int)job.trial);
    append("a", "{\"event\":\"report\",\"trial\":1,\"host\":\"elsewhere\","
                "\"pid\":1,\"lease\":12}\n");
    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 1);
    ae_study_free(s);
}

/* Others wait until the defaults have shown a value. */
Test(study, lets_the_defaults_begin)
{
    struct ae_study *s = opened("a", &options);
    struct ae_study_job job;

    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 1);
    cr_assert_eq(job.until, 10);
    cr_assert_null(job.value[0]);
    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 0);
    cr_assert_eq(ae_study_report(s, 1, 5, 1.0, "l2", NULL), 0);
    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 2);
    cr_assert_eq(ae_study_report(s, 2, 5, NAN, "l2", NULL), AE_ENUMERIC);
    cr_assert_eq(ae_study_fail(s, 2, "no memory", NULL), 0);
    struct ae_trial_facts f;
    cr_assert(ae_study_trial(s, 1, &f));
    cr_assert_eq(f.state, AE_TRIAL_FAILED);
    cr_assert_str_eq(f.reason, "no memory");
    cr_assert_eq(ae_study_best(s), 1);
    ae_study_free(s);
}

/* Nobody waits for a value of defaults that have come to their end without. */
Test(study, goes_on_without_a_value)
{
    struct ae_study *s = opened("a", &options);
    struct ae_study_job job;

    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(ae_study_halt(s, 1, 1, NULL), 0);
    cr_assert_eq(ae_study_next(s, &job, NULL), 0);
    cr_assert_eq(job.trial, 2, "%d", (int)job.trial);
    ae_study_free(s);
}

/* A lock of a process that is gone is broken, a living one's isn't. */
Test(study, breaks_locks_that_were_left)
{
    struct ae_study *s = opened("a", &options);
    char text[128];
    struct stat st;

    ae_study_free(s);
    snprintf(text, sizeof(text), "%s %d\n", ae_this_host(), 0x3ffffffe);
    append("a.lock", text);
    s = opened("a", &options);
    ae_study_free(s);
    snprintf(text, sizeof(text), "%s/a.lock", dir);
    cr_assert_neq(stat(text, &st), 0);
}

/* So is what processes that were killed left of theirs, and nothing else. */
Test(study, removes_what_was_left_beside_its_lock)
{
    static const struct {
        const char *name;
        int pid, stays;
    } files[] = {{"a.lock-%s-%d", 0x3ffffffe, 0},
                 {"a.lock-%s-%d-old", 0x3ffffffe, 0},
                 {"a.lock-%s-%d", 1, 1},
                 {"a.lock-%s-%d-notes", 0x3ffffffe, 1},
                 {"a.lock-%s-x%d", 0x3ffffffe, 1},
                 {"a.lock-elsewhere-%s-%d", 0x3ffffffe, 1},
                 {"b.lock-%s-%d", 0x3ffffffe, 1}};
    char name[AE_LEN(files)][128], path[1024];

    for (size_t i = 0; i < AE_LEN(files); i++) {
        snprintf(name[i], sizeof(name[i]), files[i].name, ae_this_host(),
                 files[i].pid);
        append(name[i], "left\n");
    }
    ae_study_free(opened("a", &options));
    for (size_t i = 0; i < AE_LEN(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
        cr_assert_eq(access(path, F_OK) == 0, files[i].stays, "%s", name[i]);
    }
}

/* A small space is gone through, by any search, and then nothing is left. */
Test(study, tries_no_combination_twice)
{
    static const char *const usual[] = {"2", "y", NULL};
    struct ae_study_options o = options;

    o.space = "a=1..3 b=x|y";
    o.trials = 40;
    for (int search = AE_SEARCH_RANDOM; search <= AE_SEARCH_TPE; search++) {
        char name[16], seen[7] = "";
        struct ae_trial_facts f;
        int none;
        snprintf(name, sizeof(name), "s%d", search);
        o.search = search;
        o.usual = usual;
        struct ae_study *s = opened(name, &o);
        cr_assert_eq(ae_study_is_exhausted(s, &none, NULL), 0);
        cr_assert_eq(none, 0);
        run(s, 1000);
        cr_assert_eq(s->trials.count, 6, "search %d: %zu", search,
                     s->trials.count);
        for (size_t i = 0; ae_study_trial(s, i, &f); i++)
            seen[2 * (*f.setting[0] - '1') + (*f.setting[1] == 'y')]++;
        for (int k = 0; k < 6; k++)
            cr_assert_eq(seen[k], 1, "search %d: %d", search, k);
        cr_assert_eq(ae_study_is_exhausted(s, &none, NULL), 0);
        cr_assert_eq(none, 1);
        ae_study_free(s);
    }
}

Test(study, tells_what_matters)
{
    struct ae_study_options o = options;
    double share[AE_SPACE_SETTINGS];
    size_t n;

    o.space = "a=0.0..1.0 b=x|y c=p|q|r";
    o.search = AE_SEARCH_RANDOM;
    o.trials = 40;
    o.steps = 10;
    struct ae_study *s = opened("a", &o);
    run(s, 1000);
    cr_assert_eq(ae_study_importance(s, share, &n, NULL), 0);
    cr_assert_eq(n, 40);
    cr_assert(share[0] > 0.2 && share[0] < 0.9, "%g", share[0]);
    cr_assert(share[1] > 0.15 && share[1] < 0.8, "%g", share[1]);
    cr_assert(share[2] < 0.1, "%g", share[2]);
    ae_study_free(s);
}
