/* ae-sample - new items: what a model makes of codes drawn from
 * where those of its training data lie. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    const char *model, *label, *around, *format;
    int latents, grid[2], size[2]; /* as typed: columns, rows; width... */
    uint64_t n, skip;
    int fit; /* enum ae_fit */
    struct ae_sample_options sample;
};

static const char *const fit_names[] = {"refuse", "crop", "pad", "resize",
                                        NULL};

static const struct ae_field own[] = {
    AE_FIELD("model", STR, args, model, .file = AE_FILE_MODEL,
             .help = "model file, or a name to look up", .arg = "MODEL",
             .letter = 'm'),
    AE_FIELD("number", COUNT, args, n, .min = 1, .max = 1e15,
             .help = "make so many; else as many as --grid has room for, else "
                     "1",
             .arg = "N", .letter = 'n'),
    AE_FIELD("skip", COUNT, args, skip, .def = "0", .max = 1e15,
             .help = "leave out the first K", .arg = "K"),
    AE_FIELD("shard", STR, args, common.shard,
             .help = "make part I, from 1, of N that together make the whole, "
                     "in order; auto: that of this task of a job",
             .arg = "I/N|auto"),
    AE_FIELD("around", STR, args, around, .file = AE_FILE_ITEMS,
             .help = "make items like the first one of FILE, whose code takes "
                     "the mean's place",
             .arg = "FILE"),
    AE_FIELD("fit", ENUM, args, fit, .def = "refuse", .names = fit_names,
             .arg = "refuse|crop|pad|resize",
             .help = "that picture, where it has another size than the "
                     "model's; else as in training"),
    AE_FIELD("label", STR, args, label,
             .help = "class of the items, for a model that asks for one; else "
                     "each in turn",
             .arg = "CLASS"),
    AE_FIELD("latents", BOOL, args, latents, .group = "Output",
             .help = "write the codes, not the items"),
    AE_FIELD("format", STR, args, format,
             .help = "of --latents: one of %s; else by the ending of -o, else "
                     "jsonl",
             .arg = "FORMAT"),
    AE_FIELD("grid", PAIR, args, grid, .min = 1, .max = 65536,
             .help = "one picture of that many columns and rows", .arg = "CxR"),
    AE_FIELD("size", PAIR, args, size, .group = "Options", .min = 1,
             .max = 65536,
             .help = "width and height of the items, for a model that takes "
                     "any",
             .arg = "WxH"),
    {0}};

struct run {
    const struct args *a;
    struct ae_ctx *ctx;
    struct ae_model *model;
    struct ae_coder *coder; /* of one item */
    struct ae_latent_sampler *sampler;
    uint64_t first, count; /* of the samples, after --skip, --shard */
    int size[2];
    int label; /* -1: each in turn */
    float *z, *centre;
};

/* ------------------------------------------------------------- which ones */

static void choose_samples(struct run *r)
{
    const struct args *a = r->a;
    const uint64_t cells = (uint64_t)a->grid[0] * (uint64_t)a->grid[1];

    cmd_shard(a->common.shard,
              a->n    ? a->n
              : cells ? cells
                      : 1,
              &r->first, &r->count);
    r->first += a->skip;
    if (a->latents && (cells || a->common.folder || a->common.to))
        cmd_usage("--latents goes with --format and -o, not with --grid, -d "
                  "and -T");
    if (a->format && !a->latents)
        cmd_usage("--format belongs to --latents; -T is the format of items");
}

/* ----------------------------------------------------------------- around */

struct example {
    struct run *r;
    float *x;
    int h, w, c;
};

/* Copies the first item; a second one ends the reading. */
static int take_first(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct example *t = arg;
    const size_t n = (size_t)x->h * (size_t)x->w * (size_t)x->c;

    (void)e;
    if (t->x)
        return AE_EINTR;
    t->x = cmd_need(malloc(n * sizeof(*t->x)));
    memcpy(t->x, x->x, n * sizeof(*t->x));
    t->h = x->h;
    t->w = x->w;
    t->c = x->c;
    return 0;
}

static void make_coder(struct run *r)
{
    struct ae_err e = {0};

    if (ae_coder_new(r->ctx, r->model, r->size[1], r->size[0], 1, &r->coder,
                     &e))
        cmd_die(CMD_USAGE, "%s: %s%s", r->a->model, e.msg,
                e.code == AE_EARG && !r->size[0] ? " (--size WxH)" : "");
    const struct ae_coder_info *i = ae_coder_info(r->coder);
    r->label = -1;
    if (r->a->label && ae_model_class(r->model, r->a->label, &r->label, &e))
        cmd_usage("%s", e.msg);
    if (!r->a->label && i->labels && r->a->around)
        cmd_usage("--around needs the item's class: --label CLASS");
}

static void find_centre(struct run *r)
{
    const struct ae_examples_options o = {.fit = r->a->fit};
    struct example x = {.r = r};
    struct ae_err e = {0};
    const int rc = ae_examples_read(r->ctx, r->model, r->a->around, &o,
                                    take_first, &x, &e);

    if (!x.x)
        cmd_die(CMD_USAGE, "--around: %s", rc ? e.msg : "no item there");
    r->size[0] = x.w;
    r->size[1] = x.h;
    make_coder(r);
    r->centre = cmd_need(
        calloc((size_t)ae_coder_info(r->coder)->code, sizeof(*r->centre)));
    if (ae_coder_encode(r->coder, x.x, &r->label, 1, r->centre, NULL, &e))
        cmd_die(CMD_USAGE, "%s: %s", r->a->model, e.msg);
    free(x.x);
}

