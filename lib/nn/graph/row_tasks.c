/* row_tasks.c - see row_tasks.h. */
#include "nn/graph/row_tasks.h"

double ae_row_cost(const struct ae_node *nd, const struct ae_shape *s)
{
    const double each = 16; /* an element, in products' time */
    double macs = nd->shape.h ? nd->macs / nd->shape.h
                              : nd->macs * nd->output_stride[0] *
                                    nd->output_stride[1] * s->w;

    return macs + each * s->w * s->c;
}

struct cut {
    int rows, step;
    ae_rows_fn *fn;
    void *arg;
};

static void cut_task(void *arg, int task, int thread)
{
    const struct cut *c = arg;
    int r0 = task * c->step;

    c->fn(c->arg, r0, ae_min(r0 + c->step, c->rows), thread);
}

void ae_par_rows(const struct ae_ctx *ctx, int rows, double cost, int step,
                 ae_rows_fn *fn, void *arg)
{
    /* Convolutions make the edge pixels of a band's rows in one product, so
     * bands are high. */
    const double piece = 1 << 23;
    const int least = (rows + 31) / 32, most = (rows + 31) / 32 * 2;
    const double want = cost > 0 ? piece / cost : rows;
    const int n = want >= most ? most : ae_max(least, (int)want);
    struct cut c = {rows, (ae_max(n, 1) + step - 1) / step * step, fn, arg};

    if (rows > 0)
        ae_par_for(ctx->pool, (rows + c.step - 1) / c.step, cut_task, &c);
}

struct back {
    const struct ae_run *run;
    const struct ae_node *nd;
    ae_backward_fn *fn;
};

static void back_rows(void *arg, int r0, int r1, int thread)
{
    const struct back *b = arg;

    (void)thread;
    b->fn(b->run, b->nd, r0, r1);
}

void ae_par_backward(const struct ae_run *run, const struct ae_node *nd,
                     int rows, double cost, ae_backward_fn *fn)
{
    struct back b = {run, nd, fn};

    ae_par_rows(run->ctx, rows, cost, 1, back_rows, &b);
}
