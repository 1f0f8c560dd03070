/* test_opt.c - a command's options: no row of its tables is lost, however many
 * there are, and each lands where its table lies. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../cmd/cmd.h"

enum { ROWS = 500, TAIL = 7 };

struct args {
    struct cmd_common common;
    int own[ROWS];
    int before;
    struct inner {
        int tail[TAIL];
    } inner;
};

static char names[ROWS + TAIL][16];
static struct ae_field own[ROWS + 1], tail[TAIL + 1];
static const struct cmd_table tables[] = {{own, 0},
                                          {tail, offsetof(struct args, inner)},
                                          {cmd_talk_fields, 0},
                                          {NULL, 0}};
static const struct cmd_spec spec = {"ae-test", "", "Tests", tables, NULL};

/* Rows "NAME0" and on, of ints that begin at `first`. */
static void fill_table(struct ae_field *f, int rows, char (*name)[16],
                       const char *stem, size_t first)
{
    for (int i = 0; i < rows; i++) {
        snprintf(name[i], sizeof(name[i]), "%s%03d", stem, i);
        f[i] = (struct ae_field){.name = name[i],
                                 .type = AE_F_INT,
                                 .offset = first + (size_t)i * sizeof(int),
                                 .def = "-1",
                                 .help = "a row"};
    }
}

static void fill_tables(void)
{
    fill_table(own, ROWS, names, "own", offsetof(struct args, own));
    fill_table(tail, TAIL, names + ROWS, "tail", offsetof(struct inner, tail));
    own[ROWS - 1].letter = 'z';
}

Test(opt, every_row_is_an_option)
{
    static struct args a;
    static char text[ROWS + TAIL][32];
    char *argv[ROWS + TAIL + 4] = {"ae-test"};
    int argc = 1;

    fill_tables();
    for (int i = 0; i < ROWS + TAIL; i++) {
        snprintf(text[i], sizeof(text[i]), "--%s=%d", names[i], i);
        argv[argc++] = text[i];
    }
    argv[argc++] = "-q";
    argv[argc] = "operand";
    cr_assert_eq(cmd_parse(&spec, &a, argc + 1, argv), argc);
    for (int i = 0; i < ROWS; i++)
        cr_expect_eq(a.own[i], i);
    for (int i = 0; i < TAIL; i++)
        cr_expect_eq(a.inner.tail[i], ROWS + i);
    cr_expect_eq(a.before, 0);
    cr_expect_eq(a.common.quiet, 1);
}

Test(opt, defaults_and_letters_of_the_last_row)
{
    static struct args a;
    char *argv[] = {"ae-test", "-z", "5", NULL};

    fill_tables();
    cr_assert_eq(cmd_parse(&spec, &a, 3, argv), 3);
    cr_expect_eq(a.own[ROWS - 1], 5);
    cr_expect_eq(a.own[0], -1);
    cr_expect_eq(a.inner.tail[TAIL - 1], -1);
    cr_expect_eq(a.before, 0);
}

Test(opt, unknown_row, .exit_code = CMD_USAGE)
{
    static struct args a;
    char *argv[] = {"ae-test", "--own500=1", NULL};

    fill_tables();
    cmd_parse(&spec, &a, 2, argv);
}

Test(opt, fields_that_a_message_quotes)
{
    char text[] = "`rows` A:B or `own007`; `convert a b`, 'x`', ``, `other`, `";
    static struct args a;
    char *argv[] = {"ae-test", NULL};

    fill_tables();
    cmd_parse(&spec, &a, 1, argv);
    cmd_name_options(text);
    cr_expect_str_eq(text, "--rows A:B or --own007; `convert a b`, 'x`', ``, "
                           "`other`, `");
}
