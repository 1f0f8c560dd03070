/* denoise.c - pictures through a net: the one door.
 *
 * Rows come in from a reader, go through the net, and leave for a writer.
 * Small pictures of one size are run several at a time; a large one by rows,
 * so that memory is bounded by its width, or, where a row is too wide for the
 * bound, by pieces that overlap and lie on the net's grid.  The result is the
 * same bit for bit whichever way it is made.  Knows no format, no command, no
 * layer. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/mem.h"
#include "base/threads.h"
#include "image/format.h"
#include "nn/graph/graph.h"
#include "run/denoise/crop.h"
#include "run/denoise/denoiser.h"

const struct ae_denoise_options ae_denoise_defaults = {
    .strength = 1, .luma = 1, .chroma = 1, .sigma = -1, .linear = -1};

/* Ranges that options are checked by; cmd/ae-denoise.c has what users type. */
static const struct ae_field ranges[] = {
    AE_FIELD("strength", REAL, ae_denoise_options, strength, .max = 1),
    AE_FIELD("luma", REAL, ae_denoise_options, luma, .max = 1),
    AE_FIELD("chroma", REAL, ae_denoise_options, chroma, .max = 1),
    AE_FIELD("sigma", REAL, ae_denoise_options, sigma, .min = -1, .max = 255),
    AE_FIELD("linear", INT, ae_denoise_options, linear, .min = -1, .max = 1),
    AE_FIELD("tile", PAIR, ae_denoise_options, tile, .max = 1 << 30),
    {.name = NULL},
};

/* A step for the i-th picture of a run. */
struct run;
typedef int picture_fn(const struct run *r, int i, struct ae_err *e);

/* Pictures of one size on their way: n of them as a batch, or one by rows. */
struct run {
    struct ae_denoiser *d;
    const struct ae_denoise_options *o;
    struct ae_picture_plan plan; /* of the first picture */
    struct ae_denoise_item *item;
    struct ae_picture *picture;
    int n, batch;
    int finishes;        /* readers and writers, too */
    struct ae_sink sink; /* instead of the writer, with plan.residual */
    struct ae_picture_size size;
    struct ae_rect region;       /* of the picture: what is run, ... */
    struct ae_grid_axis axis[2]; /* ... by pieces */
    int passes;                  /* of each piece through the net */
    uint64_t least;              /* bytes of the smallest piece looked at */
    /* what tasks work on: rows from..to-1 of a piece, of which `done` are out
     * already */
    struct ae_piece piece;
    int from, to, done;
    picture_fn *step;
};

/* ------------------------------------------------------------- its pieces */

/* Rows that pieces of h x w need at once: those on their way, or all that are
 * wanted again. */
static int rows_at_once(const struct run *r, int h, int lag)
{
    return h < r->region.h || r->passes > 1 ? h
                                            : ae_min(h, lag + r->d->align[0]);
}

/* Pieces of the full width give rows in order; with others all rows must
 * stay. */
static struct ae_picture_size size_of(const struct run *r, int h, int w,
                                      int lag)
{
    return (struct ae_picture_size){
        .rows = rows_at_once(r, h, lag), .whole = w < r->region.w, .widest = w};
}

static int piece_bytes(void *arg, int h, int w, uint64_t *bytes,
                       struct ae_err *e)
{
    struct run *r = arg;
    int lag = 0;

    AE_TRY(ae_stream_bytes(r->d->net.stream, ae_picture_planes(&r->plan), h, w,
                           bytes, &lag, e));
    const struct ae_picture_size size = size_of(r, h, w, lag);
    *bytes += ae_picture_bytes(&r->plan, &size);
    if (!r->least || *bytes < r->least)
        r->least = *bytes;
    return 0;
}

/* Bytes of whole pictures that the reader and the writer keep, and those of the
 * fit. */
static uint64_t held(const struct run *r)
{
    const struct ae_writer *w = r->item->writer;
    const struct ae_image_info *i = r->plan.info;

    return r->item->reader->held + (w ? w->held : 0) +
           (r->d->fit ? ae_zero_shot_bytes(r->d->fit, i->h, i->w) : 0);
}

/* The memory bound under which pieces of so many bytes fit, in MiB. */
static unsigned long long bound_of(const struct run *r, uint64_t bytes)
{
    const uint64_t all = ae_denoiser_taken(r->d) + held(r) + bytes;

    return (all + (1 << 20) - 1) >> 20;
}

