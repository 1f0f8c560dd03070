/* fail.c - what the library does when a request of it fails: `fail [CASE]`.
 *
 * Each case (a model loaded, a picture denoised, items encoded, scored, a step
 * of training, pictures saved) is run with its n-th request for memory refused,
 * for n = 1, 2, 3... until a run needs fewer, and then with its n-th call for
 * files failing with EIO.  Each run must end with a message or with the very
 * output of an undisturbed one, without part of an output under its name, and
 * must give back all memory and descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ae_tools.h"
#include "base/gzip.h"
#include "calls.h"
#include "model/model.h"
#include "model/spec.h"

/* ---------------------------------------------------------------- failing */

static enum { NOTHING, MEMORY, FILES } failing;
static long request, fail_at, blocks;

/* 1: this request is the one to fail. */
static int fails_now(int what)
{
    return failing == (unsigned)what && ++request == fail_at;
}

static int refuses_file(void)
{
    return fails_now(FILES);
}

#if HAS_MALLOC
/* Only what this program asks for, in which libae is linked: libraries are
 * tried by nomem.sh. */
static int refuses_memory(const void *caller)
{
    Dl_info own, other;

    return failing == MEMORY && dladdr(&request, &own) &&
           dladdr(caller, &other) && own.dli_fbase == other.dli_fbase &&
           fails_now(MEMORY);
}

static void *given(void *p)
{
    blocks += p != NULL;
    return p;
}

void __libc_free(void *p);

__attribute__((visibility("default"))) void free(void *p)
{
    blocks -= p != NULL;
    __libc_free(p);
}
#endif

/* ------------------------------------------------------------------ cases */

static struct ae_ctx *ctx;
static const char model[] = "model.safetensors", net[] = "net.safetensors",
                  picture[] = "in.png", items[] = "items.npy";

static int load(struct ae_err *e)
{
    struct ae_model *m = NULL;
    struct ae_io *out = NULL;
    char *text = NULL;

    int rc = ae_model_load(ctx, model, &m, e);
    if (!rc)
        rc = ae_model_describe(m, 1, &text, e);
    if (!rc)
        rc = ae_io_create("out", &out, e);
    if (!rc)
        rc = ae_io_write(out, text, strlen(text), e);
    if (!rc)
        rc = ae_io_commit(out, e);
    ae_io_close(out);
    free(text);
    ae_model_free(m);
    return rc;
}

static int denoise(struct ae_err *e)
{
    struct ae_model *m = NULL;
    struct ae_denoiser *d = NULL;
    struct ae_io *in = NULL, *out = NULL;
    struct ae_reader *r = NULL;
    struct ae_writer *w = NULL;

    const int failed = ae_model_load(ctx, net, &m, e) ||
                       ae_denoiser_new(ctx, m, 0, &d, e) ||
                       ae_io_open_path(picture, &in, e) ||
                       ae_reader_open(ctx, in, 1, &r, e) ||
                       ae_io_create("out", &out, e) ||
                       ae_writer_open(ctx, out, NULL, ae_reader_info(r),
                                      ae_reader_meta(r), NULL, &w, e) ||
                       ae_denoise(d, NULL, r, w, e) || ae_reader_finish(r, e) ||
                       ae_writer_finish(w, e) || ae_io_commit(out, e);
    ae_writer_free(w);
    ae_reader_free(r);
    ae_io_close(out);
    ae_io_close(in);
    ae_denoiser_free(d);
    ae_model_free(m);
    return failed ? -1 : 0;
}

struct encoding {
    struct ae_coder *coder;
    struct ae_latent_writer *w;
};

static int encode_one(void *arg, const struct ae_example *x, struct ae_err *e)
{
    const struct encoding *c = arg;
    float mu[8];
    const struct ae_latent z = {
        .name = x->name, .z = mu, .d = ae_coder_info(c->coder)->code};

    const int rc = ae_coder_encode(c->coder, x->x, NULL, 1, mu, NULL, e);
    return rc ? rc : ae_latent_writer_put(c->w, &z, e);
}

