/* fail.c - what the library does when a request of it fails: `fail [CASE]`.
 *
 * Each case (a model loaded, a picture denoised, items encoded and their codes
 * read, items scored, a step of training, a run resumed, pictures with metadata
 * of each format read and saved in each) is run with its n-th request for
 * memory refused, for n = 1, 2, 3... until a run needs fewer, and then with
 * its n-th call for files failing with EIO.  Each run must end with a message
 * or with the very output of an undisturbed one, without part of an output
 * under its name, and must give back all memory and descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ae_tools.h"
#include "base/err.h"
#include "base/gzip.h"
#include "calls.h"
#include "image/meta/meta.h"
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
                  table_model[] = "table.safetensors", picture[] = "in.png",
                  items[] = "items.npy", table[] = "table.csv",
                  half[] = "half.ckpt";
static const char *const formats[] = {"png", "jpeg", "pam", "npy",
                                      "pfm", "webp", "tiff"};
static const char *const codes[] = {"npy", "jsonl", "tsv",
                                    "csv", "f32",   "fvecs"};
enum {
    FORMATS = sizeof(formats) / sizeof(*formats),
    CODES = sizeof(codes) / sizeof(*codes)
};

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

static int score_by(const char *by, const char *data, struct ae_err *e)
{
    struct ae_examples_options o = {0};
    struct ae_score_options so = {0};
    struct ae_model *m = NULL;
    struct ae_scorer *s = NULL;
    struct ae_io *out = NULL;

    const int failed = ae_fields_default(ae_examples_fields, &o, e) ||
                       ae_fields_default(ae_score_fields, &so, e) ||
                       ae_model_load(ctx, by, &m, e) ||
                       ae_scorer_new(ctx, m, &so, &s, e) ||
                       ae_io_create("out", &out, e) ||
                       ae_scorer_read(s, data, &o, score_one, out, e) ||
                       ae_io_commit(out, e);
    ae_io_close(out);
    ae_scorer_free(s);
    ae_model_free(m);
    return failed ? -1 : 0;
}

static int score(struct ae_err *e)
{
    return score_by(model, items, e);
}

static int score_table(struct ae_err *e)
{
    return score_by(table_model, table, e);
}

/* until 0: to the end; resumed where there is a checkpoint. */
static int train_on(const char *path, uint64_t steps, uint64_t until,
                    struct ae_err *e)
{
    const char *const data[] = {path, NULL};
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
    o.until = until;
    o.select.columns = path == table ? "-kind,-none" : NULL;
    o.resume = "";
    return ae_train(ctx, &o, e);
}

static int train(struct ae_err *e)
{
    return train_on(items, 1, 0, e);
}

static int train_table(struct ae_err *e)
{
    return train_on(table, 1, 0, e);
}

static int resume(struct ae_err *e)
{
    if (link(half, "out.ckpt"))
        return ae_fail_errno(e, "out.ckpt");
    return train_on(items, 2, 0, e);
}

