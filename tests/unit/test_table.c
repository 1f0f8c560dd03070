/* Tables that are learned from: marks, headers, units, columns left out, times
 * that jump. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "data/means.h"
#include "data/source/table_cell.h"
#include "folder.h"

static char noted[4096]; /* all notes of the last reading */

static void note(void *arg, enum ae_log_level level, const char *msg)
{
    (void)arg;
    if (level <= AE_LOG_NOTE && strlen(noted) + strlen(msg) < sizeof(noted) - 2)
        strcat(strcat(noted, msg), "\n");
}

static void set_up(void)
{
    folder_set_up();
    ctx->log = note;
}

static struct ae_preprocessing prep;
static struct ae_dataset items;

static void tear_down(void)
{
    ae_dataset_release(&items);
    ae_preprocessing_release(&prep);
    folder_tear_down();
}

TestSuite(table, .init = set_up, .fini = tear_down);

static struct ae_select_options select_options;

/* Reads the text as a table to learn from. */
static int learn(const char *text)
{
    const struct ae_source_options o = {
        .min_side = 1, .learn = 1, .select = &select_options};

    ae_dataset_release(&items);
    ae_preprocessing_release(&prep);
    *noted = 0;
    prep.kind = AE_INPUT_CSV;
    cr_assert_eq(ae_dialect_parse(&select_options, &prep.dialect, NULL), 0);
    const int rc = ae_dataset_read(ctx, put("t.csv", text, strlen(text)), &o,
                                   &prep, &items, NULL);
    ae_dataset_log(ctx, &items, "t.csv");
    return rc;
}

/* Reads another one as a model of the last one would. */
static int use(const char *text)
{
    const struct ae_source_options o = {.min_side = 1,
                                        .select = &select_options};

    ae_dataset_release(&items);
    *noted = 0;
    const int rc = ae_dataset_read(ctx, put("u.csv", text, strlen(text)), &o,
                                   &prep, &items, NULL);
    ae_dataset_log(ctx, &items, "u.csv");
    return rc;
}

/* The columns that are taken, "2:a 3:b". */
static const char *columns(void)
{
    static char text[256];

    *text = 0;
    for (int i = 0; i < prep.columns; i++)
        sprintf(text + strlen(text), "%s%d:%s", i ? " " : "", prep.column[i].at,
                prep.column[i].name ? prep.column[i].name : "");
    return text;
}

static double value(size_t item, int column)
{
    cr_assert_lt(item, items.count);
    return ((const float *)items.item[item].px)[column];
}

Test(table, two_columns_of_one_name_are_both_read)
{
    learn("time,a,a\n2020-01-01,1,10\n2020-01-02,2,20\n");
    cr_assert_str_eq(columns(), "2:a 3:a");
    cr_assert_float_eq(value(1, 0), 2, 1e-6);
    cr_assert_float_eq(value(1, 1), 20, 1e-6);
    use("time,a,a\n2020-01-01,3,30\n");
    cr_assert_float_eq(value(0, 1), 30, 1e-6);
    /* where they can't be told apart the table is refused */
    use("time,a\n2020-01-01,3\n");
    cr_assert_eq(items.count, 0);
    cr_assert_not_null(strstr(noted, "two columns named 'a'"), "%s", noted);
    use("a,time,x,a,a\n1,2020-01-01,3,4,5\n");
    cr_assert_eq(items.count, 0);
    cr_assert_not_null(strstr(noted, "3 columns are named 'a'"), "%s", noted);
}

