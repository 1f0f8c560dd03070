/* folder.c - image to image with -d: an output for each input.
 *
 * Small images are done together: several inputs and outputs are open at
 * once, the images are one batch, and the outputs are synced together.  Of
 * larger ones the next inputs are read, and the last outputs encoded and
 * synced, by other threads (side.c) while one goes through the net.  What has
 * to do with names - looking, creating, renaming, counting - is done by the
 * main thread alone and in order; so are messages and failures, which are
 * those of one input after another. */
#include <stdlib.h>
#include <string.h>

#include "folder.h"

enum {
    MOST = CMD_OUTPUTS, /* inputs that are done together */
    AHEAD = 32,         /* inputs that are read ahead, at most */
    AT_ONCE = 3         /* files without -j: read, in the net, written */
};

/* Inputs that are done together, which often is one. */
struct group {
    struct opened *of[MOST];
    int count, ready;
    struct cmd_task task; /* that writes the outputs */
    struct group *next;   /* begun after it */
};

struct jobs {
    struct filter *run;
    const struct filter_jobs *all;
    struct side side;
    struct group *now;             /* collects inputs */
    struct group *oldest, *newest; /* whose outputs are written */
    int writing;                   /* groups from `oldest` on */
    struct opened *ahead[AHEAD];   /* by the job's place */
    size_t begun;                  /* jobs up to here are */
};

static struct group *new_group(void)
{
    return cmd_need(calloc(1, sizeof(struct group)));
}

/* ---------------------------------------------------------------- saying */

/* What is said next is of this input: at once where all before it have been
 * reported, else later. */
static void speak_of(const struct jobs *j, struct opened *g)
{
    const int first = !j->writing && j->now->of[0] == g;

    if (first)
        cmd_said_show(&g->said);
    cmd_say_later(first ? NULL : &g->said);
}

/* --------------------------------------------------- after the net is done */

/* Those of a group that have one output, whole so far, and that; how many. */
static int list_ready(const struct group *group, struct opened **of,
                      struct ae_io **out)
{
    int n = 0;

    for (int i = 0; i < group->count; i++) {
        struct opened *g = group->of[i];
        if (g->outcome == READY && !g->splits) {
            of[n] = g;
            out[n++] = g->out;
        }
    }
    return n;
}

/* Finishes and syncs the outputs of a group, as a task. */
static void write_task(void *arg)
{
    const struct group *group = arg;
    struct opened *of[MOST];
    struct ae_io *out[MOST] = {NULL};
    struct ae_err e[MOST];

    for (int i = 0; i < group->count; i++) {
        struct opened *g = group->of[i];
        const double start = cmd_now();
        cmd_say_aside(&g->said);
        if (g->outcome == READY && g->later)
            opened_check(g, ae_writer_finish(g->writer, &g->e));
        cmd_say_aside(NULL);
        g->seconds += g->later ? cmd_now() - start : 0;
    }
    const int n = list_ready(group, of, out);
    ae_io_sync_all(out, n, e);
    for (int i = 0; i < n; i++)
        if (e[i].code) {
            of[i]->e = e[i];
            of[i]->outcome = FAILED;
            of[i]->where = of[i]->job->out;
        }
}

/* Commits the outputs, which become files. */
static void commit_outputs(struct filter *run, struct group *group)
{
    struct opened *of[MOST];
    struct ae_io *out[MOST] = {NULL};
    struct ae_err e[MOST];
    const int n = list_ready(group, of, out);

    for (int i = 0; i < group->count; i++) {
        const struct opened *g = group->of[i];
        if (g->out && (g->outcome != READY || g->splits))
            cmd_drop(g->out);
    }
    cmd_commit_all(out, n, e);
    for (int i = 0; i < n; i++)
        opened_check_commit(run, of[i], &e[i]);
}

/* Waits for the oldest group, commits its outputs and says what came of it. */
static void retire_oldest(struct jobs *j)
{
    struct group *group = j->oldest;

    cmd_side_wait(&group->task);
    for (int i = 0; i < group->count; i++)
        opened_close(group->of[i]);
    commit_outputs(j->run, group);
    cmd_say_later(NULL);
    for (int i = 0; i < group->count; i++) {
        cmd_said_show(&group->of[i]->said);
        opened_report(j->run, group->of[i]);
        opened_free(group->of[i]);
    }
    j->oldest = group->next;
    j->writing--;
    free(group);
}

static void retire_all(struct jobs *j)
{
    while (j->writing)
        retire_oldest(j);
}

/* The outputs of the present group are written while others are collected. */
static void write_group(struct jobs *j)
{
    struct group *group = j->now;

    if (!group->count)
        return;
    if (j->writing)
        j->newest->next = group;
    else
        j->oldest = group;
    j->newest = group;
    j->writing++;
    cmd_say_later(NULL);
    cmd_side_put(&group->task, write_task, group);
    j->now = new_group();
    while (j->writing > j->side.writing)
        retire_oldest(j);
}

