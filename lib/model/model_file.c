/* model_file.c - writes a graph, its weights and its metadata as one file, and
 * reads them.
 *
 * A load goes through the header, the spec, a check of every tensor against
 * the spec, then memory, then data; so a file can't ask for more memory than
 * it fills.  model_load.c finds files by name. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "model/level.h"
#include "model/spec.h"
#include "model/weights.h"

/* Versions: of the file's format; of the metadata of a new model, and the
 * newest one that is known (see level.h). */
enum { FORMAT = 1, META = 1, LAST_META = 2 };
static const char format[] = "ae 1";

/* Keys of the metadata that this version writes or reads. */
static const char *const known_keys[] = {
    "version", "train", "checkpoint", "input", "scores", "level", "removed"};

void ae_model_free(struct ae_model *m)
{
    if (!m)
        return;
    ae_graph_free(m->graph);
    ae_free_aligned(m->weights);
    json_decref(m->meta);
    ae_fits_release(&m->fits);
    free(m);
}

int ae_model_new(const struct ae_ctx *ctx, struct ae_graph *graph,
                 struct ae_model **out, struct ae_err *e)
{
    struct ae_model *m = ae_alloc(1, sizeof(*m), e);

    (void)ctx;
    *out = m;
    if (!m) {
        ae_graph_free(graph);
        return AE_EMEM;
    }
    m->graph = graph;
    m->weights = ae_alloc_aligned(graph->weights, sizeof(float), e);
    m->meta = json_pack("{s:i}", "version", META);
    if (m->weights && m->meta)
        return 0;
    if (m->weights)
        ae_fail(e, AE_EMEM, "out of memory (metadata)");
    ae_model_free(m);
    *out = NULL;
    return AE_EMEM;
}

/* ----------------------------------------------------------------- write */

struct tensors {
    struct ae_slot *slot;
    int slots; /* tensors of weights before those of fits */
    const struct ae_fits *fits;
};

static void get_tensor(void *arg, int tensor, size_t first, size_t n, float *v)
{
    const struct tensors *t = arg;

    if (tensor < t->slots)
        ae_weights_get(t->slot, tensor, first, n, v);
    else
        ae_fits_get(t->fits, tensor - t->slots, first, n, v);
}

/* Writes a model whose metadata are printed already; the tables of tensors go
 * into the arena. */
static int write_model(const struct ae_model *m, int precision,
                       const struct ae_block *blocks, int nblocks,
                       const char *meta, struct ae_arena *arena,
                       struct ae_io *io, struct ae_err *e)
{
    const enum ae_st_type type = precision == 16 ? AE_ST_F16 : AE_ST_F32;
    const size_t each = ae_weights_count(m->graph, 0);
    const size_t n = ae_weights_count(m->graph, nblocks);
    const char *const pairs[] = {"format", format,         "meta", meta,
                                 "spec",   m->graph->text, NULL};
    struct ae_st_tensor *tensor = ae_arena_alloc(
        arena, n + AE_FITS * AE_FIT_TENSORS, sizeof(*tensor), e);
    struct ae_slot *slot = ae_arena_alloc(arena, n, sizeof(*slot), e);
    struct tensors all = {slot, (int)n, &m->fits};

    if (!tensor || !slot)
        return AE_EMEM;
    AE_TRY(ae_weights_list(m->graph, NULL, m->weights, type, arena, tensor,
                           slot, e));
    for (int b = 0; b < nblocks; b++) {
        const size_t at = (size_t)(b + 1) * each;
        AE_TRY(ae_weights_list(m->graph, blocks[b].prefix, blocks[b].data,
                               AE_ST_F32, arena, tensor + at, slot + at, e));
    }
    return ae_st_write(io, pairs, tensor,
                       all.slots + ae_fits_list(&m->fits, tensor + n),
                       get_tensor, &all, e);
}

int ae_model_write(const struct ae_ctx *ctx, const struct ae_model *m,
                   int precision, const struct ae_block *blocks, int nblocks,
                   struct ae_io *io, struct ae_err *e)
{
    struct ae_arena arena = {NULL};
    char *meta;

    (void)ctx;
    AE_TRY(ae_json_print(m->meta, 0, &meta, e));
    const int rc = write_model(m, precision, blocks, nblocks, meta, &arena, io,
                               e);
    free(meta);
    ae_arena_release(&arena);
    return rc;
}

/* ------------------------------------------------------------------ read */

static const char *text_of(const struct ae_st *st, const char *key)
{
    return st->meta ? json_string_value(json_object_get(st->meta, key)) : NULL;
}

/* Refuses a newer version of "ae N"; other programs' formats are accepted. */
static int check_format(const struct ae_st *st, struct ae_err *e)
{
    const char *text = text_of(st, "format");
    int64_t version;

    if (!text || strncmp(text, "ae ", 3) != 0)
        return 0;
    if (ae_parse_int(text + 3, 1, INT32_MAX, &version, NULL))
        return ae_fail(e, AE_EFORMAT,
                       "__metadata__: format '%.40s' has no version", text);
    if (version > FORMAT)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "a model of format %.20s; this program reads up to %s: "
                       "it is too old",
                       text, format);
    return 0;
}

static int known(const char *key)
{
    for (size_t i = 0; i < AE_LEN(known_keys); i++)
        if (strcmp(known_keys[i], key) == 0)
            return 1;
    return 0;
}