Test(table, decimal_commas_are_found_or_asked_for)
{
    learn("a;b\n20,424;1\n21,1;2\n");
    cr_assert_eq(prep.dialect.decimal, ',');
    cr_assert_float_eq(value(0, 0), 20.424, 1e-5);
    /* what a model says is obeyed */
    use("a;b\n20,424;1\n");
    cr_assert_float_eq(value(0, 0), 20.424, 1e-5);
    static const char *const doubtful[] = {
        "a;b\n20,424;1\n21,100;2\n", "a;b\n1.234,5;1\n21,1;2\n",
        "a;b\n20,4;1\n21.1;2\n", "a;b\n1,234;1\n21.1;2\n"};
    for (size_t i = 0; i < AE_LEN(doubtful); i++) {
        learn(doubtful[i]);
        cr_assert_eq(items.count, 0, "%s", doubtful[i]);
        cr_assert_not_null(strstr(noted, "`decimal`"), "%s", noted);
    }
    select_options.decimal = ",";
    learn(doubtful[0]);
    select_options.decimal = NULL;
    cr_assert_float_eq(value(1, 0), 21.1, 1e-5);
    learn("a,b\n1,5\n2,7\n"); /* a comma that parts fields is none */
    cr_assert_eq(prep.dialect.decimal, 0);
    cr_assert_eq(prep.columns, 2);
}

Test(table, headers_of_numbers)
{
    learn("0,1\n5.5,7\n6.5,8\n");
    cr_assert_str_eq(columns(), "1:0 2:1");
    cr_assert_eq(items.count, 2);
    cr_assert_not_null(strstr(noted, "`header` no"), "%s", noted);
    learn(",0,1\na,5.5,7\nb,6.5,8\n");
    cr_assert_str_eq(columns(), "2:0 3:1");
    learn("time,2019,2020\n1,5.5,7\n2,6.5,8\n");
    cr_assert_str_eq(columns(), "2:2019 3:2020");
    /* a model that knows them finds them; to others they are a row */
    use("2020,2019,time\n7,8,1\n");
    cr_assert_float_eq(value(0, 0), 8, 1e-6);
    learn("x,y\n5,7\n6,8\n");
    use("0,1\n2,3\n");
    cr_assert_eq(items.count, 2);
    learn("1,2\n5,7\n");
    cr_assert_eq(items.count, 2);
    select_options.header = "yes";
    learn("1,2\n5,7\n");
    cr_assert_str_eq(columns(), "1:1 2:2");
    select_options.header = "no";
    learn("0,1\n5,7\n");
    select_options.header = NULL;
    cr_assert_eq(items.count, 2);
}

/* Each line of `above` is a title of the same table. */
Test(table, titles_above_the_header)
{
    static const char *const above[] = {"Pump 3\n", "Pump 3,,\n\nof 2024\n",
                                        "\"Plant, north\",,\n",
                                        "# made by hand\nPump 3\n"};

    for (size_t i = 0; i < AE_LEN(above); i++) {
        char text[256];
        snprintf(text, sizeof(text), "%s%s", above[i],
                 "time,temp,hum\n1h,2,3\n2h,3,4\n3h,4,6\n");
        learn(text);
        cr_assert_eq(items.count, 3, "%s: %s", above[i], noted);
        cr_assert_str_eq(prep.column[0].name, "temp");
        cr_assert_not_null(strstr(noted, "is taken as a title"), "%s", noted);
        snprintf(text, sizeof(text), "%s%s", above[i],
                 "time,hum,temp\n1h,2,3\n");
        use(text);
        cr_assert_eq(items.count, 1, "%s: %s", above[i], noted);
    }
}

/* A header alone, and one whose rows are of another kind. */
Test(table, a_header_is_no_title)
{
    learn("temp\n20,4\n21,5\n22,5\n");
    cr_assert_eq(items.count, 3, "%s", noted);
    cr_assert_null(strstr(noted, "title"), "%s", noted);
}

