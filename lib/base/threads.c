/* threads.c - one pool, one primitive.
 *
 * A job lives on its caller's stack.  Workers enter it under the pool's lock
 * and are counted; the caller closes the job and leaves when the count is
 * back to zero, so a late worker can never touch a finished job.  Between
 * jobs a worker spins for some microseconds, then sleeps. */
#include "base/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

enum { SPIN = 4000 };           /* some 20 us: an operator's gap to the next */

struct job {
    ae_task_fn *fn;
    void *arg;
    int n;
    atomic_int next;
};

struct worker {
    struct ae_pool *pool;
    pthread_t id;
    int index;                  /* 1..threads-1; 0 is the caller */
};

struct ae_pool {
    int threads, started, spin;
    pid_t pid;                  /* a forked child has no workers */
    struct worker *workers;
    pthread_mutex_t submit;     /* one job at a time */
    pthread_mutex_t lock;       /* guards what follows */
    pthread_cond_t wake, idle;
    struct job *job;
    int quit;
    atomic_uint round;          /* counts jobs; spun on without the lock */
    atomic_int inside;          /* workers in the job; changed under lock */
};

/* The pool and worker whose task this thread is running. */
static _Thread_local const struct ae_pool *inside_pool;
static _Thread_local int inside_task, inside_thread;

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("pause");
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void run_tasks(struct job *j, const struct ae_pool *p, int thread)
{
    inside_pool = p;
    inside_thread = thread;
    inside_task = 1;
    for (;;) {
        int i = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        if (i >= j->n)
            break;
        j->fn(j->arg, i, thread);
    }
    inside_task = 0;
    inside_pool = NULL;
}

static void *work(void *arg)
{
    const struct worker *w = arg;
    struct ae_pool *p = w->pool;
    unsigned seen = 0;

    for (;;) {
        for (int i = 0; i < p->spin && atomic_load(&p->round) == seen; i++)
            relax();
        pthread_mutex_lock(&p->lock);
        while (!p->quit && atomic_load(&p->round) == seen)
            pthread_cond_wait(&p->wake, &p->lock);
        seen = atomic_load(&p->round);
        struct job *j = p->job;
        int quit = p->quit;
        if (j)
            atomic_fetch_add(&p->inside, 1);
        pthread_mutex_unlock(&p->lock);
        if (quit)
            return NULL;
        if (j == NULL)
            continue;
        run_tasks(j, p, w->index);
        pthread_mutex_lock(&p->lock);
        if (atomic_fetch_sub(&p->inside, 1) == 1)
            pthread_cond_signal(&p->idle);
        pthread_mutex_unlock(&p->lock);
    }
}

/* Signals belong to the program's own threads, but for the one that a write
 * to a closed pipe brings upon its thread. */
static int create(pthread_t *id, void *(*fn)(void *), void *arg)
{
    sigset_t all, before;

    sigfillset(&all);
    sigdelset(&all, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(id, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

int ae_pool_new(int threads, struct ae_pool **out, struct ae_err *e)
{
    *out = NULL;
    if (threads < 1 || threads > 4096)
        return ae_fail(e, AE_EARG, "%d threads: outside 1..4096", threads);
    struct ae_pool *p = ae_alloc(1, sizeof(*p), e);
    if (p == NULL)
        return AE_EMEM;
    p->threads = threads;
    p->spin = threads <= (int)sysconf(_SC_NPROCESSORS_ONLN) ? SPIN : 0;
    p->pid = getpid();
    pthread_mutex_init(&p->submit, NULL);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->idle, NULL);
    p->workers = ae_alloc((size_t)threads, sizeof(*p->workers), e);
    if (p->workers == NULL) {
        ae_pool_free(p);
        return AE_EMEM;
    }
    for (int i = 1; i < threads; i++) {
        struct worker *w = &p->workers[i];
        *w = (struct worker){.pool = p, .index = i};
        int err = create(&w->id, work, w);
        if (err) {
            ae_pool_free(p);
            return ae_fail(e, AE_EMEM, "thread %d of %d can't be started "
                           "(error %d)", i + 1, threads, err);
        }
        p->started = i;
    }
    *out = p;
    return 0;
}

void ae_pool_free(struct ae_pool *p)
{
    if (p == NULL)
        return;
    if (p->pid == getpid()) {
        pthread_mutex_lock(&p->lock);
        p->quit = 1;
        pthread_cond_broadcast(&p->wake);
        atomic_fetch_add(&p->round, 1);
        pthread_mutex_unlock(&p->lock);
        for (int i = 1; i <= p->started; i++)
            pthread_join(p->workers[i].id, NULL);
        pthread_cond_destroy(&p->idle);
        pthread_cond_destroy(&p->wake);
        pthread_mutex_destroy(&p->lock);
        pthread_mutex_destroy(&p->submit);
    }
    free(p->workers);
    free(p);
}

int ae_pool_threads(const struct ae_pool *p)
{
    return p ? p->threads : 1;
}

/* Hands the job to the workers, takes part, and waits for the last. */
static void run_shared(struct ae_pool *p, struct job *j)
{
    pthread_mutex_lock(&p->submit);
    pthread_mutex_lock(&p->lock);
    p->job = j;
    atomic_fetch_add(&p->round, 1);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);

    run_tasks(j, p, 0);

    for (int i = 0; i < p->spin && atomic_load(&p->inside); i++)
        relax();
    pthread_mutex_lock(&p->lock);
    p->job = NULL;
    while (atomic_load(&p->inside))
        pthread_cond_wait(&p->idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
    pthread_mutex_unlock(&p->submit);
}

void ae_par_for(struct ae_pool *p, int n, ae_task_fn *fn, void *arg)
{
    if (!inside_task && p && p->threads > 1 && n > 1 && p->pid == getpid()) {
        struct job j = {.fn = fn, .arg = arg, .n = n};
        run_shared(p, &j);
        return;
    }
    int thread = inside_task && inside_pool == p ? inside_thread : 0;
    for (int i = 0; i < n; i++)
        fn(arg, i, thread);
}

struct ae_thread { pthread_t id; };

int ae_thread_start(void *(*fn)(void *), void *arg, struct ae_thread **out,
                    struct ae_err *e)
{
    *out = NULL;
    struct ae_thread *t = ae_alloc(1, sizeof(*t), e);
    if (t == NULL)
        return AE_EMEM;
    int err = create(&t->id, fn, arg);
    if (err) {
        free(t);
        return ae_fail(e, AE_EMEM, "a thread can't be started (error %d)",
                       err);
    }
    *out = t;
    return 0;
}

void ae_thread_join(struct ae_thread *t)
{
    if (t == NULL)
        return;
    pthread_join(t->id, NULL);
    free(t);
}
