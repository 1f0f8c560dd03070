/* denoise.c - one picture after another through a net, by rows.
 *
 * Rows come in from a reader, roll through the net, and leave for a writer, so
 * that memory is bounded by the picture's width, never by its height.  Where
 * a row of it is too wide for the memory bound the picture is cut into pieces
 * that overlap and lie on the net's grid, so that the result is the same bit
 * for bit for any piece size.  Knows no format, no command, no layer. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/format.h"
#include "model/model.h"
#include "nn/graph/graph.h"
#include "nn/graph/ring_plan.h"
#include "nn/graph/turn.h"
#include "run/denoise/crop.h"
#include "run/denoise/denoiser.h"
#include "run/denoise/picture.h"
#include "run/denoise/tile.h"

const struct ae_denoise_options ae_denoise_defaults = {
    .strength = 1, .luma = 1, .chroma = 1, .sigma = -1, .linear = -1};

/* -------------------------------------------------------------- models */

/* Which inputs the net has; those that nobody could fill are refused. */
static int find_inputs(struct ae_denoiser *d, struct ae_err *e)
{
    const struct ae_graph *g = d->graph;
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (!(nd->flags & AE_IS_INPUT))
            continue;
        const struct ae_input *a = nd->attr;
        const char *name = a->name ? a->name : nd->name;
        if (strcmp(name, "x") == 0) {
            d->channels = a->c;
            d->size = nd->shape;
        } else if (strcmp(name, "sigma") == 0 && a->c == 1) {
            d->sigma = 1;
        } else {
            return ae_fail(e, AE_EUNSUPPORTED,
                           "denoising can't fill the model's input '%s'", name);
        }
    }
    if (d->channels != 1 && d->channels != 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       d->channels
                           ? "the model takes %d channels, pictures have 1 or 3"
                           : "the model has no input 'x'",
                       d->channels);
    return 0;
}

int ae_denoiser_new(struct ae_ctx *ctx, const struct ae_model *m, int ensemble,
                    struct ae_denoiser **out, struct ae_err *e)
{
    struct ae_denoiser *d = ae_alloc(1, sizeof(*d), e);
    *out = NULL;
    if (!d)
        return AE_EMEM;
    d->ctx = ctx;
    d->graph = m->graph;
    d->weights = m->weights;
    d->unit_loss = ae_model_unit_loss(m);
    d->optional = ae_level_optional(m->meta);
    ae_level_curve_get(m->meta, &d->curve);
    d->turns = ensemble ? ensemble : ae_max(m->ensemble, 1);
    int rc = 0;
    if (!ae_turns_of(d->turns))
        rc = ae_fail(e, AE_EARG, "an ensemble is of 1, 2 or 8 turns, not %d",
                     d->turns);
    else if (json_object_get(json_object_get(m->meta, "input"), "scale"))
        rc = ae_fail(e, AE_EUNSUPPORTED,
                     "the model scales pictures, which denoising doesn't: "
                     "train with `scale` none");
    if (!rc && ae_graph_can_fold(m->graph)) {
        rc = ae_graph_fold(m->graph, m->weights, &d->folded, &d->folded_weights,
                           e);
        d->graph = d->folded;
        d->weights = d->folded_weights;
    }
    if (!rc)
        rc = find_inputs(d, e);
    if (!rc)
        rc = ae_stream_new_turns(ctx, d->graph, d->weights, d->turns, &d->roll,
                                 e);
    if (rc) {
        ae_denoiser_free(d);
        return rc;
    }
    d->free = ae_graph_is_fully_convolutional(d->graph);
    if (d->free)
        ae_graph_piece_overlap(d->graph, d->overlap, d->align);
    else
        d->align[0] = d->align[1] = 1;
    *out = d;
    return 0;
}

void ae_denoiser_free(struct ae_denoiser *d)
{
    if (!d)
        return;
    ae_blind_free(d->blind);
    ae_exec_free(d->few);
    ae_stream_free(d->roll);
    ae_graph_free(d->folded);
    ae_free_aligned(d->folded_weights);
    free(d);
}

enum ae_level_from ae_denoiser_level(const struct ae_denoiser *d,
                                     const struct ae_denoise_options *o)
{
    if (!d->sigma)
        return AE_LEVEL_UNASKED;
    if (o->sigma >= 0)
        return AE_LEVEL_TOLD;
    return d->optional ? AE_LEVEL_UNTOLD : AE_LEVEL_FOUND;
}

