/* threads.c - one pool, one primitive.
 *
 * A job's tasks are dealt out evenly and in order, so that a thread gets the
 * same part of one map after another, which its caches still hold.  A thread
 * that has finished its own tasks takes tasks of others.  Between two cores
 * that share no cache a line travels for a microsecond, so all that a worker
 * needs to know lies in one line, and nobody takes a lock unless somebody
 * sleeps.
 *
 * The caller opens the workers' slots and shuts them again.  A worker that
 * hasn't entered its slot by then can't enter any more; for one that is inside
 * the caller waits.  So a late worker never touches a finished job.  Between
 * jobs a worker spins for some microseconds, then sleeps. */
#include "base/threads.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/cpus.h"
#include "base/err.h"
#include "base/mem.h"

enum {
    SPIN = 4000,    /* 20 to 100 us: from an operator to the next */
    STACK = 2 << 20 /* bytes, of which no task needs a quarter */
};

enum { IDLE, OPEN, INSIDE, QUIT };

/* A thread's share of the job; slot 0 is the caller's. */
struct slot {
    _Alignas(64) atomic_int state;
    atomic_int sleeps;
    atomic_int next; /* task; past the end where all are taken */
    int end;
    ae_task_fn *fn;
    void *arg;
    int sharers; /* slots 0..sharers-1 have tasks */
    int index;
    struct ae_pool *pool;
    pthread_t id;
};

