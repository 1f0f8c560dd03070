/* code.h - the kinds of layer that are a code. */
#ifndef AE_NN_LAYER_CODE_H
#define AE_NN_LAYER_CODE_H

#include "nn/graph/graph.h"

extern const struct ae_layer_kind ae_layer_latent, ae_layer_code;

/* 1 when the graph draws its code. */
static inline int ae_graph_is_variational(const struct ae_graph *g)
{
    for (int i = 0; i < g->count; i++)
        if (g->node[i].kind == &ae_layer_latent)
            return 1;
    return 0;
}

#endif