static int encode(struct ae_err *e)
{
    struct ae_examples_options o = {0};
    struct ae_model *m = NULL;
    struct encoding c = {0};
    struct ae_io *out = NULL;

    const int failed = ae_fields_default(ae_examples_fields, &o, e) ||
                       ae_model_load(ctx, model, &m, e) ||
                       ae_coder_new(ctx, m, 0, 0, 0, &c.coder, e) ||
                       ae_io_create("out", &out, e) ||
                       ae_latent_writer_open(
                           out, ae_latent_format_by_name("npy"),
                           ae_coder_info(c.coder)->code, 0, &c.w, e) ||
                       ae_examples_read(ctx, m, items, &o, encode_one, &c, e) ||
                       ae_latent_writer_finish(c.w, e) || ae_io_commit(out, e);
    ae_latent_writer_free(c.w);
    ae_io_close(out);
    ae_coder_free(c.coder);
    ae_model_free(m);
    return failed ? -1 : 0;
}

static int score_one(void *arg, const struct ae_score *s, struct ae_err *e)
{
    return ae_io_write(arg, &s->value, sizeof(s->value), e);
}

static int score(struct ae_err *e)
{
    struct ae_examples_options o = {0};
    struct ae_score_options so = {0};
    struct ae_model *m = NULL;
    struct ae_scorer *s = NULL;
    struct ae_io *out = NULL;

    const int failed = ae_fields_default(ae_examples_fields, &o, e) ||
                       ae_fields_default(ae_score_fields, &so, e) ||
                       ae_model_load(ctx, model, &m, e) ||
                       ae_scorer_new(ctx, m, &so, &s, e) ||
                       ae_io_create("out", &out, e) ||
                       ae_scorer_read(s, items, &o, score_one, out, e) ||
                       ae_io_commit(out, e);
    ae_io_close(out);
    ae_scorer_free(s);
    ae_model_free(m);
    return failed ? -1 : 0;
}

static int train_for(uint64_t steps, struct ae_err *e)
{
    const char *const data[] = {items, NULL};
    struct ae_train_options o = {0};

    if (ae_fields_default(ae_train_fields, &o, e))
        return -1;
    o.model = "dense:z=2,h=4";
    o.data = data;
    o.output = "out";
    o.steps = steps;
    o.batch = 2;
    o.mixture = 0;
    o.val = "0.3";
    return ae_train(ctx, &o, e);
}

static int train(struct ae_err *e)
{
    return train_for(1, e);
}

static int save(struct ae_err *e)
{
    static const char *const formats[] = {"png", "jpeg", "pam",
                                          "npy", "webp", "tiff"};
    struct ae_io *in = NULL, *out = NULL;
    struct ae_image im = {0};
    struct ae_meta *meta = NULL;

    int rc = ae_io_open_path(picture, &in, e);
    if (!rc)
        rc = ae_image_read(ctx, in, 1, &im, &meta, e);
    if (!rc)
        rc = ae_io_create("out", &out, e);
    for (size_t i = 0; !rc && i < sizeof(formats) / sizeof(*formats); i++) {
        const struct ae_format *f = ae_format_by_name(formats[i]);

        if (f)
            rc = ae_image_write(ctx, out, f, &im, meta, NULL, e);
    }
    if (!rc)
        rc = ae_io_commit(out, e);
    ae_io_close(out);
    ae_io_close(in);
    ae_image_release(&im);
    ae_meta_free(meta);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(struct ae_err *e);
} cases[] = {{"load", load},   {"denoise", denoise}, {"encode", encode},
             {"score", score}, {"train", train},     {"save", save}};

/* ------------------------------------------------------------------- runs */

static int passed, failed;
static const char *name; /* of the case */

static void bad(const char *why, const char *message)
{
    static const char *const of[] = {"undisturbed", "memory", "files"};

    printf("%s, %s, request %ld: %s%s\n", name, of[failing], fail_at, why,
           message);
    failed++;
}

/* A sum of the file's bytes; 0: it isn't there. */
static uint32_t sum_of(const char *path)
{
    static char buf[1 << 20];
    FILE *f = fopen(path, "rb");

    if (!f)
        return 0;
    const size_t n = fread(buf, 1, sizeof(buf), f);
    fclose(f);
    return ae_crc32(1, buf, n);
}

/* What a run that failed may leave: nothing, the right output, or of training
 * a model that was whole before the failure. */
static int is_whole(int (*run)(struct ae_err *e), uint32_t sum, uint32_t right)
{
    struct ae_model *m = NULL;

    if (!sum || sum == right)
        return 1;
    if (run != train || ae_model_load(ctx, "./out", &m, NULL))
        return 0;
    ae_model_free(m);
    return 1;
}

