/* ae-decode - latents to items: what a model makes of codes. */
#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *label;
    int grid[2], size[2]; /* as typed: columns, rows; width, height */
};

static const struct ae_field own[] = {
    AE_FIELD("model", STR, args, model, .file = AE_FILE_MODEL,
             .help = "model file, or a name to look up", .arg = "MODEL",
             .letter = 'm'),
    AE_FIELD("grid", PAIR, args, grid, .min = 1, .max = 65536,
             .help = "one picture of that many columns and rows", .arg = "CxR"),
    AE_FIELD("size", PAIR, args, size, .min = 1, .max = 65536,
             .help = "width and height of the items, for a model that takes "
                     "any",
             .arg = "WxH"),
    AE_FIELD("label", STR, args, label,
             .help = "class of the items, for a model that asks for one",
             .arg = "CLASS"),
    {0}};

static const struct cmd_table tables[] = {{own, 0},
                                          {cmd_made_fields, 0},
                                          {cmd_folder_fields, 0},
                                          {cmd_name_fields, 0},
                                          {cmd_list_fields, 0},
                                          {cmd_null_fields, 0},
                                          {cmd_machine_fields, 0},
                                          {cmd_talk_fields, 0},
                                          {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-decode", "-m MODEL [OPTION...] [LATENTS...]",
    "Turns latents into items; stdin to stdout with no LATENTS", tables, NULL};

struct run {
    struct cmd_decoder *decoder;
    int label;
};

static int put_latent(void *arg, const struct ae_latent *z, int more,
                      struct ae_err *e)
{
    const struct run *r = arg;

    return cmd_decoder_put(r->decoder, z, r->label, more, e);
}

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(&spec, &a, argc, argv);
    struct run r = {0};
    struct cmd_inputs in;
    struct ae_model *model;
    struct ae_err e = {0};

    if (!a.model)
        cmd_usage("-m MODEL is needed");
    struct ae_ctx *ctx = cmd_context(&a.common);
    if (ae_model_load(ctx, a.model, &model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (ae_model_class(model, a.label, &r.label, &e))
        cmd_usage("%s", e.msg);
    cmd_inputs_find(&in, &a.common, NULL, argv + first, argc - first);
    cmd_files(NULL, NULL, in.name, in.count);
    const struct cmd_decoder_options o = {
        .model = a.model, .grid = a.grid, .size = a.size};
    r.decoder = cmd_decoder_open(ctx, model, &a.common, &o);
    const int code = cmd_decoder_info(r.decoder)->code;
    int status = cmd_latents(in.name, in.count, code, put_latent, &r);
    status = cmd_decoder_finish(r.decoder, status);
    cmd_inputs_release(&in);
    ae_model_free(model);
    ae_ctx_free(ctx);
    return cmd_close(status);
}
