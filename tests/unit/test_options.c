/* Structs of options: every field of every public table is held to its range
 * before anything else is done, and NULL means the defaults. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

/* Sets a field to its bad value number `which`; 0 when there is none left. */
static int spoil(const struct ae_field *f, void *obj, int which)
{
    char *at = (char *)obj + f->offset;
    const int bounded = f->min != 0 || f->max != 0;
    int choices = 0;

    while (f->type == AE_F_ENUM && f->names[choices])
        choices++;
    const int wrong_int[2] = {f->type == AE_F_ENUM   ? choices
                              : f->type == AE_F_BOOL ? 2
                                                     : (int)f->max + 1,
                              f->type == AE_F_BOOL ? -1 : (int)f->min - 1};
    const double wrong_real[3] = {f->max + 1 + fabs(f->max), f->min - 1, NAN};
    const uint64_t wrong_count[2] = {
        bounded ? 2 * (uint64_t)f->max + 1 : UINT64_MAX, (uint64_t)f->min - 1};

    switch (f->type) {
    case AE_F_BOOL:
    case AE_F_ENUM:
    case AE_F_INT:
        if (which > 1)
            return 0;
        memcpy(at, &wrong_int[which], sizeof(int));
        return 1;
    case AE_F_COUNT:
    case AE_F_BYTES:
        if (which > 1)
            return 0;
        memcpy(at, &wrong_count[which], sizeof(uint64_t));
        return 1;
    case AE_F_REAL:
    case AE_F_SECONDS:
        if (which > 2)
            return 0;
        memcpy(at, &wrong_real[which], sizeof(double));
        return 1;
    case AE_F_RANGE:
    case AE_F_PAIR:
    case AE_F_STR:
        break;
    }
    return 0;
}

typedef int use_fn(const void *options, struct ae_err *e);

/* `use` refuses options of `size` bytes, which are otherwise `good`, for each
 * bad value of each field of the table. */
static void refuses_all(const struct ae_field *table, const void *good,
                        size_t size, use_fn *use)
{
    int tried = 0;

    for (const struct ae_field *f = table; f->name; f++) {
        _Alignas(16) char o[1024];
        char begins[64];
        struct ae_err e = {0};
        cr_assert(size <= sizeof(o));
        snprintf(begins, sizeof(begins), "`%s`: ", f->name);
        for (int which = 0; memcpy(o, good, size), spoil(f, o, which);
             which++, tried++) {
            cr_assert_eq(use(o, &e), AE_EARG, "%s, %d: %s", f->name, which,
                         e.msg);
            cr_assert_eq(strncmp(e.msg, begins, strlen(begins)), 0, "%s: %s",
                         f->name, e.msg);
        }
    }
    cr_assert_gt(tried, 0);
}

static struct ae_ctx *context(void)
{
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    return ctx;
}

static struct ae_model *digits(struct ae_ctx *ctx)
{
    struct ae_model *m;

    cr_assert_eq(ae_model_load(ctx, "digits", &m, NULL), 0);
    return m;
}

static int train(const void *options, struct ae_err *e)
{
    struct ae_ctx *ctx = context();
    const int rc = ae_train(ctx, options, e);

    ae_ctx_free(ctx);
    return rc;
}

Test(options, training)
{
    static const char *const data[] = {"no such data", NULL};
    struct ae_train_options o = {0};
    struct ae_err e = {0};

    cr_assert_eq(ae_fields_default(ae_train_fields, &o, &e), 0);
    o.model = "dense";
    o.output = "no/such/folder/m";
    o.data = data;
    refuses_all(ae_train_fields, &o, sizeof(o), train);
    o.checkpoint_every = 0; /* once a division by zero */
    cr_assert_eq(train(&o, &e), AE_EARG);
    cr_assert_str_eq(e.msg, "`checkpoint-every`: 0 is outside 1..1e+12");
    memset(&o, 0, sizeof(o));
    cr_assert_eq(train(&o, &e), AE_EARG, "zeroed options: %s", e.msg);
}

static int score(const void *options, struct ae_err *e)
{
    struct ae_ctx *ctx = context();
    struct ae_model *m = digits(ctx);
    struct ae_scorer *s;
    const int rc = ae_scorer_new(ctx, m, options, &s, e);

    ae_scorer_free(s);
    ae_model_free(m);
    ae_ctx_free(ctx);
    return rc;
}

Test(options, scores)
{
    struct ae_score_options o = {0};

    cr_assert_eq(ae_fields_default(ae_score_fields, &o, NULL), 0);
    refuses_all(ae_score_fields, &o, sizeof(o), score);
    cr_assert_eq(score(NULL, NULL), 0);
}

