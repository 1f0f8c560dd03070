/* find.c - a model by name: a file, or a name in the known folders, or one
 * that is compiled in. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/str.h"
#include "model/embedded.h"
#include "model/model.h"

#define DEFAULT "photo"
#ifndef AE_DATADIR
#define AE_DATADIR "/usr/local/share/ae"
#endif

static int is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int load_file(struct ae_ctx *ctx, const char *path,
                     struct ae_model **out, struct ae_err *e)
{
    struct ae_io *io;
    int err = ae_io_open_path(path, &io, e);

    if (!err) {
        err = ae_model_read(ctx, io, out, e);
        ae_io_close(io);
    }
    return err ? ae_err_at(e, err, "%s", path) : 0;
}

static int load_embedded(struct ae_ctx *ctx, const struct ae_embedded *m,
                         struct ae_model **out, struct ae_err *e)
{
    struct ae_io *io;
    int err = ae_io_open_memory(m->data, m->size, m->name, &io, e);

    if (!err) {
        err = ae_model_read(ctx, io, out, e);
        ae_io_close(io);
    }
    return err ? ae_err_at(e, err, "%s (compiled in)", m->name) : 0;
}

static const struct ae_embedded *embedded(const char *name)
{
    for (const struct ae_embedded *m = ae_embedded_models; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

/* ------------------------------------------------------------ the folders */

/* A model of that name in one folder: AE_END when there is none, whose place
 * is then added to `tried`. */
static int try_folder(const char *folder, size_t n, const char *rest,
                      const char *name, struct ae_str *path,
                      struct ae_str *tried, struct ae_err *e)
{
    static const char *const endings[] = {".safetensors", ""};
    int err;

    for (size_t i = 0; i < AE_LEN(endings); i++) {
        path->len = 0;
        err = ae_str_printf(path, e, "%.*s%s/%s%s", (int)n, folder, rest,
                            name, endings[i]);
        if (err || is_file(path->p))
            return err;
    }
    err = ae_str_printf(tried, e, "%s%.*s%s", tried->len ? ", " : "", (int)n,
                        folder, rest);
    return err ? err : AE_END;
}

/* Colon-separated AE_MODEL_PATH, the user's data folder, the installed one. */
static int search(const char *name, struct ae_str *path, struct ae_str *tried,
                  struct ae_err *e)
{
    const char *list = getenv("AE_MODEL_PATH");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int err = AE_END;

    while (err == AE_END && list && *list) {
        size_t n = strcspn(list, ":");
        if (n)
            err = try_folder(list, n, "", name, path, tried, e);
        list += n + (list[n] == ':');
    }
    if (err == AE_END && data && *data)
        err = try_folder(data, strlen(data), "/ae/models", name, path, tried,
                         e);
    else if (err == AE_END && home && *home)
        err = try_folder(home, strlen(home), "/.local/share/ae/models", name,
                         path, tried, e);
    if (err == AE_END)
        err = try_folder(AE_DATADIR, strlen(AE_DATADIR), "/models", name,
                         path, tried, e);
    return err;
}

static int miss(const char *name, const struct ae_str *tried,
                struct ae_err *e)
{
    struct ae_str list = {0};
    int err = 0;

    for (const struct ae_embedded *m = ae_embedded_models; !err && m->name;
         m++)
        err = ae_str_printf(&list, e, " %s", m->name);
    if (!err)
        err = ae_fail(e, AE_EARG, "%s: there is no such model: no file of "
                      "that name, nor in %s, nor compiled in (%s)", name,
                      tried->p, list.len ? list.p + 1 : "none");
    ae_str_release(&list);
    return err;
}

int ae_model_load(struct ae_ctx *ctx, const char *name, struct ae_model **out,
                  struct ae_err *e)
{
    struct ae_str path = {0}, tried = {0};
    const struct ae_embedded *own = embedded(name ? name : DEFAULT);
    int err;

    *out = NULL;
    if (name == NULL && own)
        return load_embedded(ctx, own, out, e);
    if (name && (strchr(name, '/') || is_file(name)))
        return load_file(ctx, name, out, e);
    name = name ? name : DEFAULT;
    err = search(name, &path, &tried, e);
    if (!err)
        err = load_file(ctx, path.p, out, e);
    else if (err == AE_END)
        err = own ? load_embedded(ctx, own, out, e) : miss(name, &tried, e);
    ae_str_release(&path);
    ae_str_release(&tried);
    return err;
}
