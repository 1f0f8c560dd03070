/* picture_rows.c - rows of a picture into a net and out of it (picture.h).
 *
 * Some rows at a time are tasks of the pool, each with scratch of its own. */
#include <math.h>
#include <string.h>

#include "image/format.h"
#include "run/denoise/alpha_fill.h"
#include "run/denoise/picture.h"

/* Rows from..to-1 as tasks: each does every AE_STREAM_ROWS-th of them.  They
 * are the piece's when they go in, the picture's when they come out. */
struct rows {
    struct ae_picture *p;
    const struct ae_piece *piece;
    const struct ae_view *x, *sigma, *y;
    int from, to;
};

static void each_row(const struct rows *r, ae_task_fn *fn)
{
    ae_par_for(r->p->plan.ctx->pool, ae_min(r->to - r->from, AE_STREAM_ROWS),
               fn, (void *)(uintptr_t)r);
}

/* -------------------------------------------------------------- going in */

/* What the net's input for the level gets for row y. */
static float level_of(const struct ae_picture *p, int y)
{
    switch (p->plan.level) {
    case AE_LEVEL_ESTIMATED:
        return (float)(ae_net_input_level(&p->in, y) / 255);
    case AE_LEVEL_BLIND:
        return AE_LEVEL_UNKNOWN;
    default:
        return (float)(p->plan.o->sigma * ae_picture_level_gain(p) / 255);
    }
}

/* Puts what a plane of the net sees of n pixels in s->line, mirrored at the
 * picture's right edge. */
static void feed_plane(const struct rows *r, const struct ae_row_scratch *s,
                       int plane, int py, int n)
{
    const struct ae_picture *p = r->p;
    const int channels = p->plan.info->channels, gray = p->colours == 1;
    const int left = r->piece->left, w = p->plan.info->w;
    float *to = ae_row(r->x, p->item + plane, py);

    for (int px = 0; px < r->x->w; px++, to += r->x->pix) {
        const int at = px < n ? px : ae_mirror(left + px, w) - left;
        const float *from = s->line + (ptrdiff_t)at * channels + plane;
        for (int c = 0; c < r->x->c; c++)
            to[c] = from[gray ? 0 : c];
    }
}

static void feed_level(const struct rows *r, int plane, int py, float level)
{
    float *to = ae_row(r->sigma, r->p->item + plane, py);

    for (int px = 0; px < r->sigma->w; px++, to += r->sigma->pix)
        *to = level;
}

/* Puts row py of the piece into the net's inputs. */
static void feed_row(const struct rows *r, struct ae_row_scratch *s, int py)
{
    struct ae_picture *p = r->p;
    const struct ae_image_info *i = p->plan.info;
    const int left = r->piece->left, n = ae_min(r->x->w, i->w - left);
    const int y = ae_mirror(r->piece->top + py, i->h);

    ae_net_input_get(&p->in, y, left, n, s->bytes, s->line);
    if (i->alpha)
        ae_alpha_fill(&p->in, y, left, n, s->line, s->bytes, s->net,
                      s->distance);
    for (int plane = 0; plane < p->planes; plane++) {
        feed_plane(r, s, plane, py, n);
        if (r->sigma->data)
            feed_level(r, plane, py, level_of(p, y));
    }
}

static void feed_task(void *arg, int task, int thread)
{
    const struct rows *r = arg;

    (void)thread;
    for (int py = r->from + task; py < r->to; py += AE_STREAM_ROWS)
        feed_row(r, &r->p->scratch[task], py);
}

int ae_picture_feed(struct ae_picture *p, const struct ae_piece *piece,
                    const struct ae_view *x, const struct ae_view *sigma,
                    int from, int to, struct ae_err *e)
{
    const struct rows r = {
        .p = p, .piece = piece, .x = x, .sigma = sigma, .from = from, .to = to};

    each_row(&r, feed_task);
    return ae_row_store_check(&p->in.rows.store, e);
}

/* ------------------------------------------------------------- coming out */

/* The net's row y, the piece's own columns, as colours of the picture: as they
 * are, or the mean of three where gray went in three times, either as the only
 * channel or as a row of grays.  That depends on the whole row, not on the
 * piece. */
