/* graph.h - nodes in order: what a network is, before memory and numbers. */
#ifndef AE_NN_GRAPH_GRAPH_H
#define AE_NN_GRAPH_GRAPH_H

#include "base/mem.h"
#include "nn/layer/layer.h"

struct ae_graph {
    struct ae_arena arena;
    struct ae_node *node;
    int count;
    int noutputs, output[4];    /* node indices */
    const char *output_name[4]; /* "output" unless named */
    size_t weights;             /* floats of the flat block */
    size_t packed;              /* floats of the packed block ... */
    /* ... and of what leads it, that each turn has anew (turn.h) */
    size_t turned;
    size_t scratch, shared; /* floats, largest of all nodes */
    const char *text;       /* expanded spec */
};

struct ae_limits {
    int nodes, dim;
    uint64_t weights;
};
extern const struct ae_limits ae_graph_limits; /* 4096; 65536; 2^28 */

int ae_graph_new(struct ae_graph **out, struct ae_err *e);
void ae_graph_free(struct ae_graph *g);
/* Appends a node: attributes as "k=3 act=relu" text, inputs by index. */
int ae_graph_add(struct ae_graph *g, const char *kind, const char *name,
                 const char *attrs, const int *in, int nin, int line,
                 struct ae_err *e);
int ae_graph_output(struct ae_graph *g, int node, const char *name,
                    struct ae_err *e);
/* After the last node: weight offsets, packed offsets; checks limits. */
int ae_graph_finish(struct ae_graph *g, struct ae_err *e);
int ae_graph_find(const struct ae_graph *g, const char *name); /* or -1 */
/* An attribute that is a whole number, a word of a list or yes or no; 0 where
 * the node's kind has none of that name. */
int ae_node_int(const struct ae_node *nd, const char *attr);
/* The node that is the output of that name (NULL: the first), or -1. */
int ae_graph_find_output(const struct ae_graph *g, const char *name);
/* The input of that name (NULL: the first), or -1. */
int ae_graph_input(const struct ae_graph *g, const char *name);
/* What a node is called as an input; NULL where it is no input. */
const char *ae_graph_input_name(const struct ae_graph *g, int node);
/* How far an output looks, rows and columns, input pixels; and the size that
 * pictures must be a multiple of. */
void ae_graph_receptive_field(const struct ae_graph *g, int reach[2],
                              int align[2]);
/* The same for pieces of a picture that shall give the bits of the whole:
 * convolutions by tiles look as far as their tiles, which must lie alike. */
void ae_graph_piece_overlap(const struct ae_graph *g, int overlap[2],
                            int align[2]);
/* 1 when the net runs on any h x w and in pieces. */
int ae_graph_is_fully_convolutional(const struct ae_graph *g);
/* Shapes of every node for an input of h x w (0: the nominal). */
int ae_graph_shapes(const struct ae_graph *g, int h, int w,
                    struct ae_shape *out, struct ae_err *e);
double ae_graph_macs(const struct ae_graph *g); /* per input pixel */
/* Fresh weights: he, xavier, zero; a function of (seed, node name). */
void ae_graph_init(const struct ae_graph *g, float *weights, uint64_t seed);
/* 1 when the graph draws its code. */
int ae_graph_is_variational(const struct ae_graph *g);
/* 1 when there is a norm that can be folded. */
int ae_graph_can_fold(const struct ae_graph *g);
/* Norms folded into the convs and dense layers before them: a graph and
 * weights (aligned, to be freed) that give the same outputs outside
 * training. */
int ae_graph_fold(const struct ae_graph *g, const float *weights,
                  struct ae_graph **out, float **out_weights, struct ae_err *e);

#endif
