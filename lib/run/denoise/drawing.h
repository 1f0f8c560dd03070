/* drawing.h - whether a picture is drawn, not photographed: text, codes of
 * black and white modules, dithers, line art, pixel art.
 *
 * Nets take the fine detail of such pictures for noise.  What tells them from
 * noisy pictures for sure: noise leaves no two neighbours equal, and it does
 * not keep to a handful of values. */
#ifndef AE_RUN_DENOISE_DRAWING_H
#define AE_RUN_DENOISE_DRAWING_H

#include "base/base.h"

struct ae_drawing;

enum { AE_DRAWING_HIDDEN = -(1 << 26) }; /* a sample under alpha 0 */

/* For a picture of that size whose samples, `colours` (1 or 3) a pixel, are
 * whole numbers 0..full.  NULL with *e set where there is no memory. */
struct ae_drawing *ae_drawing_new(int w, int h, int colours, int full,
                                  struct ae_err *e);
void ae_drawing_free(struct ae_drawing *d);
/* Adds the next row; returns 1 when it is known that the picture isn't drawn,
 * whatever follows. */
int ae_drawing_add(struct ae_drawing *d, const int32_t *row);
/* What kind of drawing it is, after all rows: words like "only two values";
 * NULL for any other picture. */
const char *ae_drawing_kind(const struct ae_drawing *d);
/* Bytes that it takes. */
uint64_t ae_drawing_bytes(int w, int colours);

#endif
