/* decode.c - codes to items on their way out, a batch at a time: what
 * ae-decode and ae-sample share. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct cmd_decoder {
    struct ae_coder *coder;
    struct cmd_items *items;
    int batch, n, broken; /* n wait for company */
    size_t item, code;    /* floats */
    float *z, *x;
    char **name;
    int *label;
};

/* One item at a time first, to know how many a batch may hold. */
static void make_coder(struct cmd_decoder *d, struct ae_ctx *ctx,
                       const struct ae_model *m, const char *model,
                       const int size[2])
{
    struct ae_err e = {0};

    for (d->batch = 1;;) {
        if (ae_coder_new(ctx, m, size[1], size[0], d->batch, &d->coder, &e))
            cmd_die(CMD_USAGE, "%s: %s%s", model, e.msg,
                    e.code == AE_EARG && !size[0] ? " (--size WxH)" : "");
        const struct ae_coder_info *i = ae_coder_info(d->coder);
        d->item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
        d->code = (size_t)i->code;
        const int batch = cmd_batch_size(d->item);
        if (batch == d->batch)
            return;
        d->batch = batch;
        ae_coder_free(d->coder);
    }
}

struct cmd_decoder *cmd_decoder_open(struct ae_ctx *ctx,
                                     const struct ae_model *m,
                                     const char *model,
                                     const struct cmd_common *c,
                                     const int grid[2], const int size[2],
                                     uint64_t count)
{
    struct cmd_decoder *d = cmd_need(calloc(1, sizeof(*d)));
    struct ae_err e = {0};

    cmd_refuse_text(m);
    make_coder(d, ctx, m, model, size);
    const struct ae_coder_info *i = ae_coder_info(d->coder);
    const size_t n = (size_t)d->batch;
    d->z = cmd_need(calloc(n * d->code, sizeof(*d->z)));
    d->x = cmd_need(calloc(n * d->item, sizeof(*d->x)));
    d->name = cmd_need(calloc(n, sizeof(*d->name)));
    d->label = cmd_need(calloc(n, sizeof(*d->label)));
    if (ae_coder_decode(d->coder, NULL, d->label, 0, NULL, &e))
        cmd_die(CMD_USAGE, "%s: %s", model, e.msg);
    d->items = cmd_items_open(ctx, m, c, grid, i->h, i->w, i->c, count);
    return d;
}

const struct ae_coder_info *cmd_decoder_info(const struct cmd_decoder *d)
{
    return ae_coder_info(d->coder);
}

static int work(struct cmd_decoder *d, int more, struct ae_err *e)
{
    int err = ae_coder_decode(d->coder, d->z, d->label, d->n, d->x, e);

    for (int i = 0; i < d->n; i++) {
        if (!err)
            err = cmd_items_put(d->items, d->name[i],
                                d->x + (size_t)i * d->item,
                                more || i + 1 < d->n, e);
        free(d->name[i]);
    }
    d->n = 0;
    d->broken |= err != 0;
    return err;
}

int cmd_decoder_put(struct cmd_decoder *d, const char *name, const float *z,
                    int label, int more, struct ae_err *e)
{
    memcpy(d->z + (size_t)d->n * d->code, z, d->code * sizeof(*z));
    d->label[d->n] = label;
    d->name[d->n] = NULL;
    if (name) {
        d->name[d->n] = cmd_need(malloc(strlen(name) + 1));
        strcpy(d->name[d->n], name);
    }
    d->n++;
    return d->n == d->batch || !more ? work(d, more, e) : 0;
}

int cmd_decoder_finish(struct cmd_decoder *d, int status)
{
    struct ae_err e = {0};

    if (d->n && !d->broken && work(d, 0, &e))
        cmd_error(NULL, &e);
    status = cmd_items_finish(d->items, d->broken ? CMD_FAILED : status);
    ae_coder_free(d->coder);
    free(d->z);
    free(d->x);
    free(d->name);
    free(d->label);
    free(d);
    return status;
}
