/* Items for a model that is used: shape, channels, names, what is at hand. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/preprocessing.h"
#include "image/resize.h"
#include "model/model.h"
#include "model/spec.h"
#include "folder.h"

TestSuite(examples, .init = folder_set_up, .fini = folder_tear_down);

/* A model that gives back what it gets. */
static struct ae_model *model(int h, int w, int c, const char *input)
{
    char text[160];
    struct ae_graph *g = NULL;
    struct ae_model *m = NULL;
    struct ae_err e = {0};
    const int n = h ? sprintf(text,
                              "ae 1\nx input h=%d w=%d c=%d\n"
                              "y act kind=relu\noutput y\n",
                              h, w, c)
                    : sprintf(text,
                              "ae 1\nx input c=%d\ny act kind=relu\n"
                              "output y\n",
                              c);

    cr_assert_eq(ae_spec_parse(text, (size_t)n, NULL, NULL, &g, &e), 0, "%s",
                 e.msg);
    cr_assert_eq(ae_model_new(ctx, g, &m, &e), 0);
    if (input) {
        json_t *v = json_loads(input, 0, NULL);
        cr_assert_not_null(v);
        json_object_set_new(m->meta, "input", v);
    }
    return m;
}

struct seen {
    int count, h[8], w[8], c[8], more[8], stop_at;
    char name[8][128];
    float x[8][64];
};

static int see(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct seen *s = arg;
    const int i = s->count++;

    if (s->stop_at && s->count == s->stop_at) {
        if (e)
            e->code = AE_EINTR;
        return AE_EINTR;
    }
    cr_assert_lt(i, 8);
    cr_assert_eq(x->index, (uint64_t)i);
    s->h[i] = x->h;
    s->w[i] = x->w;
    s->c[i] = x->c;
    s->more[i] = x->more;
    snprintf(s->name[i], sizeof(s->name[i]), "%s", x->name);
    for (int k = 0; k < x->h * x->w * x->c && k < 64; k++)
        s->x[i][k] = x->x[k];
    return 0;
}

static int read_path(struct ae_model *m, const char *path, int fit,
                     struct seen *s, struct ae_err *e)
{
    const struct ae_examples_options o = {.fit = fit};

    return ae_examples_read(ctx, m, path, &o, see, s, e);
}

static const char gray[] = "P5 4 2 255\n\0\063\146\231\314\377\0\377";

/* What an item of the test's folder is called. */
static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

Test(examples, gray_for_a_net_of_colours_and_back)
{
    struct ae_model *m = model(2, 4, 3, NULL);
    struct seen s = {0};

    cr_assert_eq(read_path(m, put("g.pgm", gray, 19), 0, &s, NULL), 0);
    cr_assert(s.count == 1 && s.c[0] == 3 && s.h[0] == 2 && s.w[0] == 4);
    for (int i = 0; i < 6; i++)
        for (int c = 0; c < 3; c++)
            cr_assert_float_eq(s.x[0][3 * i + c], 0.2f * (float)i, 1e-6);
    cr_assert_str_eq(s.name[0], path_of("g.pgm"));
    cr_assert_eq(s.more[0], 0);
    ae_model_free(m);

    m = model(1, 2, 1, NULL);
    s = (struct seen){0};
    const char rgb[] = "P6 2 1 255\n\377\0\0\0\377\0";
    cr_assert_eq(read_path(m, put("c.ppm", rgb, 17), 0, &s, NULL), 0);
    cr_assert_float_eq(s.x[0][0], 0.299, 1e-6);
    cr_assert_float_eq(s.x[0][1], 0.587, 1e-6);
    ae_model_free(m);
}

Test(examples, other_sizes_are_refused_or_fitted)
{
    struct ae_model *m = model(2, 2, 1, NULL);
    const char *path = put("g.pgm", gray, 19);
    struct ae_err e = {0};
    struct seen s = {0};

    cr_assert_eq(read_path(m, path, 0, &s, &e), AE_EARG);
    cr_assert_not_null(strstr(e.msg, "4x2, the model takes 2x2"), "%s", e.msg);
    cr_assert_not_null(strstr(e.msg, "`fit` crop"));
    cr_assert_eq(read_path(m, path, 2, &s, &e), AE_EARG);
    cr_assert_not_null(strstr(e.msg, "too large to pad"));
    cr_assert_eq(read_path(m, path, 1, &s, &e), 0); /* the middle */
    cr_assert_float_eq(s.x[0][0], 0.2, 1e-6);
    cr_assert_float_eq(s.x[0][1], 0.4, 1e-6);
    cr_assert_float_eq(s.x[0][2], 1, 1e-6);
    ae_model_free(m);

    m = model(4, 6, 1, NULL);
    s = (struct seen){0};
    cr_assert_eq(read_path(m, path, 1, &s, &e), AE_EARG);
    cr_assert_not_null(strstr(e.msg, "too small to crop"));
    cr_assert_eq(read_path(m, path, 2, &s, &e), 0);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 6; x++) {
            const int in = y > 0 && y < 3 && x > 0 && x < 5;
            const unsigned char v =
                in ? (unsigned char)gray[11 + (y - 1) * 4 + x - 1] : 0;
            cr_assert_float_eq(s.x[0][y * 6 + x], (float)v / 255, 1e-6);
        }
    ae_model_free(m);
}