Test(table, remarks_units_and_marks_in_names)
{
    learn("time,temp|C,hum;raw\n2020-01-01,5,7\n2020-01-02,6,8\n");
    cr_assert_str_eq(columns(), "2:temp|C 3:hum;raw");
    use("time,temp|C,hum;raw\n2020-01-01,5,7\n");
    cr_assert_eq(items.count, 1);
    learn("# time temp\n2020-01-01 5 1\n2020-01-02 6 2\n");
    cr_assert_str_eq(columns(), "2: 3:");
    learn("#time,temp\n2020-01-01,5\n2020-01-02,6\n");
    cr_assert_str_eq(columns(), "2:temp");
    learn("time,temp,hum\n,degC,%\n2020-01-01,5,7\n2020-01-02,6,8\n");
    cr_assert_eq(items.count, 2);
    cr_assert_not_null(strstr(noted, "row of units"), "%s", noted);
    learn("Date;Time;t;;\n10/03/2004;18.00.00;2,6;;\n"
          "10/03/2004;19.00.00;2,7\n;;;;\n");
    cr_assert_str_eq(columns(), "3:t");
    cr_assert_eq(items.count, 2);
    cr_assert_str_eq(items.item[1].name, "10/03/2004 19.00.00");
}

static char text[8192];

/* A header, and 30 rows printed as said for each i. */
#define ROWS(header, ...)                                                      \
    do {                                                                       \
        size_t n_ = (size_t)sprintf(text, "%s\n", header);                     \
        for (int i = 0; i < 30; i++)                                           \
            n_ += (size_t)sprintf(text + n_, __VA_ARGS__);                     \
    } while (0)

Test(table, counters_and_times_since_1970_are_left_out)
{
    ROWS("id,x,epoch,up", "%d,%d,%d,%.1f\n", 100 + i, 7 * i % 11,
         1704067200 + 3600 * (i - i % 2), 0.5 * i);
    learn(text);
    cr_assert_str_eq(columns(), "2:x 4:up");
    cr_assert_not_null(strstr(noted, "column 'id' isn't learned"), "%s", noted);
    cr_assert_not_null(strstr(noted, "column 'epoch' isn't learned"));
    cr_assert_not_null(strstr(noted, "column 'up' rises"), "%s", noted);
    cr_assert_str_eq(items.item[3].name, "1704074400");
    use("up,x,epoch\n3,4,17\n");
    cr_assert_str_eq(items.item[0].name, "17");

    select_options.columns = "id,x";
    learn(text);
    cr_assert_str_eq(columns(), "1:id 2:x");
    cr_assert_str_eq(noted, "");
    select_options.columns = "-x";
    learn(text);
    cr_assert_str_eq(columns(), "1:id 3:epoch 4:up");
    select_options.columns = NULL;

    static const double unit[] = {1e3, 1e6, 1e9};
    for (int k = 0; k < 3; k++) {
        ROWS("a,b", "%.0f,%d\n", (1704067200.0 + 60 * i) * unit[k], 7 * i % 11);
        learn(text);
        cr_assert_str_eq(columns(), "2:b");
    }
    /* numbers of that size that fall are none, nor are those of 19 rows */
    ROWS("a,b", "%d,%d\n", 1704067200 - i, 7 * i % 11);
    learn(text);
    cr_assert_str_eq(columns(), "1:a 2:b");
    ROWS("a,b", i < 19 ? "%d,%d\n" : "\n", i, 7 * i % 11);
    learn(text);
    cr_assert_str_eq(columns(), "1:a 2:b");
}

Test(table, columns_of_words_are_named_with_what_leaves_them_out)
{
    ROWS("x,host,state", "%d,web,%s\n", 7 * i % 11, i % 2 ? "on" : "off");
    learn(text);
    cr_assert_eq(items.count, 0);
    cr_assert_not_null(strstr(noted, "'host', 'state' hold text, 'web' in line "
                                     "2: `columns` -host,-state leaves them"),
                       "%s", noted);
    ROWS("x,y", i == 3 ? "%d,on\n" : "%d,1\n", 7 * i % 11);
    learn(text);
    cr_assert_eq(items.count, 29);
    cr_assert_not_null(strstr(noted, "line 5, column 2 'y': 'on'"), "%s",
                       noted);
}

