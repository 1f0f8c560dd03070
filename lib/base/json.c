/* json.c - strict JSON over jansson.
 *
 * Duplicate keys, trailing bytes, deep nesting and texts past 100 MB are
 * refused before or while parsing; printing is own, since numbers must read
 * back exactly and stay short, whatever the locale. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { DEPTH_MAX = 64, SIZE_MAX_JSON = 100000000 };

/* jansson recurses, so the depth is checked first; brackets in strings don't
 * count. */
static int check_depth(const char *text, size_t size, struct ae_err *e)
{
    int depth = 0, quoted = 0;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = 0;
        } else if (c == '"') {
            quoted = 1;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return ae_fail(e, AE_ELIMIT,
                               "json: offset %zu: nested more than %d deep", i,
                               DEPTH_MAX);
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return 0;
}

int ae_json_parse(const char *text, size_t size, json_t **out, struct ae_err *e)
{
    json_error_t why;

    *out = NULL;
    if (size > SIZE_MAX_JSON)
        return ae_fail(e, AE_ELIMIT, "json: %zu bytes, more than %d", size,
                       SIZE_MAX_JSON);
    AE_TRY(check_depth(text, size, e));
    locale_t before = ae_enter_c_locale();
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    ae_leave_c_locale(before);
    if (*out)
        return 0;
    if (json_error_code(&why) == json_error_out_of_memory)
        return ae_fail(e, AE_EMEM, "out of memory (json)");
    return ae_fail(e, AE_EFORMAT, "json: line %d column %d: %s", why.line,
                   why.column, why.text);
}

static int add_character(struct ae_str *s, const char *p, size_t n,
                         struct ae_err *e)
{
    const unsigned char c = (unsigned char)*p;

    if (n == 0)
        return ae_str_printf(s, e, "\\udc%02x", c);
    if (c == '"' || c == '\\')
        return ae_str_printf(s, e, "\\%c", c);
    if (c == '\n')
        return ae_str_add(s, "\\n", e);
    if (c < 0x20 || c == 0x7f)
        return ae_str_printf(s, e, "\\u%04x", c);
    return ae_str_addn(s, p, n, e);
}

int ae_json_add_string(struct ae_str *s, const char *text, struct ae_err *e)
{
    AE_TRY(ae_str_add(s, "\"", e));
    while (*text) {
        const size_t n = ae_utf8_length(text);
        AE_TRY(add_character(s, text, n, e));
        text += n ? n : 1;
    }
    return ae_str_add(s, "\"", e);
}

int ae_json_quote(const char *text, char **out, struct ae_err *e)
{
    struct ae_str s = {0};
    const int rc = ae_json_add_string(&s, text, e);

    if (rc)
        ae_str_release(&s);
    *out = s.p;
    return rc;
}

int ae_json_add_floats(struct ae_str *s, const float *v, int n,
                       struct ae_err *e)
{
    AE_TRY(ae_str_add(s, "[", e));
    for (int i = 0; i < n; i++)
        AE_TRY(ae_str_printf(s, e, "%s%.9g", i ? "," : "", (double)v[i]));
    return ae_str_add(s, "]", e);
}

/* A real keeps a point or an exponent, so that it's read back as one. */
static int print_real(struct ae_str *s, double v, struct ae_err *e)
{
    char text[40];

    ae_print_real(text, sizeof(text), v);
    return ae_str_printf(s, e, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static int new_line(struct ae_str *s, int indent, int depth, struct ae_err *e)
{
    return indent ? ae_str_printf(s, e, "\n%*s", indent * depth, "") : 0;
}

static int print_value(struct ae_str *s, const json_t *v, int indent, int depth,
                       struct ae_err *e);

static int print_object(struct ae_str *s, const json_t *v, int indent,
                        int depth, struct ae_err *e)
{
    const char *key;
    json_t *item;
    int first = 1;

    AE_TRY(ae_str_add(s, "{", e));
    /* Iterating writes nothing, though its signature has no const. */
    json_object_foreach((json_t *)(uintptr_t)v, key, item)
    {
        AE_TRY(ae_str_add(s, first ? "" : ",", e));
        first = 0;
        AE_TRY(new_line(s, indent, depth + 1, e));
        AE_TRY(ae_json_add_string(s, key, e));
        AE_TRY(ae_str_add(s, indent ? ": " : ":", e));
        AE_TRY(print_value(s, item, indent, depth + 1, e));
    }
    if (!first)
        AE_TRY(new_line(s, indent, depth, e));
    return ae_str_add(s, "}", e);
}

static int print_array(struct ae_str *s, const json_t *v, int indent, int depth,
                       struct ae_err *e)
{
    AE_TRY(ae_str_add(s, "[", e));
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (i)
            AE_TRY(ae_str_add(s, indent ? ", " : ",", e));
        AE_TRY(print_value(s, json_array_get(v, i), indent, depth + 1, e));
    }
    return ae_str_add(s, "]", e);
}

static int print_value(struct ae_str *s, const json_t *v, int indent, int depth,
                       struct ae_err *e)
{
    if (depth > DEPTH_MAX)
        return ae_fail(e, AE_ELIMIT, "json: nested more than %d deep",
                       DEPTH_MAX);
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return print_object(s, v, indent, depth, e);
    case JSON_ARRAY:
        return print_array(s, v, indent, depth, e);
    case JSON_STRING:
        return ae_json_add_string(s, json_string_value(v), e);
    case JSON_INTEGER:
        return ae_str_printf(s, e, "%" JSON_INTEGER_FORMAT,
                             json_integer_value(v));
    case JSON_REAL:
        return print_real(s, json_real_value(v), e);
    case JSON_TRUE:
        return ae_str_add(s, "true", e);
    case JSON_FALSE:
        return ae_str_add(s, "false", e);
    case JSON_NULL:
        break;
    }
    return ae_str_add(s, "null", e);
}

int ae_json_print(const json_t *v, int indent, char **text, struct ae_err *e)
{
    struct ae_str s = {0};
    const int rc = v ? print_value(&s, v, indent, 0, e)
                     : ae_fail(e, AE_EMEM, "out of memory (json)");

    if (rc)
        ae_str_release(&s);
    *text = s.p;
    return rc;
}
