/* ref_loss.h - maps of values on the tape, and the reference's losses. */
#ifndef TEST_REF_LOSS_H
#define TEST_REF_LOSS_H

#include "tape.h"

struct map {
    int n, h, w, c;
    val *v;
};

static inline val *at(const struct map *m, int n, int y, int x, int c)
{
    return &m->v[((n * m->h + y) * m->w + x) * m->c + c];
}

/* The loss of p against targets in the same order. */
val ref_loss(const struct map *p, const double *t, const char *loss,
             double par);

#endif
