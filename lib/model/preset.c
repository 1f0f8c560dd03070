/* preset.c - where a spec's text comes from: models/NAME.ae, compiled in, or
 * a file. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/embedded.h"
#include "model/spec.h"

const char *ae_spec_preset(size_t i)
{
    for (size_t k = 0; ae_embedded_specs[k].name; k++)
        if (k == i)
            return ae_embedded_specs[k].name;
    return NULL;
}

static char *copy_text(const void *from, size_t n, struct ae_err *e)
{
    char *to = ae_alloc(n + 1, 1, e);

    if (to && n)
        memcpy(to, from, n);
    return to;
}

/* NULL when there is no preset of the name's first n bytes. */
static const struct ae_embedded *preset(const char *name, size_t n)
{
    for (const struct ae_embedded *p = ae_embedded_specs; p->name; p++)
        if (strlen(p->name) == n && memcmp(p->name, name, n) == 0)
            return p;
    return NULL;
}

static int read_file(const char *path, char **text, struct ae_err *e)
{
    struct ae_io *io;
    void *data = NULL;
    size_t size = 0;
    int err = ae_io_open_path(path, &io, e);

    if (err)
        return err;
    err = ae_io_read_all(io, AE_SPEC_BYTES, &data, &size, e);
    if (!err && memchr(data, '\0', size))
        err = ae_fail(e, AE_EFORMAT, "is no spec: it holds a zero byte");
    if (!err) {
        *text = copy_text(data, size, e);
        err = *text ? 0 : AE_EMEM;
    }
    free(data);
    ae_io_close(io);
    return err;
}

/* The presets' names behind what went wrong with the file. */
static int miss(const char *arg, int code, struct ae_err *e)
{
    struct ae_str list = {0};
    char why[sizeof(e->msg)];
    int err = 0;

    if (e == NULL)
        return code;
    memcpy(why, e->msg, sizeof(why));
    for (size_t i = 0; !err && ae_spec_preset(i); i++)
        err = ae_str_printf(&list, e, " %s", ae_spec_preset(i));
    if (!err)
        err = ae_fail(e, code == AE_EMEM ? code : AE_EARG,
                      "%s: %s; presets are%s", arg, why,
                      list.len ? list.p : " none");
    ae_str_release(&list);
    return err;
}

/* Variables follow the last colon that has a '=' behind it and no '/'. */
static size_t name_length(const char *arg)
{
    const char *colon = strrchr(arg, ':');

    if (colon == NULL || strchr(colon, '/') || !strchr(colon, '='))
        return strlen(arg);
    return (size_t)(colon - arg);
}

int ae_spec_find(const char *arg, char **text, char **vars, struct ae_err *e)
{
    size_t n = name_length(arg);
    const struct ae_embedded *p = preset(arg, n);
    char *path = copy_text(arg, n, e);
    int err = path ? 0 : AE_EMEM;

    *text = *vars = NULL;
    if (!err && p) {
        *text = copy_text(p->data, p->size, e);
        err = *text ? 0 : AE_EMEM;
    } else if (!err) {
        err = read_file(path, text, e);
        if (err)
            err = miss(path, err, e);
    }
    if (!err && arg[n]) {
        *vars = copy_text(arg + n + 1, strlen(arg + n + 1), e);
        err = *vars ? 0 : AE_EMEM;
    }
    if (err) {
        free(*text);
        *text = NULL;
    }
    free(path);
    return err;
}
