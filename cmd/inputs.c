/* inputs.c - which files a run reads: operands, then the names of --files-from;
 * what --include, --exclude and --depth leave of them; which of them are of the
 * shard.
 *
 * Names are bytes and stay as they were typed, in their order.  Nothing here
 * opens an input, or knows what becomes of it. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"

/* ----------------------------------------------------------------- globs */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Whether one of the lines of `globs` matches: a glob without a slash the last
 * name, another one all of the path. */
static int is_matched(const char *globs, const char *path)
{
    int matched = 0;

    for (const char *at = globs; at && *at && !matched;) {
        const size_t n = strcspn(at, "\n");
        char *glob = cmd_need(strndup(at, n));
        const char *text = strchr(glob, '/') ? path : last_part(path);
        matched = fnmatch(glob, text, FNM_PATHNAME) == 0;
        free(glob);
        at += n + (at[n] != '\0');
    }
    return matched;
}

int cmd_wants(const struct cmd_common *c, const char *path, int is_folder)
{
    while (strncmp(path, "./", 2) == 0)
        path += 1 + strspn(path + 1, "/");
    if (is_matched(c->exclude, path))
        return 0;
    return is_folder || !c->include || is_matched(c->include, path);
}

/* A folder that is named is only a way to its files. */
static int is_wanted(const struct cmd_common *c, const char *name)
{
    struct stat st;

    if ((!c->include && !c->exclude) || strcmp(name, "-") == 0)
        return 1;
    return (stat(name, &st) == 0 && S_ISDIR(st.st_mode)) ||
           cmd_wants(c, name, 0);
}

/* ---------------------------------------------------------------- inputs */

/* Behind the last one there is a NULL. */
static void add(struct cmd_inputs *in, char *name)
{
    if (in->count + 1 >= in->cap) {
        if (in->cap > INT32_MAX / 2)
            cmd_die(CMD_USAGE, "too many inputs");
        in->cap = in->cap ? 2 * in->cap : 64;
        in->name = cmd_need(
            realloc(in->name, (size_t)in->cap * sizeof(*in->name)));
    }
    in->name[in->count++] = name;
    in->name[in->count] = NULL;
}

static void add_wanted(struct cmd_inputs *in, const struct cmd_common *c,
                       const char *name)
{
    if (is_wanted(c, name))
        add(in, cmd_copy(name));
}

/* A name of the list, which is a file's, also if it is "-". */
static void add_listed(struct cmd_inputs *in, const struct cmd_common *c,
                       const char *name)
{
    if (*name)
        add_wanted(in, c, strcmp(name, "-") == 0 ? "./-" : name);
}

/* All bytes of the list, with a 0 behind them. */
static char *read_list(const char *path, size_t *size)
{
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    size_t cap = 1 << 16, got = 1;
    char *text = cmd_need(malloc(cap));
    int rc = cmd_open(path, &io, &e);

    *size = 0;
    while (!rc && got) {
        if (cap - *size < 2)
            text = cmd_need(realloc(text, cap *= 2));
        rc = ae_io_read_some(io, text + *size, cap - *size - 1, &got, &e);
        *size += rc ? 0 : got;
    }
    ae_io_close(io);
    if (rc)
        cmd_die(CMD_USAGE, "--files-from %s: %s", path, e.msg);
    text[*size] = '\0';
    return text;
}

/* The last name may lack the byte that ends the others. */
static void add_list(struct cmd_inputs *in, const struct cmd_common *c)
{
    size_t size;
    char *text = read_list(c->files_from, &size);

    if (!c->null && memchr(text, '\0', size))
        cmd_usage("--files-from %s: has bytes of 0: with -0 they end the names",
                  c->files_from);
    for (char *at = text; at < text + size;) {
        const size_t n = strcspn(at, c->null ? "" : "\n");
        at[n] = '\0';
        add_listed(in, c, at);
        at += n + 1;
    }
    free(text);
}

/* A file of a folder that is read: by the globs, and of the shard.  One that
 * came after the files were listed is in none. */
static int wants(void *arg, const char *path, size_t root, int is_folder)
{
    struct cmd_inputs *in = arg;
    size_t at = in->at;

    if (!cmd_wants(in->c, path + root, is_folder))
        return 0;
    if (is_folder || !in->begin)
        return 1;
    while (at < in->files && strcmp(in->file[at], path) != 0)
        at++;
    if (at == in->files)
        return 0;
    in->at = at + 1;
    return at >= in->first && at < in->end;
}

void cmd_inputs_find(struct cmd_inputs *in, const struct cmd_common *c,
                     const struct ae_selection *selection, char *const *operand,
                     int count)
{
    memset(in, 0, sizeof(*in));
    in->c = c;
    in->filter = (struct ae_file_filter){c->depth, wants, in};
    if (c->shard && selection)
        cmd_usage("--shard divides files; --rows, --labels and --only, which "
                  "count rows of all of them, exclude it");
    cmd_shard(c->shard, 0, &(uint64_t){0}, &(uint64_t){0});
    if (c->null && !c->files_from && !c->print)
        cmd_usage("-0 is of the names of --files-from or --print");
    for (int i = 0; i < count; i++) {
        if (c->files_from && strcmp(c->files_from, "-") == 0 &&
            strcmp(operand[i], "-") == 0)
            cmd_usage("stdin can't be both the list and an input");
        add_wanted(in, c, operand[i]);
    }
    in->operands = in->count;
    if (c->files_from)
        add_list(in, c);
    else if (count == 0 && operand)
        add(in, cmd_copy("-"));
}

void cmd_inputs_release(struct cmd_inputs *in)
{
    for (int i = 0; i < in->count; i++)
        free(in->name[i]);
    free(in->name);
    for (size_t i = 0; i < in->files; i++)
        free(in->file[i]);
    free(in->file);
    free(in->begin);
    memset(in, 0, sizeof(*in));
}

/* ---------------------------------------------------------------- shards */

static int add_file(void *arg, const char *path, int found, struct ae_err *e)
{
    struct cmd_inputs *in = arg;

    (void)found;
    (void)e;
    if (in->files == in->files_cap) {
        in->files_cap = in->files_cap ? 2 * in->files_cap : 64;
        in->file = cmd_need(
            realloc(in->file, in->files_cap * sizeof(*in->file)));
    }
    in->file[in->files++] = cmd_copy(path);
    return 0;
}

void cmd_inputs_list(struct cmd_inputs *in)
{
    size_t *begin;

    if (!in->c->shard)
        return;
    begin = cmd_need(malloc(((size_t)in->count + 1) * sizeof(*begin)));
    for (int i = 0; i < in->count; i++) {
        begin[i] = in->files;
        ae_item_files(in->name[i], &in->filter, add_file, in, NULL);
    }
    begin[in->count] = in->files;
    in->begin = begin; /* the filter looks at the list from now on */
    cmd_shard(in->c->shard, in->files, &in->first, &in->end);
    in->end += in->first;
}

int cmd_inputs_begin(struct cmd_inputs *in, int i)
{
    if (!in->begin)
        return 1;
    in->at = in->begin[i];
    return in->begin[i] < in->end && in->begin[i + 1] > in->first;
}
