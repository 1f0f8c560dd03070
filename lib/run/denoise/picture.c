/* picture.c - see picture.h.  Knows no graph, no format, no pieces. */
#include "run/denoise/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "run/denoise/crop.h"
#include "run/denoise/alpha_fill.h"
#include "run/denoise/tile.h"

void ae_picture_init(struct ae_picture *p, struct ae_ctx *ctx,
                     const struct ae_denoise_options *o,
                     const struct ae_image_info *info, int channels,
                     enum ae_level_from level)
{
    memset(p, 0, sizeof *p);
    p->ctx = ctx;
    p->o = o;
    p->info = info;
    p->colours = info->channels - info->alpha;
    p->planes = p->colours == channels ? 1 : p->colours;
    p->level = level;
    p->mix = ae_mix_of(o);
    p->crop = ae_crop_window(o, info);
}

/* Floats of a row: gray goes in as three, and so comes out. */
static size_t row_floats(const struct ae_picture *p, int widest)
{
    return (size_t)ae_max(p->info->w, widest) *
           (size_t)ae_max(p->info->channels, 3);
}

static int make_room(struct ae_picture *p, size_t n, struct ae_err *e)
{
    const size_t w = (size_t)p->info->w;
    const size_t bytes = ae_pixel_bytes(p->info) * w;

    for (int i = 0; i < AE_STREAM_ROWS; i++) {
        struct ae_row_room *m = &p->room[i];
        m->bytes = ae_alloc(bytes, 1, e);
        m->shown = ae_alloc(p->o->preview ? bytes : 1, 1, e);
        m->line = ae_alloc_aligned(n, sizeof(float), e);
        m->net = ae_alloc_aligned(n, sizeof(float), e);
        m->share = ae_alloc_aligned(p->o->mask ? w : 1, sizeof(float), e);
        m->far = ae_alloc(p->info->alpha ? w : 1, sizeof(*m->far), e);
        if (!m->bytes || !m->shown || !m->line || !m->net || !m->share ||
            !m->far)
            return AE_EMEM;
    }
    return 0;
}

/* Where nobody told the level, a dark picture of more than 8 bits is shown to
 * the net as one of ordinary exposure. */
static int measures(const struct ae_picture *p, int *rows, int *whole)
{
    const int untold = p->level == AE_LEVEL_FOUND ||
                       p->level == AE_LEVEL_UNTOLD;

    return untold && !p->removed &&
           ae_window_measures(p->ctx, p->info, rows, whole);
}

static int find_curve(struct ae_picture *p, struct ae_reader *r, int measured,
                      struct ae_err *e)
{
    struct ae_transfer *t = &p->in.curve;
    int rc = 0;

    *t = ae_transfer_find(ae_reader_meta(r), p->o->linear);
    if (t->gamma > 0)
        ae_log(p->ctx, AE_LOG_INFO,
               "%s: linear light or near it: the net sees it on sRGB's curve",
               ae_io_name(r->io));
    if (t->perceptual)
        ae_log(p->ctx, AE_LOG_INFO,
               "%s: on the curve of %s, which the net sees as it is",
               ae_io_name(r->io), t->perceptual);
    else if (measured)
        rc = ae_window_measure(&p->in, e);
    if (t->gain > 1)
        ae_log(p->ctx, AE_LOG_INFO,
               "%s: dark: the net sees it %.1f times as bright",
               ae_io_name(r->io), (double)t->gain);
    return rc;
}

/* What is removed goes out from the colours alone, in floats. */
static void set_out(struct ae_picture *p)
{
    if (!p->removed)
        return;
    p->out_info.channels = p->colours;
    p->out_info.alpha = 0;
    p->out_info.maxval = 0;
}

