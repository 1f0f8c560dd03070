/* layer.h - what a layer kind is, and what it may see while it runs.
 *
 * A kind is one const struct in a file of its own (or its family's) and one
 * line in layers.c.  Nothing in forward or backward allocates or fails.
 * Every output element has one writer and one order of summation, so results
 * don't depend on threads, batch size or the pieces a picture is cut into. */
#ifndef AE_NN_LAYER_LAYER_H
#define AE_NN_LAYER_LAYER_H

#include "kernel/ctx.h"
#include "nn/graph/tensor.h"

enum { AE_MAX_INPUTS = 8, AE_MAX_PARAMS = 4 };

enum ae_init { AE_INIT_ZERO, AE_INIT_ONE, AE_INIT_HE, AE_INIT_XAVIER };

/* One weight tensor.  In memory it lies as the kernels want it (a conv as
 * [kh][kw][cin][cout], a dense layer as [in][out]); `axes` says which memory
 * axis each axis of the file is: file axis i is memory axis axes[i]. */
struct ae_param {
    const char *suffix; /* "weight", "bias", "mean", "var" */
    int ndims, dims[4]; /* memory order */
    int axes[4];
    size_t count, offset; /* floats; place in the flat block (x16) */
    enum ae_init init;
    int fan_in, fan_out;
    int trainable; /* 0: running statistics */
    int decay;     /* weight decay applies */
};

struct ae_node {
    const struct ae_layer_kind *kind;
    const char *name;
    int index, line; /* in the graph; in the spec's text */
    /* kind->flags; setup may change them (a conv without act needn't keep
     * its y) */
    unsigned flags;
    void *attr;                 /* kind->size bytes, filled from fields */
    int nin, in[AE_MAX_INPUTS]; /* indices of earlier nodes */
    /* the earlier node of the same kind whose weights this one uses; -1:
     * its own */
    int tie;
    struct ae_shape shape; /* output at the nominal input size */
    int nparam;
    struct ae_param param[AE_MAX_PARAMS];
    /* floats of weights in running form; of nodes with AE_REPACK first */
    size_t packed, packed_offset;
    /* floats that a worker needs, and that all workers share while the node
     * trains */
    size_t scratch, shared;
    /* rows, columns, in input pixels: distance between outputs; how far one
     * looks */
    double jump[2], reach[2];
    /* how far what is around can change an output's last bits: reach or
     * more */
    double bits[2];
    /* rows and columns that are computed together, counted from 0: 1 or a
     * tile's */
    int grid;
    /* per item at the nominal size; for a free size, per input pixel */
    double macs;
};

/* What is asked of the layers that are the code. */
struct ae_code_options {
    /* latents draw their code; outside training too the terms are summed
     * then */
    int draw;
    double beta; /* times each latent's own */
    /* a number of the code whose divergence, in the batch's mean, is below
     * that has no slope of it */
    double free_nats;
    /* Importance weighting, by item of the batch; NULL: the divergence is a
     * term in closed form.  Else latents add their weighed log q(z|x) - log
     * p(z) of the drawn z to `ratio`, and their slopes go by `weight`, which
     * the caller fills before backward. */
    double *ratio;
    const double *weight;
};

/* What such a layer finds in a batch, by number of the code (row by row, the
 * channels of a pixel together): means over the items. */
struct ae_code_stats {
    int count;
    double *mean, *square; /* of the code, a latent's mu */
    double *divergence;    /* nats; NULL: not a latent */
};

/* What a pass sees.  Views are indexed by node. */
struct ae_run {
    const struct ae_ctx *ctx;
    const struct ae_node *node; /* the graph's nodes */
    int n;                      /* items in the batch */
    int train;                  /* dropout drops, norms use the batch... */
    uint64_t seed, step;        /* of random layers */
    struct ae_code_options how;
    struct ae_code_stats *stats; /* by node, filled by term */
    const float *weights;        /* flat block */
    /* the same block, writable: running statistics only; NULL outside
     * training */
    float *buffers;
    float *wgrad; /* flat block of gradients, or NULL */
    float *packed;
    int turn; /* forward: as turn.h says; 0: none */
    /* ... and what nodes with AE_REPACK then have in packed's place */
    float *turned;
    struct ae_view *out;
    struct ae_view *dout; /* data NULL where no gradient flows */
    /* [node][input]: backward adds to the input's gradient (1), or is the
     * first to reach it and stores (0) */
    const unsigned char (*add)[AE_MAX_INPUTS];
    /* forward: the worker's own node->scratch floats.  prepare, backward:
     * worker t's start at scratch + t * scratch_stride */
    float *scratch;
    size_t scratch_stride;
    /* for one node's prepare and forward, or for its backward; NULL outside
     * training */
    float *shared;
    /* forward of a kind that AE_SPLITS: the rows' columns are cut in so
     * many (0: not cut), and this one is wanted */
    int part, parts;
    /* ... of a node with AE_SLICES: so are the output's channels */
    int slice, slices;
};

