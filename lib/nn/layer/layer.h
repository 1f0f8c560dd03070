/* layer.h - what a layer kind is, and what it may see while it runs.
 *
 * A kind is one const struct in a file of its own (or its family's) and one
 * word in layers.c.  Its forward and backward neither allocate nor fail.
 * Every output element has one writer and one order of summation, so results
 * don't depend on threads, batch size or the pieces a picture is cut into.
 *
 * Example: `gain g=3` multiplies every value.
 *
 *   struct gain { double g; };
 *   static const struct ae_field fields[] = {
 *       AE_FIELD("g", REAL, gain, g, .def = "1", .max = 9, .help = "factor"),
 *       {.name = NULL}};
 *
 *   static void forward(const struct ae_run *run, const struct ae_node *nd,
 *                       int r0, int r1)
 *   {
 *       const struct gain *a = nd->attr;
 *       const struct ae_view *y = &run->out[nd->index];
 *       const struct ae_view *x = ae_in(run, nd, 0);
 *
 *       for (int r = r0; r < r1; r++)
 *           for (int i = 0; i < y->w; i++)
 *               for (int c = 0; c < y->c; c++)
 *                   ae_batch_row(y, r)[i * y->pix + c] =
 *                       (float)a->g * ae_batch_row(x, r)[i * x->pix + c];
 *   }
 *
 * For a batch of 2 items with 3 rows each, forward(run, nd, 2, 4) makes the
 * last row of the first item and the first row of the second.  The kind:
 *
 *   const struct ae_layer_kind ae_layer_gain = {
 *       .name = "gain", .help = "every value times g", .fields = fields,
 *       .size = sizeof(struct gain), .min_in = 1, .max_in = 1,
 *       .flags = AE_POINTWISE | AE_INPLACE, .shape = same_shape,
 *       .forward = forward, .backward = backward}; */
#ifndef AE_NN_LAYER_LAYER_H
#define AE_NN_LAYER_LAYER_H

#include "kernel/ctx.h"
#include "nn/graph/tensor.h"

enum { AE_MAX_INPUTS = 8, AE_MAX_PARAMS = 4 };

enum ae_init { AE_INIT_ZERO, AE_INIT_ONE, AE_INIT_HE, AE_INIT_XAVIER };

/* One weight tensor.  In memory it lies as the kernels want it (a conv as
 * [kh][kw][cin][cout], a dense layer as [in][out]); axis i of the file is
 * axis axes[i] in memory. */
struct ae_param {
    const char *suffix; /* "weight", "bias", "mean", "var" */
    int ndims, dims[4]; /* in the order of memory */
    int axes[4];
    size_t count, offset; /* floats; place in the flat block, a multiple of
                           * 16 */
    enum ae_init init;
    int fan_in, fan_out;
    int trainable; /* 0: running statistics, or frozen */
    int frozen;    /* 1: weights that stay as they are (ae_graph_freeze()) */
    int decay;     /* 1: weight decay applies */
};

struct ae_node {
    const struct ae_layer_kind *kind;
    const char *name;
    int index, line; /* in the graph; in the spec's text */
    /* kind->flags, which setup may change: a conv without an activation, for
     * instance, doesn't need its output in backward */
    unsigned flags;
    void *attr;                 /* kind->size bytes, filled from fields */
    int nin, in[AE_MAX_INPUTS]; /* indices of earlier nodes */
    int tie; /* the earlier node whose weights this one uses; -1: its own */
    struct ae_shape shape; /* of the output, at the nominal input size */
    int nparam;
    struct ae_param param[AE_MAX_PARAMS];
    size_t packed, packed_offset; /* floats of the packed weights */
    size_t scratch; /* floats that each worker of a forward needs */
    size_t shared;  /* floats that all workers share while the node trains */
    /* rows, columns; input pixels from one output to the next, and those that
     * an output is a function of, to each side */
    double output_stride[2], receptive_field[2];
    /* pixels to each side that can change an output's last bits: the
     * receptive field, or more where tiles are computed as one */
    double overlap[2];
    int tile; /* side of the tiles that are computed as one; 1: none */
    int taps; /* values that an output is the maximum or mean of; 1: others */
    /* multiplications of an item at the nominal size; for a free size, of an
     * input pixel */
    double macs;
};

