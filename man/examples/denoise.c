/* denoise.c - takes the noise out of a picture: denoise IN OUT
 *
 *     cc -o denoise denoise.c $(pkg-config --cflags --libs ae) */
#include <ae.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct ae_ctx *ctx = NULL;
    struct ae_model *model = NULL;
    struct ae_denoiser *denoiser = NULL;
    struct ae_io *in = NULL, *out = NULL;
    struct ae_reader *from = NULL;
    struct ae_writer *to = NULL;
    struct ae_err e = {0};

    if (argc != 3) {
        fprintf(stderr, "usage: %s IN OUT\n", argv[0]);
        return 2;
    }
    int failed = ae_ctx_new(NULL, &ctx, &e) ||
                 ae_model_load(ctx, NULL, &model, &e) ||
                 ae_denoiser_new(ctx, model, 0, &denoiser, &e) ||
                 ae_io_open_path(argv[1], &in, &e) ||
                 ae_reader_open(ctx, in, 1, &from, &e) ||
                 ae_io_create(argv[2], &out, &e) ||
                 ae_writer_open(ctx, out, ae_format_by_ending(argv[2]),
                                ae_reader_info(from), ae_reader_meta(from),
                                NULL, &to, &e) ||
                 ae_denoise(denoiser, NULL, from, to, &e) ||
                 ae_reader_finish(from, &e) || ae_writer_finish(to, &e) ||
                 ae_io_commit(out, &e);
    if (failed)
        fprintf(stderr, "%s to %s: %s\n", argv[1], argv[2], e.msg);
    ae_writer_free(to);
    ae_reader_free(from);
    ae_io_close(out);
    ae_io_close(in);
    ae_denoiser_free(denoiser);
    ae_model_free(model);
    ae_ctx_free(ctx);
    return failed;
}
