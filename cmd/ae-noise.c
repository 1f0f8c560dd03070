/* ae-noise - image to noisy image; or how noisy an image is. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *chain, *model, *clean, *plot;
    uint64_t seed;
    int estimate, psd, json;
};

static const struct ae_field fields[] = {
    AE_FIELD("noise", STR, args, chain,
             .help = "noises to add, as gauss:sigma=25 or "
                     "poisson:peak=30+gauss:sigma=5",
             .arg = "CHAIN", .letter = 'n'),
    AE_FIELD("seed", COUNT, args, seed, .def = "0", .max = 1e15,
             .help = "seed of the draws, which depend only on it and the "
                     "image's number",
             .arg = "N"),
    AE_FIELD("estimate", BOOL, args, estimate, .group = "Measuring",
             .help = "add nothing, print each image's noise level"),
    AE_FIELD("model", STR, args, model, .file = AE_FILE_MODEL,
             .help = "model by which --estimate finds noise: a file, or a name "
                     "to look up; the photo model by default; of --psd: "
                     "measure what it removes",
             .arg = "MODEL", .letter = 'm'),
    AE_FIELD("psd", BOOL, args, psd,
             .help = "add nothing, print each image's radial power spectrum"),
    AE_FIELD("clean", STR, args, clean, .file = AE_FILE_READ,
             .help = "of --psd: measure what distinguishes each image from "
                     "FILE",
             .arg = "FILE"),
    AE_FIELD("plot", STR, args, plot, .file = AE_FILE_WRITTEN,
             .help = "of --psd: also draw the spectra into FILE, as svg or a "
                     "picture by its ending, else as png",
             .arg = "FILE"),
    AE_FIELD("json", BOOL, args, json,
             .help = "print JSON, an object a line, instead of TSV"),
    {0}};

static const struct cmd_table tables[] = {{fields, 0},
                                          {cmd_output_fields, 0},
                                          {cmd_filter_fields, 0},
                                          {cmd_name_fields, 0},
                                          {cmd_list_fields, 0},
                                          {cmd_null_fields, 0},
                                          {cmd_choice_fields, 0},
                                          {cmd_shard_fields, 0},
                                          {cmd_machine_fields, 0},
                                          {cmd_talk_fields, 0},
                                          {NULL, 0}};

static void list_noises(void)
{
    char text[8192];

    ae_noise_help(text, sizeof(text));
    printf("\nNoises, their parameters and defaults:\n%s", text);
}

static const struct cmd_spec spec = {
    "ae-noise", "-n CHAIN | --estimate | --psd [OPTION...] [INPUT...]",
    "Adds noise to images, or measures it", tables, list_noises};

/* ----------------------------------------------------------------- add */

struct adding {
    const struct ae_noise *noise;
    uint64_t seed;
};

static int read_rows(struct ae_reader *r, struct ae_image *im, struct ae_err *e)
{
    const size_t row = (size_t)im->info.w * (size_t)im->info.channels;

    for (int y = 0; y < im->info.h; y++)
        CMD_TRY(ae_reader_row(r, im->data + (size_t)y * row, e));
    return 0;
}

/* Amplitudes are of 0..1, next to which floats far outside have hardly any
 * noise. */
static void note_range(const struct ae_image *pic, const char *name)
{
    const struct ae_image_info *i = &pic->info;
    const size_t n = (size_t)i->w * (size_t)i->h * (size_t)i->channels;
    float least = 0, most = 0;

    for (size_t k = 0; i->maxval == 0 && k < n; k++) {
        least = pic->data[k] < least ? pic->data[k] : least;
        most = pic->data[k] > most ? pic->data[k] : most;
    }
    if (least < -1 || most > 2)
        cmd_note("%s: floats of %.4g to %.4g; a noise of 255 is 1 in them, so "
                 "divide them by their range, or multiply the noise",
                 name, (double)least, (double)most);
}

/* Adds noise to the image in memory that the caller releases. */
static int add_rows(const struct adding *a, const struct cmd_image *im,
                    struct ae_image *pic, struct ae_err *e)
{
    const struct ae_image_info *i = ae_reader_info(im->reader);
    const size_t row = (size_t)i->w * (size_t)i->channels;
    double level = 0.0;

    CMD_TRY(ae_image_alloc(im->ctx, pic, i, e));
    CMD_TRY(read_rows(im->reader, pic, e));
    note_range(pic, im->name);
    CMD_TRY(ae_noise_apply(im->ctx, a->noise, pic->data, i->w, i->h,
                           i->channels - i->alpha, i->channels, i->maxval,
                           a->seed, im->index, &level, e));
    cmd_detail("%s: noise of %.3f added", im->name, 255.0 * level);
    for (int y = 0; y < i->h; y++)
        CMD_TRY(ae_writer_row(im->writer, pic->data + (size_t)y * row, e));
    return 0;
}

static int add_noise(void *arg, const struct cmd_image *im, struct ae_err *e)
{
    struct ae_image pic = {0};
    const int rc = add_rows(arg, im, &pic, e);

    ae_image_release(&pic);
    return rc;
}

static int add(struct ae_ctx *ctx, const struct args *a, char **operand,
               int count)
{
    struct ae_noise *noise = NULL;
    struct adding adding = {NULL, a->seed};
    struct ae_err e;
    int status;

    if (ae_noise_parse(a->chain, &noise, &e))
        cmd_usage("option '--noise': %s", e.msg);
    adding.noise = noise;
    const struct cmd_work work = {.one = add_noise, .arg = &adding};
    status = cmd_filter(ctx, &a->common, NULL, operand, count, &work);
    ae_noise_free(noise);
    return status;
}

