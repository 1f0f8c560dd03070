/* history.c - see history.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "train/report/history.h"

enum {
    NUMBERS = sizeof(struct ae_point) / sizeof(double),
    MAX_PAGE = 64 << 20
};

static const char begin[] = "<script type=\"application/json\" id=\"points\">";
static const char end[] = "</script>";

/* Makes one point of two neighbours: the later one, with the mean loss, and
 * with the score of the earlier one where only that has one. */
static struct ae_point merge(const struct ae_point *a, const struct ae_point *b)
{
    struct ae_point p = isnan(b->val) ? *a : *b;

    p.step = b->step;
    p.seconds = b->seconds;
    p.loss = 0.5 * (a->loss + b->loss);
    return p;
}

void ae_history_add(struct ae_history *h, const struct ae_point *p)
{
    if (h->n == AE_HISTORY) {
        for (h->n = 0; h->n < AE_HISTORY / 2; h->n++)
            h->point[h->n] = merge(&h->point[2 * h->n],
                                   &h->point[2 * h->n + 1]);
    }
    h->point[h->n++] = *p;
}

void ae_history_put(const struct ae_history *h, struct ae_html *html)
{
    double v[NUMBERS];

    ae_html_put(html, "%s[", begin);
    for (size_t i = 0; i < h->n; i++) {
        memcpy(v, &h->point[i], sizeof(v));
        for (int k = 0; k < NUMBERS; k++) {
            ae_html_put(html, k ? "," : i ? ",\n[" : "\n[");
            if (isnan(v[k]))
                ae_html_put(html, "null");
            else
                ae_html_put(html, "%.9g", v[k]);
        }
        ae_html_put(html, "]");
    }
    ae_html_put(html, "]%s\n", end);
}

static void take_points(struct ae_history *h, const json_t *all, uint64_t step)
{
    const json_t *row, *number;
    size_t i, k;

    json_array_foreach(all, i, row)
    {
        double v[NUMBERS];
        struct ae_point p;
        if (json_array_size(row) != NUMBERS)
            return;
        json_array_foreach(row, k, number)
            v[k] = json_is_number(number) ? json_number_value(number) : NAN;
        memcpy(&p, v, sizeof(p));
        if (!(p.step <= (double)step))
            return;
        ae_history_add(h, &p);
    }
}

/* The text of a page, ended by a NUL; the caller frees it, also after an
 * error. */
static int read_page(const char *path, char **page, struct ae_err *e)
{
    struct ae_io *io = NULL;
    void *bytes = NULL;
    size_t size = 0;

    *page = NULL;
    AE_TRY(ae_io_open_path(path, &io, e));
    const int rc = ae_io_read_all(io, MAX_PAGE, &bytes, &size, e);
    ae_io_close(io);
    AE_TRY(rc);
    *page = bytes;
    AE_TRY(ae_realloc(page, size + 1, 1, e));
    (*page)[size] = '\0';
    return 0;
}

int ae_history_load(struct ae_history *h, const char *path, uint64_t step,
                    struct ae_err *e)
{
    char *page = NULL;
    json_t *all = NULL;

    h->n = 0;
    if (access(path, F_OK) != 0)
        return 0;
    const int rc = read_page(path, &page, e);
    const char *mark = rc >= 0 ? strstr(page, begin) : NULL;
    const char *from = mark ? mark + strlen(begin) : NULL;
    const char *to = from ? strstr(from, end) : NULL;
    if (to && ae_json_parse(from, (size_t)(to - from), &all, NULL) >= 0)
        take_points(h, all, step);
    json_decref(all);
    free(page);
    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}
