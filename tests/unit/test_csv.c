/* Tables: separators, quotes, line ends, and what is refused where. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/csv.h"

/* Adds the fields of a row, "a|b". */
static void add_fields(const struct ae_csv *c, char *out)
{
    for (int i = 0; i < c->fields; i++) {
        if (i)
            strcat(out, "|");
        strcat(out, c->field[i]);
    }
}

/* Rows as "a|b/c|d", or the error's text. */
static void show(const char *text, size_t n, char *out)
{
    struct ae_csv c = {0};
    struct ae_err e = {0};
    int r;

    *out = 0;
    cr_assert_eq(ae_io_open_memory(text, n, "t", &c.lines.io, NULL), 0);
    struct ae_io *io = c.lines.io;
    while ((r = ae_csv_next(&c, &e)) == 0) {
        if (*out)
            strcat(out, "/");
        add_fields(&c, out);
    }
    if (r < 0)
        strcpy(out, e.msg);
    ae_csv_release(&c);
    ae_io_close(io);
}

Test(csv, rows_and_faults)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"1,2\n3,4\n", "1|2/3|4"},
        {"1;2,5\n3;4", "1|2,5/3|4"},
        {"a\tb\n1\t\n", "a|b/1|"},
        {"1|2\r\n3|4\r\n", "1|2/3|4"},
        {"  1  2 3 \n4 5   6\n", "1|2|3/4|5|6"},
        {"\xef\xbb\xbf"
         "1,2\n",
         "1|2"},
        {"1 , 2 \n", "1|2"},
        {"\n\n1,2\n\n3,4\n\n", "1|2/3|4"},
        {"\"a,b\",\"say \"\"x\"\"\"\n\"\",2\n", "a,b|say \"x\"/|2"},
        {"\"a\"\t\"b c\"\n1\t2\n", "a|b c/1|2"},
        {"\"a b\" 2\n3 4\n", "a b|2/3|4"},
        {"1,2\n\"two\nlines\",2\n", "1|2/two\nlines|2"},
        /* fields that close and open on one line, and quotes in bare ones */
        {"1,2\n\"a\n\"\",b\",\"c\n\"\"\nd\"\n3,4\n",
         "1|2/a\n\",b|c\n\"\nd/3|4"},
        {"1,2\n\"a\nb\",x\"y\n3,4\n", "1|2/a\nb|x\"y/3|4"},
        {"1 2\n\"a\nb\" \"c\nd\" \n3 4\n", "1|2/a\nb|c\nd/3|4"},
        {"7\n8\n", "7/8"},
        {"1,2\n3\n", "line 2 has 1 column(s), the first row has 2"},
        {"1,2\n3,4,5\n", "line 2 has 3 column(s), the first row has 2"},
        {"1,\"2\n3,4\n", "line 1: a quote is not closed"},
        {"\"1\"2,3\n", "line 1, column 1: text after a closing quote"},
        {"1,2\n\xff,4\n", "line 2, byte 1: 0xff is not text; UTF-16? iconv -f "
                          "UTF-16 -t UTF-8 converts it"},
        {"1,\x01\n", "line 1, byte 3: 0x01 is not text"},
        /* empty fields at the end, rows of them, remarks, spreadsheets */
        {"a,b\n1,2,,\n,\n3,4\n", "a|b/1|2/3|4"},
        {"# made, by hand\na,b\n# 5 rows\n1,2\n", "a|b/1|2"},
        {"#1,2,3\n#2,3,4\n", "#1|2|3/#2|3|4"},
        {"sep=|\na|b,c\n1|2\n\xef\xbb\xbfsep=|\n3|4\n", "a|b,c/1|2/3|4"},
    };
    char out[512];

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        show(cases[i].text, strlen(cases[i].text), out);
        cr_assert_str_eq(out, cases[i].want, "%s: %s", cases[i].text, out);
    }
    show("1,2\n3,\0\n", 8, out);
    cr_assert_str_eq(out, "line 2, byte 3: 0x00 is not text");
    show("", 0, out);
    cr_assert_str_eq(out, "");
}

Test(csv, numbers_have_a_point)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"1.5e3", NULL},
        {"-.5", NULL},
        {"0x10", "is not a number"},
        {"inf", "is not a number"},
        {"1e99", "is not a number"},
        {"NaN", "line 1, column 2: the value is missing ('NaN')"},
        {"n/a", "is missing"},
        {"#N/A", "is missing"},
        {"None", "is missing"},
        {"-", "is missing"},
        {"--", "is missing"},
        {"-1", NULL},
        {"---", "is not a number"},
        {"", "is missing"},
    };

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        struct ae_csv c = {0};
        struct ae_err e = {0};
        char text[64];
        double v = 0;
        const int n = snprintf(text, sizeof(text), "0,%s\n", cases[i].text);
        cr_assert_eq(ae_io_open_memory(text, (size_t)n, "t", &c.lines.io, NULL),
                     0);
        struct ae_io *io = c.lines.io;
        cr_assert_eq(ae_csv_next(&c, &e), 0);
        const int r = ae_csv_number(&c, 1, &v, &e);
        cr_assert_eq(r == 0, cases[i].want == NULL, "%s", cases[i].text);
        if (cases[i].want)
            cr_assert_not_null(strstr(e.msg, cases[i].want), "%s", e.msg);
        ae_csv_release(&c);
        ae_io_close(io);
    }
}

