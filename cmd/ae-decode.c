/* ae-decode - latents to items: what a model makes of codes. */
#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *label;
    int grid[2], size[2]; /* as typed: columns, rows; width, height */
};

#define AT(m) offsetof(struct args, m)
static const struct ae_field own[] = {
    {"model", AE_F_STR, AT(model), NULL, 0, 0,
     "model file, or a name to look up", NULL, "MODEL", 'm'},
    {"grid", AE_F_PAIR, AT(grid), NULL, 1, 65536,
     "one picture of that many columns and rows", NULL, "CxR", 0},
    {"size", AE_F_PAIR, AT(size), NULL, 1, 65536,
     "width and height of the items, for a model that takes any", NULL, "WxH",
     0},
    {"label", AE_F_STR, AT(label), NULL, 0, 0,
     "class of the items, for a model that asks for one", NULL, "CLASS", 0},
    {0}};
#undef AT

static const struct cmd_table tables[] = {{own, 0},
                                          {cmd_output_fields, 0},
                                          {cmd_folder_fields, 0},
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
    struct ae_model *model;
    struct ae_err e = {0};

    if (!a.model)
        cmd_usage("-m MODEL is needed");
    struct ae_ctx *ctx = cmd_context(&a.common);
    if (ae_model_load(ctx, a.model, &model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (ae_model_class(model, a.label, &r.label, &e))
        cmd_usage("%s", e.msg);
    const struct cmd_decoder_options o = {
        .model = a.model, .grid = a.grid, .size = a.size};
    r.decoder = cmd_decoder_open(ctx, model, &a.common, &o);
    const int code = cmd_decoder_info(r.decoder)->code;
    int status = cmd_latents(argv + first, argc - first, code, put_latent, &r);
    status = cmd_decoder_finish(r.decoder, status);
    ae_model_free(model);
    ae_ctx_free(ctx);
    return cmd_close(status);
}
