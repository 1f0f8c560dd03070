/* decode.c - codes to items, in batches. */
#include <stdlib.h>

#include "base/err.h"
#include "model/model.h"
#include "run/items/batcher.h"

struct ae_decoder {
    struct ae_coder *coder;
    struct ae_batcher batcher; /* of codes */
    float *x;                  /* [batch] items */
    struct ae_decode_options o;
};

static int run_batch(void *arg, struct ae_err *e)
{
    struct ae_decoder *d = arg;
    const struct ae_batcher *b = &d->batcher;
    const size_t item = ae_coder_info(d->coder)->item;

    AE_TRY(ae_coder_decode(d->coder, b->x, b->class, b->n, d->x, e));
    for (int i = 0; i < b->n; i++)
        AE_TRY(d->o.fn(d->o.arg, b->item[i].name, d->x + (size_t)i * item,
                       b->item[i].more, e));
    return 0;
}

static int init_decoder(struct ae_decoder *d, struct ae_err *e)
{
    const struct ae_coder_info *i = ae_coder_info(d->coder);

    AE_TRY(ae_coder_decode(d->coder, NULL, NULL, 0, NULL, e));
    d->x = ae_alloc((size_t)i->batch, i->item * sizeof(*d->x), e);
    if (!d->x)
        return AE_EMEM;
    return ae_batcher_resize(&d->batcher, (size_t)i->code, i->batch, e);
}

int ae_decoder_new(struct ae_ctx *ctx, const struct ae_model *m,
                   const struct ae_decode_options *o, struct ae_decoder **out,
                   struct ae_err *e)
{
    struct ae_decoder *d = ae_alloc(1, sizeof(*d), e);

    *out = NULL;
    if (!d)
        return AE_EMEM;
    *d = (struct ae_decoder){.o = *o, .batcher = {.run = run_batch, .arg = d}};
    int rc = ae_coder_new(ctx, m, o->h, o->w, 0, &d->coder, e);
    if (rc < 0 || (rc = init_decoder(d, e)) < 0) {
        ae_decoder_free(d);
        return rc;
    }
    *out = d;
    return 0;
}

void ae_decoder_free(struct ae_decoder *d)
{
    if (!d)
        return;
    ae_coder_free(d->coder);
    ae_batcher_release(&d->batcher);
    free(d->x);
    free(d);
}

const struct ae_coder_info *ae_decoder_info(const struct ae_decoder *d)
{
    return ae_coder_info(d->coder);
}

int ae_decoder_put(struct ae_decoder *d, const struct ae_latent *z, int class,
                   int more, struct ae_err *e)
{
    const struct ae_example x = {.name = z->name, .x = z->z, .more = more};

    return ae_batcher_add(&d->batcher, &x, class, 0, e);
}

int ae_decoder_finish(struct ae_decoder *d, struct ae_err *e)
{
    return ae_batcher_flush(&d->batcher, 0, e);
}
