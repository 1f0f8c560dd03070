/* noise.c - chains of noises: the table, the grammar, the application.
 *
 *   noise  = chain { "|" chain }            one is drawn for each picture
 *   chain  = [ WEIGHT "*" ] link { "+" link }       applied left to right
 *   link   = NAME [ ":" KEY "=" VALUE { "," KEY "=" VALUE } ]
 *
 * The text `photo` stands for the mixture that photo models are trained on.
 *
 * A picture's draws are a function of (seed, index): those of the chain on
 * stream 0 of the index, those of link i on stream i + 1.  What a noise does to
 * the samples is not known here. */
#include "noise/noise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/mem.h"
#include "base/str.h"

/* All noises, in the order of --help. */
#define KINDS(K)                                                               \
    K(gauss)                                                                   \
    K(poisson)                                                                 \
    K(impulse)                                                                 \
    K(mask)                                                                    \
    K(hot)                                                                     \
    K(speckle)                                                                 \
    K(stripe)                                                                  \
    K(band)                                                                    \
    K(correlated)                                                              \
    K(blotch)                                                                  \
    K(grain)                                                                   \
    K(camera)                                                                  \
    K(jpeg)

#define DECLARE(name) extern const struct ae_noise_kind ae_noise_##name;
#define LIST(name) &ae_noise_##name,
KINDS(DECLARE)
static const struct ae_noise_kind *const kinds[] = {KINDS(LIST)};

const struct ae_noise_kind *ae_noise_kind_at(size_t i)
{
    return i < AE_LEN(kinds) ? kinds[i] : NULL;
}

enum {
    LINKS_MAX = 64,    /* of one noise, all chains together */
    BAND = 16,         /* rows a task takes */
    PARALLEL = 1 << 18 /* samples below which threads don't pay */
};

struct link {
    const struct ae_noise_kind *kind;
    void *attr;
};

struct chain {
    double upto;      /* sum of the weights, this one included */
    int first, count; /* its links */
};

struct ae_noise {
    struct ae_arena arena;
    struct chain chain[LINKS_MAX];
    struct link link[LINKS_MAX];
    int chains, links;
};

/* What photographs have, found on pictures that are in no training set: half
 * white noise, half a camera's, with or without JPEG; and some that are clean,
 * so that a net learns to leave those as they are. */
static const char photo[] =
    "8*gauss:sigma=0..55|"
    "3*camera:iso=400..102400,chroma=0.2..1|"
    "3*camera:iso=400..102400,chroma=0.1..1,coring=0..1.5"
    "+jpeg:q=75..99,shift=1|"
    "3*camera:rms=1..9,smooth=0.8..2,chroma=0.05..1,coring=0..1.5"
    "+jpeg:q=72..99,shift=1|"
    "1*camera:rms=1..9,smooth=1..2,chroma=0..0.5,coring=0..1.5|"
    "1*camera:iso=400..102400,smooth=0..0.7|"
    "0.5*camera:iso=800..204800,half=1|"
    "0.5*camera:iso=800..51200+blotch:sigma=0..8+band:sigma=0..3|"
    "1.5*gauss:sigma=0..12+hot:p=0.0002..0.003|"
    "2*gauss:sigma=0..35+jpeg:q=60..98,shift=1|"
    "0.7*grain:sigma=2..30|"
    "0.8*correlated:sigma=0..20|"
    "1*gauss:sigma=0";

/* ------------------------------------------------------------- grammar */

static const struct ae_noise_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < AE_LEN(kinds); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

static int fail_unknown(const char *name, struct ae_err *e)
{
    char list[256] = "";

    for (size_t i = 0; i < AE_LEN(kinds); i++) {
        const size_t at = strlen(list);

        snprintf(list + at, sizeof(list) - at, " %s", kinds[i]->name);
    }
    return ae_fail(e, AE_EARG, "noise '%s' is unknown (known:%s)", name, list);
}

/* Cuts *text at the next `sep`; NULL after the last part. */
static char *next_part(char **text, char sep)
{
    char *begin = *text, *end;

    if (!begin)
        return NULL;
    end = strchr(begin, sep);
    if (end)
        *end++ = '\0';
    *text = end;
    return begin;
}

