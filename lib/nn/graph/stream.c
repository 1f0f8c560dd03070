/* stream.c - see stream.h. */
#include "nn/graph/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "nn/graph/ring_plan.h"
#include "nn/graph/row_tasks.h"
#include "nn/graph/turn.h"

struct ae_stream {
    const struct ae_graph *g;
    struct ae_run run;
    const int *turn; /* [turns] */
    int turns;
    int passes, pass; /* turns / passes of them in each pass */
    float *packed, *scratch;
    /* g->turned floats for each turn but the first */
    float *turned;
    /* by turn of a pass: the nodes' rings; all turns share those of inputs */
    struct ae_view *out[AE_TURNS];
    /* of the output over turns; where there are several passes, of all rows */
    struct ae_view mean;
    float *block;          /* all rings */
    size_t room;           /* floats of it */
    struct ae_arena arena; /* of the last start */
    /* its n, h, w, passes; 0: none */
    int started[4];
    struct ae_shape *shape;
    struct ae_ring_plan rings;
    struct measured {
        int h, w, passes, delay;
        size_t floats;
    } measured;
    ae_side_work_fn *side_work;
    void *side_arg;
};

/* ---------------------------------------------------------------- weights */

float *ae_stream_turned(const struct ae_stream *r, int i)
{
    return i ? r->turned + (size_t)(i - 1) * r->g->turned : NULL;
}

static int turns_at_once(const struct ae_stream *r)
{
    return r->turns / r->passes;
}

/* The run of the i-th turn. */
static struct ae_run run_of(const struct ae_stream *r, int i)
{
    struct ae_run run = r->run;

    run.turn = r->turn[i];
    run.turned = ae_stream_turned(r, i);
    run.out = r->out[i % turns_at_once(r)];
    return run;
}

int ae_stream_pack(struct ae_stream *r, struct ae_err *e)
{
    const struct ae_graph *g = r->g;

    for (int i = 0; i < g->count; i++)
        if (g->node[i].kind->pack)
            g->node[i].kind->pack(&r->run, &g->node[i]);
    for (int i = 1; i < r->turns; i++) {
        const struct ae_run run = run_of(r, i);

        AE_TRY(ae_graph_pack_turned(g, &run, e));
    }
    return 0;
}

static size_t turned_floats(const struct ae_stream *r)
{
    return (size_t)(r->turns - 1) * r->g->turned;
}

static int allocate(struct ae_stream *r, struct ae_err *e)
{
    const struct ae_graph *g = r->g;
    const size_t workers = (size_t)ae_pool_threads(r->run.ctx->pool);

    r->packed = ae_alloc_aligned(g->packed, sizeof(float), e);
    r->turned = ae_alloc_aligned(turned_floats(r), sizeof(float), e);
    r->scratch = ae_alloc_aligned(g->scratch * workers, sizeof(float), e);
    r->run.packed = r->packed;
    r->run.scratch = r->scratch;
    r->run.scratch_stride = g->scratch;
    return r->packed && r->turned && r->scratch ? 0 : AE_EMEM;
}

int ae_stream_new_turns(const struct ae_ctx *ctx, const struct ae_graph *g,
                        float *weights, int turns, struct ae_stream **out,
                        struct ae_err *e)
{
    struct ae_stream *r = ae_alloc(1, sizeof(*r), e);
    int rc = 0;

    *out = NULL;
    if (!r)
        return AE_EMEM;
    r->g = g;
    r->run = (struct ae_run){.ctx = ctx, .node = g->node, .weights = weights};
    r->turn = ae_turns_of(turns);
    r->turns = turns;
    r->passes = 1;
    assert(r->turn);
    for (int i = 0; i < turns; i++)
        if ((rc = ae_graph_check_turn(g, r->turn[i], e)) < 0)
            goto out;
    if ((rc = allocate(r, e)) < 0 || (rc = ae_stream_pack(r, e)) < 0)
        goto out;
    *out = r;
    r = NULL;
out:
    ae_stream_free(r);
    return rc;
}

int ae_stream_new(const struct ae_ctx *ctx, const struct ae_graph *g,
                  float *weights, struct ae_stream **out, struct ae_err *e)
{
    return ae_stream_new_turns(ctx, g, weights, 1, out, e);
}

