/* watch.c - folders in which files arrive, for --watch.
 *
 * The system tells of files that were closed after writing or moved in
 * (inotify), and of new folders, which are then listed; where it lost count,
 * all is listed again.  So a file may be heard of more than once: one whose
 * state hasn't changed since it was taken isn't taken again, and neither are
 * hidden files, under which programs write what is on its way, the folder of
 * the outputs, and what is gone again.  Only files that are still there are
 * remembered, so that memory doesn't grow with all that ever came. */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

#ifdef __linux__
#include <sys/inotify.h>
#include <unistd.h>

/* A folder that is watched, by its descriptor. */
struct place {
    char *in, *below; /* NULL: none */
    size_t root;
    int depth;
};

/* A file that was taken, and what it became. */
struct taken {
    struct taken *next, *before;
    char *in, *out;
    ino_t ino;
    off_t size;
    struct timespec changed;
};

struct filter_watch {
    struct filter *run;
    const struct cmd_common *c;
    const struct cmd_inputs *roots;
    int fd;
    struct place *place;
    int places, watched;
    struct taken *first;
    void *by_in, *by_out; /* trees of them */
    uint64_t number;      /* inputs so far */
    int lost;             /* all is to be listed again */
    int left;             /* a folder went, with all in it */
};

/* --------------------------------------------------------- what was taken */

static int by_in(const void *a, const void *b)
{
    return strcmp(((const struct taken *)a)->in, ((const struct taken *)b)->in);
}

static int by_out(const void *a, const void *b)
{
    return strcmp(((const struct taken *)a)->out,
                  ((const struct taken *)b)->out);
}

/* The entry of a job's input, which is added where it is new. */
static struct taken *find_taken(struct filter_watch *w,
                                const struct filter_job *job)
{
    const struct taken key = {.in = job->in};
    struct taken *const *at = tfind(&key, &w->by_in, by_in);

    if (at)
        return *at;
    struct taken *t = cmd_need(calloc(1, sizeof(*t)));
    t->in = cmd_copy(job->in);
    t->next = w->first;
    if (t->next)
        t->next->before = t;
    w->first = t;
    cmd_need(tsearch(t, &w->by_in, by_in));
    return t;
}

static void forget(struct filter_watch *w, struct taken *t)
{
    struct taken *const *at = t->out ? tfind(t, &w->by_out, by_out) : NULL;

    if (at && *at == t) /* not another one's that was there before */
        tdelete(t, &w->by_out, by_out);
    tdelete(t, &w->by_in, by_in);
    if (t->before)
        t->before->next = t->next;
    else
        w->first = t->next;
    if (t->next)
        t->next->before = t->before;
    free(t->in);
    free(t->out);
    free(t);
}

static int is_gone(const char *path)
{
    struct stat st;

    return lstat(path, &st) != 0;
}

/* What went away; what has come back since is as it was. */
static void forget_file(struct filter_watch *w, char *path)
{
    const struct taken key = {.in = path};
    struct taken *const *at = tfind(&key, &w->by_in, by_in);

    if (at && is_gone(path))
        forget(w, *at);
}

static void forget_gone(struct filter_watch *w)
{
    for (struct taken *t = w->first, *next; t; t = next) {
        next = t->next;
        if (is_gone(t->in))
            forget(w, t);
    }
}

/* Whether the file is there, in another state than the one in which it was
 * taken before. */
static int is_news(struct filter_watch *w, const struct filter_job *job)
{
    struct taken *t;
    struct stat st;

    if (stat(job->in, &st))
        return 0;
    t = find_taken(w, job);
    if (t->ino == st.st_ino && t->size == st.st_size &&
        t->changed.tv_sec == st.st_mtim.tv_sec &&
        t->changed.tv_nsec == st.st_mtim.tv_nsec)
        return 0;
    t->ino = st.st_ino;
    t->size = st.st_size;
    t->changed = st.st_mtim;
    return 1;
}

/* Another input that has become the job's output, or will; NULL: none. */
static const char *find_twin(struct filter_watch *w,
                             const struct filter_job *job)
{
    struct taken *t = find_taken(w, job), **at;

    if (!t->out)
        t->out = cmd_copy(job->out);
    at = cmd_need(tsearch(t, &w->by_out, by_out));
    return *at == t ? NULL : (*at)->in;
}

/* ----------------------------------------------------------------- folders */

static void forget_place(struct filter_watch *w, int i)
{
    free(w->place[i].in);
    free(w->place[i].below);
    w->watched -= w->place[i].in != NULL;
    w->place[i] = (struct place){0};
}

