/* spec_vars.c - variables of a spec, and integer expressions of them.
 *
 *   value  = sum ['x' sum]
 *   sum    = term {(+|-) term}      term = factor {(*|/) factor}
 *   factor = digits | $name | - factor | ( sum )
 *
 * Every result stays within +-2^31, so that no product overflows; division
 * rounds towards zero.  Nothing here knows of lines and nodes. */
#include "model/spec_vars.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"

enum { DEPTH = 32 };
static const int64_t LARGEST = (int64_t)1 << 31;

struct eval {
    struct ae_vars *vars;
    const char *at; /* what is left of the text */
    int depth;
    struct ae_err *e;
};

size_t ae_vars_name(const char *s)
{
    size_t n = 0;

    while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
           s[n] == '_' || (n && s[n] >= '0' && s[n] <= '9'))
        n++;
    return n;
}

static struct ae_var *find_name(struct ae_vars *v, const char *name, size_t n)
{
    for (int i = 0; i < v->count; i++)
        if (strlen(v->at[i].name) == n && memcmp(v->at[i].name, name, n) == 0)
            return &v->at[i];
    return NULL;
}

struct ae_var *ae_vars_find(struct ae_vars *v, const char *name)
{
    return find_name(v, name, strlen(name));
}

int ae_vars_add(struct ae_vars *v, const char *name, const char *value,
                struct ae_err *e)
{
    size_t n = strlen(name);

    if (n == 0 || ae_vars_name(name) != n)
        return ae_fail(e, AE_EARG, "'%s' is not a name for a variable", name);
    if (*value == '\0')
        return ae_fail(e, AE_EARG, "variable %s has no value", name);
    if (ae_vars_find(v, name))
        return ae_fail(e, AE_EARG, "variable %s is given twice", name);
    if (v->count == AE_MAX_VARS)
        return ae_fail(e, AE_ELIMIT, "more than %d variables", AE_MAX_VARS);
    v->at[v->count++] = (struct ae_var){name, value, 0};
    return 0;
}

int ae_vars_list(struct ae_vars *v, const char *list, struct ae_arena *a,
                 struct ae_err *e)
{
    char *item = list && *list ? ae_arena_strdup(a, list, e) : NULL;
    int rc = 0;

    if (!list || *list == '\0')
        return 0;
    if (!item)
        return AE_EMEM;
    while (!rc && item) {
        char *end = strchr(item, ','), *value;
        if (end)
            *end++ = '\0';
        value = strchr(item, '=');
        if (!value)
            return ae_fail(e, AE_EARG, "'%s' is not name=value", item);
        *value++ = '\0';
        rc = ae_vars_add(v, item, value, e);
        item = end;
    }
    return rc;
}

static int parse_sum(struct eval *x, int64_t *out);
static int parse_factor(struct eval *x, int64_t *out);

static int parse_variable(struct eval *x, int64_t *out)
{
    size_t n = ae_vars_name(x->at);
    struct ae_var *var = n ? find_name(x->vars, x->at, n) : NULL;

    if (!var)
        return ae_fail(x->e, AE_EARG, "there is no variable $%.*s",
                       (int)(n < 100 ? n : 100), x->at);
    var->used = 1;
    if (ae_parse_int(var->value, -LARGEST, LARGEST, out, NULL))
        return ae_fail(x->e, AE_EARG, "$%s is %s, not a whole number",
                       var->name, var->value);
    x->at += n;
    return 0;
}

static int parse_operand(struct eval *x, int64_t *out)
{
    if (*x->at >= '0' && *x->at <= '9') {
        for (*out = 0; *x->at >= '0' && *x->at <= '9' && *out <= LARGEST;)
            *out = *out * 10 + (*x->at++ - '0');
    } else if (*x->at == '$') {
        x->at++;
        AE_TRY(parse_variable(x, out));
    } else if (*x->at == '-') {
        x->at++;
        AE_TRY(parse_factor(x, out));
        *out = -*out;
    } else if (*x->at == '(') {
        x->at++;
        AE_TRY(parse_sum(x, out));
        if (*x->at++ != ')')
            return ae_fail(x->e, AE_EARG, "a ')' is missing");
    } else {
        return ae_fail(x->e, AE_EARG,
                       *x->at ? "a number was expected at '%s'"
                              : "a number is missing at the end",
                       x->at);
    }
    if (*out > LARGEST || *out < -LARGEST)
        return ae_fail(x->e, AE_ELIMIT, "a result is beyond 2^31");
    return 0;
}

