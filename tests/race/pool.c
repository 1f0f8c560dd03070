/* The pool under ThreadSanitizer: jobs of all sizes, calls from tasks, two
 * callers, pools made and freed in a row.  Sums show that nothing is lost. */
#include <pthread.h>
#include <stdio.h>

#include "base/fft.h"
#include "base/threads.h"

enum { N = 257, ROUNDS = 200 };

struct job {
    struct ae_pool *pool;
    long sum[64]; /* a slot a thread, unshared */
    int seen[N];  /* a slot a task */
};

static void leaf(void *arg, int task, int thread)
{
    struct job *j = arg;

    (void)task;
    j->sum[thread]++;
}

static void task(void *arg, int i, int thread)
{
    struct job *j = arg;

    j->seen[i]++;
    j->sum[thread]++;
    ae_par_for(j->pool, 3, leaf, j);
}

static long total(const struct job *j)
{
    long sum = 0;

    for (int t = 0; t < 64; t++)
        sum += j->sum[t];
    return sum;
}

static int check_pool(int threads)
{
    static struct job j;
    long want = 0;

    j = (struct job){0};
    if (ae_pool_new(threads, &j.pool, NULL))
        return 1;
    for (int r = 0; r < ROUNDS; r++) {
        int n = r % 5 ? r % N : N;
        ae_par_for(j.pool, n, task, &j);
        want += 4L * n;
    }
    ae_pool_free(j.pool);
    return total(&j) != want;
}

/* Two threads hand jobs to one pool; each has data of its own. */
static void *caller(void *arg)
{
    struct job *j = arg;

    for (int r = 0; r < ROUNDS; r++)
        ae_par_for(j->pool, 16, task, j);
    return NULL;
}

static int check_callers(int threads)
{
    static struct job a, b;
    pthread_t other;

    a = b = (struct job){0};
    if (ae_pool_new(threads, &a.pool, NULL))
        return 1;
    b.pool = a.pool;
    if (pthread_create(&other, NULL, caller, &b))
        return 1;
    caller(&a);
    pthread_join(other, NULL);
    ae_pool_free(a.pool);
    return total(&a) != 64L * ROUNDS || total(&b) != 64L * ROUNDS;
}

/* Plans are made behind one lock. */
static void plan(void *arg, int i, int thread)
{
    struct ae_fft2 *f;

    (void)thread;
    if (ae_fft2_new(4 + i % 7, 8, &f, NULL))
        return;
    ae_fft2_forward(f);
    ae_fft2_free(f);
    ((int *)arg)[i] = 1;
}

static int check_plans(int threads)
{
    struct ae_pool *p;
    int done[32] = {0}, sum = 0;

    if (ae_pool_new(threads, &p, NULL))
        return 1;
    ae_par_for(p, 32, plan, done);
    ae_pool_free(p);
    for (int i = 0; i < 32; i++)
        sum += done[i];
    return sum != 32;
}

int main(void)
{
    static const int sizes[] = {1, 2, 4, 8};
    int failed = 0;

    for (size_t i = 0; i < AE_LEN(sizes); i++) {
        failed += check_pool(sizes[i]);
        failed += check_callers(sizes[i]);
        failed += check_plans(sizes[i]);
    }
    if (failed)
        printf("%d sums are wrong\n", failed);
    return failed ? 1 : 0;
}
