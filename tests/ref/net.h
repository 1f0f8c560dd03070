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

/* Deterministic numbers of the tests' own, uniform in -1..1. */
double net_random(uint64_t *state);
void net_fill(float *v, size_t n, double scale, double shift, uint64_t seed);
/* Every value of a view. */
void net_fill_view(const struct ae_view *v, double scale, double shift,
                   uint64_t seed);

#endif
