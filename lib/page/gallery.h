/* gallery.h - the pairs of a page that compares pictures, as far as they are
 * kept: the page's size and the memory are bounded, whatever their number.
 *
 *     gallery.c           which pairs keep their pictures
 *     gallery_pictures.c  what is kept of a picture
 *     gallery_page.c      the page
 */
#ifndef AE_PAGE_GALLERY_H
#define AE_PAGE_GALLERY_H

#include "ae_pages.h"

enum {
    AE_GALLERY_COLUMNS = 16,
    AE_GALLERY_SMALL = 600, /* pairs that have small pictures */
    AE_GALLERY_SIDE = 160   /* pixels of those, at most */
};

/* A coded picture. */
struct ae_coded {
    void *bytes; /* NULL: none */
    size_t size;
    const char *type; /* "image/png" */
};

struct ae_gallery_pair {
    char *name;
    double value[AE_GALLERY_COLUMNS];
    double key; /* the lower, the worse */
    int w, h;
    struct ae_rect window;             /* what `full` shows; w 0: all */
    struct ae_coded small[2], full[2]; /* of the reference, the picture */
};

struct ae_gallery_fault {
    char *name, *why;
};

/* The pairs that have pictures of a kind, by their numbers. */
struct ae_gallery_kept {
    size_t *pair; /* [most] */
    size_t count, most;
};

struct ae_gallery {
    struct ae_ctx *ctx;
    struct ae_gallery_options o;
    struct ae_gallery_pair *pair;
    struct ae_gallery_fault *fault;
    size_t count, faults;
    struct ae_gallery_kept kept[2]; /* small ones, full ones */
};

/* The pictures of a pair, small ones and, where they are larger than `pixels`,
 * the window of that size in which they differ most. */
int ae_gallery_small(struct ae_ctx *ctx, const struct ae_image *im,
                     struct ae_coded *out, struct ae_err *e);
int ae_gallery_full(struct ae_ctx *ctx, const struct ae_image *im,
                    const struct ae_rect *window, struct ae_coded *out,
                    struct ae_err *e);
/* w 0: they aren't larger. */
int ae_gallery_window(const struct ae_image *ref, const struct ae_image *img,
                      uint64_t pixels, struct ae_rect *out, struct ae_err *e);
/* As "png" or "jpeg". */
int ae_coded_make(struct ae_ctx *ctx, const struct ae_image *im,
                  const char *format, struct ae_coded *out, struct ae_err *e);
void ae_coded_release(struct ae_coded *c);

#endif
