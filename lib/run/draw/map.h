/* map.h - the points of a map of latents: which are kept, and where they lie
 * on its plane.  map_draw.c makes the picture. */
#ifndef AE_RUN_DRAW_MAP_H
#define AE_RUN_DRAW_MAP_H

#include "data/select.h"

enum { AE_MAP_CLASSES = 20 }; /* with their own colours; more are "other" */

struct ae_map {
    struct ae_labels labels; /* of the file; count 0: none */
    int head;                /* 1: the first of them is a header */
    uint64_t count;          /* latents that came */
    int d;
    /* Every stride-th is kept, n of them, at most `most`; the stride doubles
     * when there are more. */
    float *z;     /* [most][d] */
    short *class; /* [most]; -1: other, or no labels */
    char **names; /* [most], each NULL where it isn't known; NULL: no names */
    size_t n, most;
    uint64_t stride;
    /* For the principal axes: sums from the first latent on. */
    double *origin, *sum, *gram; /* [d], [d], [d][d] */
    double *block;               /* [rows][d], not yet summed */
    int rows;
    const char *name[AE_MAP_CLASSES]; /* in order of appearance */
    int classes, others;
};

/* The plane: coordinates of the kept points, [n][2], to be freed; the share
 * of the variance along each axis, or -1 where the axes are the two numbers
 * of the latents. */
int ae_map_project(struct ae_map *m, double **at, double share[2],
                   struct ae_err *e);

#endif