/* What the layers that are the code shall do. */
struct ae_code_options {
    /* latents draw their code, and their loss terms are summed, outside
     * training too */
    int draw;
    double beta;      /* factor on each latent's own beta */
    double free_nats; /* a number of the code whose mean divergence over the
                       * batch is below this gets no gradient from it */
    /* Importance weighting, by item of the batch; NULL: the divergence is a
     * term in closed form.  Otherwise a latent adds its weighted log q(z|x) -
     * log p(z) of the drawn z to `ratio`, and its gradients are scaled by
     * `weight`, which the caller fills before backward. */
    double *ratio;
    const double *weight;
};

/* Statistics of a code over a batch, by number of the code (row by row, the
 * channels of a pixel next to each other): means over the items. */
struct ae_code_stats {
    int count;
    double *mean, *square; /* of the code; of a latent, of its mu */
    double *divergence;    /* nats; NULL: not a latent */
};

/* Items that are run as a part of a larger batch: item i is drawn as item
 * i / per * of + first + i % per of it. */
struct ae_part_of_batch {
    int first, per, of;
};

/* What a pass sees.  Views are indexed by node. */
struct ae_run {
    const struct ae_ctx *ctx;
    const struct ae_node *node; /* the graph's nodes */
    int n;                      /* items in the batch */
    int train; /* 1: dropout drops, norms use the batch's statistics */
    uint64_t seed, step;             /* of random layers */
    struct ae_part_of_batch part_of; /* what random layers draw the items as */
    struct ae_code_options code;
    struct ae_code_stats *stats; /* by node, filled by term */
    const float *weights;        /* flat block */
    float *buffers; /* the same block, to update running statistics; NULL
                     * outside training */
    float *wgrad;   /* flat block of gradients, or NULL */
    float *packed;
    int turn;      /* forward: one of turn.h; 0: none */
    float *turned; /* packed weights of the nodes with AE_REPACK, for `turn` */
    struct ae_view *out;
    struct ae_view *dout; /* data NULL where no gradient flows */
    /* [node][input]: backward adds to the input's gradient (1), or is the
     * first to reach it and stores (0) */
    const unsigned char (*add)[AE_MAX_INPUTS];
    /* forward: the worker's own node->scratch floats.  prepare, backward:
     * those of worker t start at scratch + t * scratch_stride */
    float *scratch;
    size_t scratch_stride;
    /* node->shared floats, for one node's prepare and forward, or for its
     * backward; NULL outside training */
    float *shared;
    /* AE_SPLIT_COLUMNS: forward makes columns ae_part(w, parts, part) and on;
     * parts 0: all */
    int part, parts;
    /* AE_SPLIT_CHANNELS: the same of the output's channels */
    int slice, slices;
};

/* ae_layer_kind.flags */
enum {
    AE_SAVE_INPUT = 1,  /* backward reads the inputs */
    AE_SAVE_OUTPUT = 2, /* backward reads the output */
    /* The output may lie in input 0's buffer when no other node reads that
     * afterwards, and the gradient of input 0 in that of the output (then
     * data and strides are equal). */
    AE_INPLACE = 4,
    /* The output is its inputs side by side: they are written straight into
     * slices of it, and their gradients may be slices of its gradient. */
    AE_CONCAT = 8,
    AE_IS_INPUT = 16,
    AE_IS_CODE = 32, /* encoding is the graph up to here */
    /* An output row needs all rows of its inputs (dense, reshape): a picture
     * can't be cut in pieces. */
    AE_GLOBAL = 64,
    /* Inputs after the first give a size only: they aren't read and get no
     * gradient (ae_inputs_read()). */
    AE_SIZE_ONLY = 128,
    AE_SPLIT_COLUMNS = 256,  /* forward heeds run->part */
    AE_SPLIT_CHANNELS = 512, /* forward heeds run->slice */
    AE_POINTWISE = 1024, /* an output pixel is a function of the inputs' pixels
                          * at its place */
    AE_REPACK = 2048     /* packed weights depend on run->turn */
};

