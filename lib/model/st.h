/* st.h - what the reader and the writer of safetensors share. */
#ifndef AE_MODEL_ST_H
#define AE_MODEL_ST_H

#include "model/safetensors.h"

/* Before the checksum's digits, in the value of "checksum". */
#define AE_ST_CRC "crc32:"
enum { AE_ST_DIGITS = 8 };

struct ae_st_dtype {
    const char *name;
    size_t size;
    enum ae_st_type type;
};
extern const struct ae_st_dtype ae_st_dtypes[]; /* NULL name at the end */

#endif
