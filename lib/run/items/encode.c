/* encode.c - items to codes, and on to reconstructions where those are wanted,
 * in batches. */
#include <stdlib.h>

#include "base/err.h"
#include "run/items/item_reader.h"

struct ae_encoder {
    struct ae_encode_options o;
    struct ae_item_reader reader;
    struct ae_coder *coder; /* of the reader's size; NULL: no item came yet */
    float *z, *logvar, *y;  /* [batch]; logvar, y NULL: not wanted */
    ae_encoded_fn *fn;
    void *arg;
};

static void release_batch(struct ae_encoder *c)
{
    ae_coder_free(c->coder);
    free(c->z);
    free(c->logvar);
    free(c->y);
    c->coder = NULL;
    c->z = c->logvar = c->y = NULL;
}

/* x.h, x.w 0: the model's own size. */
static int resize(void *arg, struct ae_shape x, struct ae_err *e)
{
    struct ae_encoder *c = arg;
    const struct ae_encode_options *o = &c->o;
    const int wants_logvar = o->stats || o->draw;

    release_batch(c);
    AE_TRY(ae_coder_new(c->reader.ctx, c->reader.model, x.h, x.w, 0, &c->coder,
                        e));
    const struct ae_coder_info *i = ae_coder_info(c->coder);
    const size_t n = (size_t)i->batch, code = (size_t)i->code;
    if (wants_logvar && !i->gaussian)
        return ae_fail(
            e, AE_EUNSUPPORTED,
            "`stats` and `draw` need a model whose code is normal (a latent); "
            "this one's has no variance");
    if (o->reconstruct)
        AE_TRY(ae_coder_decode(c->coder, NULL, NULL, 0, NULL, e));
    c->z = ae_alloc(n, code * sizeof(*c->z), e);
    if (wants_logvar)
        c->logvar = ae_alloc(n, code * sizeof(*c->z), e);
    if (o->reconstruct)
        c->y = ae_alloc(n, i->item * sizeof(*c->y), e);
    if (!c->z || (wants_logvar && !c->logvar) || (o->reconstruct && !c->y))
        return AE_EMEM;
    return ae_batcher_resize(&c->reader.batcher, i->item, i->batch, e);
}

static int put_item(struct ae_encoder *c, int i, struct ae_err *e)
{
    const struct ae_coder_info *info = ae_coder_info(c->coder);
    const struct ae_example *x = &c->reader.batcher.item[i];
    const size_t at = (size_t)i * (size_t)info->code;
    float *z = c->z + at, *logvar = c->logvar ? c->logvar + at : NULL;
    struct ae_encoded one = {.item = x,
                             .code = {.name = x->name,
                                      .z = z,
                                      .logvar = c->o.stats ? logvar : NULL,
                                      .d = info->code},
                             .y = c->y ? c->y + (size_t)i * info->item : NULL};

    if (c->o.draw)
        ae_latent_draw(z, logvar, info->code, c->o.seed,
                       c->reader.before + x->index);
    return c->fn(c->arg, &one, e);
}

static int run_batch(void *arg, struct ae_err *e)
{
    struct ae_encoder *c = arg;
    const struct ae_batcher *b = &c->reader.batcher;

    AE_TRY(ae_coder_encode(c->coder, b->x, b->class, b->n, c->z, c->logvar, e));
    if (c->y)
        AE_TRY(ae_coder_decode(c->coder, c->z, b->class, b->n, c->y, e));
    for (int i = 0; i < b->n; i++)
        AE_TRY(put_item(c, i, e));
    return 0;
}

static int refuse_item(void *arg, const struct ae_example *x,
                       const struct ae_err *why, struct ae_err *e)
{
    const struct ae_encoder *c = arg;
    const struct ae_encoded one = {.item = x, .fault = why};

    return c->fn(c->arg, &one, e);
}

/* A model of one size is made ready now, one of any size with its first
 * item. */
static int init_encoder(struct ae_encoder *c, struct ae_err *e)
{
    struct ae_item_reader *r = &c->reader;
    const int asks = ae_graph_input(r->model->graph, "label") >= 0;

    AE_TRY(ae_item_reader_init(r, asks ? c->o.label : NULL, e));
    const int rc = resize(c, (struct ae_shape){0}, e);
    if (rc)
        return rc == AE_EARG ? 0 : rc;
    r->h = ae_coder_info(c->coder)->h;
    r->w = ae_coder_info(c->coder)->w;
    return 0;
}

int ae_encoder_new(struct ae_ctx *ctx, const struct ae_model *m,
                   const struct ae_encode_options *o, struct ae_encoder **out,
                   struct ae_err *e)
{
    struct ae_encoder *c = ae_alloc(1, sizeof(*c), e);

    *out = NULL;
    if (!c)
        return AE_EMEM;
    *c = (struct ae_encoder){
        .o = *o,
        .reader = {.ctx = ctx,
                   .model = m,
                   .resize = resize,
                   .refuse = refuse_item,
                   .batcher = {.run = run_batch, .arg = c}}};
    const int rc = init_encoder(c, e);
    if (rc)
        ae_encoder_free(c);
    else
        *out = c;
    return rc;
}

void ae_encoder_free(struct ae_encoder *c)
{
    if (!c)
        return;
    release_batch(c);
    ae_item_reader_release(&c->reader);
    free(c);
}

const struct ae_coder_info *ae_encoder_info(const struct ae_encoder *c)
{
    return c->coder ? ae_coder_info(c->coder) : NULL;
}

int ae_encoder_classes(const struct ae_encoder *c)
{
    return ae_condition_asks(&c->reader.condition);
}

int ae_encoder_read(struct ae_encoder *c, const char *path,
                    const struct ae_examples_options *o, ae_encoded_fn *fn,
                    void *arg, struct ae_err *e)
{
    c->fn = fn;
    c->arg = arg;
    return ae_item_reader_read(&c->reader, path, o, e);
}
