/* check.h - counts what passed and says what didn't. */
#ifndef AE_TESTS_CHECK_H
#define AE_TESTS_CHECK_H

#include "ae.h"

int check(int ok, const char *what, ...) AE_PRINTF(2, 3);
struct ae_kernels;
/* An activation (enum ae_act) in double precision. */
double check_act(int act, double x);
/* All pointers of one table; the layers made of a context's. */
void check_table(const struct ae_kernels *k);
void check_narrow(const struct ae_kernels *k);
void check_wino(const struct ae_kernels *k);
void check_layers(const struct ae_ctx *ctx);

#endif
