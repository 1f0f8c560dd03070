/* spectrum.c - power spectra of pictures, of what a net removes from them, or
 * of what distinguishes them from another picture; their rows are printed, and
 * their curves drawn over one another. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

enum {
    BINS = CMD_BINS,
    MOST = AE_TONES, /* spectra in a plot */
    WIDTH = 800,
    HEIGHT = 560
};

/* A curve and the line of white noise that is as strong. */
struct curve {
    double power[BINS], white[2];
    char name[CMD_NAME], white_name[64];
};

struct cmd_spectra {
    struct ae_ctx *ctx;
    struct ae_denoiser *finder;      /* NULL: of the picture itself */
    struct ae_image clean;           /* data NULL: there is none */
    const struct ae_format *picture; /* of the plot; NULL: svg */
    struct ae_io *plot;              /* NULL: there is none */
    const char *plot_name;
    struct curve *curve; /* [MOST] */
    int count, left_out;
};

static double frequency_of(int bin)
{
    return (bin + 0.5) / (2 * BINS);
}

/* ------------------------------------------------------------------ open */

static void read_clean(struct cmd_spectra *s, const char *name)
{
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    int rc = cmd_open(name, &io, &e);

    if (!rc)
        rc = ae_image_read(s->ctx, io, 1, &s->clean, NULL, &e);
    ae_io_close(io);
    if (rc)
        cmd_die(CMD_USAGE, "%s: %s", name, rc == AE_END ? "empty" : e.msg);
}

struct cmd_spectra *cmd_spectra_open(struct ae_ctx *ctx,
                                     struct ae_denoiser *finder,
                                     const char *clean, const char *plot)
{
    struct cmd_spectra *s = cmd_need(calloc(1, sizeof(*s)));
    struct ae_err e = {0};

    s->ctx = ctx;
    s->finder = finder;
    s->curve = cmd_need(calloc(MOST, sizeof(*s->curve)));
    s->plot_name = plot;
    if (plot)
        s->picture = cmd_plot_format(NULL, plot);
    if (clean)
        read_clean(s, clean);
    if (plot && cmd_create(plot, &s->plot, &e))
        cmd_die(CMD_USAGE, "%s: %s", plot, e.msg);
    return s;
}

/* -------------------------------------------------------------- measure */

/* Takes the clean picture off. */
static int subtract(const struct ae_image *clean, struct ae_image *im,
                    struct ae_err *e)
{
    const struct ae_image_info *a = &clean->info, *b = &im->info;
    const size_t n = (size_t)b->w * (size_t)b->h * (size_t)b->channels;

    if (a->w != b->w || a->h != b->h || a->channels != b->channels) {
        e->code = AE_EARG;
        snprintf(e->msg, sizeof(e->msg),
                 "%d x %d with %d channels, but --clean is %d x %d with %d",
                 b->w, b->h, b->channels, a->w, a->h, a->channels);
        return e->code;
    }
    for (size_t i = 0; i < n; i++)
        im->data[i] -= clean->data[i];
    return 0;
}

static int read_removed(struct cmd_spectra *s, struct ae_io *io, int first,
                        struct ae_image *im, struct ae_err *e)
{
    struct ae_reader *r = NULL;
    int rc = ae_reader_open(s->ctx, io, first, &r, e);

    if (rc)
        return rc;
    rc = ae_noise_removed(s->finder, r, im, e);
    if (!rc)
        rc = ae_reader_finish(r, e);
    ae_reader_free(r);
    return rc;
}

/* White noise of this power is as strong as the noise up to half a cycle; a
 * bin weighs as much as its ring is large. */
static double mean_power(const double *power)
{
    double sum = 0, weight = 0;

    for (int i = 0; i < BINS; i++) {
        sum += frequency_of(i) * power[i];
        weight += frequency_of(i);
    }
    return sum / weight;
}

