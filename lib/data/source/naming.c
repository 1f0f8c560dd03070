/* naming.c - see naming.h. */
#include "data/source/naming.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"

/* ----------------------------------------------------------------- counts */

static void clear_counts(struct ae_name_counts *c)
{
    free(c->hash);
    free(c->count);
    *c = (struct ae_name_counts){0};
}

/* The place of a hash, or the free one where it belongs. */
static size_t find_place(const struct ae_name_counts *c, uint64_t hash)
{
    size_t i = (size_t)hash & (c->size - 1);

    while (c->hash[i] && c->hash[i] != hash)
        i = (i + 1) & (c->size - 1);
    return i;
}

static int grow_counts(struct ae_name_counts *c, struct ae_err *e)
{
    struct ae_name_counts more = {.n = c->n,
                                  .size = c->size ? 2 * c->size : 256};

    more.hash = ae_alloc(more.size, sizeof(*more.hash), e);
    more.count = ae_alloc(more.size, sizeof(*more.count), e);
    if (!more.hash || !more.count) {
        clear_counts(&more);
        return AE_EMEM;
    }
    for (size_t i = 0; i < c->size; i++) {
        if (!c->hash[i])
            continue;
        const size_t to = find_place(&more, c->hash[i]);
        more.hash[to] = c->hash[i];
        more.count[to] = c->count[i];
    }
    clear_counts(c);
    *c = more;
    return 0;
}

/* *count: how often the name came so far, it included. */
static int count_name(struct ae_name_counts *c, const char *name,
                      uint32_t *count, struct ae_err *e)
{
    const uint64_t hash = ae_hash(name, strlen(name)) | 1;

    if (2 * c->n >= c->size)
        AE_TRY(grow_counts(c, e));
    const size_t at = find_place(c, hash);
    c->n += !c->hash[at];
    c->hash[at] = hash;
    *count = ++c->count[at];
    return 0;
}

/* ------------------------------------------------------------------ names */

void ae_naming_begin(struct ae_naming *n, const char *path, const char *name,
                     int several)
{
    clear_counts(&n->times);
    n->path = path;
    n->file = strlen(name);
    n->rows = 0;
    n->several = several;
}

void ae_naming_release(struct ae_naming *n)
{
    clear_counts(&n->times);
    ae_str_release(&n->shown);
}

/* The first of NAME, NAME#2, NAME#3... that the file doesn't have yet. */
static int add_unlike(struct ae_naming *n, const char *name, struct ae_err *e)
{
    const size_t at = n->shown.len;
    uint32_t count, again;

    AE_TRY(count_name(&n->times, name, &count, e));
    AE_TRY(ae_str_add(&n->shown, name, e));
    for (uint32_t k = count; k > 1; k++) {
        n->shown.len = at;
        AE_TRY(ae_str_printf(&n->shown, e, "%s#%u", name, k));
        AE_TRY(count_name(&n->times, n->shown.p + at, &again, e));
        if (again == 1)
            break;
    }
    return 0;
}

int ae_naming_make(struct ae_naming *n, const char *name, int repeats,
                   struct ae_err *e)
{
    const char *path = strcmp(n->path, "-") == 0 ? "stdin" : n->path;

    n->shown.len = 0;
    if (!n->rows) {
        AE_TRY(ae_str_add(&n->shown, path, e));
        return ae_str_add(&n->shown, name + n->file, e);
    }
    if (n->several)
        AE_TRY(ae_str_printf(&n->shown, e, "%s:", path));
    return repeats ? add_unlike(n, name, e) : ae_str_add(&n->shown, name, e);
}
