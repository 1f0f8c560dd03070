/* Growing strings; numbers that don't depend on the locale. */
#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "base/text.h"

Test(str, grows)
{
    struct ae_str s = {0};
    size_t n = 0;

    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(ae_str_printf(&s, NULL, "%d,", i), 0);
        n += (size_t)snprintf(NULL, 0, "%d,", i);
    }
    cr_assert_eq(s.len, n);
    cr_assert_eq(ae_str_addn(&s, "a\0b", 3, NULL), 0);
    cr_assert_arr_eq(s.p + n, "a\0b", 4);
    ae_str_release(&s);
    cr_assert_null(s.p);
}

Test(str, reals)
{
    static const char *const bad[] = {"",    " 1",    "1 ", "0x10", "nan",
                                      "inf", "1,5",   "1e", ".",    "1e999",
                                      "--1", "1.5.2", "2"};
    double v = 0;
    struct ae_err e;

    cr_assert_eq(ae_parse_real("1.5", -1, 2, &v, &e), 0);
    cr_assert_eq(v, 1.5);
    cr_assert_eq(ae_parse_real("-1e-3", -1, 2, &v, &e), 0);
    cr_assert_eq(v, -1e-3);
    for (size_t i = 0; i < AE_LEN(bad); i++)
        cr_assert_eq(ae_parse_real(bad[i], -1, 1.5, &v, &e), AE_EARG, "%s",
                     bad[i]);
    cr_assert_str_eq(e.msg, "2 is outside -1..1.5");
}

Test(str, whole_numbers)
{
    static const char *const bad[] = {
        "", "+", " 1", "1.0", "1e3", "99999999999999999999", "11", "-1"};
    int64_t v = 0;

    cr_assert_eq(ae_parse_int("10", 0, 10, &v, NULL), 0);
    cr_assert_eq(v, 10);
    cr_assert_eq(ae_parse_int("-9223372036854775808", INT64_MIN, 0, &v, NULL),
                 0);
    cr_assert_eq(v, INT64_MIN);
    for (size_t i = 0; i < AE_LEN(bad); i++)
        cr_assert_eq(ae_parse_int(bad[i], 0, 10, &v, NULL), AE_EARG, "%s",
                     bad[i]);
}

Test(str, shortest_text_reads_back)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{0, "0"},
                 {0.1, "0.1"},
                 {1e300, "1e+300"},
                 {-2.5, "-2.5"},
                 {1.0 / 3, "0.3333333333333333"},
                 {5e-4, "0.0005"},
                 {DBL_MAX, "1.7976931348623157e+308"}};
    char text[40];

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        ae_print_real(text, sizeof(text), cases[i].v);
        cr_assert_str_eq(text, cases[i].text);
    }
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t bits = ae_mix(1, i);
        double v;
        memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v))
            continue;
        int n = ae_print_real(text, sizeof(text), v);
        cr_assert_eq((size_t)n, strlen(text));
        cr_assert_eq(ae_strtod(text, NULL), v);
    }
}

/* A locale with a comma, when the system has one; the check of C alone would
 * show nothing. */
Test(str, the_locale_has_no_say)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",
                                        "fr_FR.UTF-8", "tr_TR.UTF-8"};
    const char *found = NULL;
    char text[40];
    double v;

    for (size_t i = 0; i < AE_LEN(names) && !found; i++)
        found = setlocale(LC_ALL, names[i]);
    if (!found)
        cr_skip_test("no locale with a comma is installed");
    cr_assert_eq(ae_parse_real("1.5", 0, 2, &v, NULL), 0);
    cr_assert_eq(v, 1.5);
    ae_print_real(text, sizeof(text), 2.5);
    cr_assert_str_eq(text, "2.5");
    snprintf(text, sizeof(text), "%.1f", 2.5);
    cr_assert_str_eq(text, "2,5"); /* the program's own stays */
}

/* A cut text begins with a whole character. */
Test(text, ends_with_whole_characters)
{
    cr_assert_str_eq(ae_text_end("caf\xc3\xa9s", 3), "\xc3\xa9s");
    cr_assert_str_eq(ae_text_end("caf\xc3\xa9s", 2), "s");
    cr_assert_str_eq(ae_text_end("caf\xc3\xa9s", 6), "caf\xc3\xa9s");
    cr_assert_str_eq(ae_text_end("caf", 9), "caf");
    cr_assert_str_eq(ae_text_end("caf", 0), "");
    cr_assert_str_eq(ae_text_end("\x80\x81", 1), "");
}
