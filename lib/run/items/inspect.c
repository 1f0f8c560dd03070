/* inspect.c - what a file of items or latents holds, found as the commands that
 * read it find it, and counted to its end. */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source/recognise.h"
#include "data/source/source.h"
#include "image/array/idx.h"

/* The beginning of a file. */
struct head {
    const char *p;
    size_t n;
};

/* ------------------------------------------------------------ recognition */

/* Cuts the first line off; empty at the end. */
static struct head next_line(struct head *h)
{
    const char *end = h->n ? memchr(h->p, '\n', h->n) : NULL;
    const struct head line = {h->p, end ? (size_t)(end - h->p) : h->n};
    const size_t used = line.n + (end != NULL);

    h->p += used;
    h->n -= used;
    return line;
}

static int begins(const struct head *h, const char *text)
{
    return h->n >= strlen(text) && memcmp(h->p, text, strlen(text)) == 0;
}

/* A spec's first line behind its comments is "ae 1". */
static int is_spec(struct head h)
{
    while (h.n) {
        const struct head line = next_line(&h);
        if (line.n && *line.p != '#' && *line.p != '\r')
            return begins(&line, "ae ");
    }
    return 0;
}

/* The header that ae-encode writes into csv has a column z0. */
static int has_codes(struct head h)
{
    const struct head line = next_line(&h);

    for (size_t i = 0; i + 2 <= line.n; i++)
        if (line.p[i] == 'z' && line.p[i + 1] == '0' &&
            (i == 0 || strchr(",\"", line.p[i - 1])) &&
            (i + 2 == line.n || strchr(",\"\r", line.p[i + 2])))
            return 1;
    return 0;
}

/* In tsv it writes none, but a name, and then numbers. */
static int has_name_and_numbers(struct head h)
{
    const struct head line = next_line(&h);
    const char *p = line.n ? memchr(line.p, '\t', line.n) : NULL;
    int letters = 0;

    for (const char *q = line.p; p && q < p; q++)
        letters |= !strchr("0123456789.+-eE", *q);
    if (!p || !letters)
        return 0;
    for (; p < line.p + line.n; p++)
        if (!strchr("0123456789.+-eE\t\r", *p))
            return 0;
    return 1;
}

static const char *type_of_text(const struct head *h, const char *name,
                                int kind)
{
    if (ae_name_ends_in(name, ".alias"))
        return "alias";
    if (is_spec(*h))
        return "spec";
    if (begins(h, "{") || has_codes(*h) || has_name_and_numbers(*h))
        return "latents";
    return kind == AE_INPUT_CSV ? "table" : "text";
}

/* As the formats themselves do; fvecs begins with a small integer. */
static const char *type_of_binary(const struct head *h, const char *name)
{
    const unsigned char *p = (const unsigned char *)h->p;

    if (ae_is_idx(p, h->n))
        return h->n > 3 && p[3] == 1 ? "labels" : "idx";
    if (begins(h, "\223NUMPY"))
        return "array";
    if (ae_name_ends_in(name, ".f32"))
        return "floats";
    return h->n >= 8 && !p[3] && p[2] <= 16 && (p[0] || p[1] || p[2])
               ? "latents"
               : NULL;
}

/* --------------------------------------------------------------- counting */

static int count_item(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct ae_file_facts *f = arg;

    (void)e;
    if (f->count++ == 0) {
        f->h = it->h;
        f->w = it->w;
        f->c = it->c;
    }
    free(it->px);
    return 0;
}

/* Pictures and arrays, as a training would take them. */
static int count_items(struct ae_ctx *ctx, struct ae_io *io, const char *name,
                       struct ae_file_facts *f, struct ae_err *e)
{
    struct ae_preprocessing prep = {.kind = AE_INPUT_AUTO};
    const struct ae_source_options o = {.min_side = 1};
    const struct ae_item_sink sink = {.take = count_item, .arg = f};
    struct ae_source s = {.ctx = ctx, .o = &o, .sink = &sink, .prep = &prep};
    int rc = ae_source_read_io(&s, io, name, e);

    if (!rc)
        rc = ae_left_out_end(&s.left_out, ctx, name, e);
    ae_naming_release(&s.naming);
    ae_preprocessing_release(&prep);
    return rc;
}

static int count_lines(struct ae_io *io, struct ae_file_facts *f,
                       struct ae_err *e)
{
    struct ae_lines l = {.io = io};
    int rc, bad = 0;

    while ((rc = ae_lines_next(&l, e)) == 0)
        if (ae_lines_check(&l, bad ? NULL : e) < 0)
            bad = 1;
        else
            f->count++;
    ae_str_release(&l.text);
    return rc < 0 ? rc : bad ? AE_EFORMAT : 0;
}

/* The first row is the header where none of its fields is a number. */
static int take_header(const struct ae_csv *c, struct ae_file_facts *f,
                       struct ae_err *e)
{
    struct ae_str s = {0};
    double v;
    int rc = 0;

    f->w = c->fields;
    f->h = f->c = 1;
    for (int i = 0; i < c->fields; i++)
        if (ae_csv_number(c, i, &v, NULL) == 0) {
            f->count++;
            return 0;
        }
    for (int i = 0; !rc && i < c->fields; i++)
        rc = ae_str_printf(&s, e, "%s%s", i ? ", " : "", c->field[i]);
    f->columns = s.p;
    return rc;
}

