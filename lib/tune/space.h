/* space.h - the settings that a search varies, and their values.
 *
 *   space   = setting { blanks setting }      # to the end of a line: a comment
 *   setting = name=domain
 *   domain  = value|value{|value}              choices, without an order
 *           | [log:|lin:] number..number       all between, both ends included
 *
 * A range whose ends are written as whole numbers holds whole numbers only.  A
 * value is a text, as it is typed; to samplers it is a place in [0, 1]. */
#ifndef AE_TUNE_SPACE_H
#define AE_TUNE_SPACE_H

#include "ae_tune.h"
#include "base/str.h"

enum { AE_SPACE_SETTINGS = 20, AE_SPACE_VALUE = 256 };

enum ae_domain { AE_DOMAIN_REAL, AE_DOMAIN_INTEGER, AE_DOMAIN_CHOICE };

struct ae_setting {
    const char *name;
    enum ae_domain domain;
    int log;
    double lo, hi; /* of a range */
    char ends[2][40];
    const char **choice; /* [choices] */
    int choices;
};

struct ae_space {
    char *text; /* what the names and choices lie in */
    struct ae_setting at[AE_SPACE_SETTINGS];
    int count;
};

/* text: the space itself.  AE_EARG with the setting's name. */
int ae_space_parse(struct ae_space *s, const char *text, struct ae_err *e);
void ae_space_release(struct ae_space *s);
/* Appends the space as one line. */
int ae_space_print(const struct ae_space *s, struct ae_str *out,
                   struct ae_err *e);

/* How many different values a setting has; 0: more than can be told apart. */
int ae_setting_values(const struct ae_setting *s);
/* The value at u of [0, 1], four digits of a real one. */
void ae_setting_text(const struct ae_setting *s, double u,
                     char text[AE_SPACE_VALUE]);
/* Where a value lies, NaN where it isn't in the domain. */
double ae_setting_place(const struct ae_setting *s, const char *text);

/* How many combinations of values a space has; 0: more than can be told
 * apart. */
uint64_t ae_space_combinations(const struct ae_space *s);
/* Which of them the values are, from 0; returns 0 where one is NULL or not in
 * its domain, else 1. */
int ae_space_number(const struct ae_space *s, const char *const *value,
                    uint64_t *out);
/* The values of the combination of that number. */
void ae_space_texts(const struct ae_space *s, uint64_t number,
                    char text[][AE_SPACE_VALUE]);

#endif
