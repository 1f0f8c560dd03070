/* one_size.c - pictures of mixed sizes become items of one size, as `fit` and
 * `size` say.
 *
 * Where the size is given, or a trained model has one, each picture is fitted
 * as soon as it is read, so that large photographs don't fill the memory. */
#include "base/err.h"
#include "model/model.h"
#include "train/data/train_data.h"

int ae_train_data_choose_size(struct ae_train_data *d,
                              const struct ae_model *model, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;
    const int x = model ? ae_graph_input(model->graph, "x") : -1;
    int h = o->size[1], w = o->size[0];

    if ((h > 0) != (w > 0))
        return ae_fail(e, AE_EARG, "`size`: neither may be 0");
    if (o->fit)
        d->prep.fit = o->fit;
    if (!d->prep.fit)
        return h ? ae_fail(e, AE_EARG, "`size` needs `fit` crop, pad or resize")
                 : 0;
    if (x >= 0 && model->graph->node[x].shape.h) {
        h = model->graph->node[x].shape.h;
        w = model->graph->node[x].shape.w;
    }
    struct ae_dataset *all[] = {&d->items, &d->val_items, &d->noisy_items};
    for (size_t i = 0; i < AE_LEN(all); i++) {
        all[i]->fit = (enum ae_fit)d->prep.fit;
        all[i]->fit_h = h;
        all[i]->fit_w = w;
    }
    return 0;
}

/* The smallest sides of all pictures, so that none is enlarged; to be padded,
 * the largest. */
static void find_size(const struct ae_dataset *items, int pads, int *h, int *w)
{
    *h = items->item[0].h;
    *w = items->item[0].w;
    for (size_t i = 0; i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        *h = pads ? ae_max(*h, it->h) : ae_min(*h, it->h);
        *w = pads ? ae_max(*w, it->w) : ae_min(*w, it->w);
    }
}

int ae_train_data_fit(struct ae_train_data *d, struct ae_err *e)
{
    int h, w;

    if (!d->prep.fit || d->items.fit_h || d->prep.kind != AE_INPUT_IMAGE)
        return 0;
    find_size(&d->items, d->prep.fit == AE_FIT_PAD, &h, &w);
    ae_log(d->ctx, AE_LOG_NOTE,
           "`fit`: items of %dx%d pixels; `size` WxH has "
           "others",
           w, h);
    AE_TRY(ae_dataset_fit(d->ctx, &d->items, h, w, e));
    AE_TRY(ae_dataset_fit(d->ctx, &d->val_items, h, w, e));
    return ae_dataset_fit(d->ctx, &d->noisy_items, h, w, e);
}
