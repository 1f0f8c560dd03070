/* untried.c - settings that no trial has had yet.
 *
 * A trial is a function of its settings, so the same ones once more would tell
 * nothing new.  The combinations of a space of choices and whole numbers are
 * numbered, the last setting first; where a sampler's is tried already, the
 * next one that isn't takes its place. */
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "tune/study.h"

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The numbers of combinations that were tried, each once and in order; to be
 * freed. */
static int list_tried(const struct ae_study *s, uint64_t **out, size_t *n,
                      struct ae_err *e)
{
    size_t found = 0;

    *n = 0;
    *out = ae_alloc(s->trials.count + 1, sizeof(**out), e);
    if (!*out)
        return AE_EMEM;
    for (size_t i = 0; i < s->trials.count; i++)
        found += (size_t)ae_space_number(
            &s->space, (const char *const *)s->trials.at[i].setting,
            *out + found);
    qsort(*out, found, sizeof(**out), by_number);
    for (size_t i = 0; i < found; i++)
        if (!*n || (*out)[*n - 1] != (*out)[i])
            (*out)[(*n)++] = (*out)[i];
    return 0;
}

int ae_study_is_exhausted(const struct ae_study *s, int *yes, struct ae_err *e)
{
    const uint64_t all = ae_space_combinations(&s->space);
    uint64_t *tried;
    size_t n;

    *yes = 0;
    if (!all || s->trials.count < all)
        return 0;
    const int rc = list_tried(s, &tried, &n, e);
    *yes = !rc && n == all;
    free(tried);
    return rc;
}

/* The first number from `at` on, and on from 0, that isn't among n sorted ones,
 * which aren't all. */
static uint64_t next_untried(const uint64_t *tried, size_t n, uint64_t at,
                             uint64_t all)
{
    size_t i = 0;

    while (i < n && tried[i] < at)
        i++;
    while (i < n && tried[i] == at) {
        i++;
        if (++at == all)
            at = i = 0;
    }
    return at;
}

int ae_study_avoid_tried(const struct ae_study *s, char text[][AE_SPACE_VALUE],
                         struct ae_err *e)
{
    const uint64_t all = ae_space_combinations(&s->space);
    const char *value[AE_SPACE_SETTINGS];
    uint64_t *tried, at;
    size_t n;

    for (int i = 0; i < s->space.count; i++)
        value[i] = text[i];
    if (!all || !ae_space_number(&s->space, value, &at))
        return 0;
    const int rc = list_tried(s, &tried, &n, e);
    if (!rc && n < all)
        ae_space_texts(&s->space, next_untried(tried, n, at, all), text);
    free(tried);
    return rc;
}
