/* study.c - a study: its options, its journal, and the calls of a process that
 * works on it.  Each call holds the lock while it reads what others have added,
 * decides and adds its own. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "tune/study.h"

/* ----------------------------------------------------------------- opening */

static int copy(char **to, const char *from, struct ae_err *e)
{
    *to = from ? strdup(from) : NULL;
    return *to || !from ? 0 : ae_fail(e, AE_EMEM, "out of memory (study)");
}

static int copy_options(struct ae_study *s, const struct ae_study_options *o,
                        struct ae_err *e)
{
    struct ae_str text = {0};

    s->o = *o;
    s->o.model = s->o.space = s->o.settings = s->o.objective = NULL;
    s->o.usual = NULL;
    AE_TRY(copy(&s->model, o->model, e));
    AE_TRY(copy(&s->settings, o->settings, e));
    AE_TRY(copy(&s->objective, o->objective, e));
    AE_TRY(ae_space_parse(&s->space, o->space, e));
    for (int i = 0; i < s->space.count; i++)
        AE_TRY(copy(&s->usual[i], o->usual ? o->usual[i] : NULL, e));
    const int rc = ae_space_print(&s->space, &text, e);
    s->space_text = text.p;
    ae_rungs_find(&s->rungs, o->pruning, o->steps, o->first, o->every, o->eta);
    s->trials = (struct ae_trials){.space = &s->space,
                                   .high = o->objective && o->maximise};
    return rc;
}

static int take_line(void *arg, const char *line, size_t n, uint64_t number,
                     struct ae_err *e)
{
    struct ae_study *s = arg;

    if (number > 1)
        return ae_trials_apply(&s->trials, line, n, number, e);
    AE_TRY(ae_study_check_header(s, line, n, e));
    s->begun = 1;
    return 0;
}

static int add_line(struct ae_study *s, const struct ae_str *line,
                    struct ae_err *e)
{
    AE_TRY(ae_journal_add(&s->journal, line, e));
    return ae_journal_read(&s->journal, take_line, s, e);
}

static int begin(struct ae_study *s, struct ae_err *e)
{
    struct ae_str head = {0};
    int rc = ae_journal_begin(&s->journal, take_line, s, e);

    if (rc < 0)
        return ae_err_at(e, rc, "%s", s->journal.path);
    if (s->begun)
        return 0;
    rc = ae_study_header(s, &head, e);
    if (!rc)
        rc = add_line(s, &head, e);
    ae_str_release(&head);
    if (rc < 0)
        ae_journal_end(&s->journal);
    return rc;
}

int ae_study_refresh(struct ae_study *s, struct ae_err *e)
{
    AE_TRY(begin(s, e));
    ae_journal_end(&s->journal);
    return 0;
}

int ae_study_open(const char *path, const struct ae_study_options *o,
                  struct ae_study **out, struct ae_err *e)
{
    struct ae_study *s = *out = ae_alloc(1, sizeof(*s), e);
    int rc;

    if (!s)
        return AE_EMEM;
    s->journal.fd = -1;
    if ((rc = copy_options(s, o, e)) < 0 ||
        (rc = ae_journal_init(&s->journal, path, e)) < 0 ||
        (rc = ae_study_refresh(s, e)) < 0) {
        ae_study_free(s);
        *out = NULL;
    }
    return rc;
}

void ae_study_free(struct ae_study *s)
{
    if (!s)
        return;
    for (int i = 0; i < AE_SPACE_SETTINGS; i++)
        free(s->usual[i]);
    free(s->model);
    free(s->settings);
    free(s->objective);
    free(s->space_text);
    ae_trials_release(&s->trials);
    ae_space_release(&s->space);
    ae_journal_release(&s->journal);
    free(s);
}

/* ------------------------------------------------------------------ events */

/* An event of this process, up to its own members; lease: whether the trial is
 * ours from here on. */
static int event_begin(struct ae_str *line, const struct ae_study *s,
                       enum ae_event event, size_t trial, int lease,
                       struct ae_err *e)
{
    AE_TRY(ae_str_printf(line, e, "{\"event\":\"%s\",\"trial\":%zu,\"host\":",
                         ae_event_names[event], trial + 1));
    AE_TRY(ae_json_add_string(line, ae_this_host(), e));
    return ae_str_printf(line, e, ",\"pid\":%ld,\"lease\":%.3f", (long)getpid(),
                         lease ? s->journal.lock.now + AE_LEASE : 0.0);
}