/* ------------------------------------------------------------- measure */

/* The net that --estimate asks. */
struct finder {
    struct ae_model *model;
    struct ae_denoiser *denoiser;
};

static void finder_open(struct finder *f, struct ae_ctx *ctx,
                        const struct args *a)
{
    struct ae_err e = {0};

    if (a->psd && !a->model)
        return;
    if (ae_model_load(ctx, a->model, &f->model, &e) ||
        ae_denoiser_new(ctx, f->model, 1, &f->denoiser, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (!ae_denoiser_is_blind(f->denoiser))
        cmd_die(CMD_USAGE,
                "%s: the model must be given the level of noise, so it can't "
                "find it",
                a->model);
}

static void finder_close(struct finder *f)
{
    ae_denoiser_free(f->denoiser);
    ae_model_free(f->model);
}

static int print_level(const struct finder *f, struct ae_ctx *ctx,
                       const struct args *a, struct ae_io *io, int n,
                       const char *name, struct ae_err *e)
{
    struct ae_noise_level level = {0, 0};
    struct ae_reader *r = NULL;
    int rc = ae_reader_open(ctx, io, n == 1, &r, e);

    if (rc)
        return rc;
    rc = ae_noise_estimate(f->denoiser, r, &level, e);
    if (!rc)
        rc = ae_reader_finish(r, e);
    ae_reader_free(r);
    if (rc)
        return rc;
    const struct cmd_cell cell[] = {{.key = "sigma", .value = level.sigma},
                                    {.key = "white", .value = level.white}};
    cmd_table_row(a->json ? CMD_JSON : CMD_TSV, name, cell, 2);
    return 0;
}

/* Measures all images of one input; one that can't be read is named, and the
 * next ones are tried.  Returns how many those are. */
static int measure_input(const struct finder *f, struct cmd_spectra *spectra,
                         struct ae_ctx *ctx, const struct args *a,
                         const char *name)
{
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    int failed = 0, rc = cmd_open(name, &io, &e);

    if (rc) {
        cmd_error(strcmp(name, "-") ? name : "stdin", &e);
        return 1;
    }
    for (int n = 1; !failed || !a->common.fail_fast; n++) {
        char shown[CMD_NAME];

        cmd_image_name(io, n, shown);
        rc = spectra ? cmd_spectra_add(spectra, io, n == 1, shown,
                                       a->json ? CMD_JSON : CMD_TSV, &e)
                     : print_level(f, ctx, a, io, n, shown, &e);
        if (rc == AE_END)
            break;
        fflush(stdout); /* the next image may be long in coming */
        if (rc)
            cmd_error(shown, &e);
        failed += rc != 0;
    }
    ae_io_close(io);
    return failed;
}

static int measure(struct ae_ctx *ctx, const struct args *a, char **operand,
                   int count)
{
    static const struct cmd_cell level[] = {{.key = "sigma", .value = 0},
                                            {.key = "white", .value = 0}};
    static const struct cmd_cell psd[] = {{.key = "frequency", .value = 0},
                                          {.key = "power", .value = 0}};
    struct cmd_spectra *spectra = NULL;
    struct finder f = {NULL, NULL};
    struct cmd_inputs in;
    uint64_t first, n;
    int status = CMD_OK;

    if (a->common.output || a->common.folder || a->common.to)
        cmd_usage("--estimate and --psd print; they take no output");
    cmd_inputs_find(&in, &a->common, NULL, operand, count);
    cmd_files(NULL, NULL, in.name, in.count);
    finder_open(&f, ctx, a);
    if (a->psd)
        spectra = cmd_spectra_open(ctx, f.denoiser, a->clean, a->plot);
    if (cmd_is_first_shard(a->common.shard))
        cmd_table_head(a->json ? CMD_JSON : CMD_TSV, a->psd ? psd : level, 2);
    cmd_shard(a->common.shard, (uint64_t)in.count, &first, &n);
    for (uint64_t i = first; i < first + n; i++) {
        if (measure_input(&f, spectra, ctx, a, in.name[i]) == 0)
            continue;
        status = CMD_FAILED;
        if (a->common.fail_fast)
            break;
    }
    cmd_inputs_release(&in);
    if (spectra)
        status = cmd_spectra_close(spectra, status);
    finder_close(&f);
    return status;
}

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(&spec, &a, argc, argv);
    const int tasks = (a.chain != NULL) + a.estimate + a.psd;
    struct ae_ctx *ctx;
    int status;

    if (tasks != 1)
        cmd_usage("one of -n CHAIN, --estimate and --psd is needed");
    if (a.json && a.chain)
        cmd_usage("--json belongs to --estimate and --psd");
    if (a.model && a.chain)
        cmd_usage("--model belongs to --estimate and --psd");
    if ((a.clean || a.plot) && !a.psd)
        cmd_usage("--clean and --plot belong to --psd");
    if (a.clean && a.model)
        cmd_usage("--clean and --model are two ways to tell noise from "
                  "picture: one is enough");
    ctx = cmd_context(&a.common);
    status = a.chain ? add(ctx, &a, argv + first, argc - first)
                     : measure(ctx, &a, argv + first, argc - first);
    ae_ctx_free(ctx);
    return cmd_close(status);
}
