/* ae-denoise - image to image: a noisy photo comes out clean. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *sigma, *mask, *crop, *preview, *strip;
    const char *fit; /* "": its default time */
    uint64_t seed;   /* of the fit */
    double strength, luma, chroma;
    int linear;
    int ensemble;       /* of ensembles[] */
    int tile[2];        /* as typed: width, then height */
    struct ae_io *show; /* the preview on its way */
    int shown;          /* it is done */
    struct ae_denoiser *denoiser;
    struct ae_denoise_options options;
    struct ae_examples_options examples;
};

static const char *const ensembles[] = {"auto", "1", "2", "8", NULL};
static const char *const precisions[] = {"f32", "bf16", "auto", NULL};

static const struct ae_field own[] = {
    AE_FIELD("model", STR, args, model, .file = AE_FILE_MODEL,
             .help = "model file, or a name to look up; the photo model by "
                     "default",
             .arg = "MODEL", .letter = 'm'),
    AE_FIELD("sigma", STR, args, sigma, .def = "auto",
             .help = "level of the noise, its root mean square in 8-bit units; "
                     "auto: the net finds it",
             .arg = "auto|N"),
    AE_FIELD("strength", REAL, args, strength, .def = "1", .max = 1,
             .help = "share of the noise that is taken out; 0 leaves the image "
                     "as it is",
             .arg = "X", .letter = 's'),
    AE_FIELD("luma", REAL, args, luma, .def = "1", .max = 1,
             .help = "share of the noise in brightness that is taken out, "
                     "times --strength",
             .arg = "X"),
    AE_FIELD("chroma", REAL, args, chroma, .def = "1", .max = 1,
             .help = "share of the noise in colour that is taken out, times "
                     "--strength",
             .arg = "X"),
    AE_FIELD("mask", STR, args, mask, .file = AE_FILE_READ,
             .help = "image of the input's size: where it is white all of that "
                     "noise is taken out, where black nothing",
             .arg = "FILE"),
    AE_FIELD("linear", BOOL, args, linear,
             .help = "take samples as in proportion to light; 0: as not, "
                     "whatever the file says",
             .arg = "[0|1]"),
    AE_FIELD("ensemble", ENUM, args, ensemble, .def = "auto",
             .help = "average over so many turns and mirrors, which takes as "
                     "many times as long; auto: as the model's alias says, "
                     "else 1",
             .names = ensembles, .arg = "auto|1|2|8"),
    AE_FIELD("fit", STR, args, fit,
             .help = "instead of a model, fit a small net to each picture "
                     "alone; TIME, 3m by default, is nominal: it stands for a "
                     "number of steps",
             .arg = "[TIME]"),
    AE_FIELD("seed", COUNT, args, seed, .max = 9e15,
             .help = "of the draws of --fit", .arg = "N"),
    AE_FIELD("crop", STR, args, crop, .group = "Output",
             .help = "write only this window of the result", .arg = "WxH+X+Y"),
    AE_FIELD("preview", STR, args, preview, .file = AE_FILE_WRITTEN,
             .help = "also write the window before | after; without --crop "
                     "512x384 pixels in the middle",
             .arg = "FILE"),
    AE_FIELD("auto-orient", BOOL, args, common.auto_orient,
             .help = "turn the result upright, as its EXIF orientation says"),
    AE_FIELD("strip", STR, args, strip,
             .help = "leave out metadata, all or these kinds: exif, but for "
                     "the orientation, xmp, icc, text",
             .arg = "[exif,xmp,icc,text]"),
    {0}};
static const struct ae_field machine[] = {
    AE_FIELD("tile", PAIR, args, tile, .group = "Machine", .max = 1 << 30,
             .help = "largest piece that is computed at once, else by "
                     "--memory; the result is the same",
             .arg = "N|WxH"),
    AE_FIELD("precision", ENUM, args, common.precision, .def = "auto",
             .help = "what the net multiplies in: f32 is the same on all CPUs "
                     "to rounding; auto: bf16 where the CPU has it and it is "
                     "faster",
             .names = precisions, .arg = "auto|f32|bf16"),
    {0}};