static int event_end(struct ae_study *s, struct ae_str *line, struct ae_err *e)
{
    AE_TRY(ae_str_add(line, "}\n", e));
    return add_line(s, line, e);
}

static int add_setting(struct ae_str *line, const char *name, const char *value,
                       int *first, struct ae_err *e)
{
    AE_TRY(ae_str_add(line, *first ? ",\"settings\":{" : ",", e));
    *first = 0;
    AE_TRY(ae_json_add_string(line, name, e));
    AE_TRY(ae_str_add(line, ":", e));
    return ae_json_add_string(line, value, e);
}

/* The values of a new trial: the first one has the usual ones, as far as they
 * are known. */
static int add_settings(struct ae_study *s, struct ae_str *line, size_t trial,
                        struct ae_err *e)
{
    char text[AE_SPACE_SETTINGS][AE_SPACE_VALUE];
    int first = 1;

    if (trial)
        AE_TRY(ae_study_sample(s, trial, text, e));
    for (int i = 0; i < s->space.count; i++) {
        const char *value = trial ? text[i] : s->usual[i];
        if (value)
            AE_TRY(add_setting(line, s->space.at[i].name, value, &first, e));
    }
    return first ? 0 : ae_str_add(line, "}", e);
}

static int start(struct ae_study *s, size_t trial, uint64_t until,
                 struct ae_err *e)
{
    struct ae_str line = {0};
    int rc = event_begin(&line, s, AE_START, trial, 1, e);

    if (!rc)
        rc = ae_str_printf(&line, e, ",\"until\":%" PRIu64, until);
    if (!rc && trial == s->trials.count)
        rc = add_settings(s, &line, trial, e);
    if (!rc)
        rc = event_end(s, &line, e);
    ae_str_release(&line);
    return rc;
}

int ae_study_next(struct ae_study *s, struct ae_study_job *out,
                  struct ae_err *e)
{
    static const char *const none[AE_SPACE_SETTINGS];
    size_t trial;
    uint64_t until;

    *out = (struct ae_study_job){0};
    AE_TRY(begin(s, e));
    int rc = ae_study_choose(s, s->journal.lock.now, &trial, &until, e);
    if (!rc && until) {
        rc = start(s, trial, until, e);
        if (!rc)
            *out = (struct ae_study_job){
                trial + 1, until,
                trial ? (const char *const *)s->trials.at[trial].setting
                      : none};
    }
    ae_journal_end(&s->journal);
    return rc;
}

/* ------------------------------------------------------------ of a trial */

/* Begins an event of a trial that must still be ours; AE_END: it isn't. */
static int begin_mine(struct ae_study *s, uint64_t trial, struct ae_err *e)
{
    AE_TRY(begin(s, e));
    const struct ae_trial *t = &s->trials.at[trial - 1];
    if (t->state == AE_TRIAL_OPEN && t->host &&
        strcmp(t->host, ae_this_host()) == 0 && t->pid == (long)getpid())
        return 0;
    ae_journal_end(&s->journal);
    return AE_END;
}

/* Adds one event; more: its own members, or NULL. */
static int add_event(struct ae_study *s, uint64_t trial, enum ae_event event,
                     int lease, const struct ae_str *more, struct ae_err *e)
{
    struct ae_str line = {0};
    int rc = event_begin(&line, s, event, trial - 1, lease, e);

    if (!rc && more)
        rc = ae_str_addn(&line, more->p, more->len, e);
    if (!rc)
        rc = event_end(s, &line, e);
    ae_str_release(&line);
    return rc;
}

static int one_event(struct ae_study *s, uint64_t trial, enum ae_event event,
                     int lease, const struct ae_str *more, struct ae_err *e)
{
    int rc = begin_mine(s, trial, e);

    if (rc)
        return rc;
    rc = add_event(s, trial, event, lease, more, e);
    ae_journal_end(&s->journal);
    return rc;
}

int ae_study_renew(struct ae_study *s, uint64_t trial, struct ae_err *e)
{
    return one_event(s, trial, AE_REPORT, 1, NULL, e);
}

int ae_study_leave(struct ae_study *s, uint64_t trial, struct ae_err *e)
{
    return one_event(s, trial, AE_REPORT, 0, NULL, e);
}

