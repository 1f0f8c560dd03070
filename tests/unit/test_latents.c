/* Latents on streams: what is written is read back bit for bit, and what is
 * wrong is refused by place and reason while the rest is read. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/io.h"
#include "base/rng.h"

enum { D = 5, N = 40, BATCH = 64 };

static const char *const names[] = {"a.png",
                                    "with blank",
                                    " lead, \"quoted\"",
                                    "tab\tand\nline\r\\n",
                                    "\303\244\342\202\254\360\237\230\200",
                                    "bad\377\200\355\240\200utf",
                                    "",
                                    "\001\177",
                                    "=1+2",
                                    "#x"};

static const char *name_of(int i)
{
    return names[(size_t)i % AE_LEN(names)];
}

/* Hard ones first: zeros, denormals, the largest, neighbours of 1. */
static void values(int i, float *z)
{
    static const float hard[] = {
        0.0f,          -0.0f,          1e-45f,      -1.17549435e-38f,
        3.4028235e38f, -3.4028235e38f, 0.99999994f, 1.00000012f,
        0.1f,          16777217.0f,    1.0f / 3};
    float normal[BATCH];

    ae_rng_normals(3, 0, (uint64_t)i * BATCH, normal, BATCH);
    for (int k = 0; k < D; k++) {
        const int h = i * D + k;
        z[k] = h < (int)AE_LEN(hard)
                   ? hard[h]
                   : normal[k] * powf(10, (float)(i % 30) - 15);
    }
}

static struct ae_io *written(const char *format, int logvar)
{
    struct ae_latent_writer *w;
    struct ae_io *io;
    struct ae_err e = {0};

    cr_assert_eq(ae_io_create_memory(&io, NULL), 0);
    cr_assert_eq(ae_latent_writer_open(io, ae_latent_format_by_name(format), D,
                                       logvar, &w, &e),
                 0, "%s", e.msg);
    for (int i = 0; i < N; i++) {
        float z[D], v[D];
        values(i, z);
        values(i + N, v);
        const struct ae_latent one = {name_of(i), z, v, D};
        cr_assert_eq(ae_latent_writer_put(w, &one, &e), 0, "%s", e.msg);
    }
    cr_assert_eq(ae_latent_writer_finish(w, &e), 0, "%s", e.msg);
    ae_latent_writer_free(w);
    return io;
}

/* Streams of readers, closed behind each test. */
static struct ae_io *opened[256];
static int count_opened;

static void close_streams(void)
{
    while (count_opened > 0)
        ae_io_close(opened[--count_opened]);
}

TestSuite(latents, .fini = close_streams);

static struct ae_latents *reader(const void *p, size_t n, int d)
{
    struct ae_latents *r;
    struct ae_io *io;
    struct ae_err e = {0};

    cr_assert_eq(ae_io_open_memory(p, n, "test", &io, NULL), 0);
    cr_assert_eq(ae_latents_open(io, NULL, d, &r, &e), 0, "%s", e.msg);
    cr_assert(count_opened < 256);
    opened[count_opened++] = io;
    return r;
}

static void check_back(const char *format, int named, int logvar)
{
    struct ae_io *io = written(format, logvar);
    struct ae_latent got;
    struct ae_err e = {0};
    size_t n;
    const void *p = ae_io_memory(io, &n);
    struct ae_latents *r = reader(p, n, D);
    int i = 0, rc;

    for (; (rc = ae_latents_read(r, &got, &e)) == 0; i++) {
        float z[D], v[D];
        values(i, z);
        values(i + N, v);
        cr_assert_eq(got.d, D);
        cr_assert_eq(memcmp(got.z, z, sizeof(z)), 0, "%s %d", format, i);
        cr_assert_eq(got.logvar != NULL, logvar);
        if (logvar)
            cr_assert_eq(memcmp(got.logvar, v, sizeof(v)), 0);
        if (named)
            cr_assert_str_eq(got.name, name_of(i), "%s %d", format, i);
        else
            cr_assert_null(got.name);
    }
    cr_assert_eq(rc, AE_END, "%s: %s", format, e.msg);
    cr_assert_eq(i, N, "%s: %d", format, i);
    ae_latents_free(r);
    ae_io_close(io);
}

