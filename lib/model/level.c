/* level.c - see level.h. */
#include "model/level.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

/* The version of the metadata that introduced `level`. */
enum { VERSION = 2 };

int ae_level_optional(const json_t *meta)
{
    return json_object_get(meta, "level") != NULL;
}

int ae_level_set_optional(json_t *meta, struct ae_err *e)
{
    if (json_object_set_new(meta, "version", json_integer(VERSION)) ||
        json_object_set_new(meta, "level", json_string("optional")))
        return ae_fail(e, AE_EMEM, "out of memory (metadata)");
    return 0;
}

static int check_point(const json_t *pair, double last[2], struct ae_err *e)
{
    for (size_t k = 0; k < 2; k++) {
        const json_t *v = json_array_get(pair, k);
        const double x = json_number_value(v);
        if (!json_is_number(v) || !isfinite(x) || x <= last[k])
            return ae_fail(e, AE_EFORMAT,
                           "__metadata__: meta: removed: no pairs of rising "
                           "numbers");
        last[k] = x;
    }
    return 0;
}

static int check_curve(const json_t *curve, struct ae_err *e)
{
    double last[2] = {-1, -1};
    const size_t n = json_array_size(curve);

    if (n < 2 || n > AE_LEVEL_POINTS)
        return ae_fail(e, AE_EFORMAT,
                       "__metadata__: meta: removed: no array of 2 to %d pairs",
                       AE_LEVEL_POINTS);
    for (size_t i = 0; i < n; i++)
        AE_TRY(check_point(json_array_get(curve, i), last, e));
    return 0;
}

int ae_level_check(const json_t *meta, struct ae_err *e)
{
    const json_t *level = json_object_get(meta, "level");
    const json_t *curve = json_object_get(meta, "removed");
    const char *word = json_string_value(level);

    if (level && (!word || strcmp(word, "optional") != 0))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "__metadata__: meta: level '%.40s' is not 'optional', "
                       "the one known",
                       word ? word : "");
    if (level && json_integer_value(json_object_get(meta, "version")) < VERSION)
        return ae_fail(e, AE_EFORMAT,
                       "__metadata__: meta: has a level, which older programs "
                       "don't know, but not version %d",
                       VERSION);
    return curve ? check_curve(curve, e) : 0;
}

void ae_level_curve_get(const json_t *meta, struct ae_level_curve *c)
{
    const json_t *curve = json_object_get(meta, "removed");

    *c = (struct ae_level_curve){.count = (int)json_array_size(curve)};
    for (int i = 0; i < c->count; i++) {
        const json_t *pair = json_array_get(curve, (size_t)i);
        c->removed[i] = json_number_value(json_array_get(pair, 0));
        c->level[i] = json_number_value(json_array_get(pair, 1));
    }
}

int ae_level_curve_set(json_t *meta, const struct ae_level_curve *c,
                       struct ae_err *e)
{
    json_t *curve = json_array();
    int bad = !curve;

    for (int i = 0; !bad && i < c->count; i++)
        bad = json_array_append_new(
            curve, json_pack("[f, f]", c->removed[i], c->level[i]));
    if (bad)
        json_decref(curve);
    if (bad || json_object_set_new(meta, "removed", curve))
        return ae_fail(e, AE_EMEM, "out of memory (metadata)");
    return ae_level_check(meta, e);
}

double ae_level_of(const struct ae_level_curve *c, double removed)
{
    double x0 = 0, y0 = 0;
    int i = 0;

    if (c->count < 2)
        return removed;
    while (i < c->count - 1 && c->removed[i] < removed)
        i++;
    if (i > 0) {
        x0 = c->removed[i - 1];
        y0 = c->level[i - 1];
    } else if (removed >= c->removed[0] || c->removed[0] <= 0) {
        return c->level[0];
    }
    return y0 + (c->level[i] - y0) * (removed - x0) / (c->removed[i] - x0);
}