static int parse_link(struct ae_noise *n, char *text, struct ae_err *e)
{
    struct link *link = &n->link[n->links];
    char *list = text;
    int rc;

    if (n->links == LINKS_MAX)
        return ae_fail(e, AE_ELIMIT, "more than %d noises", LINKS_MAX);
    text = next_part(&list, ':');
    if (!*text)
        return ae_fail(e, AE_EARG, "a noise's name is missing");
    link->kind = find_kind(text);
    if (!link->kind)
        return fail_unknown(text, e);
    link->attr = ae_arena_alloc(&n->arena, 1, link->kind->size, e);
    if (!link->attr)
        return AE_EMEM;
    rc = ae_fields_parse(link->kind->fields, link->attr, list, ',', e);
    if (rc)
        return ae_err_at(e, rc, "noise '%s'", text);
    n->links++;
    return 0;
}

static int parse_chain(struct ae_noise *n, char *text, struct ae_err *e)
{
    struct chain *chain = &n->chain[n->chains];
    char *const star = strchr(text, '*'), *link;
    double weight = 1.0;
    int rc = 0;

    if (n->chains == LINKS_MAX)
        return ae_fail(e, AE_ELIMIT, "more than %d chains", LINKS_MAX);
    if (star) {
        *star = '\0';
        rc = ae_parse_real(text, 1e-6, 1e6, &weight, e);
        if (rc)
            return ae_err_at(e, rc, "noise weight '%s'", text);
        text = star + 1;
    }
    chain->first = n->links;
    while (!rc && (link = next_part(&text, '+')))
        rc = parse_link(n, link, e);
    chain->count = n->links - chain->first;
    chain->upto = weight + (n->chains ? chain[-1].upto : 0.0);
    n->chains++;
    return rc;
}

int ae_noise_parse(const char *text, struct ae_noise **out, struct ae_err *e)
{
    struct ae_noise *n = ae_alloc(1, sizeof(*n), e);
    char *rest, *chain;
    int rc = 0;

    *out = NULL;
    if (!n)
        return AE_EMEM;
    rest = ae_arena_strdup(&n->arena, strcmp(text, "photo") == 0 ? photo : text,
                           e);
    if (!rest)
        rc = AE_EMEM;
    while (!rc && (chain = next_part(&rest, '|')))
        rc = parse_chain(n, chain, e);
    if (rc) {
        ae_noise_free(n);
        return rc;
    }
    *out = n;
    return 0;
}

void ae_noise_free(struct ae_noise *n)
{
    if (!n)
        return;
    ae_arena_release(&n->arena);
    free(n);
}

/* ---------------------------------------------------------------- help */

static int append(char *buf, size_t size, size_t at, const char *line)
{
    return snprintf(at < size ? buf + at : NULL, at < size ? size - at : 0,
                    "%s", line);
}

int ae_noise_help(char *buf, size_t size)
{
    char line[256];
    size_t at = 0;

    for (size_t i = 0; i < AE_LEN(kinds); i++) {
        snprintf(line, sizeof(line), "%-12s%s\n", kinds[i]->name,
                 kinds[i]->help);
        at += (size_t)append(buf, size, at, line);
        for (const struct ae_field *f = kinds[i]->fields; f->name; f++) {
            snprintf(line, sizeof(line), "  %-10s%s (%s)\n", f->name, f->help,
                     f->def ? f->def : "0");
            at += (size_t)append(buf, size, at, line);
        }
    }
    return (int)at;
}

/* --------------------------------------------------------------- apply */

double ae_noise_draw(const double range[2], struct ae_rng *rng)
{
    const double u = ae_rng_uniform(rng);

    return range[0] + u * (range[1] - range[0]);
}

struct rows {
    ae_noise_row_fn *fn;
    double amount;
    float *data;
    int w, h, c, stride;
    uint64_t seed, stream;
};

static void rows_task(void *arg, int task, int thread)
{
    const struct rows *r = arg;
    const int end = ae_min(r->h, (task + 1) * BAND);

    (void)thread;
    for (int y = task * BAND; y < end; y++) {
        struct ae_rng rng;

        ae_rng_init(&rng, r->seed, ae_mix(r->stream, (uint64_t)y));
        r->fn(r->amount, r->data + (size_t)y * (size_t)r->w * (size_t)r->stride,
              r->w, r->c, r->stride, &rng);
    }
}

/* Bands of a large picture on the pool; a small one would not gain by it. */
static void par_bands(struct ae_ctx *ctx, int w, int h, int c, ae_task_fn *fn,
                      void *arg)
{
    const int large = (double)w * h * c >= PARALLEL;

    ae_par_for(large ? ctx->pool : NULL, (h + BAND - 1) / BAND, fn, arg);
}

