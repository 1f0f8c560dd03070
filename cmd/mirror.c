/* mirror.c - files of a folder that are named after items: photos/a.png of DIR
 * becomes DIR/photos/a.png.
 *
 * Names come from latents and may be anybody's, so nothing is written outside
 * DIR: of an absolute name, or one with "..", only the last part counts, and
 * filter_make_folders() follows no link below DIR.  No file is hidden,
 * either. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

/* The part of the name that begins at *at; its length, 0 at the end. */
static size_t next_part(const char **at)
{
    *at += strspn(*at, "/");
    return strcspn(*at, "/");
}

/* Where the name's mirrored part begins. */
static const char *mirrored_part(const char *name)
{
    const char *last = name;
    int whole = name[0] != '/';
    size_t n;

    for (const char *at = name; (n = next_part(&at)) > 0; at += n) {
        whole &= !(n == 2 && memcmp(at, "..", 2) == 0);
        last = at;
    }
    return whole ? name : last;
}

char *cmd_mirrored(const char *name)
{
    char *path = cmd_need(malloc(strlen(name) + 3));
    size_t at = 0, n;

    name = mirrored_part(name);
    for (; (n = next_part(&name)) > 0; name += n)
        if (n != 1 || name[0] != '.') {
            memcpy(path + at, name, n);
            at += n;
            path[at++] = '/';
        }
    path[at ? at - 1 : 0] = '\0';
    return path;
}

char *cmd_mirror_path(const char *folder, const char *name, const char *ending)
{
    const size_t size = strlen(folder) + 2 * strlen(name) + strlen(ending) + 16;
    char *path = cmd_need(malloc(size));
    size_t at = (size_t)snprintf(path, size, "%s", folder), n;
    const size_t own = at;

    name = mirrored_part(name);
    for (; (n = next_part(&name)) > 0; name += n)
        if (n != 1 || name[0] != '.')
            at += (size_t)snprintf(path + at, size - at, "/%s%.*s",
                                   name[0] == '.' ? "_" : "", (int)n, name);
    if (at == own)
        at += (size_t)snprintf(path + at, size - at, "/_");
    if (ae_format_by_ending(path + own))
        at = (size_t)(strrchr(path, '.') - path);
    snprintf(path + at, size - at, ".%s", ending);
    return path;
}

static int write_file(struct ae_ctx *ctx, const struct cmd_common *c,
                      const char *folder, char *path, const struct ae_format *f,
                      const struct ae_image *im,
                      const struct ae_write_options *o, struct ae_err *e)
{
    struct ae_io *io = NULL;

    CMD_TRY(cmd_inspect(c, path, e));
    CMD_TRY(filter_make_folders(folder, path, e));
    CMD_TRY(cmd_create_in(c, path, &io, e));
    const int rc = ae_image_write(ctx, io, f, im, NULL, o, e);
    if (!rc)
        return cmd_commit_in(c, path, io, e);
    cmd_drop(io);
    return rc;
}

/* Takes the path that an item has without --name; NULL where it has none with
 * it. */
static char *rename_output(const struct cmd_common *c, const char *folder,
                           char *path, uint64_t number, struct ae_err *e)
{
    const size_t own = strlen(folder) + 1;
    char *below = NULL, *renamed = NULL;

    if (!c->name)
        return path;
    if (!cmd_output_name(c->name, path + own, number, 1, &below, e)) {
        renamed = cmd_need(malloc(own + strlen(below) + 1));
        sprintf(renamed, "%s/%s", folder, below);
    }
    free(below);
    free(path);
    return renamed;
}

int cmd_mirror_put(struct ae_ctx *ctx, const struct cmd_common *c,
                   const char *folder, const char *name, uint64_t number,
                   const struct ae_format *f, const struct ae_image *im,
                   const struct ae_write_options *o)
{
    struct ae_err e = {0};
    char *path = rename_output(
        c, folder, cmd_mirror_path(folder, name, ae_format_ending(f)), number,
        &e);

    if (!path) {
        cmd_error(name, &e);
        return e.code;
    }
    const int rc = write_file(ctx, c, folder, path, f, im, o, &e);

    if (rc == AE_END)
        cmd_detail("%s: exists, skipped", path);
    else if (rc)
        cmd_error(path, &e);
    free(path);
    return rc;
}
