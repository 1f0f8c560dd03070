/* spec_choice.c - variables of a spec for who varies them: which there are, and
 * the spec with another value. */
#include <stdlib.h>
#include <string.h>

#include "ae_tune.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/spec.h"
#include "nn/graph/graph.h"

/* What stands behind "name=" among words that are parted by `blanks`, to be
 * freed; NULL: the name isn't there, or memory is used up. */
static char *find_value(const char *words, size_t size, const char *blanks,
                        const char *name)
{
    const size_t n = strlen(name);
    size_t at = 0;

    while (at < size) {
        const size_t skip = strspn(words + at, blanks);
        const char *word = words + at + skip;
        size_t length = strcspn(word, blanks);
        at += skip + length;
        if (at > size)
            break;
        if (length > n && strncmp(word, name, n) == 0 && word[n] == '=')
            return strndup(word + n + 1, length - n - 1);
    }
    return NULL;
}

/* The same in the lines of a spec that declare variables. */
static char *find_declared(const char *text, const char *name)
{
    char *value = NULL;

    while (*text && !value) {
        const size_t line = strcspn(text, "\n");
        const char *word = text + strspn(text, " \t");
        if (strncmp(word, "var", 3) == 0 && strchr(" \t", word[3]))
            value = find_value(word + 3,
                               strcspn(text, "#\n") - (size_t)(word + 3 - text),
                               " \t\r\n#", name);
        text += line + (text[line] == '\n');
    }
    return value;
}

int ae_spec_variable(const char *spec, const char *name, char **out,
                     struct ae_err *e)
{
    char *text, *vars, *declared;

    *out = NULL;
    AE_TRY(ae_spec_find(spec, &text, &vars, e));
    declared = find_declared(text, name);
    if (declared && vars)
        *out = find_value(vars, strlen(vars), ",", name);
    if (!*out)
        *out = declared;
    else
        free(declared);
    free(text);
    free(vars);
    return *out ? 0
                : ae_fail(e, AE_EUNKNOWN, "%s has no variable %s", spec, name);
}

/* Adds the variables of a list but that one, each with a comma behind it. */
static int add_others(struct ae_str *s, const char *vars, const char *name,
                      struct ae_err *e)
{
    const size_t n = strlen(name);

    while (vars && *vars) {
        const size_t length = strcspn(vars, ",");
        if (!(length > n && strncmp(vars, name, n) == 0 && vars[n] == '=')) {
            AE_TRY(ae_str_addn(s, vars, length, e));
            AE_TRY(ae_str_add(s, ",", e));
        }
        vars += length + (vars[length] == ',');
    }
    return 0;
}

static int try_spec(const char *text, const char *vars, struct ae_err *e)
{
    struct ae_graph *g;

    AE_TRY(ae_spec_parse(text, strlen(text), vars, NULL, &g, e));
    ae_graph_free(g);
    return 0;
}

int ae_spec_with(const char *spec, const char *name, const char *value,
                 char **out, struct ae_err *e)
{
    struct ae_str s = {0};
    char *text, *vars;

    *out = NULL;
    AE_TRY(ae_spec_find(spec, &text, &vars, e));
    const size_t own = strlen(spec) - (vars ? strlen(vars) + 1 : 0);
    int rc = ae_str_addn(&s, spec, own, e);
    if (!rc)
        rc = ae_str_add(&s, ":", e);
    if (!rc)
        rc = add_others(&s, vars, name, e);
    if (!rc)
        rc = ae_str_printf(&s, e, "%s=%s", name, value);
    if (!rc)
        rc = try_spec(text, s.p + own + 1, e);
    free(text);
    free(vars);
    if (rc < 0)
        ae_str_release(&s);
    *out = rc < 0 ? NULL : s.p;
    return rc;
}
