/* Fields: every type there and back, ranges, and what the errors say. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/field.h"
#include "base/str.h"

struct all {
    int flag, number, pair[2], choice;
    uint64_t count, bytes;
    double real, range[2], seconds;
    const char *text;
};

#define AT(m) offsetof(struct all, m)
static const char *const choices[] = {"red", "green", NULL};
static const struct ae_field table[] = {
    {.name = "flag", .type = AE_F_BOOL, .offset = AT(flag)},
    {.name = "number",
     .type = AE_F_INT,
     .offset = AT(number),
     .def = "3",
     .min = -5,
     .max = 9},
    {.name = "pair",
     .type = AE_F_PAIR,
     .offset = AT(pair),
     .def = "3",
     .min = 1,
     .max = 99},
    {.name = "choice",
     .type = AE_F_ENUM,
     .offset = AT(choice),
     .def = "green",
     .names = choices},
    {.name = "count", .type = AE_F_COUNT, .offset = AT(count)},
    {.name = "bytes", .type = AE_F_BYTES, .offset = AT(bytes), .def = "1M"},
    {.name = "real",
     .type = AE_F_REAL,
     .offset = AT(real),
     .def = "0.5",
     .min = 0,
     .max = 1},
    {.name = "range",
     .type = AE_F_RANGE,
     .offset = AT(range),
     .def = "0..5",
     .min = 0,
     .max = 55},
    {.name = "seconds", .type = AE_F_SECONDS, .offset = AT(seconds)},
    {.name = "text", .type = AE_F_STR, .offset = AT(text), .def = "t"},
    {.name = NULL},
};

Test(field, defaults)
{
    struct all a = {0};

    cr_assert_eq(ae_fields_parse(table, &a, NULL, ',', NULL), 0);
    cr_assert_eq(a.number, 3);
    cr_assert(a.pair[0] == 3 && a.pair[1] == 3);
    cr_assert_eq(a.choice, 1);
    cr_assert_eq(a.bytes, 1048576);
    cr_assert(a.range[0] == 0 && a.range[1] == 5);
    cr_assert_str_eq(a.text, "t");
}

Test(field, values)
{
    struct all a = {0};
    struct ae_err e = {0};
    char list[] = "flag  number=-5 pair=1x9 choice=red count=2k bytes=1.5K "
                  "real=1e-3 range=5..50 seconds=1.5h text=a=b";

    cr_assert_eq(ae_fields_cut(table, &a, list, ' ', &e), 0, "%s", e.msg);
    cr_assert_eq(a.flag, 1);
    cr_assert_eq(a.number, -5);
    cr_assert(a.pair[0] == 1 && a.pair[1] == 9);
    cr_assert_eq(a.choice, 0);
    cr_assert_eq(a.count, 2000);
    cr_assert_eq(a.bytes, 1536);
    cr_assert_eq(a.real, 1e-3);
    cr_assert(a.range[0] == 5 && a.range[1] == 50);
    cr_assert_eq(a.seconds, 5400);
    cr_assert_str_eq(a.text, "a=b");
}

Test(field, counts_are_exact)
{
    struct all a = {0};

    cr_assert_eq(
        ae_fields_parse(table, &a, "count=9007199254740993", ',', NULL), 0);
    cr_assert_eq(a.count, 9007199254740993u);
}

Test(field, errors_name_the_key)
{
    static const struct {
        const char *list, *msg;
    } cases[] = {
        {"number=10", "number: 10 is outside -5..9"},
        {"number=x", "number: 'x' is not a whole number"},
        {"number=1.5", "number: '1.5' is not a whole number"},
        {"number", "number: a value is missing"},
        {"real=1.01", "real: 1.01 is outside 0..1"},
        {"range=6..5", "range: 6..5 runs downward"},
        {"range=0..56", "range: 56 is outside 0..55"},
        {"range=1..2..3", "range: '2..3' is not a number"},
        {"pair=0x2", "pair: 0 is outside 1..99"},
        {"choice=blue", "choice: 'blue' is not one of red, green"},
        {"flag=2", "flag: '2' is neither 0 nor 1"},
        {"count=1.5", "count: '1.5' is not a whole number"},
        {"count=-1", "count: -1 is outside 0..9.223372036854776e+18"},
        {"seconds=5x", "seconds: '5x' is not a time (90, 30s, 5m, 2h, 1d)"},
        {"real=1,real=0", "key 'real' is given twice"},
        {"reel=1", "unknown key 'reel'; known: flag number pair choice count"
                   " bytes real range seconds text"},
        {"real=1,,flag", "unknown key ''; known: flag number pair choice"
                         " count bytes real range seconds text"},
        {"text=a", "text: text has no place here"},
    };
    struct all a;
    struct ae_err e;

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        memset(&a, 0, sizeof(a));
        cr_assert_eq(ae_fields_parse(table, &a, cases[i].list, ',', &e),
                     AE_EARG, "%s", cases[i].list);
        cr_assert_str_eq(e.msg, cases[i].msg);
    }
}

Test(field, prints_what_differs_and_reads_it_back)
{
    struct all a = {0}, b = {0};
    struct ae_str s = {0};
    char list[] = "flag number=4 pair=2x3 range=5 real=0.1 bytes=1M text=q";

    cr_assert_eq(ae_fields_cut(table, &a, list, ' ', NULL), 0);
    cr_assert_eq(ae_fields_print(table, &a, ' ', &s, NULL), 0);
    cr_assert_str_eq(s.p, "flag=1 number=4 pair=2x3 real=0.1 range=5 text=q");
    cr_assert_eq(ae_fields_cut(table, &b, s.p, ' ', NULL), 0);
    cr_assert_str_eq(b.text, "q");
    a.text = b.text = NULL;
    cr_assert_arr_eq((char *)&a, (char *)&b, sizeof(a));
    ae_str_release(&s);
}
