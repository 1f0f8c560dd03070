/* sobol.h - points that fill a cube more evenly than random ones. */
#ifndef AE_TUNE_SOBOL_H
#define AE_TUNE_SOBOL_H

#include "base/base.h"

enum { AE_SOBOL_DIMENSIONS = 21 };

/* Coordinate `d` of the index-th point, from 0, of Sobol's sequence, exclusive
 * or'ed with `shift`: a point of [0, 1).  With a shift of 0 the first is 0. */
double ae_sobol(int d, uint32_t index, uint32_t shift);

#endif
