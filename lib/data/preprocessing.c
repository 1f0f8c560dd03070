/* preprocessing.c - the object "input" of a model's metadata, written and read.
 *
 * A model may come from anywhere, so every number is checked against its
 * bounds before it is used. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "data/select.h"
#include "data/preprocessing.h"

const char *const ae_input_names[] = {[AE_INPUT_AUTO] = "auto",
                                      [AE_INPUT_IMAGE] = "image",
                                      [AE_INPUT_IDX] = "idx",
                                      [AE_INPUT_NPY] = "npy",
                                      [AE_INPUT_CSV] = "csv",
                                      [AE_INPUT_TEXT] = "text",
                                      NULL};
const char *const ae_scale_names[] = {"auto",   "none",   "unit",
                                      "global", "window", NULL};
const char *const ae_fit_names[] = {"refuse", "crop", "pad", "resize", NULL};

void ae_preprocessing_release(struct ae_preprocessing *r)
{
    ae_arena_release(&r->arena);
    memset(r, 0, sizeof(*r));
}

int ae_preprocessing_label(const struct ae_preprocessing *r, const char *label)
{
    for (int i = 0; i < r->labels; i++)
        if (ae_label_is(r->label[i], label))
            return i;
    return -1;
}

/* The means of its columns, which the scale of rows or windows may hold. */
static int find_means(struct ae_preprocessing *r, struct ae_err *e)
{
    if (r->means)
        return 0;
    if (r->scale != AE_SCALE_GLOBAL || r->scales != r->columns)
        return ae_fail(e, AE_EARG,
                       "`missing` mean: the model keeps no means of its "
                       "columns: train it with `missing` mean");
    r->mean = r->shift;
    r->means = r->scales;
    return 0;
}

int ae_preprocessing_obey(struct ae_preprocessing *r,
                          const struct ae_select_options *o, struct ae_err *e)
{
    AE_TRY(ae_dialect_parse(o, &r->dialect, e));
    if (r->dialect.missing == AE_MISSING_MEAN)
        AE_TRY(find_means(r, e));
    if (o->columns)
        r->columns = 0; /* the source finds them */
    return 0;
}

/* --------------------------------------------------------------- writing */

static json_t *columns_json(const struct ae_column *column, int n)
{
    json_t *list = json_array();

    for (int i = 0; i < n; i++) {
        const struct ae_column *c = &column[i];
        json_array_append_new(list, c->name
                                        ? json_pack("[i, s]", c->at, c->name)
                                        : json_pack("[i]", c->at));
    }
    return list;
}

static json_t *numbers_json(const double *v, int n)
{
    json_t *list = json_array();

    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_real(v[i]));
    return list;
}

static json_t *labels_json(const struct ae_preprocessing *r)
{
    json_t *list = json_array();

    for (int i = 0; i < r->labels; i++)
        json_array_append_new(list, json_string(r->label[i]));
    return list;
}

static int put(json_t *all, const char *key, json_t *value, int wanted)
{
    if (wanted)
        return json_object_set_new(all, key, value);
    json_decref(value);
    return 0;
}

static json_t *character_json(char c)
{
    const char text[] = {c, 0};

    return json_string(text);
}

static int put_dialect(json_t *all, const struct ae_preprocessing *r)
{
    const struct ae_dialect *d = &r->dialect;

    return put(all, "separator", character_json(d->separator),
               d->separator != 0) |
           put(all, "decimal", character_json(d->decimal), d->decimal != 0) |
           put(all, "header", json_string(ae_header_names[d->header]),
               d->header != AE_HEADER_AUTO) |
           put(all, "missing", json_string(ae_missing_names[d->missing]),
               d->missing != AE_MISSING_SKIP) |
           put(all, "name", columns_json(r->name, r->names), r->names > 0) |
           put(all, "mean", numbers_json(r->mean, r->means), r->means > 0);
}

json_t *ae_preprocessing_json(const struct ae_preprocessing *r,
                              struct ae_err *e)
{
    json_t *all = json_pack("{s:s}", "kind", ae_input_names[r->kind]);
    int bad = !all;

