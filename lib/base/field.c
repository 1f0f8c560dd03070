/* field.c - values from text by a table of fields, and back.
 *
 * One table describes options, attributes, noises and settings, so this is
 * the only place that checks ranges and words their messages.  It must not
 * know what the fields are for. */
#include "base/field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { VALUE_MAX = 128 }; /* longest printed value, except AE_F_STR's */

/* Room for a value of any type. */
union value {
    double d[2];
    uint64_t u;
    int i[2];
    const char *s;
};

/* Letters that may follow a number, and what each multiplies by. */
struct unit {
    char letter;
    double factor;
};
static const struct unit count_units[] = {
    {'k', 1e3}, {'K', 1e3}, {'M', 1e6}, {'G', 1e9}, {0, 1}};
static const struct unit byte_units[] = {
    {'k', 0x1p10}, {'K', 0x1p10}, {'M', 0x1p20}, {'G', 0x1p30}, {0, 1}};
static const struct unit time_units[] = {
    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {0, 1}};

static int bounded(const struct ae_field *f)
{
    return f->min != 0 || f->max != 0;
}

static double lowest(const struct ae_field *f, double any)
{
    return bounded(f) ? f->min : any;
}

static double highest(const struct ae_field *f, double any)
{
    return bounded(f) ? f->max : any;
}

/* Splits text, a decimal and at most one letter of `units`: the decimal goes
 * to digits[VALUE_MAX], the letter's factor to *by. */
static int split_unit(const char *text, const struct unit *units, char *digits,
                      double *by, struct ae_err *e)
{
    size_t n = strlen(text);

    if (n == 0 || n >= VALUE_MAX)
        return ae_fail(e, AE_EARG, "'%s' is not a number", text);
    memcpy(digits, text, n + 1);
    *by = 1;
    for (const struct unit *u = units; u->letter; u++) {
        if (text[n - 1] == u->letter) {
            *by = u->factor;
            digits[n - 1] = '\0';
            break;
        }
    }
    return 0;
}

static int outside(const char *text, double lo, double hi, struct ae_err *e)
{
    char a[32], b[32];

    ae_print_real(a, sizeof(a), lo);
    ae_print_real(b, sizeof(b), hi);
    return ae_fail(e, AE_EARG, "%s is outside %s..%s", text, a, b);
}

/* Whole numbers without a unit are exact over all 64 bits. */
static int parse_count(const struct ae_field *f, const struct unit *units,
                       const char *text, uint64_t *out, struct ae_err *e)
{
    char digits[VALUE_MAX];
    double by = 1, v, lo = lowest(f, 0), hi = highest(f, 0x1p63);
    int64_t whole;

    AE_TRY(split_unit(text, units, digits, &by, e));
    if (by == 1 && ae_parse_int(digits, 0, INT64_MAX, &whole, NULL) == 0) {
        v = (double)whole;
        *out = (uint64_t)whole;
    } else {
        if (ae_parse_real(digits, -HUGE_VAL, HUGE_VAL, &v, NULL) < 0 ||
            (by == 1 && v != floor(v)))
            return ae_fail(e, AE_EARG, "'%s' is not a whole number", text);
        v *= by;
        if (!(v >= 0 && v < 0x1p63))
            return outside(text, lo, hi, e);
        *out = (uint64_t)v;
    }
    return v < lo || v > hi ? outside(text, lo, hi, e) : 0;
}

static int parse_seconds(const struct ae_field *f, const char *text,
                         double *out, struct ae_err *e)
{
    char digits[VALUE_MAX];
    double by = 1, v, lo = lowest(f, 0), hi = highest(f, 1e12);

    AE_TRY(split_unit(text, time_units, digits, &by, e));
    if (ae_parse_real(digits, -HUGE_VAL, HUGE_VAL, &v, NULL) < 0)
        return ae_fail(e, AE_EARG, "'%s' is not a time (90, 30s, 5m, 2h, 1d)",
                       text);
    if (v * by < lo || v * by > hi)
        return outside(text, lo, hi, e);
    *out = v * by;
    return 0;
}

/* Splits text at `mark`: buf[VALUE_MAX] becomes the first part, and the second
 * is returned, which lies in buf, too; NULL where there is no mark. */
static const char *split_pair(const char *text, const char *mark, char *buf)
{
    const char *at = strstr(text, mark);

    if (!at || strlen(text) >= VALUE_MAX)
        return NULL;
    memcpy(buf, text, strlen(text) + 1);
    buf[at - text] = '\0';
    return buf + (at - text) + strlen(mark);
}

static int parse_range(const struct ae_field *f, const char *text, double *out,
                       struct ae_err *e)
{
    char buf[VALUE_MAX];
    double lo = lowest(f, -HUGE_VAL), hi = highest(f, HUGE_VAL);
    const char *second = split_pair(text, "..", buf);
    double v[2];

    AE_TRY(ae_parse_real(second ? buf : text, lo, hi, &v[0], e));
    v[1] = v[0];
    if (second)
        AE_TRY(ae_parse_real(second, lo, hi, &v[1], e));
    if (v[0] > v[1])
        return ae_fail(e, AE_EARG, "%s runs downward", text);
    memcpy(out, v, sizeof(v));
    return 0;
}

