/* alpha_fill.h - colours for pixels under alpha 0.  They are invisible, but a
 * net sees them beside visible ones, and what programs leave there would bleed
 * into the rim of what is visible. */
#ifndef AE_RUN_DENOISE_ALPHA_FILL_H
#define AE_RUN_DENOISE_ALPHA_FILL_H

#include "run/denoise/net_input.h"

/* How many rows and columns away visible colours are searched for.  Of pictures
 * with alpha that many more rows stay at both ends. */
enum { AE_ALPHA_FILL_ROWS = 16 };

/* Among pixels x0..x0+n-1 of row y, which `line` has as ae_net_input_get()
 * gives them, those of alpha 0 get the colours of the nearest visible pixel, or
 * gray where none is near enough.  `bytes` and `other` have room for a row of
 * the picture, `distance` for n. */
void ae_alpha_fill(struct ae_net_input *in, int y, int x0, int n, float *line,
                   void *bytes, float *other, uint16_t *distance);

#endif