Test(latents, every_format_comes_back_bit_for_bit)
{
    check_back("jsonl", 1, 0);
    check_back("jsonl", 1, 1);
    check_back("csv", 1, 0);
    check_back("csv", 1, 1);
    check_back("tsv", 1, 0);
    check_back("tsv", 1, 1);
    check_back("npy", 0, 0);
    check_back("f32", 0, 0);
    check_back("fvecs", 0, 0);
}

Test(latents, table_of_formats)
{
    size_t n = 0;

    for (; ae_latent_format_name(n); n++) {
        char path[32];
        snprintf(path, sizeof(path), "a.b/z.%s", ae_latent_format_name(n));
        cr_assert_not_null(ae_latent_format_by_ending(path));
    }
    cr_assert_eq(n, 6);
    cr_assert_null(ae_latent_format_by_ending("x.npy/z"));
    cr_assert_null(ae_latent_format_by_name("json"));
}

/* What a written text looks like, to the byte. */
Test(latents, text_as_documented)
{
    static const char *const want[][2] = {
        {"jsonl", "{\"name\":\"a\\udcff\\\"\",\"z\":[0.5,-1.5]}\n"},
        {"csv", "name,z0,z1\n\"a\377\"\"\",0.5,-1.5\n"},
        {"tsv", "a\377\"\t0.5\t-1.5\n"},
    };
    static const float z[] = {0.5f, -1.5f};
    const struct ae_latent one = {"a\377\"", z, NULL, 2};

    for (size_t i = 0; i < AE_LEN(want); i++) {
        struct ae_latent_writer *w;
        struct ae_io *io;
        struct ae_err e = {0};
        size_t n;
        ae_io_create_memory(&io, NULL);
        cr_assert_eq(ae_latent_writer_open(io,
                                           ae_latent_format_by_name(want[i][0]),
                                           2, 0, &w, &e),
                     0);
        cr_assert_eq(ae_latent_writer_put(w, &one, &e), 0, "%s", e.msg);
        const char *p = ae_io_memory(io, &n);
        const size_t expected = strlen(want[i][1]);
        cr_expect(n == expected && memcmp(p, want[i][1], n) == 0, "%.*s",
                  (int)n, p);
        ae_latent_writer_free(w);
        ae_io_close(io);
    }
}

Test(latents, writers_refuse_what_is_no_number)
{
    static const float z[] = {0.5f, NAN}, good[] = {1, 2};
    struct ae_latent one = {"a", z, NULL, 2};
    struct ae_latent_writer *w;
    struct ae_io *io;
    struct ae_err e = {0};
    size_t n;

    ae_io_create_memory(&io, NULL);
    cr_assert_eq(ae_latent_writer_open(io, ae_latent_format_by_name("f32"), 2,
                                       1, &w, &e),
                 AE_EARG);
    cr_assert(strstr(e.msg, "jsonl"), "%s", e.msg);
    cr_assert_eq(ae_latent_writer_open(io, ae_latent_format_by_name("tsv"), 2,
                                       0, &w, &e),
                 0);
    cr_assert_eq(ae_latent_writer_put(w, &one, &e), AE_ENUMERIC);
    cr_assert(strstr(e.msg, "number 2"), "%s", e.msg);
    one.z = good;
    one.d = 1;
    cr_assert_eq(ae_latent_writer_put(w, &one, &e), AE_EARG);
    ae_io_memory(io, &n);
    cr_assert_eq(n, 0);
    ae_latent_writer_free(w);
    ae_io_close(io);
}

/* ----------------------------------------------------- what others write */

struct case_ {
    const char *text;
    int d, good;      /* asked for; latents that are read */
    const char *says; /* of the last fault, NULL: none */
};

/* Counts the good ones, keeps the last fault. */
static int count(const void *p, size_t n, int d, struct ae_err *last,
                 int *faults)
{
    struct ae_latents *r;
    struct ae_io *io;
    struct ae_latent got;
    struct ae_err e = {0};
    int good = 0, rc;

    *faults = 0;
    ae_io_open_memory(p, n, "test", &io, NULL);
    rc = ae_latents_open(io, NULL, d, &r, last);
    *faults = rc != 0;
    while (!rc && (rc = ae_latents_read(r, &got, &e)) != AE_END) {
        cr_assert(*faults < 100);
        if (rc) {
            cr_assert(e.code == rc && e.msg[0]);
            *last = e;
        }
        *faults += rc != 0;
        good += rc == 0;
        rc = 0;
    }
    ae_latents_free(r);
    ae_io_close(io);
    return good;
}

