/* fuzz_items.c - any file that is recognised by its bytes. */
#include "items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return items_fuzz(data, size, AE_INPUT_AUTO);
}
