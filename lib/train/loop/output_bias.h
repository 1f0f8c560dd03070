/* output_bias.h - where a fresh net's output begins: the mean of the data. */
#ifndef AE_TRAIN_LOOP_OUTPUT_BIAS_H
#define AE_TRAIN_LOOP_OUTPUT_BIAS_H

#include "nn/graph/graph.h"
#include "train/data/batch.h"

/* Sets the bias of a sigmoid output so that it begins as the mean of the first
 * 1,024 draws of the sampler (or of as many as there are, once): a
 * prior as in Lin et al. 2017, section 4.1.  Without it a bias that many dark
 * pixels share drives a squared error's output to black within a few steps,
 * where the sigmoid is so flat that no gradient leads back.  Outputs of other
 * activations begin as they are. */
int ae_init_output_bias(const struct ae_sampler *from, const struct ae_graph *g,
                        float *weights, struct ae_err *e);

#endif
