/* feature_hash.h - a line of text as a vector of fixed length.
 *
 * Features are words, pairs of words and runs of 3 to 5 characters, letters
 * in lower case and each run of digits as one 0.  A feature that comes n
 * times adds +-log(1 + n) to the bucket of its hash, the sign by another bit
 * of it, so that collisions cancel on average (Weinberger et al.: Feature
 * hashing for large scale multitask learning, 2009); then the vector gets
 * unit length, unless it is zero. */
#ifndef AE_DATA_FEATURE_HASH_H
#define AE_DATA_FEATURE_HASH_H

#include "base/base.h"

int ae_feature_hash(const char *text, size_t n, int buckets, float *out,
                    struct ae_err *e);

#endif
