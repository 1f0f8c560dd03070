/* fuzz_codes.c - the writers of latents: codes made of the bytes go into each
 * format, and each comes back with the numbers, and where the format has names
 * with the name, that it had. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ae_tools.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 8, NAME = 24 }; /* numbers of a code; bytes of its name */

struct codes {
    const uint8_t *p;
    size_t n, at;
    int d, variances;
    float z[MOST], logvar[MOST];
    char name[NAME + 1];
};

static uint8_t next_byte(struct codes *c)
{
    return c->at < c->n ? c->p[c->at++] : 0;
}

/* Any finite number: what isn't is no code. */
static float next_number(struct codes *c)
{
    uint32_t bits = 0;
    float v;

    for (int i = 0; i < 4; i++)
        bits = bits << 8 | next_byte(c);
    memcpy(&v, &bits, sizeof(v));
    return isfinite(v) ? v : 0.0f;
}

static struct ae_latent next_code(struct codes *c)
{
    int n = next_byte(c) % NAME;

    for (int i = 0; i < c->d; i++) {
        c->z[i] = next_number(c);
        c->logvar[i] = next_number(c);
    }
    memset(c->name, 0, sizeof(c->name));
    for (int i = 0; i < n; i++)
        c->name[i] = (char)next_byte(c);
    return (struct ae_latent){
        .name = c->name,
        .z = c->z,
        .logvar = c->variances ? c->logvar : NULL,
        .d = c->d,
    };
}

static int count_of(const struct codes *c)
{
    return 1 + (int)(c->n / 16 % 5);
}

/* 1: all were written. */
static int write_all(struct codes c, const struct ae_latent_format *f,
                     struct ae_io *out)
{
    struct ae_latent_writer *w;
    struct ae_err e = {0};

    int rc = ae_latent_writer_open(out, f, c.d, c.variances, &w, &e);
    if (rc < 0)
        return 0;
    for (int i = count_of(&c); rc == 0 && i > 0; i--) {
        const struct ae_latent z = next_code(&c);

        rc = ae_latent_writer_put(w, &z, &e);
    }
    if (rc == 0)
        rc = ae_latent_writer_finish(w, &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    ae_latent_writer_free(w);
    return rc == 0;
}

static void check_all(struct codes c, const struct ae_latent_format *f,
                      struct ae_io *out)
{
    struct ae_io *in;
    struct ae_latents *r;
    struct ae_latent got;
    struct ae_err e = {0};
    size_t size;
    const void *p = ae_io_memory(out, &size);
    const size_t bytes = (size_t)c.d * sizeof(float);

    if (ae_io_open_memory(p, size, "codes", &in, &e) ||
        ae_latents_open(in, f, c.d, &r, &e))
        abort();
    for (int i = count_of(&c); i > 0; i--) {
        const struct ae_latent z = next_code(&c);

        if (ae_latents_read(r, &got, &e) || got.d != c.d ||
            memcmp(got.z, z.z, bytes) != 0)
            abort();
        if (z.logvar && (!got.logvar || memcmp(got.logvar, z.logvar, bytes)))
            abort();
        if (got.name && strcmp(got.name, z.name) != 0)
            abort();
    }
    if (ae_latents_read(r, &got, &e) != AE_END)
        abort();
    ae_latents_free(r);
    ae_io_close(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct codes c = {.p = data, .n = size};
    struct ae_io *out;
    const char *name;

    if (size < 2)
        return 0;
    c.d = 1 + next_byte(&c) % MOST;
    c.variances = next_byte(&c) & 1;
    for (size_t i = 0; (name = ae_latent_format_name(i)); i++) {
        const struct ae_latent_format *f = ae_latent_format_by_name(name);

        if (ae_io_create_memory(&out, NULL))
            abort();
        if (write_all(c, f, out))
            check_all(c, f, out);
        ae_io_close(out);
    }
    return 0;
}
