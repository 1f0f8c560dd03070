/* latents.c - codes on streams: which format it is, records one by one,
 * bounded memory, and what holds for all formats.
 *
 * A bad record is refused by place and reason and the next one read; after
 * twenty in a row the rest is given up, since a stream of another kind would
 * be a fault a line.  The formats are latent_*.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "data/latent/latent.h"

enum { PART = 65536, GIVE_UP = 20, MOST_FVECS = 1 << 20 };

static const struct ae_latent_format *const formats[] = {
    &ae_latent_jsonl, &ae_latent_npy, &ae_latent_tsv,
    &ae_latent_csv,   &ae_latent_f32, &ae_latent_fvecs};

const struct ae_latent_format *ae_latent_format_by_name(const char *name)
{
    for (size_t i = 0; i < AE_LEN(formats); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

const struct ae_latent_format *ae_latent_format_by_ending(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');

    return dot && (!slash || dot > slash) ? ae_latent_format_by_name(dot + 1)
                                          : NULL;
}

const char *ae_latent_format_name(size_t i)
{
    return i < AE_LEN(formats) ? formats[i]->name : NULL;
}

int ae_float_list_add(struct ae_float_list *l, float v, struct ae_err *e)
{
    if (l->n == AE_LATENT_MOST)
        return ae_fail(e, AE_ELIMIT, "more than %d numbers", l->n);
    if (l->n == l->cap) {
        const int cap = l->cap ? 2 * l->cap : 64;
        const int rc = ae_realloc(&l->p, (size_t)cap, sizeof(*l->p), e);
        if (rc)
            return rc;
        l->cap = cap;
    }
    l->p[l->n++] = v;
    return 0;
}

/* ------------------------------------------------------- buffered bytes */

int ae_latents_fill(struct ae_latents *r, struct ae_err *e)
{
    size_t got = 0;

    if (r->pos) {
        memmove(r->buf, r->buf + r->pos, r->len - r->pos);
        r->len -= r->pos;
        r->scan -= r->pos < r->scan ? r->pos : r->scan;
        r->pos = 0;
    }
    if (r->len > AE_LATENT_BYTES) {
        r->ended = 1;
        return ae_fail(e, AE_ELIMIT, "more than %d bytes in one latent",
                       AE_LATENT_BYTES);
    }
    if (r->cap - r->len < PART + 1) { /* 1 for a NUL */
        const size_t cap = 2 * r->cap + 2 * PART;
        AE_TRY(ae_realloc(&r->buf, cap, 1, e));
        r->cap = cap;
    }
    const int rc = ae_io_read_some(r->io, r->buf + r->len, PART, &got, e);
    r->len += got;
    r->eof = !rc && got == 0;
    if (rc)
        r->ended = 1;
    return rc;
}

int ae_latents_need(struct ae_latents *r, size_t n, struct ae_err *e)
{
    while (!r->eof && ae_latents_have(r) < n)
        AE_TRY(ae_latents_fill(r, e));
    return 0;
}

/* Where the first buffered record ends, or NULL.  In csv a newline in quotes
 * ends none. */
static char *find_end(struct ae_latents *r)
{
    const int quotes = r->format == &ae_latent_csv;

    if (r->scan < r->pos)
        r->scan = r->pos;
    for (; r->scan < r->len; r->scan++) {
        const char c = r->buf[r->scan];
        r->quoted ^= quotes && c == '"';
        if (c == '\n' && !r->quoted)
            return &r->buf[r->scan];
    }
    return NULL;
}

int ae_latents_line_whole(struct ae_latents *r)
{
    return find_end(r) != NULL;
}

int ae_latents_line(struct ae_latents *r, char **line, size_t *n,
                    struct ae_err *e)
{
    char *end;
    int rc = 0;

    while (!rc && !(end = find_end(r)) && !r->eof)
        rc = ae_latents_fill(r, e);
    if (rc)
        return rc;
    if (!end && ae_latents_have(r) == 0)
        return AE_END;
    const size_t at = end ? (size_t)(end - r->buf) : r->len;
    *line = r->buf + r->pos;
    *n = at - r->pos;
    r->line++;
    r->pos = r->scan = end ? at + 1 : at;
    r->quoted = 0;
    if (*n && (*line)[*n - 1] == '\r')
        --*n;
    (*line)[*n] = '\0';
    if (memchr(*line, '\0', *n))
        return ae_fail(e, AE_EFORMAT,
                       "column %zu: a zero byte: this is not text",
                       strlen(*line) + 1);
    return 0;
}

/* -------------------------------------------------------- what is shared */

static int digits(const char **p, const char *end)
{
    const char *from = *p;

    while (*p < end && **p >= '0' && **p <= '9')
        ++*p;
    return *p > from;
}

/* The grammar of JSON, but for a '+' before and zeros that lead, which other
 * programs write into tables. */
