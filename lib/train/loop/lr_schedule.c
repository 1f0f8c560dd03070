/* lr_schedule.c - the table of schedules.  To add one: a word of enum
 * ae_schedule, a function, a row. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "train/loop/lr_schedule.h"

enum { BLIND_WARMUP = 100 }; /* steps, while their number isn't known */

/* t, 0..1: how far the run has come after the warm-up */
static double constant(double t)
{
    (void)t;
    return 1;
}

/* A tenth after 60 % and a hundredth after 85 %. */
static double steps_down(double t)
{
    return t < 0.6 ? 1 : t < 0.85 ? 0.1 : 0.01;
}

/* Loshchilov, Hutter: SGDR, 2017, without restarts. */
static double cosine(double t)
{
    return 0.5 * (1 + cos(3.14159265358979323846 * t));
}

/* Constant, then down to zero in a straight line over the last 15 %, so that
 * a run can be lengthened until then (Hu et al.: MiniCPM, 2024). */
static double trapezoid(double t)
{
    return fmin(1, (1 - t) / 0.15);
}

/* AE_SCHEDULE_..., name, function, help */
#define SCHEDULES(S)                                                           \
    S(CONST, "const", constant, "the same rate throughout")                    \
    S(STEP, "step", steps_down,                                                \
      "a tenth of the rate after 60 % of the steps, a hundredth after 85 %")   \
    S(COSINE, "cosine", cosine, "half a cosine down to zero")                  \
    S(TRAPEZOID, "trapezoid", trapezoid,                                       \
      "the same rate, then a straight line to zero over the last 15 %")

#define NAME(id, name, function, help) [AE_SCHEDULE_##id] = name,
#define HELP(id, name, function, help) [AE_SCHEDULE_##id] = help,
#define FUNCTION(id, name, function, help) [AE_SCHEDULE_##id] = function,
const char *const ae_lr_schedule_names[] = {SCHEDULES(NAME) NULL};
const char *const ae_lr_schedule_help[] = {SCHEDULES(HELP) NULL};
static double (*const functions[])(double) = {SCHEDULES(FUNCTION)};

double ae_lr_schedule(int kind, uint64_t step, uint64_t steps, double warmup)
{
    const double ramp = steps        ? warmup * (double)steps
                        : warmup > 0 ? BLIND_WARMUP
                                     : 0;

    if ((double)step < ramp)
        return ((double)step + 1) / (ramp + 1);
    if (!steps)
        return 1;
    return functions[kind](((double)step - ramp) / ((double)steps - ramp));
}

enum { RAMP_NONE, RAMP_LINEAR, RAMP_CYCLIC };
static const struct {
    const char *name;
    double def, min, max; /* of the number after the colon */
} ramps[] = {
    {"none", 0, 0, 0}, {"linear", 0.2, 1e-6, 1}, {"cyclic", 4, 1, 1e6}};

int ae_ramp_parse(const char *text, struct ae_ramp *out, struct ae_err *e)
{
    const size_t n = strcspn(text, ":");

    for (int i = 0; i < (int)AE_LEN(ramps); i++) {
        if (strlen(ramps[i].name) != n || memcmp(text, ramps[i].name, n) != 0)
            continue;
        *out = (struct ae_ramp){i, ramps[i].def};
        if (!text[n])
            return 0;
        if (i == RAMP_NONE)
            break;
        const int rc = ae_parse_real(text + n + 1, ramps[i].min, ramps[i].max,
                                     &out->number, e);
        return rc < 0 ? ae_err_at(e, AE_EARG, "`kl-warmup` %s", text) : 0;
    }
    return ae_fail(e, AE_EARG,
                   "`kl-warmup` %s: none, linear[:SHARE] or cyclic[:CYCLES]",
                   text);
}

double ae_ramp_at(const struct ae_ramp *r, uint64_t step, uint64_t steps)
{
    const double t = steps ? (double)step / (double)steps : 0;

    switch (r->kind) {
    case RAMP_LINEAR:
        return fmin(1, t / r->number);
    case RAMP_CYCLIC:
        return fmin(1, 2 * fmod(t * r->number, 1));
    default:
        return 1;
    }
}
