/* newmodel.c - a model that nobody trained: `newmodel SPEC OUTPUT [SEED
 * [optional]]`, optional: that needn't be told the level of noise.
 *
 * SPEC is a preset ("unet:c=8") or a file.  All weights are random, those
 * that a fresh net has at zero too, so that every layer shows in a result. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/level.h"
#include "model/spec.h"

static void fill(const struct ae_graph *g, float *weights, uint64_t seed)
{
    for (int i = 0; i < g->count; i++) {
        for (int p = 0; p < g->node[i].nparam; p++) {
            const struct ae_param *w = &g->node[i].param[p];
            const double scale = w->fan_in ? 0.8 / sqrt(w->fan_in) : 0.02;
            struct ae_rng rng;
            ae_rng_init(&rng, seed, (uint64_t)(AE_MAX_PARAMS * i + p));
            for (size_t k = 0; k < w->count; k++) {
                const double v = scale * ae_rng_normal(&rng);
                const int var = strcmp(w->suffix, "var") == 0;
                weights[w->offset + k] = (float)(var ? 1 + fabs(v) : v);
            }
        }
    }
}

static int make(struct ae_ctx *ctx, const char *arg, const char *path,
                uint64_t seed, int optional, struct ae_err *e)
{
    char *text = NULL, *vars = NULL;
    struct ae_graph *g = NULL;
    struct ae_model *m = NULL;
    struct ae_io *io = NULL;
    int rc = ae_spec_find(arg, &text, &vars, e);

    if (!rc)
        rc = ae_spec_parse(text, strlen(text), vars, NULL, &g, e);
    if (!rc)
        rc = ae_model_new(ctx, g, &m, e);
    if (!rc && optional)
        rc = ae_level_set_optional(m->meta, e);
    if (!rc)
        rc = ae_io_create(path, &io, e);
    if (!rc) {
        fill(m->graph, m->weights, seed);
        rc = ae_model_write(ctx, m, 32, NULL, 0, io, e);
    }
    if (!rc)
        rc = ae_io_commit(io, e);
    ae_io_close(io);
    ae_model_free(m);
    free(text);
    free(vars);
    return rc;
}

int main(int argc, char **argv)
{
    struct ae_ctx *ctx = NULL;
    struct ae_err e = {0};

    if (argc < 3)
        return 2;
    int rc = ae_ctx_new(NULL, &ctx, &e);
    if (!rc)
        rc = make(ctx, argv[1], argv[2],
                  argc > 3 ? strtoull(argv[3], NULL, 10) : 1, argc > 4, &e);
    ae_ctx_free(ctx);
    if (rc)
        fprintf(stderr, "newmodel: %s\n", e.msg);
    return rc != 0;
}
