/* half.c - IN OUT: a model, its weights in half precision. */
#include <stdio.h>

#include "kernel/ctx.h"
#include "model/model.h"

static int halve(struct ae_ctx *ctx, const char *in, const char *out,
                 struct ae_err *e)
{
    struct ae_model *m = NULL;
    struct ae_io *io = NULL;
    int r = ae_model_load(ctx, in, &m, e);

    if (r >= 0)
        r = ae_io_create(out, &io, e);
    if (r >= 0)
        r = ae_model_write(ctx, m, 16, NULL, 0, io, e);
    if (r >= 0)
        r = ae_io_commit(io, e);
    ae_io_close(io);
    ae_model_free(m);
    return r;
}

int main(int argc, char **argv)
{
    const struct ae_ctx_options o = {.threads = 1};
    struct ae_ctx *ctx = NULL;
    struct ae_err e = {0};

    if (argc != 3) {
        fprintf(stderr, "usage: half IN OUT\n");
        return 2;
    }
    int r = ae_ctx_new(&o, &ctx, &e);
    if (r >= 0)
        r = halve(ctx, argv[1], argv[2], &e);
    if (r < 0)
        fprintf(stderr, "half: %s\n", e.msg);
    ae_ctx_free(ctx);
    return r < 0;
}
