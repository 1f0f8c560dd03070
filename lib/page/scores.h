/* scores.h - what a page and a sheet of anomaly scores are made of.
 *
 *     scores.c         which items are kept, and a number for each of the rest
 *     scores_item.c    what is kept of an item: small pictures, a trace, words
 *     scores_line.c  a series: the places along it, its odd stretches
 *     scores_charts.c  the histogram and the lines of a series
 *     scores_page.c    the page
 *     scores_sheet.c   the picture
 */
#ifndef AE_PAGE_SCORES_H
#define AE_PAGE_SCORES_H

#include "ae_pages.h"
#include "page/html.h"

enum {
    AE_ODD_SIDE = 128,        /* pixels of an item's small pictures, at most */
    AE_ODD_TRACE = 1024,      /* numbers of its trace */
    AE_LINE_PLACES = 1 << 14, /* of a series */
    AE_LINE_COLUMNS = 6       /* columns of a series that are drawn */
};

/* One of the oddest items, as far as it is shown. */
struct ae_odd {
    char *name, *label, *text; /* NULL: there is none */
    double value;
    uint64_t at;  /* as struct ae_score_page's */
    int is_large; /* 1: its pictures are reduced */
    /* A picture and what the model makes of it, 0..1, and its errors, 0..1 of
     * the range; or a trace, of which info.h is 1, and no errors. */
    struct ae_image x, y, error;
};

/* Rows of a series that follow one another. */
struct ae_place {
    double score; /* the highest */
    char *name;   /* of the row that has it */
};
struct ae_score_line {
    struct ae_place *place; /* [AE_LINE_PLACES] */
    float *range;           /* [AE_LINE_PLACES][columns][2]: least, most */
    int columns;
    size_t count;  /* places so far */
    uint64_t each; /* rows in a place ... */
    uint64_t rows; /* ... and in all of them */
};

/* Places that are above the threshold, one after another. */
struct ae_stretch {
    size_t first, last, peak;
};

struct ae_score_fault {
    char *name, *why;
};

struct ae_score_page {
    struct ae_ctx *ctx;
    struct ae_score_page_options o;
    double *score;          /* those that are finite ... */
    unsigned char *outlier; /* ... and whether a label says so */
    size_t finite, cap;
    uint64_t count; /* of all that came */
    /* the present item's number among all, as if a window's width of items
     * lay between two files; and that of its file's first one */
    uint64_t at, file;
    int labelled;       /* 1: labels say so of some */
    struct ae_odd *odd; /* [o.oddest], the highest first */
    size_t odds;
    struct ae_score_line line;
    struct ae_score_fault *fault;
    size_t faults;       /* that are listed, ... */
    uint64_t all_faults; /* ... and all */
};

/* Fills in what is shown of the item; x stays empty where nothing is drawn. */
int ae_odd_take(struct ae_score_page *p, const struct ae_score *s,
                struct ae_odd *out, struct ae_err *e);
void ae_odd_release(struct ae_odd *o);
/* A power of two by which errors become seen: nearly all stay below 1. */
double ae_odd_gain(const struct ae_score_page *p);
/* The error's colour, from black through red and yellow to white. */
void ae_odd_colour(double error, float out[3]);

int ae_score_line_init(struct ae_score_line *c, int columns, struct ae_err *e);
void ae_score_line_release(struct ae_score_line *c);
/* value: [columns], `stride' floats apart from those of the next row. */
int ae_score_line_add(struct ae_score_line *c, const char *name, double score,
                      const float *value, struct ae_err *e);
/* At most `most' stretches, the highest first; returns how many there are. */
size_t ae_score_line_stretches(const struct ae_score_line *c, double threshold,
                               struct ae_stretch *out, size_t most);

/* In scores_charts.c. */
void ae_scores_histogram(const struct ae_score_page *p, double threshold,
                         struct ae_html *h);
void ae_scores_series(const struct ae_score_page *p, double threshold,
                      struct ae_html *h);
/* "rows", "windows": what the scores are of. */
const char *ae_scores_noun(const struct ae_score_page *p);

#endif
