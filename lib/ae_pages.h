/* ae_pages.h - what libae draws beside pictures: charts, maps of codes, pages.
 *
 * A part of ae_tools.h, which includes it and whose conventions hold.
 */
#ifndef AE_PAGES_H
#define AE_PAGES_H

#include "ae.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- charts */

/* Points over two axes. */
enum { AE_TONES = 20 }; /* colours of a series, from 0 */
enum ae_mark { AE_MARK_LINE, AE_MARK_DASHED, AE_MARK_DOTS, AE_MARK_BARS };
struct ae_series {
    const char *name; /* in the legend; NULL: not there */
    int tone;         /* its colour */
    enum ae_mark mark;
    const double *x, *y;     /* y not finite: no point, and a line goes on */
    size_t n, stride;        /* points; doubles from one to the next, 0: 1 */
    const char *const *note; /* [n], what a pointing reader is told of dots and
                              * bars; NULL: nothing */
};
enum ae_axis_kind {
    AE_AXIS_AUTO, /* logarithmic where all values are above 0 and the largest is
                   * more than ten times the least */
    AE_AXIS_LINEAR,
    AE_AXIS_LOG /* where all values are above 0 */
};
struct ae_axis {
    const char *name; /* with the unit: "frequency, cycles a pixel" */
    enum ae_axis_kind kind;
    int from_zero; /* 1: a linear axis of values above 0 begins at 0 */
    double least;  /* its least length, so that small changes look small */
    double lo, hi; /* what it shows at least; equal: what the data take */
    double margin; /* its share beyond the data; 0: it ends at round numbers */
    /* the text of a tick; NULL: it is the number */
    const char *(*tick)(const void *arg, double v);
    const void *arg;
};
/* Values of x between which the drawing is shaded. */
struct ae_band {
    double from, to;
    const char *note; /* what a pointing reader is told; NULL: nothing */
};
struct ae_chart {
    const char *title; /* NULL: none */
    struct ae_axis x, y;
    const struct ae_series *series;
    size_t count;
    const struct ae_band *band; /* behind the series */
    size_t bands;
    int w, h; /* pixels; 0: 560 and 260 */
    int left; /* pixels beside the frame at least: charts beneath one another
               * agree on it */
};
/* A file of SVG, with fonts of the reader's; and a picture, to be released. */
AE_API int ae_chart_write_svg(const struct ae_chart *c, struct ae_io *io,
                              struct ae_err *e);
AE_API int ae_chart_draw(struct ae_ctx *ctx, const struct ae_chart *c,
                         struct ae_image *out, struct ae_err *e);

/* ------------------------------------------------------------------ maps */

/* A picture of latents as points, coloured by class: at their two numbers, or
 * along the first two principal axes.  Memory is bounded: all latents decide
 * on the axes, but 65536 at most are drawn, every 2nd, 4th... of more. */
struct ae_map;
/* labels: a file with the class of each latent, in their order; NULL: none.  It
 * is idx, or lines of text, whose last tab-separated field is the class; a
 * first line that begins with "name" and a tab is a header. */
AE_API int ae_map_new(struct ae_ctx *ctx, const char *labels,
                      struct ae_map **out, struct ae_err *e);
AE_API void ae_map_free(struct ae_map *m);
/* z: [d], d >= 2 and the same in all calls.  row: the latent's number among all
 * that were read, from 0; rows may be left out.  name: what a reader of SVG who
 * points at it is told; NULL: nothing. */
AE_API int ae_map_add(struct ae_map *m, uint64_t row, const char *name,
                      const float *z, int d, struct ae_err *e);
/* Draws the map, which may be done once, in w >= 320 by h >= 240 pixels.
 * rows: how many latents were read; AE_EARG unless there are as many labels.
 * *out is to be released. */
AE_API int ae_map_draw(struct ae_ctx *ctx, struct ae_map *m, uint64_t rows,
                       int w, int h, struct ae_image *out, struct ae_err *e);
/* The same as a file of SVG. */
AE_API int ae_map_write_svg(struct ae_map *m, uint64_t rows, int w, int h,
                            struct ae_io *io, struct ae_err *e);

/* ----------------------------------------------------------------- pages */

/* A page of HTML, one file that needs no other, which shows pictures beside
 * their references: a slider between both, and a sheet of all pairs, the worst
 * first.  Its size is bounded: only the worst pairs have their pictures in it,
 * a few hundred more have small ones, the rest their figures. */
