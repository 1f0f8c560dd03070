/* Data: sources in memory and on disk, the split, shrinking. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "data/source/downscale.h"
#include "data/dataset.h"
#include "folder.h"

TestSuite(data, .init = folder_set_up, .fini = folder_tear_down);

/* A PPM whose samples are x + y + channel + tag. */
static const char *put_ppm(const char *name, int w, int h, int tag)
{
    char *buf = malloc(64 + (size_t)(w * h * 3));
    int n = sprintf(buf, "P6 %d %d 255\n", w, h);

    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int c = 0; c < 3; c++)
                buf[n++] = (char)(x + y + c + tag);
    const char *path = put(name, buf, (size_t)n);
    free(buf);
    return path;
}

static struct ae_preprocessing prep;
static const struct ae_source_options plain = {.min_side = 4};

Test(data, folder_is_sorted_and_recursive)
{
    struct ae_dataset it = {0};
    struct ae_err e = {0};
    char sub[64];

    snprintf(sub, sizeof(sub), "%s/c", dir);
    cr_assert_eq(mkdir(sub, 0777), 0);
    put_ppm("c/z.ppm", 8, 4, 3);
    put_ppm("b.ppm", 8, 4, 1);
    put_ppm("a.ppm", 5, 6, 2);
    put_ppm("tiny.ppm", 3, 9, 2);
    put("note.txt", "nothing", 7);
    put("cut.ppm", "P6 8 8 255\nabc", 14);
    cr_assert_eq(ae_dataset_read(ctx, dir, &plain, &prep, &it, &e), 0, "%s",
                 e.msg);
    cr_assert_eq(it.count, 3);
    cr_assert_str_eq(it.item[0].name, "a.ppm");
    cr_assert_str_eq(it.item[1].name, "b.ppm");
    cr_assert_str_eq(it.item[2].name, "c/z.ppm");
    cr_assert_eq(it.stats.small, 1);
    cr_assert_eq(it.stats.unknown, 1);
    cr_assert_eq(it.stats.unreadable, 1);
    const struct ae_item *a = &it.item[0];
    cr_assert(a->w == 5 && a->h == 6 && a->c == 3 && a->bytes == 1);
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 5; x++)
            cr_assert_eq(((uint8_t *)a->px)[(y * 5 + x) * 3 + 1], x + y + 3);
    ae_dataset_release(&it);
}

Test(data, missing_path_is_an_error)
{
    struct ae_dataset it = {0};
    struct ae_err e = {0};

    cr_assert_lt(
        ae_dataset_read(ctx, "/nowhere/at/all", &plain, &prep, &it, &e), 0);
    cr_assert_not_null(strstr(e.msg, "/nowhere/at/all"));
}

Test(data, stream_of_images_gets_numbers)
{
    const char two[] = "P5 4 4 255\n0123456789abcdefP5 5 4 255\n"
                       "0123456789abcdefghij";
    struct ae_dataset it = {0};

    cr_assert_eq(ae_dataset_read(ctx, put("s.pgm", two, sizeof(two) - 1),
                                 &plain, &prep, &it, NULL),
                 0);
    cr_assert_eq(it.count, 2);
    cr_assert_str_eq(it.item[0].name, "s.pgm");
    cr_assert_str_eq(it.item[1].name, "s.pgm#1");
    cr_assert_eq(it.item[1].w, 5);
    ae_dataset_release(&it);
}

Test(data, not_a_number_is_refused_by_name)
{
    char pfm[64];
    struct ae_dataset it = {0};
    int n = sprintf(pfm, "Pf\n2 2\n-1.0\n");
    const float v[4] = {0.5f, NAN, 0.25f, 2.0f};
    const struct ae_source_options o = {.min_side = 1};

    memcpy(pfm + n, v, sizeof(v));
    cr_assert_eq(ae_dataset_read(ctx, put("n.pfm", pfm, (size_t)n + 16), &o,
                                 &prep, &it, NULL),
                 0);
    cr_assert_eq(it.count, 0);
    cr_assert_eq(it.stats.unreadable, 1);
    const float fine[4] = {0.5f, 0, 0.25f, 2.0f};
    memcpy(pfm + n, fine, sizeof(fine));
    cr_assert_eq(ae_dataset_read(ctx, put("f.pfm", pfm, (size_t)n + 16), &o,
                                 &prep, &it, NULL),
                 0);
    cr_assert_eq(it.count, 1);
    cr_assert_eq(it.item[0].bytes, 4);
    cr_assert(it.stats.outside);
    ae_dataset_release(&it);
}