int ae_study_report(struct ae_study *s, uint64_t trial, uint64_t step,
                    double value, const char *score, struct ae_err *e)
{
    struct ae_str more = {0};
    char number[40];

    if (!isfinite(value))
        return ae_fail(e, AE_ENUMERIC, "its value is no finite number");
    ae_print_real(number, sizeof(number), value);
    int rc = ae_str_printf(
        &more, e, ",\"step\":%" PRIu64 ",\"value\":%s,\"score\":", step,
        number);
    if (!rc)
        rc = ae_json_add_string(&more, score, e);
    if (!rc)
        rc = one_event(s, trial, AE_REPORT, 1, &more, e);
    ae_str_release(&more);
    return rc;
}

int ae_study_fail(struct ae_study *s, uint64_t trial, const char *reason,
                  struct ae_err *e)
{
    struct ae_str more = {0};
    int rc = ae_str_add(&more, ",\"reason\":", e);

    if (!rc)
        rc = ae_json_add_string(&more, reason, e);
    if (!rc)
        rc = one_event(s, trial, AE_FAIL, 0, &more, e);
    ae_str_release(&more);
    return rc;
}

/* Lets a trial go on to the next rung.  What was left at a rung without this
 * or its pruning is decided on when it is taken up again. */
static int let_go_on(struct ae_study *s, uint64_t trial, uint64_t step,
                     struct ae_err *e)
{
    struct ae_str more = {0};
    int rc = ae_str_printf(&more, e, ",\"until\":%" PRIu64,
                           ae_rungs_next(&s->rungs, step));

    if (!rc)
        rc = add_event(s, trial, AE_REPORT, 0, &more, e);
    ae_str_release(&more);
    return rc;
}

int ae_study_halt(struct ae_study *s, uint64_t trial, int over,
                  struct ae_err *e)
{
    int pruned = 0, rc = begin_mine(s, trial, e);

    if (rc)
        return rc;
    const uint64_t until = s->trials.at[trial - 1].until;
    over |= until >= s->o.steps;
    if (!over)
        rc = ae_study_is_pruned(s, (size_t)trial - 1, &pruned, e);
    if (!rc && (over || pruned))
        rc = add_event(s, trial, over ? AE_DONE : AE_PRUNE, 0, NULL, e);
    else if (!rc)
        rc = let_go_on(s, trial, until, e);
    ae_journal_end(&s->journal);
    return rc;
}

/* ------------------------------------------------------------------- facts */

int ae_study_trial(const struct ae_study *s, size_t i,
                   struct ae_trial_facts *out)
{
    if (i >= s->trials.count)
        return 0;
    const struct ae_trial *t = &s->trials.at[i];
    *out = (struct ae_trial_facts){
        .state = t->state,
        .step = t->step,
        .until = t->until,
        .value = ae_trial_value(t, UINT64_MAX),
        .host = t->host,
        .reason = t->state == AE_TRIAL_FAILED ? t->reason : NULL,
        .setting = (const char *const *)t->setting};
    return 1;
}

uint64_t ae_study_best(const struct ae_study *s)
{
    double least = INFINITY;
    uint64_t best = 0;

    for (size_t i = 0; i < s->trials.count; i++) {
        const double cost = ae_trials_cost(&s->trials, &s->trials.at[i],
                                           UINT64_MAX);
        if (s->trials.at[i].state == AE_TRIAL_FAILED || !(cost < least))
            continue;
        least = cost;
        best = i + 1;
    }
    return best;
}

uint64_t ae_study_steps(const struct ae_study *s)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < s->trials.count; i++)
        sum += s->trials.at[i].step;
    return sum;
}

const char *ae_study_score(const struct ae_study *s)
{
    return s->trials.score;
}

/* ------------------------------------------------------------------- space */

int ae_space_new(const char *text, struct ae_space **out, struct ae_err *e)
{
    *out = ae_alloc(1, sizeof(**out), e);
    const int rc = *out ? ae_space_parse(*out, text, e) : AE_EMEM;
    if (rc < 0) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

void ae_space_free(struct ae_space *s)
{
    if (s)
        ae_space_release(s);
    free(s);
}

const char *ae_space_name(const struct ae_space *s, int i)
{
    return i < s->count ? s->at[i].name : NULL;
}

const char *ae_space_probe(const struct ae_space *s, int i, int k)
{
    const struct ae_setting *p = &s->at[i];

    if (p->domain == AE_DOMAIN_CHOICE)
        return k < p->choices ? p->choice[k] : NULL;
    return k < 2 ? p->ends[k] : NULL;
}
