/* blas.c - loads OpenBLAS, and sees to its memory.
 *
 * Each call takes a buffer of 128 MB of addresses, and where there is no room
 * for one, OpenBLAS asks for it again and again without end.  So room is looked
 * for before the library is loaded and before each buffer is made, and no more
 * threads are let in than there are buffers.
 *
 * It runs on one thread: a library must not bring a second, hidden pool, and
 * OpenBLAS sums in another order with every number of threads. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "base/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

#define THREADS_VARIABLE "OPENBLAS_NUM_THREADS"

enum {
    MB = 1 << 20,
    LIBRARY = 64 * MB, /* OpenBLAS and what it loads */
    BUFFER = 160 * MB, /* one buffer, and something to spare */
    MOST = 48          /* buffers: no build of OpenBLAS has fewer than 50 */
};

/* The last one is any LAPACK that the system chose, and its BLAS with it. */
static const char *const libraries[] = {"libopenblas.so.0", "libopenblas.so",
                                        "libopenblas.dylib", "liblapack.so.3"};

#define SYMBOL(name)                                                           \
    {                                                                          \
#name, offsetof(struct ae_blas, name)                                  \
    }
static const struct {
    const char *name;
    size_t at;
} symbols[] = {SYMBOL(cblas_sgemm), SYMBOL(cblas_ssyrk), SYMBOL(cblas_dsyrk),
               SYMBOL(cblas_dtrsm), SYMBOL(dsyevd_),     SYMBOL(dsyevr_),
               SYMBOL(dpotrf_)};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t left;
    struct ae_blas call;
    void *library;      /* NULL: not loaded yet */
    void *(*take)(int); /* a buffer of OpenBLAS; NULL: it has none */
    void (*release)(void *);
    int most, inside; /* threads that may be in it at a time; that are */
} blas = {.lock = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER};

/* Whether so many bytes could be had now. */
static int has_room(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return 0;
    munmap(p, bytes);
    return 1;
}

static int need_room(size_t bytes, struct ae_err *e)
{
    if (has_room(bytes))
        return 0;
    return ae_fail(e, AE_EMEM,
                   "linear algebra (OpenBLAS) takes %zu MB of address space, "
                   "which aren't there: raise the limit (ulimit -v)",
                   bytes / MB);
}

/* Puts a library's function where a pointer to it is kept. */
static int find(void *library, const char *name, void *at)
{
    void *p = dlsym(library, name);

    memcpy(at, &p, sizeof(p));
    return p != NULL;
}

/* Of this variable OpenBLAS learns how many threads it is to start as it is
 * loaded; a user's own value is put back. */
static void *open_library(const char *name)
{
    const char *now = getenv(THREADS_VARIABLE);
    char *kept = now ? strdup(now) : NULL;

    setenv(THREADS_VARIABLE, "1", 1);
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (kept)
        setenv(THREADS_VARIABLE, kept, 1);
    else if (!now)
        unsetenv(THREADS_VARIABLE);
    free(kept);
    return library;
}

/* The name of a function that it lacks; NULL: it has all. */
static const char *find_all(void *library)
{
    for (size_t i = 0; i < AE_LEN(symbols); i++)
        if (!find(library, symbols[i].name, (char *)&blas.call + symbols[i].at))
            return symbols[i].name;
    return NULL;
}

/* The first library that has every function. */
static int load_any(struct ae_err *e)
{
    char why[256] = "";

    for (size_t i = 0; i < AE_LEN(libraries); i++) {
        void *library = open_library(libraries[i]);
        const char *lacks = library ? find_all(library) : NULL;
        if (library && !lacks) {
            blas.library = library;
            return 0;
        }
        if (!*why)
            snprintf(why, sizeof(why), "%s%s", library ? "it lacks " : "",
                     library ? lacks : dlerror());
        if (library)
            dlclose(library);
    }
    return ae_fail(e, AE_EUNSUPPORTED,
                   "linear algebra needs OpenBLAS, which can't be loaded (%s): "
                   "install it (Debian: libopenblas0)",
                   why);
}

static int load(struct ae_err *e)
{
    void (*set_threads)(int);

    if (blas.library)
        return 0;
    AE_TRY(need_room(LIBRARY + BUFFER, e));
    AE_TRY(load_any(e));
    if (find(blas.library, "openblas_set_num_threads", &set_threads))
        set_threads(1); /* it may have been loaded by somebody else */
    else
        blas.most = MOST;
    if (!find(blas.library, "blas_memory_alloc", &blas.take) ||
        !find(blas.library, "blas_memory_free", &blas.release))
        blas.take = NULL;
    return 0;
}

/* Makes buffers, as far as there is room, until that many threads find one.
 * All that are held at once are different ones. */
static int make_buffers(int threads, struct ae_err *e)
{
    void *held[MOST];
    int n = 0;

    if (threads <= blas.most)
        return 0;
    if (!blas.take) { /* hidden functions: one call at a time */
        blas.most = 1;
        return need_room(BUFFER, e);
    }
    while (n < threads && has_room(BUFFER) && (held[n] = blas.take(0)) != NULL)
        n++;
    for (int i = 0; i < n; i++)
        blas.release(held[i]);
    blas.most = ae_max(blas.most, n);
    return blas.most ? 0 : need_room(BUFFER, e);
}

int ae_blas_load(int threads, struct ae_err *e)
{
    pthread_mutex_lock(&blas.lock);
    int rc = load(e);
    if (!rc)
        rc = make_buffers(ae_min(threads, MOST), e);
    pthread_mutex_unlock(&blas.lock);
    return rc;
}

const struct ae_blas *ae_blas_enter(void)
{
    pthread_mutex_lock(&blas.lock);
    assert(blas.most > 0);
    while (blas.inside == blas.most)
        pthread_cond_wait(&blas.left, &blas.lock);
    blas.inside++;
    pthread_mutex_unlock(&blas.lock);
    return &blas.call;
}

void ae_blas_leave(void)
{
    pthread_mutex_lock(&blas.lock);
    blas.inside--;
    pthread_cond_signal(&blas.left);
    pthread_mutex_unlock(&blas.lock);
}
