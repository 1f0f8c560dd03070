/* strip.h - items of a run on its page: pictures as sheets of PNG, items of one
 * row, which tables and arrays give, as small drawings. */
#ifndef AE_TRAIN_REPORT_STRIP_H
#define AE_TRAIN_REPORT_STRIP_H

#include "page/html.h"
#include "train/report/view.h"

enum {
    AE_STRIP_TRACES = 6,  /* drawings on a page, and ... */
    AE_STRIP_CHANNELS = 3 /* ... channels of an item that get one */
};

/* A sheet of pictures, side by side. */
struct ae_strip {
    struct ae_image im;
    struct ae_shape item;
    int columns;
    double lo, hi; /* what black and white stand for */
};

/* 1 where items are pictures, 0 where they are rows of numbers. */
int ae_strip_is_picture(const struct ae_train_view *v);
struct ae_shape ae_strip_shape(const struct ae_view *v);
/* How many items stand side by side. */
int ae_strip_columns(const struct ae_train_view *v);
/* A white sheet of columns x rows items, in the range of the first `examples`
 * held-out ones where data lie outside 0..1. */
int ae_strip_init(struct ae_strip *s, const struct ae_train_view *v,
                  int columns, int rows, int examples, struct ae_err *e);
void ae_strip_release(struct ae_strip *s);
/* Puts item k of the view to the place `at`. */
void ae_strip_put(struct ae_strip *s, const struct ae_view *v, int k, int at);
/* Puts how far the items differ there, times gain: black is none. */
void ae_strip_put_error(struct ae_strip *s, const struct ae_view *a, int k,
                        const struct ae_view *b, int l, double gain, int at);
/* Shows the sheet, its items enlarged by a whole number where they are small,
 * never shrunk; a narrow page scrolls. */
void ae_strip_show(const struct ae_train_view *v, struct ae_strip *s,
                   const char *name, struct ae_html *h);

#endif
