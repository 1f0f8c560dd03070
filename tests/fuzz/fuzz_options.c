/* fuzz_options.c - options as users type them, "steps=100 lr=1e-3": those of
 * training, and of the rows that are wanted.  What is accepted is printed, and
 * accepted again to the same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ae_tools.h"
#include "base/field.h"
#include "base/str.h"
#include "data/select.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

union options {
    struct ae_train_options train;
    struct ae_select_options select;
};

static char *text_of(const void *data, size_t size)
{
    char *text = calloc(1, size + 1);

    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    return text;
}

/* The options as text; NULL: they were refused.  `list` is cut up. */
static char *parse(const struct ae_field *table, char *list, union options *o)
{
    struct ae_str s = {0};
    struct ae_err e = {0};

    memset(o, 0, sizeof(*o));
    const int rc = ae_fields_cut(table, o, list, ' ', &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0 &&
        (ae_str_add(&s, "", &e) || ae_fields_print(table, o, ' ', &s, &e)))
        abort();
    return s.p;
}

static void again(const struct ae_field *table, const char *printed)
{
    union options o;
    char *list = text_of(printed, strlen(printed)),
         *back = parse(table, list, &o);

    if (!back || strcmp(back, printed) != 0)
        abort();
    free(back);
    free(list);
}

static void check_rows(struct ae_ctx *ctx, const struct ae_select_options *o)
{
    struct ae_selection *s = NULL;
    struct ae_err e = {0};
    struct ae_select_options rows = {.rows = o->rows, .only = o->only};
    const int rc = ae_selection_new(ctx, &rows, &s, &e);

    if (rc < 0 && !e.msg[0])
        abort();
    if (rc == 0 && s && ae_selection_count(s, 100) > 100)
        abort();
    ae_selection_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ae_field *tables[] = {ae_train_fields, ae_select_fields};
    static struct ae_ctx *ctx;

    if (!ctx && ae_ctx_new(NULL, &ctx, NULL))
        abort();
    for (size_t i = 0; i < AE_LEN(tables); i++) {
        union options o;
        char *list = text_of(data, size), *printed = parse(tables[i], list, &o);

        if (printed) {
            again(tables[i], printed);
            if (tables[i] == ae_select_fields)
                check_rows(ctx, &o.select);
        }
        free(printed);
        free(list);
    }
    return 0;
}
