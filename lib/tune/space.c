/* space.c - see space.h. */
#include "tune/space.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"

static const char blanks[] = " \t\r\n";

/* ----------------------------------------------------------------- parsing */

/* Takes "choice|choice", which is cut up. */
static int take_choices(struct ae_setting *s, char *text, struct ae_err *e)
{
    size_t n = 1;

    for (const char *p = text; *p; p++)
        n += *p == '|';
    s->domain = AE_DOMAIN_CHOICE;
    s->choice = ae_alloc(n, sizeof(*s->choice), e);
    if (!s->choice)
        return AE_EMEM;
    for (char *p = text, *next; p; p = next) {
        next = strchr(p, '|');
        if (next)
            *next++ = '\0';
        if (!*p)
            return ae_fail(e, AE_EARG, "%s: an empty choice", s->name);
        if (strlen(p) >= AE_SPACE_VALUE)
            return ae_fail(e, AE_EARG,
                           "%s: a choice of %zu bytes, more than "
                           "%d",
                           s->name, strlen(p), AE_SPACE_VALUE - 1);
        for (int i = 0; i < s->choices; i++)
            if (strcmp(s->choice[i], p) == 0)
                return ae_fail(e, AE_EARG, "%s: %s stands there twice", s->name,
                               p);
        s->choice[s->choices++] = p;
    }
    return 0;
}

static int is_whole(const char *text)
{
    return !text[strspn(text, "+-0123456789")];
}

static int take_end(struct ae_setting *s, int i, const char *text, double *out,
                    struct ae_err *e)
{
    const size_t n = strlen(text);

    if (n >= sizeof(s->ends[i]))
        return ae_fail(e, AE_EARG, "%s: an end of %zu bytes", s->name, n);
    memcpy(s->ends[i], text, n + 1);
    if (ae_parse_real(text, -1e15, 1e15, out, NULL) < 0)
        return ae_fail(e, AE_EARG, "%s: '%s' is no number", s->name, text);
    return 0;
}

/* Takes "LO..HI", which is cut up. */
static int take_range(struct ae_setting *s, char *text, struct ae_err *e)
{
    char *hi = strstr(text, "..");

    *hi = '\0';
    hi += 2;
    s->domain = is_whole(text) && is_whole(hi) ? AE_DOMAIN_INTEGER
                                               : AE_DOMAIN_REAL;
    AE_TRY(take_end(s, 0, text, &s->lo, e));
    AE_TRY(take_end(s, 1, hi, &s->hi, e));
    if (!(s->lo < s->hi))
        return ae_fail(e, AE_EARG, "%s: the range %s..%s is empty", s->name,
                       s->ends[0], s->ends[1]);
    if (s->log && !(s->lo > 0))
        return ae_fail(e, AE_EARG, "%s: a logarithmic range begins above 0",
                       s->name);
    return 0;
}

static int take_domain(struct ae_setting *s, char *text, struct ae_err *e)
{
    if (strchr(text, '|'))
        return take_choices(s, text, e);
    s->log = strncmp(text, "log:", 4) == 0;
    if (s->log || strncmp(text, "lin:", 4) == 0)
        text += 4;
    if (strstr(text, ".."))
        return take_range(s, text, e);
    return ae_fail(e, AE_EARG,
                   "%s: '%s' leaves nothing to choose: A|B|... or LO..HI",
                   s->name, text);
}

static int take_setting(struct ae_space *s, char *word, struct ae_err *e)
{
    struct ae_setting *new = &s->at[s->count];
    char *equals = strchr(word, '=');

    if (!equals || equals == word)
        return ae_fail(e, AE_EARG, "'%s' is not name=values", word);
    *equals = '\0';
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->at[i].name, word) == 0)
            return ae_fail(e, AE_EARG, "%s stands there twice", word);
    if (s->count == AE_SPACE_SETTINGS)
        return ae_fail(e, AE_ELIMIT, "more than %d settings",
                       AE_SPACE_SETTINGS);
    *new = (struct ae_setting){.name = word};
    s->count++; /* what it owns is released in any case */
    return take_domain(new, equals + 1, e);
}

static void blank_comments(char *text)
{
    for (char *p = text; (p = strchr(p, '#'));)
        for (; *p && *p != '\n'; p++)
            *p = ' ';
}

int ae_space_parse(struct ae_space *s, const char *text, struct ae_err *e)
{
    const size_t size = strlen(text) + 1;
    char *state = NULL;
    int rc = 0;

    memset(s, 0, sizeof(*s));
    s->text = ae_alloc(size, 1, e);
    if (!s->text)
        return AE_EMEM;
    memcpy(s->text, text, size);
    blank_comments(s->text);
    for (char *word = strtok_r(s->text, blanks, &state); word && !rc;
         word = strtok_r(NULL, blanks, &state))
        rc = take_setting(s, word, e);
    if (!rc && !s->count)
        rc = ae_fail(e, AE_EARG, "there is no setting in it");
    if (rc < 0)
        ae_space_release(s);
    return rc;
}

void ae_space_release(struct ae_space *s)
{
    for (int i = 0; i < s->count; i++)
        free(s->at[i].choice);
    free(s->text);
    memset(s, 0, sizeof(*s));
}

