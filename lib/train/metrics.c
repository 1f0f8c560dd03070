/* metrics.c - rows appended as they come, so that `tail -f` can follow them;
 * a resumed run first drops rows that lie ahead of its checkpoint, and a last
 * row that a crash cut short. */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "train/metrics.h"

enum { MAX_BYTES = 1 << 30 };

/* Bytes of whole rows up to `step`; 0 when there is no header of ours. */
static int measure(const char *path, const char *header, uint64_t step,
                   size_t *keep, struct ae_err *e)
{
    struct ae_io *io = NULL;
    void *bytes = NULL;
    size_t size = 0;

    *keep = 0;
    int r = ae_io_open_path(path, &io, e);
    if (r >= 0)
        r = ae_io_read_all(io, MAX_BYTES, &bytes, &size, e);
    const char *p = bytes, *end = p ? p + size : p;
    if (r >= 0 && size >= strlen(header) &&
        memcmp(p, header, strlen(header)) == 0)
        for (const char *q; (q = memchr(p, '\n', (size_t)(end - p)));) {
            if (p != bytes && strtoull(p, NULL, 10) > step)
                break;
            p = q + 1;
            *keep = (size_t)(p - (const char *)bytes);
        }
    free(bytes);
    ae_io_close(io);
    return r < 0 ? ae_err_at(e, r, "%s", path) : 0;
}

int ae_metrics_open(struct ae_metrics *m, const char *path,
                    const char *val_name, int code, uint64_t step,
                    struct ae_err *e)
{
    struct ae_str header = {0};
    struct stat st;
    size_t keep = 0;

    m->io = NULL;
    m->code = code;
    if (!path)
        return 0;
    int r = ae_str_printf(&header, e, "step,loss,lr,%s,%sseconds\n", val_name,
                          code ? "reconstruction,divergence,active," : "");
    const int regular = stat(path, &st) != 0 || S_ISREG(st.st_mode);
    if (r >= 0 && step > 0 && regular && access(path, F_OK) == 0)
        r = measure(path, header.p, step, &keep, e);
    if (r >= 0) {
        const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                            0666);
        if (fd < 0 || (regular && ftruncate(fd, (off_t)keep) != 0))
            r = ae_fail_errno(e, "%s", path);
        if (fd >= 0 && r < 0)
            close(fd);
        if (r >= 0)
            r = ae_io_open_fd(fd, 1, path, &m->io, e);
    }
    if (r >= 0 && keep == 0)
        r = ae_io_write(m->io, header.p, header.len, e);
    ae_str_release(&header);
    return r;
}

static int add_real(struct ae_str *s, double v, struct ae_err *e)
{
    char text[40];

    ae_print_real(text, sizeof(text), v);
    return ae_str_add(s, text, e);
}

int ae_metrics_row(struct ae_metrics *m, uint64_t step, double loss,
                   double lr, double val, const struct ae_posterior *p,
                   double seconds, struct ae_err *e)
{
    double columns[7] = {(double)(float)loss, lr, val};
    struct ae_str row = {0};
    int n = 3;

    if (!m->io)
        return 0;
    if (m->code) {
        columns[n++] = p ? p->reconstruction : NAN;
        columns[n++] = p ? p->total : NAN;
        columns[n++] = p ? (double)p->active : NAN;
    }
    columns[n++] = seconds;
    int r = ae_str_printf(&row, e, "%llu", (unsigned long long)step);
    for (int i = 0; i < n && r >= 0; i++) {
        r = ae_str_add(&row, ",", e);
        if (r >= 0 && !isnan(columns[i]))
            r = add_real(&row, columns[i], e);
    }
    if (r >= 0)
        r = ae_str_add(&row, "\n", e);
    if (r >= 0)
        r = ae_io_write(m->io, row.p, row.len, e);
    if (r >= 0)
        r = ae_io_flush(m->io, e);
    ae_str_release(&row);
    return r < 0 ? ae_err_at(e, r, "%s", ae_io_name(m->io)) : 0;
}

void ae_metrics_close(struct ae_metrics *m)
{
    ae_io_close(m->io);
    m->io = NULL;
}
