/* places.c - see places.h. */
#include "model/places.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"

#ifndef AE_DATADIR
#define AE_DATADIR "/usr/local/share/ae"
#endif
#define MODEL ".safetensors"
#define ALIAS ".alias"

void ae_place_release(struct ae_place *p)
{
    free(p->name);
    free(p->path);
    memset(p, 0, sizeof *p);
}

void ae_places_free(struct ae_place *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ae_place_release(&p[i]);
    free(p);
}

static int ends(const char *name, const char *ending)
{
    const size_t n = strlen(name), k = strlen(ending);

    return n > k && strcmp(name + n - k, ending) == 0;
}

static int is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static char *copy(const char *text, size_t n, struct ae_err *e)
{
    char *to = ae_alloc(n + 1, 1, e);

    if (to)
        memcpy(to, text, n);
    return to;
}

static int place_at(struct ae_place *p, const char *name, size_t n,
                    const char *path, const struct ae_embedded *own, int alias,
                    struct ae_err *e)
{
    *p = (struct ae_place){.own = own, .alias = alias};
    p->name = copy(name, n, e);
    p->path = path ? copy(path, strlen(path), e) : NULL;
    if (p->name && (p->path || !path))
        return 0;
    ae_place_release(p);
    return AE_EMEM;
}

int ae_place_file(const char *path, struct ae_place *out, struct ae_err *e)
{
    return place_at(out, path, strlen(path), path, NULL, ends(path, ALIAS), e);
}

/* ------------------------------------------------------------- folders */

/* AE_END: the next one is wanted, too. */
typedef int folder_fn(void *arg, const char *folder, struct ae_err *e);

static int visit(const char *folder, size_t n, const char *rest, folder_fn *fn,
                 void *arg, struct ae_err *e)
{
    struct ae_str path = {0};
    int err = ae_str_printf(&path, e, "%.*s%s", (int)n, folder, rest);

    if (!err)
        err = fn(arg, path.p, e);
    ae_str_release(&path);
    return err;
}

/* Colon-separated AE_MODEL_PATH, the user's data folder, the installed one. */
static int each_folder(folder_fn *fn, void *arg, struct ae_err *e)
{
    const char *list = getenv("AE_MODEL_PATH");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int err = AE_END;

    while (err == AE_END && list && *list) {
        size_t n = strcspn(list, ":");
        if (n)
            err = visit(list, n, "", fn, arg, e);
        list += n + (list[n] == ':');
    }
    if (err == AE_END && data && *data)
        err = visit(data, strlen(data), "/ae/models", fn, arg, e);
    else if (err == AE_END && home && *home)
        err = visit(home, strlen(home), "/.local/share/ae/models", fn, arg, e);
    if (err == AE_END)
        err = visit(AE_DATADIR, strlen(AE_DATADIR), "/models", fn, arg, e);
    return err;
}

/* ---------------------------------------------------------------- find */

struct search {
    const char *name;
    int aliases;
    struct ae_place *out;
    struct ae_str *tried;
};

static int try_folder(void *arg, const char *folder, struct ae_err *e)
{
    static const char *const endings[] = {MODEL, "", ALIAS};
    const struct search *s = arg;
    struct ae_str path = {0};
    int err = AE_END;

    for (size_t i = 0; err == AE_END && i < AE_LEN(endings); i++) {
        const int alias = strcmp(endings[i], ALIAS) == 0;
        path.len = 0;
        const int bad = ae_str_printf(&path, e, "%s/%s%s", folder, s->name,
                                      endings[i]);
        if (bad)
            err = bad;
        else if ((s->aliases || !alias) && is_file(path.p))
            err = place_at(s->out, s->name, strlen(s->name), path.p, NULL,
                           alias || ends(path.p, ALIAS), e);
    }
    ae_str_release(&path);
    if (err == AE_END) {
        const int bad = ae_str_printf(s->tried, e, "%s%s",
                                      s->tried->len ? ", " : "", folder);
        err = bad ? bad : AE_END;
    }
    return err;
}

