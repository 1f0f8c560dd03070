/* fuzz_table.c - a table, whose columns, separator and header are found out. */
#include "items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return items_fuzz(data, size, AE_INPUT_CSV);
}