Test(examples, resizing_keeps_planes_and_the_range)
{
    float in[7 * 9], out[14 * 18];

    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 9; x++)
            in[y * 9 + x] = (float)(3 * y + 2 * x);
    cr_assert_eq(ae_resize(in, 7, 9, 1, out, 7, 9, NULL), 0);
    cr_assert_arr_eq(in, out, sizeof(in));
    cr_assert_eq(ae_resize(in, 7, 9, 1, out, 14, 18, NULL), 0);
    for (int y = 4; y < 10; y++) /* cubics reproduce planes */
        for (int x = 4; x < 14; x++)
            cr_assert_float_eq(
                out[y * 18 + x],
                3 * ((y + 0.5) / 2 - 0.5) + 2 * ((x + 0.5) / 2 - 0.5), 1e-4);
    for (int i = 0; i < 7 * 9; i++)
        in[i] = 0.25f;
    cr_assert_eq(ae_resize(in, 7, 9, 1, out, 3, 2, NULL), 0);
    for (int i = 0; i < 6; i++)
        cr_assert_float_eq(out[i], 0.25, 1e-6);

    struct ae_model *m = model(5, 8, 1, NULL);
    struct seen s = {0};
    cr_assert_eq(read_path(m, put("g.pgm", gray, 19), 3, &s, NULL), 0);
    for (int i = 0; i < 40; i++)
        cr_assert(s.x[0][i] >= 0 && s.x[0][i] <= 1);
    ae_model_free(m);
}

Test(examples, any_size_where_the_model_takes_any)
{
    const char two[] = "P5 4 4 255\n0123456789abcdefP5 5 2 255\n0123456789";
    struct ae_model *m = model(0, 0, 1, NULL);
    struct seen s = {0};

    cr_assert_eq(read_path(m, put("s.pgm", two, sizeof(two) - 1), 0, &s, NULL),
                 0);
    cr_assert_eq(s.count, 2);
    cr_assert(s.h[0] == 4 && s.w[1] == 5 && s.h[1] == 2);
    cr_assert_str_eq(s.name[1], path_of("s.pgm#1"));
    cr_assert(s.more[0] == 1 && s.more[1] == 0);
    ae_model_free(m);
}

Test(examples, a_folder_goes_on_past_a_bad_file)
{
    struct ae_model *m = model(2, 4, 1, NULL);
    struct ae_err e = {0};
    struct seen s = {0};

    put("a.pgm", gray, 19);
    put("b.pgm", gray, 15);
    put("c.pgm", "P5 1 1 255\n1", 12);
    put("d.pgm", gray, 19);
    cr_assert_eq(read_path(m, dir, 0, &s, &e), AE_EFORMAT);
    cr_assert_eq(s.count, 2);
    cr_assert_str_eq(s.name[1], path_of("d.pgm"));
    cr_assert_not_null(strstr(e.msg, "2 files left out"), "%s", e.msg);
    s = (struct seen){.stop_at = 1};
    cr_assert_eq(read_path(m, dir, 0, &s, &e), AE_EINTR);
    cr_assert_eq(s.count, 1);
    ae_model_free(m);
}

/* From a pipe: the last picture at hand is told to be done at once.  Formats
 * are recognised by 64 bytes, so these have more. */
static char picture[11 + 64] = "P5 8 8 255\n";
static int wake;

static int see_piped(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct seen *s = arg;
    const int rc = see(arg, x, e);

    if (!x->more && s->count == 2)
        cr_assert_eq(write(wake, picture, sizeof(picture)), sizeof(picture));
    if (!x->more)
        close(wake);
    return rc;
}

Test(examples, a_pipe_with_nothing_at_hand_says_so, .timeout = 20)
{
    struct ae_model *m = model(0, 0, 1, NULL);
    const struct ae_examples_options o = {0};
    struct seen s = {0};
    int fd[2];

    cr_assert_eq(pipe(fd), 0);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(write(fd[1], picture, sizeof(picture)), sizeof(picture));
    dup2(fd[0], 0);
    wake = fd[1];
    cr_assert_eq(ae_examples_read(ctx, m, "-", &o, see_piped, &s, NULL), 0);
    cr_assert_eq(s.count, 3);
    cr_assert(s.more[0] == 1 && s.more[1] == 0 && s.more[2] == 0);
    ae_model_free(m);
}