static int is_number(const char *p, const char *end)
{
    int some;

    p += p < end && (*p == '-' || *p == '+');
    some = digits(&p, end);
    if (p < end && *p == '.') {
        p++;
        some |= digits(&p, end);
    }
    if (some && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '-' || *p == '+');
        some = digits(&p, end);
    }
    return some && p == end;
}

int ae_latents_number(const char *p, const char *end, float *out,
                      struct ae_err *e)
{
    const int shown = end - p > 40 ? 40 : (int)(end - p);

    if (!is_number(p, end))
        return ae_fail(e, AE_EFORMAT, "'%.*s' is not a finite number", shown,
                       p);
    *out = (float)ae_strtod(p, NULL);
    if (!isfinite(*out))
        return ae_fail(e, AE_ENUMERIC, "%.*s is too large for single precision",
                       shown, p);
    return 0;
}

int ae_latents_count(struct ae_latents *r, int n, struct ae_err *e)
{
    if (n == 0)
        return ae_fail(e, AE_EFORMAT, "no numbers");
    if (r->d == 0)
        r->d = n;
    if (n == r->d)
        return 0;
    return ae_fail(e, AE_EFORMAT, "%d numbers, not %d", n, r->d);
}

/* ----------------------------------------------------------- recognition */

/* Bytes that no text has. */
static int is_control(char c)
{
    return ((unsigned char)c < 32 && c != '\t' && c != '\r' && c != '\n') ||
           c == 127;
}

/* The bytes of the first line, with its newline if it has come; *text 0 when
 * they can't be text. */
static int first_line(struct ae_latents *r, size_t *n, int *text,
                      struct ae_err *e)
{
    int rc = 0;

    *text = 1;
    *n = 0;
    while (!rc) {
        for (; *n < r->len; ++*n) {
            const char c = r->buf[*n];
            if (is_control(c))
                *text = 0;
            if (!*text || c == '\n')
                return 0;
        }
        if (r->eof || r->len >= PART)
            return 0;
        rc = ae_latents_fill(r, e);
    }
    return rc;
}

static const struct ae_latent_format *text_format(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && (p[i] == ' ' || p[i] == '\t'))
        i++;
    if (i < n && strchr("{[", p[i]))
        return &ae_latent_jsonl;
    return memchr(p, '\t', n)  ? &ae_latent_tsv
           : memchr(p, ',', n) ? &ae_latent_csv
                               : NULL;
}

/* fvecs begins with a small integer; as a float that would be next to
 * nothing, so f32 hardly ever looks like it. */
