/* spill.c - see spill.h. */
#define _DEFAULT_SOURCE /* madvise() */
#include "data/spill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/tempfile.h"

enum {
    LINE = 64,      /* bytes that items begin at multiples of */
    PAGE = 1 << 16, /* a multiple of every system's page */
    PART = 1 << 28  /* bytes that are mapped at once, at least */
};

/* Maps the next part of the file, with room for n bytes. */
static int add_map(struct ae_spill *s, size_t n, struct ae_err *e)
{
    const size_t size = ae_round_up(n > PART ? n : PART, PAGE);
    struct ae_spill_map *m;

    if (!s->open)
        AE_TRY(ae_tempfile_nameless(&s->fd, e));
    s->open = 1;
    AE_TRY(ae_realloc(&s->map, (size_t)s->maps + 1, sizeof(*s->map), e));
    m = &s->map[s->maps];
    *m = (struct ae_spill_map){.size = size};
    if (ftruncate(s->fd, (off_t)(s->size + size)) < 0)
        return ae_fail_errno(e, "the file for what doesn't fit `memory`");
    m->at = mmap(NULL, size, PROT_READ, MAP_SHARED, s->fd, (off_t)s->size);
    if (m->at == MAP_FAILED)
        return ae_fail_errno(e, "the file for what doesn't fit `memory`");
    s->maps++;
    s->size += size;
    return 0;
}

/* Through the file, since a write to a map ends the process where the disk is
 * full. */
static int write_all(int fd, const char *from, size_t n, off_t at,
                     struct ae_err *e)
{
    while (n > 0) {
        const ssize_t part = pwrite(fd, from, n, at);
        if (part < 0 && errno != EINTR)
            return ae_fail_errno(e, "the file for what doesn't fit `memory`");
        if (part > 0) {
            from += part;
            at += part;
            n -= (size_t)part;
        }
    }
    return 0;
}

int ae_spill_put(struct ae_spill *s, const void *bytes, size_t n, void **at,
                 struct ae_err *e)
{
    const struct ae_spill_map *last = s->maps ? &s->map[s->maps - 1] : NULL;

    if (!last || last->size - last->used < n)
        AE_TRY(add_map(s, n, e));
    struct ae_spill_map *m = &s->map[s->maps - 1];
    AE_TRY(write_all(s->fd, bytes, n, (off_t)(s->size - m->size + m->used), e));
    *at = m->at + m->used;
    m->used = ae_round_up(m->used + n, LINE); /* divides the size */
    return 0;
}

void ae_spill_release(struct ae_spill *s)
{
    for (int i = 0; i < s->maps; i++)
        munmap(s->map[i].at, s->map[i].size);
    if (s->open)
        close(s->fd);
    free(s->map);
    memset(s, 0, sizeof(*s));
}

void ae_spill_rest(const void *at, size_t n)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = (uintptr_t)at / page * page;

    madvise((void *)first, (uintptr_t)at + n - first, MADV_DONTNEED);
}
