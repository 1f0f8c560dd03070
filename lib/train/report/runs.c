/* runs.c - see runs.h. */
#include "train/report/runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "train/report/history.h"

enum { MAX_PAGE = 64 << 20, MAX_ROWS = 1 << 24, LOSS = 2 /* of a point */ };

void ae_run_release(struct ae_run *r)
{
    for (int i = 0; i < r->columns; i++)
        free(r->column[i]);
    free(r->v);
    json_decref(r->settings);
    *r = (struct ae_run){0};
}

int ae_run_find(const struct ae_run *r, const char *column)
{
    for (int i = 0; i < r->columns; i++)
        if (strcmp(r->column[i], column) == 0)
            return i;
    return -1;
}

/* The place of a column, which is added; -1: it is left out. */
static int place_of(struct ae_run *r, const char *column)
{
    const int at = ae_run_find(r, column);

    if (at >= 0 || r->columns == AE_RUN_COLUMNS || !*column ||
        strncmp(column, "kl", 2) == 0)
        return at;
    r->column[r->columns] = strdup(column);
    return r->column[r->columns] ? r->columns++ : -1;
}

static int add_row(struct ae_run *r, double **row, struct ae_err *e)
{
    if (r->rows == MAX_ROWS)
        return ae_fail(e, AE_ELIMIT, "more than %d rows", MAX_ROWS);
    if (r->rows == r->cap) {
        const size_t cap = r->cap ? 2 * r->cap : 256;
        AE_TRY(ae_realloc(&r->v, cap, AE_RUN_COLUMNS * sizeof(double), e));
        r->cap = cap;
    }
    *row = r->v + AE_RUN_COLUMNS * r->rows++;
    for (int i = 0; i < AE_RUN_COLUMNS; i++)
        (*row)[i] = NAN;
    return 0;
}

/* --------------------------------------------------------------------- csv */

static int read_csv(struct ae_run *r, struct ae_io *io, struct ae_err *e)
{
    struct ae_csv c = {.lines.io = io, .separator = ',', .least = 1};
    int at[4 * AE_RUN_COLUMNS] = {0}, columns = 0, rc;
    double *row;

    while ((rc = ae_csv_next(&c, e)) == 0) {
        if (!columns) {
            columns = ae_min(c.fields, (int)AE_LEN(at));
            for (int i = 0; i < columns; i++)
                at[i] = place_of(r, c.field[i]);
            continue;
        }
        if ((rc = add_row(r, &row, e)) < 0)
            break;
        for (int i = 0; i < ae_min(c.fields, columns); i++)
            if (at[i] >= 0)
                ae_csv_is_number(&c, c.field[i], &row[at[i]]);
    }
    ae_csv_release(&c);
    return rc == AE_END ? 0 : rc;
}

/* -------------------------------------------------------------------- json */

static int add_object(struct ae_run *r, const json_t *object, struct ae_err *e)
{
    const char *name;
    json_t *value;
    double *row;

    AE_TRY(add_row(r, &row, e));
    json_object_foreach((json_t *)object, name, value)
    {
        const int at = json_is_number(value) ? place_of(r, name) : -1;
        if (at >= 0)
            row[at] = json_number_value(value);
    }
    return 0;
}

static int read_jsonl(struct ae_run *r, struct ae_io *io, struct ae_err *e)
{
    struct ae_lines l = {.io = io};
    int rc;

    while ((rc = ae_lines_next(&l, e)) == 0) {
        json_t *object = NULL;
        if (l.text.len == 0)
            continue;
        rc = ae_json_parse(l.text.p, l.text.len, &object, e);
        if (rc >= 0)
            rc = add_object(r, object, e);
        json_decref(object);
        if (rc < 0) {
            ae_err_at(e, rc, "line %llu", (unsigned long long)l.number);
            break;
        }
    }
    ae_str_release(&l.text);
    ae_str_release(&l.ahead);
    return rc == AE_END ? 0 : rc;
}

/* -------------------------------------------------------------------- page */

