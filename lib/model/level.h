/* level.h - what a model's metadata say of the level of noise: that the net
 * works without knowing it, and how it follows from what such a net removes. */
#ifndef AE_MODEL_LEVEL_H
#define AE_MODEL_LEVEL_H

#include "base/json.h"
#include "model/model.h"

/* A net trained with level dropout says "level": "optional", which raises the
 * metadata's version: an older program, which must give the net a level,
 * refuses it. */
int ae_level_optional(const json_t *meta);
int ae_level_set_optional(json_t *meta, struct ae_err *e);

/* "removed": pairs of what the net removes when it isn't given the level, and
 * the level of noise that pictures then have: root mean squares in 8-bit units,
 * both rising. */
enum { AE_LEVEL_POINTS = 64 };
struct ae_level_curve {
    int count; /* 0: the level is what is removed */
    double removed[AE_LEVEL_POINTS], level[AE_LEVEL_POINTS];
};

/* Checks both keys against what this version knows. */
int ae_level_check(const json_t *meta, struct ae_err *e);
/* Reads the curve from checked metadata. */
void ae_level_curve_get(const json_t *meta, struct ae_level_curve *c);
int ae_level_curve_set(json_t *meta, const struct ae_level_curve *c,
                       struct ae_err *e);
/* The level for what was removed: linear between the points, from (0, 0) to the
 * first where that isn't at 0, and on in the direction of the last two. */
double ae_level_of(const struct ae_level_curve *c, double removed);

#endif
