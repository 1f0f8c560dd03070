/* fuzz_run.c - what a run finds of an earlier one when it is resumed: its table
 * of metrics and its page, which may be anything that stands there under their
 * names; and a file of labels.  What was kept of a table is kept once more
 * unchanged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ae_tools.h"
#include "base/io.h"
#include "data/select.h"
#include "train/report/history.h"
#include "train/report/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of this process; removed when it ends. */
static char table[2][64], page[64];

static void remove_files(void)
{
    unlink(table[0]);
    unlink(table[1]);
    unlink(page);
}

static void name_files(void)
{
    const char *tmp = getenv("TMPDIR");
    const int pid = (int)getpid();

    if (!tmp || strlen(tmp) > 30)
        tmp = "/tmp";
    snprintf(table[0], sizeof(table[0]), "%s/fuzz-%d.csv", tmp, pid);
    snprintf(table[1], sizeof(table[1]), "%s/fuzz-%d.jsonl", tmp, pid);
    snprintf(page, sizeof(page), "%s/fuzz-%d.html", tmp, pid);
    atexit(remove_files);
}

static void put(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        abort();
}

static void *get(const char *path, size_t *size)
{
    struct ae_io *io;
    void *p;

    if (ae_io_open_path(path, &io, NULL) ||
        ae_io_read_all(io, 1 << 20, &p, size, NULL))
        abort();
    ae_io_close(io);
    return p;
}

/* A table resumed at `step`: twice the same. */
static void resume(const char *path, uint64_t step)
{
    struct ae_metrics m;
    struct ae_err e = {0};
    void *was = NULL;
    size_t n = 0;

    for (int i = 0; i < 2; i++) {
        if (ae_metrics_open(&m, path, "psnr", 0, step, &e))
            abort();
        ae_metrics_close(&m);
        size_t size;
        void *now = get(path, &size);
        if (i && (size != n || memcmp(now, was, n) != 0))
            abort();
        free(was);
        was = now;
        n = size;
    }
    free(was);
}

static void read_labels(const char *path)
{
    static struct ae_ctx *ctx;
    struct ae_labels l = {0};
    struct ae_err e = {0};

    if (!ctx && ae_ctx_new(NULL, &ctx, NULL))
        abort();
    const int rc = ae_labels_read(ctx, path, &l, &e);
    if (rc < 0 && !e.msg[0])
        abort(); /* an error without a word */
    for (size_t i = 0; rc == 0 && i < l.count; i++)
        if (!l.at[i])
            abort();
    ae_labels_release(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "step,loss,lr,psnr,seconds\n";
    static struct ae_history h;
    struct ae_err e = {0};

    if (!page[0])
        name_files();
    /* behind a header, lest every table be begun anew */
    uint8_t *text = malloc(sizeof(head) + size);
    if (!text)
        abort();
    memcpy(text, head, sizeof(head) - 1);
    if (size)
        memcpy(text + sizeof(head) - 1, data, size);
    put(table[0], text, sizeof(head) - 1 + size);
    put(table[1], data, size);
    put(page, data, size);
    free(text);
    read_labels(page);
    resume(table[0], 10);
    resume(table[1], 10);
    if (ae_history_load(&h, page, 10, &e) < 0 && !e.msg[0])
        abort();
    return 0;
}
