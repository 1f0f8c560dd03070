/* The pool: every task once, inside calls inline, forks and signals. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/threads.h"

enum { N = 1000 };

struct tally {
    atomic_int runs[N];
    atomic_int bad_thread;
    int threads;
};

static void tick(void *arg, int task, int thread)
{
    struct tally *t = arg;

    atomic_fetch_add(&t->runs[task], 1);
    if (thread < 0 || thread >= t->threads)
        atomic_fetch_add(&t->bad_thread, 1);
}

Test(threads, every_task_runs_once)
{
    static const int sizes[] = {1, 2, 3, 8, 64};

    for (size_t s = 0; s < AE_LEN(sizes); s++) {
        struct ae_pool *p;
        static struct tally t;
        cr_assert_eq(ae_pool_new(sizes[s], &p, NULL), 0);
        cr_assert_eq(ae_pool_threads(p), sizes[s]);
        memset(&t, 0, sizeof(t));
        t.threads = sizes[s];
        for (int n = 0; n <= N; n += 125)
            ae_par_for(p, n, tick, &t);
        for (int i = 0; i < N; i++)
            cr_assert_eq(atomic_load(&t.runs[i]), 8 - i / 125);
        cr_assert_eq(atomic_load(&t.bad_thread), 0);
        ae_pool_free(p);
    }
}

Test(threads, null_pool_is_serial)
{
    static struct tally t = {.threads = 1};

    cr_assert_eq(ae_pool_threads(NULL), 1);
    ae_par_for(NULL, 10, tick, &t);
    cr_assert_eq(atomic_load(&t.runs[9]), 1);
    cr_assert_eq(atomic_load(&t.bad_thread), 0);
    ae_pool_free(NULL);
}

struct nest {
    struct ae_pool *pool;
    atomic_int runs, moved;
};

struct inner {
    int thread;
    struct nest *nest;
    pthread_t id;
};

static void inner_task(void *arg, int task, int thread)
{
    struct inner *in = arg;

    (void)task;
    if (thread != in->thread || !pthread_equal(in->id, pthread_self()))
        atomic_fetch_add(&in->nest->moved, 1);
    atomic_fetch_add(&in->nest->runs, 1);
}

static void outer_task(void *arg, int task, int thread)
{
    struct inner in = {thread, arg, pthread_self()};

    (void)task;
    ae_par_for(in.nest->pool, 5, inner_task, &in);
}

Test(threads, a_call_from_a_task_runs_inline)
{
    struct nest n = {0};

    cr_assert_eq(ae_pool_new(4, &n.pool, NULL), 0);
    for (int i = 0; i < 50; i++)
        ae_par_for(n.pool, 20, outer_task, &n);
    cr_assert_eq(atomic_load(&n.runs), 50 * 20 * 5);
    cr_assert_eq(atomic_load(&n.moved), 0);
    ae_pool_free(n.pool);
}

static void *use_pool(void *arg)
{
    struct tally *t = arg;

    for (int i = 0; i < 200; i++)
        ae_par_for(*(struct ae_pool **)(void *)(t + 1), 10, tick, t);
    return NULL;
}

Test(threads, two_callers_share_one_pool)
{
    static struct {
        struct tally t;
        struct ae_pool *p;
    } a;
    pthread_t other;

    a.t.threads = 3;
    cr_assert_eq(ae_pool_new(3, &a.p, NULL), 0);
    cr_assert_eq(pthread_create(&other, NULL, use_pool, &a), 0);
    use_pool(&a);
    pthread_join(other, NULL);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(atomic_load(&a.t.runs[i]), 400);
    ae_pool_free(a.p);
}

Test(threads, a_forked_child_works_alone)
{
    static struct tally t = {.threads = 2};
    struct ae_pool *p;
    int status = -1;

    cr_assert_eq(ae_pool_new(2, &p, NULL), 0);
    ae_par_for(p, N, tick, &t);
    pid_t child = fork();
    if (child == 0) {
        ae_par_for(p, N, tick, &t);
        ae_pool_free(p);
        _exit(atomic_load(&t.runs[N - 1]) == 2 ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    ae_pool_free(p);
}

static void look_at_mask(void *arg, int task, int thread)
{
    sigset_t now;

    (void)task;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    if (thread > 0 && !sigismember(&now, SIGINT))
        atomic_store((atomic_int *)arg, 1);
}

Test(threads, workers_leave_signals_to_the_program)
{
    atomic_int open = 0;
    struct ae_pool *p;

    cr_assert_eq(ae_pool_new(4, &p, NULL), 0);
    for (int i = 0; i < 100; i++)
        ae_par_for(p, 100, look_at_mask, &open);
    cr_assert_eq(atomic_load(&open), 0);
    ae_pool_free(p);
}

Test(threads, silly_numbers_are_refused)
{
    struct ae_pool *p;
    struct ae_err e;

    cr_assert_eq(ae_pool_new(-1, &p, &e), AE_EARG);
    cr_assert_eq(ae_pool_new(100000, &p, &e), AE_EARG);
    cr_assert_null(p);
}