static void get_net_row(const struct rows *r, int y, float *out)
{
    struct ae_picture *p = r->p;
    const struct ae_view *v = r->y;
    const struct ae_piece *piece = r->piece;
    const int gray = v->c == 3 &&
                     (p->colours == 1 || ae_net_input_is_gray(&p->in, y));

    for (int plane = 0; plane < p->planes; plane++) {
        const float *from = ae_row(v, p->item + plane, y - piece->top) +
                            (piece->x0 - piece->left) * v->pix;
        for (int px = 0; px < piece->x1 - piece->x0; px++, from += v->pix) {
            float *to = out + (ptrdiff_t)px * p->colours + plane;
            for (int c = 0; gray && c < p->colours; c++)
                to[c] = (from[0] + from[1] + from[2]) / 3;
            if (!gray)
                memcpy(to, from, (size_t)v->c * sizeof(*to));
        }
    }
}

/* What overflows in a net must not pass for a picture. */
static int check_finite(const struct rows *r, const float *v, int y,
                        struct ae_err *e)
{
    const int k = r->p->colours, n = r->piece->x1 - r->piece->x0;

    for (int i = 0; i < n * k; i++)
        if (!isfinite(v[i]))
            return ae_fail(
                e, AE_ENUMERIC,
                "row %d, column %d: the model's result is not a number", y,
                r->piece->x0 + i / k);
    return 0;
}

/* Sum of the squares of what n pixels' colours changed by, as the net sees
 * them, rounded as they will be in the file unless that has another curve. */
static uint64_t sum_changes(const struct ae_picture *p, const float *in,
                            const float *out, int n)
{
    const struct ae_image_info *i = p->plan.info;
    const int k = p->colours;
    const int rounds = i->maxval > 0 && !ae_transfer_converts(&p->in.curve);
    const float most = (float)i->maxval;
    uint64_t sum = 0;

    for (int x = 0; x < n; x++)
        for (int c = 0; c < k; c++) {
            float v = out[x * k + c];
            if (rounds)
                v = (float)(int)(fminf(fmaxf(v, 0), 1) * most + 0.5f) / most;
            sum += ae_residual_square(in[(ptrdiff_t)x * i->channels + c], v);
        }
    return sum;
}

/* Colours under alpha 0 stay as they are.  Here both sides become black, so
 * that they count for nothing in what was changed and removed. */
static void blank_hidden(const struct ae_picture *p, struct ae_row_scratch *s,
                         int n)
{
    const int channels = p->plan.info->channels, k = p->colours;

    for (int x = 0; p->plan.info->alpha && x < n; x++) {
        float *in = s->line + (ptrdiff_t)x * channels;
        for (int c = 0; c < k && !(in[k] > 0); c++)
            in[c] = s->net[x * k + c] = 0;
    }
}

/* Reads the picture's own row y beside the net's, and counts what was
 * removed. */
static void compare_row(const struct rows *r, struct ae_row_scratch *s, int y)
{
    struct ae_picture *p = r->p;
    const int x0 = r->piece->x0, n = r->piece->x1 - x0;

    ae_net_input_get(&p->in, y, x0, n, s->bytes, s->line);
    blank_hidden(p, s, n);
    ae_residual_add(&p->residual, y, x0, n, s->line, p->plan.info->channels,
                    s->net, p->colours);
}

/* Keeps as much of the net's change as is wanted. */
static void blend_row(const struct rows *r, struct ae_row_scratch *s, int y)
{
    struct ae_picture *p = r->p;
    const int x0 = r->piece->x0, n = r->piece->x1 - x0;

    if (p->mask.name)
        ae_mask_get(&p->mask, y, x0, n, s->share);
    if (!p->mix.plain || p->mask.name)
        ae_mix_row(&p->mix, s->net, p->colours, s->line, p->plan.info->channels,
                   p->mask.name ? s->share : NULL, (size_t)n);
    s->changed += sum_changes(p, s->line, s->net, n);
}

/* Puts columns x0..x1-1 of row y of the result, which are samples of the file
 * in s->bytes, where they go out. */
static void put_row(struct ae_picture *p, struct ae_row_scratch *s, int y,
                    int x0, int x1)
{
    ae_rows_put(&p->out, y - p->crop.y, x0 - p->crop.x, x1 - x0, s->bytes);
    if (!ae_preview_wants(&p->preview, y, x0, x1))
        return;
    ae_rows_get(&p->in.rows, y, x0, x1 - x0, s->shown);
    ae_preview_put(&p->preview, AE_BEFORE, y, x0, x1, s->shown, s->line,
                   s->net);
    ae_preview_put(&p->preview, AE_AFTER, y, x0, x1, s->bytes, s->line, s->net);
}