static int sample(const void *options, struct ae_err *e)
{
    struct ae_ctx *ctx = context();
    struct ae_model *m = digits(ctx);
    struct ae_coder *coder;
    struct ae_latent_sampler *s;

    cr_assert_eq(ae_coder_new(ctx, m, 0, 0, 1, &coder, e), 0);
    const int rc = ae_latent_sampler_new(m, options, ae_coder_info(coder)->code,
                                         &s, e);
    ae_latent_sampler_free(s);
    ae_coder_free(coder);
    ae_model_free(m);
    ae_ctx_free(ctx);
    return rc;
}

Test(options, samples)
{
    struct ae_sample_options o = {0};

    cr_assert_eq(ae_fields_default(ae_sample_fields, &o, NULL), 0);
    refuses_all(ae_sample_fields, &o, sizeof(o), sample);
    cr_assert_eq(sample(NULL, NULL), 0);
}

static int ignore(void *arg, const struct ae_example *x, struct ae_err *e)
{
    (void)arg, (void)x, (void)e;
    return 0;
}

static int examples(const void *options, struct ae_err *e)
{
    struct ae_ctx *ctx = context();
    struct ae_model *m = digits(ctx);
    const int rc = ae_examples_read(ctx, m, "no such file", options, ignore,
                                    NULL, e);

    ae_model_free(m);
    ae_ctx_free(ctx);
    return rc;
}

Test(options, examples)
{
    struct ae_examples_options o = {0};

    cr_assert_eq(ae_fields_default(ae_examples_fields, &o, NULL), 0);
    refuses_all(ae_examples_fields, &o, sizeof(o), examples);
    cr_assert_eq(examples(NULL, NULL), AE_EIO);
}

static const unsigned char gray[] = "P5 2 2 255 abcd";

/* Denoises a picture of 2 x 2 pixels. */
static int denoise(const struct ae_denoise_options *o, struct ae_err *e)
{
    struct ae_ctx *ctx = context();
    struct ae_model *m;
    struct ae_denoiser *d;
    struct ae_io *in, *out;
    struct ae_reader *r;
    struct ae_writer *w;

    cr_assert_eq(ae_model_load(ctx, NULL, &m, e), 0);
    cr_assert_eq(ae_denoiser_new(ctx, m, 0, &d, e), 0);
    cr_assert_eq(ae_io_open_memory(gray, sizeof(gray) - 1, "in", &in, e), 0);
    cr_assert_eq(ae_io_create_memory(&out, e), 0);
    cr_assert_eq(ae_reader_open(ctx, in, 1, &r, e), 0);
    cr_assert_eq(
        ae_writer_open(ctx, out, NULL, ae_reader_info(r), NULL, NULL, &w, e),
        0);
    const int rc = ae_denoise(d, o, r, w, e);
    ae_writer_free(w);
    ae_reader_free(r);
    ae_io_close(out);
    ae_io_close(in);
    ae_denoiser_free(d);
    ae_model_free(m);
    ae_ctx_free(ctx);
    return rc;
}

Test(options, denoising)
{
    const struct {
        size_t offset;
        double bad;
        const char *says;
    } real[] = {
        {offsetof(struct ae_denoise_options, strength), 1.5, "`strength`: "},
        {offsetof(struct ae_denoise_options, luma), -0.5, "`luma`: "},
        {offsetof(struct ae_denoise_options, chroma), NAN, "`chroma`: "},
        {offsetof(struct ae_denoise_options, sigma), 256, "`sigma`: "},
    };
    struct ae_denoise_options o;
    struct ae_err e = {0};

    for (size_t i = 0; i < AE_LEN(real); i++) {
        o = ae_denoise_defaults;
        memcpy((char *)&o + real[i].offset, &real[i].bad, sizeof(double));
        cr_assert_eq(denoise(&o, &e), AE_EARG);
        cr_assert(strstr(e.msg, real[i].says) == e.msg, "%s", e.msg);
    }
    o = ae_denoise_defaults;
    o.linear = 2;
    cr_assert_eq(denoise(&o, &e), AE_EARG);
    cr_assert_str_eq(e.msg, "`linear`: 2 is outside -1..1");
    o = ae_denoise_defaults;
    o.tile[1] = -1;
    cr_assert_eq(denoise(&o, &e), AE_EARG);
    cr_assert(strstr(e.msg, "`tile`: ") == e.msg, "%s", e.msg);
    o = ae_denoise_defaults;
    o.crop = (struct ae_rect){-1, 0, 1, 1};
    cr_assert_eq(denoise(&o, &e), AE_EARG);
    cr_assert_eq(denoise(&ae_denoise_defaults, NULL), 0);
    cr_assert_eq(denoise(NULL, NULL), 0);
}