static int parse_meta(const struct ae_ctx *ctx, const struct ae_st *st,
                      const char *name, json_t **out, struct ae_err *e)
{
    const char *text = text_of(st, "meta"), *key;
    const json_t *version;
    json_t *item;
    int rc;

    if (!text)
        return 0; /* as ae_model_new() made it */
    json_decref(*out);
    rc = ae_json_parse(text, strlen(text), out, e);
    if (rc)
        return ae_err_at(e, rc, "__metadata__: meta");
    version = json_object_get(*out, "version");
    if (!json_is_integer(version))
        return ae_fail(e, AE_EFORMAT,
                       "__metadata__: meta: no object with a version");
    if (json_integer_value(version) < META ||
        json_integer_value(version) > LAST_META)
        return ae_fail(
            e, AE_EUNSUPPORTED,
            "__metadata__: meta: version %lld is not one of %d to %d, those "
            "known",
            (long long)json_integer_value(version), META, LAST_META);
    AE_TRY(ae_level_check(*out, e));
    json_object_foreach(*out, key, item) if (!known(key)) ae_log(
        ctx, AE_LOG_NOTE, "%s: metadata: unknown key '%s' is kept", name, key);
    return 0;
}

static int parse_spec(const struct ae_st *st, struct ae_graph **out,
                      struct ae_err *e)
{
    const char *text = text_of(st, "spec");
    int rc;

    if (!text)
        return ae_fail(e, AE_EFORMAT,
                       "safetensors, but no model of this program: "
                       "__metadata__ has no 'spec'");
    rc = ae_spec_parse(text, strlen(text), NULL, NULL, out, e);
    return rc ? ae_err_at(e, rc, "spec") : 0;
}

struct fit_tensor {
    struct ae_fits *fits;
    int number;
};

static void put_fit(void *arg, size_t first, size_t n, const float *v)
{
    const struct fit_tensor *t = arg;

    ae_fits_put(t->fits, t->number, first, n, v);
}

static int read_data(struct ae_st *st, struct ae_io *io, struct ae_slot *slot,
                     struct ae_fits *fits, struct ae_err *e)
{
    AE_TRY(ae_fits_new(fits, st, e));
    for (int i = 0; i < st->count; i++) {
        struct fit_tensor fit = {fits, ae_fits_number(st->tensor[i].name)};
        ae_st_put *put = slot[i].block ? ae_weights_put : NULL;
        if (fit.number >= 0)
            AE_TRY(ae_st_read(st, io, i, put_fit, &fit, e));
        else
            AE_TRY(ae_st_read(st, io, i, put, &slot[i], e));
    }
    AE_TRY(ae_st_finish(st, io, e));
    return ae_fits_check(fits, e);
}

/* Matches tensors with the graph, then allocates the model, which takes the
 * graph, and gives each slot its block. */
static int match_tensors(const struct ae_st *st,
                         const struct ae_blocks_want *want,
                         struct ae_graph **graph, const struct ae_ctx *ctx,
                         struct ae_slot *slot, int *which,
                         struct ae_model **out, struct ae_err *e)
{
    struct ae_graph *g = *graph;
    struct ae_block *blocks = NULL;
    int nblocks = 0;

    AE_TRY(ae_weights_match(g, st, NULL, 0, slot, which, e));
    if (want) {
        AE_TRY(want->fn(want->arg, g, &blocks, &nblocks, e));
        AE_TRY(ae_weights_match(g, st, blocks, nblocks, slot, which, e));
    }
    *graph = NULL;
    AE_TRY(ae_model_new(ctx, g, out, e));
    for (int i = 0; i < st->count; i++) {
        assert(which[i] <= nblocks);
        slot[i].block = which[i] < 0 ? NULL
                        : which[i]   ? blocks[which[i] - 1].data
                                     : (*out)->weights;
    }
    return 0;
}

/* Reads the tensors of an open file into a model with its graph. */
static int read_tensors(struct ae_st *st, struct ae_io *io,
                        const struct ae_blocks_want *want,
                        struct ae_graph **graph, const struct ae_ctx *ctx,
                        struct ae_model **out, struct ae_err *e)
{
    size_t n = (size_t)st->count;
    struct ae_slot *slot = ae_alloc(n, sizeof(*slot), e);
    int *which = ae_alloc(n, sizeof(*which), e);
    int rc = slot && which ? 0 : AE_EMEM;

    if (rc || (rc = match_tensors(st, want, graph, ctx, slot, which, out, e)) ||
        (rc = parse_meta(ctx, st, ae_io_name(io), &(*out)->meta, e)))
        goto out;
    rc = read_data(st, io, slot, &(*out)->fits, e);
out:
    free(slot);
    free(which);
    return rc;
}

int ae_model_read_blocks(struct ae_ctx *ctx, struct ae_io *io,
                         const struct ae_blocks_want *want,
                         struct ae_model **out, struct ae_err *e)
{
    struct ae_graph *graph = NULL;
    struct ae_st *st;

    *out = NULL;
    AE_TRY(ae_st_open(io, &st, e));
    int rc = check_format(st, e);
    if (rc < 0 || (rc = parse_spec(st, &graph, e)) < 0 ||
        (rc = read_tensors(st, io, want, &graph, ctx, out, e)) < 0)
        goto out;
    if (!st->checked)
        ae_log(ctx, AE_LOG_NOTE,
               "%s: has no checksum, so another program wrote it: damage can't "
               "be noticed",
               ae_io_name(io));
out:
    if (rc < 0) {
        ae_model_free(*out);
        *out = NULL;
    }
    ae_graph_free(graph);
    ae_st_free(st);
    return rc;
}

int ae_model_read(struct ae_ctx *ctx, struct ae_io *io, struct ae_model **out,
                  struct ae_err *e)
{
    return ae_model_read_blocks(ctx, io, NULL, out, e);
}
