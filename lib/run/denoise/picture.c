/* picture.c - see picture.h.  Knows no graph, no format, no grid. */
#include "run/denoise/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "run/denoise/alpha_fill.h"
#include "run/denoise/crop.h"

static int colours_of(const struct ae_image_info *i)
{
    return i->channels - i->alpha;
}

int ae_picture_planes(const struct ae_picture_plan *plan)
{
    const int colours = colours_of(plan->info);

    return colours == plan->channels ? 1 : colours;
}

/* ------------------------------------------------------------ its memory */

/* Floats of a row: gray enters as three channels, and leaves so. */
static size_t row_floats(const struct ae_image_info *i, int widest)
{
    return (size_t)ae_max(i->w, widest) * (size_t)ae_max(i->channels, 3);
}

static struct ae_net_input_size input_size(const struct ae_picture_plan *plan,
                                           const struct ae_picture_size *size)
{
    return (struct ae_net_input_size){.rows = size->rows,
                                      .whole = size->whole,
                                      .levels = plan->level ==
                                                AE_LEVEL_ESTIMATED};
}

/* Where nobody gave the level, a dark picture is shown to the net as one of
 * ordinary brightness, and a drawn one stays as it is.  A copy needs no net. */
static struct ae_picture_survey survey_of(const struct ae_picture_plan *plan)
{
    const int net = !ae_mix_is_none(plan->o);
    const int found = net && !plan->residual &&
                      (plan->level == AE_LEVEL_ESTIMATED ||
                       plan->level == AE_LEVEL_BLIND || plan->fits);

    return (struct ae_picture_survey){.range = net,
                                      .brightness = found,
                                      .drawing = found,
                                      .whole = plan->fits};
}

uint64_t ae_picture_bytes(const struct ae_picture_plan *plan,
                          const struct ae_picture_size *size)
{
    const struct ae_image_info *i = plan->info;
    const struct ae_net_input_size in = input_size(plan, size);
    const struct ae_picture_survey survey = survey_of(plan);
    const uint64_t w = (uint64_t)i->w, row = ae_pixel_bytes(i) * w;
    uint64_t scratch = 2 * sizeof(float) * row_floats(i, size->widest) + row;
    uint64_t bytes = ae_net_input_bytes(i, &in) +
                     ae_picture_survey_bytes(&survey, i) +
                     ae_rows_bytes(i, AE_ROWS_OUT, size->whole, 0) +
                     ae_residual_bytes(i->w, i->h);

    if (i->alpha)
        scratch += sizeof(uint16_t) * w;
    if (plan->o->mask) {
        scratch += sizeof(float) * w;
        bytes += ae_mask_bytes(i, AE_STREAM_ROWS, size->whole);
    }
    if (plan->o->preview) {
        scratch += row;
        bytes += ae_preview_bytes(plan->o, i, size->whole);
    }
    return bytes + AE_STREAM_ROWS * scratch;
}

static int make_scratch(struct ae_picture *p, size_t n, struct ae_err *e)
{
    const struct ae_picture_plan *plan = &p->plan;
    const size_t w = (size_t)plan->info->w;
    const size_t bytes = ae_pixel_bytes(plan->info) * w;

    for (int i = 0; i < AE_STREAM_ROWS; i++) {
        struct ae_row_scratch *s = &p->scratch[i];
        s->bytes = ae_alloc(bytes, 1, e);
        s->shown = ae_alloc(plan->o->preview ? bytes : 1, 1, e);
        s->line = ae_alloc_aligned(n, sizeof(float), e);
        s->net = ae_alloc_aligned(n, sizeof(float), e);
        s->share = ae_alloc_aligned(plan->o->mask ? w : 1, sizeof(float), e);
        s->distance = ae_alloc(plan->info->alpha ? w : 1, sizeof(*s->distance),
                               e);
        if (!s->bytes || !s->shown || !s->line || !s->net || !s->share ||
            !s->distance)
            return AE_EMEM;
    }
    return 0;
}

/* ----------------------------------------------------- beginning and end */

/* Says how the net sees samples that aren't shown to it as they are. */
static void tell_range(const struct ae_ctx *ctx, const char *name,
                       const struct ae_transfer *t)
{
    if (t->mapped && (t->gain < 1 || t->from < 0 || t->from > 0))
        ae_log(ctx, AE_LOG_INFO,
               "%s: floats of %.4g to %.4g: the net sees them as 0 to 1", name,
               (double)t->least, (double)t->most);
    else if (t->mapped && t->gain > 1)
        ae_log(ctx, AE_LOG_INFO,
               "%s: dark: the net sees it %.1f times as bright", name,
               (double)t->gain);
}

static int find_curve(struct ae_picture *p, struct ae_reader *r,
                      struct ae_err *e)
{
    struct ae_picture_survey survey = survey_of(&p->plan);
    struct ae_transfer *t = &p->in.curve;
    struct ae_ctx *ctx = p->plan.ctx;

