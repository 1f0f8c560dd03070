/* trials.c - see trials.h. */
#include "tune/trials.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { TRIALS = 1000000 };

const char *const ae_event_names[] = {"start", "report", "prune",
                                      "done",  "fail",   NULL};

static void release_trial(struct ae_trial *t)
{
    for (int i = 0; i < AE_SPACE_SETTINGS; i++)
        free(t->setting[i]);
    free(t->host);
    free(t->reason);
    free(t->report);
}

void ae_trials_release(struct ae_trials *t)
{
    for (size_t i = 0; i < t->count; i++)
        release_trial(&t->at[i]);
    free(t->at);
    *t = (struct ae_trials){.space = t->space};
}

double ae_trial_value(const struct ae_trial *t, uint64_t step)
{
    double value = NAN;

    for (size_t i = 0; i < t->reports && t->report[i].step <= step; i++)
        value = t->report[i].value;
    return value;
}

double ae_trials_cost(const struct ae_trials *all, const struct ae_trial *t,
                      uint64_t step)
{
    const double value = ae_trial_value(t, step);

    return all->high ? -value : value;
}

/* ------------------------------------------------------------------ events */

/* Replaces a text by that of a key; one that isn't there stays. */
static int take_text(char **text, const json_t *v, const char *key,
                     struct ae_err *e)
{
    const char *new = json_string_value(json_object_get(v, key));

    if (!new)
        return 0;
    free(*text);
    *text = strdup(new);
    return *text ? 0 : ae_fail(e, AE_EMEM, "out of memory (study)");
}

static int take_settings(struct ae_trials *all, struct ae_trial *t,
                         const json_t *v, struct ae_err *e)
{
    const json_t *settings = json_object_get(v, "settings");

    for (int i = 0; i < all->space->count; i++) {
        const struct ae_setting *s = &all->space->at[i];
        AE_TRY(take_text(&t->setting[i], settings, s->name, e));
        t->u[i] = t->setting[i] ? ae_setting_place(s, t->setting[i]) : NAN;
    }
    return 0;
}

static uint64_t count_of(const json_t *v, const char *key)
{
    const json_int_t n = json_integer_value(json_object_get(v, key));

    return n > 0 ? (uint64_t)n : 0;
}

static int take_start(struct ae_trials *all, struct ae_trial *t,
                      const json_t *v, struct ae_err *e)
{
    t->state = AE_TRIAL_OPEN;
    t->until = count_of(v, "until");
    if (!t->until)
        return ae_fail(e, AE_EFORMAT, "a start without `until`");
    return json_object_get(v, "settings") ? take_settings(all, t, v, e) : 0;
}

static int take_report(struct ae_trials *all, struct ae_trial *t,
                       const json_t *v, struct ae_err *e)
{
    const uint64_t step = count_of(v, "step");
    const json_t *value = json_object_get(v, "value");
    const char *score = json_string_value(json_object_get(v, "score"));

    if (count_of(v, "until"))
        t->until = count_of(v, "until");
    if (!json_is_number(value))
        return 0;
    if (!step || (t->reports && step < t->report[t->reports - 1].step))
        return ae_fail(e, AE_EFORMAT, "a report of an earlier step");
    if (score && !all->score[0]) {
        ae_format(all->score, sizeof(all->score), "%s", score);
        all->high |= strcmp(score, "psnr") == 0;
    }
    AE_TRY(ae_realloc(&t->report, t->reports + 1, sizeof(*t->report), e));
    t->report[t->reports++] = (struct ae_report_point){
        step, json_number_value(value)};
    t->step = step;
    return 0;
}

static int take_event(struct ae_trials *all, struct ae_trial *t,
                      enum ae_event event, const json_t *v, struct ae_err *e)
{
    AE_TRY(take_text(&t->host, v, "host", e));
    t->pid = (long)json_integer_value(json_object_get(v, "pid"));
    t->lease = json_number_value(json_object_get(v, "lease"));
    switch (event) {
    case AE_START:
        return take_start(all, t, v, e);
    case AE_REPORT:
        return take_report(all, t, v, e);
    case AE_PRUNE:
        t->state = AE_TRIAL_PRUNED;
        return 0;
    case AE_DONE:
        t->state = AE_TRIAL_DONE;
        return 0;
    case AE_FAIL:
        t->state = AE_TRIAL_FAILED;
        return take_text(&t->reason, v, "reason", e);
    }
    return 0;
}

static int find_event(const json_t *v, enum ae_event *out, struct ae_err *e)
{
    const char *name = json_string_value(json_object_get(v, "event"));

    for (int i = 0; name && ae_event_names[i]; i++)
        if (strcmp(name, ae_event_names[i]) == 0) {
            *out = (enum ae_event)i;
            return 0;
        }
    return ae_fail(e, AE_EUNSUPPORTED, "unknown event '%s'", name ? name : "");
}

/* The event's trial, which a start may begin. */
static int find_trial(struct ae_trials *all, const json_t *v,
                      enum ae_event event, struct ae_trial **out,
                      struct ae_err *e)
{
    const uint64_t number = count_of(v, "trial");

    if (event == AE_START && number == all->count + 1 && number <= TRIALS) {
        AE_TRY(ae_realloc(&all->at, number, sizeof(*all->at), e));
        struct ae_trial *new = &all->at[all->count++];
        *new = (struct ae_trial){.state = AE_TRIAL_OPEN};
        for (int i = 0; i < AE_SPACE_SETTINGS; i++)
            new->u[i] = NAN;
    }
    if (!number || number > all->count)
        return ae_fail(e, AE_EFORMAT, "trial %" PRIu64 " hasn't begun", number);
    *out = &all->at[number - 1];
    return 0;
}

int ae_trials_apply(struct ae_trials *t, const char *line, size_t n,
                    uint64_t number, struct ae_err *e)
{
    enum ae_event event = AE_START;
    struct ae_trial *trial = NULL;
    json_t *v;
    int rc = ae_json_parse(line, n, &v, e);

    if (!rc)
        rc = find_event(v, &event, e);
    if (!rc)
        rc = find_trial(t, v, event, &trial, e);
    if (!rc)
        rc = take_event(t, trial, event, v, e);
    json_decref(v);
    return rc < 0 ? ae_err_at(e, rc, "line %" PRIu64, number) : 0;
}
