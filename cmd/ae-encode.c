/* ae-encode - items to latents: the codes that a model gives them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *format, *names, *label;
    int stats, draw;
    uint64_t seed;
    struct ae_examples_options examples;
};

#define AT(m) offsetof(struct args, m)
static const struct ae_field own[] = {
    {"model", AE_F_STR, AT(model), NULL, 0, 0,
     "model file, or a name to look up", NULL, "MODEL", 'm'},
    {"format", AE_F_STR, AT(format), NULL, 0, 0,
     "one of %s; else by the ending of -o, else jsonl", NULL, "FORMAT", 0},
    {"stats", AE_F_BOOL, AT(stats), NULL, 0, 0,
     "write the log-variance of each number, too (jsonl, tsv, csv)", NULL, NULL,
     0},
    {"draw", AE_F_BOOL, AT(draw), NULL, 0, 0,
     "write a draw from each code's normal distribution, not its mean", NULL,
     NULL, 0},
    {"seed", AE_F_COUNT, AT(seed), "0", 0, 1e15,
     "of --draw, which depends on it and the item's number alone", NULL, "N",
     0},
    {"names", AE_F_STR, AT(names), NULL, 0, 0,
     "write the items' names to FILE, one a line", NULL, "FILE", 0},
    {"label", AE_F_STR, AT(label), NULL, 0, 0,
     "class of the items, for a model that asks for one; else that of --labels "
     "or --label-column",
     NULL, "CLASS", 0},
    {0}};
#undef AT

struct run {
    const struct args *a;
    struct ae_ctx *ctx;
    struct ae_model *model;
    const struct ae_latent_format *format;
    struct ae_coder *coder; /* of items of h x w */
    int h, w, batch, n;     /* n wait for company */
    size_t item, code;      /* floats */
    float *x, *z, *logvar;
    char **name; /* of those that wait */
    int *label;
    struct ae_item_type *classes; /* knows their names; NULL: not needed */
    int class;                    /* of --label, -1: each item's own */
    uint64_t count;               /* written or refused */
    uint64_t written;
    int bad;
    struct ae_io *out;
    struct ae_latent_writer *writer;
    FILE *names;
    int broken; /* the output, so that no input is to blame */
};

/* --------------------------------------------------------------- output */

/* A name on a line of its own, escaped as in tsv. */
static int put_name(FILE *f, const char *name)
{
    static const char from[] = "\t\n\r\\", to[] = "tnr\\";

    for (const char *p = name; *p; p++) {
        const char *c = strchr(from, *p);
        if (c)
            fprintf(f, "\\%c", to[c - from]);
        else
            putc(*p, f);
    }
    return putc('\n', f) == EOF;
}

/* Item i of those that waited.  A code that is no number is left out. */
static int put_one(struct run *r, int i, struct ae_err *e)
{
    const size_t at = (size_t)i * r->code;
    float *z = r->z + at, *v = r->logvar ? r->logvar + at : NULL;
    const struct ae_latent one = {r->name[i], z, r->a->stats ? v : NULL,
                                  (int)r->code};

    if (r->a->draw)
        ae_latent_draw(z, v, (int)r->code, r->a->seed, r->count);
    r->count++;
    int err = ae_latent_writer_put(r->writer, &one, e);
    if (err == AE_ENUMERIC || err == AE_EARG) {
        cmd_error(r->name[i], e);
        r->bad++;
        return 0;
    }
    r->written += !err;
    if (!err && r->names)
        put_name(r->names, r->name[i]);
    return err;
}

static int write_out(struct run *r, int more, struct ae_err *e)
{
    int err = 0;

    if (!r->writer && !err)
        err = ae_latent_writer_open(r->out, r->format, (int)r->code,
                                    r->a->stats, &r->writer, e);
    for (int i = 0; !err && i < r->n; i++)
        err = put_one(r, i, e);
    if (!err && !more)
        err = ae_io_flush(r->out, e);
    return err;
}

/* What waits is encoded and written. */
static int work(struct run *r, int more, struct ae_err *e)
{
    int err = 0;

    if (r->n)
        err = ae_coder_encode(r->coder, r->x, r->label, r->n, r->z, r->logvar,
                              e);
    if (!err && r->n)
        err = write_out(r, more, e);
    for (int i = 0; i < r->n; i++)
        free(r->name[i]);
    r->n = 0;
    r->broken |= err != 0;
    cmd_progress(0, "%llu items", (unsigned long long)r->count);
    return err;
}

/* ---------------------------------------------------------------- input */

static void release_batch(struct run *r)
{
    ae_coder_free(r->coder);
    free(r->x);
    free(r->z);
    free(r->logvar);
    free(r->name);
    free(r->label);
    r->coder = NULL;
    r->x = r->z = r->logvar = NULL;
    r->name = NULL;
    r->label = NULL;
}

