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
#include "train/report/metrics.h"

enum { MAX_BYTES = 1 << 30 };

/* What a row of JSON begins with; the step follows in either format. */
#define JSON_ROW "{\"step\":"

/* Bytes of whole rows up to `step`; 0 when the file doesn't begin with a
 * header, or in JSON a row, of ours. */
static int measure(const char *path, const char *header, const char *begin,
                   uint64_t step, size_t *keep, struct ae_err *e)
{
    const size_t head = strlen(header), skip = strlen(begin);
    struct ae_io *io = NULL;
    void *bytes = NULL;
    size_t size = 0;

    *keep = 0;
    int r = ae_io_open_path(path, &io, e);
    if (r >= 0)
        r = ae_io_read_all(io, MAX_BYTES, &bytes, &size, e);
    const char *p = bytes, *end = p ? p + size : p, *q;
    if (r >= 0 && size >= head && memcmp(p, header, head) == 0) {
        for (p += head; (q = memchr(p, '\n', (size_t)(end - p))); p = q + 1)
            if ((size_t)(q - p) < skip || memcmp(p, begin, skip) != 0 ||
                strtoull(p + skip, NULL, 10) > step)
                break;
        *keep = (size_t)(p - (const char *)bytes);
    }
    free(bytes);
    ae_io_close(io);
    return r < 0 ? ae_err_at(e, r, "%s", path) : 0;
}

static int make_header(const struct ae_metrics *m, struct ae_str *s,
                       struct ae_err *e)
{
    if (m->json)
        return ae_str_add(s, "", e);
    int r = ae_str_printf(s, e, "step,loss,lr,%s,%sseconds", m->val_name,
                          m->code ? "reconstruction,divergence,active," : "");
    for (int i = 0; i < m->code && r >= 0; i++)
        r = ae_str_printf(s, e, ",kl%d", i + 1);
    return r < 0 ? r : ae_str_add(s, "\n", e);
}

static int open_at(struct ae_metrics *m, const char *path, int regular,
                   size_t keep, struct ae_err *e)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

    if (fd >= 0 && (!regular || ftruncate(fd, (off_t)keep) == 0))
        return ae_io_open_fd(fd, 1, path, &m->io, e);
    const int r = ae_fail_errno(e, "%s", path);
    if (fd >= 0)
        close(fd);
    return r;
}

static int is_json(const char *path)
{
    const size_t n = strlen(path);

    return n > 6 && strcmp(path + n - 6, ".jsonl") == 0;
}

int ae_metrics_open(struct ae_metrics *m, const char *path,
                    const char *val_name, int code, uint64_t step,
                    struct ae_err *e)
{
    struct ae_str header = {0};
    struct stat st;
    size_t keep = 0;

    *m = (struct ae_metrics){.val_name = val_name, .code = code};
    if (!path)
        return 0;
    m->json = is_json(path);
    int r = make_header(m, &header, e);
    const int regular = stat(path, &st) != 0 || S_ISREG(st.st_mode);
    if (r >= 0 && step > 0 && regular && access(path, F_OK) == 0)
        r = measure(path, header.p, m->json ? JSON_ROW : "", step, &keep, e);
    if (r >= 0)
        r = open_at(m, path, regular, keep, e);
    if (r >= 0 && keep == 0)
        r = ae_io_write(m->io, header.p, header.len, e);
    ae_str_release(&header);
    return r;
}

static int add_cell(const struct ae_metrics *m, struct ae_str *s,
                    const char *name, double v, struct ae_err *e)
{
    char text[40];

    if (isnan(v))
        return m->json ? 0 : ae_str_add(s, ",", e);
    ae_print_real(text, sizeof(text), v);
    return m->json ? ae_str_printf(s, e, ",\"%s\":%s", name, text)
                   : ae_str_printf(s, e, ",%s", text);
}

/* The divergence of each number of the code. */
static int add_list(const struct ae_metrics *m, struct ae_str *s,
                    const double *v, struct ae_err *e)
{
    char text[40];
    int r = m->json && v ? ae_str_add(s, ",\"kl\":[", e) : 0;

    for (int i = 0; i < m->code && r >= 0; i++) {
        if (m->json && !v)
            break;
        r = ae_str_add(s, m->json && i == 0 ? "" : ",", e);
        if (v && r >= 0) {
            ae_print_real(text, sizeof(text), v[i]);
            r = ae_str_add(s, text, e);
        }
    }
    return r >= 0 && m->json && v ? ae_str_add(s, "]", e) : r;
}

static int print(const struct ae_metrics *m, const struct ae_row *row,
                 struct ae_str *s, struct ae_err *e)
{
    const struct ae_posterior *p = row->posterior;
    const struct {
        const char *name;
        double v;
        int wanted;
    } cell[] = {{"loss", (double)(float)row->loss, 1},
                {"lr", row->lr, 1},
                {m->val_name, row->val, 1},
                {"reconstruction", p ? p->reconstruction : NAN, m->code},
                {"divergence", p ? p->total : NAN, m->code},
                {"active", p ? (double)p->active : NAN, m->code},
                {"seconds", row->seconds, 1}};
    int r = ae_str_printf(s, e, "%s%llu", m->json ? JSON_ROW : "",
                          (unsigned long long)row->step);

    for (size_t i = 0; i < AE_LEN(cell) && r >= 0; i++)
        if (cell[i].wanted)
            r = add_cell(m, s, cell[i].name, cell[i].v, e);
    if (r >= 0)
        r = add_list(m, s, p ? p->divergence : NULL, e);
    return r < 0 ? r : ae_str_add(s, m->json ? "}\n" : "\n", e);
}

int ae_metrics_row(struct ae_metrics *m, const struct ae_row *row,
                   struct ae_err *e)
{
    struct ae_str s = {0};

    if (!m->io)
        return 0;
    int r = print(m, row, &s, e);
    if (r >= 0)
        r = ae_io_write(m->io, s.p, s.len, e);
    if (r >= 0)
        r = ae_io_flush(m->io, e);
    ae_str_release(&s);
    return r < 0 ? ae_err_at(e, r, "%s", ae_io_name(m->io)) : 0;
}

void ae_metrics_close(struct ae_metrics *m)
{
    ae_io_close(m->io);
    m->io = NULL;
}
