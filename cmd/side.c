/* side.c - work beside the main thread: tasks in the order in which they were
 * put, each by one of a few threads.
 *
 * Who waits for a task that nobody has begun does it himself, so nothing can
 * wait for ever, and without any thread all is done by those who wait. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "cmd.h"
#include "side.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more, done; /* tasks; or the end */
    struct cmd_task *first, *last;
    pthread_t thread[CMD_SIDE_THREADS];
    int threads, ends;
} side = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .more = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

/* Does a task that was taken off the list; the lock is held before and
 * after. */
static void do_task(struct cmd_task *t)
{
    t->state = CMD_TASK_BEGUN;
    pthread_mutex_unlock(&side.lock);
    t->fn(t->arg);
    pthread_mutex_lock(&side.lock);
    t->state = CMD_TASK_DONE;
    pthread_cond_broadcast(&side.done);
}

/* Takes a task off the list, on which it is. */
static void take(struct cmd_task *t)
{
    struct cmd_task **p = &side.first, *before = NULL;

    while (*p != t) {
        before = *p;
        p = &before->next;
    }
    *p = t->next;
    if (side.last == t)
        side.last = before;
}

static void *work(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&side.lock);
    while (side.first || !side.ends) {
        struct cmd_task *t = side.first;
        if (!t) {
            pthread_cond_wait(&side.more, &side.lock);
            continue;
        }
        take(t);
        do_task(t);
    }
    pthread_mutex_unlock(&side.lock);
    return NULL;
}

int cmd_side_start(int threads)
{
    sigset_t all, before;

    /* Signals are the main thread's, but for the one that a write to a closed
     * pipe brings upon its thread. */
    sigfillset(&all);
    sigdelset(&all, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (side.threads < threads && side.threads < CMD_SIDE_THREADS &&
           pthread_create(&side.thread[side.threads], NULL, work, NULL) == 0)
        side.threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return side.threads;
}

void cmd_side_stop(void)
{
    pthread_mutex_lock(&side.lock);
    side.ends = 1;
    pthread_cond_broadcast(&side.more);
    pthread_mutex_unlock(&side.lock);
    for (int i = 0; i < side.threads; i++)
        pthread_join(side.thread[i], NULL);
    side.threads = side.ends = 0;
}

void cmd_side_put(struct cmd_task *t, void (*fn)(void *arg), void *arg)
{
    *t = (struct cmd_task){.fn = fn, .arg = arg, .state = CMD_TASK_WAITS};
    pthread_mutex_lock(&side.lock);
    if (side.last)
        side.last->next = t;
    else
        side.first = t;
    side.last = t;
    pthread_cond_signal(&side.more);
    pthread_mutex_unlock(&side.lock);
}

void cmd_side_wait(struct cmd_task *t)
{
    pthread_mutex_lock(&side.lock);
    if (t->state == CMD_TASK_WAITS) {
        take(t);
        do_task(t);
    }
    while (t->state == CMD_TASK_BEGUN)
        pthread_cond_wait(&side.done, &side.lock);
    pthread_mutex_unlock(&side.lock);
}
