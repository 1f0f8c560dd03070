/* Any bytes are a table of rows with a field each, but for those refused. */
#include <stdint.h>
#include <stdlib.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_csv c = {0};
    struct ae_io *io = NULL;
    double v;

    if (ae_io_open_memory(data, size, "fuzz", &io, NULL) < 0)
        return 0;
    c.lines.io = io;
    for (int rc = 0; (rc = ae_csv_next(&c, NULL)) == 0 || c.spoilt;) {
        if (rc)
            continue;
        if (c.fields < 1 || c.fields != c.width)
            abort();
        for (int i = 0; i < c.fields; i++)
            ae_csv_number(&c, i, &v, NULL);
    }
    ae_csv_release(&c);
    ae_io_close(io);
    return 0;
}