static int faults, details;
static char told[512];

static void count_lines(void *arg, enum ae_log_level level, const char *msg)
{
    (void)arg;
    faults += level == AE_LOG_FAULT;
    details += level == AE_LOG_INFO;
    if (level == AE_LOG_FAULT)
        snprintf(told, sizeof(told), "%s", msg);
}

/* `bad` lines with a NUL among 2000. */
static void read_lines(int bad, struct ae_dataset *it)
{
    const struct ae_ctx_options co = {.threads = 1, .log = count_lines};
    const struct ae_source_options o = {.min_side = 1};
    struct ae_preprocessing text = {.kind = AE_INPUT_TEXT, .buckets = 16};
    char lines[4000];
    struct ae_ctx *log;

    for (int i = 0; i < 2000; i++)
        memcpy(lines + 2 * i, i % 2 && i / 2 < bad ? "\0\n" : "x\n", 2);
    const char *path = put("a.log", lines, sizeof(lines));
    faults = details = 0;
    cr_assert_eq(ae_ctx_new(&co, &log, NULL), 0);
    cr_assert_eq(ae_dataset_read(log, path, &o, &text, it, NULL), 0);
    ae_dataset_log(log, it, path);
    ae_ctx_free(log);
}

Test(data, few_faults_are_named_and_many_counted)
{
    struct ae_dataset it = {0};

    read_lines(1, &it);
    cr_assert(faults == 1 && details == 0 && it.count == 1999);
    cr_assert_not_null(strstr(told, "a.log: left out: line 2 holds"), "%s",
                       told);
    ae_dataset_release(&it);
    read_lines(8, &it);
    cr_assert(faults == 9 && details == 0 && it.count == 1992);
    cr_assert_not_null(strstr(told, "a.log: 8 rows left out"), "%s", told);
    ae_dataset_release(&it);
    read_lines(1000, &it);
    cr_assert(faults == 1 && details == 1000 && it.count == 1000);
    cr_assert_eq(it.stats.rows, 1000);
    cr_assert_not_null(strstr(told, "1000 rows left out"), "%s", told);
    cr_assert_not_null(strstr(told, "line 2 holds"), "%s", told);
    ae_dataset_release(&it);
}

/* What an array or idx file on a pipe promises and doesn't hold. */
Test(data, rows_that_a_cut_array_lacks_are_counted)
{
    static const char head[] =
        "\223NUMPY\1\0\166\0{'descr': '<f4', 'fortran_order': False, "
        "'shape': (5, 2), }";
    const struct ae_source_options o = {.min_side = 1};
    struct ae_preprocessing npy = {0};
    struct ae_dataset it = {0};
    char array[128 + 40];
    const float bad = NAN;

    memset(array, ' ', 128);
    memcpy(array, head, sizeof(head) - 1);
    array[127] = '\n';
    memset(array + 128, 0, 40);
    memcpy(array + 128 + 8, &bad, 4); /* row 1 */
    cr_assert_eq(ae_dataset_read(ctx, put("a.npy", array, 128 + 35), &o, &npy,
                                 &it, NULL),
                 0);
    cr_assert_eq(it.count, 3);
    cr_assert_str_eq(it.item[1].name, "a.npy#2");
    cr_assert(it.stats.rows == 2 && it.stats.unreadable == 0);
    ae_dataset_release(&it);
    ae_preprocessing_release(&npy);
}

/* An array of n bytes of data. */
static const char *put_array(const char *name, const char *descr,
                             const char *order, const char *shape,
                             const void *bytes, size_t n)
{
    char array[128 + 256];
    int at = sprintf(array, "\223NUMPY\1%c\166%c", 0, 0);

    cr_assert_leq(n, 256);
    at += sprintf(array + at,
                  "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr,
                  order, shape);
    memset(array + at, ' ', 127 - (size_t)at);
    array[127] = '\n';
    memcpy(array + 128, bytes, n);
    return put(name, array, 128 + n);
}

