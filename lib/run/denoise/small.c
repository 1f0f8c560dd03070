/* small.c - small pictures of one size, several at once.
 *
 * A picture of 64 x 64 rolling through a net by four rows gives the threads
 * nothing to share and reads all filters for a few columns.  So small pictures
 * stand in memory as one batch, and each is decoded, judged and encoded by a
 * task of its own.  The bits are those of pictures that roll. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/threads.h"
#include "image/format.h"
#include "nn/graph/turn.h"
#include "run/denoise/denoiser.h"
#include "run/denoise/picture.h"
#include "run/denoise/tile.h"

enum {
    SMALL = 1 << 16, /* pixels of a picture */
    ALL = 1 << 17,   /* ... of a batch, but LEAST at least */
    LEAST = 4,
    MOST = 32 /* pictures */
};

static int rounded(int size, int align)
{
    return ae_ceil_div(size, align) * align;
}

/* Of n pictures' results, whose mean over the turns is taken; 0 for one. */
static size_t mean_floats(const struct ae_denoiser *d,
                          const struct ae_picture *p, int n)
{
    const size_t h = (size_t)rounded(p->info->h, d->align[0]);
    const size_t w = (size_t)rounded(p->info->w, d->align[1]);
    const size_t items = (size_t)n * (size_t)p->planes;

    return d->turns > 1 ? items * h * w * (size_t)d->channels : 0;
}

/* Bytes of n pictures: in the net, and their rows in and out. */
static int bytes_of(const struct ae_denoiser *d, const struct ae_picture *p,
                    int n, uint64_t *bytes)
{
    const struct ae_image_info *i = p->info;
    const int w = rounded(i->w, d->align[1]);
    const int rc = ae_exec_bytes(d->ctx, d->graph, n * p->planes,
                                 rounded(i->h, d->align[0]), w, 0, bytes, NULL);

    *bytes += (uint64_t)n * ae_picture_bytes(p, i->h, 0, w) +
              sizeof(float) * mean_floats(d, p, n);
    return rc;
}

int ae_denoise_batch_hint(const struct ae_denoiser *d,
                          const struct ae_denoise_options *o,
                          const struct ae_image_info *i)
{
    const int64_t pixels = (int64_t)i->h * i->w;
    struct ae_picture p;
    uint64_t bytes;

    if (ae_mix_is_none(o) || pixels > SMALL || o->tile[0] || o->tile[1])
        return 0;
    if (o->mask || o->crop.w || o->preview)
        return 0; /* those are read and written by rows */
    const enum ae_level_from level = ae_denoiser_level(d, o);
    if (level == AE_LEVEL_FOUND)
        return 0; /* one net finds it for all */
    ae_picture_init(&p, d->ctx, o, i, d->channels, level);
    int n = ae_clamp((int)(ALL / pixels), LEAST, MOST);
    for (; n > 0; n /= 2)
        if (!bytes_of(d, &p, n, &bytes) && bytes <= ae_denoiser_memory(d))
            break;
    return n;
}

/* ------------------------------------------------------------- a picture */

struct batch {
    struct ae_denoiser *d;
    struct ae_picture *p; /* by picture */
    struct ae_denoise_item *item;
    int n;
    struct ae_view x, sigma, y;
    /* of y over the turns, where there are several */
    float *mean;
};

static struct ae_spot spot_of(const struct batch *b, int i)
{
    return (struct ae_spot){i * b->p[i].planes, 0, 0};
}

static int read_picture(const struct batch *b, int i, struct ae_err *e)
{
    const struct ae_denoise_item *t = &b->item[i];
    const int h = b->p[i].info->h;
    int rc = ae_picture_open(&b->p[i], t->reader, ae_sink_of(t->writer), NULL,
                             h, 0, b->x.w, e);

    b->p[i].in.unit_loss = b->d->unit_loss;
    if (!rc)
        rc = ae_window_move(&b->p[i].in, 0, h, e);
    return rc ? rc
              : ae_picture_feed(&b->p[i], spot_of(b, i), &b->x, &b->sigma, 0,
                                b->x.h, e);
}

static int write_picture(const struct batch *b, int i, struct ae_err *e)
{
    struct ae_picture *p = &b->p[i];
    int rc = 0;

    for (int y = 0, to; !rc && y < p->info->h; y = to) {
        to = ae_min(y + AE_STREAM_ROWS, p->info->h);
        rc = ae_picture_take(p, spot_of(b, i), &b->y, y, to, 0, p->info->w, e);
        if (!rc)
            ae_picture_finish(p, y, to);
    }
    if (!rc)
        rc = ae_outbox_flush(&p->out, e);
    b->item[i].found = ae_picture_found(p, &b->d->curve);
    return rc;
}

static void read_task(void *arg, int i, int thread)
{
    const struct batch *b = arg;
    struct ae_denoise_item *t = &b->item[i];

    (void)thread;
    t->rc = read_picture(b, i, &t->e);
}

