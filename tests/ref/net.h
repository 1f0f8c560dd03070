/* net.h - small graphs from one line of text, for tests of the layers:
 * "x input c=3; a conv c=4 k=3; y add < a x".  With no `<` a node reads the
 * one before it; the last node is the output. */
#ifndef TEST_NET_H
#define TEST_NET_H

#include "nn/graph/exec.h"

/* Prints the library's message and exits when the text is refused. */
struct ae_graph *net_build(const char *text);
/* The same, an error given back. */
int net_try(const char *text, struct ae_graph **out, struct ae_err *e);

/* For each layer kind a net with a layer of that kind behind one that has
 * weights, so that a gradient passes it.  n items of w columns; heights are
 * multiples of `step`, or `fixed` where that isn't 0. */
struct net_case {
    const char *kind;
    int n, w, step, fixed;
    const char *text;
};
/* The case of the kind, after checking that its net has such a node; NULL,
 * with a message, where there is none. */
const struct net_case *net_case_of(const struct ae_layer_kind *kind);

/* Deterministic numbers of the tests' own, uniform in -1..1. */
double net_random(uint64_t *state);
void net_fill(float *v, size_t n, double scale, double shift, uint64_t seed);
/* Every value of a view. */
void net_fill_view(const struct ae_view *v, double scale, double shift,
                   uint64_t seed);

/* Weights by which a net's values keep their size; ae_free_aligned() them. */
float *net_weights(const struct ae_graph *g);

#endif
