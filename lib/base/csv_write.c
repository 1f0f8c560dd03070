/* csv_write.c - fields of a table as text, in quotes where they need them. */
#include <string.h>

#include "base/csv.h"
#include "base/err.h"
#include "base/str.h"

/* Blanks at the ends of a bare field would be lost, but for fields that tabs
 * part. */
static int needs_quotes(const char *field, char separator)
{
    const char marks[] = {'"', '\r', '\n', separator, 0};
    const size_t n = strlen(field);

    return strpbrk(field, marks) ||
           (separator != '\t' && n &&
            (strchr(" \t", field[0]) || strchr(" \t", field[n - 1])));
}

int ae_csv_add(struct ae_str *row, const char *field, char separator,
               struct ae_err *e)
{
    if (!needs_quotes(field, separator))
        return ae_str_add(row, field, e);
    AE_TRY(ae_str_add(row, "\"", e));
    for (; *field; field++) {
        if (*field == '"')
            AE_TRY(ae_str_add(row, "\"", e));
        AE_TRY(ae_str_addn(row, field, 1, e));
    }
    return ae_str_add(row, "\"", e);
}

int ae_csv_quote(const char *field, char separator, char **out,
                 struct ae_err *e)
{
    struct ae_str s = {0};
    const int rc = ae_csv_add(&s, field, separator, e);

    if (rc)
        ae_str_release(&s);
    *out = s.p;
    return rc;
}
