/* show.h - what a net makes, drawn into a page: held-out examples beside
 * their reconstructions, and decoded draws of the prior. */
#ifndef AE_TRAIN_REPORT_SHOW_H
#define AE_TRAIN_REPORT_SHOW_H

#include "train/report/html.h"
#include "train/loop/trainer.h"

void ae_show_pairs(struct ae_trainer *t, struct ae_html *h);
/* Nothing where the code isn't variational or can't be decoded by itself. */
void ae_show_samples(struct ae_trainer *t, struct ae_html *h);

#endif