int ae_denoiser_is_blind(const struct ae_denoiser *d)
{
    return d->optional || !d->sigma;
}

int ae_denoiser_check(const struct ae_denoiser *d,
                      const struct ae_image_info *i, struct ae_err *e)
{
    const int h = d->size.h, w = d->size.w;
    if ((!h || i->h == h) && (!w || i->w == w))
        return 0;
    return ae_fail(e, AE_EUNSUPPORTED,
                   "%d x %d pixels, the model takes pictures of %d x %d alone: "
                   "resize them",
                   i->w, i->h, w, h);
}

int ae_denoiser_check_sizes(const struct ae_view *x, const struct ae_view *y,
                            struct ae_err *e)
{
    if (y->h != x->h || y->w != x->w || y->c != x->c)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model is no denoiser: from %d x %d x %d it makes "
                       "%d x %d x %d",
                       x->w, x->h, x->c, y->w, y->h, y->c);
    return 0;
}

/* Memory that isn't planned here: code, tables, codecs' and streams' buffers,
 * stacks. */
enum { BASE_BYTES = 40 << 20 };

uint64_t ae_denoiser_memory(const struct ae_denoiser *d)
{
    const uint64_t memory = d->ctx->memory;
    const uint64_t taken = BASE_BYTES + ae_stream_weight_bytes(d->roll) +
                           ae_blind_bytes(d->blind);

    return memory > 2 * taken ? memory - taken : memory / 2;
}

/* ---------------------------------------------------------- one picture */

struct job {
    struct ae_denoiser *d;
    struct ae_picture p;
    struct ae_rect region; /* of the picture: what is run, ... */
    struct ae_cut cut[2];  /* ... by pieces */
    /* pieces are as wide as that, so that rows stream; else they are kept */
    int wide;
    int passes; /* of each piece through the net */
};

/* Rows that pieces of h x w need at once: those on their way, or all that are
 * wanted again. */
static int rows_at_once(const struct job *j, int h, int lag)
{
    return h < j->region.h || j->passes > 1 ? h
                                            : ae_min(h, lag + j->d->align[0]);
}

static int piece_bytes(void *arg, int h, int w, uint64_t *bytes,
                       struct ae_err *e)
{
    const struct job *j = arg;
    int lag = 0;
    const int rc = ae_stream_bytes(j->d->roll, j->p.planes, h, w, bytes, &lag,
                                   e);

    *bytes += ae_picture_bytes(&j->p, rows_at_once(j, h, lag), w < j->region.w,
                               w);
    return rc;
}

static double work(const struct ae_cut cut[2])
{
    return (double)cut[0].piece * cut[0].count * cut[1].piece * cut[1].count;
}

/* All turns of the net side by side, unless fewer at a time leave room for
 * pieces so large that less work is repeated. */
static int choose_passes(struct job *j, struct ae_err *e)
{
    const double less = 0.98;
    struct ae_denoiser *d = j->d;
    const int size[2] = {j->region.h, j->region.w};
    struct ae_cut cut[2];
    int best = 0, rc = 0;

    for (int passes = 1; passes <= d->turns; passes *= 2) {
        j->passes = passes;
        ae_stream_passes(d->roll, passes);
        rc = ae_grid_choose(cut, size, d->overlap, d->align, j->p.o->tile,
                            ae_denoiser_memory(d), piece_bytes, j, e);
        if (rc && rc != AE_EMEM)
            return rc;
        if (!rc && (!best || work(cut) < less * work(j->cut))) {
            memcpy(j->cut, cut, sizeof cut);
            best = passes;
        }
    }
    if (!best)
        return rc;
    j->passes = best;
    ae_stream_passes(d->roll, best);
    return 0;
}