/* ae_layer_kind.flags */
enum {
    AE_KEEP_X = 1, /* backward reads the inputs */
    AE_KEEP_Y = 2, /* backward reads the output */
    /* out may be input 0's own buffer when nobody else reads that
        * afterwards, and din of input 0 may be dout itself (then data and
        * strides are equal) */
    AE_INPLACE = 4,
    /* cat: inputs are written straight into slices of the output, and
        * their din may be slices of dout */
    AE_PLACES = 8,
    AE_IS_INPUT = 16,
    AE_CODE = 32, /* the code: encode is the graph up to here */
    /* a row of output needs rows from anywhere (dense, reshape): no
        * pieces */
    AE_WHOLE = 64,
    /* inputs after the first give a size only: not read, no gradient */
    AE_LIKE = 128,
    AE_SPLITS = 256, /* forward heeds run->part */
    AE_SLICES = 512, /* ... and run->slice */
    /* a pixel of the output is a function of the inputs' pixels at its
        * place */
    AE_BY_PIXEL = 1024,
    AE_REPACK = 2048 /* the packed form depends on run->turn */
};

struct ae_layer_kind {
    const char *name; /* the word in a spec */
    const char *help;
    const struct ae_field *fields; /* attributes; NULL: none */
    size_t size;                   /* of the attributes' struct */
    int min_in, max_in;
    unsigned flags;
    /* Output shape for the inputs' shapes; 0 in h and w is "any" and stays
     * "any".  Called for the nominal size and for every size planned. */
    int (*shape)(const struct ae_node *, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *);
    /* Once, after shape: params, packed, scratch, jump, reach, grid, macs
     * (`in`: the input nodes, then that of `tie`, if there is one).  Before
     * the call jump is input 0's, reach the largest of the inputs', grid 1,
     * flags the kind's; param.count and offset, and bits, are filled in
     * afterwards.  NULL: nothing to add. */
    int (*setup)(struct ae_node *, const struct ae_node *const *in,
                 struct ae_err *);
    /* The input rows that row `row` of the output is made of: rows[0] to
     * rows[1] - 1, some of which may lie outside.  NULL: that row. */
    void (*looks)(const struct ae_node *, int row, int rows[2]);
    /* 0 where forward heeds run->turn, else AE_EUNSUPPORTED and why the
     * layer has no such turn.  Without AE_BY_PIXEL, NULL is that it has
     * none. */
    int (*turns)(const struct ae_node *, int turn, struct ae_err *);
    /* Weights to their running form; NULL: none. */
    void (*pack)(const struct ae_run *, const struct ae_node *);
    /* Before forward, on one thread, may use the pool: statistics of the
     * batch, noise.  NULL: none. */
    void (*prepare)(const struct ae_run *, const struct ae_node *);
    /* Rows that a forward task does together: its share is a multiple of
     * this.  NULL: 1. */
    int (*together)(const struct ae_run *, const struct ae_node *);
    /* Rows r0..r1-1 of the output, rows counted through the whole batch:
     * row r is row r % h of item r / h.  Called from the pool. NULL: input. */
    void (*forward)(const struct ae_run *, const struct ae_node *, int r0,
                    int r1);
    /* From dout of this node (which it may overwrite) to dout of its inputs,
     * last input first (so that one input given twice is stored, then added
     * to), and to wgrad (which it adds to).  Uses the pool itself. */
    void (*backward)(const struct ae_run *, const struct ae_node *);
    /* A term of the training loss that comes from this node (KL, sparsity),
     * in the loss's own unit; its backward adds the slope.  Called after
     * forward, on one thread; fills run->stats.  NULL: none. */
    double (*term)(const struct ae_run *, const struct ae_node *);
};

/* layers.c */
const struct ae_layer_kind *ae_layer_by_name(const char *name);
const struct ae_layer_kind *ae_layer_at(size_t i); /* NULL past the end */

/* up.c: input 0 made larger by whole factors, with c channels; the exact size
 * is that of a second input, if there is one, where pooling or a stride had
 * rounded up.  AE_EARG where that can't be. */
int ae_enlarged_shape(const struct ae_node *nd, const struct ae_shape *in,
                      const int by[2], int c, struct ae_shape *out,
                      struct ae_err *e);

static inline const struct ae_view *ae_in(const struct ae_run *run,
                                          const struct ae_node *nd, int i)
{
    return &run->out[nd->in[i]];
}
static inline const struct ae_view *ae_din(const struct ae_run *run,
                                           const struct ae_node *nd, int i)
{
    return &run->dout[nd->in[i]]; /* data NULL: not wanted */
}
/* Its weights in running form, for forward. */
static inline const float *ae_packed(const struct ae_run *run,
                                     const struct ae_node *nd)
{
    return (run->turn && nd->flags & AE_REPACK ? run->turned : run->packed) +
           nd->packed_offset;
}
static inline const float *ae_weight(const struct ae_run *run,
                                     const struct ae_node *nd, int i)
{
    return run->weights + nd->param[i].offset;
}

#endif
