/* select.c - see select.h. */
#include "data/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/err.h"
#include "base/io.h"
#include "data/dialect.h"
#include "image/array/idx.h"

enum { MOST_LABELS = 1 << 28 };

/* ---------------------------------------------------------------- labels */

static int add(struct ae_labels *l, const char *text, struct ae_err *e)
{
    int rc = 0;

    if (l->count == l->cap) {
        const size_t cap = l->cap ? 2 * l->cap : 1024;
        if (l->count == MOST_LABELS)
            return ae_fail(e, AE_ELIMIT, "more than %d labels", MOST_LABELS);
        if ((rc = ae_realloc(&l->at, cap, sizeof(*l->at), e)) < 0)
            return rc;
        l->cap = cap;
    }
    /* most rows have the class of the one before */
    const char *last = l->count ? l->at[l->count - 1] : NULL;
    l->at[l->count] = last && strcmp(last, text) == 0
                          ? last
                          : ae_arena_strdup(&l->arena, text, e);
    return l->at[l->count++] ? 0 : AE_EMEM;
}

/* One axis of bytes, as MNIST's labels are. */
static int read_idx(struct ae_labels *l, struct ae_io *io, struct ae_err *e)
{
    struct ae_idx_header h;
    unsigned char b;
    char text[8];

    AE_TRY(ae_idx_read_header(io, &h, e));
    if (h.type != 8 || h.axes != 1)
        return ae_fail(e, AE_EFORMAT,
                       "idx: type 0x%02x in %d dimension(s); labels are bytes "
                       "(0x08) in one",
                       (unsigned)h.type, h.axes);
    for (uint32_t i = 0; i < h.size[0]; i++) {
        if (ae_io_read(io, &b, 1, NULL) < 0)
            return ae_fail(e, AE_EFORMAT,
                           "idx: %u labels, and the file ends after %u",
                           h.size[0], i);
        ae_format(text, sizeof(text), "%d", b);
        AE_TRY(add(l, text, e));
    }
    return 0;
}

static int read_lines(struct ae_labels *l, struct ae_io *io, struct ae_err *e)
{
    struct ae_lines lines = {.io = io};
    int rc = 0;

    while (rc == 0 && (rc = ae_lines_next(&lines, e)) == 0) {
        const struct ae_str *s = &lines.text;
        if (s->len == 0 || ae_lines_check(&lines, NULL))
            rc = ae_fail(e, AE_EFORMAT, "line %llu is not a label",
                         (unsigned long long)lines.number);
        else
            rc = add(l, s->p, e);
    }
    ae_str_release(&lines.text);
    return rc < 0 ? rc : 0;
}

static int read_stream(struct ae_labels *l, struct ae_io *io, struct ae_err *e)
{
    const unsigned char *head;
    const void *at;
    size_t got;

    AE_TRY(ae_io_peek(io, &at, 4, &got, e));
    head = at;
    return got == 4 && head[0] == 0 && head[1] == 0 ? read_idx(l, io, e)
                                                    : read_lines(l, io, e);
}

int ae_labels_read(struct ae_ctx *ctx, const char *path, struct ae_labels *out,
                   struct ae_err *e)
{
    struct ae_io *io = NULL;

    *out = (struct ae_labels){0};
    int rc = ae_io_open_path(path, &io, e);
    if (rc || (rc = ae_io_unzip(&io, ctx->memory, e)) ||
        (rc = read_stream(out, io, e)))
        goto out;
    if (out->count == 0)
        rc = ae_fail(e, AE_EFORMAT, "no labels");
out:
    ae_io_close(io);
    if (rc)
        ae_labels_release(out);
    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}

void ae_labels_release(struct ae_labels *l)
{
    free(l->at);
    ae_arena_release(&l->arena);
    *l = (struct ae_labels){0};
}

int ae_labels_check(const struct ae_labels *l, uint64_t rows, struct ae_err *e)
{
    if (rows == l->count)
        return 0;
    return ae_fail(e, AE_EARG,
                   "`labels`: %zu of them, %llu items: one each is needed, in "
                   "the order of the data",
                   l->count, (unsigned long long)rows);
}

int ae_label_is(const char *label, const char *other)
{
    double a, b;

    if (strcmp(label, other) == 0)
        return 1;
    if (ae_parse_real(label, -1e300, 1e300, &a, NULL) == 0 &&
        ae_parse_real(other, -1e300, 1e300, &b, NULL) == 0)
        return !(a < b || a > b);
    return 0;
}

/* ------------------------------------------------------------------ rows */

const struct ae_field ae_select_fields[] = {
    AE_SELECT_FIELDS(ae_select_options, ),
    {.name = NULL},
};

static int bound(const char *text, size_t n, uint64_t *out)
{
    char copy[24];
    int64_t v;

    if (n == 0)
        return 0;
    if (n >= sizeof(copy))
        return -1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (ae_parse_int(copy, 1, (int64_t)1 << 60, &v, NULL) < 0)
        return -1;
    *out = (uint64_t)v;
    return 0;
}

