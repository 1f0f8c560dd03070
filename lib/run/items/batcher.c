/* batcher.c - see batcher.h. */
#include "run/items/batcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

void ae_batcher_release(struct ae_batcher *b)
{
    for (int i = 0; b->text && i < b->most; i++)
        ae_str_release(&b->text[i]);
    free(b->x);
    free(b->class);
    free(b->item);
    free(b->row);
    free(b->text);
    *b = (struct ae_batcher){.run = b->run, .arg = b->arg};
}

int ae_batcher_resize(struct ae_batcher *b, size_t size, int most,
                      struct ae_err *e)
{
    const size_t n = (size_t)most;

    assert(b->n == 0);
    ae_batcher_release(b);
    b->most = most;
    b->size = size;
    b->x = ae_alloc(n, size * sizeof(*b->x), e);
    b->class = ae_alloc(n, sizeof(*b->class), e);
    b->item = ae_alloc(n, sizeof(*b->item), e);
    b->row = ae_alloc(n, sizeof(*b->row), e);
    b->text = ae_alloc(n, sizeof(*b->text), e);
    return b->x && b->class && b->item && b->row && b->text ? 0 : AE_EMEM;
}

/* Copies name, label and line into s, one after the other, and lets x point
 * there. */
static int copy_texts(struct ae_str *s, struct ae_example *x, struct ae_err *e)
{
    s->len = 0;
    if (x->name)
        AE_TRY(ae_str_addn(s, x->name, strlen(x->name) + 1, e));
    const size_t label = s->len;
    if (x->label)
        AE_TRY(ae_str_addn(s, x->label, strlen(x->label) + 1, e));
    const size_t line = s->len;
    if (x->line)
        AE_TRY(ae_str_addn(s, x->line, strlen(x->line) + 1, e));
    x->name = x->name ? s->p : NULL;
    x->label = x->label ? s->p + label : NULL;
    x->line = x->line ? s->p + line : NULL;
    return 0;
}

int ae_batcher_add(struct ae_batcher *b, const struct ae_example *x, int class,
                   uint64_t row, struct ae_err *e)
{
    struct ae_example *item = &b->item[b->n];
    float *to = b->x + (size_t)b->n * b->size;

    *item = *x;
    AE_TRY(copy_texts(&b->text[b->n], item, e));
    memcpy(to, x->x, b->size * sizeof(*to));
    item->x = to;
    item->more = 1;
    b->class[b->n] = class;
    b->row[b->n++] = row;
    return b->n == b->most || !x->more ? ae_batcher_flush(b, x->more, e) : 0;
}

int ae_batcher_flush(struct ae_batcher *b, int more, struct ae_err *e)
{
    if (b->n == 0)
        return 0;
    b->item[b->n - 1].more = more;
    const int rc = b->run(b->arg, e);
    b->n = 0;
    return rc;
}
