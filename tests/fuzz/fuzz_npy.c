/* fuzz_npy.c - NPY arrays. */
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return picture_fuzz(data, size, 1);
}
