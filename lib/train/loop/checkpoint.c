/* checkpoint.c - a model file whose weights are the last ones, with the
 * optimiser's blocks beside them and the state as metadata. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "kernel/kernel.h"
#include "model/level.h"
#include "train/loop/checkpoint.h"
#include "train/loop/settings.h"

static int list_blocks(const struct ae_checkpoint *c, struct ae_block *b)
{
    b[0] = (struct ae_block){"opt.m", c->m};
    b[1] = (struct ae_block){"opt.v", c->v};
    b[2] = (struct ae_block){"ema", c->mean};
    return c->mean ? 3 : 2;
}

static json_t *state_json(const struct ae_ctx *ctx,
                          const struct ae_checkpoint *c, struct ae_err *e)
{
    char digest[17];

    snprintf(digest, sizeof(digest), "%016" PRIx64, c->digest);
    json_t *meta = json_pack(
        "{s:i, s:{s:I, s:o, s:f, s:o, s:I, s:I, s:s, s:s, s:O}}", "version", 1,
        "checkpoint", "step", (json_int_t)c->step, "steps",
        ae_course_json(&c->course), "norm", c->norm, "best",
        isnan(c->best) ? json_null() : json_real(c->best), "best_step",
        (json_int_t)c->best_step, "stale", (json_int_t)c->stale, "data", digest,
        "kernels", ctx->k->name, "settings", c->settings);
    if (!meta)
        ae_fail(e, AE_EMEM, "out of memory");
    if (meta && c->optional && ae_level_set_optional(meta, e)) {
        json_decref(meta);
        meta = NULL;
    }
    return meta;
}

int ae_checkpoint_path(const char *output, char **path, struct ae_err *e)
{
    struct ae_str s = {0};
    const int rc = ae_str_printf(&s, e, "%s.ckpt", output);

    *path = s.p;
    return rc;
}

int ae_checkpoint_save(const struct ae_ctx *ctx, const char *path,
                       const struct ae_checkpoint *c, struct ae_err *e)
{
    struct ae_block blocks[3];
    const int n = list_blocks(c, blocks);
    /* the writer only reads what it is given */
    struct ae_model m = {.graph = (struct ae_graph *)c->graph,
                         .weights = c->weights,
                         .meta = state_json(ctx, c, e)};
    struct ae_io *io = NULL;

    if (!m.meta)
        return ae_err_at(e, AE_EMEM, "%s", path);
    int rc = ae_io_create(path, &io, e);
    if (rc < 0 || (rc = ae_model_write(ctx, &m, 32, blocks, n, io, e)) < 0)
        goto out;
    rc = ae_io_commit(io, e);
out:
    ae_io_close(io);
    json_decref(m.meta);
    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}

struct want {
    struct ae_checkpoint *c;
    struct ae_block block[3];
};

static int want_blocks(void *arg, const struct ae_graph *g,
                       struct ae_block **blocks, int *n, struct ae_err *e)
{
    struct want *w = arg;

    if (strcmp(g->text, w->c->graph->text) != 0 ||
        g->weights != w->c->graph->weights)
        return ae_fail(
            e, AE_EARG,
            "the checkpoint is of another network than `model` names");
    *n = list_blocks(w->c, w->block);
    *blocks = w->block;
    return 0;
}

static int check_digest(const struct ae_checkpoint *c, const char *data,
                        struct ae_err *e)
{
    char digest[17];

    snprintf(digest, sizeof(digest), "%016" PRIx64, c->digest);
    return strcmp(digest, data) == 0
               ? 0
               : ae_fail(e, AE_EARG,
                         "the data are not those that the run began with "
                         "(files added, removed, changed, or another `val`)");
}

static int read_state(struct ae_checkpoint *c, const json_t *meta,
                      struct ae_err *e)
{
    const json_t *s = json_object_get(meta, "checkpoint");
    const json_t *best = json_object_get(s, "best");
    const char *data = json_string_value(json_object_get(s, "data"));
    const json_int_t step = json_integer_value(json_object_get(s, "step"));

    if (!s || !data || step < 0)
        return ae_fail(e, AE_EFORMAT,
                       "a model, not a checkpoint: begin with `model` FILE "
                       "instead");
    AE_TRY(ae_settings_same(c->settings, json_object_get(s, "settings"), e));
    AE_TRY(check_digest(c, data, e));
    c->step = (uint64_t)step;
    AE_TRY(ae_course_read(json_object_get(s, "steps"), &c->course, e));
    c->steps = ae_course_at(&c->course, c->step);
    c->best_step = (uint64_t)json_integer_value(
        json_object_get(s, "best_step"));
    c->stale = (uint64_t)json_integer_value(json_object_get(s, "stale"));
    c->norm = json_number_value(json_object_get(s, "norm"));
    c->best = json_is_number(best) ? json_number_value(best) : NAN;
    return 0;
}

void ae_checkpoint_kernels(struct ae_ctx *ctx, const char *path, char *name,
                           size_t size)
{
    struct ae_model *m = NULL;
    struct ae_io *io = NULL;

    *name = '\0';
    if (ae_io_open_path(path, &io, NULL) == 0 &&
        ae_model_read(ctx, io, &m, NULL) == 0) {
        const json_t *s = json_object_get(m->meta, "checkpoint");
        const char *word = json_string_value(json_object_get(s, "kernels"));
        ae_format(name, size, "%s", word ? word : "");
    }
    ae_model_free(m);
    ae_io_close(io);
}

int ae_checkpoint_is_end(const struct ae_checkpoint *c, const json_t *meta,
                         uint64_t *steps, struct ae_err *e)
{
    const json_t *s = json_object_get(meta, "train");
    const json_t *d = json_object_get(s, "data");
    const char *data = json_string_value(json_object_get(d, "digest"));
    struct ae_course course;

    if (!s || !data)
        return 0;
    AE_TRY(ae_settings_same(c->settings, json_object_get(s, "settings"), e));
    AE_TRY(check_digest(c, data, e));
    AE_TRY(ae_course_read(json_object_get(s, "steps"), &course, e));
    *steps = ae_course_at(&course, UINT64_MAX);
    return 1;
}

int ae_checkpoint_load(struct ae_ctx *ctx, const char *path,
                       struct ae_checkpoint *c, struct ae_err *e)
{
    struct want w = {.c = c};
    const struct ae_blocks_want want = {want_blocks, &w};
    struct ae_model *m = NULL;
    struct ae_io *io = NULL;

    int rc = ae_io_open_path(path, &io, e);
    if (rc < 0 || (rc = ae_model_read_blocks(ctx, io, &want, &m, e)) < 0 ||
        (rc = read_state(c, m->meta, e)) < 0)
        goto out;
    memcpy(c->weights, m->weights, c->graph->weights * sizeof(float));
out:
    ae_model_free(m);
    ae_io_close(io);
    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}
