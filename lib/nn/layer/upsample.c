/* upsample.c - upsampling by whole factors, nearest or bilinear, per axis.
 *
 * A second input ("like") gives the exact size where pooling had rounded
 * up; its values are not read. */
#include "base/err.h"
#include "nn/graph/row_tasks.h"
#include "nn/graph/turn.h"

struct up {
    int kind, k[2];
};
enum { UP_NEAREST, UP_BILINEAR };
static const char *const up_kinds[] = {"nearest", "bilinear", NULL};

static const struct ae_field fields[] = {
    AE_FIELD("kind", ENUM, up, kind, .def = "nearest", .names = up_kinds,
             .help = "interpolation"),
    AE_FIELD("k", PAIR, up, k, .def = "2", .min = 1, .max = 64,
             .help = "factor, rows x columns"),
    {.name = NULL}};

int ae_enlarged_shape(const struct ae_node *nd, const struct ae_shape *in,
                      const int by[2], int c, struct ae_shape *out,
                      struct ae_err *e)
{
    const int full[2] = {in[0].h * by[0], in[0].w * by[1]};

    *out = (struct ae_shape){full[0], full[1], c};
    if (nd->nin == 1)
        return 0;
    const int want[2] = {in[1].h, in[1].w};
    for (int d = 0; d < 2; d++)
        if (want[d] > full[d] || want[d] < full[d] - by[d] + (full[d] > 0))
            return ae_fail(e, AE_EARG,
                           "%dx%d enlarged by %dx%d can't be %dx%d as its "
                           "second input",
                           in[0].h, in[0].w, by[0], by[1], want[0], want[1]);
    out->h = want[0];
    out->w = want[1];
    return 0;
}

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct up *a = nd->attr;

    return ae_enlarged_shape(nd, in, a->k, in[0].c, out, e);
}

static int setup(struct ae_node *nd, const struct ae_node *const *in,
                 struct ae_err *e)
{
    const struct up *a = nd->attr;

    (void)e;
    for (int d = 0; d < 2; d++) {
        nd->receptive_field[d] += a->kind == UP_BILINEAR && a->k[d] > 1
                                      ? in[0]->output_stride[d]
                                      : in[0]->output_stride[d] *
                                            (a->k[d] - 1) / a->k[d];
        nd->output_stride[d] /= a->k[d];
    }
    return 0;
}

/* The two sources of output position o and the second one's weight.  Pixels are
 * squares, whose centres lie at halves. */
struct tap {
    int i[2];
    float f;
};
static struct tap tap(int o, int k, int n)
{
    int twice = 2 * o + 1 - k; /* 2 k times the source position */
    int low = twice < 0 ? -1 : twice / (2 * k);
    float f = (float)(twice - low * 2 * k) / (float)(2 * k);

    return (struct tap){{ae_clamp(low, 0, n - 1), ae_clamp(low + 1, 0, n - 1)},
                        f};
}

static int check_turn(const struct ae_node *nd, int turn, struct ae_err *e)
{
    static const int pad[2] = {0, 0};
    const struct up *a = nd->attr;

    return ae_check_tap_turn(a->k, a->k, pad, turn, e);
}

static void input_rows(const struct ae_node *nd, int row, int rows[2])
{
    const struct up *a = nd->attr;
    const int k = a->k[0];
    const int low = a->kind == UP_NEAREST ? row / k
                                          : (2 * row + 1 + k) / (2 * k) - 1;

    rows[0] = low;
    rows[1] = low + (a->kind == UP_NEAREST ? 1 : 2);
}

static void nearest_row(const struct up *a, const struct ae_view *out, float *o,
                        const struct ae_view *in, const float *p)
{
    for (int x = 0; x < out->w; x++)
        memcpy(o + x * out->pix, p + x / a->k[1] * in->pix,
               (size_t)in->c * sizeof(*o));
}

static void mix(float *o, const float *a, const float *b, const float *c,
                const float *d, float fx, float fy, int n)
{
    for (int i = 0; i < n; i++) {
        float top = a[i] + fx * (b[i] - a[i]);
        float low = c[i] + fx * (d[i] - c[i]);
        o[i] = top + fy * (low - top);
    }
}