    if (!bad) {
        bad |= put(all, "window", json_integer(r->window), r->window > 0);
        bad |= put(all, "stride", json_integer(r->stride), r->window > 0);
        bad |= put(all, "columns", columns_json(r->column, r->columns),
                   r->columns > 0);
        bad |= put_dialect(all, r);
        bad |= put(all, "fit", json_string(ae_fit_names[r->fit]), r->fit > 0);
        bad |= put(all, "buckets", json_integer(r->buckets), r->buckets > 0);
        bad |= put(all, "scale", json_string(ae_scale_names[r->scale]),
                   r->scale > AE_SCALE_NONE);
        bad |= put(all, "shift", numbers_json(r->shift, r->scales),
                   r->scales > 0);
        bad |= put(all, "unit", numbers_json(r->unit, r->scales),
                   r->scales > 0);
        bad |= put(all, "labels", labels_json(r), r->labels > 0);
    }
    if (!bad)
        return all;
    json_decref(all);
    ae_fail(e, AE_EMEM, "no memory for the metadata");
    return NULL;
}

/* --------------------------------------------------------------- reading */

static int wrong(const char *key, struct ae_err *e)
{
    return ae_fail(e, AE_EFORMAT,
                   "metadata: input: '%s' is not what it should be", key);
}

static int get_int(const json_t *all, const char *key, int lo, int hi, int *out,
                   struct ae_err *e)
{
    const json_t *v = json_object_get(all, key);

    if (!v)
        return 0;
    if (!json_is_integer(v) || json_integer_value(v) < lo ||
        json_integer_value(v) > hi)
        return wrong(key, e);
    *out = (int)json_integer_value(v);
    return 0;
}

static int get_word(const json_t *all, const char *key,
                    const char *const *names, int *out, struct ae_err *e)
{
    const char *word = json_string_value(json_object_get(all, key));

    if (!json_object_get(all, key))
        return 0;
    for (int i = 0; word && names[i]; i++)
        if (strcmp(word, names[i]) == 0) {
            *out = i;
            return 0;
        }
    return wrong(key, e);
}

/* An array of at most AE_MAX_COLUMNS; *n 0 when it isn't there. */
static int get_list(const json_t *all, const char *key, const json_t **list,
                    int *n, struct ae_err *e)
{
    *list = json_object_get(all, key);
    *n = 0;
    if (!*list)
        return 0;
    if (!json_is_array(*list) || json_array_size(*list) > AE_MAX_COLUMNS)
        return wrong(key, e);
    *n = (int)json_array_size(*list);
    return 0;
}

static int get_columns(const json_t *all, const char *key,
                       struct ae_preprocessing *r, struct ae_column **out,
                       int *columns, struct ae_err *e)
{
    const json_t *list;
    int n;

    AE_TRY(get_list(all, key, &list, &n, e));
    if (n == 0)
        return 0;
    struct ae_column *c = ae_arena_alloc(&r->arena, (size_t)n, sizeof(*c), e);
    if (!(*out = c))
        return AE_EMEM;
    for (int i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, (size_t)i);
        const json_t *at = json_array_get(one, 0);
        const char *name = json_string_value(json_array_get(one, 1));
        if (!json_is_integer(at) || json_integer_value(at) < 1 ||
            json_integer_value(at) > AE_MAX_COLUMNS)
            return wrong(key, e);
        c[i].at = (int)json_integer_value(at);
        if (name && !(c[i].name = ae_arena_strdup(&r->arena, name, e)))
            return AE_EMEM;
    }
    *columns = n;
    return 0;
}

static int get_numbers(const json_t *all, const char *key,
                       struct ae_preprocessing *r, double **out, int *n,
                       struct ae_err *e)
{
    const json_t *list;

    AE_TRY(get_list(all, key, &list, n, e));
    if (*n == 0)
        return 0;
    *out = ae_arena_alloc(&r->arena, (size_t)*n, sizeof(**out), e);
    if (!*out)
        return AE_EMEM;
    for (int i = 0; i < *n; i++) {
        const json_t *v = json_array_get(list, (size_t)i);
        (*out)[i] = json_number_value(v);
        if (!json_is_number(v) || !isfinite((*out)[i]))
            return wrong(key, e);
    }
    return 0;
}

static int get_scales(const json_t *all, struct ae_preprocessing *r,
                      struct ae_err *e)
{
    const int wanted = r->scale == AE_SCALE_UNIT || r->scale == AE_SCALE_GLOBAL;
    int n = 0;