void ae_stream_free(struct ae_stream *r)
{
    if (!r)
        return;
    ae_free_aligned(r->packed);
    ae_free_aligned(r->turned);
    ae_free_aligned(r->scratch);
    ae_free_aligned(r->block);
    ae_arena_release(&r->arena);
    free(r);
}

uint64_t ae_stream_weight_bytes(const struct ae_stream *r)
{
    const size_t workers = (size_t)ae_pool_threads(r->run.ctx->pool);

    return sizeof(float) * (uint64_t)(r->g->packed + turned_floats(r) +
                                      r->g->scratch * workers);
}

float *ae_stream_packed(const struct ae_stream *r)
{
    return r->packed;
}

/* ------------------------------------------------------------------ rings */

static int plan(const struct ae_stream *r, int h, int w, struct ae_arena *arena,
                struct ae_shape **shape, struct ae_ring_plan *rings,
                struct ae_err *e)
{
    const struct ae_graph *g = r->g;
    struct ae_shape *s = ae_arena_alloc(arena, (size_t)g->count, sizeof(*s), e);

    *shape = s;
    if (!s)
        return AE_EMEM;
    AE_TRY(ae_graph_shapes(g, h, w, s, e));
    for (int i = 0; i < g->count; i++) {
        if (s[i].h < 1 || s[i].w < 1)
            return ae_fail(e, AE_EARG, "%s: its size must be given",
                           g->node[i].name);
        if ((double)s[i].w * s[i].c > 1 << 30)
            return ae_fail(e, AE_ELIMIT,
                           "%s: rows of %d x %d numbers are too long",
                           g->node[i].name, s[i].w, s[i].c);
    }
    return ae_ring_plan_make(rings, g, s, r->turns > 1, arena, e);
}

static size_t row_floats(const struct ae_shape *s)
{
    return (size_t)s->w * (size_t)s->c;
}

static size_t ring_floats(const struct ae_ring_plan *r, int node)
{
    return ae_round_up((size_t)r->rows[node] * row_floats(&r->shape[node]), 16);
}

/* Of the rings that all turns share (AE_IS_INPUT), or of one turn's (0). */
static size_t rings_floats(const struct ae_ring_plan *r, unsigned shared)
{
    size_t sum = 0;

    for (int i = 0; i < r->g->count; i++)
        if ((r->g->node[i].flags & AE_IS_INPUT) == shared)
            sum += ring_floats(r, i);
    return sum;
}

static size_t mean_floats(const struct ae_stream *r,
                          const struct ae_shape *shape)
{
    const struct ae_shape *s = &shape[r->g->output[0]];
    const size_t rows = (size_t)(r->passes > 1 ? s->h : AE_STREAM_ROWS);

    return r->turns > 1 ? ae_round_up(rows * row_floats(s), 16) : 0;
}

/* Of an item: all rings and the mean. */
static size_t all_floats(const struct ae_stream *r,
                         const struct ae_ring_plan *rings)
{
    return rings_floats(rings, AE_IS_INPUT) +
           (size_t)turns_at_once(r) * rings_floats(rings, 0) +
           mean_floats(r, rings->shape);
}

static int measure_rings(struct ae_stream *r, int h, int w, struct ae_err *e)
{
    struct ae_arena arena = {0};
    struct ae_ring_plan rings;
    struct ae_shape *shape;
    const int rc = plan(r, h, w, &arena, &shape, &rings, e);

    if (!rc)
        r->measured = (struct measured){h, w, r->passes, rings.delay,
                                        all_floats(r, &rings)};
    ae_arena_release(&arena);
    return rc;
}

int ae_stream_bytes(struct ae_stream *r, int n, int h, int w, uint64_t *bytes,
                    int *delay, struct ae_err *e)
{
    const int same = r->measured.floats && r->measured.h == h &&
                     r->measured.w == w && r->measured.passes == r->passes;
    const int rc = same ? 0 : measure_rings(r, h, w, e);

    *bytes = rc ? 0 : sizeof(float) * (uint64_t)n * r->measured.floats;
    if (delay)
        *delay = rc ? 0 : r->measured.delay;
    return rc;
}

