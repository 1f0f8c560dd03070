/* ring_plan.c - see ring_plan.h.  Knows heights, not widths or samples. */
#include "nn/graph/ring_plan.h"

#include <string.h>

/* The rows of input k that row `row` of the node is made of. */
static void needed_rows(const struct ae_ring_plan *r, const struct ae_node *nd,
                        int k, int row, int rows[2])
{
    const int h = r->shape[nd->in[k]].h;

    rows[0] = row;
    rows[1] = row + 1;
    if (nd->flags & AE_GLOBAL) {
        rows[0] = 0;
        rows[1] = h;
    } else if (nd->kind->input_rows) {
        nd->kind->input_rows(nd, row, rows);
    }
    rows[0] = ae_clamp(rows[0], 0, h);
    rows[1] = ae_clamp(rows[1], 0, h);
}

static int inputs_suffice(const struct ae_ring_plan *r,
                          const struct ae_node *nd, int to)
{
    int rows[2];

    for (int k = 0; k < ae_inputs_read(nd); k++) {
        needed_rows(r, nd, k, to - 1, rows);
        if (r->done[nd->in[k]] < rows[1])
            return 0;
    }
    return 1;
}

static int next_rows(const struct ae_ring_plan *r, int node)
{
    return ae_min(r->done[node] + AE_STREAM_ROWS, r->shape[node].h);
}

static int fill_inputs(struct ae_ring_plan *r, int *from, int *to)
{
    const int first = 0; /* a graph begins with an input */

    *from = r->done[first];
    *to = next_rows(r, first);
    for (int i = 0; i < r->g->count; i++)
        if (r->g->node[i].flags & AE_IS_INPUT)
            r->done[i] = ae_min(*to, r->shape[i].h);
    return first;
}

int ae_ring_plan_next(struct ae_ring_plan *r, int *from, int *to)
{
    for (int i = r->g->count - 1; i >= 0; i--) {
        const struct ae_node *nd = &r->g->node[i];

        *to = next_rows(r, i);
        *from = r->done[i];
        if (nd->flags & AE_IS_INPUT || !r->needed[i] || *from == *to ||
            !inputs_suffice(r, nd, *to))
            continue;
        r->done[i] = *to;
        return i;
    }
    return fill_inputs(r, from, to);
}

void ae_ring_plan_rewind(struct ae_ring_plan *r)
{
    memset(r->done, 0, (size_t)r->g->count * sizeof(*r->done));
    memset(r->taken, 0, (size_t)r->g->count * sizeof(*r->taken));
}

/* ------------------------------------------------------------- planning */

/* The first row of node i that a node other than `except`, or the caller, will
 * still read. */
static int first_row_needed(const struct ae_ring_plan *r, int i, int except)
{
    int low = r->done[i], rows[2];

    for (int j = r->first[i]; j < r->first[i + 1]; j++) {
        const struct ae_node *nd = &r->g->node[r->reader[j]];
        const int at = r->done[nd->index];

        for (int k = 0; k < ae_inputs_read(nd); k++) {
            if (nd->in[k] != i || nd->index == except ||
                at == r->shape[nd->index].h)
                continue;
            needed_rows(r, nd, k, at, rows);
            low = ae_min(low, rows[0]);
        }
    }
    for (int k = 0; k < r->g->noutputs; k++)
        if (r->g->output[k] == i)
            low = ae_min(low, r->taken[i]);
    return low;
}

/* Rows that wait in the ring of node `home`, whose rows are the newest. */
static int rows_waiting(const struct ae_ring_plan *r, int ring_of)
{
    int low = r->done[ring_of];

    for (int i = ring_of; i < r->g->count; i++)
        if (r->ring_of[i] == ring_of && r->needed[i])
            low = ae_min(low, first_row_needed(r, i, -1));
    return r->done[ring_of] - low;
}

/* Goes through all rows.  Returns the node that would overwrite rows of its
 * input that others need, or -1. */
