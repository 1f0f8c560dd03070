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
    size_t packed;              /* floats of the packed block */
    /* floats at its start that each turn has of its own (turn.h) */
    size_t turned;
    size_t scratch, shared; /* floats, largest of all nodes */
    const char *text;       /* expanded spec */
};

/* What no graph may go beyond, so that a model of a few bytes asks for no
 * unbounded memory or time. */
struct ae_limits {
    int nodes, dim;
    uint64_t weights;
    double work; /* multiplications a pixel */
};
extern const struct ae_limits ae_graph_limits; /* 4096; 2^20; 2^28; 2^24 */

int ae_graph_new(struct ae_graph **out, struct ae_err *e);
void ae_graph_free(struct ae_graph *g);
/* Appends a node: attributes as the text "k=3 act=relu", inputs by index. */
int ae_graph_add(struct ae_graph *g, const char *kind, const char *name,
                 const char *attrs, const int *in, int nin, int line,
                 struct ae_err *e);
int ae_graph_output(struct ae_graph *g, int node, const char *name,
                    struct ae_err *e);
/* To be called after the last node: places the weights, checks limits. */
int ae_graph_finish(struct ae_graph *g, struct ae_err *e);
int ae_graph_find(const struct ae_graph *g, const char *name); /* or -1 */
/* An attribute that is a whole number, a word of a list (its index) or a
 * boolean; 0 where the node's kind has no attribute of that name. */
int ae_node_int(const struct ae_node *nd, const char *attr);
double ae_node_real(const struct ae_node *nd, const char *attr);
/* The node that is the output of that name (NULL: the first), or -1. */
int ae_graph_find_output(const struct ae_graph *g, const char *name);
/* The input of that name (NULL: the first), or -1. */
int ae_graph_input(const struct ae_graph *g, const char *name);
/* What a node is called as an input; NULL where it is no input. */
const char *ae_graph_input_name(const struct ae_graph *g, int node);
/* The receptive field, in rows and columns of the input on each side, and the
 * height and width that pictures must be multiples of. */
void ae_graph_receptive_field(const struct ae_graph *g, int field[2],
                              int align[2]);
/* The same for pieces that give the bits of the whole picture: a convolution by
 * tiles depends on whole tiles, which must lie alike in a piece. */
void ae_graph_piece_overlap(const struct ae_graph *g, int overlap[2],
                            int align[2]);
/* 1 when the net is fully convolutional: it runs on pictures of any size, also
 * in pieces. */
int ae_graph_is_fully_convolutional(const struct ae_graph *g);
/* Shapes of all nodes for an input of h x w; 0: the nominal size. */
int ae_graph_shapes(const struct ae_graph *g, int h, int w,
                    struct ae_shape *out, struct ae_err *e);
/* From now on the weights of the node of that name, and of all nodes that it
 * is computed from, aren't trained.  AE_EARG where there is no such node, or
 * nothing else has weights. */
int ae_graph_freeze(struct ae_graph *g, const char *name, struct ae_err *e);
double ae_graph_macs(const struct ae_graph *g); /* per input pixel */
/* Fresh weights, each tensor a function of (seed, its name). */
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
