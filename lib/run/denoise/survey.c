/* survey.c - see survey.h. */
#include "run/denoise/survey.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "image/format.h"
#include "run/denoise/autoexposure.h"
#include "run/denoise/drawing.h"
#include "run/denoise/float_range.h"

/* Steps that floats of a range are divided into, to be compared. */
enum { FLOAT_STEPS = 1 << 20 };

struct survey {
    const struct ae_image_info *info;
    struct ae_autoexposure exposure;
    struct ae_drawing *drawing;
    int32_t *pixels; /* of a row, for the drawing */
    int bright;      /* the picture is bright enough, or not asked for */
    int photo;       /* it isn't drawn, or not asked for */
};

static int is_deep(const struct ae_image_info *i)
{
    return i->maxval > 255;
}

/* Whether rows of such a picture are read at all. */
static int reads(const struct ae_picture_survey *s,
                 const struct ae_image_info *i)
{
    return (s->range && !i->maxval) || s->drawing || s->whole ||
           (s->brightness && is_deep(i));
}

uint64_t ae_picture_survey_bytes(const struct ae_picture_survey *s,
                                 const struct ae_image_info *i)
{
    const int colours = i->channels - i->alpha;
    uint64_t bytes = reads(s, i) ? ae_waiting_bytes(i) : 0;

    if (s->drawing)
        bytes += ae_drawing_bytes(i->w, colours) +
                 sizeof(int32_t) * (uint64_t)i->w * (uint64_t)colours;
    return bytes;
}

static int survey_init(struct survey *v, const struct ae_picture_survey *s,
                       const struct ae_image_info *i, struct ae_err *e)
{
    const int colours = i->channels - i->alpha;
    const int full = i->maxval ? (int)i->maxval : FLOAT_STEPS;

    *v = (struct survey){.info = i,
                         .bright = !s->brightness || !is_deep(i),
                         .photo = !s->drawing};
    if (!v->bright)
        AE_TRY(ae_autoexposure_init(&v->exposure, i, e));
    if (v->photo)
        return 0;
    v->drawing = ae_drawing_new(i->w, i->h, colours, full, e);
    v->pixels = ae_alloc((size_t)i->w, (size_t)colours * sizeof(*v->pixels), e);
    return v->drawing && v->pixels ? 0 : AE_EMEM;
}

static void survey_release(struct survey *v)
{
    ae_autoexposure_release(&v->exposure);
    ae_drawing_free(v->drawing);
    free(v->pixels);
}

/* A sample of the file as a whole number; floats by steps of their range. */
static int32_t step_of(const struct survey *v, const void *bytes, size_t at,
                       const struct ae_transfer *t)
{
    if (is_deep(v->info))
        return ((const uint16_t *)bytes)[at];
    if (v->info->maxval)
        return ((const uint8_t *)bytes)[at];
    const double share = ((double)((const float *)bytes)[at] -
                          (double)t->from) *
                         (double)t->gain;
    return (int32_t)lrint(fmin(fmax(share, -1), 2) * FLOAT_STEPS);
}

/* Adds a row to what tells drawings from photographs. */
static void add_drawing(struct survey *v, const void *bytes,
                        const struct ae_transfer *t)
{
    const struct ae_image_info *i = v->info;
    const int k = i->channels - i->alpha;
    int32_t *to = v->pixels;

    for (size_t x = 0; x < (size_t)i->w; x++) {
        const size_t at = x * (size_t)i->channels;
        const int hidden = i->alpha &&
                           step_of(v, bytes, at + (size_t)k, t) <= 0;
        for (int c = 0; c < k; c++)
            *to++ = hidden ? AE_DRAWING_HIDDEN
                           : step_of(v, bytes, at + (size_t)c, t);
    }
    v->photo = ae_drawing_add(v->drawing, v->pixels);
}

/* Whole numbers: one look at each row, until nothing more can change. */
static int survey_numbers(struct survey *v, struct ae_waiting *w, float *row,
                          void *bytes, struct ae_transfer *t, struct ae_err *e)
{
    const int asked = !v->bright;

    for (int more = 1; more && (!v->bright || !v->photo);) {
        AE_TRY(ae_waiting_keep(w, row, bytes, &more, e));
        if (more && !v->bright)
            v->bright = ae_autoexposure_add(&v->exposure, v->info, bytes);
        if (more && !v->photo)
            add_drawing(v, bytes, t);
    }
    const double gain = asked ? ae_autoexposure_gain(&v->exposure) : 1;
    t->mapped = gain > 1;
    t->gain = (float)gain;
    return 0;
}

static void add_range(struct ae_float_range *r, const struct ae_image_info *i,
                      const float *row)
{
    const int k = i->channels - i->alpha;

    for (int x = 0; x < i->w; x++, row += i->channels)
        for (int c = 0; c < k && !(i->alpha && !(row[k] > 0)); c++)
            ae_float_range_add(r, row[c]);
}

static int find_range(struct ae_waiting *w, int brightens, float *row,
                      void *bytes, struct ae_transfer *t, struct ae_err *e)
{
    struct ae_float_range *r = ae_float_range_new(e);
    int more = 1, rc = r ? 0 : AE_EMEM;

    while (!rc && more) {
        rc = ae_waiting_keep(w, row, bytes, &more, e);
        if (!rc && more)
            add_range(r, w->info, row);
    }
    if (!rc)
        rc = ae_float_range_map(r, brightens, t, e);
    ae_float_range_free(r);
    return rc;
}

/* Floats: what is slight depends on their range. */
static int survey_floats(const struct ae_picture_survey *s, struct survey *v,
                         struct ae_waiting *w, float *row, void *bytes,
                         struct ae_transfer *t, struct ae_err *e)
{
    AE_TRY(find_range(w, s->brightness, row, bytes, t, e));
    for (int y = 0; y < w->hi && !v->photo; y++) {
        AE_TRY(ae_waiting_get(w, y, bytes, e));
        add_drawing(v, bytes, t);
    }
    return 0;
}

/* Reads on to the end. */
static int keep_rest(struct ae_waiting *w, float *row, void *bytes,
                     struct ae_err *e)
{
    int more = 1, rc = 0;

    while (!rc && more)
        rc = ae_waiting_keep(w, row, bytes, &more, e);
    return rc;
}

int ae_picture_survey_run(const struct ae_picture_survey *s,
                          struct ae_waiting *w, float *row, void *bytes,
                          struct ae_transfer *t, const char **kind,
                          struct ae_err *e)
{
    struct survey v;

    *kind = NULL;
    if (!reads(s, w->info))
        return 0;
    int rc = survey_init(&v, s, w->info, e);
    if (!rc)
        rc = w->info->maxval ? survey_numbers(&v, w, row, bytes, t, e)
                             : survey_floats(s, &v, w, row, bytes, t, e);
    if (!rc && !v.photo)
        *kind = ae_drawing_kind(v.drawing);
    survey_release(&v);
    return !rc && s->whole && !*kind ? keep_rest(w, row, bytes, e) : rc;
}
