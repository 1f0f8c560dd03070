/* header.c - the first line of a journal: what the study is of.
 *
 * A process that goes on with a study must ask for the same, or its trials
 * couldn't be compared. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "tune/study.h"

enum { FORMAT = 1 };

static const char *const searches[] = {"random", "sobol", "tpe"};
static const char *const prunings[] = {"none", "median", "asha"};

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *header_json(const struct ae_study *s, struct ae_err *e)
{
    const struct ae_study_options *o = &s->o;
    json_t *v = json_pack(
        "{s:i, s:s, s:o, s:s, s:o, s:{s:o, s:s}, s:s, s:s, s:i, s:I, s:I, s:I, "
        "s:I}",
        "ae_tune", FORMAT, "version", ae_version(), "model",
        text_or_null(s->model), "space", s->space_text, "settings",
        text_or_null(s->settings), "objective", "command",
        text_or_null(s->objective), "goal",
        !s->objective ? "score"
        : o->maximise ? "maximise"
                      : "minimise",
        "search", searches[o->search], "prune", prunings[o->pruning], "eta",
        o->eta, "steps", (json_int_t)o->steps, "min-steps",
        (json_int_t)o->first, "checkpoint-every", (json_int_t)o->every, "seed",
        (json_int_t)o->seed);

    if (!v)
        ae_fail(e, AE_EARG, "a text that is no UTF-8 can't stand in a study");
    return v;
}

int ae_study_header(const struct ae_study *s, struct ae_str *out,
                    struct ae_err *e)
{
    json_t *v = header_json(s, e);
    char *text = NULL;

    if (!v)
        return AE_EARG;
    int rc = ae_json_print(v, 0, &text, e);
    if (!rc)
        rc = ae_str_printf(out, e, "%s\n", text);
    free(text);
    json_decref(v);
    return rc;
}

static int fail_different(const char *key, const json_t *then,
                          const json_t *now, struct ae_err *e)
{
    char *a = json_dumps(then, JSON_ENCODE_ANY);
    char *b = json_dumps(now, JSON_ENCODE_ANY);
    const int rc = ae_fail(e, AE_EARG,
                           "`%s` is %.150s now and was %.150s when the study "
                           "began: go on as it began, or with another `study`",
                           key, b ? b : "", a ? a : "absent");

    free(a);
    free(b);
    return rc;
}

/* Which key, if any, is another one in a study. */
static int compare(json_t *now, const json_t *then, struct ae_err *e)
{
    const char *key;
    json_t *value;

    json_object_foreach(now, key, value)
    {
        if (strcmp(key, "version") != 0 &&
            !json_equal(value, json_object_get(then, key)))
            return fail_different(key, json_object_get(then, key), value, e);
    }
    return 0;
}

static int check_format(const json_t *v, struct ae_err *e)
{
    const json_t *format = json_object_get(v, "ae_tune");
    const char *version = json_string_value(json_object_get(v, "version"));

    if (!json_is_integer(format) || json_integer_value(format) < 1)
        return ae_fail(e, AE_EFORMAT, "is no study");
    if (json_integer_value(format) > FORMAT)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "was written by a newer version (%s, format %lld)",
                       version ? version : "unknown",
                       (long long)json_integer_value(format));
    return 0;
}

int ae_study_check_header(const struct ae_study *s, const char *line, size_t n,
                          struct ae_err *e)
{
    const size_t mark = strlen(AE_STUDY_BEGINS);
    json_t *then, *now = NULL;

    if (n < mark || memcmp(line, AE_STUDY_BEGINS, mark) != 0)
        return ae_fail(e, AE_EFORMAT, "is no study");
    int rc = ae_json_parse(line, n, &then, e);
    if (!rc)
        rc = check_format(then, e);
    if (!rc) {
        now = header_json(s, e);
        rc = now ? compare(now, then, e) : AE_EARG;
    }
    json_decref(now);
    json_decref(then);
    return rc;
}
