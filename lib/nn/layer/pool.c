/* pool.c - max and mean over windows, per axis.
 *
 * Sizes round up: windows are cut at the right and bottom edge, and a mean is
 * over the rest.  In backward each row has one writer: the windows of a task
 * share no input row with those of another. */
#include "base/err.h"
#include "nn/graph/row_tasks.h"
#include "nn/graph/turn.h"

struct pool {
    int kind, k[2], s[2];
};
enum { POOL_MAX, POOL_MEAN };
enum { CHANNELS = 64 }; /* compared at a time */
static const char *const pool_kinds[] = {"max", "mean", NULL};

static const struct ae_field fields[] = {
    AE_FIELD("kind", ENUM, pool, kind, .def = "max", .names = pool_kinds,
             .help = "maximum or mean"),
    AE_FIELD("k", PAIR, pool, k, .def = "2", .min = 1, .max = 64,
             .help = "window, rows x columns"),
    AE_FIELD("s", PAIR, pool, s, .def = "0", .max = 64,
             .help = "stride; 0: the window's size"),
    {.name = NULL}};

static int step(const struct pool *a, int d)
{
    return a->s[d] ? a->s[d] : a->k[d];
}

static int pooled(int n, int k, int s)
{
    return n == 0 ? 0 : n <= k ? 1 : (n - k + s - 1) / s + 1;
}

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct pool *a = nd->attr;

    if (step(a, 0) > a->k[0] || step(a, 1) > a->k[1])
        return ae_fail(e, AE_EARG,
                       "steps of %dx%d pass over rows or columns of windows of "
                       "%dx%d",
                       step(a, 0), step(a, 1), a->k[0], a->k[1]);
    out->h = pooled(in[0].h, a->k[0], step(a, 0));
    out->w = pooled(in[0].w, a->k[1], step(a, 1));
    out->c = in[0].c;
    return 0;
}

static int setup(struct ae_node *nd, const struct ae_node *const *in,
                 struct ae_err *e)
{
    const struct pool *a = nd->attr;

    (void)e;
    nd->taps = a->k[0] * a->k[1];
    for (int d = 0; d < 2; d++) {
        nd->receptive_field[d] += (a->k[d] - 1) * in[0]->output_stride[d];
        nd->output_stride[d] *= step(a, d);
    }
    if (a->kind == POOL_MEAN)
        nd->flags &= ~(unsigned)AE_SAVE_INPUT;
    return 0;
}

static int check_turn(const struct ae_node *nd, int turn, struct ae_err *e)
{
    static const int pad[2] = {0, 0};
    const struct pool *a = nd->attr;
    const int s[2] = {step(a, 0), step(a, 1)};

    return ae_check_tap_turn(a->k, s, pad, turn, e);
}

static void input_rows(const struct ae_node *nd, int row, int rows[2])
{
    const struct pool *a = nd->attr;

    rows[0] = row * step(a, 0);
    rows[1] = rows[0] + a->k[0];
}

/* The part of an axis that window o covers. */
static void window(int o, int k, int s, int n, int *from, int *to)
{
    *from = o * s;
    *to = ae_min(*from + k, n);
}

static void max_into(float *y, const float *x, int n)
{
    for (int c = 0; c < n; c++)
        y[c] = x[c] > y[c] ? x[c] : y[c];
}

/* One output pixel from its window's rows. */
static void pool_pixel(const struct pool *a, const struct ae_run *run,
                       const struct ae_view *in, int n, const int y[2],
                       const int x[2], float *out)
{
    int first = 1;

    for (int i = y[0]; i < y[1]; i++) {
        const float *p = ae_row(in, n, i) + x[0] * in->pix;
        for (int j = x[0]; j < x[1]; j++, p += in->pix, first = 0)
            if (first)
                memcpy(out, p, (size_t)in->c * sizeof(*out));
            else if (a->kind == POOL_MAX)
                max_into(out, p, in->c);
            else
                run->ctx->k->add(out, p, (size_t)in->c);
    }
    if (a->kind == POOL_MEAN)
        run->ctx->k->scale(out, 1.0f / (float)((y[1] - y[0]) * (x[1] - x[0])),
                           (size_t)in->c);
}

static void forward(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    const struct pool *a = nd->attr;
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);

    for (int r = r0; r < r1; r++) {
        int y[2], x[2];
        float *o = ae_batch_row(out, r);
        window(r % out->h, a->k[0], step(a, 0), in->h, &y[0], &y[1]);
        for (int i = 0; i < out->w; i++) {
            window(i, a->k[1], step(a, 1), in->w, &x[0], &x[1]);
            pool_pixel(a, run, in, r / out->h, y, x, o + i * out->pix);
        }
    }
}

/* Where v, the values of a pixel, is larger than the best so far, it becomes
 * the best. */
