/* blocks.c - see blocks.h. */
#include "blocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "one.h"

enum { ROOM = 1 << 20 }; /* bytes of a block */

char *guarded(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *p;
    FILE *f = tmpfile();

    if (!f || ftruncate(fileno(f), (off_t)(ROOM + page)) != 0)
        exit(2);
    p = mmap(NULL, ROOM + page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(f),
             0);
    fclose(f);
    if (p == MAP_FAILED || mprotect(p + ROOM, page, PROT_NONE) != 0)
        exit(2);
    return p;
}

void guarded_free(char *block)
{
    munmap(block, ROOM + (size_t)sysconf(_SC_PAGESIZE));
}

float *guarded_tail(char *block, size_t n)
{
    float *all = (float *)(void *)block;
    const size_t room = ROOM / sizeof(*all);

    for (size_t i = 0; i < room; i++)
        all[i] = NAN;
    return all + room - n;
}

void guarded_fill(float *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = one_random();
}
