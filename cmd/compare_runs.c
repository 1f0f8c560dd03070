/* compare_runs.c - ae-compare --runs: the best of each run as a row, and all of
 * them on a page. */
#include <stdio.h>

#include "compare.h"

static void print_run(enum cmd_style style, const struct ae_run_facts *f,
                      int first)
{
    const struct cmd_cell cell[] = {{.key = "best", .value = f->best},
                                    {.key = "at", .value = f->at},
                                    {.key = "steps", .value = f->steps},
                                    {.key = "loss", .value = f->loss},
                                    {.key = "seconds", .value = f->seconds}};

    if (first)
        cmd_table_head(style, cell, 5);
    cmd_table_row(style, f->name, cell, 5);
}

static int write_page(const struct ae_runs *r, const char *path)
{
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    int rc = cmd_create(path, &io, &e);

    if (!rc)
        rc = ae_runs_page(r, "Runs", io, &e);
    if (!rc)
        rc = cmd_commit(io, &e);
    else if (io)
        cmd_drop(io);
    if (rc)
        cmd_error(path, &e);
    return rc ? CMD_FAILED : CMD_OK;
}

int cmd_compare_runs(char *const *path, int count, enum cmd_style style,
                     const char *html)
{
    struct ae_runs *runs = NULL;
    struct ae_err e = {0};
    int status = CMD_OK, n = 0;

    if (ae_runs_new(&runs, &e))
        cmd_die(CMD_FAILED, "%s", e.msg);
    for (int i = 0; i < count; i++) {
        struct ae_run_facts facts;
        if (ae_runs_add(runs, path[i], &e)) {
            cmd_error(NULL, &e);
            status = CMD_FAILED;
            continue;
        }
        ae_runs_facts(runs, (size_t)n, &facts);
        print_run(style, &facts, n++ == 0);
    }
    if (n && html && write_page(runs, html))
        status = CMD_FAILED;
    ae_runs_free(runs);
    return status;
}