int ae_picture_open(struct ae_picture *p, struct ae_reader *r,
                    struct ae_sink sink, struct ae_blind *blind, int rows,
                    int whole, int widest, struct ae_err *e)
{
    int kept = rows, keeps = whole;
    const int measured = measures(p, &kept, &keeps);
    int rc = ae_denoise_size(p->o, p->info, &p->out_info, e);

    set_out(p);
    if (!rc)
        rc = ae_window_init(&p->in, p->ctx, r, blind, kept, keeps, e);
    if (!rc)
        rc = find_curve(p, r, measured, e);
    if (!rc)
        rc = ae_outbox_init(&p->out, p->ctx, sink, &p->out_info, whole, e);
    if (!rc)
        rc = ae_mask_open(&p->mask, p->ctx, p->o->mask, p->info, AE_STREAM_ROWS,
                          whole, e);
    if (!rc)
        rc = ae_preview_open(&p->preview, p->ctx, p->o, p->info, &p->in.curve,
                             whole, e);
    if (!rc)
        rc = ae_tally_init(&p->tally, p->info->w, p->info->h, p->colours, e);
    return rc ? rc : make_room(p, row_floats(p, widest), e);
}

void ae_picture_release(struct ae_picture *p)
{
    for (int i = 0; i < AE_STREAM_ROWS; i++) {
        free(p->room[i].bytes);
        free(p->room[i].shown);
        free(p->room[i].far);
        ae_free_aligned(p->room[i].line);
        ae_free_aligned(p->room[i].net);
        ae_free_aligned(p->room[i].share);
    }
    ae_window_release(&p->in);
    ae_outbox_release(&p->out);
    ae_mask_release(&p->mask);
    ae_preview_release(&p->preview);
    ae_tally_release(&p->tally);
    memset(p, 0, sizeof *p);
}

uint64_t ae_picture_bytes(const struct ae_picture *p, int rows, int whole,
                          int widest)
{
    int kept = rows, keeps = whole;
    const uint64_t w = (uint64_t)p->info->w;
    const uint64_t pixel = ae_pixel_bytes(p->info);
    uint64_t room = 2 * sizeof(float) * row_floats(p, widest) + pixel * w;
    uint64_t more = 0;

    measures(p, &kept, &keeps);
    if (p->info->alpha)
        room += sizeof(uint16_t) * w;
    if (p->o->mask) {
        room += sizeof(float) * w;
        more += ae_mask_bytes(p->info, AE_STREAM_ROWS, whole);
    }
    if (p->o->preview) {
        room += pixel * w;
        more += ae_preview_bytes(p->o, p->info, whole);
    }
    return AE_STREAM_ROWS * room + ae_outbox_bytes(p->info, whole) +
           ae_tally_bytes(p->info->w, p->info->h) +
           ae_window_bytes(p->info, kept, p->level == AE_LEVEL_FOUND, keeps) +
           more;
}

void ae_picture_beside(void *picture)
{
    struct ae_picture *p = picture;

    ae_outbox_write(&p->out);
    ae_preview_write(&p->preview);
    ae_window_ahead(&p->in);
}

int ae_picture_end(struct ae_picture *p, struct ae_err *e)
{
    int rc = ae_outbox_flush(&p->out, e);

    if (!rc)
        rc = ae_preview_flush(&p->preview, e);
    if (!rc)
        rc = ae_window_pass(&p->in, p->info->h, e);
    return rc ? rc : ae_mask_move(&p->mask, p->info->h, e);
}

/* Of row y, as the net is told it. */
static float level_of(const struct ae_picture *p, int y)
{
    switch (p->level) {
    case AE_LEVEL_FOUND:
        return (float)(ae_window_level(&p->in, y) / 255);
    case AE_LEVEL_UNTOLD:
        return AE_LEVEL_UNKNOWN;
    default:
        return (float)(p->o->sigma / 255);
    }
}