static int binary_format(struct ae_latents *r, struct ae_err *e)
{
    AE_TRY(ae_latents_need(r, 6, e));
    const unsigned char *p = (const unsigned char *)r->buf + r->pos;
    const uint32_t n = ae_latents_have(r) < 4
                           ? 0
                           : (uint32_t)p[0] | (uint32_t)p[1] << 8 |
                                 (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    if (ae_latents_have(r) >= 6 && memcmp(p, "\223NUMPY", 6) == 0)
        r->format = &ae_latent_npy;
    else if (n >= 1 && n <= MOST_FVECS)
        r->format = &ae_latent_fvecs;
    else if (r->d)
        r->format = &ae_latent_f32;
    else
        return ae_fail(e, AE_EUNKNOWN,
                       "begins neither as jsonl, tsv, csv, npy nor fvecs; f32 "
                       "needs to know how many numbers a latent has");
    return 0;
}

static int recognise(struct ae_latents *r, struct ae_err *e)
{
    static const char mark[] = "\357\273\277"; /* of UTF-8 */
    size_t n;
    int text, rc = first_line(r, &n, &text, e);

    if (rc)
        return rc;
    if (n >= 3 && memcmp(r->buf, mark, 3) == 0)
        r->pos = 3;
    if (text && n > r->pos)
        r->format = text_format(r->buf + r->pos, n - r->pos);
    if (!r->format && !text)
        return binary_format(r, e);
    if (r->format)
        return 0;
    return ae_fail(
        e, AE_EUNKNOWN,
        r->len == 0 ? "is empty"
                    : "holds no latents: neither jsonl, tsv, csv, npy, f32 nor "
                      "fvecs");
}

int ae_latents_open(struct ae_io *io, const struct ae_latent_format *format,
                    int d, struct ae_latents **out, struct ae_err *e)
{
    struct ae_latents *r = ae_alloc(1, sizeof(*r), e);
    int rc = 0;

    *out = NULL;
    if (!r)
        return AE_EMEM;
    r->io = io;
    r->d = d;
    r->format = format;
    if (!format)
        rc = recognise(r, e);
    else if (format == &ae_latent_f32 && !d)
        rc = ae_fail(e, AE_EARG,
                     "f32 needs to know how many numbers a latent has");
    if (rc)
        ae_latents_free(r);
    else
        *out = r;
    return rc;
}

void ae_latents_free(struct ae_latents *r)
{
    if (!r)
        return;
    free(r->buf);
    ae_csv_release(&r->row);
    free(r->z.p);
    free(r->logvar.p);
    ae_str_release(&r->name);
    free(r);
}

int ae_latents_size(const struct ae_latents *r)
{
    return r->d;
}

const char *ae_latents_format(const struct ae_latents *r)
{
    return r->format->name;
}

int ae_latents_ready(struct ae_latents *r)
{
    while (!r->ended && !r->eof && !r->format->whole(r)) {
        if (!ae_io_ready(r->io))
            return 0;
        if (ae_latents_fill(r, NULL))
            r->ended = 0; /* the next read shall say why */
        else
            continue;
        break;
    }
    return 1;
}

static int check_finite(const struct ae_float_list *l, struct ae_err *e)
{
    for (int i = 0; i < l->n; i++)
        if (!isfinite(l->p[i]))
            return ae_fail(e, AE_ENUMERIC, "number %d is %s", i + 1,
                           isnan(l->p[i]) ? "NaN" : "infinite");
    return 0;
}

/* Checks the record that was read; in the first one, its length is all's. */
static int check_record(struct ae_latents *r, struct ae_err *e)
{
    AE_TRY(check_finite(&r->z, e));
    AE_TRY(check_finite(&r->logvar, e));
    AE_TRY(ae_latents_count(r, r->z.n, e));
    if (r->logvar.n && r->logvar.n != r->z.n)
        return ae_fail(e, AE_EFORMAT, "%d numbers, but %d variances", r->z.n,
                       r->logvar.n);
    return 0;
}

int ae_latents_read(struct ae_latents *r, struct ae_latent *out,
                    struct ae_err *e)
{
    if (r->ended)
        return AE_END;
    r->z.n = r->logvar.n = 0;
    int rc = r->format->read(r, out, e);
    if (rc == AE_END) {
        r->ended = 1;
        return r->count ? AE_END : ae_fail(e, AE_EFORMAT, "holds no latents");
    }
    r->count++;
    if (!rc)
        rc = check_record(r, e);
    if (!rc) {
        r->bad = 0;
        out->z = r->z.p;
        out->logvar = r->logvar.n ? r->logvar.p : NULL;
        out->d = r->z.n;
        return 0;
    }
    if (++r->bad == GIVE_UP)
        r->ended = 1;
    if (r->line)
        ae_err_at(e, rc, "%s line %llu", r->format->name,
                  (unsigned long long)r->line);
    else
        ae_err_at(e, rc, "%s latent %llu", r->format->name,
                  (unsigned long long)r->count);
    return r->bad == GIVE_UP
               ? ae_err_at(e, rc, "%d faults in a row, the rest is left",
                           GIVE_UP)
               : rc;
}

/* ---------------------------------------------------------------- writing */

int ae_latent_writer_open(struct ae_io *io,
                          const struct ae_latent_format *format, int d,
                          int parts, struct ae_latent_writer **out,
                          struct ae_err *e)
{
    const int logvar = parts & AE_LATENT_LOGVAR;
    struct ae_latent_writer *w;
    int rc;

    *out = NULL;
    if (logvar && !format->variances)
        return ae_fail(e, AE_EARG,
                       "%s has no place for variances: jsonl, tsv and csv have",
                       format->name);
    if (!(w = ae_alloc(1, sizeof(*w), e)))
        return AE_EMEM;
    *w = (struct ae_latent_writer){
        .io = io, .format = format, .d = d, .variances = logvar};
    if (format->begin && (rc = format->begin(w, e)) < 0)
        goto out;
    if (parts & AE_LATENT_GOES_ON)
        w->text.len = 0; /* of the text formats, which alone have begun it */
    if (w->text.len && (rc = ae_io_write(io, w->text.p, w->text.len, e)) < 0)
        goto out;
    *out = w;
    return 0;
out:
    ae_latent_writer_free(w);
    return rc;
}

static int check_written(const char *what, const float *v, int d,
                         struct ae_err *e)
{
    for (int i = 0; i < d; i++)
        if (!isfinite(v[i]))
            return ae_fail(e, AE_ENUMERIC,
                           "number %d of its %s is not a number", i + 1, what);
    return 0;
}

int ae_latent_writer_put(struct ae_latent_writer *w, const struct ae_latent *z,
                         struct ae_err *e)
{
    w->text.len = 0;
    if (z->d != w->d || (w->variances && !z->logvar))
        return ae_fail(e, AE_EARG, "%d numbers%s, not %d", z->d,
                       z->logvar ? "" : " and no variances", w->d);
    AE_TRY(check_written("code", z->z, z->d, e));
    if (w->variances)
        AE_TRY(check_written("log-variance", z->logvar, z->d, e));
    AE_TRY(w->format->put(w, z, e));
    return w->text.len ? ae_io_write(w->io, w->text.p, w->text.len, e) : 0;
}

int ae_latent_writer_finish(struct ae_latent_writer *w, struct ae_err *e)
{
    return w->format->finish ? w->format->finish(w, e) : 0;
}

void ae_latent_writer_free(struct ae_latent_writer *w)
{
    if (!w)
        return;
    ae_array_free(w->array);
    ae_str_release(&w->text);
    free(w);
}
