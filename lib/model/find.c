/* find.c - a model by name: a file, or a name in the known folders, or one
 * that is compiled in; or what an alias stands for.
 *
 * An alias is a line of text, "photo ensemble=8": another model's name, and
 * how it is used unless the user says otherwise.  So one file of weights has
 * several names, and names keep their meaning when models change. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/field.h"
#include "base/io.h"
#include "base/mem.h"
#include "model/model.h"
#include "model/places.h"

#define DEFAULT "photo"
enum { ALIAS_BYTES = 4096 };

static int is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int open_place(const struct ae_place *p, struct ae_io **io,
                      struct ae_err *e)
{
    return p->path ? ae_io_open_path(p->path, io, e)
                   : ae_io_open_memory(p->own->data, p->own->size, p->own->name,
                                       io, e);
}

/* A fault's place. */
static int at(const struct ae_place *p, int err, struct ae_err *e)
{
    if (!err)
        return 0;
    return p->path ? ae_err_at(e, err, "%s", p->path)
                   : ae_err_at(e, err, "%s (compiled in)", p->name);
}

static int load_place(struct ae_ctx *ctx, const struct ae_place *p,
                      struct ae_model **out, struct ae_err *e)
{
    struct ae_io *io;
    int err = open_place(p, &io, e);

    if (!err) {
        err = ae_model_read(ctx, io, out, e);
        ae_io_close(io);
    }
    return at(p, err, e);
}

/* A name that leads nowhere. */
static int miss(const char *name, const struct ae_str *tried, struct ae_err *e)
{
    struct ae_str list = {0};
    int err = ae_places_own(&list, e);

    if (!err)
        err = ae_fail(e, AE_EARG,
                      "%s: there is no such model: no file of that name, nor "
                      "in %s, nor compiled in (%s)",
                      name, tried->p ? tried->p : "any folder",
                      list.len ? list.p + 1 : "none");
    ae_str_release(&list);
    return err;
}

static int find(const char *name, int aliases, struct ae_place *p,
                struct ae_err *e)
{
    struct ae_str tried = {0};
    int err = ae_place_find(name, aliases, p, &tried, e);

    if (err == AE_END)
        err = miss(name, &tried, e);
    ae_str_release(&tried);
    return err;
}

/* --------------------------------------------------------------- aliases */

struct alias {
    int ensemble;
};
static const char *const ensembles[] = {"1", "2", "8", NULL};
static const struct ae_field fields[] = {
    {"ensemble", AE_F_ENUM, offsetof(struct alias, ensemble), "1", 0, 0,
     "turns and mirrors that are averaged", ensembles, NULL, 0},
    {0}};

/* The one line of a text that is neither empty nor begins with a '#', cut out
 * in place; blanks around it go. */
static int one_line(char *text, char **out, struct ae_err *e)
{
    *out = NULL;
    for (char *line; (line = strtok_r(text, "\r\n", &text)) != NULL;) {
        line += strspn(line, " \t");
        if (!*line || *line == '#')
            continue;
        if (*out)
            return ae_fail(e, AE_EFORMAT,
                           "is no alias: it has a second line '%.40s'", line);
        for (size_t n = strlen(line); strchr(" \t", line[n - 1]);)
            line[--n] = '\0';
        *out = line;
    }
    return *out ? 0 : ae_fail(e, AE_EFORMAT, "is no alias: it is empty");
}