static const struct ae_embedded *own_of(const struct ae_embedded *table,
                                        const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

int ae_place_own(const char *name, struct ae_place *out, struct ae_err *e)
{
    const struct ae_embedded *model = own_of(ae_embedded_models, name);

    return model ? place_at(out, name, strlen(name), NULL, model, 0, e)
                 : AE_END;
}

int ae_place_find(const char *name, int aliases, struct ae_place *out,
                  struct ae_str *tried, struct ae_err *e)
{
    struct search s = {name, aliases, out, tried};
    const struct ae_embedded *alias = own_of(ae_embedded_aliases, name);
    int err = each_folder(try_folder, &s, e);

    if (err == AE_END)
        err = ae_place_own(name, out, e);
    if (err == AE_END && alias && aliases)
        err = place_at(out, name, strlen(name), NULL, alias, 1, e);
    return err;
}

int ae_places_own(struct ae_str *list, struct ae_err *e)
{
    const struct ae_embedded *const tables[] = {ae_embedded_models,
                                                ae_embedded_aliases};
    int err = 0;

    for (size_t t = 0; t < AE_LEN(tables); t++)
        for (const struct ae_embedded *m = tables[t]; !err && m->name; m++)
            err = ae_str_printf(list, e, " %s", m->name);
    return err;
}

/* ---------------------------------------------------------------- list */

struct list {
    struct ae_place *p;
    size_t n, from;
};

static int known(const struct list *l, const char *name, size_t n)
{
    for (size_t i = 0; i < l->n; i++)
        if (strlen(l->p[i].name) == n && memcmp(l->p[i].name, name, n) == 0)
            return 1;
    return 0;
}

/* A place, where no earlier one has the name. */
static int add(struct list *l, const char *name, size_t n, const char *path,
               const struct ae_embedded *own, int alias, struct ae_err *e)
{
    int err = 0;

    if (known(l, name, n))
        return 0;
    if ((l->n & (l->n - 1)) == 0) /* room for the next power */
        err = ae_realloc(&l->p, l->n ? 2 * l->n : 1, sizeof *l->p, e);
    if (!err)
        err = place_at(&l->p[l->n], name, n, path, own, alias, e);
    l->n += !err;
    return err;
}

static int by_name(const void *a, const void *b)
{
    const struct ae_place *p = a, *q = b;

    return strcmp(p->name, q->name);
}

/* Files of one folder that end so; one that can't be read holds none. */
static int list_files(struct list *l, const char *folder, const char *ending,
                      struct ae_err *e)
{
    DIR *dir = opendir(folder);
    struct ae_str path = {0};
    int err = 0;

    while (dir && !err) {
        const struct dirent *d = readdir(dir);
        if (!d)
            break;
        if (d->d_name[0] == '.' || !ends(d->d_name, ending))
            continue;
        path.len = 0;
        err = ae_str_printf(&path, e, "%s/%s", folder, d->d_name);
        if (!err && is_file(path.p))
            err = add(l, d->d_name, strlen(d->d_name) - strlen(ending), path.p,
                      NULL, strcmp(ending, ALIAS) == 0, e);
    }
    ae_str_release(&path);
    if (dir)
        closedir(dir);
    return err;
}

static void sort(struct list *l)
{
    if (l->n > l->from)
        qsort(l->p + l->from, l->n - l->from, sizeof *l->p, by_name);
    l->from = l->n;
}

static int list_folder(void *arg, const char *folder, struct ae_err *e)
{
    struct list *l = arg;
    int err = list_files(l, folder, MODEL, e);

    if (!err)
        err = list_files(l, folder, ALIAS, e);
    sort(l);
    return err ? err : AE_END;
}

static int list_own(struct list *l, const struct ae_embedded *m, int alias,
                    struct ae_err *e)
{
    int err = 0;

    for (; !err && m->name; m++)
        err = add(l, m->name, strlen(m->name), NULL, m, alias, e);
    return err;
}

int ae_places_list(struct ae_place **out, size_t *n, struct ae_err *e)
{
    struct list l = {0};
    int err = each_folder(list_folder, &l, e);

    err = err == AE_END ? list_own(&l, ae_embedded_models, 0, e) : err;
    if (!err)
        err = list_own(&l, ae_embedded_aliases, 1, e);
    sort(&l);
    if (err)
        ae_places_free(l.p, l.n);
    *out = err ? NULL : l.p;
    *n = err ? 0 : l.n;
    return err;
}
