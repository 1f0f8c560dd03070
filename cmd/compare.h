/* compare.h - the parts of ae-compare. */
#ifndef AE_CMD_COMPARE_H
#define AE_CMD_COMPARE_H

#include "cmd.h"

/* compare_pairs.c: a picture and its reference, or a file that lacks one. */
struct cmd_pair {
    char *ref, *img;  /* ref NULL: img has no partner ... */
    const char *lack; /* ... and this says so */
    size_t folder;    /* where img goes on below its folder; 0: in none */
};
struct cmd_pairs {
    struct cmd_pair *pair;
    size_t count, cap;
};
/* Of two or more operands; ends with status 2 where they are folders and can't
 * be paired, or one of their files is written. */
void cmd_pairs_find(struct cmd_pairs *p, struct ae_ctx *ctx,
                    const struct cmd_common *c, char *const *operand,
                    int count);
void cmd_pairs_release(struct cmd_pairs *p);

/* compare_image.c: a picture of a pair, to `out` or into c->folder.  What goes
 * wrong is said.  The gain of a difference is said, too; 0: it is chosen. */
enum cmd_compare_view {
    CMD_COMPARE_NONE,
    CMD_COMPARE_SIDE,
    CMD_COMPARE_SPLIT,
    CMD_COMPARE_DIFF
};
struct cmd_compare_image {
    const struct cmd_common *common;
    const struct ae_format *format;
    enum cmd_compare_view view;
    double gain;
    struct ae_io *out; /* NULL: into the folder, as the names go on from ... */
    size_t below;      /* ... this byte on */
};
int cmd_compare_image(struct ae_ctx *ctx, const struct cmd_compare_image *o,
                      const char *name, const struct ae_image *ref,
                      const struct ae_image *img);

/* compare_runs.c: prints the best of each run, and writes a page of all of them
 * to html, unless that is NULL.  The status; a file of no run is named. */
int cmd_compare_runs(char *const *path, int count, enum cmd_style style,
                     const char *html);

#endif
