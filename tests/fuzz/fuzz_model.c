/* Any bytes are refused or read as a model, which is then written and read
 * again alike.  The input stands for the file; a second pass puts it, as the
 * header, before 64 zeros, so that the length needn't be guessed. */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_bytes(const void *data, size_t size)
{
    struct ae_io *in, *out = NULL, *back = NULL;
    struct ae_model *m = NULL, *again = NULL;
    struct ae_err e;
    size_t n;

    if (ae_io_open_memory(data, size, "fuzz", &in, &e))
        return;
    if (ae_model_read(NULL, in, &m, &e) == 0) {
        if (ae_io_create_memory(&out, &e) ||
            ae_model_write(NULL, m, 32, NULL, 0, out, &e))
            abort();
        const void *p = ae_io_memory(out, &n);
        if (ae_io_open_memory(p, n, "again", &back, &e) ||
            ae_model_read(NULL, back, &again, &e) ||
            memcmp(m->weights, again->weights,
                   m->graph->weights * sizeof(float)))
            abort();
    }
    ae_model_free(m);
    ae_model_free(again);
    ae_io_close(in);
    ae_io_close(out);
    ae_io_close(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { DATA = 64 };
    uint8_t *file = calloc(1, 8 + size + DATA);

    read_bytes(data, size);
    if (!file)
        return 0;
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)size >> (8 * i));
    if (size)
        memcpy(file + 8, data, size);
    read_bytes(file, 8 + size + DATA);
    free(file);
    return 0;
}
