/* alpha_fill.h - colours that nobody sees, under alpha 0, for a net that looks
 * around: there are programs' leftovers, which would bleed into the rim. */
#ifndef AE_RUN_DENOISE_ALPHA_FILL_H
#define AE_RUN_DENOISE_ALPHA_FILL_H

#include "run/denoise/window.h"

/* How far visible colours are sought, in rows and columns.  Windows of
 * pictures with alpha have so many rows more at both ends. */
enum { AE_ALPHA_FILL_ROWS = 16 };

/* Of pixels x0..x0+n-1 of row y, which are in `line` as ae_window_get() has
 * them, those of alpha 0 get the colours of the nearest visible one, or gray
 * where there is none within reach.  `bytes` and `other` have room for a row
 * of the picture, `far` for n. */
void ae_alpha_fill(struct ae_window *w, int y, int x0, int n, float *line,
                   void *bytes, float *other, uint16_t *far);

#endif
