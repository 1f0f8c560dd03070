/* left_out.c - see left_out.h. */
#include "data/source/left_out.h"

#include "base/err.h"
#include "base/text.h"

static enum ae_log_level level(const struct ae_left_out *l)
{
    return l->note ? AE_LOG_NOTE : AE_LOG_FAULT;
}

void ae_left_out_tell(struct ae_left_out *l, const struct ae_ctx *ctx)
{
    const int few = l->faults <= AE_LEFT_OUT_NAMED;

    for (int i = 0; i < l->n; i++)
        ae_log(ctx, few ? level(l) : AE_LOG_INFO, "%s", l->held[i].msg);
    l->n = 0;
}

/* Keeps the line that names the fault until it is clear whether they are
 * few. */
static void hold(struct ae_left_out *l, const struct ae_ctx *ctx,
                 const char *path, const struct ae_err *why)
{
    if (++l->faults == 1) {
        l->first = *why;
        ae_err_at(&l->first, why->code, "%s", path);
    }
    if (l->faults > AE_LEFT_OUT_NAMED) {
        ae_left_out_tell(l, ctx);
        ae_log(ctx, AE_LOG_INFO, "%s: left out: %s", path, why->msg);
        return;
    }
    l->held[l->n] = *why;
    ae_err_at(&l->held[l->n++], why->code, "%s: left out", path);
}

void ae_left_out_file(struct ae_left_out *l, const struct ae_ctx *ctx,
                      const char *path, const struct ae_err *why)
{
    l->files++;
    hold(l, ctx, path, why);
}

void ae_left_out_rows(struct ae_left_out *l, const struct ae_ctx *ctx,
                      const char *path, uint64_t rows, const struct ae_err *why)
{
    l->rows += rows;
    hold(l, ctx, path, why);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* "3 rows", "1 file and 3 rows" */
static void count(const struct ae_left_out *l, char *buf, size_t size)
{
    const unsigned long long f = l->files, r = l->rows;

    if (f && r)
        ae_format(buf, size, "%llu file%s and %llu row%s", f, plural(f), r,
                  plural(r));
    else if (f)
        ae_format(buf, size, "%llu file%s", f, plural(f));
    else
        ae_format(buf, size, "%llu row%s", r, plural(r));
}

static int sum_up(const struct ae_left_out *l, const char *path,
                  struct ae_err *e)
{
    char counts[80];

    count(l, counts, sizeof(counts));
    if (l->faults <= AE_LEFT_OUT_NAMED)
        ae_fail(e, AE_EFORMAT, "%s left out", counts);
    else
        ae_fail(e, AE_EFORMAT,
                "%s left out (`verbose` lists them), the first is %.300s",
                counts, l->first.msg);
    return path ? ae_err_at(e, AE_EFORMAT, "%s", path) : AE_EFORMAT;
}

int ae_left_out_end(struct ae_left_out *l, const struct ae_ctx *ctx,
                    const char *path, struct ae_err *e)
{
    if (!l->faults)
        return 0;
    if (l->files + l->rows == 1 && l->n == 1) {
        l->n = 0;
        if (e)
            *e = l->first;
        return l->first.code;
    }
    ae_left_out_tell(l, ctx);
    return sum_up(l, path, e);
}

void ae_left_out_log(struct ae_left_out *l, const struct ae_ctx *ctx,
                     const char *path)
{
    struct ae_err e;

    ae_left_out_tell(l, ctx);
    if (l->files + l->rows > 1) {
        sum_up(l, path, &e);
        ae_log(ctx, level(l), "%s", e.msg);
    }
}
