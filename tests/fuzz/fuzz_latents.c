/* fuzz_latents.c - latents of any format; what is read is written as JSON
 * lines and must come back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ae_tools.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct ae_latent *z)
{
    const struct ae_latent_format *json = ae_latent_format_by_name("jsonl");
    struct ae_latent_writer *w;
    struct ae_latents *r;
    struct ae_latent got;
    struct ae_io *out, *in;
    size_t n;

    if (ae_io_create_memory(&out, NULL) ||
        ae_latent_writer_open(out, json, z->d, z->logvar != NULL, &w, NULL) ||
        ae_latent_writer_put(w, z, NULL))
        abort();
    const void *p = ae_io_memory(out, &n);
    if (ae_io_open_memory(p, n, "again", &in, NULL) ||
        ae_latents_open(in, json, z->d, &r, NULL) ||
        ae_latents_read(r, &got, NULL) ||
        memcmp(got.z, z->z, (size_t)z->d * sizeof(*z->z)) != 0 ||
        (z->name && strcmp(z->name, got.name) != 0))
        abort();
    ae_latents_free(r);
    ae_io_close(in);
    ae_latent_writer_free(w);
    ae_io_close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_latents *r = NULL;
    struct ae_latent z;
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    int rc, n = 0;

    if (ae_io_open_memory(data, size, "fuzz", &io, NULL))
        abort();
    rc = ae_latents_open(io, NULL, size % 2 ? 3 : 0, &r, &e);
    while (rc >= 0 && rc != AE_END) {
        rc = ae_latents_read(r, &z, &e);
        if (rc == 0 && n++ < 4)
            again(&z);
        if (rc < 0) {
            if (!e.msg[0] || e.code != rc)
                abort(); /* an error without a word */
            rc = 0;
        }
    }
    ae_latents_free(r);
    ae_io_close(io);
    return 0;
}