/* The rings of a turn, from `at` on; returns their end. */
static float *make_views(struct ae_stream *r, int turn, int n, float *at)
{
    struct ae_view *out = r->out[turn];

    for (int i = 0; i < r->g->count; i++) {
        const struct ae_shape *s = &r->shape[i];
        const int ring_of = r->rings.ring_of[i], rows = r->rings.rows[ring_of];
        struct ae_view *v = &out[i];

        *v = (struct ae_view){
            at, n, s->h, s->w, s->c, s->c, (ptrdiff_t)row_floats(s), 0, rows};
        v->item = (ptrdiff_t)ring_floats(&r->rings, i);
        if (ring_of != i)
            *v = out[ring_of];
        else if (turn && r->g->node[i].flags & AE_IS_INPUT)
            *v = r->out[0][i];
        else
            at += v->item * n;
    }
    return at;
}

static void make_mean(struct ae_stream *r, int n, float *at)
{
    const struct ae_shape *s = &r->shape[r->g->output[0]];

    r->mean = (struct ae_view){at,
                               n,
                               s->h,
                               s->w,
                               s->c,
                               s->c,
                               (ptrdiff_t)row_floats(s),
                               0,
                               r->passes > 1 ? s->h : AE_STREAM_ROWS};
    r->mean.item = (ptrdiff_t)mean_floats(r, r->shape);
}

int ae_stream_start(struct ae_stream *r, int n, int h, int w, struct ae_err *e)
{
    const size_t count = (size_t)r->g->count;

    const int start[4] = {n, h, w, r->passes};

    if (memcmp(r->started, start, sizeof(start)) == 0) {
        ae_stream_rewind(r);
        return 0;
    }
    r->started[0] = 0;
    ae_arena_release(&r->arena);
    memset(&r->arena, 0, sizeof(r->arena));
    AE_TRY(plan(r, h, w, &r->arena, &r->shape, &r->rings, e));
    r->run.n = n;
    for (int i = 0; i < turns_at_once(r); i++) {
        r->out[i] = ae_arena_alloc(&r->arena, count, sizeof(*r->out[i]), e);
        if (!r->out[i])
            return AE_EMEM;
    }
    const size_t floats = all_floats(r, &r->rings) * (size_t)n;
    if (floats > r->room) {
        ae_free_aligned(r->block);
        r->block = ae_alloc_aligned(floats, sizeof(float), e);
        r->room = r->block ? floats : 0;
    }
    if (!r->block)
        return AE_EMEM;
    float *at = r->block;
    for (int i = 0; i < turns_at_once(r); i++)
        at = make_views(r, i, n, at);
    make_mean(r, n, at);
    memcpy(r->started, start, sizeof(start));
    r->pass = 0;
    return 0;
}

void ae_stream_set_side_work(struct ae_stream *r, ae_side_work_fn *fn,
                             void *arg)
{
    r->side_work = fn;
    r->side_arg = arg;
}

void ae_stream_passes(struct ae_stream *r, int passes)
{
    assert(passes >= 1 && r->turns % passes == 0);
    r->passes = passes;
}

double ae_stream_share(const struct ae_stream *r)
{
    const double rows = (double)r->rings.done[0] / r->shape[0].h;

    return (r->pass + rows) / r->passes;
}

void ae_stream_rewind(struct ae_stream *r)
{
    r->pass = 0;
    ae_ring_plan_rewind(&r->rings);
}

struct ae_view ae_stream_input(const struct ae_stream *r, const char *name)
{
    const int i = ae_graph_input(r->g, name);

    return i < 0 || !r->rings.needed[i] ? (struct ae_view){.data = NULL}
                                        : r->out[0][i];
}

struct ae_view ae_stream_output(const struct ae_stream *r)
{
    return r->turns > 1 ? r->mean : r->out[0][r->g->output[0]];
}

/* ---------------------------------------------------------------- running */

/* Rows from..to-1 of a node, of every turn and item, as tasks of `unit` rows by
 * a part of the columns by a slice of the channels, after the concurrent work
 * if there is some. */
struct job {
    const struct ae_stream *r;
    const struct ae_node *nd;
    int first; /* turn */
    int from, to, unit, groups, parts, slices;
    ae_side_work_fn *side_work; /* NULL: nothing */
    void *side_arg;
};

/* Tasks of a part of the columns follow each other, so that a thread gets the
 * same columns of node after node. */
