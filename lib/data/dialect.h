/* dialect.h - how a table's text is meant, where that was said or found: in
 * training, saved in the model, obeyed by all commands. */
#ifndef AE_DATA_DIALECT_H
#define AE_DATA_DIALECT_H

#include "base/base.h"

enum ae_header { AE_HEADER_AUTO, AE_HEADER_YES, AE_HEADER_NO };
enum ae_missing {
    AE_MISSING_SKIP,   /* the row is left out */
    AE_MISSING_REFUSE, /* the table is refused */
    AE_MISSING_LAST,   /* the column's value in the last row that had one */
    AE_MISSING_MEAN    /* the column's mean in training */
};

struct ae_dialect {
    char separator; /* 0: found in each file */
    char decimal;   /* a comma, a point; 0: a point, or in training found */
    int header;     /* enum ae_header */
    int missing;    /* enum ae_missing */
};

extern const char *const ae_header_names[], *const ae_missing_names[];

/* What options say; what they leave open (NULL) stays.  AE_EARG with the
 * option's name for text that isn't one of its values. */
int ae_dialect_parse(const struct ae_select_options *o, struct ae_dialect *d,
                     struct ae_err *e);

#endif
