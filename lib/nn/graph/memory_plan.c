/* memory_plan.c - see memory_plan.h.
 *
 * Nodes that share memory, in place or as slices of a concatenation, form a
 * tree whose root owns the slot; the slot is in use from the first use of any
 * member to the last.  The same code plans inference, where backward never
 * runs, and training. */
#include "nn/graph/memory_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* ------------------------------------------------------ offsets of slots */

struct order {
    size_t size;
    int index;
};

static int by_size(const void *a, const void *b)
{
    const struct order *p = a, *q = b;

    if (p->size != q->size)
        return p->size < q->size ? 1 : -1;
    return p->index - q->index;
}

/* Where slot s fits among `placed`, which is sorted by offset. */
static size_t find_gap(const struct ae_slot *slot, const int *placed, int count,
                       const struct ae_slot *s)
{
    size_t end = 0, best = SIZE_MAX, at = 0;

    for (int i = 0; i < count; i++) {
        const struct ae_slot *o = &slot[placed[i]];
        if (o->last < s->first || o->first > s->last)
            continue;
        if (o->offset > end && o->offset - end >= s->size &&
            o->offset - end < best) {
            best = o->offset - end;
            at = end;
        }
        if (o->offset + o->size > end)
            end = o->offset + o->size;
    }
    return best < SIZE_MAX ? at : end;
}

static void insert(const struct ae_slot *slot, int *placed, int count, int s)
{
    int i = count;

    for (; i > 0 && slot[placed[i - 1]].offset > slot[s].offset; i--)
        placed[i] = placed[i - 1];
    placed[i] = s;
}

int ae_plan_slots(struct ae_slot *slot, int count, size_t *floats,
                  struct ae_err *e)
{
    int rc = AE_EMEM;
    size_t room = (size_t)count + 1, most = SIZE_MAX / 8 / room;
    int *placed = ae_alloc(room, sizeof(*placed), e);
    struct order *order = ae_alloc(room, sizeof(*order), e);

    if (!placed || !order)
        goto out;
    *floats = 0;
    for (int i = 0; i < count; i++) {
        if (slot[i].size > most) {
            rc = ae_fail(e, AE_ELIMIT,
                         "activations of %zu values are too large",
                         slot[i].size);
            goto out;
        }
        slot[i].size = ae_round_up(slot[i].size, 16);
        order[i] = (struct order){slot[i].size, i};
    }
    qsort(order, (size_t)count, sizeof(*order), by_size);
    for (int i = 0; i < count; i++) {
        struct ae_slot *s = &slot[order[i].index];
        s->offset = find_gap(slot, placed, i, s);
        insert(slot, placed, i, order[i].index);
        if (s->offset + s->size > *floats)
            *floats = s->offset + s->size;
    }
    rc = 0;
out:
    free(placed);
    free(order);
    return rc;
}

/* -------------------------------------------------- what lives how long */

struct life {
    int first, last, parent, c0;
}; /* parent -1: a root */

struct work {
    const struct ae_graph *g;
    const struct ae_shape *shape;
    int train;
    struct ae_plan *p;
    struct life *out, *dout;
    unsigned char *needs_grad, *has_grad, *is_reached, *is_out;
    unsigned char *has_buffer, *given; /* has a buffer; the caller fills it */
};

/* Which nodes run and which have a buffer, from the wanted nodes back. */
static void find_subgraph(struct work *w, const struct ae_subgraph *part)
{
    const struct ae_graph *g = w->g;
    int nwant = part ? part->nwant : g->noutputs;

    for (int i = 0; i < nwant; i++)
        w->is_out[part ? part->want[i] : g->output[i]] = 1;
    for (int i = 0; part && i < part->ngiven; i++)
        w->given[part->given[i]] = 1;
    for (int i = g->count - 1; i >= 0; i--) {
        const struct ae_node *nd = &g->node[i];
        w->given[i] |= (nd->flags & AE_IS_INPUT) != 0;
        w->has_buffer[i] |= !part || w->is_out[i];
        w->p->runs[i] = w->has_buffer[i] && !w->given[i];
        for (int k = 0; w->p->runs[i] && k < ae_inputs_read(nd); k++)
            w->has_buffer[nd->in[k]] = 1;
    }
}

static int back_step(const struct work *w, int i)
{
    return 2 * w->g->count + 1 - i;
}

/* Backward runs where a gradient can come from an output (or the node's own
 * term) and weights lie at or before the node. */