    AE_TRY(get_numbers(all, "shift", r, &r->shift, &r->scales, e));
    AE_TRY(get_numbers(all, "unit", r, &r->unit, &n, e));
    if (n != r->scales || wanted != (n > 0))
        return wrong("unit", e);
    for (int i = 0; i < n; i++)
        if (!(r->unit[i] > 0))
            return wrong("unit", e);
    return 0;
}

/* One printable character, as an option has it. */
static int get_character(const json_t *all, const char *key, char *out,
                         struct ae_err *e)
{
    const char *text = json_string_value(json_object_get(all, key));

    if (!json_object_get(all, key))
        return 0;
    if (!text || !text[0] || text[1])
        return wrong(key, e);
    *out = text[0];
    return 0;
}

static int get_dialect(const json_t *all, struct ae_preprocessing *r,
                       struct ae_err *e)
{
    struct ae_dialect *d = &r->dialect;
    AE_TRY(get_character(all, "separator", &d->separator, e));
    AE_TRY(get_character(all, "decimal", &d->decimal, e));
    const struct ae_select_options check = {
        .separator = d->separator ? (const char[]){d->separator, 0} : NULL,
        .decimal = d->decimal ? (const char[]){d->decimal, 0} : NULL};
    if (ae_dialect_parse(&check, d, NULL))
        return wrong("separator", e);
    AE_TRY(get_word(all, "header", ae_header_names, &d->header, e));
    AE_TRY(get_word(all, "missing", ae_missing_names, &d->missing, e));
    AE_TRY(get_columns(all, "name", r, &r->name, &r->names, e));
    AE_TRY(get_numbers(all, "mean", r, &r->mean, &r->means, e));
    return r->means && r->means != r->columns ? wrong("mean", e) : 0;
}

static int get_labels(const json_t *all, struct ae_preprocessing *r,
                      struct ae_err *e)
{
    const json_t *list;
    int n;

    AE_TRY(get_list(all, "labels", &list, &n, e));
    if (n == 0)
        return 0;
    r->label = ae_arena_alloc(&r->arena, (size_t)n, sizeof(*r->label), e);
    if (!r->label)
        return AE_EMEM;
    for (int i = 0; i < n; i++) {
        const char *s = json_string_value(json_array_get(list, (size_t)i));
        if (!s)
            return wrong("labels", e);
        if (!(r->label[i] = ae_arena_strdup(&r->arena, s, e)))
            return AE_EMEM;
    }
    r->labels = n;
    return 0;
}

static int get_all(const json_t *all, struct ae_preprocessing *r,
                   struct ae_err *e)
{
    AE_TRY(get_word(all, "kind", ae_input_names, &r->kind, e));
    AE_TRY(get_word(all, "scale", ae_scale_names, &r->scale, e));
    AE_TRY(get_word(all, "fit", ae_fit_names, &r->fit, e));
    if (r->kind == AE_INPUT_AUTO || r->scale == AE_SCALE_AUTO)
        return wrong(r->kind == AE_INPUT_AUTO ? "kind" : "scale", e);
    AE_TRY(get_int(all, "window", 1, AE_MAX_WINDOW, &r->window, e));
    AE_TRY(get_int(all, "stride", 1, AE_MAX_WINDOW, &r->stride, e));
    if ((r->window > 0) != (r->stride > 0))
        return wrong("stride", e);
    AE_TRY(get_int(all, "buckets", 1, AE_MAX_BUCKETS, &r->buckets, e));
    if ((r->kind == AE_INPUT_TEXT) != (r->buckets > 0))
        return wrong("buckets", e);
    AE_TRY(get_columns(all, "columns", r, &r->column, &r->columns, e));
    if ((r->kind == AE_INPUT_CSV) != (r->columns > 0))
        return wrong("columns", e);
    AE_TRY(get_dialect(all, r, e));
    AE_TRY(get_scales(all, r, e));
    return get_labels(all, r, e);
}

int ae_preprocessing_get(const json_t *meta, struct ae_preprocessing *out,
                         struct ae_err *e)
{
    const json_t *all = json_object_get(meta, "input");

    *out = (struct ae_preprocessing){.kind = AE_INPUT_IMAGE,
                                     .scale = AE_SCALE_NONE};
    if (!all)
        return 0;
    int rc = json_is_object(all) ? get_all(all, out, e) : wrong("input", e);
    if (rc)
        ae_preprocessing_release(out);
    return rc;
}
