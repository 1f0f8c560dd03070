/* ae-decode - latents to items: what a model makes of codes. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *label;
    int grid[2], size[2];        /* as typed: columns, rows; width, height */
};

#define AT(m) offsetof(struct args, m)
static const struct ae_field own[] = {
    {"model", AE_F_STR, AT(model), NULL, 0, 0,
     "model file, or a name to look up", NULL, "MODEL", 'm'},
    {"grid", AE_F_PAIR, AT(grid), NULL, 1, 65536,
     "one picture of that many columns and rows", NULL, "CxR", 0},
    {"size", AE_F_PAIR, AT(size), NULL, 1, 65536,
     "width and height of the items, for a model that takes any", NULL,
     "WxH", 0},
    {"label", AE_F_STR, AT(label), NULL, 0, 0,
     "class of the items, for a model that asks for one", NULL, "CLASS", 0},
    {0}
};
#undef AT

static const struct ae_field *const tables[] = {
    own, cmd_output_fields, cmd_folder_fields, cmd_machine_fields,
    cmd_talk_fields, NULL};
static const struct cmd_spec spec = {
    "ae-decode", "-m MODEL [OPTION...] [LATENTS...]",
    "Turns latents into items; stdin to stdout with no LATENTS", tables,
    NULL};

struct run {
    struct ae_coder *coder;
    struct cmd_items *items;
    int batch, n;                /* n wait for company */
    size_t item, code;           /* floats */
    float *z, *x;
    char **name;
    int *label;
};

static int work(struct run *r, int more, struct ae_err *e)
{
    int err = ae_coder_decode(r->coder, r->z, r->label, r->n, r->x, e);

    for (int i = 0; i < r->n; i++) {
        if (!err)
            err = cmd_items_put(r->items, r->name[i],
                                r->x + (size_t)i * r->item,
                                more || i + 1 < r->n, e);
        free(r->name[i]);
    }
    r->n = 0;
    return err;
}

static int take(void *arg, const struct ae_latent *z, int more,
                struct ae_err *e)
{
    struct run *r = arg;
    char *name = NULL;

    memcpy(r->z + (size_t)r->n * r->code, z->z, r->code * sizeof(*r->z));
    if (z->name) {
        name = cmd_need(malloc(strlen(z->name) + 1));
        strcpy(name, z->name);
    }
    r->name[r->n++] = name;
    return r->n == r->batch || !more ? work(r, more, e) : 0;
}

/* Ends with status 2 where the model can't decode. */
static void prepare(struct run *r, struct ae_ctx *ctx,
                    const struct ae_model *m, const struct args *a)
{
    struct ae_err e = {0};
    const int w = a->size[0], h = a->size[1];

    /* first one item at a time, to know how many a batch may hold */
    for (r->batch = 0; r->batch == 0 || !r->coder;) {
        if (ae_coder_new(ctx, m, h, w, r->batch ? r->batch : 1, &r->coder,
                         &e))
            cmd_die(CMD_USAGE, "%s: %s%s", a->model, e.msg,
                    e.code == AE_EARG && !w ? " (--size WxH)" : "");
        if (r->batch)
            break;
        const struct ae_coder_info *i = ae_coder_info(r->coder);
        r->item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
        r->batch = cmd_batch_size(r->item);
        ae_coder_free(r->coder);
        r->coder = NULL;
    }
    const struct ae_coder_info *i = ae_coder_info(r->coder);
    const size_t n = (size_t)r->batch;
    r->code = (size_t)i->code;
    r->z = cmd_need(calloc(n * r->code, sizeof(*r->z)));
    r->x = cmd_need(calloc(n * r->item, sizeof(*r->x)));
    r->name = cmd_need(calloc(n, sizeof(*r->name)));
    r->label = cmd_need(calloc(n, sizeof(*r->label)));
    const int class = i->labels ? cmd_label(m, a->label, i->labels) : 0;
    for (size_t k = 0; k < n; k++)
        r->label[k] = class;
    if (a->label && !i->labels)
        cmd_usage("--label: the model asks for no class");
    r->items = cmd_items_open(ctx, m, &a->common, a->grid, i->h, i->w, i->c);
    if (ae_coder_decode(r->coder, NULL, r->label, 0, NULL, &e)) {
        cmd_items_finish(r->items, CMD_USAGE);
        cmd_die(CMD_USAGE, "%s: %s", a->model, e.msg);
    }
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
    prepare(&r, ctx, model, &a);
    int status = cmd_latents(argv + first, argc - first, (int)r.code, take,
                             &r);
    if (r.n && work(&r, 0, &e)) {
        cmd_error(NULL, &e);
        status = CMD_FAILED;
    }
    status = cmd_items_finish(r.items, status);
    ae_coder_free(r.coder);
    free(r.z);
    free(r.x);
    free(r.name);
    free(r.label);
    ae_model_free(model);
    ae_ctx_free(ctx);
    return cmd_close(status);
}