static void check(const struct case_ *c, const void *p, size_t n)
{
    struct ae_err e = {0};
    int faults;
    const int good = count(p, n, c->d, &e, &faults);

    cr_expect_eq(good, c->good, "'%.60s': %d good, %s", c->text, good, e.msg);
    cr_expect_eq(faults != 0, c->says != NULL, "'%.60s': %s", c->text, e.msg);
    if (c->says)
        cr_expect(strstr(e.msg, c->says), "'%.60s': '%s' lacks '%s'", c->text,
                  e.msg, c->says);
}

Test(latents, text_of_others)
{
    static const struct case_ cases[] = {
        /* accepted */
        {"{\"z\":[1,2]}\n\n{ \"z\" : [ 1 , 2e3 ] , \"q\":{\"a\":[1,null]} }", 0,
         2, NULL},
        {"\357\273\277{\"z\":[1]}\r\n{\"z\":[-0.5]}\r\n", 1, 2, NULL},
        {"\357\273\277name,x,y\r\na,1,2\r\n\"b\nc\",\" 3 \",4", 2, 2, NULL},
        {"a,1,+2\nb,.5,1.\n", 0, 2, NULL},
        {"name\tz0\nq\t1\n", 1, 1, NULL},
        {"a\t1\nb\t2", 1, 2, NULL},
        {"id,z0,z1,logvar0,logvar1\na,1,2,3,4\n", 2, 1, NULL},
        {"[1,2]\n [ 3 , 4 ] \n", 2, 2, NULL},
        {"{\"q\":[{\"a\":{}},true,\"\\n\",[]],\"z\":[1]}\n", 1, 1, NULL},
        /* refused, the rest done */
        {"{\"z\":[1,2]}\n{\"z\":[1]}\n{\"z\":[3,4]}\n", 0, 2,
         "line 2: 1 numbers, not 2"},
        {"{\"z\":[1,NaN]}\n{\"z\":[3,4]}\n", 2, 1,
         "line 1: column 9: 'NaN' is not a finite"},
        {"{\"z\":[1,1e39]}\n{\"z\":[3,4]}\n", 2, 1, "1e39 is too large"},
        {"{\"z\":[1,2]}\n{\"z\":[1,2}\n", 2, 1, "line 2: column 10"},
        {"{\n\"z\": [1]}\n", 1, 0, "an object is missing"},
        {"{\"z\":[1],\"z\":[2]}\n", 1, 0, "twice"},
        {"{\"z\":[]}\n", 1, 0, "column 8: the list is empty"},
        {"{\"name\":\"a\"}\n{\"z\":[1]}\n", 1, 1, "line 1: the object has no"},
        {"{\"name\":3,\"z\":[1]}\n", 1, 0, "column 9: a string is missing"},
        {"{\"name\":\"\\u0000\",\"z\":[1]}\n", 1, 0, "zero byte"},
        {"{\"name\":\"\\ud800\",\"z\":[1]}\n", 1, 0, "no character"},
        {"{\"name\":\"\\x\",\"z\":[1]}\n", 1, 0, "an escape"},
        {"{\"name\":\"\\ud83dx\",\"z\":[1]}\n", 1, 0, "no character"},
        {"{\"name\":\"\\ud83d\\u0041\",\"z\":[1]}\n", 1, 0, "no character"},
        {"{\"name\":\"\\u00g0\",\"z\":[1]}\n", 1, 0, "no character"},
        {"{\"z\":[1]}\n{\"name\":\"\033[1m\",\"z\":[1]}\n", 1, 1,
         "a control byte"},
        {"{\"name\":\"a\",\"name\":\"b\",\"z\":[1]}\n", 1, 0, "twice"},
        {"{\"name\":\"a\n", 1, 0, "line 1: column"},
        {"{\"name\" \"a\",\"z\":[1]}\n", 1, 0, "a colon is missing"},
        {"{\"q\":,\"z\":[1]}\n", 1, 0, "a value is missing"},
        {"{\"q\":[1,\"z\":[1]}\n", 1, 0, "isn't closed"},
        {"{\"z\":[1]\n", 1, 0, "the object isn't closed"},
        {"{\"z\":3}\n", 1, 0, "a list of numbers is missing"},
        {"{\"z\":[1]} x\n", 1, 0, "more than an object"},
        {"[1] x\n", 1, 0, "more than a list"},
        {"{\"z\":[0x10]}\n", 1, 0, "'0x10' is not a finite number"},
        {"{\"z\":[1],\"logvar\":[1,2]}\n", 1, 0, "1 numbers, but 2 var"},
        {"a,1,2\nb,1\nc,3,4\n", 0, 2, "csv line 2: 1 numbers, not 2"},
        {"a,1,2\nb,1,\nc,3,4\n", 0, 2, "line 2: cell 3: is empty"},
        {"a,1,2\nb,1,nan\nc,3,4\n", 0, 2, "cell 3: 'nan' is not a finite"},
        {"a,nan,nan\nc,3,4\n", 0, 1, "line 1: cell 2: 'nan'"},
        {"a,1,2\nb,1,inf\n", 0, 1, "'inf' is not a finite"},
        {"a,1,2\n\"b,1,2\n", 0, 1, "line 2: a quote is not closed"},
        {"a,1,2\n\"b\"c,1,2\nd,1,2", 0, 2, "after a closing quote"},
        {"name,x,y\na,1,2\n", 3, 0, "the header names: 2 numbers, not 3"},
        {"a\t1\t2\nb\t1 2\t3\n", 2, 1, "cell 2: '1 2' is no"},
        /* nothing at all */
        {"", 1, 0, "is empty"},
        {"\n", 1, 0, "holds no latents"},
        {"name,z0\n", 1, 0, "holds no latents"},
        {"hello world\n", 1, 0, "holds no latents"},
    };

    for (size_t i = 0; i < AE_LEN(cases); i++)
        check(&cases[i], cases[i].text, strlen(cases[i].text));
}

