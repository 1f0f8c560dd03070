/* fuzz_text.c - lines of text. */
#include "items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return items_fuzz(data, size, AE_INPUT_TEXT);
}