static int choose_grid(struct job *j, struct ae_err *e)
{
    const struct ae_denoiser *d = j->d;
    const struct ae_image_info *i = j->p.info;
    int rc = ae_denoise_size(j->p.o, i, &j->p.out_info, e);

    if (rc)
        return rc;
    j->region = (struct ae_rect){0, 0, i->w, i->h};
    if (d->free && j->p.o->crop.w)
        j->region = ae_crop_region(j->p.crop, i->h, i->w, d->overlap, d->align);
    if (d->free) {
        rc = choose_passes(j, e);
    } else { /* a net of one size: one piece */
        ae_cut_make(&j->cut[0], j->region.h, 0, 1, 1);
        ae_cut_make(&j->cut[1], j->region.w, 0, 1, 1);
    }
    j->wide = j->cut[1].piece >= j->region.w;
    return rc;
}

/* ----------------------------------------------------------- its pieces */

/* One piece: its place in the picture, and its own pixels among those that
 * come out. */
struct piece {
    int row, column;
    struct ae_spot at;
    int y0, y1, x0, x1;
};

static struct piece piece_of(const struct job *j, int row, int column)
{
    const struct ae_cut *r = &j->cut[0], *c = &j->cut[1];
    const struct ae_rect *out = &j->p.crop;
    const int top = j->region.y, left = j->region.x;

    return (struct piece){
        row,
        column,
        {0, top + ae_cut_start(r, row), left + ae_cut_start(c, column)},
        ae_max(top + ae_cut_from(r, row), out->y),
        ae_min(top + ae_cut_to(r, row), out->y + out->h),
        ae_max(left + ae_cut_from(c, column), out->x),
        ae_min(left + ae_cut_to(c, column), out->x + out->w)};
}

/* Rows from..to-1 of the piece as the net wants them.  Those stay in the
 * window that are still to be blended, that begin the next piece, or that
 * will be mirrored at the bottom. */
static int feed(struct job *j, const struct piece *p, int from, int to,
                int done, struct ae_err *e)
{
    const struct ae_view x = ae_stream_input(j->d->roll, "x");
    const struct ae_view sigma = ae_stream_input(j->d->roll, "sigma");
    const int h = j->p.info->h, last = p->row + 1 == j->cut[0].count;
    int keep = ae_min(p->at.top + done, h - j->d->align[0]);

    if (!last)
        keep = ae_min(keep, j->region.y + ae_cut_start(&j->cut[0], p->row + 1));
    const int rc = ae_window_move(&j->p.in, ae_max(keep, 0),
                                  ae_min(p->at.top + to, h), e);
    return rc ? rc : ae_picture_feed(&j->p, p->at, &x, &sigma, from, to, e);
}

/* Those of the net's rows from..to-1 that are the piece's own. */
static int take(struct job *j, const struct piece *p, int from, int to,
                struct ae_err *e)
{
    const struct ae_view net = ae_stream_output(j->d->roll);
    const int y0 = ae_max(p->at.top + from, p->y0);
    const int y1 = ae_min(p->at.top + to, p->y1);
    int rc = 0;

    if (y0 >= y1)
        return 0;
    if (p->x0 < p->x1)
        rc = ae_picture_take(&j->p, p->at, &net, y0, y1, p->x0, p->x1, e);
    if (!rc && p->column + 1 == j->cut[1].count)
        ae_picture_finish(&j->p, y0, y1);
    return rc;
}

/* row: the last that went in, or beyond all of them. */
static void tell(const struct job *j, const struct piece *p, int row)
{
    enum { ROWS = 64 };
    const struct ae_denoise_options *o = j->p.o;
    const int columns = j->cut[1].count, h = j->cut[0].piece;
    const double pieces = (double)j->cut[0].count * columns;

    if (o->progress && (row % ROWS == 0 || row == h))
        o->progress(o->progress_arg, (p->row * columns + p->column +
                                      ae_stream_share(j->d->roll)) /
                                         pieces);
}

static int run_piece(struct job *j, const struct piece *p, struct ae_err *e)
{
    int from, to, rc = 0;

    ae_stream_rewind(j->d->roll);
    for (int done = 0; !rc && done < j->cut[0].piece;) {
        if (ae_stream_run(j->d->roll, &from, &to)) {
            rc = take(j, p, from, to, e);
            done = to;
        } else {
            rc = feed(j, p, from, to, done, e);
            tell(j, p, to);
        }
    }
    return rc;
}

/* The rows' reader and writer work beside the net.  Rows above what is run
 * are read one by one, since levels of noise may be found in them. */
