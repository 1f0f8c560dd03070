/* items.h - the whole path of items under a fuzzer: bytes, recognised or of a
 * kind that was asked for, to arrays of samples as training takes them.  What
 * was learned of them is written as JSON, read again, and says the same. */
#ifndef FUZZ_ITEMS_H
#define FUZZ_ITEMS_H

#include <stdlib.h>
#include <string.h>

#include "data/source/source.h"
#include "picture.h"

/* Every sample is looked at, so that one that was never set is noticed. */
static inline int items_take(void *arg, struct ae_item *it, struct ae_err *e)
{
    const unsigned char *p = it->px;
    unsigned *sum = arg;

    (void)e;
    if (it->h < 1 || it->w < 1 || it->c < 1 || !it->name || !it->shown)
        abort();
    for (size_t i = 0; i < ae_item_bytes(it); i++)
        *sum += p[i];
    free(it->px);
    return 0;
}

static inline void items_again(const struct ae_preprocessing *prep)
{
    struct ae_err e = {0};
    json_t *one = ae_preprocessing_json(prep, &e), *two,
           *meta = json_pack("{s:o}", "input", one);
    struct ae_preprocessing back = {0};
    char *a, *b;

    if (!one || !meta || ae_json_print(one, 0, &a, &e))
        abort();
    const int rc = ae_preprocessing_get(meta, &back, &e);
    if (rc < 0 && !e.msg[0])
        abort(); /* an error without a word */
    if (rc == 0) {
        two = ae_preprocessing_json(&back, &e);
        if (!two || ae_json_print(two, 0, &b, &e) || strcmp(a, b) != 0)
            abort();
        json_decref(two);
        free(b);
    }
    free(a);
    ae_preprocessing_release(&back);
    json_decref(meta);
}

static inline int items_fuzz(const uint8_t *data, size_t size, int kind)
{
    struct ae_preprocessing prep = {.kind = kind};
    unsigned sum = 0;
    const struct ae_item_sink sink = {.take = items_take, .arg = &sum};
    const struct ae_source_options o = {.min_side = 1, .learn = 1};
    struct ae_source s = {
        .ctx = picture_context(), .o = &o, .sink = &sink, .prep = &prep};
    struct ae_io *io;
    struct ae_err e = {0};

    if (ae_io_open_memory(data, size, "fuzz", &io, NULL))
        abort();
    const int rc = ae_source_read_io(&s, io, "fuzz", &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0 && s.taken > 0)
        items_again(&prep);
    ae_io_close(io);
    ae_naming_release(&s.naming);
    ae_preprocessing_release(&prep);
    return 0;
}

#endif