/* "A:B", rows from 1, both among them; either may be missing.  NULL or "":
 * all. */
static int parse_rows(const char *text, uint64_t rows[2], struct ae_err *e)
{
    const char *colon = text ? strchr(text, ':') : NULL;

    if (!text || !*text)
        return 0;
    if (!colon || text[1] == '\0' ||
        bound(text, (size_t)(colon - text), &rows[0]) < 0 ||
        bound(colon + 1, strlen(colon + 1), &rows[1]) < 0 ||
        (rows[1] && rows[1] < rows[0]))
        return ae_fail(e, AE_EARG,
                       "`rows` %s: should be A:B, first and last row from 1, "
                       "or A: or :B",
                       text);
    return 0;
}

static int fill_selection(struct ae_ctx *ctx, const struct ae_select_options *o,
                          struct ae_selection *s, struct ae_err *e)
{
    AE_TRY(parse_rows(o->rows, s->rows, e));
    if (o->only && !o->labels && !o->label_column)
        return ae_fail(e, AE_EARG, "`only` needs `labels` or `label-column`");
    if (o->labels && o->label_column)
        return ae_fail(e, AE_EARG,
                       "`labels` and `label-column` exclude each other");
    if (o->only && !(s->only = strdup(o->only)))
        return ae_fail_errno(e, "`only`");
    return o->labels ? ae_labels_read(ctx, o->labels, &s->labels, e) : 0;
}

int ae_selection_new(struct ae_ctx *ctx, const struct ae_select_options *o,
                     struct ae_selection **out, struct ae_err *e)
{
    struct ae_selection *s;

    *out = NULL;
    AE_TRY(ae_dialect_parse(o, &(struct ae_dialect){0}, e));
    if (!o->rows && !o->labels && !o->only)
        return 0;
    if (!(*out = s = ae_alloc(1, sizeof(*s), e)))
        return AE_EMEM;
    const int rc = fill_selection(ctx, o, s, e);
    if (rc) {
        ae_selection_free(s);
        *out = NULL;
    }
    return rc;
}

void ae_selection_free(struct ae_selection *s)
{
    if (!s)
        return;
    ae_labels_release(&s->labels);
    free(s->only);
    free(s);
}

void ae_selection_rewind(struct ae_selection *s)
{
    s->row = s->all = s->wanted = 0;
}

void ae_selection_file(struct ae_selection *s)
{
    if (s)
        s->row = 0;
}

void ae_selection_whole(struct ae_selection *s)
{
    if (s)
        s->rows[0] = s->rows[1] = 0;
}

static int is_of_class(const struct ae_selection *s, const char *label)
{
    return !s->only || (label && ae_label_is(label, s->only));
}

static int wants(const struct ae_selection *s, uint64_t row, const char *label)
{
    return row >= s->rows[0] && (!s->rows[1] || row <= s->rows[1]) &&
           is_of_class(s, label);
}

int ae_selection_is_context(const struct ae_selection *s, const char *label,
                            uint64_t window, uint64_t stride)
{
    if (s->row >= s->rows[0] || s->row + window + stride <= s->rows[0])
        return 0;
    const uint64_t from = s->rows[0] > window ? s->rows[0] - window : 0;
    return s->row > from - from % stride && is_of_class(s, label);
}

int ae_selection_row(struct ae_selection *s, const char **label, int *wanted,
                     struct ae_err *e)
{
    const uint64_t row = ++s->row, at = s->all++;

    if (s->labels.count && at >= s->labels.count)
        return ae_fail(e, AE_EARG,
                       "`labels`: %zu of them, and more items than that",
                       s->labels.count);
    if (s->labels.count)
        *label = s->labels.at[at];
    *wanted = wants(s, row, *label);
    s->wanted += (uint64_t)*wanted;
    return 0;
}

uint64_t ae_selection_count(const struct ae_selection *s, uint64_t n)
{
    uint64_t first = s->row + 1, last = s->row + n, count = 0;

    first = first > s->rows[0] ? first : s->rows[0];
    last = s->rows[1] && s->rows[1] < last ? s->rows[1] : last;
    if (!s->only)
        return last < first ? 0 : last - first + 1;
    for (uint64_t i = 0; i < n && s->all + i < s->labels.count; i++)
        count += (uint64_t)wants(s, s->row + 1 + i, s->labels.at[s->all + i]);
    return count;
}

int ae_selection_end(const struct ae_selection *s, struct ae_err *e)
{
    if (!s)
        return 0;
    if (s->labels.count)
        return ae_labels_check(&s->labels, s->all, e);
    if (s->all && !s->wanted)
        return ae_fail(e, AE_EARG,
                       "none of %llu items is wanted by `rows` and `only`",
                       (unsigned long long)s->all);
    return 0;
}