static int parse_factor(struct eval *x, int64_t *out)
{
    if (++x->depth > DEPTH)
        return ae_fail(x->e, AE_ELIMIT, "nested more than %d deep", DEPTH);
    const int rc = parse_operand(x, out);
    x->depth--;
    return rc;
}

/* Applies an operator; AE_ELIMIT where the result is out of bounds. */
static int apply(struct eval *x, char op, int64_t a, int64_t b, int64_t *out)
{
    if (op == '/' && b == 0)
        return ae_fail(x->e, AE_EARG, "division by zero");
    *out = op == '*' ? a * b : op == '/' ? a / b : op == '+' ? a + b : a - b;
    if (*out > LARGEST || *out < -LARGEST)
        return ae_fail(x->e, AE_ELIMIT, "a result is beyond 2^31");
    return 0;
}

static int parse_term(struct eval *x, int64_t *out)
{
    AE_TRY(parse_factor(x, out));
    while (*x->at == '*' || *x->at == '/') {
        const char op = *x->at++;
        int64_t right;
        AE_TRY(parse_factor(x, &right));
        AE_TRY(apply(x, op, *out, right, out));
    }
    return 0;
}

static int parse_sum(struct eval *x, int64_t *out)
{
    AE_TRY(parse_term(x, out));
    while (*x->at == '+' || *x->at == '-') {
        const char op = *x->at++;
        int64_t right;
        AE_TRY(parse_term(x, &right));
        AE_TRY(apply(x, op, *out, right, out));
    }
    return 0;
}

/* Whether a value is to be computed; words like relu, x or 1e-5 aren't. */
static int is_expression(const char *text)
{
    if (strchr(text, '$'))
        return 1;
    return *text && strchr("0123456789-(", *text) &&
           text[strcspn(text, "0123456789")] &&
           text[strspn(text, "0123456789+-*/()x")] == '\0';
}

/* A whole value: a number, or two with an x between. */
static int print_sizes(struct eval *x, struct ae_str *out)
{
    int64_t n;

    AE_TRY(parse_sum(x, &n));
    AE_TRY(ae_str_printf(out, x->e, "%" PRId64, n));
    if (*x->at == 'x') {
        x->at++;
        AE_TRY(parse_sum(x, &n));
        AE_TRY(ae_str_printf(out, x->e, "x%" PRId64, n));
    }
    if (*x->at)
        return ae_fail(x->e, AE_EARG, "'%s' was not expected", x->at);
    return 0;
}

int ae_vars_eval(struct ae_vars *v, const char *text, struct ae_str *out,
                 struct ae_err *e)
{
    struct eval x = {v, text, 0, e};
    struct ae_var *whole = text[0] == '$' ? ae_vars_find(v, text + 1) : NULL;
    int rc;

    if (whole) {
        whole->used = 1;
        return ae_str_add(out, whole->value, e);
    }
    if (!is_expression(text))
        return ae_str_add(out, text, e);
    rc = print_sizes(&x, out);
    return rc ? ae_err_at(e, rc, "%s", text) : 0;
}

int ae_vars_int(struct ae_vars *v, const char *text, int64_t lo, int64_t hi,
                int *out, struct ae_err *e)
{
    struct ae_str s = {0};
    int64_t n = 0;
    int rc = ae_vars_eval(v, text, &s, e);

    if (!rc)
        rc = ae_parse_int(s.p, lo, hi, &n, e);
    *out = (int)n;
    ae_str_release(&s);
    return rc;
}