/* The object or list of JSON that a page carries by that name. */
static json_t *find_script(const char *page, const char *id)
{
    json_t *out = NULL;
    char begin[80];

    ae_format(begin, sizeof(begin),
              "<script type=\"application/json\" id=\"%s\">", id);
    const char *from = strstr(page, begin);
    const char *to = from ? strstr(from, "</script>") : NULL;
    from += from ? strlen(begin) : 0;
    if (to)
        ae_json_parse(from, (size_t)(to - from), &out, NULL);
    return out;
}

/* Points are lists of the numbers of struct ae_point, whose score the page
 * names. */
static int take_page(struct ae_run *r, const json_t *points, const json_t *run,
                     struct ae_err *e)
{
    const char *score = json_string_value(json_object_get(run, "score"));
    const char *const name[] = {"step",           "seconds",
                                "loss",           score ? score : "score",
                                "reconstruction", "divergence"};
    const double values = json_number_value(json_object_get(run, "values"));
    const json_t *point;
    double *row;
    size_t i;

    json_array_foreach(points, i, point)
    {
        AE_TRY(add_row(r, &row, e));
        for (size_t k = 0; k < AE_LEN(name); k++) {
            const json_t *v = json_array_get(point, k);
            const int at = json_is_number(v) ? place_of(r, name[k]) : -1;
            if (at >= 0)
                row[at] = json_number_value(v);
            if (at >= 0 && k == LOSS && values > 0)
                row[at] /= values; /* as in the tables of metrics */
        }
    }
    r->settings = json_incref(json_object_get(run, "settings"));
    return 0;
}

static int read_page(struct ae_run *r, struct ae_io *io, struct ae_err *e)
{
    struct ae_str page = {0};
    void *bytes = NULL;
    size_t size = 0;

    int rc = ae_io_read_all(io, MAX_PAGE, &bytes, &size, e);
    if (rc >= 0)
        rc = ae_str_addn(&page, bytes, size, e);
    free(bytes);
    if (rc < 0)
        return rc;
    json_t *points = find_script(page.p, "points");
    json_t *run = find_script(page.p, "run");
    rc = points ? take_page(r, points, run, e)
                : ae_fail(e, AE_EFORMAT, "a page, but not of a run");
    json_decref(points);
    json_decref(run);
    ae_str_release(&page);
    return rc;
}

/* -------------------------------------------------------------------- file */

static int read_any(struct ae_run *r, struct ae_io *io, struct ae_err *e)
{
    const void *data;
    size_t got;

    AE_TRY(ae_io_peek(io, &data, 1, &got, e));
    const char first = got ? *(const char *)data : 0;
    AE_TRY(first == '<'   ? read_page(r, io, e)
           : first == '{' ? read_jsonl(r, io, e)
                          : read_csv(r, io, e));
    if (ae_run_find(r, "step") >= 0 && r->rows > 0)
        return 0;
    return ae_fail(e, AE_EFORMAT,
                   "no table of a run: it has no column `step', or no row");
}

int ae_run_read(struct ae_run *r, const char *path, struct ae_err *e)
{
    struct ae_io *io = NULL;

    *r = (struct ae_run){.name = path};
    int rc = ae_io_open_path(path, &io, e);
    if (rc >= 0)
        rc = read_any(r, io, e);
    ae_io_close(io);
    if (rc < 0)
        ae_run_release(r);
    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}

/* ------------------------------------------------------------------- score */

int ae_run_score(const struct ae_run *r, int *high)
{
    static const char *const common[] = {
        "step",           "loss",       "lr",    "seconds",
        "reconstruction", "divergence", "active"};

    for (int i = 0; i < r->columns; i++) {
        size_t k = 0;
        while (k < AE_LEN(common) && strcmp(r->column[i], common[k]) != 0)
            k++;
        if (k < AE_LEN(common))
            continue;
        *high = strcmp(r->column[i], "psnr") == 0;
        return i;
    }
    return -1;
}

double ae_run_best(const struct ae_run *r, int column, int high, size_t *row)
{
    double best = NAN;

    for (size_t i = 0; column >= 0 && i < r->rows; i++) {
        const double v = r->v[i * AE_RUN_COLUMNS + (size_t)column];
        if (isnan(v) || (!isnan(best) && !(high ? v > best : v < best)))
            continue;
        best = v;
        *row = i;
    }
    return best;
}
