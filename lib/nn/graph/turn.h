/* turn.h - the eight turns and mirrors of a picture, for a net.
 *
 * A net trained on pictures in every position still makes a little other of
 * each, so the mean over them is closer to the truth (geometric
 * self-ensemble, Timofte et al. 2016).  Instead of the picture the net is
 * turned: run with turn T it gives T^-1(net(T(x))), but for roundings, of
 * rows as they come.  A filter is symmetric with its zeros around where its
 * taps lie evenly about what they make; else the net has no such turn. */
#ifndef AE_NN_GRAPH_TURN_H
#define AE_NN_GRAPH_TURN_H

#include "nn/graph/graph.h"

enum {
    AE_MIRROR = 1,    /* left and right change places */
    AE_FLIP = 2,      /* top and bottom do */
    AE_TRANSPOSE = 4, /* rows become columns, before these */
    AE_TURNS = 8
};

/* Which turns a mean over n = 1, 2 or 8 is of, the first being none; NULL for
 * any other n. */
const int *ae_turns_of(int n);

/* Row at[0], column at[1] of what a map of h x w is turned to are those of the
 * map that this leaves there. */
static inline void ae_turn_at(int turn, int h, int w, int at[2])
{
    const int y = at[turn & AE_TRANSPOSE ? 1 : 0];
    const int x = at[turn & AE_TRANSPOSE ? 0 : 1];

    at[0] = turn & AE_FLIP ? h - 1 - y : y;
    at[1] = turn & AE_MIRROR ? w - 1 - x : x;
}

/* AE_EUNSUPPORTED, and the layer by name, where the net has no such turn or
 * runs on one size alone. */
int ae_graph_check_turn(const struct ae_graph *g, int turn, struct ae_err *e);
/* For a kind's check_turn: k taps or cells, the first of which lies `pad`
 * before s times the output's place, rows and columns. */
int ae_check_tap_turn(const int k[2], const int s[2], const int pad[2],
                      int turn, struct ae_err *e);
/* Packs anew the nodes with AE_REPACK, for run->turn, into run->turned
 * (graph->turned floats). */
int ae_graph_pack_turned(const struct ae_graph *g, const struct ae_run *run,
                         struct ae_err *e);
/* Rows from..to-1 of every item of y, what turn i of n made, into the mean:
 * stored, or added, and divided at last.  To be called in their order. */
void ae_turns_mean(const struct ae_ctx *ctx, const struct ae_view *mean,
                   const struct ae_view *y, int from, int to, int i, int n);

#endif