static int save(struct ae_err *e)
{
    struct ae_io *in = NULL, *out = NULL;
    struct ae_image im = {0};
    struct ae_meta *meta = NULL;

    int rc = ae_io_open_path(picture, &in, e);
    if (!rc)
        rc = ae_image_read(ctx, in, 1, &im, &meta, e);
    if (!rc)
        rc = ae_io_create("out", &out, e);
    for (size_t i = 0; !rc && i < FORMATS; i++) {
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

static size_t which; /* of the formats */

/* A picture and its metadata into a file of one format, and back. */
static int carry(struct ae_err *e)
{
    const struct ae_format *f = ae_format_by_name(formats[which]);
    struct ae_io *in = NULL, *there = NULL, *back = NULL, *out = NULL;
    struct ae_image im = {0}, again = {0};
    struct ae_meta *meta = NULL, *kept = NULL;

    const int failed = ae_io_open_path(picture, &in, e) ||
                       ae_image_read(ctx, in, 1, &im, &meta, e) ||
                       ae_io_create("carried", &there, e) ||
                       ae_image_write(ctx, there, f, &im, meta, NULL, e) ||
                       ae_io_commit(there, e) ||
                       ae_io_open_path("carried", &back, e) ||
                       ae_image_read(ctx, back, 1, &again, &kept, e) ||
                       ae_io_create("out", &out, e) ||
                       ae_image_write(ctx, out, ae_format_by_name("png"),
                                      &again, kept, NULL, e) ||
                       ae_io_commit(out, e);
    ae_io_close(out);
    ae_io_close(back);
    ae_io_close(there);
    ae_io_close(in);
    ae_image_release(&again);
    ae_image_release(&im);
    ae_meta_free(kept);
    ae_meta_free(meta);
    return failed ? -1 : 0;
}

static int write_codes(struct ae_err *e)
{
    static const float z[] = {0.5F, -1.25F, 3e-9F, 7};
    const struct ae_latent_format *f = ae_latent_format_by_name(codes[which]);
    struct ae_latent_writer *w = NULL;
    struct ae_io *io = NULL;

    int failed = ae_io_create("carried", &io, e) ||
                 ae_latent_writer_open(io, f, 2, 0, &w, e);
    for (int i = 0; !failed && i < 3; i++) {
        const struct ae_latent one = {
            .name = "a \"name\",\t\377", .z = z + i, .d = 2};
        failed = ae_latent_writer_put(w, &one, e);
    }
    failed = failed || ae_latent_writer_finish(w, e) || ae_io_commit(io, e);
    ae_latent_writer_free(w);
    ae_io_close(io);
    return failed;
}

/* Codes into a file of one format, and back. */
static int carry_codes(struct ae_err *e)
{
    struct ae_io *io = NULL, *out = NULL;
    struct ae_latents *r = NULL;
    struct ae_latent z;

    int failed = write_codes(e) || ae_io_open_path("carried", &io, e) ||
                 ae_latents_open(io, ae_latent_format_by_name(codes[which]), 2,
                                 &r, e) ||
                 ae_io_create("out", &out, e);
    int rc = 0;
    while (!failed && (rc = ae_latents_read(r, &z, e)) == 0)
        failed = ae_io_write(out, z.z, 2 * sizeof(*z.z), e);
    failed = failed || rc != AE_END || ae_io_commit(out, e);
    ae_io_close(out);
    ae_latents_free(r);
    ae_io_close(io);
    return failed ? -1 : 0;
}

static const struct {
    const char *name;
    int (*run)(struct ae_err *e);
    size_t formats; /* for each of which it is run; 0: it has none */
} cases[] = {{"load", load, 0},        {"denoise", denoise, 0},
             {"encode", encode, 0},    {"codes", carry_codes, CODES},
             {"score", score, 0},      {"score-table", score_table, 0},
             {"train", train, 0},      {"train-table", train_table, 0},
             {"resume", resume, 0},    {"save", save, 0},
             {"carry", carry, FORMATS}};

/* ------------------------------------------------------------------- runs */

static int passed, failed;
static const char *name; /* of the case */

static void bad(const char *why, const char *message)
{
    static const char *const of[] = {"undisturbed", "memory", "files"};

    printf("%s %zu, %s, request %ld: %s%s\n", name, which, of[failing], fail_at,
           why, message);
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
    if ((run != train && run != train_table && run != resume) ||
        ae_model_load(ctx, "./out", &m, NULL))
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
        printf("%s %zu: %ld %s failed in turn\n", name, which, fail_at - 1,
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

/* Metadata of most kinds, oddly ordered and with what readers take out. */
static int describe(struct ae_meta *m, struct ae_err *e)
{
    static const unsigned char exif[] =
        "II*\0\10\0\0\0\2\0\22\1\3\0\1\0\0\0\6\0\0\0\151\207\4\0\1\0\0\0"
        "\46\0\0\0\100\0\0\0\1\0\174\222\7\0\10\0\0\0\70\0\0\0\0\0\0\0"
        "makernot\2\0\1\2\4\0\1\0\0\0\136\0\0\0\2\2\4\0\1\0\0\0\10\0\0\0"
        "\0\0\0\0\377\330thumb!";
    static const char resources[] =
        "8BIM\4\4\0\0\0\0\0\12\34\2\170\0\5Paris8BIM\4\14\0\0\0\0\0\3abc";
    static const char xmp[] =
        "<?xpacket begin=\"\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
        "xmlns:rdf=\"u\"><rdf:Description tiff:Orientation=\"6\"/></rdf:RDF>"
        "</x:xmpmeta><?xpacket end=\"w\"?>";
    static const char text[] = "made by hand";

    m->has_density = m->density_unit = 1;
    m->density_x = m->density_y = 2835;
    return ae_meta_add(m, AE_BLOB_EXIF, exif, sizeof(exif), e) ||
           ae_meta_add(m, AE_BLOB_PHOTOSHOP, resources, sizeof(resources), e) ||
           ae_meta_add(m, AE_BLOB_XMP, xmp, sizeof(xmp) - 1, e) ||
           ae_meta_add(m, AE_BLOB_COMMENT, text, sizeof(text) - 1, e);
}

/* A small picture, an array of items, and a model of these. */
static int prepare(struct ae_err *e)
{
    struct ae_meta *meta = NULL;
    const int shape[] = {6};
    const struct ae_image_info info = {
        .w = 24, .h = 20, .channels = 3, .maxval = 255};
    struct ae_image im = {0};
    struct ae_io *out = NULL;
    struct ae_array *a = NULL;
    float row[6];

    int bad = ae_image_alloc(ctx, &im, &info, e) || ae_meta_new(&meta, e) ||
              describe(meta, e) || ae_io_create(picture, &out, e);
    for (int i = 0; !bad && i < 24 * 20 * 3; i++)
        im.data[i] = (float)(i * 37 % 256) / 255.0f;
    bad = bad ||
          ae_image_write(ctx, out, ae_format_by_name("png"), &im, meta, NULL,
                         e) ||
          ae_io_commit(out, e);
    ae_io_close(out);
    ae_image_release(&im);
    ae_meta_free(meta);
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
    bad = bad || prepare_net(e) || train_on(items, 3, 0, e);
    return bad || rename("out", model) ? -1 : 0;
}

/* A table with what tables have, a model of it, and a run that is half done. */
static int prepare_runs(struct ae_err *e)
{
    FILE *f = fopen(table, "w");

    if (!f)
        return ae_fail_errno(e, table);
    fputs("\xEF\xBB\xBFtime;\"flow, l\";kind;none\r\n", f);
    for (int i = 0; i < 40; i++)
        fprintf(f, "2026-01-%02d 0%d:00;%d,%d;\"a\"\"%c\";\r\n", 1 + i / 8,
                i % 8, i * 7 % 10, i % 10, 'b' + i % 3);
    if (fclose(f))
        return ae_fail_errno(e, table);
    if (train_on(table, 2, 0, e) || rename("out", table_model) ||
        train_on(items, 2, 1, e) || rename("out.ckpt", half))
        return -1;
    return 0;
}

int main(int argc, char **argv)
{
    const struct ae_ctx_options o = {.threads = 1};
    struct ae_err e = {0};

    if (ae_ctx_new(&o, &ctx, &e) || prepare(&e) || prepare_runs(&e)) {
        printf("can't begin: %s\n", e.msg);
        return 1;
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        name = cases[i].name;
        if (argc > 1 && strcmp(argv[1], name) != 0)
            continue;
        which = 0;
        do
            run_case(cases[i].run);
        while (++which < cases[i].formats);
    }
    ae_ctx_free(ctx);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
