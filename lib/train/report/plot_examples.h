/* plot_examples.h - what the net makes, drawn into the page. */
#ifndef AE_TRAIN_REPORT_PLOT_EXAMPLES_H
#define AE_TRAIN_REPORT_PLOT_EXAMPLES_H

#include "page/html.h"
#include "train/report/view.h"

/* Held-out examples beside their reconstructions. */
void ae_plot_examples(struct ae_html *h, const struct ae_train_view *v);
/* Decoded draws of the prior; nothing where the code isn't variational or
 * can't be decoded by itself. */
void ae_plot_samples(struct ae_html *h, const struct ae_train_view *v);

#endif
