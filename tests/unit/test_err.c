/* Messages: what is escaped, what is cut, where the place is added. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

Test(err, code_and_text)
{
    struct ae_err e = {0};

    cr_assert_eq(ae_fail(&e, AE_EFORMAT, "row %d", 7), AE_EFORMAT);
    cr_assert_eq(e.code, AE_EFORMAT);
    cr_assert_str_eq(e.msg, "row 7");
    cr_assert_eq(ae_fail(NULL, AE_EARG, "nobody asks"), AE_EARG);
}

Test(err, escapes_what_steers_a_terminal)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain", "plain"},
        {"\033[2J\n\t\177", "\\x1b[2J\\x0a\\x09\\x7f"},
        {"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xb7",
         "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xb7"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"},                   /* C1: CSI */
        {"\xc3", "\\xc3"},                   /* cut short */
        {"\xe0\x80\x80", "\\xe0\\x80\\x80"}, /* overlong */
        {"100%s", "100%s"},
    };
    struct ae_err e;

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        ae_fail(&e, AE_EARG, "%s", cases[i].in);
        cr_assert_str_eq(e.msg, cases[i].out);
    }
}

Test(err, long_text_is_cut_between_characters)
{
    char text[900];
    struct ae_err e;

    memset(text, '\n', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ae_fail(&e, AE_EARG, "%s", text);
    cr_assert_lt(strlen(e.msg), sizeof(e.msg));
    cr_assert_eq(strlen(e.msg) % 4, 0);
}

Test(err, place_comes_first)
{
    struct ae_err e;

    ae_fail(&e, AE_EFORMAT, "no end");
    cr_assert_eq(ae_err_at(&e, AE_EFORMAT, "a%d", 1), AE_EFORMAT);
    cr_assert_str_eq(e.msg, "a1: no end");
}

Test(err, a_long_place_leaves_the_reason_whole)
{
    char path[2000];
    struct ae_err e;

    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    ae_fail(&e, AE_EIO, "no such file");
    ae_err_at(&e, AE_EIO, "%s", path);
    cr_assert_eq(strlen(e.msg), sizeof(e.msg) - 1);
    cr_assert(strstr(e.msg, "xx...: no such file"), "%s", e.msg);
}

Test(err, errno_is_named)
{
    struct ae_err e;

    errno = ENOSPC;
    cr_assert_eq(ae_fail_errno(&e, "x"), AE_EIO);
    cr_assert_str_eq(e.msg, "x: No space left on device");
    errno = ENOMEM;
    cr_assert_eq(ae_fail_errno(&e, "x"), AE_EMEM);
}

Test(err, a_name_is_said_once)
{
    static const struct {
        const char *msg, *where, *want;
    } cases[] = {
        {"g.png: is damaged", "fd/g.png", "fd/g.png: is damaged"},
        {"fd/g.png: is damaged", "fd/g.png", "fd/g.png: is damaged"},
        {"g.png: is damaged", "fd/g.png: left out",
         "fd/g.png: left out: is damaged"},
        {"g.png#2: is damaged", "fd/g.png", "fd/g.png: #2: is damaged"},
        {"png: is damaged", "fd/g.png", "fd/g.png: png: is damaged"},
        {"g.png is damaged", "g.png", "g.png: g.png is damaged"},
        {"left out: x", "fd/g.png: left out",
         "fd/g.png: left out: left out: x"},
        {"x", "", ": x"}};

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        struct ae_err e = {0};
        ae_fail(&e, AE_EIO, "%s", cases[i].msg);
        ae_err_at(&e, AE_EIO, "%s", cases[i].where);
        cr_assert_str_eq(e.msg, cases[i].want);
    }
}
