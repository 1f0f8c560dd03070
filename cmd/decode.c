/* decode.c - codes to items on their way out, a batch at a time: what
 * ae-decode and ae-sample share. */
#include <stdlib.h>

#include "cmd.h"

struct cmd_decoder {
    struct ae_decoder *decoder;
    struct cmd_item_writer *writer;
    int broken; /* 1: no more can be written */
};

static int write_item(void *arg, const char *name, float *x, int more,
                      struct ae_err *e)
{
    const struct cmd_decoder *d = arg;

    return cmd_item_writer_put(d->writer, name, x, more, e);
}

struct cmd_decoder *cmd_decoder_open(struct ae_ctx *ctx,
                                     const struct ae_model *m,
                                     const struct cmd_common *c,
                                     const struct cmd_decoder_options *o)
{
    struct cmd_decoder *d = cmd_need(calloc(1, sizeof(*d)));
    const struct ae_decode_options how = {
        .h = o->size[1], .w = o->size[0], .fn = write_item, .arg = d};
    struct ae_err e = {0};

    cmd_refuse_text(m);
    if (ae_decoder_new(ctx, m, &how, &d->decoder, &e))
        cmd_die(CMD_USAGE, "%s: %s%s", o->model, e.msg,
                e.code == AE_EARG && !o->size[0] ? " (--size WxH)" : "");
    const struct ae_coder_info *i = ae_decoder_info(d->decoder);
    const struct cmd_items items = {.h = i->h,
                                    .w = i->w,
                                    .c = i->c,
                                    .columns = o->grid[0],
                                    .rows = o->grid[1],
                                    .count = o->count};
    d->writer = cmd_item_writer_open(ctx, m, c, &items);
    return d;
}

const struct ae_coder_info *cmd_decoder_info(const struct cmd_decoder *d)
{
    return ae_decoder_info(d->decoder);
}

int cmd_decoder_put(struct cmd_decoder *d, const struct ae_latent *z, int label,
                    int more, struct ae_err *e)
{
    const int rc = ae_decoder_put(d->decoder, z, label, more, e);

    d->broken |= rc != 0;
    return rc;
}

int cmd_decoder_finish(struct cmd_decoder *d, int status)
{
    struct ae_err e = {0};

    if (!d->broken && ae_decoder_finish(d->decoder, &e)) {
        cmd_error(NULL, &e);
        d->broken = 1;
    }
    status = cmd_item_writer_finish(d->writer, d->broken ? CMD_FAILED : status);
    ae_decoder_free(d->decoder);
    free(d);
    return status;
}
