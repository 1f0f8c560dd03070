/* muon.h - the direction that Muon takes: a momentum matrix made nearly
 * orthogonal (Jordan et al. 2024, "Muon: An optimizer for hidden layers in
 * neural networks"). */
#ifndef AE_TRAIN_LOOP_MUON_H
#define AE_TRAIN_LOOP_MUON_H

#include "kernel/ctx.h"
#include "kernel/kernel.h"

/* Floats of scratch that ae_orthogonalise() needs. */
size_t ae_orthogonalise_scratch(int rows, int cols);
/* For a matrix x = U S V^T [rows][cols], row-major, out becomes about U V^T:
 * each singular value that is at least a thousandth of their root sum of
 * squares comes to lie in 0.6..1.3.  Where that root is below 1e-7 out fades
 * with it, to zeros for zeros.  x is used up; nothing overlaps. */
void ae_orthogonalise(const struct ae_ctx *ctx, float *x, int rows, int cols,
                      float *out, float *scratch);

#endif
