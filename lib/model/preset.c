/* preset.c - finds the text of a spec: a preset (models/NAME.ae, which is
 * compiled in) or a file. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/embedded.h"
#include "model/model_path.h"
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

/* The preset named by the first n bytes, or NULL. */
static const struct ae_embedded *find_preset(const char *name, size_t n)
{
    for (const struct ae_embedded *p = ae_embedded_specs; p->name; p++)
        if (strlen(p->name) == n && memcmp(p->name, name, n) == 0)
            return p;
    return NULL;
}

const char *ae_preset_text(const char *name)
{
    const struct ae_embedded *p = find_preset(name, strlen(name));

    return p ? (const char *)p->data : NULL;
}

static int read_file(const char *path, char **text, struct ae_err *e)
{
    struct ae_io *io;
    void *data = NULL;
    size_t size = 0;

    AE_TRY(ae_io_open_path(path, &io, e));
    int rc = ae_io_read_all(io, AE_SPEC_BYTES, &data, &size, e);
    if (rc)
        goto out;
    if (memchr(data, '\0', size)) {
        rc = ae_fail(e, AE_EFORMAT, "is not a spec: it holds a zero byte");
        goto out;
    }
    *text = copy_text(data, size, e);
    rc = *text ? 0 : AE_EMEM;
out:
    free(data);
    ae_io_close(io);
    return rc;
}

/* Adds the names of presets and shipped models to the error that the file
 * gave. */
static int fail_missing(const char *arg, int code, struct ae_err *e)
{
    struct ae_str list = {0};
    char why[sizeof(e->msg)];
    int rc = 0;

    if (!e)
        return code;
    memcpy(why, e->msg, sizeof(why));
    for (size_t i = 0; ae_spec_preset(i); i++)
        if ((rc = ae_str_printf(&list, e, " %s", ae_spec_preset(i))))
            goto out;
    if ((rc = ae_str_add(&list, "; models are", e)) ||
        (rc = ae_locations_embedded(&list, e)))
        goto out;
    rc = ae_fail(e, code == AE_EMEM ? code : AE_EARG, "%s: %s; presets are%s",
                 arg, why, list.p);
out:
    ae_str_release(&list);
    return rc;
}

/* Length of the name before the variables, which follow the last colon with a
 * '=' but no '/' after it. */
static size_t name_length(const char *arg)
{
    const char *colon = strrchr(arg, ':');

    if (!colon || strchr(colon, '/') || !strchr(colon, '='))
        return strlen(arg);
    return (size_t)(colon - arg);
}

static int read_text(const char *arg, size_t n, char **text, struct ae_err *e)
{
    const struct ae_embedded *p = find_preset(arg, n);
    char *path;
    int rc;

    if (p) {
        *text = copy_text(p->data, p->size, e);
        return *text ? 0 : AE_EMEM;
    }
    path = copy_text(arg, n, e);
    if (!path)
        return AE_EMEM;
    rc = read_file(path, text, e);
    if (rc)
        rc = fail_missing(path, rc, e);
    free(path);
    return rc;
}

int ae_spec_find(const char *arg, char **text, char **vars, struct ae_err *e)
{
    const size_t n = name_length(arg);

    *text = *vars = NULL;
    AE_TRY(read_text(arg, n, text, e));
    if (!arg[n])
        return 0;
    *vars = copy_text(arg + n + 1, strlen(arg + n + 1), e);
    if (*vars)
        return 0;
    free(*text);
    *text = NULL;
    return AE_EMEM;
}
