/* dialect.c - see dialect.h. */
#include "data/dialect.h"

#include <string.h>

#include "base/err.h"

const char *const ae_header_names[] = {
    [AE_HEADER_AUTO] = "auto",
    [AE_HEADER_YES] = "yes",
    [AE_HEADER_NO] = "no",
    NULL,
};
const char *const ae_missing_names[] = {
    [AE_MISSING_SKIP] = "skip",
    [AE_MISSING_REFUSE] = "refuse",
    [AE_MISSING_LAST] = "last",
    [AE_MISSING_MEAN] = "mean",
    NULL,
};

static int parse_word(const char *what, const char *text,
                      const char *const *names, int *out, struct ae_err *e)
{
    for (int i = 0; text && names[i]; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = i;
            return 0;
        }
    return text ? ae_fail(e, AE_EARG, "`%s` %s is not one of %s, %s, %s%s%s",
                          what, text, names[0], names[1], names[2],
                          names[3] ? ", " : "", names[3] ? names[3] : "")
                : 0;
}

/* A character that no number has, or its name. */
static int parse_separator(const char *text, char *out, struct ae_err *e)
{
    static const char *const names[] = {"tab", "\\t", "space", "comma",
                                        "semicolon"};
    static const char marks[] = "\t\t ,;";

    for (size_t i = 0; i < AE_LEN(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = marks[i];
            return 0;
        }
    if (strlen(text) != 1 || (*text != '\t' && (*text < ' ' || *text > '~')) ||
        strchr("\"+-.0123456789eE", *text))
        return ae_fail(e, AE_EARG,
                       "`separator` %s: should be a character such as , ; | "
                       "or tab or space",
                       text);
    *out = *text;
    return 0;
}

int ae_dialect_parse(const struct ae_select_options *o, struct ae_dialect *d,
                     struct ae_err *e)
{
    const char *mark = o->decimal;

    if (o->separator)
        AE_TRY(parse_separator(o->separator, &d->separator, e));
    if (mark && strcmp(mark, ",") != 0 && strcmp(mark, ".") != 0)
        return ae_fail(e, AE_EARG, "`decimal` %s: should be , or .", mark);
    if (mark)
        d->decimal = *mark;
    if (d->decimal == ',' && d->separator == ',')
        return ae_fail(e, AE_EARG,
                       "a comma can't be both `separator` and `decimal`");
    AE_TRY(parse_word("header", o->header, ae_header_names, &d->header, e));
    return parse_word("missing", o->missing, ae_missing_names, &d->missing, e);
}
