/* hostile.h - what the tests of hostile pictures share: a defect that is
 * grafted onto a valid file, and what must come of it. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "base/base.h"
#include "pictures.h"

struct file {
    struct bytes b;
    struct ae_ctx *ctx;
};

struct defect {
    const char *name;
    void (*graft)(struct file *);
    int code;
    const char *reason; /* part of the message, or of a note where code is 0 */
};

/* Replaces n bytes at `at` by m others. */
static inline void splice(struct bytes *b, size_t at, size_t n,
                          const void *with, size_t m)
{
    struct bytes out = {0};

    pic_append(&out, b->p, at);
    pic_append(&out, with, m);
    pic_append(&out, b->p + at + n, b->n - at - n);
    free(b->p);
    *b = out;
}

/* Grafts each defect onto a picture of 8 x 8 pixels and reads it. */
static inline void check_defects(const char *format,
                                 const struct defect *defect, size_t count)
{
    for (const struct defect *d = defect; d < defect + count; d++) {
        struct file f = {.ctx = pic_context(0, 0)};
        struct ae_image im = pic_make(f.ctx, 8, 8, 3, 0, 255), out;
        struct ae_err e = {0};
        f.b = pic_write(f.ctx, format, &im, NULL, 0);
        d->graft(&f);
        const int rc = pic_read(f.ctx, f.b.p, f.b.n, &out, NULL, &e);
        cr_expect_eq(rc, d->code, "%s, %s: %d, %s", format, d->name, rc, e.msg);
        const char *said = d->code ? e.msg : pic_notes;
        cr_expect(strstr(said, d->reason), "%s, %s: \"%s\"", format, d->name,
                  said);
        if (rc == 0)
            ae_image_release(&out);
        ae_image_release(&im);
        free(f.b.p);
        ae_ctx_free(f.ctx);
    }
}

#endif