/* --------------------------------------------------------- through the net */

/* How many images like this one may be done at once. */
static int batch_size(const struct filter *run, const struct opened *g)
{
    if (!run->work->batch_hint || run->selection || g->outcome != READY ||
        g->splits)
        return 1;
    const int n = run->work->batch_hint(run->work->arg, &g->info);
    return n < MOST ? n : MOST;
}

/* Does the first images of all inputs that are ready, at once. */
static void do_many(struct jobs *j)
{
    struct ae_denoise_item item[MOST];
    struct opened *of[MOST];
    struct filter *run = j->run;
    const double start = cmd_now();
    int n = 0;

    for (int i = 0; i < j->now->count; i++) {
        struct opened *g = j->now->of[i];
        if (g->outcome != READY)
            continue;
        speak_of(j, g);
        opened_check(g, filter_open_writer(run, g->reader, &g->info, g->out,
                                           g->job->out, &g->writer, &g->e));
        if (g->outcome != READY)
            continue;
        run->index++;
        g->images++;
        of[n] = g;
        item[n++] = (struct ae_denoise_item){.reader = g->reader,
                                             .writer = g->writer};
    }
    if (n > 0)
        run->work->many(run->work->arg, item, n);
    for (int i = 0; i < n; i++) {
        of[i]->found = item[i].found;
        of[i]->seconds += (cmd_now() - start) / n;
        of[i]->e = item[i].e;
        opened_check(of[i], item[i].rc);
    }
}

/* Closes what was read ahead, from the job at `from` on. */
static void drop_ahead(struct jobs *j, size_t from)
{
    for (; j->begun > from; j->begun--) {
        struct opened *g = j->ahead[(j->begun - 1) % AHEAD];
        cmd_side_wait(&g->task);
        opened_free(g);
    }
}

/* Does one that didn't fit the memory beside what waits. */
static void do_by_itself(struct jobs *j, struct opened *g)
{
    retire_all(j);
    drop_ahead(j, (size_t)(g->job - j->all->job) + 1);
    ae_ctx_reserve(j->run->ctx, 0);
    speak_of(j, g);
    opened_again(j->run, g);
    if (g->outcome == READY)
        opened_do_rest(j->run, j->all, g);
    ae_ctx_reserve(j->run->ctx, j->side.memory);
}

static void do_alone(struct jobs *j, struct opened *g)
{
    speak_of(j, g);
    if (j->side.ctx && !g->splits && opened_do_first(j->run, g) == AE_EMEM)
        do_by_itself(j, g);
    else if (g->outcome == READY && !g->later)
        opened_do_rest(j->run, j->all, g);
}

/* Takes the images of the present group through the net. */
static void end_group(struct jobs *j)
{
    struct group *group = j->now;
    const int many = group->ready > 0 && !group->of[group->count - 1]->alone;

    if (many)
        do_many(j);
    for (int i = 0; i < group->count; i++) {
        struct opened *g = group->of[i];
        if (g->outcome != READY)
            continue;
        if (!many) {
            do_alone(j, g);
        } else {
            speak_of(j, g);
            opened_do_rest(j->run, j->all, g);
        }
    }
    write_group(j);
}

/* ------------------------------------------------------------------ groups */

/* Whether both images fit one batch. */
static int alike(const struct ae_image_info *a, const struct ae_image_info *b)
{
    return a->h == b->h && a->w == b->w && a->channels == b->channels &&
           a->alpha == b->alpha;
}

static const struct opened *first_ready(const struct group *group)
{
    int i = 0;

    while (group->of[i]->outcome != READY)
        i++;
    return group->of[i];
}

/* Ends all but the last one. */
static void end_others(struct jobs *j)
{
    struct opened *last = j->now->of[--j->now->count];

    j->now->ready--;
    end_group(j);
    j->now->of[0] = last;
    j->now->count = j->now->ready = 1;
}

static int has_file(const struct group *group, const struct opened *g)
{
    for (int i = 0; i < group->count; i++)
        if (group->of[i]->ino == g->ino && group->of[i]->dev == g->dev)
            return 1;
    return 0;
}

/* Whether an output under way is to replace the same file by another name, of
 * which only the first one may. */
static int is_under_way(const struct jobs *j, struct opened *g)
{
    struct stat st;
    int found = 0;

    if (stat(g->job->out, &st))
        return 0;
    g->dev = st.st_dev;
    g->ino = st.st_ino;
    for (const struct group *p = j->writing ? j->oldest : NULL; p; p = p->next)
        found |= has_file(p, g);
    return found || has_file(j->now, g);
}

