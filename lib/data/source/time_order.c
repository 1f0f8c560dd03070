/* time_order.c - see time_order.h.
 *
 * A day and month that could be the other way round are read both ways, and
 * the way in which fewer rows go back counts. */
#include "data/source/time_order.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "data/source/table_cell.h"

static void add_step(struct ae_time_course *c, double seconds, const char *at)
{
    int i = 0;

    while (i < c->steps &&
           fabs(c->step[i].seconds - seconds) > 1e-3 * fabs(seconds))
        i++;
    if (i == AE_TIME_STEPS)
        return;
    if (i == c->steps) {
        c->steps++;
        c->step[i].seconds = seconds;
        c->step[i].count = 0;
        ae_format(c->step[i].at, sizeof(c->step[i].at), "%.60s", at);
    }
    c->step[i].count++;
}

void ae_time_order_add(struct ae_time_order *o, const char *name, int first)
{
    const int follows = o->rows && !first;

    if (follows && strcmp(name, o->last) == 0 && o->same++ == 0)
        ae_format(o->again, sizeof(o->again), "%.120s", name);
    for (int dmy = 0; dmy < 2; dmy++) {
        struct ae_time_course *c = &o->course[dmy];
        double t;
        if (c->bad || !ae_cell_seconds(name, dmy, &t)) {
            c->bad = 1;
            continue;
        }
        if (follows && t < c->last && c->back++ == 0)
            ae_format(c->back_at, sizeof(c->back_at), "%.60s", name);
        if (follows && t > c->last)
            add_step(c, t - c->last, o->last);
        c->last = t;
    }
    o->rows++;
    ae_format(o->last, sizeof(o->last), "%.120s", name);
}

/* Rows that an even course would have in between; *at: the row before the
 * first gap.  A course is even where most steps are alike. */
static double count_missing(const struct ae_time_course *c, const char **at)
{
    uint64_t all = 0;
    int usual = 0;
    double missing = 0;

    for (int i = 0; i < c->steps; i++) {
        all += c->step[i].count;
        usual = c->step[i].count > c->step[usual].count ? i : usual;
    }
    if (all < 8 || c->step[usual].count * 10 < all * 8)
        return 0;
    for (int i = 0; i < c->steps; i++) {
        const double n = c->step[i].seconds / c->step[usual].seconds;
        if (n < 1.5)
            continue;
        *at = missing > 0 ? *at : c->step[i].at;
        missing += (double)c->step[i].count * (floor(n + 0.5) - 1);
    }
    return missing;
}

static void add_part(char *text, size_t size, double n, const char *what,
                     const char *at)
{
    const size_t len = strlen(text);

    if (n > 0)
        ae_format(text + len, size - len, "%s%.0f %s %.60s", len ? "; " : "", n,
                  what, at);
}

void ae_time_order_tell(const struct ae_time_order *o, const struct ae_ctx *ctx,
                        const char *path)
{
    const struct ae_time_course *both = o->course;
    const int dmy = both[0].bad ||
                    (!both[1].bad && both[1].back < both[0].back);
    const struct ae_time_course *c = &both[dmy];
    const char *at = "";
    char text[512] = "";

    if (c->bad || o->rows < 2)
        return;
    add_part(text, sizeof(text), (double)c->back,
             "row(s) are earlier than the one above, first", c->back_at);
    add_part(text, sizeof(text), (double)o->same,
             "row(s) have the time of the one above, first", o->again);
    const double missing = count_missing(c, &at);
    add_part(text, sizeof(text), missing, "time(s) are missing, first behind",
             at);
    if (*text)
        ae_log(ctx, AE_LOG_NOTE, "%s: windows run over rows as they stand: %s",
               path, text);
}