static void feed_task(void *arg, int i, int thread)
{
    const struct batch *b = arg;
    struct ae_denoise_item *t = &b->item[i];

    (void)thread;
    if (!t->rc)
        t->rc = ae_picture_feed(&b->p[i], spot_of(b, i), &b->x, &b->sigma, 0,
                                b->x.h, &t->e);
}

static void write_task(void *arg, int i, int thread)
{
    const struct batch *b = arg;
    struct ae_denoise_item *t = &b->item[i];

    (void)thread;
    if (!t->rc)
        t->rc = write_picture(b, i, &t->e);
}

static void finish_task(void *arg, int i, int thread)
{
    const struct batch *b = arg;
    struct ae_denoise_item *t = &b->item[i];

    write_task(arg, i, thread);
    if (!t->rc) /* metadata may stand behind the picture */
        t->rc = ae_reader_finish(t->reader, &t->e);
    if (!t->rc)
        t->rc = ae_writer_finish(t->writer, &t->e);
}

/* --------------------------------------------------------------- a batch */

/* The net planned for so many pictures of that size, at least. */
static int plan(struct batch *b, struct ae_err *e)
{
    struct ae_denoiser *d = b->d;
    const struct ae_image_info *i = b->p[0].info;
    const int items = b->n * b->p[0].planes;
    const int h = rounded(i->h, d->align[0]), w = rounded(i->w, d->align[1]);
    int rc = 0;

    if (!d->few || d->few_size.h != h || d->few_size.w != w ||
        d->few_items < items) {
        ae_exec_free(d->few);
        rc = ae_exec_new_packed(d->ctx, d->graph, d->weights,
                                ae_stream_packed(d->roll), items, h, w, &d->few,
                                e);
        d->few_size = (struct ae_shape){h, w, 0};
        d->few_items = items;
    }
    if (rc)
        return rc;
    ae_exec_set_items(d->few, items);
    b->x = ae_exec_input(d->few, "x");
    b->sigma = ae_exec_input(d->few, "sigma");
    b->y = ae_exec_output(d->few, NULL);
    return ae_denoiser_check_sizes(&b->x, &b->y, e);
}

/* Turn by turn, over inputs that each may have overwritten. */
static void forward(struct batch *b)
{
    const struct ae_denoiser *d = b->d;
    const int n = d->turns;
    struct ae_view mean = b->y;

    mean.data = b->mean;
    mean.pix = mean.c;
    mean.row = mean.w * mean.pix;
    mean.item = mean.h * mean.row;
    for (int i = 0; i < n; i++) {
        if (i > 0)
            ae_par_for(d->ctx->pool, b->n, feed_task, b);
        ae_exec_set_turn(d->few, ae_turns_of(n)[i],
                         ae_stream_turned(d->roll, i));
        ae_exec_forward(d->few, 0, 0);
        if (n > 1)
            ae_turns_mean(d->ctx, &mean, &b->y, 0, mean.h, i, n);
    }
    if (n > 1)
        b->y = mean;
}

static int start(struct batch *b, const struct ae_denoise_options *o,
                 struct ae_err *e)
{
    b->p = ae_alloc((size_t)b->n, sizeof *b->p, e);
    if (!b->p)
        return AE_EMEM;
    for (int i = 0; i < b->n; i++)
        ae_picture_init(&b->p[i], b->d->ctx, o,
                        ae_reader_info(b->item[i].reader), b->d->channels,
                        ae_denoiser_level(b->d, o));
    b->mean = ae_alloc_aligned(mean_floats(b->d, &b->p[0], b->n),
                               sizeof *b->mean, e);
    if (!b->mean)
        return AE_EMEM;
    const int rc = ae_denoiser_check(b->d, b->p[0].info, e);
    return rc ? rc : plan(b, e);
}

static void run(struct batch *b, const struct ae_denoise_options *o,
                ae_task_fn *end)
{
    struct ae_err e = {0};
    const int rc = start(b, o, &e);

    for (int i = 0; rc && i < b->n; i++) {
        b->item[i].rc = rc;
        b->item[i].e = e;
    }
    if (!rc) {
        ae_par_for(b->d->ctx->pool, b->n, read_task, b);
        forward(b);
        ae_par_for(b->d->ctx->pool, b->n, end, b);
    }
    for (int i = 0; b->p && i < b->n; i++)
        ae_picture_release(&b->p[i]);
    free(b->p);
    ae_free_aligned(b->mean);
}

void ae_denoise_many(struct ae_denoiser *d, const struct ae_denoise_options *o,
                     struct ae_denoise_item *item, int n)
{
    struct batch b = {.d = d, .item = item, .n = n};

    run(&b, o, finish_task);
}

int ae_small_denoise(struct ae_denoiser *d, const struct ae_denoise_options *o,
                     struct ae_reader *r, struct ae_writer *w,
                     struct ae_denoise_found *found, struct ae_err *e)
{
    struct ae_denoise_item item = {.reader = r, .writer = w};
    struct batch b = {.d = d, .item = &item, .n = 1};

    run(&b, o, write_task);
    if (item.rc && e)
        *e = item.e;
    *found = item.found;
    if (!item.rc && o->progress)
        o->progress(o->progress_arg, 1);
    return item.rc;
}
