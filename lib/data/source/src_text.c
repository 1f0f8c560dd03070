/* src_text.c - lines of text, each an item of 1 x buckets x 1, named by its
 * number.  A line that isn't text is left out. */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/err.h"
#include "data/source/feature_hash.h"
#include "data/preprocessing.h"
#include "data/source/source.h"

static int push_line(struct ae_source *s, const struct ae_lines *l,
                     const char *label, struct ae_err *e)
{
    const int n = s->prep->buckets;
    struct ae_item it = {
        .line = l->text.p, .h = 1, .w = n, .c = 1, .bytes = 4, .label = label};
    char name[32];

    if (!(it.px = ae_alloc((size_t)n, sizeof(float), e)))
        return AE_EMEM;
    const int rc = ae_feature_hash(l->text.p, l->text.len, n, it.px, e);
    if (rc) {
        free(it.px);
        return rc;
    }
    ae_format(name, sizeof(name), "%llu", (unsigned long long)l->number);
    it.name = name;
    s->stats.outside = 1;
    return ae_source_push(s, &it, e);
}

static int take_line(struct ae_source *s, const struct ae_lines *l,
                     struct ae_err *e)
{
    const char *label = NULL;
    struct ae_err why;
    int wanted;

    AE_TRY(ae_source_select_row(s, &label, &wanted, e));
    if (!wanted)
        return 0;
    return ae_lines_check(l, &why) ? ae_source_leave_out(s, 1, &why, e)
                                   : push_line(s, l, label, e);
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct ae_lines l = {.io = io};
    int rc = 0;

    (void)name;
    while (rc == 0 && (rc = ae_lines_next(&l, e)) == 0)
        rc = take_line(s, &l, e);
    ae_str_release(&l.text);
    return rc < 0 ? rc : 0;
}

const struct ae_source_kind ae_source_text = {"text", NULL, read_all};