struct ae_layer_kind {
    const char *name; /* the word in a spec */
    const char *help;
    const struct ae_field *fields; /* attributes; NULL: none */
    size_t size;                   /* of the attributes' struct */
    int min_in, max_in;            /* inputs */
    unsigned flags;
    /* Output shape for the inputs' shapes; 0 in h and w means any and stays
     * 0.  Called for the nominal size and for every size planned. */
    int (*shape)(const struct ae_node *, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *);
    /* Called once, after shape, to set params, packed, scratch, shared,
     * output_stride, receptive_field, tile and macs.  `in` holds the input
     * nodes, then the tied one, if there is one.  On entry output_stride is
     * input 0's, receptive_field the largest of the inputs', tile 1, flags the
     * kind's.  param.count, param.offset and overlap are filled in afterwards.
     * NULL: nothing to set. */
    int (*setup)(struct ae_node *, const struct ae_node *const *in,
                 struct ae_err *);
    /* The input rows that an output row is made of: rows[0] to rows[1] - 1,
     * some of which may lie outside.  NULL: the row at its place. */
    void (*input_rows)(const struct ae_node *, int row, int rows[2]);
    /* 0 where forward heeds run->turn, else AE_EUNSUPPORTED and why the layer
     * has no such turn.  NULL: it has all with AE_POINTWISE, else none. */
    int (*check_turn)(const struct ae_node *, int turn, struct ae_err *);
    /* Packs weights as forward reads them, on the pool.  NULL: none. */
    void (*pack)(const struct ae_run *, const struct ae_node *);
    /* Called before forward, on one thread, which may use the pool:
     * statistics of the batch, transformed filters.  NULL: none. */
    void (*prepare)(const struct ae_run *, const struct ae_node *);
    /* Row grain: a forward task makes a multiple of so many rows.  NULL:
     * 1. */
    int (*row_grain)(const struct ae_run *, const struct ae_node *);
    /* Makes rows r0..r1-1 of the output, counted through the whole batch: row
     * r is row r % h of item r / h.  Called from the pool.  NULL: input. */
    void (*forward)(const struct ae_run *, const struct ae_node *, int r0,
                    int r1);
    /* From dout of this node, which it may overwrite, to dout of its inputs,
     * last input first (so that one input given twice is stored, then added
     * to), and to wgrad, which it adds to.  Uses the pool itself. */
    void (*backward)(const struct ae_run *, const struct ae_node *);
    /* The node's own term of the training loss (divergence, sparsity), in the
     * loss's unit; backward adds its gradient.  Called after forward, on one
     * thread; fills run->stats.  NULL: none. */
    double (*term)(const struct ae_run *, const struct ae_node *);
};

/* layers.c */
const struct ae_layer_kind *ae_layer_by_name(const char *name);
const struct ae_layer_kind *ae_layer_at(size_t i); /* NULL past the end */

/* upsample.c: input 0 made larger by whole factors, with c channels.  The
 * exact size is that of a second input, if there is one, where pooling or a
 * stride had rounded up; AE_EARG where it can't be. */
int ae_enlarged_shape(const struct ae_node *nd, const struct ae_shape *in,
                      const int by[2], int c, struct ae_shape *out,
                      struct ae_err *e);

/* latent.c, sparse_code.c: the kinds that are a code. */
extern const struct ae_layer_kind ae_layer_latent, ae_layer_code;

/* norm.c, for folding; params in order: weight, bias, mean, var. */
extern const struct ae_layer_kind ae_layer_bnorm;
double ae_bnorm_eps(const struct ae_node *nd);

/* input.c: attributes of an input. */
struct ae_input {
    int c, h, w;
    const char *name; /* NULL: the node's own */
};

/* How many of a node's inputs are read, from the first on. */
static inline int ae_inputs_read(const struct ae_node *nd)
{
    return nd->flags & AE_SIZE_ONLY ? ae_min(nd->nin, 1) : nd->nin;
}

static inline const struct ae_view *ae_in(const struct ae_run *run,
                                          const struct ae_node *nd, int i)
{
    return &run->out[nd->in[i]];
}

/* The gradient of an input; data NULL: it isn't wanted. */
static inline const struct ae_view *ae_din(const struct ae_run *run,
                                           const struct ae_node *nd, int i)
{
    return &run->dout[nd->in[i]];
}

/* A node's packed weights, for forward. */
static inline const float *ae_packed(const struct ae_run *run,
                                     const struct ae_node *nd)
{
    return (run->turn && nd->flags & AE_REPACK ? run->turned : run->packed) +
           nd->packed_offset;
}

/* The row of the whole batch that row r of a node of h rows an item is drawn
 * as. */
static inline uint64_t ae_drawn_row(const struct ae_run *run, int r, int h)
{
    const struct ae_part_of_batch *p = &run->part_of;
    const int i = r / h;

    return (uint64_t)((int64_t)(i / p->per) * p->of + p->first + i % p->per) *
               (uint64_t)h +
           (uint64_t)(r % h);
}

static inline const float *ae_weight(const struct ae_run *run,
                                     const struct ae_node *nd, int i)
{
    return run->weights + nd->param[i].offset;
}

#endif
