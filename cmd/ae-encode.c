/* ae-encode - items to latents: the codes that a model gives them. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *format, *names;
    struct ae_encode_options encode;
    struct ae_examples_options examples;
};

static const struct ae_field own[] = {
    AE_FIELD("model", STR, args, model, .file = AE_FILE_MODEL,
             .help = "model file, or a name to look up", .arg = "MODEL",
             .letter = 'm'),
    AE_FIELD("format", STR, args, format, .group = "Output",
             .help = "one of %s; else by the ending of -o, else jsonl",
             .arg = "FORMAT"),
    AE_FIELD("stats", BOOL, args, encode.stats,
             .help = "write the log-variance of each number, too (jsonl, tsv, "
                     "csv)"),
    AE_FIELD("draw", BOOL, args, encode.draw, .group = "Options",
             .help = "write a draw from each code's normal distribution, not "
                     "its mean"),
    AE_FIELD("seed", COUNT, args, encode.seed, .def = "0", .max = 1e15,
             .help = "seed of --draw, which depends only on it and the item's "
                     "number",
             .arg = "N"),
    AE_FIELD(
        "names", STR, args, names, .group = "Output", .file = AE_FILE_WRITTEN,
        .help = "write the items' names to FILE, one a line", .arg = "FILE"),
    AE_FIELD("label", STR, args, encode.label, .group = "Options",
             .help = "class of the items, for a model that asks for one; else "
                     "that of --labels or --label-column",
             .arg = "CLASS"),
    {0}};

struct run {
    const struct args *a;
    struct ae_ctx *ctx;
    struct ae_encoder *encoder;
    const struct ae_latent_format *format;
    struct ae_latent_writer *writer; /* NULL before the first code */
    struct ae_io *out, *names;       /* names NULL: not asked for */
    uint64_t count, written;         /* items that came, codes that are out */
    int bad;                         /* items and inputs that failed */
    int broken; /* the output, so that no input is to blame */
};

/* Writes a name on a line of its own, escaped as in tsv. */
static int put_name(struct ae_io *io, const char *name, struct ae_err *e)
{
    static const char from[] = "\t\n\r\\", to[] = "tnr\\";

    for (const char *p = name; *p; p++) {
        const char *c = strchr(from, *p);
        const char escaped[] = {'\\', c ? to[c - from] : *p};
        CMD_TRY(ae_io_write(io, c ? escaped : p, c ? 2 : 1, e));
    }
    return ae_io_write(io, "\n", 1, e);
}

static int open_writer(struct run *r, int d, struct ae_err *e)
{
    const int parts = (r->a->encode.stats ? AE_LATENT_LOGVAR : 0) |
                      (cmd_is_first_shard(r->a->common.shard)
                           ? 0
                           : AE_LATENT_GOES_ON);

    return r->writer ? 0
                     : ae_latent_writer_open(r->out, r->format, d, parts,
                                             &r->writer, e);
}

static int leave_out(struct run *r, const struct ae_encoded *x,
                     const struct ae_err *why)
{
    cmd_error(x->item->name, why);
    r->bad++;
    return 0;
}

/* An item without a code, or whose code isn't finite, is left out, as *e
 * says. */
static int write_code(struct run *r, const struct ae_encoded *x,
                      struct ae_err *e)
{
    int rc = 0;

    if (x->fault) {
        *e = *x->fault;
        return leave_out(r, x, e);
    }
    rc = open_writer(r, x->code.d, e);
    if (!rc)
        rc = ae_latent_writer_put(r->writer, &x->code, e);
    if (rc == AE_ENUMERIC || rc == AE_EARG)
        return leave_out(r, x, e);
    r->written += !rc;
    if (!rc && r->names)
        rc = put_name(r->names, x->code.name, e);
    return rc;
}

static int take_code(void *arg, const struct ae_encoded *x, struct ae_err *e)
{
    struct run *r = arg;
    struct ae_err why = {0};
    int rc = write_code(r, x, &why);

    cmd_item_log_put(why.code ? &why : NULL);
    if (rc)
        *e = why;
    if (!rc && !x->item->more && r->writer)
        rc = ae_io_flush(r->out, e);
    if (!rc && !x->item->more && r->names)
        rc = ae_io_flush(r->names, e);
    cmd_name_output(r->out, e);
    cmd_name_output(r->names, e);
    r->broken |= rc != 0;
    cmd_progress(0, "%llu items", (unsigned long long)++r->count);
    return rc;
}

static int read_input(void *arg, const char *path, struct ae_err *e)
{
    struct run *r = arg;

    return ae_encoder_read(r->encoder, path, &r->a->examples, take_code, r, e);
}

