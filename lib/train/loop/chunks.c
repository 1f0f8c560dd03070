/* chunks.c - see chunks.h. */
#include "train/loop/chunks.h"

enum { CHUNK = 16384 /* numbers of a task */ };

struct run {
    ae_chunk_fn *fn;
    void *arg;
    size_t n;
};

static void run_task(void *arg, int task, int thread)
{
    const struct run *r = arg;
    const size_t at = (size_t)task * CHUNK, left = r->n - at;

    (void)thread;
    r->fn(r->arg, at, left < CHUNK ? left : CHUNK);
}

void ae_chunks_run(struct ae_pool *pool, size_t n, ae_chunk_fn *fn, void *arg)
{
    struct run r = {fn, arg, n};

    ae_par_for(pool, (int)((n + CHUNK - 1) / CHUNK), run_task, &r);
}
