/* fuzz_jpeg.c - JPEG, with its MPF index and what follows. */
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return picture_fuzz(data, size, 0);
}