static void keep_curve(struct cmd_spectra *s, const char *name,
                       const double *power)
{
    struct curve *c = &s->curve[s->count];
    const double mean = mean_power(power);

    if (!s->plot || s->count == MOST) {
        s->left_out += s->plot != NULL;
        return;
    }
    memcpy(c->power, power, sizeof(c->power));
    c->white[0] = c->white[1] = mean;
    snprintf(c->name, sizeof(c->name), "%s", name);
    snprintf(c->white_name, sizeof(c->white_name), "white, sigma %.3g",
             sqrt(mean));
    s->count++;
}

int cmd_spectra_add(struct cmd_spectra *s, struct ae_io *io, int first,
                    const char *name, enum cmd_style style, struct ae_err *e)
{
    struct ae_image im = {0};
    double power[BINS];
    int rc = s->finder ? read_removed(s, io, first, &im, e)
                       : ae_image_read(s->ctx, io, first, &im, NULL, e);

    if (!rc && s->clean.data)
        rc = subtract(&s->clean, &im, e);
    if (!rc)
        rc = ae_noise_psd(s->ctx, &im, power, BINS, e);
    ae_image_release(&im);
    if (rc)
        return rc;
    for (int i = 0; i < BINS; i++) {
        const struct cmd_cell cell[] = {
            {.key = "frequency", .value = frequency_of(i)},
            {.key = "power", .value = power[i]}};
        cmd_table_row(style, name, cell, 2);
    }
    keep_curve(s, name, power);
    return 0;
}

/* ----------------------------------------------------------------- plot */

static int write_plot(struct cmd_spectra *s, const struct ae_chart *c,
                      struct ae_err *e)
{
    const struct ae_write_options o = {0};
    struct ae_image im = {0};
    int rc;

    if (!s->picture)
        return ae_chart_write_svg(c, s->plot, e);
    rc = ae_chart_draw(s->ctx, c, &im, e);
    if (!rc)
        rc = ae_image_write(s->ctx, s->plot, s->picture, &im, NULL, &o, e);
    ae_image_release(&im);
    return rc;
}

static int draw_curves(struct cmd_spectra *s, struct ae_err *e)
{
    static const double ends[] = {0, 0.5};
    struct ae_series series[2 * MOST];
    double x[BINS];

    for (int i = 0; i < BINS; i++)
        x[i] = frequency_of(i);
    for (int i = 0; i < s->count; i++) {
        struct curve *c = &s->curve[i];
        series[2 * i] = (struct ae_series){
            .name = c->name, .tone = i, .x = x, .y = c->power, .n = BINS};
        series[2 * i + 1] = (struct ae_series){.name = c->white_name,
                                               .tone = i,
                                               .mark = AE_MARK_DASHED,
                                               .x = ends,
                                               .y = c->white,
                                               .n = 2};
    }
    const struct ae_chart c = {
        .title = s->finder       ? "Power spectrum of what was removed"
                 : s->clean.data ? "Power spectrum of the difference"
                                 : "Power spectrum",
        .x = {.name = "frequency, cycles a pixel", .kind = AE_AXIS_LINEAR},
        .y = {.name = "power of luminance, squared 8-bit levels",
              .from_zero = 1},
        .series = series,
        .count = 2 * (size_t)s->count,
        .w = WIDTH,
        .h = HEIGHT};
    return write_plot(s, &c, e);
}

int cmd_spectra_close(struct cmd_spectra *s, int status)
{
    struct ae_err e = {0};
    int rc = 0;

    if (s->left_out)
        cmd_note("%s: the first %d are drawn", s->plot_name, MOST);
    if (s->plot && s->count == 0) {
        cmd_drop(s->plot);
    } else if (s->plot) {
        rc = draw_curves(s, &e);
        if (rc)
            cmd_drop(s->plot);
        else
            rc = cmd_commit(s->plot, &e);
    }
    if (rc)
        cmd_error(s->plot_name, &e);
    ae_image_release(&s->clean);
    free(s->curve);
    free(s);
    return rc ? CMD_FAILED : status;
}
