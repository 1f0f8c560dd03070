/* row_tasks.h - rows of a pass as tasks of the pool, and runs of floats.
 *
 * A cut depends on shapes only, so what a task computes is the same for any
 * number of threads. */
#ifndef AE_NN_GRAPH_ROW_TASKS_H
#define AE_NN_GRAPH_ROW_TASKS_H

#include <string.h>

#include "base/threads.h"
#include "kernel/kernel.h"
#include "nn/layer/layer.h"

/* Cost of a row of a node's output of that size, in multiplications: those of
 * the layer, and the time that any layer spends on reading and writing. */
double ae_row_cost(const struct ae_node *nd, const struct ae_shape *s);
/* Calls fn(arg, r0, r1, thread) over 0..rows-1 in 16 to 32 bands of multiples
 * of `step` rows, each of about 2^23 multiplications (cost: those of a row). */
typedef void ae_rows_fn(void *arg, int r0, int r1, int thread);
void ae_par_rows(const struct ae_ctx *ctx, int rows, double cost, int step,
                 ae_rows_fn *fn, void *arg);
/* The backward of a layer over rows 0..rows-1, `cost` each. */
typedef void ae_backward_fn(const struct ae_run *run, const struct ae_node *nd,
                            int r0, int r1);
void ae_par_backward(const struct ae_run *run, const struct ae_node *nd,
                     int rows, double cost, ae_backward_fn *fn);

/* A row as `count` runs of `len` floats: one run where the pixels of both views
 * touch. */
struct ae_span {
    int count, len;
};
static inline struct ae_span ae_span(const struct ae_view *a,
                                     const struct ae_view *b)
{
    struct ae_span one = {1, a->w * a->c}, each = {a->w, a->c};
    return a->pix == a->c && b->pix == b->c ? one : each;
}

/* The columns of a view that this task makes (run->part). */
static inline struct ae_view ae_columns(const struct ae_run *run,
                                        const struct ae_view *v)
{
    struct ae_view part = *v;
    if (run->parts > 1) {
        const int x0 = ae_part(v->w, run->parts, run->part);
        part.data += x0 * v->pix;
        part.w = ae_part(v->w, run->parts, run->part + 1) - x0;
    }
    return part;
}

/* Row r of a whole batch. */
static inline float *ae_batch_row(const struct ae_view *v, int r)
{
    return ae_row(v, r / v->h, r % v->h);
}

/* Stores or adds a row of `src` into a row of `dst` (same w, c).  With equal
 * addresses the values are there already. */
static inline void ae_put_row(const struct ae_run *run,
                              const struct ae_view *dst, float *d,
                              const struct ae_view *src, const float *s,
                              int add)
{
    struct ae_span sp = ae_span(dst, src);
    if (d == s && !add)
        return;
    for (int i = 0; i < sp.count; i++, d += dst->pix, s += src->pix) {
        if (add)
            run->ctx->k->add(d, s, (size_t)sp.len);
        else
            memcpy(d, s, (size_t)sp.len * sizeof(*d));
    }
}

#endif
