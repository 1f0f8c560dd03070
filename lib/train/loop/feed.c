/* feed.c - see feed.h. */
#include "train/loop/feed.h"

void ae_feed_init(struct ae_feed *f, const struct ae_exec *x)
{
    f->x = ae_exec_input(x, "x");
    f->sigma = ae_exec_input(x, "sigma");
    f->label = ae_exec_input(x, "label");
}

void ae_feed_put(const struct ae_feed *f, const struct ae_batch *b, int first,
                 int n, int at, int copies)
{
    for (int i = 0; i < n * copies; i++) {
        const int from = first + i / copies;
        ae_view_put(&f->x, at + i, 1, b->noisy + (size_t)from * b->item);
        if (f->sigma.data)
            ae_view_fill(&f->sigma, at + i, b->sigma[from]);
        if (f->label.data)
            ae_view_one_hot(&f->label, at + i, b->class[from]);
    }
}
