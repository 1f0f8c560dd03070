/* libraries.c - preloaded by libraries.sh: notes which libraries' work is
 * done by them, a line a function in the file that AE_CALLS names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The library's own function, its call noted the first time. */
static void *own(void **known, const char *name)
{
    const char *path = getenv("AE_CALLS");
    char line[64];

    if (*known)
        return *known;
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    const int n = snprintf(line, sizeof(line), "%s\n", name);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        abort();
    close(fd);
    return *known = dlsym(RTLD_NEXT, name);
}

#define FORWARD(result, name, params, args)                                    \
    result name params;                                                        \
    result name params                                                         \
    {                                                                          \
        static void *known;                                                    \
        result(*next) params;                                                  \
        *(void **)&next = own(&known, #name);                                  \
        return next args;                                                      \
    }

FORWARD(void, png_read_row, (void *p, void *a, void *b), (p, a, b))
FORWARD(void, png_write_row, (void *p, const void *a), (p, a))
FORWARD(unsigned, jpeg_read_scanlines, (void *p, void *a, unsigned n),
        (p, a, n))
FORWARD(unsigned, jpeg_write_scanlines, (void *p, void *a, unsigned n),
        (p, a, n))
FORWARD(int, WebPDecode, (const void *p, size_t n, void *c), (p, n, c))
FORWARD(int, WebPEncode, (const void *c, void *p), (c, p))
FORWARD(void, fftwf_execute, (void *p), (p))
FORWARD(void *, json_loadb, (const char *p, size_t n, size_t flags, void *e),
        (p, n, flags, e))
FORWARD(void *, dlopen, (const char *p, int flags), (p, flags))