/* The line of an alias, to be freed. */
static int read_alias(const struct ae_place *p, char **out, struct ae_err *e)
{
    struct ae_io *io;
    void *data = NULL;
    size_t n = 0;
    int err = open_place(p, &io, e);
    char *line = NULL, *text = NULL;

    *out = NULL;
    if (!err) {
        err = ae_io_read_all(io, ALIAS_BYTES, &data, &n, e);
        ae_io_close(io);
    }
    if (!err && n && memchr(data, '\0', n))
        err = ae_fail(e, AE_EFORMAT, "is no alias: it holds a zero byte");
    if (!err)
        err = (text = ae_alloc(n + 1, 1, e)) ? 0 : AE_EMEM;
    if (!err && n)
        memcpy(text, data, n);
    if (!err)
        err = one_line(text, &line, e);
    if (!err)
        err = (*out = ae_alloc(strlen(line) + 1, 1, e)) ? 0 : AE_EMEM;
    if (!err)
        memcpy(*out, line, strlen(line));
    free(text);
    free(data);
    return at(p, err, e);
}

/* "NAME key=value...", cut up in place. */
static int parse_alias(char *line, struct alias *a, struct ae_err *e)
{
    char *rest = line + strcspn(line, " \t");

    while (*rest == ' ' || *rest == '\t')
        *rest++ = '\0';
    if (strchr(line, '/') || strchr(line, '='))
        return ae_fail(e, AE_EFORMAT, "is no alias: '%.40s' is no model's name",
                       line);
    int err = ae_fields_cut(fields, a, rest, ' ', e);
    if (!err)
        a->ensemble = atoi(ensembles[a->ensemble]);
    return err;
}

/* What it stands for is a model, never another alias. */
static int load_alias(struct ae_ctx *ctx, const struct ae_place *p,
                      struct ae_model **out, struct ae_err *e)
{
    struct ae_place target = {0};
    struct alias a = {0};
    char *line;
    int err = read_alias(p, &line, e);

    if (err)
        return err;
    err = parse_alias(line, &a, e);
    if (!err)
        err = find(line, 0, &target, e);
    err = at(p, err, e);
    if (!err)
        err = load_place(ctx, &target, out, e);
    if (!err)
        (*out)->ensemble = a.ensemble;
    ae_place_release(&target);
    free(line);
    return err;
}

/* ------------------------------------------------------------------ load */

static int load(struct ae_ctx *ctx, const struct ae_place *p,
                struct ae_model **out, struct ae_err *e)
{
    return (p->alias ? load_alias : load_place)(ctx, p, out, e);
}

int ae_model_load(struct ae_ctx *ctx, const char *name, struct ae_model **out,
                  struct ae_err *e)
{
    struct ae_place p = {0};
    int err;

    *out = NULL;
    if (name == NULL)
        err = ae_place_own(DEFAULT, &p, e);
    else if (strchr(name, '/') || is_file(name))
        err = ae_place_file(name, &p, e);
    else
        err = find(name, 1, &p, e);
    if (err == AE_END)
        err = find(DEFAULT, 1, &p, e);
    if (!err)
        err = load(ctx, &p, out, e);
    ae_place_release(&p);
    return err;
}

/* ------------------------------------------------------------------ tell */

static int tell(const struct ae_place *p, ae_model_place_fn *fn, void *arg,
                struct ae_err *e)
{
    struct ae_model_place out = {.name = p->name, .path = p->path};
    char *line = NULL;
    int err = p->alias ? read_alias(p, &line, e) : 0;

    out.alias = line;
    if (!err)
        err = fn(arg, &out, e);
    free(line);
    return err;
}

int ae_model_find(const char *name, ae_model_place_fn *fn, void *arg,
                  struct ae_err *e)
{
    struct ae_place p = {0};
    int err = find(name, 1, &p, e);

    if (!err)
        err = tell(&p, fn, arg, e);
    ae_place_release(&p);
    return err;
}

int ae_model_list(ae_model_place_fn *fn, void *arg, struct ae_err *e)
{
    struct ae_place *p;
    size_t n;
    int err = ae_places_list(&p, &n, e);

    for (size_t i = 0; i < n; i++) {
        struct ae_err why = {0};
        const int bad = tell(&p[i], fn, arg, &why);
        if (bad && !err && e)
            *e = why;
        err = err ? err : bad;
    }
    ae_places_free(p, n);
    return err;
}
