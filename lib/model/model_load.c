/* model_load.c - loads a model by name: a file's path, a name in the known
 * folders, one that is compiled in, or an alias of such a model.
 *
 * An alias is a line of text, "photo ensemble=8": the name of another model,
 * and how it is used unless the user says otherwise.  So one file of weights
 * has several names, and names keep their meaning when models change. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/field.h"
#include "base/io.h"
#include "base/mem.h"
#include "model/model.h"
#include "model/model_path.h"

#define DEFAULT "photo"
enum { ALIAS_BYTES = 4096 };

static int is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int open_location(const struct ae_location *p, struct ae_io **io,
                         struct ae_err *e)
{
    return p->path ? ae_io_open_path(p->path, io, e)
                   : ae_io_open_memory(p->embedded->data, p->embedded->size,
                                       p->embedded->name, io, e);
}

/* Adds the location to an error. */
static int fail_at(const struct ae_location *p, int rc, struct ae_err *e)
{
    if (!rc)
        return 0;
    return p->path ? ae_err_at(e, rc, "%s", p->path)
                   : ae_err_at(e, rc, "%s (compiled in)", p->name);
}

static int load_file(struct ae_ctx *ctx, const struct ae_location *p,
                     struct ae_model **out, struct ae_err *e)
{
    struct ae_io *io = NULL;
    int rc = open_location(p, &io, e);

    if (!rc)
        rc = ae_model_read(ctx, io, out, e);
    ae_io_close(io);
    return fail_at(p, rc, e);
}

/* Fails for a name that leads nowhere. */
static int fail_missing(const char *name, const struct ae_str *tried,
                        struct ae_err *e)
{
    struct ae_str list = {0};
    int rc = ae_locations_embedded(&list, e);

    if (!rc)
        rc = ae_fail(e, AE_EARG,
                     "%s: there is no such model: no file of that name, nor in "
                     "%s, nor compiled in (%s)",
                     name, tried->p ? tried->p : "any folder",
                     list.len ? list.p + 1 : "none");
    ae_str_release(&list);
    return rc;
}

static int find_location(const char *name, int aliases, struct ae_location *p,
                         struct ae_err *e)
{
    struct ae_str tried = {0};
    int rc = ae_location_find(name, aliases, p, &tried, e);

    if (rc == AE_END)
        rc = fail_missing(name, &tried, e);
    ae_str_release(&tried);
    return rc;
}

/* --------------------------------------------------------------- aliases */

struct alias {
    int ensemble;
};
static const char *const ensembles[] = {"1", "2", "8", NULL};
static const struct ae_field fields[] = {
    AE_FIELD("ensemble", ENUM, alias, ensemble, .def = "1",
             .help = "turns and mirrors that are averaged", .names = ensembles),
    {0}};

/* The one line of a text that is neither empty nor a comment (#), without
 * blanks at its ends; cuts the text in place. */
static int cut_line(char *text, char **out, struct ae_err *e)
{
    *out = NULL;
    for (char *line; (line = strtok_r(text, "\r\n", &text)) != NULL;) {
        line += strspn(line, " \t");
        if (!*line || *line == '#')
            continue;
        if (*out)
            return ae_fail(e, AE_EFORMAT,
                           "is not an alias: it has a second line '%.40s'",
                           line);
        for (size_t n = strlen(line); strchr(" \t", line[n - 1]);)
            line[--n] = '\0';
        *out = line;
    }
    return *out ? 0 : ae_fail(e, AE_EFORMAT, "is not an alias: it is empty");
}

/* The stream's line; *data and *text are buffers that the caller frees. */
static int read_line(struct ae_io *io, void **data, char **text, char **line,
                     struct ae_err *e)
{
    size_t n = 0;

    AE_TRY(ae_io_read_all(io, ALIAS_BYTES, data, &n, e));
    if (n && memchr(*data, '\0', n))
        return ae_fail(e, AE_EFORMAT, "is not an alias: it holds a zero byte");
    *text = ae_alloc(n + 1, 1, e);
    if (!*text)
        return AE_EMEM;
    if (n)
        memcpy(*text, *data, n);
    return cut_line(*text, line, e);
}

/* The line of an alias, to be freed with free(). */
static int read_alias(const struct ae_location *p, char **out, struct ae_err *e)
{
    struct ae_io *io = NULL;
    void *data = NULL;
    char *line = NULL, *text = NULL;
    int rc = open_location(p, &io, e);

    *out = NULL;
    if (rc || (rc = read_line(io, &data, &text, &line, e)))
        goto out;
    *out = ae_alloc(strlen(line) + 1, 1, e);
    if (*out)
        memcpy(*out, line, strlen(line));
    else
        rc = AE_EMEM;
out:
    ae_io_close(io);
    free(text);
    free(data);
    return fail_at(p, rc, e);
}

