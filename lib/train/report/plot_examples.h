/* plot_examples.h - what the net makes, drawn into the page. */
#ifndef AE_TRAIN_REPORT_PLOT_EXAMPLES_H
#define AE_TRAIN_REPORT_PLOT_EXAMPLES_H

#include "train/report/strip.h"

/* Held-out examples beside their reconstructions, and the errors of these. */
void ae_plot_examples(struct ae_html *h, const struct ae_train_view *v);
/* plot_codes.c: where the held-out codes lie, what lies between some of them,
 * and decoded draws of the prior; nothing where there is no code, or where it
 * can't be decoded by itself. */
void ae_plot_codes(struct ae_html *h, const struct ae_train_view *v);

#endif
