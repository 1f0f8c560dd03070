/* zero_shot.h - a small net fitted to one noisy picture, without any other
 * (Mansour and Heckel 2023, Zero-Shot Noise2Noise).
 *
 * A patch is made smaller by two filters, the means of the one and the other
 * diagonal of each square of 2 x 2 pixels: two pictures of the same with noise
 * of their own.  The net learns each of them from the other, and that cleaning
 * before and after the filters shall give the same, which is how it comes to
 * clean pictures of full size.
 *
 * How far it learns depends on options alone, never on the clock. */
#ifndef AE_RUN_FIT_ZERO_SHOT_H
#define AE_RUN_FIT_ZERO_SHOT_H

#include "ae_tools.h"
#include "kernel/ctx.h"
#include "model/model.h"
#include "run/fit/sample.h"

/* Pixels on the shorter side that a picture has at least. */
enum { AE_ZERO_SHOT_LEAST = 16 };

struct ae_zero_shot;
int ae_zero_shot_new(struct ae_ctx *ctx, const struct ae_fit_options *o,
                     struct ae_zero_shot **out, struct ae_err *e);
void ae_zero_shot_free(struct ae_zero_shot *z);
/* The model, whose weights a fit changes. */
const struct ae_model *ae_zero_shot_model(const struct ae_zero_shot *z);
/* Bytes that a fit to a picture of h x w takes, the sample included. */
uint64_t ae_zero_shot_bytes(const struct ae_zero_shot *z, int h, int w);
/* Multiplications of a fit. */
double ae_zero_shot_work(const struct ae_zero_shot *z);
/* Fits the net anew to this sample.  step(arg, share) is called at each step,
 * unless it is NULL.  AE_ENUMERIC where it diverges. */
int ae_zero_shot_fit(struct ae_zero_shot *z, const struct ae_fit_sample *s,
                     void (*step)(void *arg, double share), void *arg,
                     struct ae_err *e);

#endif
