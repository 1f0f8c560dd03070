/* floors.h - what this machine can do at most, that rates are set against. */
#ifndef AE_TESTS_FLOORS_H
#define AE_TESTS_FLOORS_H

#include "kernel/ctx.h"

double seconds_now(void);
/* The best rate, in work a second, over about `seconds` and three runs at
 * least. */
typedef void run_fn(void *arg);
double best_rate(run_fn *fn, void *arg, double work, double seconds);

/* Fused multiply-adds of the context's threads together, of its table's
 * instructions, or of pairs in bfloat16 where ctx->bf16: GFLOP/s; 0 where
 * there is no such loop. */
double floor_peak(const struct ae_ctx *ctx);
/* GB/s of the context's threads together over blocks that no cache holds:
 * reading alone, or copying, where what is read and what is written count. */
double floor_read(const struct ae_ctx *ctx);
double floor_copy(const struct ae_ctx *ctx);

/* Prints all of them, of every table, with one thread and with two. */
void floors(void);

#endif
