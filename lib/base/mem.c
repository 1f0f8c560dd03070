/* mem.c - checked allocation and arenas.
 *
 * Everything is zeroed; every product is checked; a failure is an error with
 * the number of bytes in it, never an abort. */
#define _DEFAULT_SOURCE /* madvise(), MADV_HUGEPAGE */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/text.h"

enum { ALIGN = 64, SLACK = 64, ARENA_ALIGN = 16, ARENA_BLOCK = 8192 };

struct ae_arena_block {
    struct ae_arena_block *next;
    size_t used, size; /* bytes after this header */
};
_Static_assert(sizeof(struct ae_arena_block) <= 2 * ARENA_ALIGN,
               "the header is rounded up to 32 bytes");

int ae_mul(size_t a, size_t b, size_t *out, struct ae_err *e)
{
    *out = 0;
    if (b != 0 && a > SIZE_MAX / b)
        return ae_fail(e, AE_ELIMIT, "size %zu x %zu overflows", a, b);
    *out = a * b;
    return 0;
}

static void *out_of_memory(size_t bytes, struct ae_err *e)
{
    ae_fail(e, AE_EMEM, "out of memory (%zu bytes)", bytes);
    return NULL;
}

void *ae_alloc(size_t n, size_t size, struct ae_err *e)
{
    size_t bytes;

    if (ae_mul(n, size, &bytes, e))
        return NULL;
    void *p = calloc(1, bytes ? bytes : 1);
    return p ? p : out_of_memory(bytes, e);
}

/* Large blocks in pages of 2 MB where the system has them: a fault costs some
 * microseconds, and 38 MB of packed weights take 9,500 small pages. */
static void ask_for_large_pages(char *p, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const size_t page = (size_t)2 << 20;
    const size_t skip = (page - (uintptr_t)p % page) % page;

    if (bytes >= 2 * page && bytes - skip >= page)
        madvise(p + skip, (bytes - skip) / page * page, MADV_HUGEPAGE);
#else
    (void)p;
    (void)bytes;
#endif
}

/* calloc() hands out large blocks as untouched zero pages, aligned_alloc()
 * with memset() would touch them all; so the block is aligned by hand, with
 * its start kept in the word before it. */
void *ae_alloc_aligned(size_t n, size_t size, struct ae_err *e)
{
    size_t bytes;

    if (ae_mul(n, size, &bytes, e))
        return NULL;
    if (bytes > SIZE_MAX - 2 * ALIGN - SLACK)
        return out_of_memory(bytes, e);
    char *raw = calloc(1, bytes + 2 * ALIGN + SLACK);
    if (!raw)
        return out_of_memory(bytes, e);
    ask_for_large_pages(raw, bytes);
    char *p = raw + ALIGN - (uintptr_t)raw % ALIGN;
    if ((size_t)(p - raw) < sizeof(raw))
        p += ALIGN;
    memcpy(p - sizeof(raw), &raw, sizeof(raw));
    return p;
}

void ae_free_aligned(void *p)
{
    char *raw;

    if (!p)
        return;
    memcpy(&raw, (char *)p - sizeof(raw), sizeof(raw));
    free(raw);
}

int ae_realloc(void *pp, size_t n, size_t size, struct ae_err *e)
{
    void *old, *p;
    size_t bytes;
    AE_TRY(ae_mul(n, size, &bytes, e));
    memcpy(&old, pp, sizeof(old));
    p = realloc(old, bytes ? bytes : 1);
    if (!p) {
        out_of_memory(bytes, e);
        return AE_EMEM;
    }
    memcpy(pp, &p, sizeof(p));
    return 0;
}

void *ae_arena_alloc(struct ae_arena *a, size_t n, size_t size,
                     struct ae_err *e)
{
    size_t bytes, head = 2 * ARENA_ALIGN;
    struct ae_arena_block *b = a->head;

    if (ae_mul(n, size, &bytes, e))
        return NULL;
    if (bytes > SIZE_MAX - 4 * ARENA_ALIGN)
        return out_of_memory(bytes, e);
    bytes = ae_round_up(bytes ? bytes : 1, ARENA_ALIGN);
    if (!b || b->size - b->used < bytes) {
        size_t room = bytes > ARENA_BLOCK ? bytes : ARENA_BLOCK;
        b = calloc(1, head + room);
        if (!b)
            return out_of_memory(bytes, e);
        b->size = room;
        b->next = a->head;
        a->head = b;
    }
    char *p = (char *)b + head + b->used;
    b->used += bytes;
    return p;
}

char *ae_arena_strdup(struct ae_arena *a, const char *s, struct ae_err *e)
{
    size_t n = strlen(s) + 1;
    char *p = ae_arena_alloc(a, n, 1, e);

    if (p)
        memcpy(p, s, n);
    return p;
}

char *ae_arena_printf(struct ae_arena *a, struct ae_err *e, const char *fmt,
                      ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = ae_vformat(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : ae_arena_alloc(a, (size_t)n + 1, 1, e);
    if (!p)
        return NULL;
    va_start(ap, fmt);
    ae_vformat(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

void ae_arena_release(struct ae_arena *a)
{
    while (a->head) {
        struct ae_arena_block *next = a->head->next;
        free(a->head);
        a->head = next;
    }
}