    *t = ae_transfer_find(ae_reader_meta(r), p->plan.o->linear);
    if (t->gamma > 0)
        ae_log(ctx, AE_LOG_INFO,
               "%s: linear light or near it: the net sees it on sRGB's curve",
               ae_io_name(r->io));
    if (t->perceptual)
        ae_log(ctx, AE_LOG_INFO,
               "%s: on the curve of %s, which the net sees as it is",
               ae_io_name(r->io), t->perceptual);
    survey.brightness &= !t->perceptual;
    AE_TRY(ae_net_input_survey(&p->in, &survey, &p->drawn, e));
    tell_range(ctx, ae_io_name(r->io), t);
    return 0;
}

/* Of what is removed only the colours are written, as floats. */
static int set_out(struct ae_picture *p, struct ae_err *e)
{
    AE_TRY(ae_denoise_size(p->plan.o, p->plan.info, &p->out_info, e));
    if (!p->plan.residual)
        return 0;
    p->out_info.channels = p->colours;
    p->out_info.alpha = 0;
    p->out_info.maxval = 0;
    return 0;
}

int ae_picture_open(struct ae_picture *p, const struct ae_picture_plan *plan,
                    const struct ae_picture_size *size, struct ae_reader *r,
                    struct ae_sink sink, struct ae_err *e)
{
    const struct ae_image_info *i = plan->info;
    const struct ae_denoise_options *o = plan->o;
    const struct ae_net_input_size in = input_size(plan, size);

    memset(p, 0, sizeof(*p));
    p->plan = *plan;
    p->colours = colours_of(i);
    p->planes = ae_picture_planes(plan);
    p->mix = ae_mix_of(o);
    p->crop = ae_crop_window(o, i);
    p->sink = sink;
    AE_TRY(set_out(p, e));
    AE_TRY(ae_net_input_init(&p->in, plan->ctx, r, plan->estimator, &in, e));
    p->in.unit_loss = plan->unit_loss;
    AE_TRY(find_curve(p, r, e));
    AE_TRY(ae_rows_init(&p->out, plan->ctx, &p->out_info, AE_ROWS_OUT,
                        size->whole, 0, e));
    AE_TRY(ae_mask_open(&p->mask, plan->ctx, o->mask, i, AE_STREAM_ROWS,
                        size->whole, e));
    AE_TRY(ae_preview_open(&p->preview, plan->ctx, o, i, &p->in.curve,
                           size->whole, e));
    AE_TRY(ae_residual_init(&p->residual, i->w, i->h, p->colours, e));
    return make_scratch(p, row_floats(i, size->widest), e);
}

void ae_picture_release(struct ae_picture *p)
{
    for (int i = 0; i < AE_STREAM_ROWS; i++) {
        free(p->scratch[i].bytes);
        free(p->scratch[i].shown);
        free(p->scratch[i].distance);
        ae_free_aligned(p->scratch[i].line);
        ae_free_aligned(p->scratch[i].net);
        ae_free_aligned(p->scratch[i].share);
    }
    ae_net_input_release(&p->in);
    ae_rows_release(&p->out);
    ae_mask_release(&p->mask);
    ae_preview_release(&p->preview);
    ae_residual_release(&p->residual);
    memset(p, 0, sizeof(*p));
}

void ae_picture_beside(void *picture)
{
    struct ae_picture *p = picture;

    ae_rows_write(&p->out, p->sink);
    ae_preview_write(&p->preview);
    ae_net_input_read_ahead(&p->in);
}

int ae_picture_end(struct ae_picture *p, struct ae_err *e)
{
    const int h = p->plan.info->h;

    AE_TRY(ae_rows_flush(&p->out, p->sink, e));
    AE_TRY(ae_preview_flush(&p->preview, e));
    AE_TRY(ae_net_input_skip(&p->in, h, e));
    return ae_mask_move(&p->mask, h, e);
}

double ae_picture_level_gain(const struct ae_picture *p)
{
    const struct ae_transfer *t = &p->in.curve;

    return t->mapped && !t->own && !(t->gamma > 0) ? (double)t->gain : 1;
}

struct ae_denoise_found ae_picture_found(const struct ae_picture *p,
                                         const struct ae_level_curve *c)
{
    struct ae_denoise_found found = {.sigma = p->plan.o->sigma};
    const enum ae_level_mode level = p->plan.level;
    uint64_t changed = 0;

    for (int i = 0; i < AE_STREAM_ROWS; i++)
        changed += p->scratch[i].changed;
    found.changed = sqrt((double)changed / AE_RESIDUAL_STEPS / p->crop.w /
                         p->crop.h / p->colours);
    found.drawn = p->drawn;
    if (p->drawn)
        found.sigma = 0;
    else if (level == AE_LEVEL_ESTIMATED)
        found.sigma = p->level_sum / p->crop.h;
    else if (level != AE_LEVEL_GIVEN)
        found.sigma = ae_residual_level(&p->residual, c);
    if (level != AE_LEVEL_GIVEN)
        found.sigma /= ae_picture_level_gain(p);
    return found;
}
