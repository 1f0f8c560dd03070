/* turn.h - the eight rotations and mirrorings of a picture, applied to a net.
 *
 * A net that was trained on pictures in all positions still gives slightly
 * different results for each of them, so their mean is closer to the truth
 * (geometric self-ensemble, Timofte et al. 2016).  The net is turned instead of
 * the picture, whose rows can then be taken as they come: run with turn T it
 * gives T^-1(net(T(x))), except for rounding.  A net has a mirror image only
 * where each filter's taps lie evenly on both sides of its output. */
#ifndef AE_NN_GRAPH_TURN_H
#define AE_NN_GRAPH_TURN_H

#include "nn/graph/graph.h"

enum {
    AE_MIRROR = 1,    /* exchanges left and right */
    AE_FLIP = 2,      /* exchanges top and bottom */
    AE_TRANSPOSE = 4, /* exchanges rows and columns, before the others */
    AE_TURNS = 8
};

/* The turns that a mean over n = 1, 2 or 8 is of; the first is 0, none.  NULL
 * for any other n. */
const int *ae_turns_of(int n);

/* Replaces a place (row at[0], column at[1]) in the turned map by the place in
 * the map of h x w that it shows. */
static inline void ae_turn_at(int turn, int h, int w, int at[2])
{
    const int y = at[turn & AE_TRANSPOSE ? 1 : 0];
    const int x = at[turn & AE_TRANSPOSE ? 0 : 1];

    at[0] = turn & AE_FLIP ? h - 1 - y : y;
    at[1] = turn & AE_MIRROR ? w - 1 - x : x;
}

/* AE_EUNSUPPORTED, with the layer's name, where the net has no such turn, or
 * where it isn't fully convolutional. */
int ae_graph_check_turn(const struct ae_graph *g, int turn, struct ae_err *e);
/* For a kind's check_turn: k taps or cells, the first of which lies `pad`
 * before s times the output's place, rows and columns. */
int ae_check_tap_turn(const int k[2], const int s[2], const int pad[2],
                      int turn, struct ae_err *e);
/* Packs the weights of nodes with AE_REPACK for run->turn into run->turned
 * (graph->turned floats). */
int ae_graph_pack_turned(const struct ae_graph *g, const struct ae_run *run,
                         struct ae_err *e);
/* Adds rows from..to-1 of every item of y, the output of turn i of n, to the
 * mean.  To be called for i = 0..n-1 in order: the first stores, the last
 * divides by n. */
void ae_turns_mean(const struct ae_ctx *ctx, const struct ae_view *mean,
                   const struct ae_view *y, int from, int to, int i, int n);

#endif
