/* train.c - trains an autoencoder whose code has 8 numbers: train DATA MODEL
 *
 *     cc -o train train.c $(pkg-config --cflags --libs ae) */
#include <ae.h>
#include <stdio.h>

static void show(void *arg, const struct ae_train_progress *p)
{
    (void)arg;
    fprintf(stderr, "step %llu of %llu, loss %.4g\n",
            (unsigned long long)p->step, (unsigned long long)p->steps, p->loss);
}

int main(int argc, char **argv)
{
    struct ae_ctx *ctx = NULL;
    struct ae_train_options o = {0};
    struct ae_err e = {0};
    const char *const data[] = {argc == 3 ? argv[1] : NULL, NULL};

    if (argc != 3) {
        fprintf(stderr, "usage: %s DATA MODEL\n", argv[0]);
        return 2;
    }
    int failed = ae_ctx_new(NULL, &ctx, &e) ||
                 ae_fields_default(ae_train_fields, &o, &e);
    o.model = "dense:z=8";
    o.data = data;
    o.output = argv[2];
    o.steps = 100;
    o.schedule = AE_SCHEDULE_TRAPEZOID;
    o.progress = show;
    failed = failed || ae_train(ctx, &o, &e);
    if (failed)
        fprintf(stderr, "%s: %s\n", argv[0], e.msg);
    ae_ctx_free(ctx);
    return failed;
}