/* Half a line behind a whole one: the whole one is told before the other half
 * is waited for. */
static int see_half(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct seen *s = arg;
    const int rc = see(arg, x, e);

    if (s->count == 1) {
        cr_assert_eq(x->more, 0);
        cr_assert_eq(write(wake, "lf\n", 3), 3);
        close(wake);
    }
    return rc;
}

Test(examples, a_line_does_not_wait_for_the_next, .timeout = 20)
{
    struct ae_model *m = model(1, 64, 1, "{\"kind\":\"text\",\"buckets\":64}");
    const struct ae_examples_options o = {0};
    struct seen s = {0};
    int fd[2];

    cr_assert_eq(pipe(fd), 0);
    cr_assert_eq(write(fd[1], "whole\nha", 8), 8);
    dup2(fd[0], 0);
    wake = fd[1];
    cr_assert_eq(ae_examples_read(ctx, m, "-", &o, see_half, &s, NULL), 0);
    cr_assert_eq(s.count, 2);
    ae_model_free(m);
}

/* Rows and windows as the preprocessing says, by name in any order of
 * columns. */
Test(examples, rows_and_windows_of_a_table)
{
    static const char text[] = "time,b,a,class\n2020-01-01,1,10,x\n"
                               "2020-01-02,2,20,x\n2020-01-03,3,30,y\n"
                               "2020-01-04,4,40,y\n";
    struct ae_model *m = model(
        1, 2, 2,
        "{\"kind\":\"csv\",\"window\":2,\"stride\":2,"
        "\"columns\":[[2,\"a\"],[3,\"b\"]],\"scale\":\"global\","
        "\"shift\":[10,1],\"unit\":[10,2]}");
    struct ae_err e = {0};
    struct seen s = {0};

    cr_assert_eq(read_path(m, put("t.csv", text, sizeof(text) - 1), 0, &s, &e),
                 0, "%s", e.msg);
    cr_assert_eq(s.count, 2);
    cr_assert_str_eq(s.name[0], "2020-01-02");
    cr_assert_str_eq(s.name[1], "2020-01-04");
    const float want[4] = {2, 1, 3, 1.5f}; /* a, b, a, b */
    for (int i = 0; i < 4; i++)
        cr_assert_float_eq(s.x[1][i], want[i], 1e-6);
    /* a row is left over: the last window ends with it */
    s = (struct seen){0};
    cr_assert_eq(
        read_path(m, put("u.csv", "a,b\n1,2\n3,4\n5,6\n", 16), 0, &s, &e), 0);
    cr_assert_eq(s.count, 2);
    cr_assert_float_eq(s.x[1][2], -0.5, 1e-6);
    cr_assert_str_eq(s.name[1], "4");
    cr_assert_eq(read_path(m, put("v.csv", "a,b\n1,2\n", 8), 0, &s, &e),
                 AE_EFORMAT);
    cr_assert_not_null(strstr(e.msg, "1 row(s), a window takes 2"));
    cr_assert_eq(read_path(m, put("w.csv", "a,c\n1,2\n", 8), 0, &s, &e),
                 AE_EARG);
    cr_assert_not_null(strstr(e.msg, "no column 'b'"), "%s", e.msg);
    /* no window spans a row that can't be used */
    static const char gap[] = "a,b\n1,2\n3,4\n5,\n7,8\n9,1\n0,1\n";
    s = (struct seen){0};
    cr_assert_eq(read_path(m, put("x.csv", gap, sizeof(gap) - 1), 0, &s, &e),
                 AE_ENUMERIC);
    cr_assert_not_null(strstr(e.msg, "line 4, column 2"), "%s", e.msg);
    cr_assert_eq(s.count, 3);
    cr_assert_str_eq(s.name[0], "3");
    cr_assert_str_eq(s.name[1], "6");
    cr_assert_str_eq(s.name[2], "7");
    ae_model_free(m);
}

/* Digits are masked, case is folded, other words are other vectors. */
Test(examples, lines_of_text_are_hashed)
{
    static const char text[] = "Error at 17 in disk\r\nerror at 2055 in DISK\n"
                               "user logged in\n\n";
    struct ae_model *m = model(1, 64, 1, "{\"kind\":\"text\",\"buckets\":64}");
    struct seen s = {0};
    double norm = 0, dot = 0;

    cr_assert_eq(
        read_path(m, put("t.log", text, sizeof(text) - 1), 0, &s, NULL), 0);
    cr_assert_eq(s.count, 4);
    cr_assert_str_eq(s.name[2], "3");
    cr_assert_arr_eq(s.x[0], s.x[1], sizeof(s.x[0]));
    for (int i = 0; i < 64; i++) {
        norm += s.x[0][i] * s.x[0][i];
        dot += s.x[0][i] * s.x[2][i];
        cr_assert_float_eq(s.x[3][i], 0, 0);
    }
    cr_assert_float_eq(norm, 1, 1e-5);
    cr_assert(dot < 0.6, "%g", dot);
    ae_model_free(m);
}

