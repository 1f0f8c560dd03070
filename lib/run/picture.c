/* picture.c - see picture.h.  Knows no graph, no format, no pieces. */
#include "run/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "run/tile.h"

/* 8-bit units: a level that a clean picture may be taken to have. */
enum { NEARLY_CLEAN = 5 };

void ae_picture_init(struct ae_picture *p, struct ae_ctx *ctx,
                     const struct ae_denoise_options *o,
                     const struct ae_image_info *info, int channels,
                     int told)
{
    memset(p, 0, sizeof *p);
    p->ctx = ctx;
    p->o = o;
    p->info = info;
    p->colours = info->channels - info->alpha;
    p->planes = p->colours == channels ? 1 : p->colours;
    p->told = told;
    p->estimates = told && o->sigma < 0;
}

/* Floats of a row: gray goes in as three, and so comes out. */
static size_t row_floats(const struct ae_picture *p, int widest)
{
    return (size_t)ae_max(p->info->w, widest) *
           (size_t)ae_max(p->info->channels, 3);
}

int ae_picture_open(struct ae_picture *p, struct ae_reader *r,
                    struct ae_writer *w, int rows, int whole, int widest,
                    struct ae_err *e)
{
    const size_t n = row_floats(p, widest);
    const size_t bytes = ae_pixel_bytes(p->info) * (size_t)p->info->w;
    int rc = ae_window_init(&p->in, p->ctx, r, p->estimates, rows, whole, e);

    if (!rc)
        rc = ae_outbox_init(&p->out, p->ctx, w, p->info, whole, e);
    for (int i = 0; !rc && i < AE_ROLL_ROWS; i++) {
        struct ae_row_room *m = &p->room[i];
        m->bytes = ae_alloc(bytes, 1, e);
        m->line = ae_alloc_aligned(n, sizeof(float), e);
        m->net = ae_alloc_aligned(n, sizeof(float), e);
        rc = m->bytes && m->line && m->net ? 0 : AE_EMEM;
    }
    return rc;
}

void ae_picture_release(struct ae_picture *p)
{
    for (int i = 0; i < AE_ROLL_ROWS; i++) {
        free(p->room[i].bytes);
        ae_free_aligned(p->room[i].line);
        ae_free_aligned(p->room[i].net);
    }
    ae_window_release(&p->in);
    ae_outbox_release(&p->out);
    memset(p, 0, sizeof *p);
}

uint64_t ae_picture_bytes(const struct ae_picture *p, int rows, int whole,
                          int widest)
{
    const uint64_t room = 2 * sizeof(float) * row_floats(p, widest) +
                          ae_pixel_bytes(p->info) * (uint64_t)p->info->w;

    return AE_ROLL_ROWS * room + ae_outbox_bytes(p->info, whole) +
           ae_window_bytes(p->info, rows, p->estimates, whole);
}

void ae_picture_beside(void *picture)
{
    struct ae_picture *p = picture;

    ae_outbox_write(&p->out);
    ae_window_ahead(&p->in);
}

/* Level of row y, 8-bit units; 0 where the net doesn't ask. */
static double level_of(const struct ae_picture *p, int y)
{
    if (p->estimates)
        return ae_window_level(&p->in, y);
    return p->told ? p->o->sigma : 0;
}

void ae_picture_finish(struct ae_picture *p, int y0, int y1)
{
    for (int y = y0; y < y1; y++)
        p->level_sum += level_of(p, y);
    ae_outbox_finish(&p->out, y1);
}

/* --------------------------------------------------------- rows at once */

/* Rows from..to-1 as tasks: of each room every AE_ROLL_ROWS-th. */
struct rows {
    struct ae_picture *p;
    struct ae_spot at;
    const struct ae_view *x, *sigma, *net;
    int from, to, x0, x1;
};

static void each_row(const struct rows *r, ae_task_fn *fn)
{
    ae_par_for(r->p->ctx->pool, ae_min(r->to - r->from, AE_ROLL_ROWS), fn,
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
    const double level = s->data ? level_of(p, y) : 0;

    ae_window_get(&p->in, y, left, n, room->bytes, room->line);
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
            *to = (float)(level / 255);
    }
}

static void feed_task(void *arg, int task, int thread)
{
    const struct rows *r = arg;

    (void)thread;
    for (int py = r->from + task; py < r->to; py += AE_ROLL_ROWS)
        feed_row(r, &r->p->room[task], py);
}

int ae_picture_feed(struct ae_picture *p, struct ae_spot at,
                    const struct ae_view *x, const struct ae_view *sigma,
                    int from, int to, struct ae_err *e)
{
    const struct rows r = {.p = p, .at = at, .x = x, .sigma = sigma,
                           .from = from, .to = to};

    each_row(&r, feed_task);
    return ae_store_check(&p->in.store, e);
}

