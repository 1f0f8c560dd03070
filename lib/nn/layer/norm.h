/* norm.h - what folding needs to know of a batch norm. */
#ifndef AE_NN_LAYER_NORM_H
#define AE_NN_LAYER_NORM_H

#include "nn/layer/layer.h"

/* Params in order: weight, bias, mean, var. */
extern const struct ae_layer_kind ae_layer_bnorm;
double ae_bnorm_eps(const struct ae_node *nd);

#endif
