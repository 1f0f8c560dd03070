/* item_inputs.c - the inputs of a command that reads items, one after another,
 * and with --watch the files that arrive in them.  What is done with the items
 * is the caller's function. */
#include "filter.h"

void cmd_items_check_watch(struct cmd_common *c, const struct cmd_inputs *in,
                           const struct ae_selection *selection)
{
    if (!c->watch)
        return;
    if (c->files_from || c->shard || selection)
        cmd_usage("--watch excludes --files-from, --shard, --rows, --labels "
                  "and --only");
    filter_watch_check(in);
    c->recursive = 1; /* as items are read without it */
}

/* Whether an input failed, which is said. */
static int read_input(const struct cmd_item_source *s, const char *path)
{
    struct ae_err e = {0};

    cmd_item_log_start();
    const int rc = s->read(s->arg, path, &e);
    cmd_item_log_flush();
    if (rc >= 0 || (rc == AE_EINTR && cmd_is_stopped()))
        return 0;
    cmd_error(NULL, &e);
    return 1;
}

static int is_over(const struct cmd_item_source *s)
{
    return cmd_is_stopped() || (s->over && *s->over);
}

static uint64_t read_jobs(const struct cmd_item_source *s,
                          const struct filter_jobs *j)
{
    uint64_t failed = 0;

    for (size_t i = 0; i < j->count && !is_over(s); i++)
        failed += (uint64_t)read_input(s, j->job[i].in);
    return failed;
}

/* Files are read one by one, so that nothing waits for a batch to fill. */
static uint64_t watch(const struct cmd_item_source *s,
                      const struct cmd_inputs *in)
{
    struct filter run = {.c = in->c};
    struct filter_watch *w = filter_watch_open(&run, in);
    struct filter_jobs j;
    uint64_t failed = 0;

    s->options->found = s->options->several = 1;
    s->options->stop = cmd_stop_flag();
    filter_watch_first(w, &j);
    do {
        failed += read_jobs(s, &j);
        filter_jobs_release(&j);
    } while (!is_over(s) && filter_watch_next(w, &j));
    filter_watch_close(w);
    return failed + run.failed;
}

uint64_t cmd_items_read(struct cmd_inputs *in, const struct cmd_item_source *s)
{
    uint64_t failed = 0;

    if (in->c->watch)
        return watch(s, in);
    cmd_inputs_list(in);
    for (int i = 0; i < in->count && !is_over(s); i++)
        if (cmd_inputs_begin(in, i))
            failed += (uint64_t)read_input(s, cmd_input(in->name[i]));
    return failed;
}