/* (N,), and (N, T, C) in both orders: windows of T steps of C channels. */
Test(data, axes_of_an_array_become_steps_and_channels)
{
    const struct ae_source_options o = {.min_side = 1, .windows = 1};
    struct ae_preprocessing npy = {0};
    struct ae_dataset it = {0};
    int16_t values[24], turned[24];

    for (int i = 0; i < 24; i++) {
        values[i] = (int16_t)(i - 7);
        turned[i / 6 + 4 * (i / 2 % 3) + 12 * (i % 2)] = values[i];
    }
    char *path[3] = {
        strdup(put_array("a.npy", "<i2", "False", "(4,3,2)", values, 48)),
        strdup(put_array("b.npy", "<i2", "True", "(4,3,2)", turned, 48)),
        strdup(put_array("c.npy", "<i2", "False", "(24,)", values, 48))};
    for (int i = 0; i < 3; i++)
        cr_assert_eq(ae_dataset_read(ctx, path[i], &o, &npy, &it, NULL), 0);
    cr_assert_eq(it.count, 4 + 4 + 24);
    for (size_t k = 0; k < 8; k++) {
        const struct ae_item *w = &it.item[k];
        cr_assert(w->h == 1 && w->w == 3 && w->c == 2 && w->bytes == 4);
        for (size_t i = 0; i < 6; i++)
            cr_assert_eq(((float *)w->px)[i], values[6 * (k % 4) + i]);
    }
    cr_assert(it.item[31].w == 1 && *(float *)it.item[31].px == 16);
    ae_dataset_release(&it);
    ae_preprocessing_release(&npy);
    /* bytes are pictures, and so is what a folder holds */
    for (int i = 0; i < 2; i++) {
        npy = (struct ae_preprocessing){0};
        const char *u1 = put_array("u1.npy", "|u1", "False", "(4,3,2)", values,
                                   24);
        if (i)
            cr_assert_eq(unlink(path[2]), 0);
        cr_assert_eq(ae_dataset_read(ctx, i ? dir : u1, &o, &npy, &it, NULL),
                     0);
        cr_assert_eq(it.count, i ? 3 : 1);
        cr_assert(it.item[0].h == 4 && it.item[0].w == 3 && it.item[0].c == 2);
        ae_dataset_release(&it);
    }
    for (int i = 0; i < 3; i++)
        free(path[i]);
}

static size_t make_idx(unsigned char *b, int n, int h, int w)
{
    const unsigned char head[16] = {0, 0, 8, 3,
                                    0, 0, 0, (unsigned char)n,
                                    0, 0, 0, (unsigned char)h,
                                    0, 0, 0, (unsigned char)w};
    memcpy(b, head, 16);
    for (int i = 0; i < n * h * w; i++)
        b[16 + i] = (unsigned char)i;
    return 16 + (size_t)(n * h * w);
}

Test(data, idx_whole_and_broken)
{
    unsigned char b[256];
    struct ae_dataset it = {0};
    const size_t n = make_idx(b, 5, 4, 3);

    cr_assert_eq(
        ae_dataset_read(ctx, put("d.idx", b, n), &plain, &prep, &it, NULL), 0);
    cr_assert_eq(it.count, 5);
    cr_assert(it.item[2].h == 4 && it.item[2].w == 3 && it.item[2].c == 1);
    cr_assert_eq(((uint8_t *)it.item[2].px)[1], 25);
    cr_assert_str_eq(it.item[2].name, "d.idx#2");
    ae_dataset_release(&it);

    cr_assert_eq(ae_dataset_read(ctx, put("cut.idx", b, n - 1), &plain, &prep,
                                 &it, NULL),
                 0);
    cr_assert_eq(it.stats.unreadable, 1);
    b[3] = 1;
    cr_assert_eq(
        ae_dataset_read(ctx, put("labels.idx", b, n), &plain, &prep, &it, NULL),
        0);
    b[3] = 3;
    memset(b + 4, 0xff, 12); /* 2^32 pictures of 2^64 pixels */
    cr_assert_eq(
        ae_dataset_read(ctx, put("bomb.idx", b, n), &plain, &prep, &it, NULL),
        0);
    cr_assert_eq(it.stats.unreadable, 3);
    cr_assert_eq(it.count, 0);
    ae_dataset_release(&it);
}