static void enter_folder(void *arg, const struct filter_jobs *j, const char *in,
                         const char *below, int depth)
{
    struct filter_watch *w = arg;
    const int i = inotify_add_watch(w->fd, in,
                                    IN_ONLYDIR | IN_CLOSE_WRITE | IN_MOVED_TO |
                                        IN_CREATE | IN_MOVED_FROM | IN_DELETE);

    if (i < 0) {
        cmd_warn("%s: can't be watched: %s", in, strerror(errno));
        return;
    }
    if (i >= w->places) {
        const int n = 2 * i + 16;
        w->place = cmd_need(realloc(w->place, (size_t)n * sizeof(*w->place)));
        memset(w->place + w->places, 0,
               (size_t)(n - w->places) * sizeof(*w->place));
        w->places = n;
    }
    forget_place(w, i);
    w->place[i] = (struct place){cmd_copy(in), cmd_copy(below), j->root, depth};
    w->watched++;
}

/* A folder that was moved away isn't watched any more, nor what it holds. */
static void leave_folder(struct filter_watch *w, const char *in,
                         const char *name)
{
    const size_t n = strlen(in);

    for (int i = 0; i < w->places; i++) {
        const char *path = w->place[i].in;
        if (!path || strncmp(path, in, n) != 0)
            continue;
        path += n + strspn(path + n, "/");
        const size_t k = strlen(name);
        if (strncmp(path, name, k) == 0 && (path[k] == '/' || !path[k]))
            inotify_rm_watch(w->fd, i);
    }
}

void filter_watch_check(const struct cmd_inputs *roots)
{
    const char *folder = roots->c->folder;
    struct stat own, st;

    for (int i = 0; i < roots->count; i++) {
        if (stat(roots->name[i], &st) || !S_ISDIR(st.st_mode))
            cmd_usage("--watch: %s: isn't a folder", roots->name[i]);
        if (folder && stat(folder, &own) == 0 && own.st_dev == st.st_dev &&
            own.st_ino == st.st_ino)
            cmd_usage("--watch: %s: the outputs would arrive there",
                      roots->name[i]);
    }
}

struct filter_watch *filter_watch_open(struct filter *run,
                                       const struct cmd_inputs *roots)
{
    const struct cmd_common *c = run->c;
    struct filter_watch *w = cmd_need(calloc(1, sizeof(*w)));

    if (c->folder)
        cmd_make_folder(c->folder);
    filter_watch_check(roots);
    w->run = run;
    w->c = c;
    w->roots = roots;
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->fd < 0)
        cmd_die(CMD_USAGE, "--watch: nothing can be watched: %s",
                strerror(errno));
    cmd_stop_softly();
    return w;
}

void filter_watch_close(struct filter_watch *w)
{
    if (!w)
        return;
    while (w->first)
        forget(w, w->first);
    for (int i = 0; i < w->places; i++)
        forget_place(w, i);
    free(w->place);
    close(w->fd);
    free(w);
}

/* ------------------------------------------------------------------ events */

/* What has come is taken, unless it is gone again, or went with its folder,
 * which is nobody's business; what has gone is forgotten. */
static void take_name(struct filter_watch *w, struct filter_jobs *j,
                      const struct place *p, const char *name, int came)
{
    /* a folder that is entered may move the places */
    const struct place at = {cmd_copy(p->in), cmd_copy(p->below), p->root,
                             p->depth};
    char *path = filter_join(at.in, name);

    j->root = at.root;
    if (!came)
        forget_file(w, path);
    else if (!is_gone(path))
        filter_add_entry(j, at.in, at.below, name, at.depth);
    free(path);
    free(at.in);
    free(at.below);
}

static void take_file(struct filter_watch *w, struct filter_jobs *j,
                      const struct place *p, const struct inotify_event *v)
{
    const int went = (v->mask & (IN_MOVED_FROM | IN_DELETE)) != 0;

    if (went || (v->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)))
        take_name(w, j, p, v->name, !went);
}

static void take_folder(struct filter_watch *w, struct filter_jobs *j,
                        const struct place *p, const struct inotify_event *v)
{
    if (v->mask & IN_MOVED_FROM)
        leave_folder(w, p->in, v->name);
    w->left |= (v->mask & IN_MOVED_FROM) != 0;
    if (w->c->recursive && (v->mask & (IN_CREATE | IN_MOVED_TO)))
        take_name(w, j, p, v->name, 1);
}

