/* Items held for a batch: when it runs, and what it finds then. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "run/items/batcher.h"

struct seen {
    struct ae_batcher *b;
    int runs, items, last_more;
};

/* Item i is named by its number, and its values are i and 2 i. */
static int see(void *arg, struct ae_err *e)
{
    struct seen *s = arg;
    char name[16];

    (void)e;
    s->runs++;
    for (int i = 0; i < s->b->n; i++, s->items++) {
        const struct ae_example *x = &s->b->item[i];
        snprintf(name, sizeof(name), "%d", s->items);
        cr_assert_str_eq(x->name, name);
        cr_assert_eq(x->x[1], 2 * x->x[0]);
        cr_assert_eq((int)x->x[0], s->items);
        cr_assert_eq(s->b->class[i], s -> items % 3);
        cr_assert_eq(s->b->row[i], (uint64_t)s->items + 1);
        cr_assert_eq(x->label == NULL, s->items % 2);
        cr_assert(x->more || i == s->b->n - 1);
        s->last_more = x->more;
    }
    return 0;
}

static void add(struct ae_batcher *b, int i, int more)
{
    char name[16];
    const float v[2] = {(float)i, (float)(2 * i)};
    const struct ae_example x = {
        .name = name, .x = v, .label = i % 2 ? NULL : "even", .more = more};

    snprintf(name, sizeof(name), "%d", i);
    cr_assert_eq(ae_batcher_add(b, &x, i % 3, (uint64_t)i + 1, NULL), 0);
}

Test(batcher, runs_when_full_and_when_nothing_is_ready)
{
    struct ae_batcher b = {.run = see};
    struct seen s = {.b = &b};

    b.arg = &s;
    cr_assert_eq(ae_batcher_resize(&b, 2, 4, NULL), 0);
    for (int i = 0; i < 5; i++)
        add(&b, i, 1);
    cr_assert_eq(s.runs, 1);
    cr_assert_eq(s.items, 4);
    cr_assert_eq(s.last_more, 1);
    add(&b, 5, 0);
    cr_assert_eq(s.runs, 2);
    cr_assert_eq(s.items, 6);
    cr_assert_eq(s.last_more, 0);
    add(&b, 6, 1);
    cr_assert_eq(ae_batcher_flush(&b, 0, NULL), 0);
    cr_assert_eq(s.items, 7);
    cr_assert_eq(s.last_more, 0);
    cr_assert_eq(ae_batcher_flush(&b, 0, NULL), 0);
    cr_assert_eq(s.runs, 3);
    ae_batcher_release(&b);
}
