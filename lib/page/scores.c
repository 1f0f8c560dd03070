/* scores.c - which items a page of anomaly scores keeps: the oddest so far, so
 * that memory holds no more pictures than are shown, and of all others a
 * number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "page/scores.h"

enum { MOST_FAULTS = 1000, LEAST_CAP = 1024 };

/* Columns of a series whose values can be drawn. */
static int columns_of(const struct ae_score_page_options *o)
{
    return o->series && o->units ? ae_min(o->columns, AE_LINE_COLUMNS) : 0;
}

int ae_score_page_new(struct ae_ctx *ctx, const struct ae_score_page_options *o,
                      struct ae_score_page **out, struct ae_err *e)
{
    *out = NULL;
    if (o->oddest < 1)
        return ae_fail(e, AE_EARG, "at least one item is shown");
    struct ae_score_page *p = ae_alloc(1, sizeof(*p), e);
    if (!p)
        return AE_EMEM;
    *p = (struct ae_score_page){.ctx = ctx, .o = *o};
    p->odd = ae_alloc((size_t)o->oddest, sizeof(*p->odd), e);
    const int rc = !p->odd     ? AE_EMEM
                   : o->series ? ae_score_line_init(&p->line, columns_of(o), e)
                               : 0;
    if (rc)
        ae_score_page_free(p);
    else
        *out = p;
    return rc;
}

void ae_score_page_free(struct ae_score_page *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->odds; i++)
        ae_odd_release(&p->odd[i]);
    for (size_t i = 0; i < p->faults; i++) {
        free(p->fault[i].name);
        free(p->fault[i].why);
    }
    ae_score_line_release(&p->line);
    free(p->odd);
    free(p->fault);
    free(p->score);
    free(p->outlier);
    free(p);
}

/* ------------------------------------------------------------ the oddest */

/* What isn't a number is odder than all others. */
static double rank_of(double value)
{
    return isnan(value) ? (double)INFINITY : value;
}

static void drop(struct ae_score_page *p, size_t i)
{
    ae_odd_release(&p->odd[i]);
    p->odds--;
    memmove(p->odd + i, p->odd + i + 1, (p->odds - i) * sizeof(*p->odd));
}

/* Whether windows cover some of the same rows. */
static int overlap(const struct ae_score_page *p, uint64_t a, uint64_t b)
{
    const uint64_t apart = a > b ? a - b : b - a;

    return apart * (uint64_t)p->o.stride < (uint64_t)p->o.window;
}

/* Of windows that overlap only the oddest is kept: drops those that give way
 * to one of that value, or returns 0 where it gives way itself. */
static int drop_overlapped(struct ae_score_page *p, double value)
{
    if (!p->o.window || p->o.points)
        return 1;
    for (size_t i = 0; i < p->odds; i++)
        if (overlap(p, p->odd[i].at, p->at) &&
            rank_of(p->odd[i].value) >= rank_of(value))
            return 0;
    for (size_t i = p->odds; i-- > 0;)
        if (overlap(p, p->odd[i].at, p->at))
            drop(p, i);
    return 1;
}

/* Where an item of that value comes among the oddest, of equal ones behind the
 * earlier ones; o.oddest: nowhere. */
static size_t place_of(const struct ae_score_page *p, double value)
{
    size_t i = p->odds;

    while (i > 0 && rank_of(p->odd[i - 1].value) < rank_of(value))
        i--;
    return i;
}

/* Windows of another file overlap none of those before. */
static void move_on(struct ae_score_page *p, const struct ae_score *s)
{
    if (p->count && p->file + s->index <= p->at)
        p->file = p->at + (uint64_t)p->o.window;
    p->at = p->file + s->index;
}

static int keep_odd(struct ae_score_page *p, const struct ae_score *s,
                    struct ae_err *e)
{
    const size_t most = (size_t)p->o.oddest;

    if (place_of(p, s->value) == most || !drop_overlapped(p, s->value))
        return 0;
    struct ae_odd one = {.value = s->value, .at = p->at};
    const int rc = ae_odd_take(p, s, &one, e);
    if (rc) {
        ae_odd_release(&one);
        return rc;
    }
    if (p->odds == most)
        drop(p, most - 1);
    const size_t i = place_of(p, s->value);
    memmove(p->odd + i + 1, p->odd + i, (p->odds - i) * sizeof(*p->odd));
    p->odd[i] = one;
    p->odds++;
    return 0;
}

/* ------------------------------------------------------------- all others */

static int keep_score(struct ae_score_page *p, double value, int outlier,
                      struct ae_err *e)
{
    if (!isfinite(value))
        return 0;
    if (p->finite == p->cap) {
        const size_t cap = p->cap ? 2 * p->cap : LEAST_CAP;
        AE_TRY(ae_realloc(&p->score, cap, sizeof(*p->score), e));
        AE_TRY(ae_realloc(&p->outlier, cap, 1, e));
        p->cap = cap;
    }
    p->labelled |= outlier > 0;
    p->outlier[p->finite] = outlier > 0;
    p->score[p->finite++] = value;
    return 0;
}

/* The rows of a window that no window before it has. */
static int add_window(struct ae_score_page *p, const struct ae_score *s,
                      struct ae_err *e)
{
    const int fresh = s->index ? ae_min(p->o.stride, s->w) : s->w;
    int rc = 0;

    for (int t = s->w - fresh; !rc && t < s->w; t++)
        rc = ae_score_line_add(&p->line, s->name, s->value,
                               s->x ? s->x + (size_t)t * (size_t)s->c : NULL,
                               e);
    return rc;
}

int ae_score_page_add(struct ae_score_page *p, const struct ae_score *s,
                      int outlier, struct ae_err *e)
{
    move_on(p, s);
    AE_TRY(keep_score(p, s->value, outlier, e));
    AE_TRY(keep_odd(p, s, e));
    p->count++;
    if (!p->o.series)
        return 0;
    return p->o.points ? ae_score_line_add(&p->line, s->name, s->value, s->x, e)
                       : add_window(p, s, e);
}

int ae_score_page_add_fault(struct ae_score_page *p, const char *name,
                            const char *why, struct ae_err *e)
{
    p->all_faults++;
    if (p->faults == MOST_FAULTS)
        return 0;
    if (!p->fault)
        p->fault = ae_alloc(MOST_FAULTS, sizeof(*p->fault), e);
    if (!p->fault)
        return AE_EMEM;
    struct ae_score_fault *f = &p->fault[p->faults++];
    f->name = strdup(name);
    f->why = strdup(why);
    return f->name && f->why ? 0 : ae_fail(e, AE_EMEM, "no memory for a name");
}

/* -------------------------------------------------------------- of a kind */

int ae_score_page_draws(const struct ae_score_page *p)
{
    return !p->o.points && (p->o.kind == AE_ITEM_IMAGE ||
                            p->o.kind == AE_ITEM_ARRAY || p->o.window);
}

const char *ae_scores_noun(const struct ae_score_page *p)
{
    if (p->o.kind == AE_ITEM_TEXT)
        return "lines";
    if (p->o.kind != AE_ITEM_TABLE)
        return p->o.kind == AE_ITEM_IMAGE ? "pictures" : "items";
    return p->o.window && !p->o.points ? "windows" : "rows";
}