/* However they came to be open. */
static int count_descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* One run of a case; returns whether its request failed. */
static int run_once(int (*run)(struct ae_err *e), int what, uint32_t right)
{
    struct ae_err e = {0};
    const long blocks_then = blocks;
    const int descriptors_then = count_descriptors();

    unlink("out");
    unlink("out.ckpt");
    request = 0;
    failing = (unsigned)what;
    const int rc = run(&e);
    failing = NOTHING;
    const long made = request;
    const long left = blocks - blocks_then;
    const uint32_t sum = sum_of("out");
    const int whole = is_whole(run, sum, right);
    failing = (unsigned)what; /* for the messages */
    if (left != 0)
        bad("memory isn't given back", "");
    if (count_descriptors() != descriptors_then)
        bad("a descriptor stays open", "");
    if (rc && !e.msg[0])
        bad("an error without a word", "");
    if (!rc && sum != right)
        bad("another output, and no error", "");
    if (rc && !whole)
        bad("part of an output; ", e.msg);
    failing = NOTHING;
    return what == NOTHING || made >= fail_at;
}

static void run_case(int (*run)(struct ae_err *e))
{
    struct ae_err e = {0};
    uint32_t right;
    const int was = failed;

    unlink("out");
    if (run(&e)) {
        bad("", e.msg);
        return;
    }
    right = sum_of("out");
    run_once(run, NOTHING, right); /* what a library keeps is there now */
    for (int what = HAS_MALLOC ? MEMORY : FILES; what <= FILES; what++) {
        for (fail_at = 1; run_once(run, what, right); fail_at++)
            ;
        printf("%s: %ld %s failed in turn\n", name, fail_at - 1,
               what == MEMORY ? "requests for memory" : "calls for files");
    }
    passed += failed == was;
}

/* A net for pictures, of weights that change them a little. */
static int prepare_net(struct ae_err *e)
{
    static const char spec[] = "ae 1\nx input c=3\na conv c=4 k=3 act=relu\n"
                               "y conv c=3 k=3\noutput y\n";
    struct ae_graph *g = NULL;
    struct ae_model *m = NULL;
    struct ae_io *out = NULL;

    int rc = ae_spec_parse(spec, strlen(spec), NULL, NULL, &g, e);
    if (!rc)
        rc = ae_model_new(ctx, g, &m, e);
    for (size_t i = 0; !rc && i < m->graph->weights; i++)
        m->weights[i] = (float)(i % 7) * 0.02f - 0.05f;
    if (!rc)
        rc = ae_io_create(net, &out, e);
    if (!rc)
        rc = ae_model_write(ctx, m, 32, NULL, 0, out, e);
    if (!rc)
        rc = ae_io_commit(out, e);
    ae_io_close(out);
    ae_model_free(m);
    return rc;
}

/* A small picture, an array of items, and a model of these. */
static int prepare(struct ae_err *e)
{
    const int shape[] = {6};
    const struct ae_image_info info = {
        .w = 24, .h = 20, .channels = 3, .maxval = 255};
    struct ae_image im = {0};
    struct ae_io *out = NULL;
    struct ae_array *a = NULL;
    float row[6];

    int bad = ae_image_alloc(ctx, &im, &info, e) ||
              ae_io_create(picture, &out, e);
    for (int i = 0; !bad && i < 24 * 20 * 3; i++)
        im.data[i] = (float)(i * 37 % 256) / 255.0f;
    bad = bad ||
          ae_image_write(ctx, out, ae_format_by_name("png"), &im, NULL, NULL,
                         e) ||
          ae_io_commit(out, e);
    ae_io_close(out);
    ae_image_release(&im);
    out = NULL;
    bad = bad || ae_io_create(items, &out, e) ||
          ae_array_open(out, shape, 1, 12, &a, e);
    for (int i = 0; !bad && i < 12; i++) {
        for (int k = 0; k < 6; k++)
            row[k] = (float)((i * 5 + k * 3) % 11) / 11.0f;
        bad = ae_array_put(a, row, e);
    }
    bad = bad || ae_array_finish(a, e) || ae_io_commit(out, e);
    ae_array_free(a);
    ae_io_close(out);
    bad = bad || prepare_net(e) || train_for(3, e);
    return bad || rename("out", model) ? -1 : 0;
}

int main(int argc, char **argv)
{
    const struct ae_ctx_options o = {.threads = 1};
    struct ae_err e = {0};

    if (ae_ctx_new(&o, &ctx, &e) || prepare(&e)) {
        printf("can't begin: %s\n", e.msg);
        return 1;
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        name = cases[i].name;
        if (argc < 2 || strcmp(argv[1], name) == 0)
            run_case(cases[i].run);
    }
    ae_ctx_free(ctx);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
