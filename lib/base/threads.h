/* threads.h - one pool, one primitive.
 *
 * Work is cut by shape, never by the number of threads: task i does the same
 * whoever runs it, so results don't depend on the pool.  A call from inside
 * a task runs inline. */
#ifndef AE_BASE_THREADS_H
#define AE_BASE_THREADS_H

#include "base/base.h"

struct ae_pool;
/* threads of 0: one for each CPU that the process may use (base/cpus.h).  Where
 * the system starts fewer threads, the pool has fewer. */
int ae_pool_new(int threads, struct ae_pool **out, struct ae_err *e);
void ae_pool_free(struct ae_pool *p);
int ae_pool_threads(const struct ae_pool *p); /* NULL: 1 */
typedef void ae_task_fn(void *arg, int task, int thread);
/* fn(arg, i, t) for i in 0..n-1; t < ae_pool_threads() names the worker, for
 * scratch memory.  Returns when all are done.  A NULL pool is serial. */
void ae_par_for(struct ae_pool *p, int n, ae_task_fn *fn, void *arg);

#endif
