/* survey.h - what must be known of a whole picture before its first row goes
 * through a net: how bright it is, the range of its floats, whether it is
 * drawn.
 *
 * Rows are read until all of that is known: for most pictures of 8 bits a few,
 * since a photograph soon shows that it isn't drawn. */
#ifndef AE_RUN_DENOISE_SURVEY_H
#define AE_RUN_DENOISE_SURVEY_H

#include "image/transfer.h"
#include "run/denoise/waiting.h"

/* What is to be known. */
struct ae_picture_survey {
    int range;      /* of floats */
    int brightness; /* of a picture that may be dark */
    int drawing;    /* whether it is one */
    int whole;      /* all of its rows are to wait */
};

/* Bytes that it takes, with the rows that wait. */
uint64_t ae_picture_survey_bytes(const struct ae_picture_survey *s,
                                 const struct ae_image_info *info);
/* Reads ahead; `row` and `bytes` are room for a row.  Fills in what t says of
 * samples before its curve, and *kind as ae_drawing_kind() does. */
int ae_picture_survey_run(const struct ae_picture_survey *s,
                          struct ae_waiting *w, float *row, void *bytes,
                          struct ae_transfer *t, const char **kind,
                          struct ae_err *e);

#endif
