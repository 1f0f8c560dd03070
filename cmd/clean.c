/* clean.c - tables and arrays through a model, item by item, for ae-denoise:
 * npy in gives npy out, csv gives csv. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static int clean_table(struct ae_ctx *ctx, const struct ae_model *m,
                       const struct cmd_common *c,
                       const struct ae_examples_options *o, const char *input)
{
    const char *where = c->output ? c->output : "stdout";
    struct ae_err e = {0};
    struct ae_io *out;

    if (cmd_create(c->output, &out, &e))
        cmd_die(CMD_FAILED, "%s: %s", where, e.msg);
    if (ae_denoise_table(ctx, m, input, o, out, &e)) {
        cmd_drop(out);
        cmd_error(NULL, &e);
        return CMD_FAILED;
    }
    if (cmd_commit(out, &e)) {
        cmd_error(where, &e);
        return CMD_FAILED;
    }
    return CMD_OK;
}

/* ----------------------------------------------------------------- arrays */

struct cleaning {
    struct ae_ctx *ctx;
    const struct ae_model *m;
    const struct cmd_common *common;
    int inputs;
    struct ae_coder *coder;
    /* from the first item on, since a pipe must be told how many there are */
    struct cmd_items *out;
    float *z, *y;
};

static int clean_item(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct cleaning *c = arg;
    int err = ae_coder_encode(c->coder, x->x, NULL, 1, c->z, NULL, e);

    if (!c->out)
        c->out = cmd_items_open(c->ctx, c->m, c->common, (const int[2]){0, 0},
                                x->h, x->w, x->c,
                                c->inputs == 1 ? x->items : 0);
    if (!err)
        err = ae_coder_decode(c->coder, c->z, NULL, 1, c->y, e);
    return err ? err : cmd_items_put(c->out, x->name, c->y, x->more, e);
}

static int clean_arrays(struct ae_ctx *ctx, const struct ae_model *m,
                        const struct cmd_common *common,
                        const struct ae_examples_options *o,
                        char *const *operand, int count)
{
    struct cleaning c = {
        .ctx = ctx, .m = m, .common = common, .inputs = count ? count : 1};
    struct ae_err e = {0};
    int status = CMD_OK, err = ae_coder_new(ctx, m, 0, 0, 1, &c.coder, &e);

    if (!err) /* what can't decode is told now */
        err = ae_coder_decode(c.coder, NULL, NULL, 0, NULL, &e);
    if (err)
        cmd_die(CMD_USAGE, "%s", e.msg);
    const struct ae_coder_info *i = ae_coder_info(c.coder);
    const size_t n = (size_t)i->h * (size_t)i->w * (size_t)i->c;
    c.z = cmd_need(calloc((size_t)i->code, sizeof(*c.z)));
    c.y = cmd_need(calloc(n, sizeof(*c.y)));
    for (int k = 0; k < c.inputs; k++)
        if (ae_examples_read(ctx, m, count ? operand[k] : "-", o, clean_item,
                             &c, &e) < 0) {
            cmd_error(NULL, &e);
            status = CMD_FAILED;
        }
    if (!status && ae_selection_end(o->selection, &e)) {
        cmd_error(NULL, &e);
        status = CMD_FAILED;
    }
    if (c.out)
        status = cmd_items_finish(c.out, status);
    ae_coder_free(c.coder);
    free(c.z);
    free(c.y);
    return status;
}

int cmd_clean(struct ae_ctx *ctx, const struct ae_model *m,
              const struct cmd_common *c, const struct ae_examples_options *o,
              const char *only, char *const *operand, int count, int *status)
{
    struct ae_item_type *items;
    struct ae_err e = {0};

    if (ae_item_type_new(m, &items, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    const enum ae_item_kind kind = ae_item_type_kind(items);
    ae_item_type_free(items);
    if (kind == AE_ITEM_TEXT)
        cmd_die(CMD_USAGE, "the model is one of text: its items are counts of "
                           "hashed words, from which no text can be made");
    if (kind == AE_ITEM_IMAGE)
        return 0;
    if (only)
        cmd_usage("option '--%s' is for images, the model isn't one of them",
                  only);
    if (kind == AE_ITEM_TABLE && (count > 1 || c->folder || c->recursive))
        cmd_usage("a model of tables takes one table at a time, to stdout or "
                  "-o FILE");
    if (kind == AE_ITEM_TABLE && c->to && strcmp(c->to, "csv") != 0)
        cmd_usage("option '--to': a model of tables writes csv, not '%s'",
                  c->to);
    *status = kind == AE_ITEM_TABLE
                  ? clean_table(ctx, m, c, o, count ? operand[0] : "-")
                  : clean_arrays(ctx, m, c, o, operand, count);
    return 1;
}