static void take_event(struct filter_watch *w, struct filter_jobs *j,
                       const struct inotify_event *v)
{
    w->lost |= (v->mask & IN_Q_OVERFLOW) != 0;
    if (v->wd < 0 || v->wd >= w->places || !w->place[v->wd].in)
        return;
    const struct place *p = &w->place[v->wd];
    if (v->mask & IN_IGNORED)
        forget_place(w, v->wd);
    else if (v->len == 0)
        return;
    else if (!(v->mask & IN_ISDIR))
        take_file(w, j, p, v);
    else
        take_folder(w, j, p, v);
}

static void add_roots(struct filter_watch *w, struct filter_jobs *j)
{
    for (int i = 0; i < w->roots->count; i++)
        filter_add_input(j, w->roots->name[i], 0);
}

static void take_events(struct filter_watch *w, struct filter_jobs *j)
{
    union {
        struct inotify_event first; /* for its alignment */
        char bytes[16384];
    } buf;
    ssize_t n;

    while ((n = read(w->fd, buf.bytes, sizeof(buf.bytes))) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *v = (const void *)(buf.bytes + at);
            take_event(w, j, v);
            at += (ssize_t)(sizeof(*v) + v->len);
        }
    if (w->lost || w->left)
        forget_gone(w);
    if (w->lost) {
        cmd_note("--watch: more arrived than could be counted: all is listed "
                 "again");
        add_roots(w, j);
    }
    w->lost = w->left = 0;
}

static void refuse_twin(struct filter *run, const struct filter_job *job,
                        const char *twin)
{
    struct ae_err e = {.code = AE_EARG};

    snprintf(e.msg, sizeof(e.msg), "%.200s would become %.200s, too", twin,
             job->out);
    filter_fault(run, job->in, &e);
    cmd_log_fail(job->in, &e);
    run->failed++;
    run->inputs++;
}

/* Only what is news is done, and not what would become another's output. */
static int wants(void *arg, const struct filter_job *job, int has_output)
{
    struct filter_watch *w = arg;

    if (!has_output)
        return is_news(w, job);
    const char *twin = find_twin(w, job);
    if (twin)
        refuse_twin(w->run, job, twin);
    return !twin;
}

void filter_watch_begin(struct filter_watch *w, struct filter_jobs *j)
{
    j->enter = enter_folder;
    j->enter_arg = w;
}

void filter_watch_take(struct filter_watch *w, const struct filter_jobs *j)
{
    for (size_t i = 0; i < j->count; i++) {
        is_news(w, &j->job[i]);
        find_twin(w, &j->job[i]);
    }
    w->number = j->total;
}

static void count(struct filter *run, const struct filter_jobs *j)
{
    run->ignored += j->ignored;
    run->failed += j->failed;
    run->faults += j->failed;
    run->inputs += j->count + j->ignored + j->failed;
}

/* What `find` adds to the jobs, without that which is no news. */
static void list_news(struct filter_watch *w, struct filter_jobs *j,
                      void (*find)(struct filter_watch *w,
                                   struct filter_jobs *j))
{
    filter_jobs_begin(j, w->c);
    filter_watch_begin(w, j);
    find(w, j);
    filter_jobs_settle(j, w->number, wants, w);
    w->number += j->total;
    count(w->run, j);
}

void filter_watch_first(struct filter_watch *w, struct filter_jobs *j)
{
    list_news(w, j, add_roots);
}

int filter_watch_next(struct filter_watch *w, struct filter_jobs *j)
{
    for (;;) {
        if (!w->watched)
            cmd_note("--watch: no folder is left");
        if (!w->watched || !cmd_wait_for(w->fd))
            return 0;
        list_news(w, j, take_events);
        if (j->count)
            return 1;
        filter_jobs_release(j);
    }
}

#else /* nothing else tells of arrivals in a portable way */

void filter_watch_check(const struct cmd_inputs *roots)
{
    (void)roots;
}

struct filter_watch *filter_watch_open(struct filter *run,
                                       const struct cmd_inputs *roots)
{
    (void)run;
    (void)roots;
    cmd_usage("--watch needs inotify, which is Linux's");
}

void filter_watch_begin(struct filter_watch *w, struct filter_jobs *j)
{
    (void)w;
    (void)j;
}

void filter_watch_take(struct filter_watch *w, const struct filter_jobs *j)
{
    (void)w;
    (void)j;
}

void filter_watch_first(struct filter_watch *w, struct filter_jobs *j)
{
    (void)w;
    (void)j;
}

int filter_watch_next(struct filter_watch *w, struct filter_jobs *j)
{
    (void)w;
    (void)j;
    return 0;
}

void filter_watch_close(struct filter_watch *w)
{
    (void)w;
}

#endif
