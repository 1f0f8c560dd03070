/* item_log.c - --log-json of the commands that read items: a line for each file
 * when all that came of it is out.
 *
 * Items come out in batches, so a file may be read to its end before its last
 * items are.  Files wait for these; an item that fails then is its file's
 * fault.  Items are counted as they come out. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

/* A file that is read. */
struct waiting {
    struct waiting *next;
    uint64_t end; /* its last item's number, from 1 */
    struct cmd_log_line line;
    struct ae_err fault;
    char path[];
};

static struct {
    const struct cmd_common *c; /* NULL: no log is wanted */
    struct waiting *first, *last;
    uint64_t read, out;  /* items so far */
    struct ae_err fault; /* of the file that is being read */
    double start;        /* of that */
} items;

static void end_first(void)
{
    struct waiting *w = items.first;

    if (w->fault.code) {
        w->line.status = CMD_LOG_FAILED;
        w->line.error = w->fault.msg;
    }
    if (w->line.status == CMD_LOG_OK)
        w->line.output = items.c->output;
    cmd_log_put(&w->line);
    items.first = w->next;
    free(w);
}

/* Those before the first one whose items aren't all out. */
static void end_files(void)
{
    while (items.first && items.first->end <= items.out)
        end_first();
}

/* All of a file is read, but its last items may not be out. */
static void take_file(void *arg, const struct ae_file_done *f)
{
    const size_t size = strlen(f->path) + 1;
    struct waiting *w = cmd_need(calloc(1, sizeof(*w) + size));
    const double now = cmd_now();

    (void)arg;
    items.read += f->items;
    memcpy(w->path, f->path, size);
    w->end = items.read;
    w->fault = f->fault ? *f->fault : items.fault;
    w->line = (struct cmd_log_line){.input = w->path,
                                    .w = f->w,
                                    .h = f->h,
                                    .seconds = now - items.start,
                                    .status = f->passed ? CMD_LOG_SKIPPED
                                                        : CMD_LOG_OK};
    items.fault.code = 0;
    items.start = now;
    if (items.first)
        items.last->next = w;
    else
        items.first = w;
    items.last = w;
    end_files();
}

void cmd_item_log_open(const struct cmd_common *c,
                       struct ae_examples_options *o)
{
    if (!c->log_json)
        return;
    items.c = c;
    items.start = cmd_now();
    o->done = take_file;
    cmd_log_open(c);
    cmd_log_begin();
}

void cmd_item_log_start(void)
{
    items.start = cmd_now();
}

void cmd_item_log_put(const struct ae_err *fault)
{
    if (!items.c)
        return;
    struct ae_err *to = items.first ? &items.first->fault : &items.fault;
    if (fault && !to->code)
        *to = *fault;
    items.out++;
    end_files();
}

void cmd_item_log_flush(void)
{
    items.out = items.read;
    end_files();
}