static int apply_link(struct ae_ctx *ctx, const struct link *link, float *data,
                      int w, int h, int c, int stride, struct ae_rng *rng,
                      struct ae_err *e)
{
    const struct ae_noise_kind *kind = link->kind;

    if (kind->apply)
        return kind->apply(ctx, link->attr, data, w, h, c, stride, rng, e);
    const double amount = ae_noise_draw(link->attr, rng);
    struct rows r = {kind->row, amount,    data,           w, h, c,
                     stride,    rng->seed, ae_rng_u64(rng)};
    par_bands(ctx, w, h, c, rows_task, &r);
    return 0;
}

/* What becomes of the picture after the chain: the level is measured
 * against the clean copy, then samples become what a file can hold. */
struct finish {
    float *data;
    const float *clean; /* h*w*c, or NULL */
    double *sums;       /* a band's sum of squares, or NULL */
    int w, h, c, stride;
    float maxval;
};

static void finish_task(void *arg, int task, int thread)
{
    const struct finish *f = arg;
    const size_t n = (size_t)f->w, c = (size_t)f->c, s = (size_t)f->stride;
    const size_t first = (size_t)task * BAND * n;
    const size_t last = (size_t)ae_min(f->h, (task + 1) * BAND) * n;
    double sum = 0.0;

    (void)thread;
    for (size_t i = first; f->clean && i < last; i++)
        for (size_t k = 0; k < c; k++) {
            const double d = (double)f->data[i * s + k] - f->clean[i * c + k];

            sum += d * d;
        }
    if (f->sums)
        f->sums[task] = sum;
    for (size_t i = first; f->maxval > 0.0f && i < last; i++)
        for (size_t k = 0; k < c; k++) {
            const float v = f->data[i * s + k];
            const float x = v > 0.0f ? v < 1.0f ? v : 1.0f : 0.0f;

            f->data[i * s + k] = floorf(x * f->maxval + 0.5f) / f->maxval;
        }
}

static const struct chain *draw_chain(const struct ae_noise *n, uint64_t seed,
                                      uint64_t index)
{
    const double total = n->chain[n->chains - 1].upto;
    struct ae_rng rng;
    double u;
    int i = 0;

    ae_rng_init(&rng, seed, ae_mix(index, 0));
    u = ae_rng_uniform(&rng) * total;
    while (i < n->chains - 1 && u >= n->chain[i].upto)
        i++;
    return &n->chain[i];
}

/* The clean picture without gaps, and room for the bands' sums. */
static int keep_clean(const float *data, int w, int h, int c, int stride,
                      float **clean, double **sums, struct ae_err *e)
{
    const size_t n = (size_t)w * (size_t)h, k = (size_t)c;

    *clean = ae_alloc_aligned(n, k * sizeof(**clean), e);
    *sums = ae_alloc((size_t)(h + BAND - 1) / BAND, sizeof(**sums), e);
    if (!*clean || !*sums)
        return AE_EMEM;
    for (size_t i = 0; i < n; i++)
        memcpy(*clean + i * k, data + i * (size_t)stride, k * sizeof(float));
    return 0;
}

int ae_noise_apply(struct ae_ctx *ctx, const struct ae_noise *n, float *data,
                   int w, int h, int c, int stride, unsigned maxval,
                   uint64_t seed, uint64_t index, double *rms, struct ae_err *e)
{
    const struct chain *chain = draw_chain(n, seed, index);
    struct finish f = {data, NULL, NULL, w, h, c, stride, (float)maxval};
    float *clean = NULL;
    double sum = 0.0;
    int rc = 0;

    if (rms)
        rc = keep_clean(data, w, h, c, stride, &clean, &f.sums, e);
    for (int i = 0; !rc && i < chain->count; i++) {
        const struct link *link = &n->link[chain->first + i];
        struct ae_rng rng;

        ae_rng_init(&rng, seed, ae_mix(index, (uint64_t)i + 1));
        rc = apply_link(ctx, link, data, w, h, c, stride, &rng, e);
        if (rc)
            rc = ae_err_at(e, rc, "noise '%s'", link->kind->name);
    }
    if (!rc) {
        f.clean = clean;
        par_bands(ctx, w, h, c, finish_task, &f);
    }
    for (int i = 0; rms && !rc && i < (h + BAND - 1) / BAND; i++)
        sum += f.sums[i];
    if (rms && !rc)
        *rms = sqrt(sum / ((double)w * h * c));
    ae_free_aligned(clean);
    free(f.sums);
    return rc;
}