static int run_pieces(struct job *j, struct ae_err *e)
{
    int rc = 0;

    for (int y = 0; !rc && y < j->region.y; y++)
        rc = ae_window_move(&j->p.in, y, y + 1, e);
    ae_stream_set_side_work(j->d->roll, ae_picture_beside, &j->p);
    for (int r = 0; !rc && r < j->cut[0].count; r++)
        for (int c = 0; !rc && c < j->cut[1].count; c++) {
            const struct piece p = piece_of(j, r, c);
            rc = run_piece(j, &p, e);
        }
    ae_stream_set_side_work(j->d->roll, NULL, NULL);
    return rc ? rc : ae_picture_end(&j->p, e);
}

static struct ae_blind *find_level(const struct job *j)
{
    return j->p.level == AE_LEVEL_FOUND ? j->d->blind : NULL;
}

static int start(struct job *j, struct ae_reader *r, struct ae_sink sink,
                 struct ae_err *e)
{
    const int h = j->cut[0].piece, width = j->cut[1].piece;
    uint64_t bytes;
    int lag, rc = ae_stream_start(j->d->roll, j->p.planes, h, width, e);

    if (rc)
        return rc;
    const struct ae_view x = ae_stream_input(j->d->roll, "x");
    const struct ae_view y = ae_stream_output(j->d->roll);
    rc = ae_denoiser_check_sizes(&x, &y, e);
    if (!rc)
        rc = ae_stream_bytes(j->d->roll, j->p.planes, h, width, &bytes, &lag,
                             e);
    if (!rc)
        rc = ae_picture_open(&j->p, r, sink, find_level(j),
                             rows_at_once(j, h, lag), !j->wide, width, e);
    j->p.in.unit_loss = j->d->unit_loss;
    return rc;
}

/* removed: what the net removes goes to the sink, not the picture. */
static int run_picture(struct ae_denoiser *d,
                       const struct ae_denoise_options *o, struct ae_reader *r,
                       struct ae_sink sink, int removed,
                       struct ae_denoise_found *found, struct ae_err *e)
{
    const enum ae_level_from level = ae_denoiser_level(d, o);
    struct job j = {.d = d};
    int rc = 0;

    ae_picture_init(&j.p, d->ctx, o, ae_reader_info(r), d->channels, level);
    j.p.removed = removed;
    if (level == AE_LEVEL_FOUND && !d->blind)
        rc = ae_blind_new(d->ctx, &d->blind, e);
    if (!rc)
        rc = ae_denoiser_check(d, ae_reader_info(r), e);
    if (!rc)
        rc = choose_grid(&j, e);
    if (!rc)
        rc = start(&j, r, sink, e);
    if (!rc)
        rc = run_pieces(&j, e);
    if (!rc)
        *found = ae_picture_found(&j.p, &d->curve);
    ae_picture_release(&j.p);
    return rc;
}

static int copy(struct ae_denoiser *d, const struct ae_denoise_options *o,
                struct ae_reader *r, struct ae_writer *w, struct ae_err *e)
{
    struct ae_picture p;

    ae_picture_init(&p, d->ctx, o, ae_reader_info(r), d->channels,
                    AE_LEVEL_UNASKED);
    const int rc = ae_picture_copy(&p, r, w, e);
    ae_picture_release(&p);
    return rc;
}

int ae_denoise(struct ae_denoiser *d, const struct ae_denoise_options *o,
               struct ae_reader *r, struct ae_writer *w, struct ae_err *e)
{
    struct ae_denoise_found found = {0};
    int rc;

    if (ae_mix_is_none(o))
        rc = copy(d, o, r, w, e);
    else if (ae_denoise_batch_hint(d, o, ae_reader_info(r)))
        rc = ae_small_denoise(d, o, r, w, &found, e);
    else
        rc = run_picture(d, o, r, ae_sink_of(w), 0, &found, e);
    if (o->found)
        *o->found = found;
    return rc;
}

int ae_denoise_removed(struct ae_denoiser *d, struct ae_reader *r,
                       struct ae_sink sink, double *level, struct ae_err *e)
{
    struct ae_denoise_found found = {0};
    int rc;

    if (!ae_denoiser_is_blind(d))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model must be told the level of noise, so it can't "
                       "find it");
    rc = run_picture(d, &ae_denoise_defaults, r, sink, 1, &found, e);
    *level = found.sigma;
    return rc;
}