Test(csv, lines_end_where_they_end)
{
    const char text[] = "one\r\n\nthree";
    struct ae_lines l = {0};

    cr_assert_eq(ae_io_open_memory(text, sizeof(text) - 1, "t", &l.io, NULL),
                 0);
    cr_assert_eq(ae_lines_next(&l, NULL), 0);
    cr_assert_str_eq(l.text.p, "one");
    cr_assert_eq(ae_lines_next(&l, NULL), 0);
    cr_assert_eq(l.text.len, 0);
    cr_assert_eq(ae_lines_next(&l, NULL), 0);
    cr_assert_str_eq(l.text.p, "three");
    cr_assert_eq(l.number, 3);
    cr_assert_eq(ae_lines_next(&l, NULL), AE_END);
    ae_io_close(l.io);
    ae_str_release(&l.text);
}

/* Rows as "1|2", or "!LINE" for a spoilt one. */
static void show_all(struct ae_csv *c, const char *text, char *out)
{
    struct ae_io *io;
    int rc;

    *out = 0;
    cr_assert_eq(ae_io_open_memory(text, strlen(text), "t", &io, NULL), 0);
    c->lines.io = io;
    while ((rc = ae_csv_next(c, NULL)) == 0 || c->spoilt) {
        if (*out)
            strcat(out, "/");
        if (rc)
            sprintf(out + strlen(out), "!%d", (int)c->line);
        else
            add_fields(c, out);
    }
    cr_assert_eq(rc, AE_END);
    ae_csv_release(c);
    ae_io_close(io);
}

Test(csv, a_spoilt_row_costs_itself)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a,b\n1\n2,2\n3,3,3\n4,4\n", "a|b/!2/2|2/!4/4|4"},
        {"a,b\n1,\x01\n2,2\n\xff\n3,3\n", "a|b/!2/2|2/!4/3|3"},
        /* a stray quote takes no other line with it */
        {"a,b\n1,\"x\n2,2\n3,3\n", "a|b/!2/2|2/3|3"},
        {"a,b\n1,\"x\n2,\"y\n3,3\n", "a|b/!2/!3/3|3"},
        {"a,b\n\"1\n2,2\n\x01\n3,3\n", "a|b/!2/2|2/!4/3|3"},
        {"a,b\n1,\"x\ny\"\n2,2\n", "a|b/1|x\ny/2|2"},
    };
    char out[512];

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        struct ae_csv c = {0};
        show_all(&c, cases[i].text, out);
        cr_assert_str_eq(out, cases[i].want, "%s: %s", cases[i].text, out);
    }
}

Test(csv, a_row_may_lack_empty_fields_at_its_end)
{
    struct ae_csv c = {.least = 2};
    char out[512];

    show_all(&c, "a,b,,\n1,2\n3,4,,\n5\n", out);
    cr_assert_str_eq(out, "a|b||/1|2||/3|4||/!4");
}

Test(csv, numbers_with_a_comma)
{
    struct ae_csv c = {.decimal = ','};
    double v;

    cr_assert(ae_csv_is_number(&c, "-20,5", &v));
    cr_assert_float_eq(v, -20.5, 1e-12);
    cr_assert(ae_csv_is_number(&c, "7", &v));
    cr_assert_not(ae_csv_is_number(&c, "1.5", NULL));
    cr_assert_not(ae_csv_is_number(&c, "1.234,5", NULL));
    cr_assert_not(ae_csv_is_number(&c, "1,2,3", NULL));
}

Test(csv, lines_are_read_ahead_and_given_back)
{
    const char text[] = "one\ntwo\nthree\nfour";
    struct ae_lines l = {0};

    cr_assert_eq(ae_io_open_memory(text, sizeof(text) - 1, "t", &l.io, NULL),
                 0);
    cr_assert_eq(ae_lines_ahead(&l, 6, NULL), 0);
    cr_assert_eq(ae_lines_next(&l, NULL), 0);
    cr_assert_eq(ae_lines_next(&l, NULL), 0);
    cr_assert_str_eq(l.text.p, "two");
    cr_assert_eq(ae_lines_back(&l, "one\ntwo", 7, NULL), 0);
    cr_assert_eq(l.number, 0);
    for (int i = 0; i < 4; i++) {
        static const char *const line[] = {"one", "two", "three", "four"};
        cr_assert_eq(ae_lines_next(&l, NULL), 0);
        cr_assert_str_eq(l.text.p, line[i]);
    }
    cr_assert_eq(l.number, 4);
    cr_assert_eq(ae_lines_next(&l, NULL), AE_END);
    ae_io_close(l.io);
    ae_str_release(&l.text);
    ae_str_release(&l.ahead);
}
