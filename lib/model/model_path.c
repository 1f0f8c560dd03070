/* model_path.c - see model_path.h. */
#include "model/model_path.h"

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

void ae_location_release(struct ae_location *p)
{
    free(p->name);
    free(p->path);
    memset(p, 0, sizeof(*p));
}

void ae_locations_free(struct ae_location *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ae_location_release(&p[i]);
    free(p);
}

static int has_ending(const char *name, const char *ending)
{
    const size_t n = strlen(name), k = strlen(ending);

    return n > k && strcmp(name + n - k, ending) == 0;
}

static int is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static char *copy_text(const char *text, size_t n, struct ae_err *e)
{
    char *to = ae_alloc(n + 1, 1, e);

    if (to)
        memcpy(to, text, n);
    return to;
}

static int set_location(struct ae_location *p, const char *name, size_t n,
                        const char *path, const struct ae_embedded *embedded,
                        int alias, struct ae_err *e)
{
    *p = (struct ae_location){.embedded = embedded, .alias = alias};
    p->name = copy_text(name, n, e);
    p->path = path ? copy_text(path, strlen(path), e) : NULL;
    if (p->name && (p->path || !path))
        return 0;
    ae_location_release(p);
    return AE_EMEM;
}

int ae_location_file(const char *path, struct ae_location *out,
                     struct ae_err *e)
{
    return set_location(out, path, strlen(path), path, NULL,
                        has_ending(path, ALIAS), e);
}

/* ------------------------------------------------------------- folders */

/* Returns AE_END where the next folder is wanted, too. */
typedef int folder_fn(void *arg, const char *folder, struct ae_err *e);

static int visit_folder(const char *folder, size_t n, const char *rest,
                        folder_fn *fn, void *arg, struct ae_err *e)
{
    struct ae_str path = {0};
    int rc = ae_str_printf(&path, e, "%.*s%s", (int)n, folder, rest);

    if (!rc)
        rc = fn(arg, path.p, e);
    ae_str_release(&path);
    return rc;
}

/* The folders of AE_MODEL_PATH (separated by colons), the user's data folder,
 * the installed one. */
static int each_folder(folder_fn *fn, void *arg, struct ae_err *e)
{
    const char *list = getenv("AE_MODEL_PATH");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int rc = AE_END;

    while (rc == AE_END && list && *list) {
        size_t n = strcspn(list, ":");
        if (n)
            rc = visit_folder(list, n, "", fn, arg, e);
        list += n + (list[n] == ':');
    }
    if (rc == AE_END && data && *data)
        rc = visit_folder(data, strlen(data), "/ae/models", fn, arg, e);
    else if (rc == AE_END && home && *home)
        rc = visit_folder(home, strlen(home), "/.local/share/ae/models", fn,
                          arg, e);
    if (rc == AE_END)
        rc = visit_folder(AE_DATADIR, strlen(AE_DATADIR), "/models", fn, arg,
                          e);
    return rc;
}

struct visit {
    ae_model_folder_fn *fn;
    void *arg;
};

static int tell_folder(void *arg, const char *folder, struct ae_err *e)
{
    const struct visit *v = arg;
    const int rc = v->fn(v->arg, folder, e);

    return rc < 0 ? rc : AE_END;
}

int ae_model_folders(ae_model_folder_fn *fn, void *arg, struct ae_err *e)
{
    struct visit v = {fn, arg};
    const int rc = each_folder(tell_folder, &v, e);

    return rc < 0 ? rc : 0;
}

/* ---------------------------------------------------------------- find */

struct search {
    const char *name;
    int aliases;
    struct ae_location *out;
    struct ae_str *tried;
};

static int find_in_folder(void *arg, const char *folder, struct ae_err *e)
{
    static const char *const endings[] = {MODEL, "", ALIAS};
    const struct search *s = arg;
    struct ae_str path = {0};
    int rc = AE_END;

    for (size_t i = 0; rc == AE_END && i < AE_LEN(endings); i++) {
        const int alias = strcmp(endings[i], ALIAS) == 0;
        path.len = 0;
        const int bad = ae_str_printf(&path, e, "%s/%s%s", folder, s->name,
                                      endings[i]);
        if (bad)
            rc = bad;
        else if ((s->aliases || !alias) && is_file(path.p))
            rc = set_location(s->out, s->name, strlen(s->name), path.p, NULL,
                              alias || has_ending(path.p, ALIAS), e);
    }
    ae_str_release(&path);
    if (rc == AE_END) {
        const int bad = ae_str_printf(s->tried, e, "%s%s",
                                      s->tried->len ? ", " : "", folder);
        rc = bad ? bad : AE_END;
    }
    return rc;
}

