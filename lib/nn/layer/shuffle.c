/* shuffle.c - pixels to channels (unshuffle) and back (shuffle: sub-pixel
 * upsampling, Shi et al. 2016).
 *
 * Channel c of pixel (i, j) of a k x k block becomes channel (i * kw + j) * C +
 * c, so that a block's row is one run of memory on both sides.  In a turned net
 * the block's pixels lie at other places. */
#include "base/err.h"
#include "nn/graph/row_tasks.h"
#include "nn/graph/turn.h"

struct shuffle {
    int k[2];
};
enum { MAX_BLOCK = 64 }; /* of k */

static const struct ae_field fields[] = {
    AE_FIELD("k", PAIR, shuffle, k, .def = "2", .min = 1, .max = MAX_BLOCK,
             .help = "block, rows x columns"),
    {.name = NULL}};

static int down_shape(const struct ae_node *nd, const struct ae_shape *in,
                      struct ae_shape *out, struct ae_err *e)
{
    const struct shuffle *a = nd->attr;

    if (in[0].h % a->k[0] || in[0].w % a->k[1])
        return ae_fail(e, AE_EARG, "%dx%d is not a multiple of %dx%d (h x w)",
                       in[0].h, in[0].w, a->k[0], a->k[1]);
    *out = (struct ae_shape){in[0].h / a->k[0], in[0].w / a->k[1],
                             in[0].c * a->k[0] * a->k[1]};
    return 0;
}

static int up_shape(const struct ae_node *nd, const struct ae_shape *in,
                    struct ae_shape *out, struct ae_err *e)
{
    const struct shuffle *a = nd->attr;

    if (in[0].c % (a->k[0] * a->k[1]))
        return ae_fail(e, AE_EARG, "%d channels are no multiple of %d", in[0].c,
                       a->k[0] * a->k[1]);
    *out = (struct ae_shape){in[0].h * a->k[0], in[0].w * a->k[1],
                             in[0].c / (a->k[0] * a->k[1])};
    return 0;
}

static int down_setup(struct ae_node *nd, const struct ae_node *const *in,
                      struct ae_err *e)
{
    const struct shuffle *a = nd->attr;

    (void)e;
    for (int d = 0; d < 2; d++) {
        nd->receptive_field[d] += (a->k[d] - 1) * in[0]->output_stride[d];
        nd->output_stride[d] *= a->k[d];
    }
    return 0;
}

static int up_setup(struct ae_node *nd, const struct ae_node *const *in,
                    struct ae_err *e)
{
    const struct shuffle *a = nd->attr;

    (void)e;
    for (int d = 0; d < 2; d++) {
        nd->receptive_field[d] += in[0]->output_stride[d] * (a->k[d] - 1) /
                                  a->k[d];
        nd->output_stride[d] /= a->k[d];
    }
    return 0;
}

static int check_turn(const struct ae_node *nd, int turn, struct ae_err *e)
{
    static const int pad[2] = {0, 0};
    const struct shuffle *a = nd->attr;

    return ae_check_tap_turn(a->k, a->k, pad, turn, e);
}

static void down_input_rows(const struct ae_node *nd, int row, int rows[2])
{
    const struct shuffle *a = nd->attr;

    rows[0] = row * a->k[0];
    rows[1] = rows[0] + a->k[0];
}

static void up_input_rows(const struct ae_node *nd, int row, int rows[2])
{
    const struct shuffle *a = nd->attr;

    rows[0] = row / a->k[0];
    rows[1] = rows[0] + 1;
}

/* n floats stored or added. */
static void put_floats(const struct ae_run *run, float *to, const float *from,
                       int n, int add)
{
    if (add)
        run->ctx->k->add(to, from, (size_t)n);
    else
        memcpy(to, from, (size_t)n * sizeof(*to));
}

/* Between row r of the small view (many channels) and its k rows of the
 * large one, in the direction `up`. */
static void move_block_row(const struct ae_run *run, const struct shuffle *a,
                           const struct ae_view *small,
                           const struct ae_view *large, int r, int up, int add)
{
    int n = r / small->h, y = r % small->h, c = large->c, kw = a->k[1];
    int run1 = large->pix == c ? kw * c : c, runs = kw * c / run1;

    for (int i = 0; i < a->k[0]; i++) {
        float *s = ae_row(small, n, y) + i * kw * c;
        float *l = ae_row(large, n, y * a->k[0] + i);
        for (int x = 0; x < small->w; x++, s += small->pix)
            for (int j = 0; j < runs; j++) {
                float *p = s + j * c, *q = l + (x * kw + j) * large->pix;
                put_floats(run, up ? q : p, up ? p : q, run1, add);
            }
    }
}