/* Puts what the net removed from row y. */
static void put_residual(const struct rows *r, struct ae_row_scratch *s, int y)
{
    struct ae_picture *p = r->p;
    const int channels = p->plan.info->channels, k = p->colours;
    const int x0 = r->piece->x0, n = r->piece->x1 - x0;

    for (int x = 0; x < n; x++)
        for (int c = 0; c < k; c++)
            s->net[x * k + c] -= s->line[(ptrdiff_t)x * channels + c];
    ae_rows_put(&p->out, y, x0, n, s->net);
}

static void take_task(void *arg, int task, int thread)
{
    const struct rows *r = arg;
    struct ae_picture *p = r->p;
    struct ae_row_scratch *s = &p->scratch[task];
    const int x0 = r->piece->x0, x1 = r->piece->x1;

    (void)thread;
    s->rc = 0;
    for (int y = r->from + task; y < r->to; y += AE_STREAM_ROWS) {
        get_net_row(r, y, s->net);
        s->rc = check_finite(r, s->net, y, &s->why);
        if (s->rc)
            return;
        compare_row(r, s, y);
        if (p->plan.residual) {
            put_residual(r, s, y);
            continue;
        }
        if (p->drawn) {
            ae_rows_get(&p->in.rows, y, x0, x1 - x0, s->bytes);
        } else {
            blend_row(r, s, y);
            ae_net_input_restore(&p->in, y, x0, x1 - x0, s->net, s->line,
                                 s->bytes);
        }
        put_row(p, s, y, x0, x1);
    }
}

/* Makes room for rows up to `to` - 1 of the picture, and reads the mask's. */
static int make_room(struct ae_picture *p, int to, struct ae_err *e)
{
    AE_TRY(ae_rows_make_room(&p->out, p->sink, to - p->crop.y, e));
    AE_TRY(ae_preview_make_room(&p->preview, to, e));
    return ae_mask_move(&p->mask, to, e);
}

/* At most AE_STREAM_ROWS rows. */
static int take_rows(const struct rows *r, struct ae_err *e)
{
    struct ae_picture *p = r->p;

    AE_TRY(make_room(p, r->to, e));
    each_row(r, take_task);
    for (int i = 0; i < r->to - r->from; i++) {
        if (p->scratch[i].rc && e)
            *e = p->scratch[i].why;
        AE_TRY(p->scratch[i].rc);
    }
    AE_TRY(ae_row_store_check(&p->in.rows.store, e));
    return ae_row_store_check(&p->out.store, e);
}

/* Rows y0..y1-1, the next in order, are whole. */
static void finish_rows(struct ae_picture *p, int y0, int y1)
{
    for (int y = y0; y < y1 && p->plan.level == AE_LEVEL_ESTIMATED; y++)
        p->level_sum += ae_net_input_level(&p->in, y);
    p->out.hi = y1 - p->crop.y;
    ae_preview_finish(&p->preview, y1);
}

int ae_picture_take(struct ae_picture *p, const struct ae_piece *piece,
                    const struct ae_view *y, int from, int to, int last,
                    struct ae_err *e)
{
    const int end = ae_min(piece->top + to, piece->y1);
    struct rows r = {.p = p, .piece = piece, .y = y};

    r.from = ae_max(piece->top + from, piece->y0);
    for (; r.from < end; r.from = r.to) {
        r.to = ae_min(r.from + AE_STREAM_ROWS, end);
        if (piece->x0 < piece->x1)
            AE_TRY(take_rows(&r, e));
        if (last)
            finish_rows(p, r.from, r.to);
    }
    return 0;
}

/* --------------------------------------------------------- without a net */

int ae_picture_copy(struct ae_picture *p, struct ae_err *e)
{
    const struct ae_rect *c = &p->crop;

    p->plan.level = AE_LEVEL_NO_INPUT;
    for (int y = 0; y < c->y + c->h; y++) {
        AE_TRY(ae_net_input_move(&p->in, y, y + 1, e));
        if (y < c->y)
            continue;
        AE_TRY(make_room(p, y + 1, e));
        ae_rows_get(&p->in.rows, y, c->x, c->w, p->scratch[0].bytes);
        put_row(p, &p->scratch[0], y, c->x, c->x + c->w);
        finish_rows(p, y, y + 1);
    }
    return ae_picture_end(p, e);
}