Test(table, missing_values)
{
    static const char gaps[] = "a,b\n1,2\n3,NA\n5,6\n-,8\n";

    learn(gaps);
    cr_assert_eq(items.count, 2);
    cr_assert_not_null(strstr(noted, "2 row(s) with missing values"), "%s",
                       noted);
    select_options.missing = "last";
    learn(gaps);
    cr_assert_eq(items.count, 4);
    cr_assert_float_eq(value(1, 1), 2, 1e-6);
    cr_assert_float_eq(value(3, 0), 5, 1e-6);
    select_options.missing = "refuse";
    learn(gaps);
    cr_assert_eq(items.count, 0);
    select_options.missing = "mean";
    learn(gaps);
    cr_assert_eq(items.count, 4);
    items.item[2].held_out = 1; /* isn't in the means */
    cr_assert_eq(ae_means_learn(&prep, &items, NULL), 0);
    ae_means_fill(&prep, &items);
    cr_assert_float_eq(value(1, 1), 5, 1e-6);
    cr_assert_float_eq(value(3, 0), 2, 1e-6);
    use("a,b\n?,--\n");
    cr_assert_float_eq(value(0, 0), 2, 1e-6);
    cr_assert_float_eq(value(0, 1), 5, 1e-6);
    select_options.missing = NULL;
}

/* Windows of 3 rows in all that lie between rows left out. */
Test(table, no_window_spans_a_row_left_out)
{
    struct ae_selection *s;
    const struct ae_select_options rows = {.rows = "2:"};
    struct ae_source_options o = {.min_side = 1, .learn = 1};

    prep = (struct ae_preprocessing){
        .kind = AE_INPUT_CSV, .window = 3, .stride = 1};
    cr_assert_eq(ae_selection_new(ctx, &rows, &s, NULL), 0);
    o.selection = s;
    static const char text_[] = "a,b\n0,1\n1,0\n2,1\n3,1\nx,1\n5,2\n6,3\n"
                                "7\n8,1\n9,1\n7,2\n4,1\n";
    cr_assert_eq(ae_dataset_read(ctx, put("w.csv", text_, strlen(text_)), &o,
                                 &prep, &items, NULL),
                 0);
    cr_assert_eq(items.count, 3);
    for (int i = 0; i < 3; i++)
        cr_assert_float_eq(value(0, 2 * i), 1 + i, 1e-6);
    cr_assert_str_eq(items.item[0].name, "5");
    cr_assert_float_eq(value(1, 0), 8, 1e-6);
    cr_assert_float_eq(value(2, 0), 9, 1e-6);
    ae_selection_free(s);
}

Test(table, a_header_that_comes_again_is_passed_over)
{
    learn("a,b\n1,2\n3,4\na,b\n5,6\n");
    cr_assert_eq(items.count, 3);
    cr_assert_str_eq(noted, "");
    /* but one of another order ends the table */
    learn("a,b\n1,2\n3,4\nb,a\n5,6\n");
    cr_assert_eq(items.count, 0);
    cr_assert_not_null(strstr(noted, "line 4 is a header"), "%s", noted);
}

Test(table, a_file_that_was_cut_is_not_learned_from)
{
    learn("a,b\n1,2\n3,4\n5\n7,8\n");
    cr_assert_eq(items.count, 3);
    learn("a,b\n1,2\n3,4\n5\n");
    cr_assert_eq(items.count, 0);
    cr_assert_not_null(strstr(noted, "the file is cut"), "%s", noted);
    learn("a,b\n1,2\n3,4\n");
    use("a,b\n1,2\n3\n");
    cr_assert_eq(items.count, 1);
}