void ae_picture_finish(struct ae_picture *p, int y0, int y1)
{
    for (int y = y0; y < y1 && p->level == AE_LEVEL_FOUND; y++)
        p->level_sum += ae_window_level(&p->in, y);
    ae_outbox_finish(&p->out, y1 - p->crop.y);
    ae_preview_finish(&p->preview, y1);
}

/* --------------------------------------------------------- rows at once */

/* Rows from..to-1 as tasks: of each room every AE_STREAM_ROWS-th. */
struct rows {
    struct ae_picture *p;
    struct ae_spot at;
    const struct ae_view *x, *sigma, *net;
    int from, to, x0, x1;
};

static void each_row(const struct rows *r, ae_task_fn *fn)
{
    ae_par_for(r->p->ctx->pool, ae_min(r->to - r->from, AE_STREAM_ROWS), fn,
               (void *)(uintptr_t)r);
}

/* Row py of the piece into the net's inputs. */
static void feed_row(const struct rows *r, struct ae_row_room *room, int py)
{
    struct ae_picture *p = r->p;
    const struct ae_view *view = r->x, *s = r->sigma;
    const int left = r->at.left, w = p->info->w;
    const int y = ae_mirror(r->at.top + py, p->info->h);
    const int n = ae_min(view->w, w - left);
    const int channels = p->info->channels, gray = p->colours == 1;
    const float level = s->data ? level_of(p, y) : 0;

    ae_window_get(&p->in, y, left, n, room->bytes, room->line);
    if (p->info->alpha)
        ae_alpha_fill(&p->in, y, left, n, room->line, room->bytes, room->net,
                      room->far);
    for (int plane = 0; plane < p->planes; plane++) {
        float *to = ae_row(view, r->at.item + plane, py);
        for (int px = 0; px < view->w; px++, to += view->pix) {
            const int at = px < n ? px : ae_mirror(left + px, w) - left;
            const float *from = room->line + (ptrdiff_t)at * channels + plane;
            for (int c = 0; c < view->c; c++)
                to[c] = from[gray ? 0 : c];
        }
        to = s->data ? ae_row(s, r->at.item + plane, py) : NULL;
        for (int px = 0; s->data && px < s->w; px++, to += s->pix)
            *to = level;
    }
}

static void feed_task(void *arg, int task, int thread)
{
    const struct rows *r = arg;

    (void)thread;
    for (int py = r->from + task; py < r->to; py += AE_STREAM_ROWS)
        feed_row(r, &r->p->room[task], py);
}

int ae_picture_feed(struct ae_picture *p, struct ae_spot at,
                    const struct ae_view *x, const struct ae_view *sigma,
                    int from, int to, struct ae_err *e)
{
    const struct rows r = {
        .p = p, .at = at, .x = x, .sigma = sigma, .from = from, .to = to};

    each_row(&r, feed_task);
    return ae_row_store_check(&p->in.store, e);
}

/* The net's row y, columns x0..x1-1 of the picture, as colours of the
 * picture: as they are, or the mean of three where gray went in three times:
 * as the only channel, or as a row of grays.  That depends on the whole row,
 * not on the piece. */
static void net_row(const struct rows *r, int y, float *out)
{
    struct ae_picture *p = r->p;
    const struct ae_view *v = r->net;
    const int gray = v->c == 3 &&
                     (p->colours == 1 || ae_window_gray(&p->in, y));

    for (int plane = 0; plane < p->planes; plane++) {
        const float *from = ae_row(v, r->at.item + plane, y - r->at.top) +
                            (r->x0 - r->at.left) * v->pix;
        for (int px = 0; px < r->x1 - r->x0; px++, from += v->pix) {
            float *to = out + (ptrdiff_t)px * p->colours + plane;
            for (int c = 0; gray && c < p->colours; c++)
                to[c] = (from[0] + from[1] + from[2]) / 3;
            if (!gray)
                memcpy(to, from, (size_t)v->c * sizeof *to);
        }
    }
}