/* An object with so many lists within each other. */
static void nest(int depth, char *text)
{
    text += sprintf(text, "{\"q\":");
    for (int i = 0; i < 2 * depth; i++)
        *text++ = i < depth ? '[' : ']';
    strcpy(text, ",\"z\":[1]}\n");
}

Test(latents, lists_within_lists)
{
    char text[1024];

    nest(16, text);
    check(&(struct case_){text, 1, 1, NULL}, text, strlen(text));
    nest(400, text);
    check(&(struct case_){text, 1, 0, "nested too deep"}, text, strlen(text));
}

/* As other programs escape them; what is no UTF-8 comes as \udc80 and on. */
Test(latents, names_that_are_escaped)
{
    static const char *const cases[][2] = {
        {"\\u0041\\u00e9", "A\303\251"},
        {"\\u20AC", "\342\202\254"},
        {"\\ud83d\\uDE00", "\360\237\230\200"},
        {"\\udcff", "\377"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"}};

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        struct ae_latents *r;
        struct ae_latent got;
        struct ae_io *io;
        struct ae_err e = {0};
        char text[128];
        const int n = snprintf(text, sizeof(text),
                               "{\"name\":\"%s\",\"z\":[1]}", cases[i][0]);
        ae_io_open_memory(text, (size_t)n, "test", &io, NULL);
        cr_assert_eq(ae_latents_open(io, NULL, 1, &r, &e), 0, "%s", e.msg);
        cr_assert_eq(ae_latents_read(r, &got, &e), 0, "%s", e.msg);
        cr_expect_str_eq(got.name, cases[i][1]);
        ae_latents_free(r);
        ae_io_close(io);
    }
}

/* Bytes of a version 1 npy with that dictionary and so many floats. */
static size_t npy(char *out, const char *dict, const float *v, size_t n)
{
    const size_t text = strlen(dict);

    memcpy(out, "\223NUMPY\1\0", 8);
    out[8] = (char)(text & 255);
    out[9] = (char)(text >> 8);
    memcpy(out + 10, dict, text);
    memcpy(out + 10 + text, v, n * sizeof(*v));
    return 10 + text + n * sizeof(*v);
}

struct npy_case {
    const char *dict;
    size_t floats;
    int good, d;
    const char *says;
};

Test(latents, arrays_of_others)
{
#define HEAD(type, order, shape)                                               \
    "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }\n"
    static const struct npy_case cases[] = {
        {HEAD("<f4", "False", "(3, 2)"), 6, 3, 2, NULL},
        {HEAD("<f8", "False", "(1, 2)"), 4, 1, 0, NULL},
        {HEAD("<f4", "True", "(3, 2)"), 6, 0, 2, "ascontiguousarray"},
        {HEAD("<f4", "False", "(3, 2)"), 5, 0, 2, "needs 24 bytes, but 20"},
        {HEAD("<f4", "False", "(4000000000, 4000000)"), 6, 0, 0, "needs"},
        {HEAD("<f4", "False", "(3, 2)"), 6, 0, 3, "2 numbers, not 3"},
        {HEAD("<f4", "False", "(3, 2, 1)"), 6, 0, 2, "3 axes"},
        {HEAD("<f4", "False", "(6,)"), 6, 0, 2, "1 axis; latents have two"},
        {HEAD("<i4", "False", "(3, 2)"), 6, 3, 2, NULL},
        {HEAD("<i8", "False", "(1, 3)"), 6, 1, 3, NULL},
        {HEAD("<f4", "False", "(0, 2)"), 0, 0, 2, "holds no latents"},
        {HEAD("<f4", "False", "(3, 0)"), 0, 0, 0, "without numbers"},
        {HEAD("<c8", "False", "(3, 1)"), 6, 0, 2, "type"},
        {HEAD("<f4", "False", "(3, 2)"), 7, 3, 2, "ends 8 bytes early"},
        {HEAD("<f4", "False", "(3, 2"), 6, 0, 2, "column 57"},
        {"{'shape': (3, 2)}\n", 6, 0, 2, "missing"},
    };
    static const float v[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    char bytes[512];

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        const struct npy_case *k = &cases[i];
        const struct case_ c = {k->dict, k->d, k->good, k->says};
        check(&c, bytes, npy(bytes, k->dict, v, k->floats));
    }
    /* A row that is no number is left out, the others are not. */
    static const float hole[6] = {1, 2, 3, NAN, 5, INFINITY};
    const struct case_ c = {"NaN", 2, 1, "latent 3: number 2 is infinite"};
    check(&c, bytes, npy(bytes, cases[0].dict, hole, 6));
    /* Arrays follow one another. */
    size_t n = npy(bytes, cases[0].dict, v, 6);
    n += npy(bytes + n, cases[0].dict, v, 6);
    const struct case_ two = {"two arrays", 2, 6, NULL};
    check(&two, bytes, n);
    /* So they do an empty one, as a shard without items is. */
    n = npy(bytes, HEAD("<f4", "False", "(0, 2)"), v, 0);
    n += npy(bytes + n, cases[0].dict, v, 6);
    const struct case_ after = {"an array after none", 2, 3, NULL};
    check(&after, bytes, n);
}

Test(latents, raw_numbers_of_others)
{
    static const float v[6] = {1, 2, 3, 4, 5, 6};
    static const struct case_ cases[] = {
        {"f32 of 2", 2, 3, NULL},
        {"f32 of 4", 4, 1, "latent 2: ends 8 bytes early, at offset 24"},
        {"f32 of ?", 0, 0, "needs to know"},
    };
    char bytes[64];

    for (size_t i = 0; i < AE_LEN(cases); i++)
        check(&cases[i], v, sizeof(v));
    for (int i = 0; i < 2; i++) {
        static const uint32_t two = 2;
        memcpy(bytes + 12 * i, &two, 4);
        memcpy(bytes + 12 * i + 4, v, 8);
    }
    const struct case_ good = {"fvecs", 0, 2, NULL};
    check(&good, bytes, 24);
    const struct case_ cut = {"fvecs", 2, 1, "ends 3 bytes early"};
    check(&cut, bytes, 21);
    memset(bytes + 12, 255, 4);
    const struct case_ lie = {"fvecs", 2, 1, "a count of 4294967295"};
    check(&lie, bytes, 24);
}

Test(latents, binary_as_text_and_endless_faults)
{
    char text[4000] = "a,1\n";
    struct ae_err e = {0};
    int faults;

    for (size_t i = 4; i + 4 < sizeof(text); i += 4)
        memcpy(text + i, "b,x\n", 4);
    cr_assert_eq(count(text, strlen(text), 1, &e, &faults), 1);
    cr_assert_eq(faults, 20);
    cr_assert(strstr(e.msg, "20 faults in a row"), "%s", e.msg);
    /* one line with a zero byte costs that line */
    cr_assert_eq(count("a,1\nc\0\0\nd,2\n", 12, 1, &e, &faults), 2);
    cr_assert_eq(faults, 1);
    cr_assert(strstr(e.msg, "line 2: column 2: a zero byte"), "%s", e.msg);
}

/* ------------------------------------------------------------- streaming */

/* On a pipe, ready tells a whole record from a part of one. */
Test(latents, ready_means_a_whole_record)
{
    static const char first[] = "{\"z\":[1]}\n{\"z\":", rest[] = "[2]}\n";
    struct ae_latents *r;
    struct ae_latent got;
    struct ae_io *io;
    int fd[2];

    cr_assert_eq(pipe(fd), 0);
    cr_assert_eq(write(fd[1], first, strlen(first)), (ssize_t)strlen(first));
    ae_io_open_fd(fd[0], 1, "pipe", &io, NULL);
    cr_assert_eq(ae_latents_open(io, NULL, 0, &r, NULL), 0);
    cr_assert(ae_latents_ready(r));
    cr_assert_eq(ae_latents_read(r, &got, NULL), 0);
    cr_assert_not(ae_latents_ready(r));
    cr_assert_eq(write(fd[1], rest, strlen(rest)), (ssize_t)strlen(rest));
    cr_assert(ae_latents_ready(r));
    cr_assert_eq(ae_latents_read(r, &got, NULL), 0);
    cr_assert_eq(got.z[0], 2);
    cr_assert_not(ae_latents_ready(r));
    close(fd[1]);
    cr_assert(ae_latents_ready(r));
    cr_assert_eq(ae_latents_read(r, &got, NULL), AE_END);
    ae_latents_free(r);
    ae_io_close(io);
}

/* npy to what can't be patched is refused before anything is written. */
Test(latents, npy_needs_a_file)
{
    struct ae_latent_writer *w;
    struct ae_array *a;
    struct ae_io *io;
    struct ae_err e;
    const int shape[2] = {2, 3};
    int fd[2];

    cr_assert_eq(pipe(fd), 0);
    ae_io_open_fd(fd[1], 1, "pipe", &io, NULL);
    cr_assert_eq(ae_latent_writer_open(io, ae_latent_format_by_name("npy"), 2,
                                       0, &w, &e),
                 AE_EARG);
    cr_assert(strstr(e.msg, "-o FILE"), "%s", e.msg);
    cr_assert_eq(ae_io_offset(io), 0);
    /* unless the number of items is known */
    cr_assert_eq(ae_array_open(io, shape, 2, 1, &a, &e), 0);
    static const float item[6] = {0};
    cr_assert_eq(ae_array_finish(a, &e), AE_EARG);
    cr_assert_eq(ae_array_put(a, item, &e), 0);
    cr_assert_eq(ae_array_finish(a, &e), 0);
    ae_array_free(a);
    ae_io_close(io);
    close(fd[0]);
}

/* A patch counts from where the stream began, not the file. */
Test(latents, patches_lie_where_they_should)
{
    char path[] = "/tmp/ae-latents-XXXXXX", got[16] = "";
    const int fd = mkstemp(path);
    struct ae_io *io;

    cr_assert_geq(fd, 0);
    unlink(path);
    cr_assert_eq(write(fd, "before", 6), 6);
    ae_io_open_fd(fd, 0, "file", &io, NULL);
    cr_assert(ae_io_can_patch(io));
    cr_assert_eq(ae_io_write(io, "0123456", 7, NULL), 0);
    cr_assert_eq(ae_io_patch(io, 2, "xy", 2, NULL), 0);
    cr_assert_eq(ae_io_write(io, "7", 1, NULL), 0);
    cr_assert_eq(ae_io_flush(io, NULL), 0);
    cr_assert_eq(pread(fd, got, 15, 0), 14);
    cr_assert_str_eq(got, "before01xy4567");
    ae_io_close(io);
    close(fd);
}