/* What the bound on memory leaves for pieces. */
static uint64_t memory_left(const struct run *r)
{
    const uint64_t memory = ae_denoiser_memory(r->d);

    return memory > held(r) ? memory - held(r) : 0;
}

static double work(const struct ae_grid_axis *axis)
{
    return (double)axis[0].piece * axis[0].count * axis[1].piece *
           axis[1].count;
}

/* The bound on a piece without its overlap: the user's, and that of a node of
 * the net, which a picture may exceed; 0: none. */
static int piece_bound(const struct run *r, int axis, int size)
{
    const int align = r->d->align[axis], tile = r->o->tile[axis];
    const int most = ae_graph_limits.dim - 2 * align;
    const int room = most - 2 * (r->d->overlap[axis] + align);

    return size <= most ? tile : tile ? ae_min(tile, room) : room;
}

/* Runs all turns of the net side by side, unless fewer at a time leave room for
 * larger pieces, which repeat less work. */
static int choose_passes(struct run *r, struct ae_err *e)
{
    const double less = 0.98;
    struct ae_denoiser *d = r->d;
    const int size[2] = {r->region.h, r->region.w};
    const int tile[2] = {piece_bound(r, 0, size[0]),
                         piece_bound(r, 1, size[1])};
    struct ae_grid_axis axis[2];
    int best = 0, rc = 0;

    for (int passes = 1; passes <= d->net.turns; passes *= 2) {
        r->passes = passes;
        ae_stream_passes(d->net.stream, passes);
        rc = ae_grid_choose(axis, size, d->overlap, d->align, tile,
                            memory_left(r), piece_bytes, r, e);
        if (rc && rc != AE_EMEM)
            return rc;
        if (!rc && (!best || work(axis) < less * work(r->axis))) {
            memcpy(r->axis, axis, sizeof(axis));
            best = passes;
        }
    }
    if (!best)
        return ae_fail(e, AE_EMEM, "needs %lluM of `memory` at least",
                       bound_of(r, r->least));
    r->passes = best;
    ae_stream_passes(d->net.stream, best);
    return 0;
}

/* Says it when a larger bound on memory would save much work. */
static int note_pieces(struct run *r, struct ae_err *e)
{
    const double most = 2;
    const int h = r->axis[0].total, w = r->axis[1].total;
    const double more = work(r->axis) / ((double)h * w);
    uint64_t bytes;

    if (more <= most || r->o->tile[0] || r->o->tile[1])
        return 0;
    AE_TRY(piece_bytes(r, h, w, &bytes, e));
    ae_log(r->d->ctx, AE_LOG_NOTE,
           "%s: takes %.0f times the work, in pieces that overlap; with %lluM "
           "of `memory` it is one",
           ae_io_name(r->item->reader->io), more, bound_of(r, bytes));
    return 0;
}

/* A batch, and a net of one size, take a picture as one piece. */
static int choose_grid(struct run *r, struct ae_err *e)
{
    const struct ae_denoiser *d = r->d;
    const struct ae_image_info *i = r->plan.info;
    struct ae_image_info out;

    AE_TRY(ae_denoise_size(r->o, i, &out, e));
    r->region = (struct ae_rect){0, 0, i->w, i->h};
    r->passes = 1;
    if (r->batch || !d->any_size) {
        ae_grid_axis_make(&r->axis[0], i->h, 0, d->align[0], 1);
        ae_grid_axis_make(&r->axis[1], i->w, 0, d->align[1], 1);
        return 0;
    }
    if (r->o->crop.w)
        r->region = ae_crop_region(r->o->crop, i->h, i->w, d->overlap,
                                   d->align);
    AE_TRY(choose_passes(r, e));
    return note_pieces(r, e);
}

static struct ae_piece piece_of(const struct run *r, int row, int column)
{
    const struct ae_grid_axis *y = &r->axis[0], *x = &r->axis[1];
    const struct ae_rect out = ae_crop_window(r->o, r->plan.info);
    const int top = r->region.y, left = r->region.x;

    return (struct ae_piece){
        .row = row,
        .column = column,
        .top = top + ae_grid_piece_start(y, row),
        .left = left + ae_grid_piece_start(x, column),
        .y0 = ae_max(top + ae_grid_piece_from(y, row), out.y),
        .y1 = ae_min(top + ae_grid_piece_to(y, row), out.y + out.h),
        .x0 = ae_max(left + ae_grid_piece_from(x, column), out.x),
        .x1 = ae_min(left + ae_grid_piece_to(x, column), out.x + out.w)};
}