struct ae_pool {
    int threads, spin;
    int forks; /* as many as when it was made */
    struct slot *slot;
    pthread_mutex_t submit; /* one job at a time */
    pthread_mutex_t lock;   /* for those who sleep */
    pthread_cond_t wake, idle;
    atomic_int waits; /* the caller sleeps until a worker is done */
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

/* Runs the tasks of the thread's own slot, then those of the next slots. */
static void run_tasks(const struct slot *me)
{
    struct ae_pool *p = me->pool;
    const int sharers = me->sharers;

    inside_pool = p;
    inside_thread = me->index;
    inside_task = 1;
    for (int k = 0; k < sharers; k++) {
        struct slot *s = &p->slot[(me->index + k) % sharers];
        for (;;) {
            const int i = atomic_fetch_add(&s->next, 1);
            if (i >= s->end)
                break;
            me->fn(me->arg, i, me->index);
        }
    }
    inside_task = 0;
    inside_pool = NULL;
}

/* The state that comes after IDLE. */
static int wait_call(struct slot *me)
{
    struct ae_pool *p = me->pool;

    for (int i = 0; i < p->spin && atomic_load(&me->state) == IDLE; i++)
        relax();
    if (atomic_load(&me->state) == IDLE) {
        pthread_mutex_lock(&p->lock);
        atomic_store(&me->sleeps, 1);
        while (atomic_load(&me->state) == IDLE)
            pthread_cond_wait(&p->wake, &p->lock);
        atomic_store(&me->sleeps, 0);
        pthread_mutex_unlock(&p->lock);
    }
    return atomic_load(&me->state);
}

static void call(struct slot *s, int state)
{
    struct ae_pool *p = s->pool;

    atomic_store(&s->state, state);
    if (!atomic_load(&s->sleeps))
        return;
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void *work(void *arg)
{
    struct slot *me = arg;
    struct ae_pool *p = me->pool;

    while (wait_call(me) != QUIT) {
        int open = OPEN;
        if (!atomic_compare_exchange_strong(&me->state, &open, INSIDE))
            continue;
        run_tasks(me);
        atomic_store(&me->state, IDLE);
        if (!atomic_load(&p->waits))
            continue;
        pthread_mutex_lock(&p->lock);
        pthread_cond_signal(&p->idle);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

/* Signals belong to the program's own threads, but for the one that a write
 * to a closed pipe brings upon its thread. */
static int create(pthread_t *id, const pthread_attr_t *attr, void *arg)
{
    sigset_t all, before;

    sigfillset(&all);
    sigdelset(&all, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(id, attr, work, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* A forked child has no workers. */
static int forks;

static void count_fork(void)
{
    forks++;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, count_fork);
}

/* As many threads, the caller's included, as leave most of the address space
 * to what they work on. */
static int most_threads(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur / 8 / STACK >= INT_MAX)
        return INT_MAX;
    return 1 + (int)(limit.rlim_cur / 8 / STACK);
}

/* Where a limit allows no further thread, those that there are do the work. */
static void start_workers(struct ae_pool *p, int threads)
{
    pthread_attr_t attr;

    threads = ae_min(threads, most_threads());
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    for (int i = 0; i < threads; i++) {
        struct slot *s = &p->slot[i];
        s->pool = p;
        s->index = i;
        if (i && create(&s->id, &attr, s) != 0)
            break;
        p->threads = i + 1;
    }
    pthread_attr_destroy(&attr);
}

int ae_pool_new(int threads, struct ae_pool **out, struct ae_err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    *out = NULL;
    if (threads < 0 || threads > 4096)
        return ae_fail(e, AE_EARG, "%d threads: outside 1..4096", threads);
    const int cpus = ae_cpus();
    threads = threads ? threads : cpus;
    struct ae_pool *p = ae_alloc(1, sizeof(*p), e);
    if (!p)
        return AE_EMEM;
    pthread_once(&once, watch_forks);
    p->spin = threads <= cpus ? SPIN : 0;
    p->forks = forks;
    pthread_mutex_init(&p->submit, NULL);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->idle, NULL);
    p->slot = ae_alloc_aligned((size_t)threads, sizeof(*p->slot), e);
    if (!p->slot) {
        ae_pool_free(p);
        return AE_EMEM;
    }
    start_workers(p, threads);
    *out = p;
    return 0;
}

void ae_pool_free(struct ae_pool *p)
{
    if (!p)
        return;
    if (p->forks == forks) {
        assert(p->threads < 2 || p->slot);
        for (int i = 1; i < p->threads; i++) {
            call(&p->slot[i], QUIT);
            pthread_join(p->slot[i].id, NULL);
        }
        pthread_cond_destroy(&p->idle);
        pthread_cond_destroy(&p->wake);
        pthread_mutex_destroy(&p->lock);
        pthread_mutex_destroy(&p->submit);
    }
    ae_free_aligned(p->slot);
    free(p);
}

int ae_pool_threads(const struct ae_pool *p)
{
    return p ? p->threads : 1;
}

/* Shuts a worker's slot: it isn't inside, and won't be. */
static void shut(struct slot *s)
{
    struct ae_pool *p = s->pool;
    int open = OPEN;

    if (atomic_compare_exchange_strong(&s->state, &open, IDLE))
        return;
    for (int i = 0; i < p->spin && atomic_load(&s->state) != IDLE; i++)
        relax();
    if (atomic_load(&s->state) == IDLE)
        return;
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->waits, 1);
    while (atomic_load(&s->state) != IDLE)
        pthread_cond_wait(&p->idle, &p->lock);
    atomic_store(&p->waits, 0);
    pthread_mutex_unlock(&p->lock);
}

/* Hands the job to the workers, takes part, and waits for the last. */
static void run_shared(struct ae_pool *p, int n, ae_task_fn *fn, void *arg)
{
    const int sharers = ae_min(n, p->threads);

    pthread_mutex_lock(&p->submit);
    for (int i = 0; i < sharers; i++) {
        struct slot *s = &p->slot[i];
        s->fn = fn;
        s->arg = arg;
        s->sharers = sharers;
        s->end = ae_part(n, sharers, i + 1);
        atomic_store_explicit(&s->next, ae_part(n, sharers, i),
                              memory_order_relaxed);
    }
    for (int i = 1; i < sharers; i++)
        call(&p->slot[i], OPEN);
    run_tasks(&p->slot[0]);
    for (int i = 1; i < sharers; i++)
        shut(&p->slot[i]);
    pthread_mutex_unlock(&p->submit);
}

void ae_par_for(struct ae_pool *p, int n, ae_task_fn *fn, void *arg)
{
    if (!inside_task && p && p->threads > 1 && n > 1 && p->forks == forks) {
        run_shared(p, n, fn, arg);
        return;
    }
    int thread = inside_task && inside_pool == p ? inside_thread : 0;
    for (int i = 0; i < n; i++)
        fn(arg, i, thread);
}
