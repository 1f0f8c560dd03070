/* pages.c - a file of pages with -d, where a file of the output's format
 * holds one picture: page K of STEM.EXT becomes STEM-K.EXT, each whole or
 * absent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

/* "folder/stem-K.ext". */
static char *page_name(const char *out, uint64_t k)
{
    const char *slash = strrchr(out, '/');
    const char *last = slash ? slash + 1 : out;
    const char *dot = strrchr(last, '.');
    const size_t stem = dot && dot != last ? (size_t)(dot - out) : strlen(out);
    const size_t size = strlen(out) + 24;
    char *p = cmd_need(malloc(size));

    snprintf(p, size, "%.*s-%" PRIu64 "%s", (int)stem, out, k, out + stem);
    return p;
}

/* What stands there: 0 nothing, 1 skip, else an error; also where another
 * input's output has that name. */
static int inspect(const struct batch *b, const struct batch_split *s,
                   const char *path, struct ae_err *e)
{
    for (size_t i = 0; i < s->all->count; i++)
        if (strcmp(s->all->job[i].out, path) == 0) {
            snprintf(e->msg, sizeof(e->msg), "%.400s would become it, too",
                     s->all->job[i].in);
            return e->code = AE_EARG;
        }
    return batch_inspect(b, s->all, path, e);
}

/* One page into its file; takes `path`, which is kept where it is at
 * fault. */
static int one_page(struct batch *b, struct batch_split *s,
                    struct ae_image_info *info, char *path, struct ae_err *e)
{
    struct ae_io *out = NULL;
    int err, stands = inspect(b, s, path, e), theirs = 1;

    if (stands == 1) {
        cmd_detail("%s: skipped: %s exists", ae_io_name(s->in), path);
        s->skipped++;
        free(path);
        return batch_pass(s->reader, e);
    }
    err = stands ? e->code : batch_make_folders(path, strlen(b->c->folder), e);
    ae_io_remove_temps(path);
    if (!err)
        err = cmd_create(path, &out, e);
    if (!err) {
        info->item = info->items = 0; /* alone in its file */
        err = batch_one(b, s->reader, info, out, path, ae_io_name(s->in), e);
        theirs = !err || ae_io_broken(out);
        if (!err)
            err = cmd_commit(out, e);
        else
            cmd_drop(out);
    }
    if (!err)
        s->done++;
    if (err && theirs)
        s->failed = path;
    else
        free(path);
    return err;
}

int batch_pages(struct batch *b, struct batch_split *s, struct ae_err *e)
{
    int err = 0;

    while (!err) {
        struct ae_image_info info = *ae_reader_info(s->reader);
        const uint64_t page = info.item + 1;
        int wanted;
        err = batch_select(b, &info, &wanted, e);
        if (!err)
            err = wanted ? one_page(b, s, &info, page_name(s->out, page), e)
                         : batch_pass(s->reader, e);
        ae_reader_free(s->reader);
        s->reader = NULL;
        if (!err)
            err = ae_reader_open(b->ctx, s->in, 0, &s->reader, e);
    }
    return err == AE_END ? 0 : err;
}