static void find_backward(struct work *w)
{
    const struct ae_graph *g = w->g;

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        w->needs_grad[i] = nd->tie >= 0;
        for (int p = 0; p < nd->nparam; p++)
            w->needs_grad[i] |= nd->param[p].trainable != 0;
        for (int k = 0; k < ae_inputs_read(nd); k++)
            w->needs_grad[i] |= w->needs_grad[nd->in[k]];
    }
    for (int i = g->count - 1; i >= 0; i--) {
        const struct ae_node *nd = &g->node[i];
        w->has_grad[i] |= w->is_out[i] || nd->kind->term;
        for (int k = 0; w->has_grad[i] && k < ae_inputs_read(nd); k++)
            w->has_grad[nd->in[k]] = 1;
        w->p->back[i] = w->train && w->needs_grad[i] && w->has_grad[i];
    }
}

static void find_lives(struct work *w)
{
    const struct ae_graph *g = w->g;

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        struct life *l = &w->out[i];
        l->parent = -1;
        l->first = w->given[i] ? 0 : i + 1;
        l->last = w->is_out[i] ? g->count + 1 : i + 1;
        if (w->p->back[i] && nd->flags & AE_SAVE_OUTPUT)
            l->last = back_step(w, i);
        for (int k = 0; w->p->runs[i] && k < ae_inputs_read(nd); k++) {
            struct life *in = &w->out[nd->in[k]];
            int last = w->p->back[i] && nd->flags & AE_SAVE_INPUT
                           ? back_step(w, i)
                           : i + 1;
            in->last = ae_max(in->last, last);
        }
    }
}

static int same_shape(const struct ae_shape *a, const struct ae_shape *b)
{
    return a->h == b->h && a->w == b->w && a->c == b->c;
}

static void join_lives(struct life *l, int child, int parent, int c0)
{
    l[child].parent = parent;
    l[child].c0 = c0;
    for (int p = parent; p >= 0; p = l[p].parent) {
        l[p].first = ae_min(l[p].first, l[child].first);
        l[p].last = ae_max(l[p].last, l[child].last);
    }
}

/* The root of i's tree when i fills the root's pixels wholly, else -1. */
static int whole_root(const struct work *w, const struct life *l, int i)
{
    int c = w->shape[i].c;

    while (l[i].parent >= 0)
        i = l[i].parent;
    return w->shape[i].c == c ? i : -1;
}

/* Puts the output of i into the buffer of its input 0, if that is used no
 * more afterwards. */
static void try_inplace(struct work *w, int i)
{
    const struct ae_node *nd = &w->g->node[i];
    int root = whole_root(w, w->out, nd->in[0]);

    if (root < 0 || w->out[root].last != i + 1 || w->given[root] ||
        !same_shape(&w->shape[i], &w->shape[nd->in[0]]))
        return;
    for (int k = 1; k < ae_inputs_read(nd); k++)
        if (whole_root(w, w->out, nd->in[k]) == root)
            return;
    join_lives(w->out, i, root, 0);
}

/* Inputs of a concatenation are written straight into its slices, if they own
 * their buffers.  Outputs keep a buffer of their own, so that callers find them
 * in one piece. */
static void try_slices(struct work *w, int i)
{
    const struct ae_node *nd = &w->g->node[i];

    for (int k = 0, c0 = 0; k < nd->nin; c0 += w->shape[nd->in[k++]].c) {
        int root = whole_root(w, w->out, nd->in[k]);
        if (root >= 0 && root != i && !w->is_out[nd->in[k]] && !w->given[root])
            join_lives(w->out, root, i, c0);
    }
}

/* In the order of backward: which node stores a gradient, which ones add. */
static void find_gradient_lives(struct work *w)
{
    const struct ae_graph *g = w->g;
    struct ae_plan *p = w->p;

    for (int i = 0; i < g->count; i++) {
        w->dout[i] = (struct life){g->count + 1, back_step(w, i), -1, 0};
        w->is_reached[i] = w->is_out[i];
    }
    for (int i = g->count - 1; i >= 0; i--) {
        const struct ae_node *nd = &g->node[i];
        if (!p->back[i])
            continue;
        if (!w->is_reached[i]) {
            p->zero[i] = 1;
            w->dout[i].first = back_step(w, i);
        }
        for (int k = ae_inputs_read(nd) - 1; k >= 0; k--) {
            int a = nd->in[k];
            p->add[i][k] = w->is_reached[a];
            if (p->back[a] && !w->is_reached[a])
                w->dout[a].first = back_step(w, i);
            w->is_reached[a] = 1;
        }
    }
}

