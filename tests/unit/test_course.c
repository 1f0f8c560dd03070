/* The course of a run: read, printed, followed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "train/loop/course.h"

Test(course, a_number_is_one)
{
    struct ae_course c;
    struct ae_err e;

    cr_assert_eq(ae_course_parse("4k", &c, &e), 0);
    cr_assert_eq(c.parts, 1);
    cr_assert_eq(ae_course_at(&c, 0), 4000);
    cr_assert_eq(ae_course_at(&c, 5000), 4000);
    cr_assert_eq(ae_course_parse("0", &c, &e), 0);
    cr_assert_eq(c.parts, 0);
    cr_assert_eq(ae_course_at(&c, 0), 0);
}

Test(course, parts_hold_from_their_steps_on)
{
    struct ae_course c, again;
    struct ae_err e;

    cr_assert_eq(ae_course_parse("4000,3450@3300,3400@3350", &c, &e), 0);
    cr_assert_eq(ae_course_at(&c, 3299), 4000);
    cr_assert_eq(ae_course_at(&c, 3300), 3450);
    cr_assert_eq(ae_course_at(&c, 3350), 3400);
    json_t *json = ae_course_json(&c);
    cr_assert_str_eq(json_string_value(json), "4000,3450@3300,3400@3350");
    cr_assert_eq(ae_course_read(json, &again, &e), 0);
    cr_assert_eq(again.parts, 3);
    cr_assert_eq(ae_course_at(&again, 3300), 3450);
    json_decref(json);
    ae_course_add(&c, 3350, 3351);
    cr_assert_eq(c.parts, 3);
    cr_assert_eq(ae_course_at(&c, 3350), 3351);
}

Test(course, nonsense_is_refused)
{
    static const char *const bad[] = {
        "",      "x",      "-1",    "4@1",  "4,3", "4,3@3,2@2", "4,3@0",
        "4,2@3", "4,3@3@", "4;3@2", "1e13", "4,",  ",4",        "4,,3@2"};
    struct ae_course c;
    struct ae_err e;
    char many[2000] = "9000";

    for (size_t i = 0; i < AE_LEN(bad); i++)
        cr_expect_eq(ae_course_parse(bad[i], &c, &e), AE_EARG, "%s", bad[i]);
    for (int i = 1; i <= AE_COURSE_PARTS; i++)
        sprintf(many + strlen(many), ",9000@%d", i);
    cr_expect_eq(ae_course_parse(many, &c, &e), AE_EARG);
}
