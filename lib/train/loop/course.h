/* course.h - how many steps a run has, as it was judged on the way.
 *
 * A run that is given a time has as many steps as fit, which may change as it
 * goes on: "4000,3450@3300" is 4,000 at first and 3,450 from step 3,300 on.
 * The schedule of each step follows the number that held then, so a run that
 * is given the same course repeats it, whatever the clock says. */
#ifndef AE_TRAIN_LOOP_COURSE_H
#define AE_TRAIN_LOOP_COURSE_H

#include "base/json.h"

enum { AE_COURSE_PARTS = 32 };

struct ae_course {
    int parts; /* 0: not known yet */
    struct ae_course_part {
        uint64_t from, steps; /* rising; from the first on, 0 */
    } part[AE_COURSE_PARTS];
};

/* steps 0: not known yet. */
struct ae_course ae_course_of(uint64_t steps);
int ae_course_parse(const char *text, struct ae_course *out, struct ae_err *e);
/* The number that holds after `step` steps; 0: not known. */
uint64_t ae_course_at(const struct ae_course *c, uint64_t step);
/* Has `steps` steps from step `from` on, which isn't before the last part.
 * Does nothing where there are too many parts. */
void ae_course_add(struct ae_course *c, uint64_t from, uint64_t steps);
/* A number where there is one part, else the text; NULL: no memory. */
json_t *ae_course_json(const struct ae_course *c);
int ae_course_read(const json_t *value, struct ae_course *out,
                   struct ae_err *e);

#endif