int ae_space_print(const struct ae_space *s, struct ae_str *out,
                   struct ae_err *e)
{
    for (const struct ae_setting *p = s->at; p < s->at + s->count; p++) {
        AE_TRY(ae_str_printf(out, e, "%s%s=", p > s->at ? " " : "", p->name));
        for (int i = 0; i < p->choices; i++)
            AE_TRY(ae_str_printf(out, e, "%s%s", i ? "|" : "", p->choice[i]));
        if (p->domain != AE_DOMAIN_CHOICE)
            AE_TRY(ae_str_printf(out, e, "%s%s..%s", p->log ? "log:" : "",
                                 p->ends[0], p->ends[1]));
    }
    return 0;
}

/* ------------------------------------------------------------------ values */

int ae_setting_values(const struct ae_setting *s)
{
    const double n = s->hi - s->lo + 1;

    return s->domain == AE_DOMAIN_CHOICE            ? s->choices
           : s->domain == AE_DOMAIN_REAL || n > 1e6 ? 0
                                                    : (int)n;
}

/* The ends of the line that a range is laid out on: a whole number has the
 * half below it and the half above. */
static void find_line(const struct ae_setting *s, double *lo, double *hi)
{
    const double half = s->domain == AE_DOMAIN_INTEGER ? 0.5 : 0;

    *lo = s->log ? log(s->lo - half) : s->lo - half;
    *hi = s->log ? log(s->hi + half) : s->hi + half;
}

void ae_setting_text(const struct ae_setting *s, double u,
                     char text[AE_SPACE_VALUE])
{
    double lo, hi;

    if (s->domain == AE_DOMAIN_CHOICE) {
        const int i = ae_clamp((int)(u * s->choices), 0, s->choices - 1);
        ae_format(text, AE_SPACE_VALUE, "%s", s->choice[i]);
        return;
    }
    find_line(s, &lo, &hi);
    const double at = lo + u * (hi - lo), v = s->log ? exp(at) : at;
    if (s->domain == AE_DOMAIN_INTEGER)
        ae_format(text, AE_SPACE_VALUE, "%.0f",
                  fmin(fmax(round(v), s->lo), s->hi));
    else
        ae_format(text, AE_SPACE_VALUE, "%.4g", v);
    if (ae_strtod(text, NULL) < s->lo || ae_strtod(text, NULL) > s->hi)
        ae_format(text, AE_SPACE_VALUE, "%s", /* rounded out */
                  s->ends[ae_strtod(text, NULL) > s->hi]);
}

/* The same text, or the same number. */
static int is_same(const char *a, const char *b)
{
    double x, y;

    return strcmp(a, b) == 0 ||
           (ae_parse_real(a, -HUGE_VAL, HUGE_VAL, &x, NULL) == 0 &&
            ae_parse_real(b, -HUGE_VAL, HUGE_VAL, &y, NULL) == 0 &&
            !(x < y || x > y));
}

static double place_of_choice(const struct ae_setting *s, const char *text)
{
    for (int i = 0; i < s->choices; i++)
        if (is_same(s->choice[i], text))
            return (i + 0.5) / s->choices;
    return NAN;
}

double ae_setting_place(const struct ae_setting *s, const char *text)
{
    double v, lo, hi;

    if (s->domain == AE_DOMAIN_CHOICE)
        return place_of_choice(s, text);
    if (ae_parse_real(text, s->lo, s->hi, &v, NULL) < 0 ||
        (s->domain == AE_DOMAIN_INTEGER && v > floor(v)))
        return NAN;
    find_line(s, &lo, &hi);
    return ((s->log ? log(v) : v) - lo) / (hi - lo);
}

/* ------------------------------------------------------------ combinations */

uint64_t ae_space_combinations(const struct ae_space *s)
{
    static const uint64_t most = (uint64_t)1 << 40;
    uint64_t n = 1;

    for (int i = 0; i < s->count; i++) {
        const uint64_t values = (uint64_t)ae_setting_values(&s->at[i]);
        if (!values || n > most / values)
            return 0;
        n *= values;
    }
    return n;
}

/* Which of a setting's values one is; -1: none. */
static int value_number(const struct ae_setting *s, const char *text)
{
    const double u = text ? ae_setting_place(s, text) : NAN;

    if (isnan(u))
        return -1;
    return s->domain == AE_DOMAIN_CHOICE ? (int)(u * s->choices)
                                         : (int)(ae_strtod(text, NULL) - s->lo);
}

int ae_space_number(const struct ae_space *s, const char *const *value,
                    uint64_t *out)
{
    uint64_t number = 0;

    for (int i = 0; i < s->count; i++) {
        const int k = value_number(&s->at[i], value[i]);
        if (k < 0)
            return 0;
        number = number * (uint64_t)ae_setting_values(&s->at[i]) + (uint64_t)k;
    }
    *out = number;
    return 1;
}

void ae_space_texts(const struct ae_space *s, uint64_t number,
                    char text[][AE_SPACE_VALUE])
{
    for (int i = s->count - 1; i >= 0; i--) {
        const struct ae_setting *p = &s->at[i];
        const uint64_t values = (uint64_t)ae_setting_values(p);
        assert(values > 0); /* as only such spaces are counted */
        const uint64_t k = number % values;
        if (p->domain == AE_DOMAIN_CHOICE)
            ae_format(text[i], AE_SPACE_VALUE, "%s", p->choice[k]);
        else
            ae_format(text[i], AE_SPACE_VALUE, "%.0f", p->lo + (double)k);
        number /= values;
    }
}