static int parse_int(const struct ae_field *f, const char *text, int *out,
                     struct ae_err *e)
{
    int64_t v;

    AE_TRY(ae_parse_int(text, (int64_t)lowest(f, INT32_MIN),
                        (int64_t)highest(f, INT32_MAX), &v, e));
    *out = (int)v;
    return 0;
}

static int parse_pair(const struct ae_field *f, const char *text, int *out,
                      struct ae_err *e)
{
    char buf[VALUE_MAX];
    const char *second = split_pair(text, "x", buf);
    int v[2];

    AE_TRY(parse_int(f, second ? buf : text, &v[0], e));
    v[1] = v[0];
    if (second)
        AE_TRY(parse_int(f, second, &v[1], e));
    memcpy(out, v, sizeof(v));
    return 0;
}

static int parse_enum(const struct ae_field *f, const char *text, int *out,
                      struct ae_err *e)
{
    struct ae_str known = {0};
    int rc = 0;

    for (int i = 0; f->names[i]; i++) {
        if (strcmp(f->names[i], text) == 0) {
            *out = i;
            return 0;
        }
    }
    for (int i = 0; f->names[i]; i++)
        if ((rc = ae_str_printf(&known, e, "%s%s", i ? ", " : "", f->names[i])))
            goto out;
    rc = ae_fail(e, AE_EARG, "'%s' is not one of %s", text, known.p);
out:
    ae_str_release(&known);
    return rc;
}

static int parse_bool(const char *text, int *out, struct ae_err *e)
{
    if (!text || strcmp(text, "1") == 0)
        *out = 1;
    else if (strcmp(text, "0") == 0)
        *out = 0;
    else
        return ae_fail(e, AE_EARG, "'%s' is neither 0 nor 1", text);
    return 0;
}

int ae_field_parse(const struct ae_field *f, void *obj, const char *text,
                   struct ae_err *e)
{
    void *at = (char *)obj + f->offset;

    if (f->type == AE_F_BOOL)
        return parse_bool(text, at, e);
    if (!text)
        return ae_fail(e, AE_EARG, "a value is missing");
    switch (f->type) {
    case AE_F_INT:
        return parse_int(f, text, at, e);
    case AE_F_COUNT:
        return parse_count(f, count_units, text, at, e);
    case AE_F_BYTES:
        return parse_count(f, byte_units, text, at, e);
    case AE_F_REAL:
        return ae_parse_real(text, lowest(f, -HUGE_VAL), highest(f, HUGE_VAL),
                             at, e);
    case AE_F_SECONDS:
        return parse_seconds(f, text, at, e);
    case AE_F_RANGE:
        return parse_range(f, text, at, e);
    case AE_F_PAIR:
        return parse_pair(f, text, at, e);
    case AE_F_ENUM:
        return parse_enum(f, text, at, e);
    case AE_F_STR:
        memcpy(at, &text, sizeof(text));
        return 0;
    case AE_F_BOOL:
        break;
    }
    return 0;
}

/* The name of choice i, or NULL where there is no such choice. */
static const char *choice_name(const struct ae_field *f, int i)
{
    int n = 0;

    while (f->names[n])
        n++;
    return i >= 0 && i < n ? f->names[i] : NULL;
}

int ae_field_print(const struct ae_field *f, const void *obj, char *buf,
                   size_t size)
{
    const void *at = (const char *)obj + f->offset;
    const int *i = at;
    const double *d = at;
    char a[32], b[32];
    const char *text;
    uint64_t count;

    switch (f->type) {
    case AE_F_BOOL:
    case AE_F_INT:
        return snprintf(buf, size, "%d", *i);
    case AE_F_COUNT:
    case AE_F_BYTES:
        memcpy(&count, at, sizeof(count));
        return snprintf(buf, size, "%llu", (unsigned long long)count);
    case AE_F_REAL:
    case AE_F_SECONDS:
        return ae_print_real(buf, size, *d);
    case AE_F_RANGE:
        ae_print_real(a, sizeof(a), d[0]);
        ae_print_real(b, sizeof(b), d[1]);
        return strcmp(a, b) ? snprintf(buf, size, "%s..%s", a, b)
                            : snprintf(buf, size, "%s", a);
    case AE_F_PAIR:
        return i[0] == i[1] ? snprintf(buf, size, "%d", i[0])
                            : snprintf(buf, size, "%dx%d", i[0], i[1]);
    case AE_F_ENUM:
        text = choice_name(f, *i);
        return text ? snprintf(buf, size, "%s", text)
                    : snprintf(buf, size, "%d", *i);
    case AE_F_STR:
        memcpy(&text, at, sizeof(text));
        return snprintf(buf, size, "%s", text ? text : "");
    }
    return 0;
}

int ae_fields_default(const struct ae_field *table, void *obj, struct ae_err *e)
{
    for (const struct ae_field *f = table; f->name; f++) {
        const int rc = f->def ? ae_field_parse(f, obj, f->def, e) : 0;
        if (rc)
            return ae_err_at(e, rc, "default of %s", f->name);
    }
    return 0;
}