static void gradients_in_place(struct work *w)
{
    const struct ae_graph *g = w->g;

    for (int i = g->count - 1; i >= 0; i--) {
        const struct ae_node *nd = &g->node[i];
        int most = nd->flags & AE_CONCAT    ? nd->nin
                   : nd->flags & AE_INPLACE ? 1
                                            : 0;
        for (int k = 0, c0 = 0; w->p->back[i] && k < most;
             c0 += w->shape[nd->in[k++]].c) {
            int a = nd->in[k];
            if (w->p->back[a] && !w->p->add[i][k] &&
                (nd->flags & AE_CONCAT ||
                 same_shape(&w->shape[a], &w->shape[i])))
                join_lives(w->dout, a, i, c0);
        }
    }
}

/* ----------------------------------------------------------- the plan */

static int add_slot(struct ae_plan *p, const struct life *l,
                    const struct ae_shape *s, int n, int *at, struct ae_err *e)
{
    size_t size = (size_t)n;

    AE_TRY(ae_mul(size, (size_t)s->h, &size, e));
    AE_TRY(ae_mul(size, (size_t)s->w, &size, e));
    AE_TRY(ae_mul(size, (size_t)s->c, &size, e));
    p->slot[p->nslots] = (struct ae_slot){size, 0, l->first, l->last};
    *at = p->nslots++;
    return 0;
}

/* Gives roots slots, and members their place in the root's slot. */
static int give_slots(struct work *w, const struct life *l,
                      struct ae_place *place, const unsigned char *only, int n,
                      struct ae_arena *arena, struct ae_err *e)
{
    int *slot_of = ae_arena_alloc(arena, (size_t)w->g->count, sizeof(*slot_of),
                                  e);

    if (!slot_of)
        return AE_EMEM;
    for (int i = 0; i < w->g->count; i++)
        if (only[i] && l[i].parent < 0)
            AE_TRY(add_slot(w->p, &l[i], &w->shape[i], n, &slot_of[i], e));
    for (int i = 0; i < w->g->count; i++) {
        int at = i, c0 = 0;

        place[i] = (struct ae_place){-1, 0, 0};
        if (!only[i])
            continue;
        for (; l[at].parent >= 0; at = l[at].parent)
            c0 += l[at].c0;
        place[i] = (struct ae_place){slot_of[at], c0, w->shape[at].c};
    }
    return 0;
}

static int allocate(struct work *w, struct ae_arena *arena, struct ae_err *e)
{
    size_t n = (size_t)w->g->count;
    struct ae_plan *p = w->p;
    unsigned char *flag = ae_arena_alloc(arena, 6 * n, 1, e);

    memset(p, 0, sizeof(*p));
    p->slot = ae_arena_alloc(arena, 2 * n, sizeof(*p->slot), e);
    p->out = ae_arena_alloc(arena, n, sizeof(*p->out), e);
    p->dout = ae_arena_alloc(arena, n, sizeof(*p->dout), e);
    p->add = ae_arena_alloc(arena, n, sizeof(*p->add), e);
    p->runs = ae_arena_alloc(arena, n, 1, e);
    p->back = ae_arena_alloc(arena, n, 1, e);
    p->zero = ae_arena_alloc(arena, n, 1, e);
    w->out = ae_arena_alloc(arena, n, sizeof(*w->out), e);
    w->dout = ae_arena_alloc(arena, n, sizeof(*w->dout), e);
    if (!flag || !p->slot || !p->out || !p->dout || !p->add || !p->runs ||
        !p->back || !p->zero || !w->out || !w->dout)
        return AE_EMEM;
    w->needs_grad = flag;
    w->has_grad = flag + n;
    w->is_reached = flag + 2 * n;
    w->is_out = flag + 3 * n;
    w->has_buffer = flag + 4 * n;
    w->given = flag + 5 * n;
    return 0;
}

int ae_plan_make(struct ae_plan *p, const struct ae_graph *g,
                 const struct ae_subgraph *part, const struct ae_shape *shapes,
                 int n, int train, struct ae_arena *arena, struct ae_err *e)
{
    struct work w = {.g = g, .shape = shapes, .train = train, .p = p};

    assert(!part || !train);
    AE_TRY(allocate(&w, arena, e));
    find_subgraph(&w, part);
    find_backward(&w);
    find_lives(&w);
    for (int i = 0; i < g->count; i++)
        if (p->runs[i] && g->node[i].flags & AE_CONCAT)
            try_slices(&w, i);
        else if (p->runs[i] && g->node[i].flags & AE_INPLACE)
            try_inplace(&w, i);
    find_gradient_lives(&w);
    gradients_in_place(&w);
    AE_TRY(give_slots(&w, w.out, p->out, w.has_buffer, n, arena, e));
    AE_TRY(give_slots(&w, w.dout, p->dout, p->back, n, arena, e));
    return ae_plan_slots(p->slot, p->nslots, &p->floats, e);
}