/* What overflows in a net must not pass for a picture. */
static int check_finite(const struct rows *r, const float *v, int y,
                        struct ae_err *e)
{
    const int k = r->p->colours;

    for (int i = 0; i < (r->x1 - r->x0) * k; i++)
        if (!isfinite(v[i]))
            return ae_fail(e, AE_ENUMERIC,
                           "row %d, column %d: the model's result is no number",
                           y, r->x0 + i / k);
    return 0;
}

/* Sum of the squares of what n pixels' colours changed by, as the net sees
 * them, rounded as they will be in the file unless that has another curve. */
static uint64_t changes(const struct ae_picture *p, const float *in,
                        const float *out, int n)
{
    const int channels = p->info->channels, k = p->colours;
    const int rounds = p->info->maxval > 0 &&
                       !ae_transfer_converts(&p->in.curve);
    const float most = (float)p->info->maxval;
    uint64_t sum = 0;

    for (int x = 0; x < n; x++)
        for (int c = 0; c < k; c++) {
            float v = out[x * k + c];
            if (rounds)
                v = (float)(int)(fminf(fmaxf(v, 0), 1) * most + 0.5f) / most;
            sum += ae_tally_square(in[(ptrdiff_t)x * channels + c], v);
        }
    return sum;
}

struct ae_denoise_found ae_picture_found(const struct ae_picture *p,
                                         const struct ae_level_curve *c)
{
    struct ae_denoise_found found = {.sigma = p->o->sigma};
    uint64_t changed = 0;

    for (int i = 0; i < AE_STREAM_ROWS; i++)
        changed += p->room[i].changed;
    found.changed = sqrt((double)changed / AE_TALLY_STEPS / p->crop.w /
                         p->crop.h / p->colours);
    if (p->level == AE_LEVEL_FOUND)
        found.sigma = p->level_sum / p->crop.h;
    else if (p->level != AE_LEVEL_TOLD)
        found.sigma = ae_tally_level(&p->tally, c);
    /* a level that is told is of the file's own samples, as this is */
    if (p->level != AE_LEVEL_TOLD && !(p->in.curve.gamma > 0))
        found.sigma /= p->in.curve.gain;
    return found;
}

/* Colours under alpha 0 stay as they are; as black, they count for nothing in
 * what was changed and found. */
static void blank_hidden(const struct ae_picture *p, struct ae_row_room *room,
                         int n)
{
    const int channels = p->info->channels, k = p->colours;

    for (int x = 0; p->info->alpha && x < n; x++) {
        float *in = room->line + (ptrdiff_t)x * channels;
        for (int c = 0; c < k && !(in[k] > 0); c++)
            in[c] = room->net[x * k + c] = 0;
    }
}

/* What of the net's difference goes. */
static void blend(const struct rows *r, struct ae_row_room *room, int y)
{
    struct ae_picture *p = r->p;
    const int channels = p->info->channels, k = p->colours;
    const int n = r->x1 - r->x0;

    ae_window_get(&p->in, y, r->x0, n, room->bytes, room->line);
    blank_hidden(p, room, n);
    ae_tally_add(&p->tally, y, r->x0, n, room->line, channels, room->net, k);
    if (p->mask.name)
        ae_mask_get(&p->mask, y, r->x0, n, room->share);
    if (!p->mix.plain || p->mask.name)
        ae_mix_row(&p->mix, room->net, k, room->line, channels,
                   p->mask.name ? room->share : NULL, (size_t)n);
    room->changed += changes(p, room->line, room->net, n);
}

/* Row y of the result, as samples of the file in room->bytes, goes out. */
static void put_row(struct ae_picture *p, struct ae_row_room *room, int y,
                    int x0, int x1)
{
    const int n = x1 - x0;

    ae_outbox_put(&p->out, y - p->crop.y, x0 - p->crop.x, room->bytes,
                  (size_t)n * ae_pixel_bytes(p->info));
    if (!ae_preview_wants(&p->preview, y, x0, x1))
        return;
    ae_window_bytes_of(&p->in, y, x0, n, room->shown);
    ae_preview_put(&p->preview, AE_BEFORE, y, x0, x1, room->shown, room->line,
                   room->net);
    ae_preview_put(&p->preview, AE_AFTER, y, x0, x1, room->bytes, room->line,
                   room->net);
}

