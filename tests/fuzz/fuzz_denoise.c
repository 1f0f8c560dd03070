/* fuzz_denoise.c - the whole way of ae-denoise: a file of any format through a
 * small net into another format, with all that it carries.  At strength 0 the
 * picture is what it was, in PNG exactly. */
#include "base/rng.h"
#include "model/model.h"
#include "model/spec.h"
#include "picture.h"

static const char spec[] = "ae 1\n"
                           "x input c=3\n"
                           "a conv c=4 k=3 act=relu\n"
                           "y conv c=3 k=3\n"
                           "output y\n";

static struct ae_denoiser *make_denoiser(struct ae_ctx *ctx)
{
    static struct ae_model *m; /* as long as the process */
    struct ae_graph *g;
    struct ae_denoiser *d;
    struct ae_rng rng;

    if (ae_spec_parse(spec, strlen(spec), NULL, NULL, &g, NULL) ||
        ae_model_new(ctx, g, &m, NULL))
        abort();
    ae_rng_init(&rng, 1, 1);
    for (size_t i = 0; i < m->graph->weights; i++)
        m->weights[i] = (float)(0.1 * ae_rng_normal(&rng));
    if (ae_denoiser_new(ctx, m, 1, &d, NULL))
        abort();
    return d;
}

/* Errors of the input are answers; none comes without a word. */
static int through(struct ae_ctx *ctx, struct ae_denoiser *d,
                   const struct ae_denoise_options *o, struct ae_io *in,
                   struct ae_io *out, const char *format)
{
    struct ae_reader *r = NULL;
    struct ae_writer *w = NULL;
    struct ae_image_info info;
    struct ae_err e = {0};

    int rc = ae_reader_open(ctx, in, 1, &r, &e);
    if (rc == 0)
        rc = ae_denoise_size(o, ae_reader_info(r), &info, &e);
    if (rc == 0)
        rc = ae_writer_open(ctx, out, ae_format_by_name(format), &info,
                            ae_reader_meta(r), NULL, &w, &e);
    if (rc == 0)
        rc = ae_denoise(d, o, r, w, &e);
    if (rc == 0)
        rc = ae_reader_finish(r, &e);
    if (rc == 0)
        rc = ae_writer_finish(w, &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort();
    ae_writer_free(w);
    ae_reader_free(r);
    return rc;
}

/* The picture in `io`, of what lies between 0 and 1. */
static void check_same(struct ae_ctx *ctx, struct ae_io *io, const uint8_t *p,
                       size_t n)
{
    struct ae_io *in, *back;
    struct ae_image was, is;
    size_t size;
    const void *q = ae_io_memory(io, &size);

    if (ae_io_open_memory(p, n, "fuzz", &in, NULL) ||
        ae_io_open_memory(q, size, "back", &back, NULL) ||
        ae_image_read(ctx, in, 1, &was, NULL, NULL) ||
        ae_image_read(ctx, back, 1, &is, NULL, NULL) ||
        was.info.w != is.info.w || was.info.h != is.info.h ||
        was.info.channels != is.info.channels)
        abort();
    const size_t values = (size_t)is.info.w * (size_t)is.info.h *
                          (size_t)is.info.channels;
    for (size_t i = 0; was.info.maxval == is.info.maxval && i < values; i++)
        if (was.data[i] != is.data[i])
            abort();
    ae_image_release(&was);
    ae_image_release(&is);
    ae_io_close(in);
    ae_io_close(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"png", "jpeg", "tiff", "pam", "webp"};
    static struct ae_denoiser *d;
    struct ae_ctx *ctx = picture_context();
    struct ae_denoise_options o = ae_denoise_defaults;

    if (!d)
        d = make_denoiser(ctx);
    for (int i = 0; i < 2; i++) {
        const char *to = i ? formats[size % 5] : "png";
        struct ae_io *in, *out;

        o.strength = i;
        if (!ae_format_by_name(to))
            continue; /* a build without its library */
        if (ae_io_open_memory(data, size, "fuzz", &in, NULL) ||
            ae_io_create_memory(&out, NULL))
            abort();
        if (through(ctx, d, &o, in, out, to) == 0 && i == 0)
            check_same(ctx, out, data, size);
        ae_io_close(in);
        ae_io_close(out);
    }
    return 0;
}