static const struct ae_embedded *find_embedded(const struct ae_embedded *table,
                                               const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

int ae_location_embedded(const char *name, struct ae_location *out,
                         struct ae_err *e)
{
    const struct ae_embedded *model = find_embedded(ae_embedded_models, name);

    return model ? set_location(out, name, strlen(name), NULL, model, 0, e)
                 : AE_END;
}

int ae_location_find(const char *name, int aliases, struct ae_location *out,
                     struct ae_str *tried, struct ae_err *e)
{
    struct search s = {name, aliases, out, tried};
    const struct ae_embedded *alias = find_embedded(ae_embedded_aliases, name);
    int rc = each_folder(find_in_folder, &s, e);

    if (rc == AE_END)
        rc = ae_location_embedded(name, out, e);
    if (rc == AE_END && alias && aliases)
        rc = set_location(out, name, strlen(name), NULL, alias, 1, e);
    return rc;
}

int ae_locations_embedded(struct ae_str *list, struct ae_err *e)
{
    const struct ae_embedded *const tables[] = {ae_embedded_models,
                                                ae_embedded_aliases};
    int rc = 0;

    for (size_t t = 0; t < AE_LEN(tables); t++)
        for (const struct ae_embedded *m = tables[t]; !rc && m->name; m++)
            rc = ae_str_printf(list, e, " %s", m->name);
    return rc;
}

/* ---------------------------------------------------------------- list */

struct list {
    struct ae_location *p;
    size_t n, folder_begins;
};

static int is_listed(const struct list *l, const char *name, size_t n)
{
    for (size_t i = 0; i < l->n; i++)
        if (strlen(l->p[i].name) == n && memcmp(l->p[i].name, name, n) == 0)
            return 1;
    return 0;
}

/* Adds a location, unless an earlier one has its name. */
static int add_location(struct list *l, const char *name, size_t n,
                        const char *path, const struct ae_embedded *embedded,
                        int alias, struct ae_err *e)
{
    if (is_listed(l, name, n))
        return 0;
    if ((l->n & (l->n - 1)) == 0) /* room for the next power */
        AE_TRY(ae_realloc(&l->p, l->n ? 2 * l->n : 1, sizeof(*l->p), e));
    AE_TRY(set_location(&l->p[l->n], name, n, path, embedded, alias, e));
    l->n++;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct ae_location *p = a, *q = b;

    return strcmp(p->name, q->name);
}

/* Adds the files of a folder with an ending; a folder that can't be read counts
 * as empty. */
static int list_files(struct list *l, const char *folder, const char *ending,
                      struct ae_err *e)
{
    DIR *dir = opendir(folder);
    struct ae_str path = {0};
    int rc = 0;

    while (dir && !rc) {
        const struct dirent *d = readdir(dir);
        if (!d)
            break;
        if (d->d_name[0] == '.' || !has_ending(d->d_name, ending))
            continue;
        path.len = 0;
        rc = ae_str_printf(&path, e, "%s/%s", folder, d->d_name);
        if (!rc && is_file(path.p))
            rc = add_location(l, d->d_name, strlen(d->d_name) - strlen(ending),
                              path.p, NULL, strcmp(ending, ALIAS) == 0, e);
    }
    ae_str_release(&path);
    if (dir)
        closedir(dir);
    return rc;
}

static void sort_folder(struct list *l)
{
    if (l->n > l->folder_begins)
        qsort(l->p + l->folder_begins, l->n - l->folder_begins, sizeof(*l->p),
              by_name);
    l->folder_begins = l->n;
}

static int list_folder(void *arg, const char *folder, struct ae_err *e)
{
    struct list *l = arg;
    int rc = list_files(l, folder, MODEL, e);

    if (!rc)
        rc = list_files(l, folder, ALIAS, e);
    sort_folder(l);
    return rc ? rc : AE_END;
}

static int list_embedded(struct list *l, const struct ae_embedded *m, int alias,
                         struct ae_err *e)
{
    for (; m->name; m++)
        AE_TRY(add_location(l, m->name, strlen(m->name), NULL, m, alias, e));
    return 0;
}

int ae_locations_list(struct ae_location **out, size_t *n, struct ae_err *e)
{
    struct list l = {0};
    int rc = each_folder(list_folder, &l, e);

    rc = rc == AE_END ? list_embedded(&l, ae_embedded_models, 0, e) : rc;
    if (!rc)
        rc = list_embedded(&l, ae_embedded_aliases, 1, e);
    sort_folder(&l);
    if (rc)
        ae_locations_free(l.p, l.n);
    *out = rc ? NULL : l.p;
    *n = rc ? 0 : l.n;
    return rc;
}