static void compare(float *restrict best, int *restrict at,
                    const float *restrict v, int pixel, int n)
{
    for (int c = 0; c < n; c++) {
        const int more = -(v[c] > best[c]);
        at[c] = (pixel & more) | (at[c] & ~more);
        best[c] = v[c] > best[c] ? v[c] : best[c];
    }
}

static void add_where(float *restrict d, const float *restrict g,
                      const int *restrict at, int pixel, int n)
{
    for (int c = 0; c < n; c++) {
        const float grad = g[c];
        d[c] += at[c] == pixel ? grad : 0;
    }
}

/* The gradient of n channels from c on goes to the first of the largest. */
static void max_back(const struct ae_view *in, const struct ae_view *dx,
                     int item, const int y[2], const int x[2], const float *g,
                     int c, int n)
{
    float best[CHANNELS];
    int at[CHANNELS], pixel = 0;

    memcpy(best, ae_row(in, item, y[0]) + x[0] * in->pix + c,
           (size_t)n * sizeof(*best));
    memset(at, 0, (size_t)n * sizeof(*at));
    for (int i = y[0]; i < y[1]; i++)
        for (int j = x[0]; j < x[1]; j++)
            compare(best, at, ae_row(in, item, i) + j * in->pix + c, pixel++,
                    n);
    pixel = 0;
    for (int i = y[0]; i < y[1]; i++)
        for (int j = x[0]; j < x[1]; j++)
            add_where(ae_row(dx, item, i) + j * dx->pix + c, g + c, at, pixel++,
                      n);
}

static void mean_back(const struct ae_run *run, const struct ae_view *dx, int n,
                      const int y[2], const int x[2], const float *g)
{
    float part = 1.0f / (float)((y[1] - y[0]) * (x[1] - x[0]));

    for (int i = y[0]; i < y[1]; i++)
        for (int j = x[0]; j < x[1]; j++)
            run->ctx->k->axpy(ae_row(dx, n, i) + j * dx->pix, g, part,
                              (size_t)dx->c);
}

/* Sets input rows from..to-1 to zero before their first gradient is added. */
static void clear_rows(const struct ae_view *dx, int n, int from, int to)
{
    for (int y = from; y < to; y++)
        for (int x = 0; x < dx->w; x++)
            memset(ae_row(dx, n, y) + x * dx->pix, 0,
                   (size_t)dx->c * sizeof(float));
}

/* Output rows r0..r1-1; the first window that reaches an input row clears
 * it. */
static void back_rows(const struct ae_run *run, const struct ae_node *nd,
                      int r0, int r1)
{
    const struct pool *a = nd->attr;
    const struct ae_view *dy = &run->dout[nd->index], *in = ae_in(run, nd, 0);
    const struct ae_view *dx = ae_din(run, nd, 0);

    for (int r = r0; r < r1; r++) {
        int y[2], x[2], n = r / dy->h, o = r % dy->h;
        const float *g = ae_batch_row(dy, r);
        window(o, a->k[0], step(a, 0), dx->h, &y[0], &y[1]);
        int cleared = o ? y[0] - step(a, 0) + a->k[0] : 0;
        if (!run->add[nd->index][0])
            clear_rows(dx, n, cleared, y[1]);
        for (int i = 0; i < dy->w; i++, g += dy->pix) {
            window(i, a->k[1], step(a, 1), dx->w, &x[0], &x[1]);
            for (int c = 0; a->kind == POOL_MAX && c < dx->c; c += CHANNELS)
                max_back(in, dx, n, y, x, g, c, ae_min(CHANNELS, dx->c - c));
            if (a->kind == POOL_MEAN)
                mean_back(run, dx, n, y, x, g);
        }
    }
}

static void back_items(const struct ae_run *run, const struct ae_node *nd,
                       int n0, int n1)
{
    int h = run->dout[nd->index].h;

    back_rows(run, nd, n0 * h, n1 * h);
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct pool *a = nd->attr;
    const struct ae_view *dy = &run->dout[nd->index];
    double row = 2.0 * dy->w * dy->c * a->k[0] * a->k[1];

    if (step(a, 0) == a->k[0])
        ae_par_backward(run, nd, dy->n * dy->h, row, back_rows);
    else /* windows share rows in an item */
        ae_par_backward(run, nd, dy->n, row * dy->h, back_items);
}

const struct ae_layer_kind ae_layer_pool = {
    .name = "pool",
    .help = "maximum or mean over windows; sizes round up",
    .fields = fields,
    .size = sizeof(struct pool),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SAVE_INPUT,
    .shape = shape,
    .setup = setup,
    .input_rows = input_rows,
    .check_turn = check_turn,
    .forward = forward,
    .backward = backward};
