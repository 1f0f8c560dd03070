/* scores_line.c - a series of any length as places along it: one a row, or,
 * where there are more rows than places, one for two of them, for four... */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "page/scores.h"

enum { NAME = 255 /* bytes of a name that are kept */ };

int ae_score_line_init(struct ae_score_line *c, int columns, struct ae_err *e)
{
    *c = (struct ae_score_line){.columns = columns, .each = 1};
    c->place = ae_alloc(AE_LINE_PLACES, sizeof(*c->place), e);
    c->range = ae_alloc(AE_LINE_PLACES,
                        ((size_t)columns * 2 + 1) * sizeof(float), e);
    return c->place && c->range ? 0 : AE_EMEM;
}

void ae_score_line_release(struct ae_score_line *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->place[i].name);
    free(c->place);
    free(c->range);
    *c = (struct ae_score_line){0};
}

static float *range_at(const struct ae_score_line *c, size_t i)
{
    return c->range + i * (size_t)c->columns * 2;
}

static void widen(const struct ae_score_line *c, float *to, const float *lo,
                  const float *hi, size_t step)
{
    for (size_t k = 0; k < (size_t)c->columns; k++) {
        to[2 * k] = fminf(to[2 * k], lo[k * step]);
        to[2 * k + 1] = fmaxf(to[2 * k + 1], hi[k * step]);
    }
}

/* What is a number is odder than what is none. */
static int is_odder(double a, double b)
{
    return a > b || (isnan(b) && !isnan(a));
}

/* Every two places become one. */
static void halve(struct ae_score_line *c)
{
    const size_t size = (size_t)c->columns * 2 * sizeof(float);

    for (size_t i = 0; i < c->count / 2; i++) {
        struct ae_place *a = &c->place[2 * i], *b = a + 1;
        const float *other = range_at(c, 2 * i + 1);
        struct ae_place *odder = is_odder(b->score, a->score) ? b : a;
        free(odder == a ? b->name : a->name);
        c->place[i] = *odder;
        widen(c, range_at(c, 2 * i), other, other + 1, 2);
        memmove(range_at(c, i), range_at(c, 2 * i), size);
    }
    c->count /= 2;
    c->each *= 2;
}

static int begin_place(struct ae_score_line *c, const char *name, double score,
                       struct ae_err *e)
{
    float *range = range_at(c, c->count);

    for (size_t k = 0; k < (size_t)c->columns; k++) {
        range[2 * k] = INFINITY;
        range[2 * k + 1] = -INFINITY;
    }
    c->place[c->count] = (struct ae_place){score, strndup(name, NAME)};
    if (!c->place[c->count].name)
        return ae_fail(e, AE_EMEM, "no memory for a name");
    c->count++;
    return 0;
}

int ae_score_line_add(struct ae_score_line *c, const char *name, double score,
                      const float *value, struct ae_err *e)
{
    if (c->rows == AE_LINE_PLACES * c->each)
        halve(c);
    if (c->rows++ % c->each == 0)
        AE_TRY(begin_place(c, name, score, e));
    struct ae_place *last = &c->place[c->count - 1];
    if (value)
        widen(c, range_at(c, c->count - 1), value, value, 1);
    if (!is_odder(score, last->score))
        return 0;
    char *copy = strndup(name, NAME);
    if (!copy)
        return ae_fail(e, AE_EMEM, "no memory for a name");
    free(last->name);
    *last = (struct ae_place){score, copy};
    return 0;
}

/* ------------------------------------------------------------- stretches */

/* The next stretch from place `from` on; 0: there is none. */
static int next_stretch(const struct ae_score_line *c, double threshold,
                        size_t from, struct ae_stretch *s)
{
    while (from < c->count && !(c->place[from].score > threshold))
        from++;
    if (from == c->count)
        return 0;
    *s = (struct ae_stretch){from, from, from};
    while (s->last + 1 < c->count && c->place[s->last + 1].score > threshold) {
        s->last++;
        if (c->place[s->last].score > c->place[s->peak].score)
            s->peak = s->last;
    }
    return 1;
}

/* Puts a stretch where it belongs among the n highest. */
static size_t insert(const struct ae_score_line *c, struct ae_stretch *out,
                     size_t n, size_t most, const struct ae_stretch *s)
{
    const double score = c->place[s->peak].score;
    size_t i = n;

    while (i > 0 && c->place[out[i - 1].peak].score < score)
        i--;
    if (i == most)
        return n;
    n += n < most;
    memmove(out + i + 1, out + i, (n - 1 - i) * sizeof(*out));
    out[i] = *s;
    return n;
}

size_t ae_score_line_stretches(const struct ae_score_line *c, double threshold,
                               struct ae_stretch *out, size_t most)
{
    struct ae_stretch s;
    size_t n = 0, all = 0, from = 0;

    while (next_stretch(c, threshold, from, &s)) {
        n = insert(c, out, n, most, &s);
        from = s.last + 1;
        all++;
    }
    return all;
}
