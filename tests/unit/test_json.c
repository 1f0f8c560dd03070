/* JSON: what is refused and where; numbers that read back exactly. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

Test(json, refused)
{
    static const struct {
        const char *text, *msg;
    } cases[] = {
        {"", "line 1 column 0"},
        {"{\"a\":1,\"a\":2}", "duplicate"},
        {"{\"a\":1} x", "end of file expected"},
        {"{\"a\":1,}", "line 1 column 8"},
        {"{\n\"a\":}", "line 2"},
        {"[01]", "line 1"},
        {"1", "'[' or '{' expected"},
        {"[NaN]", "invalid token"},
        {"[\"\xff\"]", "unable to decode"},
        {"[\"a\nb\"]", "unexpected newline"},
        {"{\"a\\u0000b\":1}", "\\u0000"},
        {"[1e999]", "overflow"},
        {"[99999999999999999999]", "big"},
    };
    json_t *v;
    struct ae_err e;

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        cr_assert_eq(
            ae_json_parse(cases[i].text, strlen(cases[i].text), &v, &e),
            AE_EFORMAT, "%s", cases[i].text);
        cr_assert(strstr(e.msg, cases[i].msg), "%s: %s", cases[i].text, e.msg);
        cr_assert_null(v);
    }
}

Test(json, depth_is_bounded_outside_of_quotes)
{
    char text[400];
    json_t *v;
    struct ae_err e;

    memset(text, '[', 200);
    memset(text + 200, ']', 200);
    cr_assert_eq(ae_json_parse(text, 400, &v, &e), AE_ELIMIT);
    cr_assert_eq(ae_json_parse(text + 136, 128, &v, &e), 0);
    json_decref(v);
    text[0] = '[';
    memset(text + 1, '[', 398);
    text[1] = '"';
    text[397] = '"';
    text[398] = ']';
    cr_assert_eq(ae_json_parse(text, 399, &v, &e), 0, "%s", e.msg);
    json_decref(v);
}

static void round_trip(const char *text, int indent)
{
    json_t *v;
    char *out;
    struct ae_err e = {0};

    cr_assert_eq(ae_json_parse(text, strlen(text), &v, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_json_print(v, indent, &out, &e), 0);
    cr_assert_str_eq(out, text);
    free(out);
    json_decref(v);
}

Test(json, prints_what_it_read)
{
    round_trip("{\"z\":1,\"a\":[0.1,1e-05,-3,2.0,true,false,null],"
               "\"s\":\"\\\"\\\\\\n\\u0001\xc3\xa9\",\"o\":{},\"l\":[]}",
               0);
    round_trip("{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": 0.0005\n  }\n}", 2);
    round_trip("[9223372036854775807]", 0);
    round_trip("[1.7976931348623157e+308]", 0);
}

Test(json, nothing_to_print)
{
    char *out;
    struct ae_err e;

    cr_assert_eq(ae_json_print(NULL, 0, &out, &e), AE_EMEM);
    cr_assert_null(out);
}