/* What the net removed from row y. */
static void put_removed(const struct rows *r, struct ae_row_room *room, int y)
{
    struct ae_picture *p = r->p;
    const int channels = p->info->channels, k = p->colours;
    const int n = r->x1 - r->x0;

    ae_window_get(&p->in, y, r->x0, n, room->bytes, room->line);
    blank_hidden(p, room, n);
    ae_tally_add(&p->tally, y, r->x0, n, room->line, channels, room->net, k);
    for (int x = 0; x < n; x++)
        for (int c = 0; c < k; c++)
            room->net[x * k + c] -= room->line[(ptrdiff_t)x * channels + c];
    ae_outbox_put(&p->out, y, r->x0, room->net,
                  (size_t)n * (size_t)k * sizeof *room->net);
}

static void take_task(void *arg, int task, int thread)
{
    const struct rows *r = arg;
    struct ae_row_room *room = &r->p->room[task];

    (void)thread;
    room->rc = 0;
    for (int y = r->from + task; y < r->to; y += AE_STREAM_ROWS) {
        net_row(r, y, room->net);
        room->rc = check_finite(r, room->net, y, &room->why);
        if (room->rc)
            return;
        if (r->p->removed) {
            put_removed(r, room, y);
            continue;
        }
        blend(r, room, y);
        ae_window_pack(&r->p->in, y, r->x0, r->x1 - r->x0, room->net,
                       room->line, room->bytes);
        put_row(r->p, room, y, r->x0, r->x1);
    }
}

int ae_picture_take(struct ae_picture *p, struct ae_spot at,
                    const struct ae_view *net, int y0, int y1, int x0, int x1,
                    struct ae_err *e)
{
    const struct rows r = {
        .p = p, .at = at, .net = net, .from = y0, .to = y1, .x0 = x0, .x1 = x1};
    int rc = ae_outbox_room(&p->out, y1 - p->crop.y, e);

    if (!rc)
        rc = ae_preview_room(&p->preview, y1, e);
    if (!rc)
        rc = ae_mask_move(&p->mask, y1, e);
    if (rc)
        return rc;
    each_row(&r, take_task);
    for (int i = 0; i < ae_min(y1 - y0, AE_STREAM_ROWS); i++) {
        if (p->room[i].rc && e)
            *e = p->room[i].why;
        if (p->room[i].rc)
            return p->room[i].rc;
    }
    rc = ae_row_store_check(&p->in.store, e);
    return rc ? rc : ae_row_store_check(&p->out.store, e);
}

/* --------------------------------------------------------- without a net */

int ae_picture_copy(struct ae_picture *p, struct ae_reader *r,
                    struct ae_writer *w, struct ae_err *e)
{
    const struct ae_rect *c = &p->crop;
    struct ae_row_room *room = p->room;
    int rc = ae_picture_open(p, r, ae_sink_of(w), NULL, 1, 0, p->info->w, e);

    for (int y = 0; !rc && y < c->y + c->h; y++) {
        rc = ae_window_move(&p->in, y, y + 1, e);
        if (rc || y < c->y)
            continue;
        rc = ae_outbox_room(&p->out, y - c->y + 1, e);
        if (!rc)
            rc = ae_preview_room(&p->preview, y + 1, e);
        if (rc)
            break;
        ae_window_bytes_of(&p->in, y, c->x, c->w, room->bytes);
        put_row(p, room, y, c->x, c->x + c->w);
        ae_picture_finish(p, y, y + 1);
    }
    return rc ? rc : ae_picture_end(p, e);
}
