/* score.h - the parts of ae-score: --html and --sheet. */
#ifndef AE_CMD_SCORE_H
#define AE_CMD_SCORE_H

#include "cmd.h"

struct cmd_score_page_options {
    const struct cmd_common *common;
    const char *html, *sheet;  /* NULL: not asked for */
    const char *input, *model; /* as they were typed */
    const struct ae_item_type *items;
    const struct ae_score_options *score;
    int stride; /* of windows; 0: the model's */
    int oddest;
};
struct cmd_score_page;
/* NULL where neither is asked for, which all others take, too.  Ends the
 * run where a file can't be written. */
struct cmd_score_page *cmd_score_page_open(
    struct ae_ctx *ctx, const struct cmd_score_page_options *o);
void cmd_score_page_add(struct cmd_score_page *p, const struct ae_score *s,
                        int outlier);
/* An item that has no score. */
void cmd_score_page_fault(struct cmd_score_page *p, const char *name,
                          const struct ae_err *why);
/* From here on the page has each fault of what is read with these options. */
void cmd_score_page_listen(struct cmd_score_page *p,
                           struct ae_examples_options *o);
/* An input is read; why NULL: nothing ended it.  An error that sums up faults
 * which the page has isn't one more. */
void cmd_score_page_end_input(struct cmd_score_page *p, const char *path,
                              const struct ae_err *why);
/* t NULL: there is no threshold.  1 where a file was lost, which is said. */
int cmd_score_page_close(struct cmd_score_page *p,
                         const struct ae_score_threshold *t);

#endif
