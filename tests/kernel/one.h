/* one.h - one layer on its own: made, packed, run forward and back without a
 * graph, on views whose strides the caller chooses. */
#ifndef AE_TESTS_ONE_H
#define AE_TESTS_ONE_H

#include "nn/layer/layer.h"

struct one {
    struct ae_node node[2]; /* an input, the layer */
    struct ae_run run;
    struct ae_view out[2], dout[2];
    unsigned char add[2][AE_MAX_INPUTS];
    float *weights, *wgrad, *packed, *scratch, *shared;
    size_t nweights;
    int forward_rows; /* rows of a forward task */
};

/* The layer `kind` with attributes as "c=8 k=3", on n items of h x w x c;
 * pixels of the input lie `gap` channels apart.  Everything is filled with
 * random numbers.  Exits when memory or the layer refuses. */
void one_init(struct one *o, const struct ae_ctx *ctx,
              const struct ae_layer_kind *kind, const char *attrs, int n, int h,
              int w, int c, int gap);
void one_release(struct one *o);
void one_forward(struct one *o);
void one_backward(struct one *o); /* adds to wgrad */
/* Uniform in -1..1, from a walk that is the same in every run. */
float one_random(void);

#endif