static void forward(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    const struct up *a = nd->attr;
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);

    for (int r = r0; r < r1; r++) {
        int n = r / out->h, y = r % out->h;
        float *o = ae_row(out, n, y);
        if (a->kind == UP_NEAREST) {
            nearest_row(a, out, o, in, ae_row(in, n, y / a->k[0]));
            continue;
        }
        struct tap v = tap(y, a->k[0], in->h);
        const float *p = ae_row(in, n, v.i[0]), *q = ae_row(in, n, v.i[1]);
        for (int x = 0; x < out->w; x++) {
            struct tap h = tap(x, a->k[1], in->w);
            ptrdiff_t l = h.i[0] * in->pix, m = h.i[1] * in->pix;
            mix(o + x * out->pix, p + l, p + m, q + l, q + m, h.f, v.f, in->c);
        }
    }
}

/* The gradient of input rows r0..r1-1 is the sum of their copies' gradients. */
static void nearest_back(const struct ae_run *run, const struct ae_node *nd,
                         int r0, int r1)
{
    const struct up *a = nd->attr;
    const struct ae_view *dy = &run->dout[nd->index], *dx = ae_din(run, nd, 0);

    for (int r = r0; r < r1; r++) {
        int n = r / dx->h, y = r % dx->h * a->k[0];
        int add = run->add[nd->index][0];
        for (int i = y; i < ae_min(y + a->k[0], dy->h); i++, add = 1) {
            float *d = ae_batch_row(dx, r);
            const float *g = ae_row(dy, n, i);
            for (int x = 0; x < dy->w; x++, g += dy->pix) {
                float *to = d + x / a->k[1] * dx->pix;
                if (add || x % a->k[1])
                    run->ctx->k->add(to, g, (size_t)dx->c);
                else
                    memcpy(to, g, (size_t)dx->c * sizeof(*to));
            }
        }
    }
}

/* Tasks are whole items, since neighbouring outputs share sources. */
static void bilinear_back(const struct ae_run *run, const struct ae_node *nd,
                          int n0, int n1)
{
    const struct up *a = nd->attr;
    const struct ae_view *dy = &run->dout[nd->index], *dx = ae_din(run, nd, 0);

    for (int n = n0; n < n1; n++) {
        for (int y = 0; !run->add[nd->index][0] && y < dx->h; y++)
            for (int x = 0; x < dx->w; x++)
                memset(ae_row(dx, n, y) + x * dx->pix, 0,
                       (size_t)dx->c * sizeof(float));
        for (int y = 0; y < dy->h; y++) {
            struct tap v = tap(y, a->k[0], dx->h);
            for (int x = 0; x < dy->w; x++) {
                struct tap h = tap(x, a->k[1], dx->w);
                const float *g = ae_row(dy, n, y) + x * dy->pix;
                for (int i = 0; i < 4; i++) {
                    float part = (i / 2 ? v.f : 1 - v.f) *
                                 (i % 2 ? h.f : 1 - h.f);
                    float *to = ae_row(dx, n, v.i[i / 2]) +
                                h.i[i % 2] * dx->pix;
                    run->ctx->k->axpy(to, g, part, (size_t)dx->c);
                }
            }
        }
    }
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct up *a = nd->attr;
    const struct ae_view *dy = &run->dout[nd->index], *dx = ae_din(run, nd, 0);

    if (a->kind == UP_NEAREST)
        ae_par_backward(run, nd, dx->n * dx->h, 2.0 * dy->w * dy->c * a->k[0],
                        nearest_back);
    else
        ae_par_backward(run, nd, dx->n, 8.0 * dy->h * dy->w * dy->c,
                        bilinear_back);
}

const struct ae_layer_kind ae_layer_up = {
    .name = "up",
    .help = "larger by whole factors, or the size of a second input",
    .fields = fields,
    .size = sizeof(struct up),
    .min_in = 1,
    .max_in = 2,
    .flags = AE_SIZE_ONLY,
    .shape = shape,
    .setup = setup,
    .input_rows = input_rows,
    .check_turn = check_turn,
    .forward = forward,
    .backward = backward};
