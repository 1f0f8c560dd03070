/* folder.h - a context and a scratch folder for the tests of data. */
#ifndef FOLDER_H
#define FOLDER_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ae.h"

static struct ae_ctx *ctx;
static char dir[] = "/tmp/ae-data-XXXXXX";

static inline void folder_set_up(void)
{
    const struct ae_ctx_options o = {.threads = 1};

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    cr_assert_not_null(mkdtemp(dir));
}

static inline void folder_tear_down(void)
{
    char cmd[64];

    snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
    cr_assert_eq(system(cmd), 0);
    ae_ctx_free(ctx);
}

/* Writes a file into the folder; its path. */
static inline const char *put(const char *name, const void *bytes, size_t n)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(bytes, 1, n, f), n);
    fclose(f);
    return path;
}

#endif