/* Rows of a table, whatever their values are. */
static int count_rows(struct ae_io *io, struct ae_file_facts *f,
                      struct ae_err *e)
{
    struct ae_csv c = {.lines.io = io};
    struct ae_err why;
    int bad = 0, rc = 0;

    while (rc == 0 || c.spoilt) {
        rc = ae_csv_next(&c, &why);
        if (rc < 0 && !bad++ && e)
            *e = why;
        if (rc == 0 && f->w == 0)
            rc = take_header(&c, f, e);
        else if (rc == 0)
            f->count++;
    }
    ae_csv_release(&c);
    return bad ? e ? e->code : AE_EFORMAT : rc < 0 ? rc : 0;
}

static int count_latents(struct ae_io *io, struct ae_file_facts *f,
                         struct ae_err *e)
{
    struct ae_latents *r = NULL;
    struct ae_latent z;
    int rc = ae_latents_open(io, NULL, 0, &r, e);

    if (rc < 0)
        return rc;
    while ((rc = ae_latents_read(r, &z, e)) == 0)
        f->count++;
    f->h = f->c = 1;
    f->w = ae_latents_size(r);
    f->format = ae_latents_format(r);
    ae_latents_free(r);
    return rc == AE_END ? 0 : rc;
}

/* Bytes to the end. */
static int count_bytes(struct ae_io *io, uint64_t *n, struct ae_err *e)
{
    char part[4096];
    size_t got = 1;

    for (*n = 0; got; *n += got)
        AE_TRY(ae_io_read_some(io, part, sizeof(part), &got, e));
    return 0;
}

static int count_labels(struct ae_io *io, struct ae_file_facts *f,
                        struct ae_err *e)
{
    struct ae_idx_header h;

    AE_TRY(ae_idx_read_header(io, &h, e));
    AE_TRY(count_bytes(io, &f->count, e));
    return f->count == h.size[0]
               ? 0
               : ae_fail(e, AE_EFORMAT, "idx: %llu bytes of %u labels",
                         (unsigned long long)f->count, h.size[0]);
}

static int count_floats(struct ae_io *io, struct ae_file_facts *f,
                        struct ae_err *e)
{
    AE_TRY(count_bytes(io, &f->count, e));
    if (f->count % 4)
        return ae_fail(e, AE_EFORMAT, "f32: %llu bytes are no numbers of 4",
                       (unsigned long long)f->count);
    f->count /= 4;
    return 0;
}

/* Nodes of a spec, with its variables; the line of an alias. */
static int read_lines(struct ae_io *io, struct ae_file_facts *f,
                      struct ae_err *e)
{
    const int alias = strcmp(f->type, "alias") == 0;
    struct ae_lines l = {.io = io};
    struct ae_str text = {0};
    int rc;

    while ((rc = ae_lines_next(&l, e)) == 0) {
        char *line = l.text.p, *word = strtok(line, " \t\r");
        if (!word || *word == '#')
            continue;
        const int vars = strcmp(word, "var") == 0;
        f->count += !vars && strcmp(word, "ae") && strcmp(word, "repeat") &&
                    strcmp(word, "end") && strcmp(word, "output");
        if (!alias && !vars)
            continue;
        for (word = alias ? word : strtok(NULL, " \t\r"); word && rc >= 0;
             word = strtok(NULL, " \t\r"))
            rc = ae_str_printf(&text, e, "%s%s", text.len ? " " : "", word);
    }
    ae_str_release(&l.text);
    f->columns = text.p;
    return rc == AE_END ? 0 : rc;
}

static int count_all(struct ae_ctx *ctx, struct ae_io *io, const char *name,
                     struct ae_file_facts *f, struct ae_err *e)
{
    if (strcmp(f->type, "latents") == 0)
        return count_latents(io, f, e);
    if (strcmp(f->type, "labels") == 0)
        return count_labels(io, f, e);
    if (strcmp(f->type, "floats") == 0)
        return count_floats(io, f, e);
    if (strcmp(f->type, "spec") == 0 || strcmp(f->type, "alias") == 0)
        return read_lines(io, f, e);
    if (strcmp(f->type, "table") == 0)
        return count_rows(io, f, e);
    if (strcmp(f->type, "text") == 0)
        return count_lines(io, f, e);
    return count_items(ctx, io, name, f, e);
}

int ae_file_inspect(struct ae_ctx *ctx, struct ae_io *io, const char *name,
                    struct ae_file_facts *out, struct ae_err *e)
{
    struct head h = {0};
    const void *p;

    *out = (struct ae_file_facts){.format = ""};
    AE_TRY(ae_io_peek(io, &p, AE_RECOGNISE_BYTES, &h.n, e));
    const int whole = h.n < AE_RECOGNISE_BYTES;
    h.p = p;
    if (begins(&h, "\357\273\277")) { /* of UTF-8 */
        h.p += 3;
        h.n -= 3;
    }
    int kind = ae_recognise_name(name);
    if (kind == AE_INPUT_AUTO)
        kind = ae_recognise_lines(h.p, h.n, whole);
    out->type = h.n == 0                ? NULL
                : kind != AE_INPUT_AUTO ? type_of_text(&h, name, kind)
                                        : type_of_binary(&h, name);
    if (!out->type)
        return ae_fail(e, AE_EUNKNOWN,
                       "begins as no format that is known here");
    return count_all(ctx, io, name, out, e);
}
