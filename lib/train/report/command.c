/* command.c - see command.h. */
#include "train/report/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { VALUE = 1024 };

/* Adds a word, in quotes where a shell would read something else. */
static int add_word(struct ae_str *s, const char *word, struct ae_err *e)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "%+,-./:=@_";

    if (*word && word[strspn(word, plain)] == '\0')
        return ae_str_add(s, word, e);
    AE_TRY(ae_str_add(s, "'", e));
    for (const char *p = word; *p; p++)
        AE_TRY(*p == '\'' ? ae_str_add(s, "'\\''", e)
                          : ae_str_addn(s, p, 1, e));
    return ae_str_add(s, "'", e);
}

/* The field as text; NULL where it is a text that isn't there. */
static const char *print(const struct ae_field *f, const void *o,
                         char text[VALUE])
{
    if (f->type == AE_F_STR)
        return *(const char *const *)((const char *)o + f->offset);
    ae_field_print(f, o, text, VALUE);
    return text;
}

static int add_field(struct ae_str *s, const struct ae_field *f,
                     const void *now, const void *plain, struct ae_err *e)
{
    char a[VALUE], b[VALUE];
    const char *value = print(f, now, a), *usual = print(f, plain, b);

    if (!value || (usual && strcmp(value, usual) == 0) ||
        strcmp(f->name, "resume") == 0 || strcmp(f->name, "until") == 0)
        return 0;
    if (f->letter && strchr("mno", f->letter))
        AE_TRY(ae_str_printf(s, e, " -%c ", f->letter));
    else
        AE_TRY(ae_str_printf(s, e, " --%s%s", f->name,
                             f->type == AE_F_BOOL ? "" : "="));
    return f->type == AE_F_BOOL ? 0 : add_word(s, value, e);
}

int ae_command_add(struct ae_str *s, const struct ae_train_options *o,
                   struct ae_err *e)
{
    struct ae_train_options plain = {0};

    AE_TRY(ae_fields_default(ae_train_fields, &plain, e));
    AE_TRY(ae_str_add(s, "ae-train", e));
    for (const struct ae_field *f = ae_train_fields; f->name; f++)
        AE_TRY(add_field(s, f, o, &plain, e));
    for (const char *const *data = o->data; data && *data; data++) {
        AE_TRY(ae_str_add(s, " ", e));
        AE_TRY(add_word(s, *data, e));
    }
    return 0;
}