/* ---------------------------------------------------------------- the work */

/* Opens the sampler and the decoder; ends with status 2 where that fails. */
static void open_sampler(struct run *r)
{
    struct ae_sample_options o = r->a->sample;
    struct ae_err e = {0};

    cmd_refuse_text(r->model);
    if (r->a->around)
        find_centre(r);
    else
        make_coder(r);
    o.centre = r->centre;
    const struct ae_coder_info *i = ae_coder_info(r->coder);
    if (ae_latent_sampler_new(r->model, &o, i->code, &r->sampler, &e))
        cmd_die(CMD_USAGE, "%s: %s", r->a->model, e.msg);
    const char *name = ae_latent_sampler_name(r->sampler);
    if (strcmp(name, "prior") == 0 && !i->gaussian && !r->centre)
        cmd_note("%s: its codes were not trained to be normal, and it keeps no "
                 "fit of them: samples may look like nothing",
                 r->a->model);
    cmd_detail("sampler %s", name);
    r->z = cmd_need(calloc((size_t)i->code, sizeof(*r->z)));
}

/* The name of sample i, which depends on i only. */
static const char *name_of(uint64_t i, char *buf, size_t size)
{
    snprintf(buf, size, "%06llu", (unsigned long long)i);
    return buf;
}

static void progress(const struct run *r, uint64_t done)
{
    cmd_progress(done == r->count, "%llu/%llu samples",
                 (unsigned long long)done, (unsigned long long)r->count);
}

static int write_items(struct run *r)
{
    const struct args *a = r->a;
    struct ae_err e = {0};
    char name[32];
    int rc = 0;

    const struct cmd_decoder_options o = {
        .model = a->model, .grid = a->grid, .size = r->size, .count = r->count};
    struct cmd_decoder *d = cmd_decoder_open(r->ctx, r->model, &a->common, &o);
    const uint64_t classes = (uint64_t)ae_coder_info(r->coder)->labels;
    for (uint64_t k = 0; !rc && k < r->count; k++) {
        const uint64_t i = r->first + k;
        const int class = classes && r->label < 0 ? (int)(i % classes)
                                                  : r->label;
        const struct ae_latent z = {.name = name_of(i, name, sizeof(name)),
                                    .z = r->z};
        ae_latent_sampler_draw(r->sampler, i, r->z);
        rc = cmd_decoder_put(d, &z, class, k + 1 < r->count, &e);
        progress(r, k + 1);
    }
    if (rc)
        cmd_error(NULL, &e);
    return cmd_decoder_finish(d, rc ? CMD_FAILED : CMD_OK);
}

static int put_codes(struct run *r, struct ae_io *out,
                     const struct ae_latent_format *f, struct ae_err *e)
{
    const int d = ae_coder_info(r->coder)->code;
    const int parts = cmd_is_first_shard(r->a->common.shard)
                          ? 0
                          : AE_LATENT_GOES_ON;
    struct ae_latent_writer *w = NULL;
    char name[32];
    int rc = ae_latent_writer_open(out, f, d, parts, &w, e);

    for (uint64_t k = 0; !rc && k < r->count; k++) {
        const struct ae_latent one = {name_of(r->first + k, name, sizeof(name)),
                                      r->z, NULL, d};
        ae_latent_sampler_draw(r->sampler, r->first + k, r->z);
        rc = ae_latent_writer_put(w, &one, e);
        progress(r, k + 1);
    }
    if (!rc)
        rc = ae_latent_writer_finish(w, e);
    ae_latent_writer_free(w);
    return rc;
}

static int write_codes(struct run *r)
{
    const char *output = r->a->common.output;
    const struct ae_latent_format *f = cmd_latent_format(&r->a->common,
                                                         r->a->format);
    struct ae_err e = {0};
    struct ae_io *out = cmd_create_output(&r->a->common);
    int rc = put_codes(r, out, f, &e);

    if (rc)
        cmd_drop(out);
    else
        rc = cmd_commit(out, &e);
    if (rc)
        cmd_error(output ? output : "stdout", &e);
    return rc ? CMD_FAILED : CMD_OK;
}

static const struct cmd_table tables[] = {
    {own, 0},
    {ae_sample_fields, offsetof(struct args, sample)},
    {cmd_made_fields, 0},
    {cmd_folder_fields, 0},
    {cmd_name_fields, 0},
    {cmd_null_fields, 0},
    {cmd_machine_fields, 0},
    {cmd_talk_fields, 0},
    {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-sample", "-m MODEL -n N [OPTION...]",
    "Makes new items like those that the model has learned", tables, NULL};

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(&spec, &a, argc, argv);
    struct run r = {.a = &a, .size = {a.size[0], a.size[1]}};
    struct ae_err e = {0};

    if (first < argc)
        cmd_usage("'%s': ae-sample takes no input (--around FILE does)",
                  argv[first]);
    if (!a.model)
        cmd_usage("-m MODEL is needed");
    choose_samples(&r);
    r.ctx = cmd_context(&a.common);
    if (ae_model_load(r.ctx, a.model, &r.model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    cmd_files(r.model, NULL, NULL, 0);
    open_sampler(&r);
    const int status = a.latents ? write_codes(&r) : write_items(&r);
    ae_latent_sampler_free(r.sampler);
    ae_coder_free(r.coder);
    free(r.z);
    free(r.centre);
    ae_model_free(r.model);
    ae_ctx_free(r.ctx);
    return cmd_close(status);
}