Test(table, codes_of_missing_values_are_noted)
{
    static const double codes[] = {-9999, 1e30, -99.99, 32767, -200};

    for (size_t k = 0; k < AE_LEN(codes); k++) {
        ROWS("a,b", "%g,%d\n", i == 5 ? codes[k] : 20 + i % 7, 7 * i % 11);
        learn(text);
        *noted = 0;
        cr_assert_eq(ae_sentinels_note(ctx, &prep, &items, NULL), 0);
        cr_assert_not_null(strstr(noted, "column 'a' holds"), "%g", codes[k]);
        cr_assert_null(strstr(noted, "column 'b'"), "%s", noted);
    }
    ROWS("a,b", "%d,%d\n", 90 + 7 * i % 10, i % 2 ? 0 : 255);
    learn(text);
    *noted = 0;
    ae_sentinels_note(ctx, &prep, &items, NULL);
    cr_assert_str_eq(noted, "");
}

Test(table, times_in_every_manner)
{
    static const struct {
        const char *text;
        double seconds;
    } cases[] = {
        {"1970-01-02", 86400},
        {"2024-01-01T00:00:00Z", 1704067200},
        {"2024-01-01 01:30:00.5", 1704072600.5},
        {"2024/01/01 01:00+01:00", 1704067200},
        {"01.02.2024 00:00", 1706745600},
        {"2/1/2024 12:00 AM", 1706745600},
        {"10/03/2004 18.00.00", 1096826400},
        {"1:00:01 PM", 46801},
        {"17.5", 17.5},
    };
    double t;

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        cr_assert(ae_cell_seconds(cases[i].text, 0, &t), "%s", cases[i].text);
        cr_assert_float_eq(t, cases[i].seconds, 1e-3, "%s: %f", cases[i].text,
                           t);
    }
    cr_assert(ae_cell_seconds("2/1/2024", 1, &t));
    cr_assert_float_eq(t, 1704153600, 1e-3);
    cr_assert_not(ae_cell_seconds("Monday", 0, &t));
    cr_assert(ae_cell_is_date("2024-01-01") && !ae_cell_is_clock("2024-01-01"));
    cr_assert(ae_cell_is_clock("10:14") && !ae_cell_is_date("10:14"));
    cr_assert(ae_cell_is_clock("18.00.00") && ae_cell_is_date("18.00.00"));
    cr_assert_not(ae_cell_is_clock("2024-01-01 10:14"));
}

static void learn_windows(const char *csv)
{
    const struct ae_source_options o = {.min_side = 1, .learn = 1};

    ae_dataset_release(&items);
    ae_preprocessing_release(&prep);
    *noted = 0;
    prep = (struct ae_preprocessing){
        .kind = AE_INPUT_CSV, .window = 4, .stride = 1};
    cr_assert_eq(ae_dataset_read(ctx, put("o.csv", csv, strlen(csv)), &o, &prep,
                                 &items, NULL),
                 0);
}

Test(table, times_that_jump_are_noted)
{
    ROWS("time,a", "2024-01-%02d %02d:00,%d\n", 1 + i / 24, i % 24, 7 * i % 11);
    learn_windows(text);
    cr_assert_str_eq(noted, "");
    ROWS("time,a", "%02d/01/2024,%d\n", 1 + i, 7 * i % 11);
    learn_windows(text);
    cr_assert_str_eq(noted, "");
    ROWS("time,a", "2024-01-01 %02d:%02d,%d\n", 1 + (i > 20), i, 7 * i % 11);
    learn_windows(text);
    cr_assert_not_null(
        strstr(noted, "60 time(s) are missing, first behind 2024-01-01 01:20"),
        "%s", noted);
    ROWS("time,a", "2024-01-%02d,%d\n", i == 9 ? 3 : 1 + i - (i == 20),
         7 * i % 11);
    learn_windows(text);
    cr_assert_not_null(strstr(noted, "1 row(s) are earlier than the one above, "
                                     "first 2024-01-03"),
                       "%s", noted);
    cr_assert_not_null(strstr(noted, "1 row(s) have the time of the one above, "
                                     "first 2024-01-20"),
                       "%s", noted);
}