static const struct cmd_table tables[] = {
    {own, 0},
    {cmd_output_fields, 0},
    {cmd_filter_fields, 0},
    {cmd_name_fields, 0},
    {cmd_list_fields, 0},
    {cmd_null_fields, 0},
    {cmd_choice_fields, 0},
    {cmd_shard_fields, 0},
    {ae_select_fields, offsetof(struct args, examples.select)},
    {machine, 0},
    {cmd_stream_fields, 0},
    {cmd_talk_fields, 0},
    {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-denoise", "[OPTION...] [INPUT...]",
    "Takes the noise out of images; stdin to stdout with no INPUT", tables,
    NULL};

/* "auto" becomes -1. */
static double parse_sigma(const char *text)
{
    static const struct ae_field number = {
        .name = "sigma", .type = AE_F_REAL, .min = 0, .max = 255};
    struct ae_err e;
    double v;

    if (strcmp(text, "auto") == 0)
        return -1;
    if (ae_field_parse(&number, &v, text, &e))
        cmd_usage("option '--sigma': %s, and not auto", e.msg);
    return v;
}

/* The nominal seconds of a fit. */
static double parse_fit(const char *text)
{
    static const struct ae_field time = {
        .name = "fit", .type = AE_F_SECONDS, .min = 1, .max = 3600};
    struct ae_err e;
    double v = 180;

    if (*text && ae_field_parse(&time, &v, text, &e))
        cmd_usage("option '--fit': %s", e.msg);
    return v;
}

/* A fitted net is the picture's own, and finds the level of its noise. */
static void check_fit(const struct args *a)
{
    if (a->model)
        cmd_usage("--fit makes a net of its own: leave -m out");
    if (a->options.sigma >= 0)
        cmd_usage("--fit finds the noise by itself: leave --sigma out");
}

/* "auto" becomes 0. */
static int ensemble_of(const struct args *a)
{
    return atoi(ensembles[a->ensemble]);
}

/* The kinds of metadata in a list, as enum ae_strip_kind; an empty one is all
 * of them, NULL none. */
static unsigned parse_strip(const char *list)
{
    static const char *const kinds[] = {"exif", "xmp", "icc", "text"};
    unsigned what = list && !*list ? (1u << 4) - 1 : 0;

    while (list && *list) {
        const size_t n = strcspn(list, ",");
        unsigned i = 0;
        while (i < 4 &&
               (strlen(kinds[i]) != n || strncmp(list, kinds[i], n) != 0))
            i++;
        if (i == 4)
            cmd_usage("option '--strip': '%.*s' is not one of exif, xmp, icc, "
                      "text",
                      (int)n, list);
        what |= 1u << i;
        list += n + (list[n] == ',');
    }
    return what;
}

static int size(void *arg, const struct ae_image_info *in,
                struct ae_image_info *out, struct ae_err *e)
{
    const struct args *a = arg;

    return ae_denoise_size(&a->options, in, out, e);
}

/* Names the preview in a fault that is the preview's. */
static int blame(const struct args *a, int rc, struct ae_err *e)
{
    char msg[sizeof(e->msg)];

    if (rc) {
        snprintf(msg, sizeof(msg), "preview %.200s: %.280s", a->preview,
                 e->msg);
        memcpy(e->msg, msg, sizeof(msg));
    }
    return rc;
}

static int make_preview(struct args *a, const struct cmd_image *im,
                        struct ae_err *e)
{
    const struct ae_write_options o = {.strip = a->common.strip};
    struct ae_image_info info;

    CMD_TRY(ae_denoise_preview_size(&a->options, ae_reader_info(im->reader),
                                    &info, e));
    CMD_TRY(cmd_create(a->preview, &a->show, e));
    return ae_writer_open(im->ctx, a->show, ae_format_by_ending(a->preview),
                          &info, ae_reader_meta(im->reader), &o,
                          &a->options.preview, e);
}

/* Opens the preview, which is of the first image. */
static int open_preview(struct args *a, const struct cmd_image *im,
                        struct ae_err *e)
{
    return blame(a, make_preview(a, im, e), e);
}

/* Ends the preview when the image is read. */
static int end_preview(void *arg, int rc, struct ae_err *e)
{
    struct args *a = arg;

    if (!a->show)
        return rc;
    if (!rc)
        rc = blame(a, ae_writer_finish(a->options.preview, e), e);
    ae_writer_free(a->options.preview);
    a->options.preview = NULL;
    if (rc)
        cmd_drop(a->show);
    else
        rc = blame(a, cmd_commit(a->show, e), e);
    a->show = NULL;
    a->shown = !rc;
    return rc;
}

static int one_image(void *arg, const struct cmd_image *im, struct ae_err *e)
{
    struct args *a = arg;

    a->options.found = im->found;
    a->options.progress = im->progress;
    a->options.progress_arg = im->progress_arg;
    int rc = a->preview && !a->shown ? open_preview(a, im, e) : 0;
    if (!rc) {
        rc = ae_denoise(a->denoiser, &a->options, im->reader, im->writer, e);
        if (rc && a->show && ae_io_broken(a->show))
            blame(a, rc, e);
    }
    return rc;
}

/* The picture with a preview is denoised by itself. */
static int batch_hint(void *arg, const struct ae_image_info *i)
{
    const struct args *a = arg;

    return a->preview && !a->shown
               ? 1
               : ae_denoiser_batch_hint(a->denoiser, &a->options, i);
}

static void many(void *arg, struct ae_denoise_item *item, int n)
{
    struct args *a = arg;

    ae_denoise_many(a->denoiser, &a->options, item, n);
}

static void parse_crop(const char *text, struct ae_rect *crop)
{
    struct ae_err e;

    if (text && ae_rect_parse(text, crop, &e))
        cmd_usage("option '--crop': %s", e.msg);
}

static void check_preview(const char *name)
{
    if (name && strcmp(name, "-") == 0)
        cmd_usage("option '--preview': stdout is the image's, give a file");
    if (name && !ae_format_by_ending(name))
        cmd_usage("option '--preview': '%s' has the ending of no format", name);
}

/* A mask that can't be read ends the run before any work.  One that isn't a
 * plain file can be read only once, so it isn't tried here. */
static void check_mask(struct ae_ctx *ctx, const struct args *a)
{
    struct ae_err e = {0};
    struct stat st;

    if (!a->mask || (stat(a->mask, &st) == 0 && !S_ISREG(st.st_mode) &&
                     !S_ISDIR(st.st_mode)))
        return;
    if (cmd_try_picture(ctx, &a->common, a->mask, &e))
        cmd_die(CMD_USAGE, "mask %s: %s", a->mask, e.msg);
}

static void set_options(struct args *a)
{
    struct ae_denoise_options *o = &a->options;

    *o = ae_denoise_defaults;
    o->strength = a->strength;
    o->luma = a->luma;
    o->chroma = a->chroma;
    o->sigma = parse_sigma(a->sigma);
    o->linear = a->linear;
    o->mask = a->mask;
    o->tile[0] = a->tile[1];
    o->tile[1] = a->tile[0];
    parse_crop(a->crop, &o->crop);
    a->common.strip = parse_strip(a->strip);
    check_preview(a->preview);
}

/* The name of a given option that is for images only; NULL: there is none. */
static const char *for_images(const struct args *a)
{
    return a->mask           ? "mask"
           : a->crop         ? "crop"
           : a->preview      ? "preview"
           : a->linear >= 0  ? "linear"
           : a->luma < 1     ? "luma"
           : a->chroma < 1   ? "chroma"
           : a->common.watch ? "watch"
                             : NULL;
}

static int make_denoiser(struct ae_ctx *ctx, struct args *a,
                         const struct ae_model *model, struct ae_err *e)
{
    const struct ae_fit_options fit = {
        .seconds = a->fit ? parse_fit(a->fit) : 0, .seed = a->seed};

    return a->fit
               ? ae_denoiser_new_fit(ctx, &fit, ensemble_of(a), &a->denoiser, e)
               : ae_denoiser_new(ctx, model, ensemble_of(a), &a->denoiser, e);
}

int main(int argc, char **argv)
{
    struct args a = {.linear = -1};
    const int first = cmd_parse(&spec, &a, argc, argv);
    struct ae_model *model = NULL;
    struct ae_err e = {0};
    int status = CMD_OK;

    set_options(&a);
    if (a.fit)
        check_fit(&a);
    struct ae_ctx *ctx = cmd_context(&a.common);
    if (ae_selection_new(ctx, &a.examples.select, &a.examples.selection, &e) ||
        (!a.fit && ae_model_load(ctx, a.model, &model, &e)))
        cmd_die(CMD_USAGE, "%s", e.msg);
    check_mask(ctx, &a);
    if (a.fit ||
        !cmd_denoise_items(ctx, model, &a.common, &a.examples, for_images(&a),
                           argv + first, argc - first, &status)) {
        if (make_denoiser(ctx, &a, model, &e))
            cmd_die(CMD_USAGE, "%s", e.msg);
        const struct cmd_work work = {
            one_image,  batch_hint,
            many,       a.strength > 0 ? CMD_DENOISES : CMD_KEEPS,
            &a,         size,
            end_preview};
        status = cmd_filter(ctx, &a.common, a.examples.selection, argv + first,
                            argc - first, &work);
    }
    ae_selection_free(a.examples.selection);
    ae_denoiser_free(a.denoiser);
    ae_model_free(model);
    ae_ctx_free(ctx);
    return cmd_close(status);
}