/* ----------------------------------------------------- tasks of a picture */

static int open_picture(const struct run *r, int i, struct ae_err *e)
{
    const struct ae_denoise_item *t = &r->item[i];
    struct ae_picture *p = &r->picture[i];
    struct ae_picture_plan plan = r->plan;

    plan.info = ae_reader_info(t->reader);
    AE_TRY(ae_picture_open(p, &plan, &r->size, t->reader,
                           r->sink.put ? r->sink : ae_sink_of(t->writer), e));
    p->item = i * p->planes;
    return 0;
}

/* Drops earlier rows, except those that are still to be blended, that begin the
 * next piece, or that will be mirrored at the bottom. */
static int feed_picture(const struct run *r, int i, struct ae_err *e)
{
    const struct ae_net *net = &r->d->net;
    const struct ae_piece *piece = &r->piece;
    const int h = r->plan.info->h, next = piece->row + 1;
    int keep = ae_min(piece->top + r->done, h - r->d->align[0]);

    if (next < r->axis[0].count)
        keep = ae_min(keep,
                      r->region.y + ae_grid_piece_start(&r->axis[0], next));
    AE_TRY(ae_net_input_move(&r->picture[i].in, ae_max(keep, 0),
                             ae_min(piece->top + r->to, h), e));
    return ae_picture_feed(&r->picture[i], piece, &net->x, &net->sigma, r->from,
                           r->to, e);
}

static int take_picture(const struct run *r, int i, struct ae_err *e)
{
    const int last = r->piece.column + 1 == r->axis[1].count;

    return ae_picture_take(&r->picture[i], &r->piece, &r->d->net.y, r->from,
                           r->to, last, e);
}

/* A picture's metadata may stand after its rows, so the reader is finished
 * first. */
static int end_picture(const struct run *r, int i, struct ae_err *e)
{
    struct ae_denoise_item *t = &r->item[i];

    AE_TRY(ae_picture_end(&r->picture[i], e));
    t->found = ae_picture_found(&r->picture[i], &r->d->curve);
    if (!r->finishes)
        return 0;
    AE_TRY(ae_reader_finish(t->reader, e));
    return ae_writer_finish(t->writer, e);
}

/* ------------------------------------------------------------- all of them */

static void picture_task(void *arg, int i, int thread)
{
    const struct run *r = arg;
    struct ae_denoise_item *t = &r->item[i];

    (void)thread;
    if (!t->rc)
        t->rc = r->step(r, i, &t->e);
}

/* Takes a step for each picture; returns whether one of them is without fault
 * so far.  (A single picture has all threads for its rows.) */
static int each_picture(struct run *r, picture_fn *step)
{
    int well = 0;

    r->step = step;
    ae_par_for(r->d->ctx->pool, r->n, picture_task, r);
    for (int i = 0; i < r->n; i++)
        well |= !r->item[i].rc;
    return well;
}

/* The share of the work before the first row: the fit of the net. */
static double fit_share(const struct run *r)
{
    const struct ae_denoiser *d = r->d;

    if (!d->fit)
        return 0;
    const double fit = ae_zero_shot_work(d->fit);
    const double rows = work(r->axis) * d->net.turns *
                        ae_graph_macs(d->net.graph);

    return fit / (fit + rows);
}

static void show_progress(const struct run *r)
{
    enum { ROWS = 64 };
    const struct ae_denoise_options *o = r->o;
    const int h = r->axis[0].piece, columns = r->axis[1].count;
    const double pieces = (double)r->axis[0].count * columns;
    const double before = r->piece.row * columns + r->piece.column;

    if (o->progress && (r->to % ROWS == 0 || r->to == h))
        o->progress(o->progress_arg,
                    fit_share(r) + (1 - fit_share(r)) *
                                       (before + ae_net_share(&r->d->net)) /
                                       pieces);
}

static void show_fit(void *arg, double share)
{
    const struct run *r = arg;

    if (r->o->progress)
        r->o->progress(r->o->progress_arg, share * fit_share(r));
}