/* A value is in its range if what ae_field_print() makes of it, which is
 * exact, parses again. */
static int check_value(const struct ae_field *f, const void *obj,
                       struct ae_err *e)
{
    struct ae_field first = *f;
    union value parsed;
    char text[VALUE_MAX];

    if (f->type == AE_F_STR)
        return 0;
    first.offset = 0;
    ae_field_print(f, obj, text, sizeof(text));
    return ae_field_parse(&first, &parsed, text, e);
}

int ae_fields_check(const struct ae_field *table, const void *obj,
                    struct ae_err *e)
{
    for (const struct ae_field *f = table; f->name; f++) {
        const int rc = check_value(f, obj, e);
        if (rc)
            return ae_err_at(e, rc, "`%s`", f->name);
    }
    return 0;
}

int ae_fields_copy(const struct ae_field *table, void *obj, size_t size,
                   const void *from, struct ae_err *e)
{
    if (!from) {
        memset(obj, 0, size);
        return ae_fields_default(table, obj, e);
    }
    memcpy(obj, from, size);
    return ae_fields_check(table, obj, e);
}

const struct ae_field *ae_field_find(const struct ae_field *table,
                                     const char *name)
{
    for (const struct ae_field *f = table; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static int unknown_key(const struct ae_field *table, const char *key,
                       struct ae_err *e)
{
    struct ae_str known = {0};
    int rc = 0;

    for (const struct ae_field *f = table; f->name; f++)
        if ((rc = ae_str_printf(&known, e, " %s", f->name)))
            goto out;
    rc = ae_fail(e, AE_EARG, "unknown key '%s'; known:%s", key,
                 known.len ? known.p : " none");
out:
    ae_str_release(&known);
    return rc;
}

/* One "key=value" or, for a switch, "key"; `seen` has a flag a field. */
static int parse_item(const struct ae_field *table, void *obj, char *item,
                      unsigned char *seen, struct ae_err *e)
{
    char *value = strchr(item, '=');

    if (value)
        *value++ = '\0';
    const struct ae_field *f = ae_field_find(table, item);
    if (!f)
        return unknown_key(table, item, e);
    if (seen[f - table]++)
        return ae_fail(e, AE_EARG, "key '%s' is given twice", item);
    const int rc = ae_field_parse(f, obj, value, e);
    return rc ? ae_err_at(e, rc, "%s", f->name) : 0;
}

int ae_fields_cut(const struct ae_field *table, void *obj, char *list, char sep,
                  struct ae_err *e)
{
    size_t n = 0;
    int rc = 0;

    AE_TRY(ae_fields_default(table, obj, e));
    while (table[n].name)
        n++;
    unsigned char *seen = ae_alloc(n + 1, 1, e);
    if (!seen)
        return AE_EMEM;
    while (!rc && list && *list) {
        char *end = strchr(list, sep);
        if (end)
            *end++ = '\0';
        if (*list || sep != ' ') /* several blanks are one */
            rc = parse_item(table, obj, list, seen, e);
        list = end;
    }
    free(seen);
    return rc;
}

int ae_fields_parse(const struct ae_field *table, void *obj, const char *list,
                    char sep, struct ae_err *e)
{
    size_t n = list ? strlen(list) + 1 : 1;
    char *copy = ae_alloc(n, 1, e);

    if (!copy)
        return AE_EMEM;
    memcpy(copy, list ? list : "", n);
    int rc = ae_fields_cut(table, obj, copy, sep, e);
    for (const struct ae_field *f = table; !rc && f->name; f++) {
        const char *text = NULL;
        if (f->type == AE_F_STR)
            memcpy(&text, (char *)obj + f->offset, sizeof(text));
        if (text >= copy && text < copy + n)
            rc = ae_fail(e, AE_EARG, "%s: text has no place here", f->name);
    }
    free(copy);
    return rc;
}

/* The field's default as it would be printed. */
static void print_default(const struct ae_field *f, char *buf, size_t size)
{
    union value value = {{0}};
    struct ae_field at_zero = *f;

    at_zero.offset = 0;
    if (f->def)
        ae_field_parse(&at_zero, &value, f->def, NULL);
    ae_field_print(&at_zero, &value, buf, size);
}

int ae_fields_print(const struct ae_field *table, const void *obj, char sep,
                    struct ae_str *out, struct ae_err *e)
{
    int rc = 0, first = 1;

    for (const struct ae_field *f = table; !rc && f->name; f++) {
        char now[VALUE_MAX], def[VALUE_MAX];
        const char *text = now;
        ae_field_print(f, obj, now, sizeof(now));
        print_default(f, def, sizeof(def));
        if (f->type == AE_F_STR) {
            memcpy(&text, (const char *)obj + f->offset, sizeof(text));
            text = text ? text : "";
        }
        if (strcmp(text, f->type == AE_F_STR && f->def ? f->def : def) == 0)
            continue;
        char mark[2] = {sep, '\0'};
        rc = ae_str_printf(out, e, "%s%s=%s", first ? "" : mark, f->name, text);
        first = 0;
    }
    return rc;
}
