/* Models: saved and loaded alike, in both precisions, from memory and pipes;
 * any flipped byte and any cut noticed; other writers' files read. */
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/half.h"
#include "model/safetensors.h"
#include "models.h"

static void free_bytes(struct bytes *b)
{
    free(b->p);
    b->p = NULL;
}

Test(model, comes_back_bit_for_bit)
{
    struct ae_model *m = new_model(SMALL_SPEC "output e1 name=code\n"), *back;
    struct ae_err e;

    json_object_set_new(m->meta, "train", json_pack("{s:f}", "lr", 0.1));
    struct bytes a = write_model(m, 32), again = write_model(m, 32);
    cr_assert(a.n == again.n && memcmp(a.p, again.p, a.n) == 0);
    cr_assert_eq(read_model(NULL, a.p, a.n, &back, &e), 0, "%s", e.msg);
    cr_assert_eq(
        memcmp(m->weights, back->weights, m->graph->weights * sizeof(float)),
        0);
    cr_assert_str_eq(m->graph->text, back->graph->text);
    cr_assert(json_equal(m->meta, back->meta));
    struct bytes b = write_model(back, 32);
    cr_assert(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    ae_model_free(m);
    ae_model_free(back);
    free_bytes(&a);
    free_bytes(&b);
    free_bytes(&again);
}

Test(model, half_precision_is_stable_after_one_rounding)
{
    struct ae_model *m = new_model(SMALL_SPEC), *back;
    struct bytes a = write_model(m, 16);
    struct ae_err e;

    cr_assert_eq(read_model(NULL, a.p, a.n, &back, &e), 0, "%s", e.msg);
    for (size_t i = 0; i < m->graph->weights; i++)
        cr_assert_eq(back->weights[i],
                     ae_half_to_float(ae_float_to_half(m->weights[i])));
    struct bytes b = write_model(back, 16);
    cr_assert(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    ae_model_free(m);
    ae_model_free(back);
    free_bytes(&a);
    free_bytes(&b);
}

Test(model, data_begin_at_a_multiple_of_64)
{
    struct ae_model *m = new_model(SMALL_SPEC);
    struct bytes a = write_model(m, 32);
    size_t header = (unsigned char)a.p[0] | (size_t)(unsigned char)a.p[1] << 8;

    cr_assert_eq((header + 8) % 64, 0);
    cr_assert_eq(a.n, 8 + header + (2 * 3 * 9 + 3 + 3 * 2 + 2) * 4);
    ae_model_free(m);
    free_bytes(&a);
}

/* The file's order is cout, cin, kh, kw; memory's is kh, kw, cin, cout. */
Test(model, a_conv_is_saved_in_the_customary_order)
{
    struct ae_model *m = new_model("ae 1\nx input c=2\n"
                                   "y conv c=3 k=1x5 bias=0\noutput y\n");
    const struct ae_param *p = &m->graph->node[1].param[0];

    for (int kw = 0; kw < 5; kw++)
        for (int i = 0; i < 2; i++)
            for (int o = 0; o < 3; o++)
                m->weights[p->offset + (size_t)((kw * 2 + i) * 3 + o)] =
                    (float)(o * 100 + i * 10 + kw);
    struct bytes a = write_model(m, 32);
    const char *data = a.p + a.n - 30 * sizeof(float);
    for (int k = 0; k < 30; k++) {
        float v;
        memcpy(&v, data + k * 4, 4);
        cr_assert_eq(v, (float)(k / 10 * 100 + k / 5 % 2 * 10 + k % 5));
    }
    cr_assert_not_null(strstr(a.p + 8, "\"shape\":[3,2,1,5]"));
    ae_model_free(m);
    free_bytes(&a);
}

Test(model, what_half_precision_cannot_hold_is_an_error)
{
    struct ae_model *m = new_model(SMALL_SPEC);
    struct ae_io *io;
    struct ae_err e;

    m->weights[m->graph->node[2].param[0].offset] = 70000;
    ae_io_create_memory(&io, NULL);
    cr_assert_eq(ae_model_write(NULL, m, 16, NULL, 0, io, &e), AE_ENUMERIC);
    cr_assert_str_eq(e.msg, "tensor 'y.weight': element 0 is beyond half "
                            "precision: save in f32");
    m->weights[m->graph->node[2].param[0].offset] = NAN;
    cr_assert_eq(ae_model_write(NULL, m, 32, NULL, 0, io, &e), AE_ENUMERIC);
    size_t n;
    ae_io_memory(io, &n);
    cr_assert_eq(n, 0, "nothing is written before all is known to fit");
    ae_io_close(io);
    ae_model_free(m);
}

Test(model, every_flipped_byte_is_noticed)
{
    static const int flips[] = {1,  2,   4,   8,          16,        32,
                                64, 128, 255, 'c' ^ '\\', 'm' ^ '"', 'x' ^ ' '};
    struct ae_model *m = new_model(SMALL_SPEC), *back;
    struct bytes a = write_model(m, 16);
    struct ae_err e;

    for (size_t i = 0; i < a.n; i++) {
        for (size_t k = 0; k < AE_LEN(flips); k++) {
            a.p[i] = (char)(a.p[i] ^ flips[k]);
            cr_assert_lt(read_model(NULL, a.p, a.n, &back, &e), 0,
                         "byte %zu flipped by %d", i, flips[k]);
            cr_assert(e.code < 0 && e.msg[0]);
            a.p[i] = (char)(a.p[i] ^ flips[k]);
        }
    }
    ae_model_free(m);
    free_bytes(&a);
}

/* Every byte of the checksum's name and value, to every other value. */
Test(model, a_damaged_checksum_is_no_missing_one)
{
    struct ae_model *m = new_model(SMALL_SPEC), *back;
    struct bytes a = write_model(m, 32);
    struct ae_err e;
    size_t at = (size_t)(strstr(a.p + 8, "\"__metadata__") - a.p);

    for (size_t i = at; i < at + 45; i++) {
        const char was = a.p[i];
        for (int v = 0; v < 256; v++) {
            if ((char)v == was)
                continue;
            a.p[i] = (char)v;
            cr_assert_lt(read_model(NULL, a.p, a.n, &back, &e), 0,
                         "byte %zu made %d", i, v);
        }
        a.p[i] = was;
    }
    ae_model_free(m);
    free_bytes(&a);
}

static int read_pipe(const void *p, size_t n, struct ae_model **m,
                     struct ae_err *e)
{
    struct ae_io *io;
    int fd[2];

    cr_assert_eq(pipe(fd), 0);
    cr_assert_eq(write(fd[1], p, n), (ssize_t)n); /* fits the pipe */
    close(fd[1]);
    ae_io_open_fd(fd[0], 1, "pipe", &io, NULL);
    int err = ae_model_read(NULL, io, m, e);
    ae_io_close(io);
    return err;
}

Test(model, every_truncation_is_refused_from_memory_and_pipe)
{
    struct ae_model *m = new_model(SMALL_SPEC), *back;
    struct bytes a = write_model(m, 32);
    struct ae_err e;

    for (size_t n = 0; n < a.n; n++) {
        cr_assert_lt(read_model(NULL, a.p, n, &back, &e), 0, "%zu bytes", n);
        cr_assert_lt(read_pipe(a.p, n, &back, &e), 0, "%zu bytes", n);
    }
    cr_assert_eq(read_pipe(a.p, a.n, &back, &e), 0, "%s", e.msg);
    cr_assert_eq(
        memcmp(back->weights, m->weights, m->graph->weights * sizeof(float)),
        0);
    ae_model_free(back);
    a.p = realloc(a.p, a.n + 1);
    a.p[a.n] = 0;
    cr_assert_lt(read_pipe(a.p, a.n + 1, &back, &e), 0);
    cr_assert_not_null(strstr(e.msg, "bytes follow the last tensor"));
    ae_model_free(m);
    free_bytes(&a);
}

/* ------------------------------------------------------------ checkpoints */

struct wanted {
    struct ae_block block[2];
};

static int want(void *arg, const struct ae_graph *g, struct ae_block **blocks,
                int *n, struct ae_err *e)
{
    struct wanted *w = arg;

    for (int i = 0; i < 2; i++)
        w->block[i].data = ae_alloc_aligned(g->weights, sizeof(float), e);
    *blocks = w->block;
    *n = 2;
    return 0;
}

Test(model, blocks_travel_beside_the_weights)
{
    struct ae_model *m = new_model(SMALL_SPEC), *a = new_model(SMALL_SPEC);
    struct ae_model *b = new_model(SMALL_SPEC), *back;
    struct wanted w = {{{"opt.v", NULL}, {"ema", NULL}}};
    struct ae_block blocks[] = {
        {"opt.m", b->weights}, {"opt.v", a->weights}, {"ema", b->weights}};
    const struct ae_blocks_want ask = {want, &w};
    const size_t size = m->graph->weights * sizeof(float);
    struct ae_io *io;
    struct ae_err e;

    for (size_t i = 0; i < m->graph->weights; i++) {
        a->weights[i] *= 3;
        b->weights[i] *= 1e-30f;
    }
    struct bytes file = write_blocks(m, 16, blocks, 3);
    ae_io_open_memory(file.p, file.n, "test", &io, NULL);
    cr_assert_eq(ae_model_read_blocks(NULL, io, &ask, &back, &e), 0, "%s",
                 e.msg);
    ae_io_close(io);
    cr_assert_eq(memcmp(w.block[0].data, a->weights, size), 0);
    cr_assert_eq(memcmp(w.block[1].data, b->weights, size), 0);
    ae_free_aligned(w.block[0].data);
    ae_free_aligned(w.block[1].data);
    ae_model_free(back);
    cr_assert_eq(read_model(NULL, file.p, file.n, &back, &e), 0, "%s", e.msg);
    ae_model_free(back);
    free_bytes(&file);
    file = write_blocks(m, 16, blocks, 2);
    ae_io_open_memory(file.p, file.n, "test", &io, NULL);
    cr_assert_eq(ae_model_read_blocks(NULL, io, &ask, &back, &e), AE_EFORMAT);
    cr_assert_str_eq(e.msg, "tensor 'ema.e1.weight' is missing");
    ae_io_close(io);
    ae_free_aligned(w.block[0].data);
    ae_free_aligned(w.block[1].data);
    free_bytes(&file);
    ae_model_free(m);
    ae_model_free(a);
    ae_model_free(b);
}

/* ---------------------------------------------------------- other writers */

static int notes;
static void count_note(void *arg, enum ae_log_level level, const char *msg)
{
    (void)arg;
    (void)msg;
    notes += level == AE_LOG_NOTE;
}

/* Header, blanks and data put together; `data` in the tensors' order. */
static struct bytes build(const char *header, size_t blanks, const void *data,
                          size_t size)
{
    size_t n = strlen(header) + blanks;
    struct bytes b = {malloc(8 + n + size), 8 + n + size};

    for (int i = 0; i < 8; i++)
        b.p[i] = (char)(n >> (8 * i) & 255);
    memset(b.p + 8, ' ', n);
    memcpy(b.p + 8, header, strlen(header));
    memcpy(b.p + 8 + n, data, size);
    return b;
}

Test(model, another_writers_file_loads_with_a_note)
{
    static const char header[] =
        "{\"y.bias\": {\"data_offsets\": [14, 18], \"shape\": [1],"
        " \"dtype\":\"F32\"},\n \"y.weight\":{\"dtype\":\"BF16\","
        "\"data_offsets\":[0,6],\"shape\":[1,1,1,3]},"
        "\"__metadata__\":{\"format\":\"pt\",\"spec\":\"ae 1\\nx input c=1\\n"
        "y conv c=1 k=1x3\\nz dwconv k=1x4 bias=0\\noutput z\","
        "\"author\":\"me\"},\"z.weight\":{\"dtype\":\"F16\","
        "\"shape\":[1,1,1,4],\"data_offsets\":[6,14]}}";
    static const unsigned char data[18] = {
        0x80, 0x3f, 0x00, 0xc0, 0x40, 0x40,             /* 1 -2 3 */
        0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0x00, 0x00, /* 1 -2 .5 0 */
        0,    0,    0x28, 0x41};                        /* 10.5 */
    struct bytes b = build(header, 100, data, sizeof(data));
    struct ae_ctx ctx = log_context(count_note, NULL);
    struct ae_model *m;
    struct ae_err e;

    cr_assert_eq(read_model(&ctx, b.p, b.n, &m, &e), 0, "%s", e.msg);
    cr_assert_eq(notes, 1);
    const float *y = m->weights + m->graph->node[1].param[0].offset;
    const float *bias = m->weights + m->graph->node[1].param[1].offset;
    const float *z = m->weights + m->graph->node[2].param[0].offset;
    cr_assert(y[0] == 1 && y[1] == -2 && y[2] == 3 && bias[0] == 10.5f);
    cr_assert(z[0] == 1 && z[1] == -2 && z[2] == 0.5f && z[3] == 0);
    ae_model_free(m);
    free_bytes(&b);
}

Test(model, unknown_metadata_is_kept_and_said)
{
    struct ae_model *m = new_model(SMALL_SPEC), *back;
    struct ae_ctx ctx = log_context(count_note, NULL);
    struct ae_err e;

    json_object_set_new(m->meta, "later", json_integer(1));
    struct bytes a = write_model(m, 32);
    notes = 0;
    cr_assert_eq(read_model(&ctx, a.p, a.n, &back, &e), 0, "%s", e.msg);
    cr_assert_eq(notes, 1);
    struct bytes b = write_model(back, 32);
    cr_assert(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    ae_model_free(m);
    ae_model_free(back);
    free_bytes(&a);
    free_bytes(&b);
}

/* ------------------------------------------------------------------ names */

static void save(const char *path, const struct ae_model *m)
{
    struct bytes b = write_model(m, 32);
    FILE *f = fopen(path, "w");

    cr_assert_eq(fwrite(b.p, 1, b.n, f), b.n);
    fclose(f);
    free_bytes(&b);
}

Test(model, names_are_looked_up_in_order)
{
    char folder[] = "/tmp/ae-test-XXXXXX", path[256];
    struct ae_model *m = new_model(SMALL_SPEC), *back;
    struct ae_err e;

    cr_assert_not_null(mkdtemp(folder));
    setenv("XDG_DATA_HOME", folder, 1);
    setenv("AE_MODEL_PATH", "/nowhere:/nor/here", 1);
    cr_assert_eq(ae_model_load(NULL, "ae-test-none", &back, &e), AE_EARG);
    cr_assert_not_null(strstr(e.msg, "/nowhere, /nor/here, /tmp/ae-test-"),
                       "%s", e.msg);
    cr_assert_not_null(strstr(e.msg, "/ae/models, "), "%s", e.msg);
    snprintf(path, sizeof(path), "%s/own.safetensors", folder);
    save(path, m);
    cr_assert_eq(ae_model_load(NULL, path, &back, &e), 0, "%s", e.msg);
    ae_model_free(back);
    cr_assert_lt(ae_model_load(NULL, "own", &back, &e), 0);
    setenv("AE_MODEL_PATH", folder, 1);
    cr_assert_eq(ae_model_load(NULL, "own", &back, &e), 0, "%s", e.msg);
    ae_model_free(back);
    cr_assert_lt(ae_model_load(NULL, "./own", &back, &e), 0);
    remove(path);
    rmdir(folder);
    ae_model_free(m);
}

Test(model, description_counts_weights_and_macs)
{
    struct ae_model *m = new_model(SMALL_SPEC);
    struct ae_err e;
    char *text;
    json_t *v;

    cr_assert_eq(ae_model_describe(m, 1, &text, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_json_parse(text, strlen(text), &v, &e), 0);
    cr_assert_eq(json_integer_value(json_object_get(v, "weights")),
                 2 * 3 * 9 + 3 + 3 * 2 + 2);
    cr_assert_eq(json_number_value(json_object_get(v, "macs_per_pixel")),
                 2 * 3 * 9 + 3 * 2);
    cr_assert_eq(json_array_size(json_object_get(v, "layers")), 3);
    cr_assert_eq(json_array_size(json_object_get(v, "tensors")), 4);
    json_decref(v);
    free(text);
    ae_model_free(m);
}