/* Every type of samples, as pictures of 1x2 and as vectors of 2. */
Test(data, idx_of_every_type)
{
    static const unsigned char types[] = {8, 9, 11, 12, 13, 14};
    static const size_t sizes[] = {1, 1, 2, 4, 4, 8};
    static const unsigned char one[6][8] = {
        {1}, {1}, {0, 1}, {0, 0, 0, 1}, {0x3f, 0x80}, {0x3f, 0xf0}};
    const struct ae_source_options o = {.min_side = 1};

    for (size_t t = 0; t < 6; t++)
        for (int axes = 2; axes <= 3; axes++) {
            struct ae_preprocessing idx = {0};
            struct ae_dataset it = {0};
            unsigned char b[64] = {0, 0, types[t], (unsigned char)axes};
            size_t n = 4 + 4 * (size_t)axes;
            b[7] = 2;
            b[11] = axes == 3 ? 1 : 2;
            b[15] = axes == 3 ? 2 : b[15];
            for (int i = 0; i < 4; i++, n += sizes[t]) /* 1 0 1 0 */
                memcpy(b + n, one[t], i % 2 ? 0 : sizes[t]);
            cr_assert_eq(
                ae_dataset_read(ctx, put("a.idx", b, n), &o, &idx, &it, NULL),
                0);
            cr_assert_eq(it.count, 2, "type %d, %d axes", types[t], axes);
            const struct ae_item *x = &it.item[1];
            cr_assert(x->h == 1 && x->w == 2 && x->c == 1);
            if (t == 0)
                cr_assert_eq(*(uint8_t *)x->px, 1);
            else
                cr_assert(((float *)x->px)[0] == 1 && ((float *)x->px)[1] == 0);
            ae_dataset_release(&it);
            ae_preprocessing_release(&idx);
        }
}

Test(data, big_photographs_are_kept_shrunk)
{
    const struct ae_source_options o = {.min_side = 4, .downscale_above = 16};
    struct ae_dataset it = {0};

    cr_assert_eq(ae_dataset_read(ctx, put_ppm("big.ppm", 21, 12, 0), &o, &prep,
                                 &it, NULL),
                 0);
    cr_assert_eq(it.count, 2);
    cr_assert(it.item[0].w == 10 && it.item[0].h == 6);
    cr_assert(it.item[1].w == 15 && it.item[1].h == 9);
    cr_assert_str_eq(it.item[0].name, it.item[1].name);
    /* a plane stays a plane: 2x2 means of x + y are 2X + 2Y + 1 */
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 10; x++)
            cr_assert_eq(((uint8_t *)it.item[0].px)[(y * 10 + x) * 3],
                         2 * x + 2 * y + 1);
    ae_dataset_release(&it);
}

Test(data, shrink_keeps_the_light)
{
    struct ae_downscaler s;
    float in[8], sum_in = 0, sum_out = 0;
    int rows = 0;

    cr_assert_eq(ae_downscaler_init(&s, 3, 4, 8, 1, NULL), 0);
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 8; x++) {
            in[x] = (float)((x * 7 + y * 13) % 11);
            sum_in += in[x];
        }
        if (ae_downscaler_push(&s, in)) {
            rows++;
            for (int x = 0; x < s.out_w; x++)
                sum_out += s.across[x];
        }
    }
    cr_assert_eq(rows, 6);
    cr_assert_eq(s.out_w, 6);
    cr_assert_float_eq(sum_out * 16 / 9, sum_in, 1e-3);
    ae_downscaler_release(&s);
}

static void fake(struct ae_dataset *it, int n, int skip)
{
    for (int i = 0; i < n; i++) {
        char name[32];
        struct ae_item x = {.h = 1, .w = 1, .c = 1, .bytes = 1};
        if (i == skip)
            continue;
        snprintf(name, sizeof(name), "photo-%d.png", i);
        x.name = name;
        x.px = calloc(1, 1);
        cr_assert_eq(ae_dataset_add(ctx, it, &x, NULL), 0);
    }
}

Test(data, split_depends_on_names_alone)
{
    struct ae_dataset a = {0}, b = {0};
    int held = 0;

    fake(&a, 1000, -1);
    fake(&b, 1000, 7);
    cr_assert_eq(ae_dataset_split(&a, 0.1, NULL), 0);
    cr_assert_eq(ae_dataset_split(&b, 0.1, NULL), 0);
    for (int i = 0; i < 999; i++) {
        cr_assert_eq(a.item[i < 7 ? i : i + 1].held_out, b.item[i].held_out);
        held += b.item[i].held_out;
    }
    cr_assert(held > 60 && held < 140, "%d", held);
    ae_dataset_release(&a);
    ae_dataset_release(&b);
}

Test(data, split_is_never_bare)
{
    for (int n = 2; n < 12; n++) {
        struct ae_dataset a = {0};
        int held = 0;
        fake(&a, n, -1);
        cr_assert_eq(ae_dataset_split(&a, n % 2 ? 1e-9 : 0.5, NULL), 0);
        for (int i = 0; i < n; i++)
            held += a.item[i].held_out;
        cr_assert(held > 0 && held < n);
        ae_dataset_release(&a);
    }
    struct ae_dataset one = {0};
    struct ae_err e = {0};
    fake(&one, 1, -1);
    cr_assert_eq(ae_dataset_split(&one, 0.5, &e), AE_EARG);
    cr_assert_not_null(strstr(e.msg, "`val`"));
    ae_dataset_release(&one);
}