/* A line that can't be used costs itself; those before and behind it come. */
Test(examples, bad_lines_are_left_out_one_by_one)
{
    struct ae_model *m = model(1, 64, 1, "{\"kind\":\"text\",\"buckets\":64}");
    struct ae_err e = {0};
    struct seen s = {0};
    const size_t size = (1 << 20) + 100;
    char *text = malloc(size);

    cr_assert_eq(read_path(m, put("b.log", "a\nb\0c\nd\n", 8), 0, &s, &e),
                 AE_EFORMAT);
    cr_assert_not_null(strstr(e.msg, "b.log: line 2"), "%s", e.msg);
    cr_assert_eq(s.count, 2);
    cr_assert_str_eq(s.name[1], "3");
    memset(text, 'x', size); /* a line of more than 1 MiB, and one behind it */
    memcpy(text, "a\n\0\n", 4);
    memcpy(text + size - 2, "\nz", 2);
    s = (struct seen){0};
    cr_assert_eq(read_path(m, put("c.log", text, size), 0, &s, &e), AE_EFORMAT);
    cr_assert_not_null(strstr(e.msg, "2 rows left out"), "%s", e.msg);
    cr_assert_eq(s.count, 2);
    cr_assert_str_eq(s.name[1], "4");
    free(text);
    ae_model_free(m);
}

Test(examples, hostile_preprocessing_is_refused)
{
    static const struct {
        const char *text, *key;
    } cases[] = {
        {"[]", "input"},
        {"{\"kind\":\"auto\"}", "kind"},
        {"{\"kind\":7}", "kind"},
        {"{\"kind\":\"image\",\"window\":5}", "stride"},
        {"{\"kind\":\"image\",\"window\":0,\"stride\":1}", "window"},
        {"{\"kind\":\"image\",\"window\":1e9,\"stride\":1}", "window"},
        {"{\"kind\":\"text\"}", "buckets"},
        {"{\"kind\":\"text\",\"buckets\":999999999}", "buckets"},
        {"{\"kind\":\"csv\"}", "columns"},
        {"{\"kind\":\"csv\",\"columns\":[7]}", "columns"},
        {"{\"kind\":\"csv\",\"columns\":[[0]]}", "columns"},
        {"{\"kind\":\"image\",\"scale\":\"global\"}", "unit"},
        {"{\"kind\":\"image\",\"scale\":\"global\",\"shift\":[1],"
         "\"unit\":[0]}",
         "unit"},
        {"{\"kind\":\"image\",\"scale\":\"global\",\"shift\":[1],"
         "\"unit\":[1,2]}",
         "unit"},
        {"{\"kind\":\"image\",\"scale\":\"unit\",\"shift\":[\"a\"],"
         "\"unit\":[1]}",
         "shift"},
        {"{\"kind\":\"image\",\"labels\":[3]}", "labels"},
    };
    struct seen s = {0};

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        struct ae_model *m = model(2, 4, 1, cases[i].text);
        struct ae_err e = {0};
        char want[32];
        snprintf(want, sizeof(want), "'%s'", cases[i].key);
        cr_assert_eq(read_path(m, dir, 0, &s, &e), AE_EFORMAT, "%s",
                     cases[i].text);
        cr_assert_not_null(strstr(e.msg, want), "%s: %s", cases[i].text, e.msg);
        ae_model_free(m);
    }
}

Test(examples, preprocessing_comes_back_as_it_was)
{
    static const char *const texts[] = {
        "{\"kind\":\"image\"}",
        "{\"kind\":\"csv\",\"window\":12,\"stride\":3,"
        "\"columns\":[[2,\"a\"],[5]],\"scale\":\"global\","
        "\"shift\":[1.5,-2.25],\"unit\":[0.1,3.0],"
        "\"labels\":[\"0\",\"bad\"]}",
        "{\"kind\":\"text\",\"buckets\":2048}",
    };

    for (size_t i = 0; i < AE_LEN(texts); i++) {
        json_t *in = json_loads(texts[i], 0, NULL), *meta = json_object();
        struct ae_preprocessing r;
        struct ae_err e = {0};
        json_object_set_new(meta, "input", in);
        cr_assert_eq(ae_preprocessing_get(meta, &r, &e), 0, "%s", e.msg);
        json_t *out = ae_preprocessing_json(&r, &e);
        char *text = NULL;
        cr_assert_eq(ae_json_print(out, 0, &text, &e), 0);
        cr_assert_str_eq(text, texts[i]);
        free(text);
        json_decref(out);
        json_decref(meta);
        ae_preprocessing_release(&r);
    }
}