static void run_job(struct jobs *j, struct opened *g)
{
    if (is_under_way(j, g)) {
        end_group(j);
        retire_all(j);
    }
    j->now->of[j->now->count++] = g;
    speak_of(j, g);
    opened_take(j->run, g);
    const int most = batch_size(j->run, g), ready = g->outcome == READY;

    j->now->ready += ready;
    g->alone = ready && most == 1;
    if (ready && j->now->ready > 1 &&
        (g->alone || !alike(&g->info, &first_ready(j->now)->info)))
        end_others(j);
    if (j->now->count == MOST || j->run->c->fail_fast ||
        (ready && j->now->ready >= most))
        end_group(j);
}

/* -------------------------------------------------------------------- jobs */

static int is_over(const struct filter *run)
{
    return (run->failed && run->c->fail_fast) || cmd_is_stopped();
}

/* Whether another run is at this output, which need not be made twice. */
static int is_busy(const struct filter *run, const struct filter_job *job)
{
    return run->c->existing == CMD_SKIP && !run->selection &&
           ae_io_has_writer(job->out, 0);
}

/* Job i, which was read ahead; those behind it begin to be. */
static struct opened *next_opened(struct jobs *j, size_t i)
{
    const size_t last = i + (size_t)j->side.reading;

    for (; j->begun <= last && j->begun < j->all->count; j->begun++)
        j->ahead[j->begun % AHEAD] = opened_begin(j->run, &j->side,
                                                  &j->all->job[j->begun]);
    struct opened *g = j->ahead[i % AHEAD];
    cmd_side_wait(&g->task);
    return g;
}

/* Those that another run is at come last, when it has ended with them: it may
 * have failed. */
static void run_jobs(struct jobs *j)
{
    static const struct side none;
    const struct filter_jobs *all = j->all;
    size_t *busy = cmd_need(malloc((all->count + 1) * sizeof(*busy))), n = 0;
    size_t i;

    for (i = 0; i < all->count && !is_over(j->run); i++) {
        struct opened *g = next_opened(j, i);
        if (is_busy(j->run, &all->job[i])) {
            opened_free(g);
            busy[n++] = i;
        } else {
            run_job(j, g);
        }
    }
    drop_ahead(j, i);
    end_group(j);
    retire_all(j);
    for (i = 0; i < n && !is_over(j->run); i++) {
        const struct filter_job *job = &all->job[busy[i]];
        ae_io_has_writer(job->out, 1);
        run_job(j, opened_begin(j->run, &none, job));
        end_group(j);
        retire_all(j);
    }
    free(busy);
}

/* Starts threads for all that is done beside the net, where there are two
 * inputs and their order isn't needed. */
static void start_side(struct jobs *j)
{
    enum { SHARE = 8 }; /* of the memory */
    const struct cmd_common *c = j->run->c;
    const int files = c->jobs ? c->jobs : AT_ONCE;
    struct side *s = &j->side;

    if (files < 2 || (j->all->count < 2 && !c->watch) || c->fail_fast ||
        j->run->selection || !cmd_side_start(files - 1))
        return;
    s->reading = files / 2;
    s->writing = (files - 1) / 2;
    s->memory = c->memory / SHARE;
    s->each = s->memory / (uint64_t)(files + 1);
    s->ctx = cmd_side_context(c, s->each);
    s->main = j->run->ctx;
    s->in_place = c->in_place != NULL;
    ae_ctx_reserve(j->run->ctx, s->memory);
}

static void end_side(struct jobs *j)
{
    if (!j->side.ctx)
        return;
    cmd_side_stop();
    ae_ctx_free(j->side.ctx);
    ae_ctx_reserve(j->run->ctx, 0);
}

void filter_to_folder(struct filter *run, const struct cmd_inputs *in)
{
    struct filter_jobs all;
    struct jobs j = {.run = run, .all = &all};
    struct filter_watch *watch = NULL;

    if (run->c->output)
        cmd_usage("-o and -d exclude each other");
    if (run->c->watch)
        watch = filter_watch_open(run, in);
    filter_jobs_find(&all, run->ctx, run->c, watch, in);
    cmd_log_begin();
    /* nobody knows how many will be seen */
    run->places = run->c->watch ? UINT32_MAX : all.total;
    run->ignored = all.ignored;
    run->failed = run->faults = all.failed;
    run->inputs = all.count + all.ignored + all.failed;
    j.now = new_group();
    start_side(&j);
    run_jobs(&j);
    while (watch && !is_over(run)) {
        run->name = NULL; /* it was a job's */
        filter_jobs_release(&all);
        if (!filter_watch_next(watch, &all))
            break;
        j.begun = 0;
        run_jobs(&j);
    }
    filter_watch_close(watch);
    end_side(&j);
    free(j.now);
    filter_jobs_release(&all);
}
