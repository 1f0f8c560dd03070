/* train.c - a training on 2, 4 and 8 threads, for the thread sanitizer: the
 * same model comes out as on one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ae_tools.h"

enum { SIDE = 8, ITEMS = 24, MOST = 1 << 20 };

static int make_items(const char *path, struct ae_err *e)
{
    static const int shape[] = {SIDE, SIDE};
    float item[SIDE * SIDE];
    struct ae_io *io = NULL;
    struct ae_array *a = NULL;

    int rc = ae_io_create(path, &io, e);
    if (!rc)
        rc = ae_array_open(io, shape, 2, ITEMS, &a, e);
    for (int i = 0; !rc && i < ITEMS; i++) {
        for (int k = 0; k < SIDE * SIDE; k++)
            item[k] = (float)((i * 7 + k * 5) % 16) / 16.0f;
        rc = ae_array_put(a, item, e);
    }
    if (!rc)
        rc = ae_array_finish(a, e);
    if (!rc)
        rc = ae_io_commit(io, e);
    ae_array_free(a);
    ae_io_close(io);
    return rc;
}

/* The model's bytes, of which there are *size. */
static int train(int threads, char *bytes, size_t *size, struct ae_err *e)
{
    const struct ae_ctx_options c = {.threads = threads};
    const char *const data[] = {"items.npy", NULL};
    struct ae_train_options o = {0};
    struct ae_ctx *ctx = NULL;

    unlink("model");
    int rc = ae_ctx_new(&c, &ctx, e);
    if (!rc)
        rc = ae_fields_default(ae_train_fields, &o, e);
    o.model = "conv:h=8,z=4";
    o.data = data;
    o.output = "model";
    o.steps = 6;
    o.batch = 5;
    o.val = "0.3";
    o.mixture = 0;
    if (!rc)
        rc = ae_train(ctx, &o, e);
    ae_ctx_free(ctx);
    FILE *f = rc ? NULL : fopen("model", "rb");
    *size = f ? fread(bytes, 1, MOST, f) : 0;
    if (f)
        fclose(f);
    return rc;
}

int main(void)
{
    static char one[MOST], more[MOST];
    size_t n, m;
    struct ae_err e = {0};
    int failed = 0;

    if (make_items("items.npy", &e) || train(1, one, &n, &e)) {
        printf("%s\n", e.msg);
        return 1;
    }
    for (int threads = 2; threads <= 8; threads *= 2) {
        if (train(threads, more, &m, &e) || m != n || memcmp(one, more, n)) {
            printf("%d threads: another model; %s\n", threads, e.msg);
            failed++;
        }
    }
    printf("%d passed, %d failed\n", 3 - failed, failed);
    return failed != 0;
}