static int simulate(struct ae_ring_plan *r)
{
    const int out = r->g->output[0];
    int from, to, left = 0;

    ae_ring_plan_rewind(r);
    memset(r->rows, 0, (size_t)r->g->count * sizeof(*r->rows));
    r->delay = 0;
    for (int k = 0; k < r->g->noutputs; k++)
        left += r->shape[r->g->output[k]].h;
    while (left > 0) {
        const int i = ae_ring_plan_next(r, &from, &to);
        const struct ae_node *nd = &r->g->node[i];

        if (r->ring_of[i] != i && first_row_needed(r, nd->in[0], i) < to)
            return i;
        for (int k = 0; r->ring_of[i] == i && k < r->g->count; k++)
            if (k == i ||
                (nd->flags & AE_IS_INPUT && r->g->node[k].flags & AE_IS_INPUT))
                r->rows[k] = ae_max(r->rows[k], rows_waiting(r, k));
        r->delay = ae_max(r->delay, r->done[0] - r->taken[out]);
        for (int k = 0; k < r->g->noutputs; k++)
            if (r->g->output[k] == i) {
                r->taken[i] = to;
                left -= to - from;
            }
    }
    return -1;
}

static void find_needed(struct ae_ring_plan *r)
{
    const struct ae_graph *g = r->g;

    for (int k = 0; k < g->noutputs; k++)
        r->needed[g->output[k]] = 1;
    for (int i = g->count - 1; i >= 0; i--)
        for (int k = 0; r->needed[i] && k < ae_inputs_read(&g->node[i]); k++)
            r->needed[g->node[i].in[k]] = 1;
}

static void find_readers(struct ae_ring_plan *r)
{
    const struct ae_graph *g = r->g;
    int n = 0;

    for (int i = 0; i < g->count; i++) {
        r->first[i] = n;
        for (int j = i + 1; j < g->count; j++) {
            int found = 0;
            for (int k = 0; r->needed[j] && k < ae_inputs_read(&g->node[j]);
                 k++)
                found |= g->node[j].in[k] == i;
            if (found)
                r->reader[n++] = j;
        }
    }
    r->first[g->count] = n;
}

/* The ring of the first input where kind and sizes allow the node to work in
 * place and the caller doesn't take that input as an output. */
static int choose_ring(const struct ae_ring_plan *r, const struct ae_node *nd,
                       int own_ring)
{
    const struct ae_graph *g = r->g;

    if (own_ring || !(nd->flags & AE_INPLACE) || nd->nin == 0)
        return nd->index;
    const struct ae_shape *a = &r->shape[nd->in[0]];
    const struct ae_shape *b = &r->shape[nd->index];
    int same = a->h == b->h && a->w == b->w && a->c == b->c;
    for (int k = 1; k < nd->nin; k++)
        same &= nd->in[k] != nd->in[0];
    for (int k = 0; k < g->noutputs; k++)
        same &= g->output[k] != nd->in[0];
    if (r->keep_inputs && g->node[r->ring_of[nd->in[0]]].flags & AE_IS_INPUT)
        same = 0;
    return same ? r->ring_of[nd->in[0]] : nd->index;
}

/* Nodes that turn out to need a ring of their own are found one by one. */
static int choose_rings(struct ae_ring_plan *r, struct ae_arena *arena,
                        struct ae_err *e)
{
    const int n = r->g->count;
    unsigned char *own_ring = ae_arena_alloc(arena, (size_t)n, 1, e);
    int wrong;

    if (!own_ring)
        return AE_EMEM;
    do {
        for (int i = 0; i < n; i++)
            r->ring_of[i] = choose_ring(r, &r->g->node[i], own_ring[i]);
        wrong = simulate(r);
        if (wrong >= 0)
            own_ring[wrong] = 1;
    } while (wrong >= 0);
    ae_ring_plan_rewind(r);
    return 0;
}

static int *ints(struct ae_arena *arena, int n, struct ae_err *e)
{
    return ae_arena_alloc(arena, (size_t)n, sizeof(int), e);
}

int ae_ring_plan_make(struct ae_ring_plan *r, const struct ae_graph *g,
                      const struct ae_shape *shape, int keep_inputs,
                      struct ae_arena *arena, struct ae_err *e)
{
    int inputs = 0;

    for (int i = 0; i < g->count; i++)
        inputs += g->node[i].nin;
    *r = (struct ae_ring_plan){
        .g = g, .shape = shape, .keep_inputs = keep_inputs};
    r->done = ints(arena, g->count, e);
    r->ring_of = ints(arena, g->count, e);
    r->rows = ints(arena, g->count, e);
    r->taken = ints(arena, g->count, e);
    r->first = ints(arena, g->count + 1, e);
    r->reader = ints(arena, inputs + 1, e);
    r->needed = ae_arena_alloc(arena, (size_t)g->count, 1, e);
    if (!r->done || !r->ring_of || !r->rows || !r->taken || !r->first ||
        !r->reader || !r->needed)
        return AE_EMEM;
    find_needed(r);
    find_readers(r);
    return choose_rings(r, arena, e);
}
