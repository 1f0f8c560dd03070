/* blocks.h - operands that end where the readable page ends. */
#ifndef AE_TESTS_BLOCKS_H
#define AE_TESTS_BLOCKS_H

#include <stddef.h>

/* A block of 1 MB whose last byte is the last before an unreadable page;
 * exits when there's no memory. */
char *guarded(void);
void guarded_free(char *block);
/* The last n floats of a block, all of which is set to NaN. */
float *guarded_tail(char *block, size_t n);
void guarded_fill(float *p, size_t n); /* with one_random() */

#endif