/* Parses "NAME key=value..."; afterwards `line` is NAME. */
static int parse_alias(char *line, struct alias *a, struct ae_err *e)
{
    char *rest = line + strcspn(line, " \t");

    while (*rest == ' ' || *rest == '\t')
        *rest++ = '\0';
    if (strchr(line, '/') || strchr(line, '='))
        return ae_fail(e, AE_EFORMAT,
                       "is not an alias: '%.40s' is not a model's name", line);
    AE_TRY(ae_fields_cut(fields, a, rest, ' ', e));
    a->ensemble = atoi(ensembles[a->ensemble]);
    return 0;
}

/* Loads the model that an alias stands for, which is never an alias. */
static int load_alias(struct ae_ctx *ctx, const struct ae_location *p,
                      struct ae_model **out, struct ae_err *e)
{
    struct ae_location target = {0};
    struct alias a = {0};
    char *line;
    int rc;

    AE_TRY(read_alias(p, &line, e));
    assert(line);
    if ((rc = fail_at(p, parse_alias(line, &a, e), e)) ||
        (rc = fail_at(p, find_location(line, 0, &target, e), e)) ||
        (rc = load_file(ctx, &target, out, e)))
        goto out;
    assert(*out);
    (*out)->ensemble = a.ensemble;
out:
    ae_location_release(&target);
    free(line);
    return rc;
}

/* ------------------------------------------------------------------ find */

/* A name of a file, or with a slash, is a file's; others are looked up. */
static int is_path(const char *name)
{
    return strchr(name, '/') || is_file(name);
}

static int add_location(struct ae_file_set *s, const char *what,
                        const struct ae_location *p, struct ae_err *e)
{
    struct ae_location target = {0};
    char *line = NULL;
    struct alias a = {0};
    int rc = p->path ? ae_file_set_add(s, AE_USE_READ, what, p->path, e) : 0;

    if (rc < 0 || !p->alias || read_alias(p, &line, NULL) < 0)
        return rc;
    if (!parse_alias(line, &a, NULL) && !find_location(line, 0, &target, NULL))
        rc = add_location(s, what, &target, e);
    ae_location_release(&target);
    free(line);
    return rc;
}

int ae_file_set_add_model(struct ae_file_set *s, const char *what,
                          const char *name, struct ae_err *e)
{
    struct ae_location p = {0};

    if (is_path(name) ? ae_location_file(name, &p, e)
                      : find_location(name, 1, &p, NULL))
        return 0; /* loading it says so */
    const int rc = add_location(s, what, &p, e);
    ae_location_release(&p);
    return rc;
}

/* ------------------------------------------------------------------ load */

static int load_location(struct ae_ctx *ctx, const struct ae_location *p,
                         struct ae_model **out, struct ae_err *e)
{
    return (p->alias ? load_alias : load_file)(ctx, p, out, e);
}

int ae_model_load(struct ae_ctx *ctx, const char *name, struct ae_model **out,
                  struct ae_err *e)
{
    struct ae_location p = {0};
    int rc;

    *out = NULL;
    if (!name)
        rc = ae_location_embedded(DEFAULT, &p, e);
    else if (is_path(name))
        rc = ae_location_file(name, &p, e);
    else
        rc = find_location(name, 1, &p, e);
    if (rc == AE_END)
        rc = find_location(DEFAULT, 1, &p, e);
    if (!rc)
        rc = load_location(ctx, &p, out, e);
    ae_location_release(&p);
    return rc;
}

/* ------------------------------------------------------------------ list */

static int report(const struct ae_location *p, ae_model_place_fn *fn, void *arg,
                  struct ae_err *e)
{
    struct ae_model_place out = {.name = p->name, .path = p->path};
    char *line = NULL;
    int rc = p->alias ? read_alias(p, &line, e) : 0;

    out.alias = line;
    if (!rc)
        rc = fn(arg, &out, e);
    free(line);
    return rc;
}

int ae_model_find(const char *name, ae_model_place_fn *fn, void *arg,
                  struct ae_err *e)
{
    struct ae_location p = {0};
    int rc = find_location(name, 1, &p, e);

    if (!rc)
        rc = report(&p, fn, arg, e);
    ae_location_release(&p);
    return rc;
}

int ae_model_list(ae_model_place_fn *fn, void *arg, struct ae_err *e)
{
    struct ae_location *p;
    size_t n;
    int rc = ae_locations_list(&p, &n, e);

    for (size_t i = 0; i < n; i++) {
        struct ae_err why = {0};
        const int bad = report(&p[i], fn, arg, &why);
        if (bad && !rc && e)
            *e = why;
        rc = rc ? rc : bad;
    }
    ae_locations_free(p, n);
    return rc;
}
