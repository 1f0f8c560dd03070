/* tiff_io.c - libtiff over a spool: its reads, writes and messages. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/tiff/tiff.h"

size_t ae_tiff_band_memory(const struct ae_ctx *ctx)
{
    return (size_t)(ctx->memory / 4);
}

static tmsize_t on_read(thandle_t handle, void *buf, tmsize_t size)
{
    struct ae_tiff *t = handle;
    const uint64_t all = ae_spool_size(t->spool);
    uint64_t n = size < 0 ? 0 : (uint64_t)size;

    if (t->at >= all)
        return 0;
    if (n > all - t->at)
        n = all - t->at;
    const int rc = ae_spool_read(t->spool, t->at, buf, (size_t)n, &t->why);
    if (rc) {
        t->failed = rc;
        return 0;
    }
    t->at += n;
    return (tmsize_t)n;
}

static tmsize_t on_write(thandle_t handle, void *buf, tmsize_t size)
{
    struct ae_tiff *t = handle;
    const int rc = ae_spool_write(t->spool, t->at, buf, (size_t)size, &t->why);

    if (rc) {
        t->failed = rc;
        return 0;
    }
    t->at += (uint64_t)size;
    return size;
}

static toff_t on_seek(thandle_t handle, toff_t at, int whence)
{
    struct ae_tiff *t = handle;

    if (whence == SEEK_CUR)
        at += t->at;
    else if (whence == SEEK_END)
        at += ae_spool_size(t->spool);
    t->at = at;
    return at;
}

static int on_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle)
{
    const struct ae_tiff *t = handle;

    return ae_spool_size(t->spool);
}

static int on_error(TIFF *tif, void *user, const char *module,
                    const char *format, va_list args)
{
    struct ae_tiff *t = user;

    (void)tif;
    (void)module;
    if (!t->message[0])
        vsnprintf(t->message, sizeof(t->message), format, args);
    return 1;
}

/* Whether a codec's warning means that it made up samples for lost ones. */
static int means_loss(const char *module, const char *text)
{
    if (module && strcmp(module, "JPEGLib") == 0)
        return !strstr(text, "extraneous");
    return strstr(text, "remature") || strstr(text, "mismatch") ||
           strstr(text, "Not enough data");
}

static int on_warning(TIFF *tif, void *user, const char *module,
                      const char *format, va_list args)
{
    struct ae_tiff *t = user;
    char text[256];

    (void)tif;
    vsnprintf(text, sizeof(text), format, args);
    ae_log(t->ctx, AE_LOG_DEBUG, "%s: tiff: %s", t->name, text);
    if (means_loss(module, text) && !t->message[0])
        memcpy(t->message, text, sizeof(text));
    return 1;
}

int ae_tiff_open(struct ae_tiff *t, const char *mode, size_t most,
                 struct ae_err *e)
{
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();

    if (!o)
        return ae_fail(e, AE_EMEM, "tiff: out of memory");
    TIFFOpenOptionsSetMaxSingleMemAlloc(o, (tmsize_t)most);
    TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, t);
    TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, t);
    ae_tiff_clear_errors(t);
    t->at = 0;
    t->tif = TIFFClientOpenExt(t->name, mode, t, on_read, on_write, on_seek,
                               on_close, on_size, NULL, NULL, o);
    TIFFOpenOptionsFree(o);
    return t->tif ? 0 : ae_tiff_fail(t, "can't be opened", e);
}

void ae_tiff_close(struct ae_tiff *t)
{
    if (t->tif)
        TIFFClose(t->tif);
    t->tif = NULL;
}

void ae_tiff_clear_errors(struct ae_tiff *t)
{
    t->message[0] = '\0';
}

int ae_tiff_fail(struct ae_tiff *t, const char *else_what, struct ae_err *e)
{
    if (t->failed && t->failed != AE_EFORMAT)
        return ae_fail(e, t->failed, "tiff: %s", t->why.msg);
    return ae_fail(e, AE_EFORMAT, "tiff: %s",
                   t->message[0] ? t->message : else_what);
}
