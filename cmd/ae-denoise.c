/* ae-denoise - image to image: a noisy photo comes out clean. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *sigma;
    double strength;
    int ensemble;                /* of ensembles[] */
    int tile[2];                 /* as typed: width, then height */
    struct ae_denoiser *denoiser;
    struct ae_denoise_options options;
    struct ae_examples_options examples;
};

static const char *const ensembles[] = {"auto", "1", "2", "8", NULL};
static const char *const precisions[] = {"f32", "bf16", "auto", NULL};

#define AT(m) offsetof(struct args, m)
static const struct ae_field own[] = {
    {"model", AE_F_STR, AT(model), NULL, 0, 0,
     "model file, or a name to look up; the photo model by default", NULL,
     "MODEL", 'm'},
    {"sigma", AE_F_STR, AT(sigma), "auto", 0, 0,
     "level of the noise: its root mean square in 8-bit units, or auto to "
     "estimate it", NULL, "auto|N", 0},
    {"strength", AE_F_REAL, AT(strength), "1", 0, 1,
     "how much of the noise goes; 0 leaves the image as it is", NULL, "X",
     's'},
    {"tile", AE_F_PAIR, AT(tile), NULL, 0, 1 << 30,
     "largest piece computed at once; by --memory when left out; the result "
     "is the same", NULL, "N|WxH", 0},
    {"ensemble", AE_F_ENUM, AT(ensemble), "auto", 0, 0,
     "average so many turns and mirrors of the net, which takes as many times "
     "as long; auto: as the model's name says, else 1", ensembles,
     "auto|1|2|8", 0},
    {"precision", AE_F_ENUM, AT(common.precision), "auto", 0, 0,
     "what the net multiplies in: f32 is the same on all CPUs to rounding, "
     "bf16 faster; auto: bf16 where the CPU has it", precisions,
     "auto|f32|bf16", 0},
    {0}
};
#undef AT

static const struct cmd_spec *make_spec(void)
{
    static struct ae_field select[16];
    static const struct ae_field *const tables[] = {
        own, select, cmd_output_fields, cmd_batch_fields, cmd_stream_fields,
        cmd_talk_fields, NULL};
    static const struct cmd_spec spec = {
        "ae-denoise", "[OPTION...] [INPUT...]",
        "Takes the noise out of images; stdin to stdout with no INPUT",
        tables, NULL};

    cmd_borrow(select, sizeof(select) / sizeof(select[0]), ae_select_fields,
               offsetof(struct args, examples.select));
    return &spec;
}

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

/* "auto" becomes 0. */
static int ensemble_of(const struct args *a)
{
    return atoi(ensembles[a->ensemble]);
}

static void tell(const char *name, double level)
{
    cmd_detail("%s: noise of %.2f", name, level);
}

static int one_image(void *arg, const struct cmd_image *im, struct ae_err *e)
{
    struct args *a = arg;
    double level = 0;

    a->options.sigma_used = &level;
    a->options.progress = im->progress;
    a->options.progress_arg = im->progress_arg;
    const int err = ae_denoise(a->denoiser, &a->options, im->reader,
                               im->writer, e);
    if (!err)
        tell(im->name, level);
    return err;
}

static int company(void *arg, const struct ae_image_info *i)
{
    const struct args *a = arg;

    return ae_denoise_company(a->denoiser, &a->options, i);
}

static void many(void *arg, struct ae_denoise_item *item, int n)
{
    struct args *a = arg;

    ae_denoise_many(a->denoiser, &a->options, item, n);
}

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(make_spec(), &a, argc, argv);
    struct ae_model *model;
    struct ae_err e = {0};
    int status = CMD_OK;

    a.options = ae_denoise_defaults;
    a.options.strength = a.strength;
    a.options.sigma = parse_sigma(a.sigma);
    a.options.tile[0] = a.tile[1];
    a.options.tile[1] = a.tile[0];
    struct ae_ctx *ctx = cmd_context(&a.common);
    if (ae_selection_new(ctx, &a.examples.select, &a.examples.selection,
                         &e) ||
        ae_model_load(ctx, a.model, &model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (!cmd_clean(ctx, model, &a.common, &a.examples, argv + first,
                   argc - first, &status)) {
        if (ae_denoiser_new(ctx, model, ensemble_of(&a), &a.denoiser, &e))
            cmd_die(CMD_USAGE, "%s", e.msg);
        const struct cmd_work work = {one_image, company, many, tell, &a};
        status = cmd_filter(ctx, &a.common, a.examples.selection,
                            argv + first, argc - first, &work);
    }
    ae_selection_free(a.examples.selection);
    ae_denoiser_free(a.denoiser);
    ae_model_free(model);
    ae_ctx_free(ctx);
    return cmd_close(status);
}