/* What move_block_row() does down, with blocks turned. */
static void move_block_row_turned(int turn, const struct shuffle *a,
                                  const struct ae_view *small,
                                  const struct ae_view *large, int r)
{
    const int n = r / small->h, y = r % small->h * a->k[0];

    for (int t = 0; t < a->k[0] * a->k[1]; t++) {
        int at[2] = {t / a->k[1], t % a->k[1]};
        ae_turn_at(turn, a->k[0], a->k[1], at);
        float *to = ae_batch_row(small, r) + t * large->c;
        const float *from = ae_row(large, n, y + at[0]) + at[1] * large->pix;
        for (int x = 0; x < small->w;
             x++, to += small->pix, from += a->k[1] * large->pix)
            memcpy(to, from, (size_t)large->c * sizeof(*to));
    }
}

static void down_forward(const struct ae_run *run, const struct ae_node *nd,
                         int r0, int r1)
{
    const struct shuffle *a = nd->attr;
    const struct ae_view *all = &run->out[nd->index];
    const struct ae_view out = ae_columns(run, all);
    struct ae_view in = *ae_in(run, nd, 0);

    in.data += (out.data - all->data) / all->pix * a->k[1] * in.pix;
    for (int r = r0; r < r1; r++)
        if (run->turn)
            move_block_row_turned(run->turn, a, &out, &in, r);
        else
            move_block_row(run, a, &out, &in, r, 0, 0);
}

static void down_back(const struct ae_run *run, const struct ae_node *nd,
                      int r0, int r1)
{
    for (int r = r0; r < r1; r++)
        move_block_row(run, nd->attr, &run->dout[nd->index], ae_din(run, nd, 0),
                       r, 1, run->add[nd->index][0]);
}

/* from[j]: the first channel of the pixel at row i, column j of a block. */
static void row_order(int turn, const struct shuffle *a, int i, int c,
                      int *from)
{
    for (int t = 0; t < a->k[0] * a->k[1]; t++) {
        int at[2] = {t / a->k[1], t % a->k[1]};
        ae_turn_at(turn, a->k[0], a->k[1], at);
        if (at[0] == i)
            from[at[1]] = t * c;
    }
}

/* Makes any output row: one of the k rows of move_block_row(). */
static void up_forward(const struct ae_run *run, const struct ae_node *nd,
                       int r0, int r1)
{
    const struct shuffle *a = nd->attr;
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);
    int c = out->c, kw = a->k[1], parts = ae_max(run->parts, 1);
    int x0 = ae_part(out->w, parts, run->part);
    int x1 = ae_part(out->w, parts, run->part + 1);

    for (int r = r0; r < r1; r++) {
        int y = r % out->h, from[MAX_BLOCK];
        float *o = ae_batch_row(out, r);
        const float *s = ae_row(in, r / out->h, y / a->k[0]);
        row_order(run->turn, a, y % a->k[0], c, from);
        for (int x = x0; x < x1; x++)
            memcpy(o + x * out->pix, s + x / kw * in->pix + from[x % kw],
                   (size_t)c * sizeof(*o));
    }
}

static void up_back(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    for (int r = r0; r < r1; r++)
        move_block_row(run, nd->attr, ae_din(run, nd, 0), &run->dout[nd->index],
                       r, 0, run->add[nd->index][0]);
}

static void down_backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dy = &run->dout[nd->index];

    ae_par_backward(run, nd, dy->n * dy->h, 2.0 * dy->w * dy->c, down_back);
}

static void up_backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dx = ae_din(run, nd, 0);

    ae_par_backward(run, nd, dx->n * dx->h, 2.0 * dx->w * dx->c, up_back);
}

const struct ae_layer_kind ae_layer_unshuffle = {
    .name = "unshuffle",
    .help = "blocks of pixels become channels",
    .fields = fields,
    .size = sizeof(struct shuffle),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SPLIT_COLUMNS,
    .shape = down_shape,
    .setup = down_setup,
    .input_rows = down_input_rows,
    .check_turn = check_turn,
    .forward = down_forward,
    .backward = down_backward};
const struct ae_layer_kind ae_layer_shuffle = {
    .name = "shuffle",
    .help = "channels become blocks of pixels",
    .fields = fields,
    .size = sizeof(struct shuffle),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SPLIT_COLUMNS,
    .shape = up_shape,
    .setup = up_setup,
    .input_rows = up_input_rows,
    .check_turn = check_turn,
    .forward = up_forward,
    .backward = up_backward};