/* The net's row y, columns x0..x1-1 of the picture, as colours of the
 * picture: as they are, or the mean of three where gray went in three times. */
static void net_row(const struct rows *r, int y, float *out)
{
    const struct ae_picture *p = r->p;
    const struct ae_view *v = r->net;
    const int gray = p->colours == 1 && v->c == 3;

    for (int plane = 0; plane < p->planes; plane++) {
        const float *from = ae_row(v, r->at.item + plane, y - r->at.top) +
                            (r->x0 - r->at.left) * v->pix;
        for (int px = 0; px < r->x1 - r->x0; px++, from += v->pix) {
            float *to = out + (ptrdiff_t)px * p->colours + plane;
            if (gray)
                *to = (from[0] + from[1] + from[2]) / 3;
            else
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
            return ae_fail(e, AE_ENUMERIC, "row %d, column %d: the model's "
                           "result is no number", y, r->x0 + i / k);
    return 0;
}

/* How far row y's samples may move, 0..1.  On pictures that are nearly clean
 * nets smooth texture away however low the level that they are told, so there
 * it is three times the level found: of gaussian noise hardly anything lies
 * beyond, which costs 0.003 dB. */
static float farthest(const struct ae_picture *p, int y)
{
    const double level = p->estimates ? level_of(p, y) : NEARLY_CLEAN;

    return level < NEARLY_CLEAN ? (float)(3 * level / 255) : INFINITY;
}

/* out = in + strength * (net - in), the difference being bounded. */
static void blend(const struct rows *r, struct ae_row_room *room, int y)
{
    struct ae_picture *p = r->p;
    const float s = (float)p->o->strength;
    const float most = farthest(p, y);
    const int channels = p->info->channels, k = p->colours;

    if (s >= 1 && isinf(most))
        return;
    ae_window_get(&p->in, y, r->x0, r->x1 - r->x0, room->bytes, room->line);
    for (int x = 0; x < r->x1 - r->x0; x++)
        for (int c = 0; c < k; c++) {
            const float in = room->line[(ptrdiff_t)x * channels + c];
            const float step = room->net[x * k + c] - in;
            room->net[x * k + c] = in + s * fminf(fmaxf(step, -most), most);
        }
}

/* The result as samples of the file, with the alpha that came in. */
static void put_row(const struct rows *r, struct ae_row_room *room, int y)
{
    struct ae_picture *p = r->p;
    const int n = r->x1 - r->x0;
    const size_t pixel = ae_pixel_bytes(p->info);
    const size_t colours = pixel / (size_t)p->info->channels *
                           (size_t)p->colours;
    const int alpha = p->info->alpha;
    unsigned char *packed = alpha ? (unsigned char *)room->line : room->bytes;

    ae_row_pack(p->ctx, packed, room->net, p->info->maxval,
                (size_t)n * (size_t)p->colours);
    if (alpha) {
        ae_window_bytes_of(&p->in, y, r->x0, n, room->bytes);
        for (size_t x = 0; x < (size_t)n; x++)
            memcpy(room->bytes + x * pixel, packed + x * colours, colours);
    }
    ae_outbox_put(&p->out, y, r->x0, room->bytes, (size_t)n * pixel);
}

static void take_task(void *arg, int task, int thread)
{
    const struct rows *r = arg;
    struct ae_row_room *room = &r->p->room[task];

    (void)thread;
    room->rc = 0;
    for (int y = r->from + task; y < r->to; y += AE_ROLL_ROWS) {
        net_row(r, y, room->net);
        room->rc = check_finite(r, room->net, y, &room->why);
        if (room->rc)
            return;
        blend(r, room, y);
        put_row(r, room, y);
    }
}

int ae_picture_take(struct ae_picture *p, struct ae_spot at,
                    const struct ae_view *net, int y0, int y1, int x0, int x1,
                    struct ae_err *e)
{
    const struct rows r = {.p = p, .at = at, .net = net, .from = y0, .to = y1,
                           .x0 = x0, .x1 = x1};
    int rc = ae_outbox_room(&p->out, y1, e);

    if (rc)
        return rc;
    each_row(&r, take_task);
    for (int i = 0; i < ae_min(y1 - y0, AE_ROLL_ROWS); i++) {
        if (p->room[i].rc && e)
            *e = p->room[i].why;
        if (p->room[i].rc)
            return p->room[i].rc;
    }
    rc = ae_store_check(&p->in.store, e);
    return rc ? rc : ae_store_check(&p->out.store, e);
}
