/* heat.c - pictures of where a model fails: the error of each pixel from
 * black through red and yellow to white, which is an error of 1. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"

void cmd_heat_open(const char *folder, const struct ae_item_type *items)
{
    const enum ae_item_kind kind = ae_item_type_kind(items);

    if (kind == AE_ITEM_TABLE || kind == AE_ITEM_TEXT)
        cmd_usage("--map is for models of pictures; --channels says which "
                  "column of a table is odd");
    if (mkdir(folder, 0777) && errno != EEXIST)
        cmd_die(CMD_USAGE, "%s: can't be made: %s", folder, strerror(errno));
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

/* FOLDER/NAME.png, the name's ending left out where it is a picture's. */
static char *path_of(const char *folder, const char *name)
{
    const size_t stem = ae_format_by_ending(name)
                            ? (size_t)(strrchr(name, '.') - name)
                            : strlen(name);
    const size_t at = strlen(folder) + 1, size = at + stem + 8;
    char *p = cmd_need(malloc(size));

    snprintf(p, size, "%s/%s%.*s.png", folder, name[0] == '.' ? "_" : "",
             (int)stem, name);
    for (char *s = p + at; *s; s++)
        if (*s == '/')
            *s = '_';
    return p;
}

int cmd_heat_put(struct ae_ctx *ctx, const char *folder,
                 const struct ae_score *s, struct ae_err *e)
{
    char *path = path_of(folder, s->name);
    float *data = paint(s);
    const struct ae_image im = {
        .info = {.w = s->w, .h = s->h, .channels = 3, .maxval = 255},
        .data = data};
    const struct ae_write_options o = {0};
    struct ae_io *io = NULL;
    int rc = cmd_create(path, &io, e);

    if (!rc) {
        rc = ae_image_write(ctx, io, ae_format_by_name("png"), &im, NULL, &o,
                            e);
        if (rc)
            cmd_drop(io);
        else
            rc = cmd_commit(io, e);
    }
    if (rc)
        cmd_error(path, e);
    free(data);
    free(path);
    return rc;
}
