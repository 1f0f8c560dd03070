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

/* Whether a line that ends before `end` begins as a row of a step up to `step`
 * does: with `begin`, digits and a comma, none of which is looked for in what
 * lies behind it. */
static int is_kept(const char *p, const char *end, const char *begin,
                   uint64_t step)
{
    const size_t skip = strlen(begin);
    uint64_t at = 0;

    if ((size_t)(end - p) < skip || memcmp(p, begin, skip) != 0)
        return 0;
    const char *const digits = p += skip;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        at = at * 10 + (uint64_t)(*p - '0');
        if (at > step)
            return 0;
    }
    return p > digits && p < end && *p == ',';
}

/* Counts the bytes of whole rows up to `step`: 0 when the text doesn't begin
 * with the header, or in JSON with a row.  `begin` begins a row. */
static size_t count_kept(const char *text, size_t size, const char *header,
                         const char *begin, uint64_t step)
{
    const size_t head = strlen(header);
    const char *p = text, *end = text + size, *q;

    if (size < head || memcmp(text, header, head) != 0)
        return 0;
    for (p += head; (q = memchr(p, '\n', (size_t)(end - p))); p = q + 1)
        if (!is_kept(p, q, begin, step))
            break;
    return (size_t)(p - text);
}

static int find_kept(const struct ae_metrics *m, const char *path,
                     const char *header, uint64_t step, size_t *keep,
                     struct ae_err *e)
{
    struct ae_io *io = NULL;
    void *text = NULL;
    size_t size = 0;

    *keep = 0;
    int rc = ae_io_open_path(path, &io, e);
    if (rc < 0 || (rc = ae_io_read_all(io, MAX_BYTES, &text, &size, e)) < 0)
        goto out;
    if (size > 0)
        *keep = count_kept(text, size, header, m->json ? JSON_ROW : "", step);
out:
    free(text);
    ae_io_close(io);
    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}

static int make_header(const struct ae_metrics *m, struct ae_str *s,
                       struct ae_err *e)
{
    if (m->json)
        return ae_str_add(s, "", e);
    AE_TRY(ae_str_printf(s, e, "step,loss,lr,%s,%sseconds", m->score_name,
                         m->code ? "reconstruction,divergence,active," : ""));
    for (int i = 0; i < m->code; i++)
        AE_TRY(ae_str_printf(s, e, ",kl%d", i + 1));
    return ae_str_add(s, "\n", e);
}

static int open_at(struct ae_metrics *m, const char *path, int regular,
                   size_t keep, struct ae_err *e)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

    m->fd = fd;
    m->end = regular ? (int64_t)keep : -1;
    if (fd >= 0 && (!regular || ftruncate(fd, (off_t)keep) == 0))
        return ae_io_open_fd(fd, 1, path, &m->io, e);
    const int rc = ae_fail_errno(e, "%s", path);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Writes rows, of which no part stays where there is no room for all. */
static int put_whole(struct ae_metrics *m, const char *text, size_t size,
                     struct ae_err *e)
{
    int rc = ae_io_write(m->io, text, size, e);

    if (!rc)
        rc = ae_io_flush(m->io, e);
    if (!rc && m->end >= 0)
        m->end += (int64_t)size;
    else if (rc && m->end >= 0) /* the first failure is the one to tell */
        (void)!ftruncate(m->fd, (off_t)m->end);
    return rc;
}

static int is_json(const char *path)
{
    const size_t n = strlen(path);

    return n > 6 && strcmp(path + n - 6, ".jsonl") == 0;
}

int ae_metrics_open(struct ae_metrics *m, const char *path,
                    const char *score_name, int code, uint64_t step,
                    struct ae_err *e)
{
    struct ae_str header = {0};
    struct stat st;
    size_t keep = 0;

    *m = (struct ae_metrics){.score_name = score_name, .code = code};
    if (!path)
        return 0;
    m->json = is_json(path);
    const int regular = stat(path, &st) != 0 || S_ISREG(st.st_mode);
    int rc = make_header(m, &header, e);
    if (rc >= 0 && step > 0 && regular && access(path, F_OK) == 0)
        rc = find_kept(m, path, header.p, step, &keep, e);
    if (rc < 0 || (rc = open_at(m, path, regular, keep, e)) < 0)
        goto out;
    if (keep == 0 && (rc = put_whole(m, header.p, header.len, e)) < 0)
        ae_err_at(e, rc, "%s", path);
out:
    ae_str_release(&header);
    return rc;
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

/* The divergence of each number of the code; v NULL: not known. */
static int add_divergences(const struct ae_metrics *m, struct ae_str *s,
                           const double *v, struct ae_err *e)
{
    char text[40];

    if (m->json && !v)
        return 0;
    if (m->json)
        AE_TRY(ae_str_add(s, ",\"kl\":[", e));
    for (int i = 0; i < m->code; i++) {
        ae_print_real(text, sizeof(text), v ? v[i] : 0);
        AE_TRY(ae_str_printf(s, e, "%s%s", m->json && i == 0 ? "" : ",",
                             v ? text : ""));
    }
    return m->json ? ae_str_add(s, "]", e) : 0;
}

static int add_row(const struct ae_metrics *m, const struct ae_train_view *view,
                   struct ae_str *s, struct ae_err *e)
{
    const struct ae_posterior *p = view->scored && m->code ? view->posterior
                                                           : NULL;
    const struct {
        const char *name;
        double v;
        int wanted;
    } cell[] = {{"loss", (double)(float)view->loss, 1},
                {"lr", view->lr, 1},
                {m->score_name, view->scored ? view->score : NAN, 1},
                {"reconstruction", p ? p->reconstruction : NAN, m->code},
                {"divergence", p ? p->total : NAN, m->code},
                {"active", p ? (double)p->active : NAN, m->code},
                {"seconds", view->seconds, 1}};

    AE_TRY(ae_str_printf(s, e, "%s%llu", m->json ? JSON_ROW : "",
                         (unsigned long long)view->step));
    for (size_t i = 0; i < AE_LEN(cell); i++)
        if (cell[i].wanted)
            AE_TRY(add_cell(m, s, cell[i].name, cell[i].v, e));
    AE_TRY(add_divergences(m, s, p ? p->divergence : NULL, e));
    return ae_str_add(s, m->json ? "}\n" : "\n", e);
}

int ae_metrics_row(struct ae_metrics *m, const struct ae_train_view *view,
                   struct ae_err *e)
{
    struct ae_str s = {0};

    if (!m->io)
        return 0;
    int rc = add_row(m, view, &s, e);
    if (rc < 0)
        goto out;
    rc = put_whole(m, s.p, s.len, e);
out:
    ae_str_release(&s);
    return rc < 0 ? ae_err_at(e, rc, "%s", ae_io_name(m->io)) : 0;
}

int ae_metrics_finish(struct ae_metrics *m, struct ae_err *e)
{
    const int rc = m->io ? ae_io_commit(m->io, e) : 0;

    return rc < 0 ? ae_err_at(e, rc, "%s", ae_io_name(m->io)) : 0;
}

void ae_metrics_close(struct ae_metrics *m)
{
    ae_io_close(m->io);
    m->io = NULL;
}
