/* models.h - small models as bytes, for tests of reading and writing. */
#ifndef TESTS_UNIT_MODELS_H
#define TESTS_UNIT_MODELS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/ctx.h"
#include "model/model.h"
#include "model/spec.h"

#define SMALL_SPEC                                                             \
    "ae 1\nx input c=2\ne1 conv c=3 act=relu\n"                                \
    "y conv c=2 k=1\noutput y\n"

struct bytes {
    char *p;
    size_t n;
};

static inline struct ae_model *new_model(const char *spec)
{
    struct ae_graph *g;
    struct ae_model *m;
    struct ae_err e = {0};

    cr_assert_eq(ae_spec_parse(spec, strlen(spec), NULL, NULL, &g, &e), 0, "%s",
                 e.msg);
    cr_assert_eq(ae_model_new(NULL, g, &m, &e), 0, "%s", e.msg);
    ae_graph_init(g, m->weights, 1);
    return m;
}

static inline struct bytes write_blocks(const struct ae_model *m, int precision,
                                        const struct ae_block *blocks, int n)
{
    struct ae_io *io;
    struct ae_err e = {0};
    struct bytes b = {NULL, 0};

    ae_io_create_memory(&io, NULL);
    cr_assert_eq(ae_model_write(NULL, m, precision, blocks, n, io, &e), 0, "%s",
                 e.msg);
    const void *from = ae_io_memory(io, &b.n);
    b.p = malloc(b.n);
    cr_assert_not_null(b.p);
    memcpy(b.p, from, b.n);
    ae_io_close(io);
    return b;
}

static inline struct bytes write_model(const struct ae_model *m, int precision)
{
    return write_blocks(m, precision, NULL, 0);
}

/* A context without kernels and threads, only the log. */
static inline struct ae_ctx log_context(ae_log_fn *log, void *arg)
{
    struct ae_ctx ctx = {.log = log, .log_arg = arg};

    return ctx;
}

static inline int read_model(struct ae_ctx *ctx, const void *p, size_t n,
                             struct ae_model **m, struct ae_err *e)
{
    struct ae_io *io;

    ae_io_open_memory(p, n, "test", &io, NULL);
    memset(e, 0, sizeof(*e));
    int err = ae_model_read(ctx, io, m, e);
    ae_io_close(io);
    return err;
}

#endif