struct ae_gallery;
struct ae_gallery_options {
    const char *title;
    /* names of the figures, 1 to 16, their units, NULL where there is none, and
     * whether the higher one is better; the first one says which pairs are the
     * worst */
    const char *const *column, *const *unit;
    const int *higher;
    int columns;
    int worst;       /* pairs that have their pictures */
    uint64_t pixels; /* of a picture that is shown whole; of a larger one the
                      * window of that size where both differ most is shown */
};
/* The options' texts are borrowed. */
AE_API int ae_gallery_new(struct ae_ctx *ctx,
                          const struct ae_gallery_options *o,
                          struct ae_gallery **out, struct ae_err *e);
AE_API void ae_gallery_free(struct ae_gallery *g);
/* value: [columns].  Nothing is borrowed. */
AE_API int ae_gallery_add(struct ae_gallery *g, const char *name,
                          const struct ae_image *ref,
                          const struct ae_image *img, const double *value,
                          struct ae_err *e);
/* What couldn't be compared, and why. */
AE_API int ae_gallery_add_fault(struct ae_gallery *g, const char *name,
                                const char *why, struct ae_err *e);
/* The last call but free. */
AE_API int ae_gallery_write(struct ae_gallery *g, struct ae_io *io,
                            struct ae_err *e);

/* A page of anomaly scores, as above: their histogram, a series as lines with
 * its odd stretches marked, the oddest items; and a picture of these.  Of the
 * other items a number each is kept. */
struct ae_score_page;
struct ae_score_page_options {
    const char *title, *method;
    enum ae_item_kind kind;
    int window, stride; /* of ae_item_type_window() */
    int points;         /* 1: rows are scored, not the windows over them */
    int series;         /* 1: windows, or rows, that follow one another */
    int units;          /* 1: x and y of scores are in the data's units */
    const char *const *column; /* names of a table's columns, or NULL */
    int columns;
    int oddest; /* items that are shown, at least 1 */
};
struct ae_score_threshold {
    double value;
    const char *origin; /* what it is, "q99"; "": just that */
};
/* The options' texts are borrowed. */
AE_API int ae_score_page_new(struct ae_ctx *ctx,
                             const struct ae_score_page_options *o,
                             struct ae_score_page **out, struct ae_err *e);
AE_API void ae_score_page_free(struct ae_score_page *p);
/* s: with x, y and channel where the scorer has them.  outlier: 1 where
 * its label says so, 0 where not.  Nothing is borrowed. */
AE_API int ae_score_page_add(struct ae_score_page *p, const struct ae_score *s,
                             int outlier, struct ae_err *e);
/* What has no score, and why. */
AE_API int ae_score_page_add_fault(struct ae_score_page *p, const char *name,
                                   const char *why, struct ae_err *e);
/* Whether items can be drawn, so that there is a picture of them. */
AE_API int ae_score_page_draws(const struct ae_score_page *p);
/* t NULL: there is no threshold. */
AE_API int ae_score_page_write(const struct ae_score_page *p,
                               const struct ae_score_threshold *t,
                               struct ae_io *io, struct ae_err *e);
/* *out is to be released; AE_EARG where no item came. */
AE_API int ae_score_page_sheet(const struct ae_score_page *p,
                               struct ae_image *out, struct ae_err *e);

/* ---------------------------------------------------------------- runs */

/* Runs of ae_train() beside each other, by the files that they wrote: metrics
 * as csv or jsonl, or reports, which have their settings, too. */
struct ae_runs;
AE_API int ae_runs_new(struct ae_runs **out, struct ae_err *e);
/* AE_EFORMAT where the file is none of a run.  path is lent. */
AE_API int ae_runs_add(struct ae_runs *r, const char *path, struct ae_err *e);
AE_API void ae_runs_free(struct ae_runs *r);
struct ae_run_facts {
    const char *name;  /* its path */
    const char *score; /* of held-out data: "psnr", "nats", the loss's name */
    double best, at;   /* of that; its step */
    double steps, loss, seconds; /* the last ones; NaN: not known, as above */
};
/* Of the i-th that was added. */
AE_API void ae_runs_facts(const struct ae_runs *r, size_t i,
                          struct ae_run_facts *out);
/* Writes a page: best values, settings that differ, curves. */
AE_API int ae_runs_page(const struct ae_runs *r, const char *title,
                        struct ae_io *io, struct ae_err *e);

#ifdef __cplusplus
}
#endif
#endif