/* The net of this picture. */
static void fit_net(struct run *r)
{
    struct ae_denoise_item *t = r->item;

    t->rc = ae_denoiser_fit(r->d, r->picture, show_fit, r, &t->e);
}

static int run_piece(struct run *r, int row, int column)
{
    struct ae_net *net = &r->d->net;
    int well = 1;

    r->piece = piece_of(r, row, column);
    r->done = 0;
    while (well && r->done < r->axis[0].piece) {
        if (ae_net_next(net, &r->from, &r->to)) {
            well = each_picture(r, take_picture);
            r->done = r->to;
        } else {
            well = each_picture(r, feed_picture);
        }
        show_progress(r);
    }
    return well;
}

/* Reads the rows above the region one by one, since levels of noise may be
 * found in them. */
static int skip_rows(const struct run *r, int i, struct ae_err *e)
{
    for (int y = 0; y < r->region.y; y++)
        AE_TRY(ae_net_input_move(&r->picture[i].in, y, y + 1, e));
    return 0;
}

static int copy_drawn(const struct run *r, int i, struct ae_err *e)
{
    return ae_picture_copy(&r->picture[i], e);
}

/* The reader and the writer of a stream work beside the net.  A drawn picture
 * needs no net; among others of a batch it goes along. */
static void run_all(struct run *r)
{
    struct ae_net *net = &r->d->net;
    int well = each_picture(r, open_picture);

    if (well && r->n == 1 && r->picture->drawn) {
        each_picture(r, copy_drawn);
        well = 0;
    }
    if (well && r->d->fit) {
        fit_net(r);
        well = !r->item->rc;
    }
    well = well && each_picture(r, skip_rows);
    if (!r->batch)
        ae_stream_set_side_work(net->stream, ae_picture_beside, r->picture);
    for (int row = 0; well && row < r->axis[0].count; row++)
        for (int column = 0; well && column < r->axis[1].count; column++) {
            if (row || column)
                ae_net_rewind(net);
            well = run_piece(r, row, column);
        }
    ae_stream_set_side_work(net->stream, NULL, NULL);
    each_picture(r, end_picture);
}

/* Refuses pictures of another size than that of a net of fixed size. */
static int check_size(const struct run *r, struct ae_err *e)
{
    const struct ae_image_info *i = r->plan.info;
    const int h = r->d->size.h, w = r->d->size.w;

    if (r->d->fit && ae_min(i->h, i->w) < AE_ZERO_SHOT_LEAST)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "%d x %d pixels are too few to fit a net to: at least "
                       "%d x %d",
                       i->w, i->h, AE_ZERO_SHOT_LEAST, AE_ZERO_SHOT_LEAST);
    if ((!h || i->h == h) && (!w || i->w == w))
        return 0;
    return ae_fail(e, AE_EUNSUPPORTED,
                   "%d x %d pixels, the model takes only pictures of %d x %d: "
                   "resize them",
                   i->w, i->h, w, h);
}

static int start_stream(struct run *r, struct ae_err *e)
{
    struct ae_net *net = &r->d->net;
    const int planes = ae_picture_planes(&r->plan);
    const int h = r->axis[0].piece, w = r->axis[1].piece;
    uint64_t bytes;
    int lag;

    AE_TRY(ae_net_stream(net, planes, h, w, e));
    AE_TRY(ae_stream_bytes(net->stream, planes, h, w, &bytes, &lag, e));
    r->size = size_of(r, h, w, lag);
    return 0;
}

static int start_batch(struct run *r, struct ae_err *e)
{
    const int h = r->axis[0].piece, w = r->axis[1].piece;

    r->size = (struct ae_picture_size){.rows = r->plan.info->h, .widest = w};
    return ae_net_batch(&r->d->net, r->n * ae_picture_planes(&r->plan), h, w,
                        e);
}

static int start(struct run *r, struct ae_err *e)
{
    struct ae_denoiser *d = r->d;

    if (r->plan.level == AE_LEVEL_ESTIMATED && !d->estimator)
        AE_TRY(ae_level_estimator_new(d->ctx, &d->estimator, e));
    if (r->plan.level == AE_LEVEL_ESTIMATED)
        r->plan.estimator = d->estimator;
    r->picture = ae_alloc((size_t)r->n, sizeof(*r->picture), e);
    if (!r->picture)
        return AE_EMEM;
    AE_TRY(check_size(r, e));
    AE_TRY(choose_grid(r, e));
    return r->batch ? start_batch(r, e) : start_stream(r, e);
}