/* Windows of `w` rows that begin at every row of a file of `rows`. */
static void fake_windows(struct ae_dataset *it, uint64_t file, int rows, int w)
{
    for (int last = w; last <= rows; last++) {
        struct ae_item x = {.name = "w",
                            .h = 1,
                            .w = w,
                            .c = 1,
                            .bytes = 1,
                            .last = (uint64_t)last,
                            .file = file,
                            .px = calloc((size_t)w, 1)};
        x.group = ae_mix(file, (uint64_t)(last / (2 * w))) | 1;
        cr_assert_eq(ae_dataset_add(ctx, it, &x, NULL), 0);
    }
}

/* How many items are of that side; a row of both sides fails the test. */
static int count_side(const struct ae_dataset *a, int side)
{
    int n = 0;

    for (size_t i = 0; i < a->count; i++) {
        const struct ae_item *x = &a->item[i];
        n += x->held_out == side;
        for (size_t k = i + 1; k < a->count && k < i + (size_t)x->w; k++) {
            const struct ae_item *y = &a->item[k];
            if (x->file == y->file && y->last - x->last < (uint64_t)x->w)
                cr_assert(x->held_out == y->held_out || x->held_out < 0 ||
                          y->held_out < 0);
        }
    }
    return n;
}

Test(data, no_row_is_in_windows_of_both_sides)
{
    struct ae_dataset a = {0};

    fake_windows(&a, 1, 900, 6);
    fake_windows(&a, 2, 300, 6);
    cr_assert_eq(ae_dataset_split(&a, 0.2, NULL), 0);
    const int learned = count_side(&a, 0), held = count_side(&a, 1);
    cr_assert(held > 100 && learned > 500, "%d %d", held, learned);
    cr_assert(learned + held < (int)a.count);
    ae_dataset_release(&a);
    /* of a short series something stays on both sides */
    for (int rows = 12; rows < 40; rows++) {
        struct ae_dataset b = {0};
        fake_windows(&b, 3, rows, 6);
        cr_assert_eq(ae_dataset_split(&b, 0.2, NULL), 0, "%d", rows);
        cr_assert(count_side(&b, 0) > 0 && count_side(&b, 1) > 0);
        ae_dataset_release(&b);
    }
}

/* As rows of a table are that has a day, but no time of day. */
Test(data, items_of_one_name_are_split_by_their_places)
{
    struct ae_dataset a = {0};
    int held = 0;

    for (int i = 0; i < 400; i++) {
        struct ae_item x = {
            .name = "2024-03-05", .h = 1, .w = 1, .c = 1, .bytes = 1};
        x.px = calloc(1, 1);
        cr_assert_eq(ae_dataset_add(ctx, &a, &x, NULL), 0);
    }
    cr_assert_eq(ae_dataset_split(&a, 0.1, NULL), 0);
    for (int i = 0; i < 400; i++)
        held += a.item[i].held_out;
    cr_assert(held > 20 && held < 70, "%d", held);
    ae_dataset_release(&a);
}

Test(data, memory_is_bounded)
{
    struct ae_dataset a = {0};
    struct ae_err e = {0};
    struct ae_item x = {.name = "n", .h = 100, .w = 100, .c = 1, .bytes = 1};

    ctx->memory = 15000;
    x.px = calloc(1, 10000);
    cr_assert_eq(ae_dataset_add(ctx, &a, &x, &e), 0);
    x.px = calloc(1, 10000);
    cr_assert_eq(ae_dataset_add(ctx, &a, &x, &e), AE_ELIMIT);
    cr_assert_not_null(strstr(e.msg, "`memory`"));
    ae_dataset_release(&a);
}

Test(data, digest_sees_pixels_names_and_sides)
{
    struct ae_dataset a = {0};

    fake(&a, 3, -1);
    const uint64_t d = ae_dataset_digest(&a);
    cr_assert_eq(ae_dataset_digest(&a), d);
    ((uint8_t *)a.item[1].px)[0] ^= 1;
    const uint64_t px = ae_dataset_digest(&a);
    a.item[2].held_out = 1;
    const uint64_t side = ae_dataset_digest(&a);
    cr_assert(d != px && px != side && d != side);
    ae_dataset_release(&a);
}