/* *where names the file at fault. */
static int commit(const struct run *r, const char **where, struct ae_err *e)
{
    struct ae_io *const io[] = {r->out, r->names};
    struct ae_err each[2] = {{0}};

    cmd_commit_all(io, r->names ? 2 : 1, each);
    if (each[1].code)
        *where = r->a->names;
    *e = each[0].code ? each[0] : each[1];
    return e->code;
}

/* Commits the output and the names, or neither; returns the exit status.  No
 * codes are an output, too, where nothing failed, and a shard without any is a
 * part in any case: perhaps the header. */
static int finish(struct run *r)
{
    const char *where = r->a->common.output ? r->a->common.output : "stdout";
    struct ae_err e = {0};
    int rc = 0;

    if (ae_selection_end(r->a->examples.selection, &e)) {
        cmd_error(NULL, &e);
        r->bad++;
    }
    cmd_progress(1, "%llu items", (unsigned long long)r->count);
    if (r->writer && !r->broken)
        rc = ae_latent_writer_finish(r->writer, &e);
    const int is_part = r->writer && (r->a->common.shard || !r->bad);
    ae_latent_writer_free(r->writer);
    if (r->broken || rc || (!r->written && !is_part)) {
        cmd_drop(r->out);
        cmd_drop(r->names);
    } else {
        rc = commit(r, &where, &e);
    }
    if (rc)
        cmd_error(where, &e);
    return rc || r->bad ? CMD_FAILED : CMD_OK;
}

static const struct cmd_table tables[] = {
    {own, 0},
    {ae_examples_fields, offsetof(struct args, examples)},
    {cmd_list_fields, 0},
    {cmd_null_fields, 0},
    {cmd_choice_fields, 0},
    {cmd_shard_fields, 0},
    {cmd_watch_fields, 0},
    {ae_select_fields, offsetof(struct args, examples.select)},
    {cmd_file_fields, 0},
    {cmd_log_fields, 0},
    {cmd_machine_fields, 0},
    {cmd_talk_fields, 0},
    {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-encode", "-m MODEL [OPTION...] [INPUT...]",
    "Turns items into latents; stdin to stdout with no INPUT", tables, NULL};

/* Makes the encoder of the items; ends with status 2 where that fails. */
static void open_encoder(struct run *r, struct args *a,
                         const struct ae_model *model)
{
    const struct ae_select_options *o = &a->examples.select;
    struct ae_err e = {0};

    if (ae_encoder_new(r->ctx, model, &a->encode, &r->encoder, &e))
        cmd_die(CMD_USAGE, "%s: %s", a->model, e.msg);
    if (ae_encoder_classes(r->encoder) && !o->label_column && !o->labels)
        cmd_usage("the model asks for each item's class: --label, --labels or "
                  "--label-column");
}

static void open_outputs(struct run *r)
{
    const struct args *a = r->a;
    const struct ae_coder_info *i = ae_encoder_info(r->encoder);
    struct ae_err e = {0};

    r->out = cmd_create_output(&a->common);
    if (a->names && cmd_create(a->names, &r->names, &e)) {
        cmd_drop(r->out);
        cmd_die(CMD_USAGE, "%s: %s", a->names, e.msg);
    }
    if (i && open_writer(r, i->code, &e)) {
        cmd_drop(r->out);
        cmd_drop(r->names);
        cmd_die(CMD_USAGE, "%s", e.msg);
    }
}

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(&spec, &a, argc, argv);
    struct run r = {.a = &a};
    const struct cmd_item_source source = {read_input, &r, &r.broken,
                                           &a.examples};
    struct cmd_inputs in;
    struct ae_model *model;
    struct ae_err e = {0};

    if (!a.model)
        cmd_usage("-m MODEL is needed");
    if (a.encode.draw && a.common.shard)
        cmd_usage(
            "--shard and --draw exclude each other: a draw depends on the "
            "item's number among all");
    cmd_log_check(&a.common, 0);
    r.format = cmd_latent_format(&a.common, a.format);
    r.ctx = cmd_context(&a.common);
    if (ae_model_load(r.ctx, a.model, &model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (ae_selection_new(r.ctx, &a.examples.select, &a.examples.selection, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    cmd_inputs_find(&in, &a.common, a.examples.selection, argv + first,
                    argc - first);
    cmd_items_check_watch(&a.common, &in, a.examples.selection);
    cmd_files(model, &in.filter, in.name, in.count);
    open_encoder(&r, &a, model);
    open_outputs(&r);
    a.examples.several = in.count > 1;
    a.examples.filter = &in.filter;
    cmd_item_log_open(&a.common, &a.examples);
    r.bad += cmd_items_read(&in, &source) > 0;
    int status = finish(&r);
    if (cmd_log_close())
        status = CMD_FAILED;
    cmd_inputs_release(&in);
    ae_encoder_free(r.encoder);
    ae_selection_free(a.examples.selection);
    ae_model_free(model);
    ae_ctx_free(r.ctx);
    return cmd_close(status);
}