static void run_pictures(struct run *r)
{
    struct ae_err e = {0};
    const int rc = start(r, &e);

    for (int i = 0; rc && i < r->n; i++) {
        r->item[i].rc = rc;
        r->item[i].e = e;
    }
    if (!rc)
        run_all(r);
    for (int i = 0; r->picture && i < r->n; i++)
        ae_picture_release(&r->picture[i]);
    free(r->picture);
}

/* Copies the picture as it is. */
static void copy_picture(struct run *r)
{
    const struct ae_picture_size size = {.rows = 1, .widest = r->plan.info->w};
    struct ae_denoise_item *t = r->item;
    struct ae_picture p = {0};

    r->plan.level = AE_LEVEL_NO_INPUT;
    t->rc = ae_picture_open(&p, &r->plan, &size, t->reader,
                            ae_sink_of(t->writer), &t->e);
    if (!t->rc)
        t->rc = ae_picture_copy(&p, &t->e);
    ae_picture_release(&p);
}

/* --------------------------------------------------------------- the door */

static int are_alike(const struct ae_image_info *a,
                     const struct ae_image_info *b)
{
    return a->h == b->h && a->w == b->w && a->channels == b->channels &&
           a->alpha == b->alpha;
}

/* Denoises the first of n pictures, and those after it that make a batch with
 * it; returns how many they are. */
static int denoise_first(struct ae_denoiser *d,
                         const struct ae_denoise_options *o,
                         struct ae_denoise_item *item, int n, int finishes)
{
    const struct ae_image_info *info = ae_reader_info(item->reader);
    struct run r = {.d = d,
                    .o = o,
                    .plan = ae_denoiser_plan(d, o, info),
                    .item = item,
                    .n = 1,
                    .batch = ae_denoiser_batch(d, o, info),
                    .finishes = finishes};

    while (r.n < ae_min(n, r.batch) &&
           are_alike(info, ae_reader_info(item[r.n].reader)))
        r.n++;
    if (ae_mix_is_none(o))
        copy_picture(&r);
    else
        run_pictures(&r);
    return r.n;
}

/* Copies the caller's options, or the defaults where o is NULL. */
static int copy_options(struct ae_denoise_options *own,
                        const struct ae_denoise_options *o, struct ae_err *e)
{
    *own = o ? *o : ae_denoise_defaults;
    return ae_fields_check(ranges, own, e);
}

void ae_denoise_many(struct ae_denoiser *d, const struct ae_denoise_options *o,
                     struct ae_denoise_item *item, int n)
{
    struct ae_denoise_options own;
    struct ae_err e = {0};
    const int rc = copy_options(&own, o, &e);

    own.found = NULL;
    own.progress = NULL;
    for (int i = 0; rc && i < n; i++) {
        item[i].rc = rc;
        item[i].e = e;
    }
    for (int i = 0; !rc && i < n;)
        i += denoise_first(d, &own, item + i, n - i, 1);
}

int ae_denoise(struct ae_denoiser *d, const struct ae_denoise_options *o,
               struct ae_reader *r, struct ae_writer *w, struct ae_err *e)
{
    struct ae_denoise_item item = {.reader = r, .writer = w};
    struct ae_denoise_options own;

    AE_TRY(copy_options(&own, o, e));
    denoise_first(d, &own, &item, 1, 0);
    if (own.found)
        *own.found = item.found;
    if (item.rc && e)
        *e = item.e;
    return item.rc;
}

int ae_denoise_residual(struct ae_denoiser *d, struct ae_reader *r,
                        struct ae_sink sink, double *level, struct ae_err *e)
{
    const struct ae_denoise_options *o = &ae_denoise_defaults;
    struct ae_denoise_item item = {.reader = r};
    struct run run = {.d = d,
                      .o = o,
                      .plan = ae_denoiser_plan(d, o, ae_reader_info(r)),
                      .item = &item,
                      .n = 1,
                      .sink = sink};

    if (!ae_denoiser_is_blind(d))
        return ae_fail(
            e, AE_EUNSUPPORTED,
            "the model must be given the level of noise, so it can't find it");
    run.plan.residual = 1;
    run_pictures(&run);
    *level = item.found.sigma;
    if (item.rc && e)
        *e = item.e;
    return item.rc;
}
