/* level_estimator.c - see level_estimator.h.  A few patches of each block go
 * through the net, one by one, which costs little compared with the net that
 * cleans the whole picture. */
#include "run/denoise/level_estimator.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "model/level.h"
#include "nn/graph/exec.h"
#include "run/denoise/residual.h"
#include "run/denoise/grid.h"

enum {
    SIDE = 128, /* pixels of a patch */
    ROWS = 2,
    COLUMNS = 4, /* patches of a block, at most */
    CHANNELS = 4 /* of a pixel, alpha among them, at most */
};

struct ae_level_estimator {
    struct ae_model *model;
    struct ae_exec *exec;
    struct ae_level_curve curve;
    uint64_t bytes;
};

double ae_level_of_row(const double *sigma, int h, int y)
{
    const int last = ae_level_blocks(h) - 1;
    double from, to;

    if (last == 0)
        return sigma[0];
    /* the block whose middle is the last one above row y */
    const int i = ae_clamp((y - AE_LEVEL_BLOCK / 2) / AE_LEVEL_BLOCK, 0,
                           last - 1);
    from = i * AE_LEVEL_BLOCK + 0.5 * (ae_level_block_rows(h, i) - 1);
    to = (i + 1) * AE_LEVEL_BLOCK + 0.5 * (ae_level_block_rows(h, i + 1) - 1);
    from = fmin(fmax((y - from) / (to - from), 0.0), 1.0);
    return sigma[i] + from * (sigma[i + 1] - sigma[i]);
}

static int load_model(struct ae_level_estimator *b, struct ae_ctx *ctx,
                      struct ae_err *e)
{
    AE_TRY(ae_model_load(ctx, NULL, &b->model, e));
    const struct ae_graph *g = b->model->graph;
    if (!ae_level_optional(b->model->meta) || ae_graph_input(g, "sigma") < 0 ||
        ae_graph_input(g, "x") < 0)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model must be given the level of noise, and none "
                       "that finds it is compiled in");
    AE_TRY(
        ae_exec_new(ctx, g, b->model->weights, 1, SIDE, SIDE, 0, &b->exec, e));
    ae_level_curve_get(b->model->meta, &b->curve);
    return ae_exec_bytes(ctx, g, 1, SIDE, SIDE, 0, &b->bytes, e);
}

int ae_level_estimator_new(struct ae_ctx *ctx, struct ae_level_estimator **out,
                           struct ae_err *e)
{
    struct ae_level_estimator *b = ae_alloc(1, sizeof(*b), e);
    const int rc = b ? load_model(b, ctx, e) : AE_EMEM;

    *out = rc ? NULL : b;
    if (rc)
        ae_level_estimator_free(b);
    return rc;
}

void ae_level_estimator_free(struct ae_level_estimator *b)
{
    if (!b)
        return;
    ae_exec_free(b->exec);
    ae_model_free(b->model);
    free(b);
}

uint64_t ae_level_estimator_bytes(const struct ae_level_estimator *b)
{
    return b ? b->bytes + b->model->graph->weights * sizeof(float) : 0;
}

/* Row py of the patch at (top, left) into the net; beyond a small area it is
 * mirrored. */
static void feed_patch_row(const struct ae_level_estimator *b,
                           const struct ae_level_area *a, int top, int left,
                           int py)
{
    const struct ae_view x = ae_exec_input(b->exec, "x");
    const struct ae_view sigma = ae_exec_input(b->exec, "sigma");
    float row[SIDE * CHANNELS], *to = ae_row(&x, 0, py);
    float *level = ae_row(&sigma, 0, py);

    a->get(a->arg, ae_mirror(top + py, a->h), left, ae_min(SIDE, a->w - left),
           row);
    for (int px = 0; px < SIDE; px++) {
        const int at = ae_mirror(left + px, a->w) - left;
        for (int c = 0; c < x.c; c++)
            to[px * x.pix + c] = row[at * a->channels + (a->c == 1 ? 0 : c)];
        level[px * sigma.pix] = AE_LEVEL_UNKNOWN;
    }
}

/* Adds what the net removed, as the patch at (row, column) of a picture that
 * all patches make up. */
static void add_residual(const struct ae_level_estimator *b,
                         struct ae_residual *t, int row, int column)
{
    const struct ae_view x = ae_exec_input(b->exec, "x");
    const struct ae_view y = ae_exec_output(b->exec, NULL);

    for (int py = 0; py < SIDE; py++)
        ae_residual_add(t, row * SIDE + py, column * SIDE, SIDE,
                        ae_row(&x, 0, py), (int)x.pix, ae_row(&y, 0, py),
                        (int)y.pix);
}

/* Where patch i of n begins, spread evenly over `size`. */
static int patch_start(int i, int n, int size)
{
    return (int)((int64_t)ae_max(size - SIDE, 0) * (2 * i + 1) / (2 * n));
}

int ae_level_estimate(struct ae_level_estimator *b,
                      const struct ae_level_area *a, double *sigma,
                      struct ae_err *e)
{
    const int rows = ae_min(ROWS, ae_ceil_div(a->h, SIDE));
    const int columns = ae_min(COLUMNS, ae_ceil_div(a->w, SIDE));
    struct ae_residual residual;
    const int rc = ae_residual_init(&residual, columns * SIDE, rows * SIDE,
                                    ae_exec_output(b->exec, NULL).c, e);

    if (rc < 0)
        goto out;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            for (int py = 0; py < SIDE; py++)
                feed_patch_row(b, a, patch_start(r, rows, a->h),
                               patch_start(c, columns, a->w), py);
            ae_exec_forward(b->exec, 0, 0);
            add_residual(b, &residual, r, c);
        }
    *sigma = fmin(ae_residual_level(&residual, &b->curve), 255);
out:
    ae_residual_release(&residual);
    return rc;
}
