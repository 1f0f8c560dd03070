/* mem.h - checked allocation.  Every product is checked; 64-byte blocks for
 * anything that kernels touch; an arena for structure that dies together. */
#ifndef AE_BASE_MEM_H
#define AE_BASE_MEM_H

#include "base/base.h"

/* n * size bytes, zeroed, or NULL with *e set (AE_EMEM). */
void *ae_alloc(size_t n, size_t size, struct ae_err *e);
/* The same, 64-byte aligned, with 64 bytes of readable slack after it; large
 * blocks are zeroed.  Release with ae_free_aligned(). */
void *ae_alloc_aligned(size_t n, size_t size, struct ae_err *e);
void ae_free_aligned(void *p);
/* Grows *p to n * size bytes; on failure *p is untouched. */
int ae_realloc(void *pp, size_t n, size_t size, struct ae_err *e);
/* The product, or AE_ELIMIT when it overflows. */
int ae_mul(size_t a, size_t b, size_t *out, struct ae_err *e);

struct ae_arena {
    struct ae_arena_block *head;
};
void *ae_arena_alloc(struct ae_arena *a, size_t n, size_t size,
                     struct ae_err *e); /* zeroed */
char *ae_arena_strdup(struct ae_arena *a, const char *s, struct ae_err *e);
char *ae_arena_printf(struct ae_arena *a, struct ae_err *e, const char *fmt,
                      ...) AE_PRINTF(3, 4);
void ae_arena_release(struct ae_arena *a);

#endif
