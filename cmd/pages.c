/* pages.c - a file of pages with -d, where a file of the output's format
 * holds one picture: page K of STEM.EXT becomes STEM-K.EXT, unless --name says
 * otherwise, each whole or absent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

/* The path that --name's {page} gives a page. */
static char *named_page(const struct cmd_common *c, const struct filter_job *j,
                        uint64_t k)
{
    struct ae_err e = {0};
    char *below, *p;

    if (cmd_output_name(c->name, j->plain, j->number, k, &below, &e))
        cmd_usage("%s: %s", j->in,
                  e.msg); /* page 1's name was fine, so is k's */
    p = cmd_need(malloc(strlen(c->folder) + strlen(below) + 2));
    sprintf(p, "%s/%s", c->folder, below);
    free(below);
    return p;
}

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

/* As cmd_inspect(); an error also where another input's output has that
 * name. */
static int inspect_page(const struct filter *run, const struct filter_split *s,
                        const char *path, struct ae_err *e)
{
    const struct filter_job *other = filter_find_output(s->all, path);

    if (!other || other == s->job)
        return cmd_inspect(run->c, path, e);
    snprintf(e->msg, sizeof(e->msg), "%.400s would become it, too", other->in);
    return e->code = AE_EARG;
}

/* Counts a page whose file exists; `read`: the page was read to its end. */
static int skip_page(struct filter_split *s, const char *path, int read,
                     struct ae_err *e)
{
    cmd_detail("%s: skipped: %s exists", ae_io_name(s->in), path);
    s->skipped++;
    return read ? 0 : filter_skip_image(s->reader, e);
}

/* Writes one page into a file at `path`; *theirs: a fault is that file's. */
static int write_page(struct filter *run, struct filter_split *s,
                      struct ae_image_info *info, char *path, int *theirs,
                      struct ae_err *e)
{
    struct ae_io *out = NULL;

    *theirs = 1;
    CMD_TRY(filter_make_folders(run->c->folder, path, e));
    int rc = cmd_create_in(run->c, path, &out, e);
    if (rc)
        return rc == AE_END ? skip_page(s, path, 0, e) : rc;
    info->item = info->items = 0; /* by itself in its file */
    rc = filter_image(run, s->reader, info, out, path, ae_io_name(s->in), e);
    if (rc) {
        *theirs = ae_io_broken(out);
        cmd_drop(out);
        return rc;
    }
    rc = cmd_commit_in(run->c, path, out, e);
    s->done += !rc;
    return rc == AE_END ? skip_page(s, path, 1, e) : rc;
}

/* Takes `path`, which is kept where the fault is its file's. */
static int one_page(struct filter *run, struct filter_split *s,
                    struct ae_image_info *info, char *path, struct ae_err *e)
{
    const int stands = inspect_page(run, s, path, e);
    int theirs = 1, rc = stands;

    if (stands == AE_END)
        rc = skip_page(s, path, theirs = 0, e);
    else
        ae_io_remove_temps(path);
    if (!stands)
        rc = write_page(run, s, info, path, &theirs, e);
    if (rc && theirs)
        s->failed = path;
    else if (!rc && !s->first)
        s->first = path;
    else
        free(path);
    return rc;
}

/* Writes the next page, where it is wanted. */
static int next_page(struct filter *run, struct filter_split *s,
                     struct ae_err *e)
{
    struct ae_image_info info = *ae_reader_info(s->reader);
    const uint64_t page = info.item + 1;
    int wanted;

    CMD_TRY(filter_select(run, &info, &wanted, e));
    if (!wanted)
        return filter_skip_image(s->reader, e);
    char *path = cmd_names_pages(run->c->name)
                     ? named_page(run->c, s->job, page)
                     : page_name(s->job->out, page);
    return one_page(run, s, &info, path, e);
}

int filter_pages(struct filter *run, struct filter_split *s, struct ae_err *e)
{
    int rc = 0;

    while (!rc) {
        rc = next_page(run, s, e);
        ae_reader_free(s->reader);
        s->reader = NULL;
        if (!rc)
            rc = ae_reader_open(run->ctx, s->in, 0, &s->reader, e);
    }
    return rc == AE_END ? 0 : rc;
}