static void run_task(void *arg, int task, int thread)
{
    const struct job *j = arg;

    if (j->side_work && task-- == 0) {
        j->side_work(j->side_arg);
        return;
    }
    const int each = j->slices * j->groups * j->parts * j->r->run.n;
    struct ae_run run = run_of(j->r, j->first + task / each);
    task %= each;
    run.slice = task % j->slices;
    run.slices = j->slices;
    task /= j->slices;
    const int from = j->from + task % j->groups * j->unit;
    task /= j->groups;
    run.part = task % j->parts;
    run.parts = j->parts;
    const int first = task / j->parts * run.out[j->nd->index].h;

    run.scratch += (size_t)thread * run.scratch_stride;
    j->nd->kind->forward(&run, j->nd, first + from,
                         first + ae_min(from + j->unit, j->to));
}

/* Cuts by rows as far as tiles allow, then by columns: halves and halves of
 * those, so that workers have equal shares, but wide ones where each reads all
 * of a filter; then by channels, of which each reads its own filter's, but
 * all of the input. */
static struct job cut_rows(const struct ae_stream *r, int node, int from,
                           int to)
{
    enum { TASK = 1 << 19, MOST = 32, COLUMNS = 112, FEW = 16, CHANNELS = 96 };
    const struct ae_node *nd = &r->g->node[node];
    const struct ae_shape *s = &r->shape[node];
    const double cost = ae_row_cost(nd, s) * (to - from);
    const int want = ae_clamp((int)fmin(cost / TASK, MOST), 1, MOST);
    const int units = (to - from + nd->tile - 1) / nd->tile;
    const int columns = nd->packed ? COLUMNS : FEW;
    struct job j = {.r = r,
                    .nd = nd,
                    .first = r->pass * turns_at_once(r),
                    .from = from,
                    .to = to,
                    .unit = nd->tile,
                    .groups = units,
                    .parts = 1,
                    .slices = 1};

    if (want < units) {
        j.unit *= (units + want - 1) / want;
        j.groups = (to - from + j.unit - 1) / j.unit;
        return j;
    }
    while (nd->flags & AE_SPLIT_COLUMNS && j.parts * units < want &&
           s->w / (2 * j.parts) >= columns)
        j.parts *= 2;
    while (nd->flags & AE_SPLIT_CHANNELS && j.slices * j.parts * units < want &&
           s->c / (2 * j.slices) >= CHANNELS)
        j.slices *= 2;
    return j;
}

/* A call of the concurrent work takes as long as a task or more, so it goes
 * with jobs that have enough tasks to make up for it. */
static void run_rows(const struct ae_stream *r, int node, int from, int to)
{
    enum { MANY = 4 };
    struct job j = cut_rows(r, node, from, to);
    const int each = r->run.n * j.groups * j.parts * j.slices;
    const int tasks = turns_at_once(r) * each;
    struct ae_pool *pool = r->run.ctx->pool;

    if (r->side_work && tasks >= MANY && ae_pool_threads(pool) > 1) {
        j.side_work = r->side_work;
        j.side_arg = r->side_arg;
    }
    ae_par_for(pool, tasks + (j.side_work != NULL), run_task, &j);
}

static void add_to_mean(const struct ae_stream *r, int from, int to)
{
    for (int i = 0; i < turns_at_once(r) && r->turns > 1; i++)
        ae_turns_mean(r->run.ctx, &r->mean, &r->out[i][r->g->output[0]], from,
                      to, r->pass * turns_at_once(r) + i, r->turns);
}

/* Rows of the output are done; returns 1 when the caller is to take them. */
static int output_done(struct ae_stream *r, int from, int to)
{
    add_to_mean(r, from, to);
    if (r->pass + 1 == r->passes)
        return 1;
    if (to == r->shape[r->g->output[0]].h) {
        ae_ring_plan_rewind(&r->rings);
        r->pass++;
    }
    return 0;
}

int ae_stream_run(struct ae_stream *r, int *from, int *to)
{
    const struct ae_graph *g = r->g;

    for (;;) {
        const int i = ae_ring_plan_next(&r->rings, from, to);

        if (g->node[i].flags & AE_IS_INPUT)
            return 0;
        if (g->node[i].kind->forward)
            run_rows(r, i, *from, *to);
        if (i == g->output[0] && output_done(r, *from, *to))
            return 1;
    }
}
