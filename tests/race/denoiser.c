/* A picture through a net under ThreadSanitizer: its rows come in and go out
 * as tasks beside the net's.  The bytes are those of one thread, by rows and
 * by pieces whose rows wait in a file, and a picture that ends too early is
 * an error in each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/model.h"
#include "model/spec.h"

enum { W = 1200, H = 96, HEAD = 18, BYTES = HEAD + 3 * W * H };

static const char spec[] =
    "ae 1\nx input c=3\ns input c=1 name=sigma\n"
    "j cat < x s\nq unshuffle\na conv c=16 act=relu\nb conv c=16\n"
    "o conv c=12\nr shuffle\ny add < x r\noutput y\n";
static unsigned char picture[BYTES + 1];

struct run {
    int threads, tile;
    size_t size; /* of the picture that comes */
    unsigned char *out;
    size_t out_size;
};

static int filter(struct ae_ctx *ctx, struct ae_denoiser *d, struct run *r)
{
    struct ae_denoise_options o = ae_denoise_defaults;
    struct ae_io *in = NULL, *out = NULL;
    struct ae_reader *from = NULL;
    struct ae_writer *to = NULL;
    int rc = ae_io_open_memory(picture, r->size, "in", &in, NULL);

    o.tile[0] = o.tile[1] = r->tile;
    if (!rc)
        rc = ae_io_create_memory(&out, NULL);
    if (!rc)
        rc = ae_reader_open(ctx, in, 1, &from, NULL);
    if (!rc)
        rc = ae_writer_open(ctx, out, ae_format_by_name("png"),
                            ae_reader_info(from), NULL, NULL, &to, NULL);
    if (!rc)
        rc = ae_denoise(d, &o, from, to, NULL);
    if (!rc)
        rc = ae_writer_finish(to, NULL);
    if (!rc) {
        const void *bytes = ae_io_memory(out, &r->out_size);
        r->out = malloc(r->out_size);
        memcpy(r->out, bytes, r->out_size);
    }
    ae_writer_free(to);
    ae_reader_free(from);
    ae_io_close(in);
    ae_io_close(out);
    return rc;
}

static int run(struct run *r)
{
    const struct ae_ctx_options o = {.threads = r->threads};
    struct ae_ctx *ctx = NULL;
    struct ae_graph *g = NULL;
    struct ae_model *m = NULL;
    struct ae_denoiser *d = NULL;
    struct ae_rng rng;
    int rc = ae_ctx_new(&o, &ctx, NULL);

    if (!rc)
        rc = ae_spec_parse(spec, strlen(spec), NULL, NULL, &g, NULL);
    if (!rc)
        rc = ae_model_new(ctx, g, &m, NULL);
    ae_rng_init(&rng, 3, 0);
    for (size_t i = 0; !rc && i < m->graph->weights; i++)
        m->weights[i] = (float)(0.05 * ae_rng_normal(&rng));
    if (!rc)
        rc = ae_denoiser_new(ctx, m, 0, &d, NULL);
    if (!rc)
        rc = filter(ctx, d, r);
    ae_denoiser_free(d);
    ae_model_free(m);
    ae_ctx_free(ctx);
    return rc;
}

static int same(const struct run *a, const struct run *b)
{
    return a->out_size == b->out_size &&
           memcmp(a->out, b->out, a->out_size) == 0;
}

int main(void)
{
    struct run want = {.threads = 1, .size = BYTES};
    int failed;

    snprintf((char *)picture, sizeof(picture), "P6\n%5d %4d\n255\n", W, H);
    for (int i = HEAD; i < BYTES; i++)
        picture[i] = (unsigned char)((unsigned)i * 2654435761u >> 24);
    failed = run(&want) != 0;
    for (int threads = 2; !failed && threads <= 8; threads += threads)
        for (int tile = 0; tile <= 256; tile += 256) {
            struct run r = {threads, tile, BYTES, NULL, 0};
            struct run cut = {threads, tile, BYTES / 2, NULL, 0};
            failed += run(&r) != 0 || !same(&r, &want);
            failed += run(&cut) == 0;
            free(r.out);
            free(cut.out);
        }
    free(want.out);
    if (failed)
        printf("%d runs are wrong\n", failed);
    return failed > 0;
}
