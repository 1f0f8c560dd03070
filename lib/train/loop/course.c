/* course.c - see course.h. */
#include "train/loop/course.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/text.h"

enum { TEXT = 1024 };

struct ae_course ae_course_of(uint64_t steps)
{
    return (struct ae_course){.parts = steps > 0, .part = {{0, steps}}};
}

/* "3450@3300"; the first part has no @. */
static int parse_part(char *text, struct ae_course_part *p, struct ae_err *e)
{
    static const struct ae_field fields[] = {
        {.name = "steps",
         .type = AE_F_COUNT,
         .offset = offsetof(struct ae_course_part, steps),
         .max = 1e12},
        {.name = "from",
         .type = AE_F_COUNT,
         .offset = offsetof(struct ae_course_part, from),
         .max = 1e12}};
    char *at = strchr(text, '@');

    *p = (struct ae_course_part){0, 0};
    if (at)
        *at++ = '\0';
    AE_TRY(ae_field_parse(&fields[0], p, text, e));
    return at ? ae_field_parse(&fields[1], p, at, e) : 0;
}

int ae_course_parse(const char *text, struct ae_course *out, struct ae_err *e)
{
    char copy[TEXT], *next;
    struct ae_course c = {0};
    const size_t size = strlen(text) + 1;

    if (size > sizeof(copy))
        return ae_fail(e, AE_EARG, "'%.40s...' is too long", text);
    memcpy(copy, text, size);
    for (char *word = copy; word; word = next) {
        struct ae_course_part *p = &c.part[c.parts];
        if ((next = strchr(word, ',')) != NULL)
            *next++ = '\0';
        if (c.parts == AE_COURSE_PARTS)
            return ae_fail(e, AE_EARG, "'%s' has more than %d parts", text,
                           AE_COURSE_PARTS);
        AE_TRY(parse_part(word, p, e));
        if (c.parts ? p->from <= p[-1].from || p->steps < p->from : p->from)
            return ae_fail(e, AE_EARG,
                           "'%s' is not N, nor what a run with a time limit "
                           "saved (N,N@STEP...)",
                           text);
        c.parts++;
    }
    if (c.parts == 1 && !c.part[0].steps)
        c.parts = 0;
    *out = c;
    return 0;
}

uint64_t ae_course_at(const struct ae_course *c, uint64_t step)
{
    uint64_t steps = 0;

    for (int i = 0; i < c->parts && c->part[i].from <= step; i++)
        steps = c->part[i].steps;
    return steps;
}

void ae_course_add(struct ae_course *c, uint64_t from, uint64_t steps)
{
    if (c->parts && c->part[c->parts - 1].from == from)
        c->part[c->parts - 1].steps = steps;
    else if (c->parts < AE_COURSE_PARTS)
        c->part[c->parts++] = (struct ae_course_part){from, steps};
}

json_t *ae_course_json(const struct ae_course *c)
{
    char text[TEXT];
    size_t n = 0;

    if (c->parts <= 1)
        return json_integer((json_int_t)c->part[0].steps);
    for (int i = 0; i < c->parts; i++) {
        const struct ae_course_part *p = &c->part[i];
        n += (size_t)ae_format(text + n, sizeof(text) - n, "%s%" PRIu64,
                               i ? "," : "", p->steps);
        if (i)
            n += (size_t)ae_format(text + n, sizeof(text) - n, "@%" PRIu64,
                                   p->from);
    }
    return json_string(text);
}

int ae_course_read(const json_t *value, struct ae_course *out, struct ae_err *e)
{
    const json_int_t n = json_integer_value(value);

    if (json_is_string(value))
        return ae_course_parse(json_string_value(value), out, e);
    *out = ae_course_of(n > 0 ? (uint64_t)n : 0);
    return 0;
}
