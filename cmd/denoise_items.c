/* denoise_items.c - tables and arrays through a model, for ae-denoise: npy in
 * gives npy out, csv gives csv. */
#include <string.h>

#include "cmd.h"

static int denoise_table(struct ae_ctx *ctx, const struct ae_model *m,
                         const struct cmd_common *c,
                         const struct ae_examples_options *o, const char *input)
{
    const char *where = c->output ? c->output : "stdout";
    struct ae_err e = {0};
    struct ae_io *out = cmd_create_output(c);
    uint64_t left_out;

    if (ae_denoise_table(ctx, m, input, o, out, &left_out, &e)) {
        cmd_name_output(out, &e);
        cmd_drop(out);
        cmd_error(NULL, &e);
        return CMD_FAILED;
    }
    if (cmd_commit(out, &e)) {
        cmd_error(where, &e);
        return CMD_FAILED;
    }
    return left_out ? CMD_FAILED : CMD_OK;
}

/* ----------------------------------------------------------------- arrays */

struct arrays {
    struct ae_ctx *ctx;
    const struct ae_model *m;
    const struct cmd_common *common;
    int inputs;
    /* opened with the first item: an array on a pipe begins with the count */
    struct cmd_item_writer *out;
};

static int write_item(void *arg, const struct ae_encoded *x, struct ae_err *e)
{
    struct arrays *a = arg;
    const struct ae_example *item = x->item;
    const struct cmd_items items = {.h = item->h,
                                    .w = item->w,
                                    .c = item->c,
                                    .count = a->inputs == 1 ? item->items : 0};

    cmd_item_log_put(x->fault);
    if (x->fault) {
        *e = *x->fault;
        return e->code;
    }
    if (!a->out)
        a->out = cmd_item_writer_open(a->ctx, a->m, a->common, &items);
    return cmd_item_writer_put(a->out, item->name, x->y, item->more, e);
}

static int denoise_arrays(struct ae_ctx *ctx, const struct ae_model *m,
                          const struct cmd_common *common,
                          const struct ae_examples_options *o,
                          struct cmd_inputs *in)
{
    struct arrays a = {
        .ctx = ctx, .m = m, .common = common, .inputs = in->count};
    const struct ae_encode_options how = {.reconstruct = 1};
    struct ae_encoder *coder;
    struct ae_err e = {0};
    int status = CMD_OK;

    cmd_inputs_list(in);
    if (ae_encoder_new(ctx, m, &how, &coder, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    for (int k = 0; k < in->count; k++) {
        if (cmd_inputs_begin(in, k) &&
            ae_encoder_read(coder, cmd_input(in->name[k]), o, write_item, &a,
                            &e) < 0) {
            cmd_error(NULL, &e);
            status = CMD_FAILED;
        }
        cmd_item_log_flush();
    }
    if (!status && ae_selection_end(o->selection, &e)) {
        cmd_error(NULL, &e);
        status = CMD_FAILED;
    }
    if (a.out)
        status = cmd_item_writer_finish(a.out, status);
    ae_encoder_free(coder);
    return status;
}

/* What the model's items are; ends with status 2 where those are text. */
static enum ae_item_kind kind_of(const struct ae_model *m)
{
    struct ae_item_type *type;
    struct ae_err e = {0};

    cmd_refuse_text(m);
    if (ae_item_type_new(m, &type, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    const enum ae_item_kind kind = ae_item_type_kind(type);
    ae_item_type_free(type);
    return kind;
}

int cmd_denoise_items(struct ae_ctx *ctx, const struct ae_model *m,
                      const struct cmd_common *c,
                      const struct ae_examples_options *o, const char *only,
                      char *const *operand, int count, int *status)
{
    const enum ae_item_kind kind = kind_of(m);
    struct ae_examples_options own = *o;
    struct cmd_inputs in;

    if (kind == AE_ITEM_IMAGE)
        return 0;
    cmd_inputs_find(&in, c, o->selection, operand, count);
    if (only)
        cmd_usage("option '--%s' is for images, the model isn't one of them",
                  only);
    if (kind == AE_ITEM_TABLE && (in.count != 1 || c->folder || c->recursive))
        cmd_usage("a model of tables takes one table at a time, to stdout or "
                  "-o FILE");
    if (kind == AE_ITEM_TABLE && c->to && strcmp(c->to, "csv") != 0)
        cmd_usage("option '--to': a model of tables writes csv, not '%s'",
                  c->to);
    if (kind == AE_ITEM_TABLE)
        cmd_check_table_name(c, 0);
    own.filter = &in.filter;
    cmd_log_check(c, 0);
    cmd_files(m, &in.filter, in.name, in.count);
    cmd_item_log_open(c, &own);
    *status = kind == AE_ITEM_TABLE
                  ? denoise_table(ctx, m, c, &own, cmd_input(in.name[0]))
                  : denoise_arrays(ctx, m, c, &own, &in);
    cmd_item_log_flush();
    if (cmd_log_close())
        *status = CMD_FAILED;
    cmd_inputs_release(&in);
    return 1;
}
