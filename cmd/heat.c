/* heat.c - pictures of where a model fails: the error of each pixel from
 * black through red and yellow to white, which is an error of 1. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct planned {
    struct ae_ctx *ctx;
    const struct cmd_common *c;
    const char *folder;
};

/* Whether a file holds a picture, whose map is known by the file's name; the
 * items of an array have names of their own. */
static int is_picture(const struct planned *p, const char *path)
{
    const struct ae_format *f = ae_format_by_ending(path);

    return !(f && ae_format_multi(f) == AE_MULTI_ARRAY) &&
           !cmd_try_picture(p->ctx, p->c, path, NULL);
}

/* Ends the run where the map of that picture is one of its files. */
static int plan_map(void *arg, const char *path, int found, struct ae_err *e)
{
    const struct planned *p = arg;
    char *map = cmd_mirror_path(p->folder, path, "png");

    (void)found;
    if (strcmp(path, "-") != 0 &&
        ae_file_set_add(cmd_file_set(), AE_USE_MADE, "map", map, e) < 0 &&
        is_picture(p, path))
        cmd_usage("%s", e->msg);
    free(map);
    return 0;
}

void cmd_heat_plan(struct ae_ctx *ctx, const struct cmd_common *c,
                   const char *folder, const struct cmd_inputs *in)
{
    struct planned p = {ctx, c, folder};
    struct ae_err e = {0};

    for (int i = 0; i < in->count; i++)
        ae_item_files(in->name[i], &in->filter, plan_map, &p, &e);
}

void cmd_heat_open(const char *folder, const struct ae_item_type *items)
{
    const enum ae_item_kind kind = ae_item_type_kind(items);

    if (kind == AE_ITEM_TABLE || kind == AE_ITEM_TEXT)
        cmd_usage("--map is for models of pictures; --channels says which "
                  "column of a table is odd");
    cmd_check_folder("map", folder);
}

/* The colour of an error d, 0..1: in its three thirds red, then green, then
 * blue rises. */
static void colour(double d, float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (float)fmin(fmax(3 * d - k, 0), 1);
}

static float *paint(const struct ae_score *s)
{
    const size_t pixels = (size_t)s->h * (size_t)s->w, c = (size_t)s->c;
    float *out = cmd_need(calloc(pixels, 3 * sizeof(*out)));

    for (size_t i = 0; i < pixels; i++) {
        double d = 0;
        for (size_t k = 0; k < c; k++)
            d += fabs((double)s->x[i * c + k] - (double)s->y[i * c + k]);
        colour(d / (double)c, out + 3 * i);
    }
    return out;
}

int cmd_heat_put(struct ae_ctx *ctx, const struct cmd_common *c,
                 const char *folder, const struct ae_score *s)
{
    float *data = paint(s);
    const struct ae_image im = {
        .info = {.w = s->w, .h = s->h, .channels = 3, .maxval = 255},
        .data = data};
    const struct ae_write_options o = {0};

    /* Not before, as a folder of inputs around it would be read with it. */
    cmd_make_folder(folder);
    const int rc = cmd_mirror_put(ctx, c, folder, s->name, s->index + 1,
                                  ae_format_by_name("png"), &im, &o);
    free(data);
    return rc < 0 ? rc : 0;
}