/* One class for all, or the one that a table's column says. */
static void prepare_classes(struct run *r, int classes)
{
    struct ae_err e = {0};

    if (!classes || (!r->a->label && r->classes))
        return;
    r->class = -1;
    if (r->a->label ||
        (!r->a->examples.select.label_column && !r->a->examples.select.labels))
        r->class = cmd_label(r->model, r->a->label, classes);
    else if (ae_item_type_new(r->model, &r->classes, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
}

/* Makes ready for items of h x w, 0: the model's size. */
static int prepare(struct run *r, int h, int w, struct ae_err *e)
{
    release_batch(r);
    int err = ae_coder_new(r->ctx, r->model, h, w, 1, &r->coder, e);
    if (err)
        return err;
    const struct ae_coder_info *i = ae_coder_info(r->coder);
    const int variances = r->a->stats || r->a->draw;
    r->h = i->h;
    r->w = i->w;
    r->item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
    r->code = (size_t)i->code;
    r->batch = cmd_batch_size(r->item);
    if (variances && !i->gaussian)
        cmd_die(CMD_USAGE, "--stats and --draw need a model whose code is "
                           "normal (a latent); this one's has no variance");
    prepare_classes(r, i->labels);
    ae_coder_free(r->coder);
    err = ae_coder_new(r->ctx, r->model, h, w, r->batch, &r->coder, e);
    const size_t n = (size_t)r->batch;
    r->x = cmd_need(calloc(n * r->item, sizeof(*r->x)));
    r->z = cmd_need(calloc(n * r->code, sizeof(*r->z)));
    r->logvar = variances ? cmd_need(calloc(n * r->code, sizeof(*r->z))) : NULL;
    r->name = cmd_need(calloc(n, sizeof(*r->name)));
    r->label = cmd_need(calloc(n, sizeof(*r->label)));
    return err;
}

static int find_class(const struct run *r, const struct ae_example *x,
                      int *class, struct ae_err *e)
{
    *class = r->class;
    if (r->class >= 0)
        return 0;
    return ae_item_type_label(r->classes, x->label ? x->label : "",
                              ae_coder_info(r->coder)->labels, class, e);
}

static int take(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct run *r = arg;
    int err = 0;

    if (!r->coder || x->h != r->h || x->w != r->w) {
        err = work(r, 1, e);
        if (!err)
            err = prepare(r, x->h, x->w, e);
        if (err)
            return err;
    }
    if (find_class(r, x, &r->label[r->n], e)) {
        cmd_error(x->name, e);
        r->bad++;
        err = work(r, x->more, e);
        r->count++;
        return err;
    }
    memcpy(r->x + (size_t)r->n * r->item, x->x, r->item * sizeof(*r->x));
    r->name[r->n] = cmd_need(malloc(strlen(x->name) + 1));
    strcpy(r->name[r->n++], x->name);
    return r->n == r->batch || !x->more ? work(r, x->more, e) : 0;
}

static void read_inputs(struct run *r, char *const *operand, int count)
{
    for (int i = 0; i < (count ? count : 1) && !r->broken; i++) {
        const char *name = count ? operand[i] : "-";
        struct ae_err e = {0};
        int err = ae_examples_read(r->ctx, r->model, name, &r->a->examples,
                                   take, r, &e);
        if (err < 0) {
            cmd_error(NULL, &e);
            r->bad++;
        }
        if (!r->broken && work(r, 1, &e)) {
            cmd_error(NULL, &e);
            r->bad++;
        }
    }
}

static int finish(struct run *r)
{
    struct ae_err e = {0};
    int err = 0;

    if (ae_selection_end(r->a->examples.selection, &e)) {
        cmd_error(NULL, &e);
        r->bad++;
    }
    cmd_progress(1, "%llu items", (unsigned long long)r->count);
    if (r->names && (fflush(r->names) || ferror(r->names))) {
        cmd_warn("%s: can't be written", r->a->names);
        r->bad++;
    }
    if (r->writer && !r->broken)
        err = ae_latent_writer_finish(r->writer, &e);
    ae_latent_writer_free(r->writer);
    if (r->broken || err || r->written == 0) {
        if (err)
            cmd_error(r->a->common.output, &e);
        cmd_drop(r->out);
    } else if ((err = cmd_commit(r->out, &e)) != 0) {
        cmd_error(r->a->common.output ? r->a->common.output : "stdout", &e);
    }
    return err || r->bad ? CMD_FAILED : CMD_OK;
}

static const struct cmd_table tables[] = {
    {own, 0},
    {ae_examples_fields, offsetof(struct args, examples)},
    {ae_select_fields, offsetof(struct args, examples.select)},
    {cmd_file_fields, 0},
    {cmd_machine_fields, 0},
    {cmd_talk_fields, 0},
    {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-encode", "-m MODEL [OPTION...] [INPUT...]",
    "Turns items into latents; stdin to stdout with no INPUT", tables, NULL};

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(&spec, &a, argc, argv);
    struct run r = {.a = &a};
    struct ae_err e = {0};

    if (!a.model)
        cmd_usage("-m MODEL is needed");
    r.format = cmd_latent_format(&a.common, a.format);
    r.ctx = cmd_context(&a.common);
    if (ae_selection_new(r.ctx, &a.examples.select, &a.examples.selection, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (ae_model_load(r.ctx, a.model, &r.model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    /* a model of any size is made ready when the first item's is known */
    const int err = prepare(&r, 0, 0, &e);
    if (err && err != AE_EARG)
        cmd_die(CMD_USAGE, "%s: %s", a.model, e.msg);
    if (a.names && !(r.names = fopen(a.names, "wb")))
        cmd_die(CMD_USAGE, "%s: can't be written", a.names);
    if (cmd_create(a.common.output, &r.out, &e))
        cmd_die(CMD_FAILED, "%s: %s", a.common.output, e.msg);
    if (r.coder && ae_latent_writer_open(r.out, r.format, (int)r.code, a.stats,
                                         &r.writer, &e)) {
        cmd_drop(r.out);
        cmd_die(CMD_USAGE, "%s", e.msg);
    }
    read_inputs(&r, argv + first, argc - first);
    const int status = finish(&r);
    release_batch(&r);
    ae_item_type_free(r.classes);
    if (r.names)
        fclose(r.names);
    ae_selection_free(a.examples.selection);
    ae_model_free(r.model);
    ae_ctx_free(r.ctx);
    return cmd_close(status);
}
